// check.hpp - TWIN_ASSERT: an invariant that is checked in every build. A broken one ends the program with what and
// values.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace jobset_twin::api {

// Prints "assertion failed: what (condition) at file:line: values" to stderr and aborts.
[[noreturn]] void assertionFailed(const char* condition, const char* file, int line, std::string_view what,
                                  const std::string& values);

inline void appendValue(std::string& out, std::string_view value) {
  out.append(out.empty() ? "\"" : ", \"").append(value).append("\"");
}
template <class T>
void appendValue(std::string& out, const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    appendValue(out, std::string_view(value));
  } else if constexpr (std::is_enum_v<T>) {
    out.append(out.empty() ? "" : ", ").append(std::to_string(static_cast<long long>(value)));
  } else {
    out.append(out.empty() ? "" : ", ").append(std::to_string(value));
  }
}
template <class... Values>
std::string joinValues(const Values&... values) {
  std::string out;
  (appendValue(out, values), ...);
  return out;
}

}  // namespace jobset_twin::api

#ifndef TWIN_ASSERT
#define TWIN_ASSERT(condition, what, ...)                                                                   \
  (static_cast<bool>(condition) ? static_cast<void>(0)                                                      \
                                : ::jobset_twin::api::assertionFailed(#condition, __FILE__, __LINE__, what, \
                                                                      ::jobset_twin::api::joinValues(__VA_ARGS__)))
#endif
