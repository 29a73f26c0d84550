#include "engine/api/writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/scalar.hpp"
#include "engine/api/utf8.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;

constexpr std::size_t kBestWidth = 80;

bool isLetterOfKey(char32_t c) {  // of the keys that occur; letters beyond ASCII sort as letters
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xC0;
}

std::vector<char32_t> runes(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8Length(text, at);
    out.push_back(length == 0 ? 0xFFFD : utf8Decode(text, at));
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

// go-yaml's order of keys: numbers inside them by value, other signs before letters.
bool keyLess(const std::string& left, const std::string& right) {
  const std::vector<char32_t> a = runes(left), b = runes(right);
  const std::size_t common = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i < common && a[i] == b[i]) ++i;
  if (i == common) return a.size() < b.size();
  const bool letter_a = isLetterOfKey(a[i]), letter_b = isLetterOfKey(b[i]);
  if (letter_a && letter_b) return a[i] < b[i];
  if (letter_a || letter_b) return letter_b;
  std::uint64_t number_a = 0, number_b = 0;
  if (a[i] == '0' || b[i] == '0') {  // zeros inside a number, or leading it?
    for (std::size_t j = i; j > 0 && isDigit(a[j - 1]); --j) {
      if (a[j - 1] != '0') {
        number_a = number_b = 1;
        break;
      }
    }
  }
  std::size_t end_a = i, end_b = i;
  for (; end_a < a.size() && isDigit(a[end_a]); ++end_a) number_a = number_a * 10 + (a[end_a] - '0');
  for (; end_b < b.size() && isDigit(b[end_b]); ++end_b) number_b = number_b * 10 + (b[end_b] - '0');
  if (number_a != number_b) return number_a < number_b;
  if (end_a != end_b) return end_a < end_b;
  return a[i] < b[i];
}

bool isPrintable(char32_t c) {
  return c == 0x0A || (c >= 0x20 && c <= 0x7E) || c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF) || (c >= 0x10000 && c <= 0x10FFFF);
}
bool isBreak(char32_t c) { return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// Which styles a text may have, as the emitter finds out.
struct Analysis {
  bool plain = true, single_quoted = true, block = true, multiline = false;
};
Analysis analyse(const std::string& text) {
  Analysis out;
  if (text.empty()) {
    out.plain = out.block = false;
    return out;
  }
  const std::vector<char32_t> chars = runes(text);
  bool indicators = text.rfind("---", 0) == 0 || text.rfind("...", 0) == 0;
  bool special = false, break_space = false, space_break = false, after_space = false, after_break = false;
  bool preceded_by_white = true;
  for (std::size_t i = 0; i < chars.size(); ++i) {
    const char32_t c = chars[i];
    const bool followed_by_white =
        i + 1 >= chars.size() || chars[i + 1] == ' ' || chars[i + 1] == '\t' || isBreak(chars[i + 1]);
    if (c < 0x80) {
      const char sign = static_cast<char>(c);
      if (i == 0) {
        if (std::string_view("#,[]{}&*!|>'\"%@`").find(sign) != std::string_view::npos) indicators = true;
        if ((sign == '?' || sign == ':' || sign == '-') && followed_by_white) indicators = true;
      } else if ((sign == ':' && followed_by_white) || (sign == '#' && preceded_by_white)) {
        indicators = true;
      }
    }
    if (!isPrintable(c)) special = true;
    if (isBreak(c)) out.multiline = true;
    if (c == ' ') {
      if (after_break) break_space = true;
    } else if (isBreak(c) && after_space) {
      space_break = true;
    }
    after_space = c == ' ';
    after_break = isBreak(c);
    preceded_by_white = c == ' ' || c == '\t' || isBreak(c);
  }
  const auto edge = [](char32_t c) { return c == ' ' || isBreak(c); };
  if (edge(chars.front()) || edge(chars.back()) || out.multiline || indicators) out.plain = false;
  if (chars.back() == ' ') out.block = false;
  if (break_space) out.plain = out.single_quoted = false;
  if (space_break || special) out.plain = out.single_quoted = out.block = false;
  return out;
}

bool isBase60(std::string_view text) {  // "1:30": quoted for readers that take it for a number
  if (text.empty() || !(text[0] == '+' || text[0] == '-' || isDigit(text[0])) ||
      text.find(':') == std::string_view::npos) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return isDigit(c) || std::string_view("+-_:.").find(c) != std::string_view::npos; });
}

