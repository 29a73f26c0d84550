// ascii.hpp - digits and letters of ASCII, whatever the locale says.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::api {

constexpr bool isDigit(char32_t c) { return c >= '0' && c <= '9'; }
constexpr char lowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline std::string lowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lowerCase(c);
  return out;
}

}  // namespace jobset_twin::api
