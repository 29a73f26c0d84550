#include "sim/workload/shell/quote.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::workload::shell {
namespace {

bool needsAnsi(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127 || static_cast<unsigned char>(c) >= 128;
  });
}

std::string ansiQuote(std::string_view word) {
  std::string out = "$'";
  for (const char c : word) {
    switch (c) {
      case '\033': out += "\\E"; break;
      case '\a': out += "\\a"; break;
      case '\v': out += "\\v"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\\': out += "\\\\"; break;
      case '\'': out += "\\'"; break;
      default:
        if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) >= 127) {
          out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "'";
}

bool hasMeta(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (std::string_view(" \t\n'\"\\|&;()<>!{}*[]?^$`").find(c) != std::string_view::npos) return true;
    if (c == '#' && i == 0) return true;
    if (c == '~' && (i == 0 || word[i - 1] == '=' || word[i - 1] == ':')) return true;
  }
  return false;
}

}  // namespace

std::string singleQuote(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string quoteWord(std::string_view word, Dialect dialect) {
  if (dialect == Dialect::kDash) {
    // dash quotes only what its reader would take apart.
    if (word.empty()) return "";
    return std::string(word);
  }
  if (word.empty()) return "''";
  if (dialect == Dialect::kAsh) return hasMeta(word) || needsAnsi(word) ? singleQuote(word) : std::string(word);
  if (word == "'") return "\\'";
  if (hasMeta(word)) return singleQuote(word);
  return needsAnsi(word) ? ansiQuote(word) : std::string(word);
}

std::string backslashQuote(std::string_view word) {
  if (word.empty()) return "''";
  if (needsAnsi(word)) return ansiQuote(word);
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (std::string_view(" \t\n'\"\\|&;()<>!{}*[]?^$`,").find(c) != std::string_view::npos ||
        ((c == '#' || c == '~') && i == 0))
      out += '\\';
    out += c;
  }
  return out;
}

}  // namespace jobset_twin::workload::shell