class YamlWriter {
 public:
  std::string take() { return std::move(out_); }

  // Writes a value that begins at the end of the line so far ("key:" or "-" is already there, or nothing at the top).
  void value(const json& node, std::size_t indent, bool in_list_item) {
    if (node.is_object() && !node.empty()) {
      object(node, indent, in_list_item);
    } else if (node.is_array() && !node.empty()) {
      for (std::size_t i = 0; i < node.size(); ++i) {
        startLine(indent, in_list_item && i == 0);
        out_ += '-';
        // An object or list in a list goes on in the same line.
        value(node[i], indent + 2, true);
      }
    } else {
      scalar(node, indent);
    }
  }

  void top(const json& node) {
    if ((node.is_object() || node.is_array()) && !node.empty()) {
      value(node, 0, false);
    } else {
      scalar(node, 0);
      if (!out_.empty() && out_[0] == ' ') out_.erase(0, 1);
    }
    if (out_.empty() || out_.back() != '\n') out_ += '\n';
  }

 private:
  void startLine(std::size_t indent, bool same_line) {
    if (same_line) {
      out_ += ' ';
      return;
    }
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    out_.append(indent, ' ');
  }

  std::size_t column() const {
    const std::size_t line = out_.rfind('\n');
    const std::string_view rest = std::string_view(out_).substr(line == std::string::npos ? 0 : line + 1);
    std::size_t out = 0;
    for (const char c : rest) out += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    return out;
  }

  void object(const json& node, std::size_t indent, bool in_list_item) {
    std::vector<const std::string*> keys;
    for (auto it = node.begin(); it != node.end(); ++it) keys.push_back(&it.key());
    std::sort(keys.begin(), keys.end(), [](const std::string* a, const std::string* b) { return keyLess(*a, *b); });
    bool first = true;
    for (const std::string* key : keys) {
      startLine(indent, in_list_item && first);
      first = false;
      text(*key, indent, true);
      out_ += ':';
      const json& child = node[*key];
      const bool list = child.is_array() && !child.empty();
      value(child, list ? indent : indent + 2, false);
    }
  }

  void scalar(const json& node, std::size_t indent) {
    out_ += ' ';
    if (node.is_object())
      out_ += "{}";
    else if (node.is_array())
      out_ += "[]";
    else if (node.is_null())
      out_ += "null";
    else if (node.is_boolean())
      out_ += node.get<bool>() ? "true" : "false";
    else if (node.is_number_float())
      out_ += goDouble(node.get<double>());
    else if (node.is_number())
      out_ += node.dump();
    else if (node.is_string())
      text(node.get_ref<const std::string&>(), indent, false);
  }

