#include "engine/api/utf8.hpp"

namespace jobset_twin::api {
namespace {

unsigned byteAt(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}
bool isTail(unsigned byte) { return (byte & 0xC0U) == 0x80U; }

}  // namespace

std::size_t utf8Length(std::string_view text, std::size_t at) {
  const unsigned a = byteAt(text, at);
  if (at >= text.size()) return 0;
  if (a < 0x80) return 1;
  const unsigned b = byteAt(text, at + 1), c = byteAt(text, at + 2), d = byteAt(text, at + 3);
  if (a >= 0xC2 && a <= 0xDF) return isTail(b) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    if (!isTail(b) || !isTail(c) || (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F)) return 0;
    return 3;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    if (!isTail(b) || !isTail(c) || !isTail(d) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

char32_t utf8Decode(std::string_view text, std::size_t at) {
  const std::size_t length = utf8Length(text, at);
  const unsigned a = byteAt(text, at);
  if (length <= 1) return a;
  char32_t code = a & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6U) | (byteAt(text, at + i) & 0x3FU);
  return code;
}

void utf8Append(std::string& out, char32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

std::size_t utf8FirstInvalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8Length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace jobset_twin::api
