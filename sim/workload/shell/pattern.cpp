#include "sim/workload/shell/pattern.hpp"

namespace jobset_twin::workload::shell {
namespace {

bool isUpper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
bool isLower(unsigned char c) { return c >= 'a' && c <= 'z'; }
bool isNumber(unsigned char c) { return c >= '0' && c <= '9'; }

// Matches one bracket expression at pattern[at] == '['. Returns the position after it, or npos if it is no bracket
// expression (then `[` is an ordinary character).
std::size_t bracket(std::string_view pattern, std::size_t at, unsigned char c, bool& matched) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  bool first = true;
  while (i < pattern.size()) {
    if (pattern[i] == ']' && !first) {
      matched = found != negated;
      return i + 1;
    }
    first = false;
    if (pattern.substr(i, 2) == "[:") {
      const auto end = pattern.find(":]", i + 2);
      if (end != std::string_view::npos) {
        found |= inClass(pattern.substr(i + 2, end - i - 2), c);
        i = end + 2;
        continue;
      }
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const auto low = static_cast<unsigned char>(pattern[i++]);
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      high = static_cast<unsigned char>(pattern[i++]);
    }
    found |= low <= c && c <= high;
  }
  return std::string_view::npos;
}

}  // namespace

bool inClass(std::string_view name, unsigned char c) {
  if (name == "digit") return isNumber(c);
  if (name == "alpha") return isUpper(c) || isLower(c);
  if (name == "alnum") return isUpper(c) || isLower(c) || isNumber(c);
  if (name == "upper") return isUpper(c);
  if (name == "lower") return isLower(c);
  if (name == "space") return c == ' ' || (c >= '\t' && c <= '\r');
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "xdigit") return isNumber(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  if (name == "print") return c >= 32 && c < 127;
  if (name == "graph") return c > 32 && c < 127;
  if (name == "cntrl") return c < 32 || c == 127;
  if (name == "punct") return c > 32 && c < 127 && !isUpper(c) && !isLower(c) && !isNumber(c);
  return false;
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  for (;;) {
    bool advance = false;
    if (p < pattern.size()) {
      if (pattern[p] == '*') {
        star = ++p;
        star_text = t;
        continue;
      }
      if (t < text.size()) {
        const auto c = static_cast<unsigned char>(text[t]);
        if (pattern[p] == '?') {
          ++p;
          advance = true;
        } else if (pattern[p] == '[') {
          bool matched = false;
          const auto next = bracket(pattern, p, c, matched);
          if (next == std::string_view::npos) {
            if (c == '[') {
              ++p;
              advance = true;
            }
          } else if (matched) {
            p = next;
            advance = true;
          }
        } else {
          const std::size_t at = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
          if (pattern[at] == text[t]) {
            p = at + 1;
            advance = true;
          }
        }
      }
    } else if (t == text.size()) {
      return true;
    }
    if (advance) {
      ++t;
      continue;
    }
    if (star == std::string_view::npos || star_text >= text.size()) return false;
    p = star;
    t = ++star_text;
  }
}

bool isPattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string unescaped(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    out += pattern[i];
  }
  return out;
}

}  // namespace jobset_twin::workload::shell