  void text(const std::string& raw, std::size_t indent, bool is_key) {
    std::string value = raw;
    if (utf8FirstInvalid(value) != std::string::npos)
      value = json::parse(json(value).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
    const Analysis styles = analyse(value);
    const bool word = readsAsString(value) && value != "<<" && value != "=" && !isBase60(value);
    if (value.find('\n') != std::string::npos) {
      if (styles.block && !is_key) return literal(value, indent);
      return doubleQuoted(value, indent, is_key);
    }
    if (!word) return doubleQuoted(value, indent, is_key);
    if (styles.plain) return plain(value, indent, is_key);
    if (styles.single_quoted) return singleQuoted(value, indent, is_key);
    doubleQuoted(value, indent, is_key);
  }

  bool foldHere(const std::string& value, std::size_t at, bool after_space, bool is_key) const {
    return !is_key && !after_space && column() > kBestWidth && at + 1 < value.size() && value[at + 1] != ' ';
  }

  void plain(const std::string& value, std::size_t indent, bool is_key) {
    bool after_space = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == ' ' && foldHere(value, i, after_space, is_key)) {
        startFold(indent);
      } else {
        out_ += value[i];
      }
      after_space = value[i] == ' ';
    }
  }

  void singleQuoted(const std::string& value, std::size_t indent, bool is_key) {
    out_ += '\'';
    bool after_space = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == ' ' && i > 0 && foldHere(value, i, after_space, is_key)) {
        startFold(indent);
      } else {
        if (value[i] == '\'') out_ += '\'';
        out_ += value[i];
      }
      after_space = value[i] == ' ';
    }
    out_ += '\'';
  }

  void startFold(std::size_t indent) {
    out_ += '\n';
    out_.append(std::max<std::size_t>(indent, 2), ' ');
  }

  void doubleQuoted(const std::string& value, std::size_t indent, bool is_key) {
    out_ += '"';
    bool after_space = false;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t length = utf8Length(value, at);
      const char32_t c = utf8Decode(value, at);
      if (c == ' ' && !is_key && !after_space && column() > kBestWidth && at > 0 && at + 1 < value.size()) {
        startFold(indent);
        if (value[at + 1] == ' ') out_ += '\\';
      } else if (!isPrintable(c) || isBreak(c) || c == '"' || c == '\\') {
        escape(c);
      } else {
        out_.append(value, at, length);
      }
      after_space = c == ' ';
      at += length;
    }
    out_ += '"';
  }

  void escape(char32_t c) {
    static constexpr std::array<std::pair<char32_t, const char*>, 14> kShort = {{{0x00, "0"},
                                                                                 {0x07, "a"},
                                                                                 {0x08, "b"},
                                                                                 {0x09, "t"},
                                                                                 {0x0A, "n"},
                                                                                 {0x0B, "v"},
                                                                                 {0x0C, "f"},
                                                                                 {0x0D, "r"},
                                                                                 {0x1B, "e"},
                                                                                 {0x22, "\""},
                                                                                 {0x5C, "\\"},
                                                                                 {0x85, "N"},
                                                                                 {0x2028, "L"},
                                                                                 {0x2029, "P"}}};
    out_ += '\\';
    for (const auto& [code, letter] : kShort) {
      if (code == c) {
        out_ += letter;
        return;
      }
    }
    std::array<char, 16> buffer{};
    const char* form = c <= 0xFF ? "x%02X" : c <= 0xFFFF ? "u%04X" : "U%08X";
    std::snprintf(buffer.data(), buffer.size(), form, static_cast<unsigned>(c));
    out_ += buffer.data();
  }

  void literal(const std::string& value, std::size_t indent) {
    out_ += '|';
    const bool leads = value[0] == ' ' || value[0] == '\n';
    if (leads) out_ += '2';
    const std::size_t width = std::max<std::size_t>(indent, 2);
    if (value.back() != '\n') {
      out_ += '-';
    } else if (value.size() == 1 || value[value.size() - 2] == '\n') {
      out_ += '+';
    }
    out_ += '\n';
    for (std::size_t at = 0; at < value.size();) {
      std::size_t end = value.find('\n', at);
      if (end == std::string::npos) end = value.size();
      if (end > at) out_.append(width, ' ').append(value, at, end - at);
      if (end < value.size() || end > at) out_ += '\n';
      at = end + 1;
    }
  }

  std::string out_;
};

}  // namespace

std::string writeJson(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string writeYaml(const json& value) {
  YamlWriter writer;
  writer.top(value);
  return writer.take();
}

}  // namespace jobset_twin::api
