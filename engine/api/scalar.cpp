#include "engine/api/scalar.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "engine/api/ascii.hpp"

namespace jobset_twin::api {
namespace {

template <std::size_t N>
bool isOneOf(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words) {
    if (word == text) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 12> kNotFinite = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                                         "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};

// Go's ParseInt and ParseUint with base 0: sign and magnitude of a whole literal.
struct Integer {
  bool negative = false;
  std::uint64_t magnitude = 0;
};
std::optional<Integer> parseInteger(std::string_view text) {
  Integer out;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'o' || isDigit(text[1]) ? 8 : mark == 'b' ? 2 : 10;
    const bool marked = base != 10 && !isDigit(text[1]);
    text.remove_prefix(marked ? 2 : (isDigit(text[1]) ? 1 : 0));
  }
  if (text.empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.magnitude, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$
bool looksLikeFloat(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::size_t whole = 0, decimals = 0;
  for (; at < text.size() && isDigit(text[at]); ++at) ++whole;
  if (at < text.size() && text[at] == '.') {
    ++at;
    for (; at < text.size() && isDigit(text[at]); ++at) ++decimals;
  }
  if (whole == 0 && decimals == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (at == text.size()) return false;
    while (at < text.size() && isDigit(text[at])) ++at;
  }
  return at == text.size();
}

std::optional<double> parseDouble(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// 2026-1-2, and with a time behind 'T', 't' (then a zone too) or a space.
bool isTimestamp(std::string_view text) {
  const auto number = [&](std::size_t least, std::size_t most, int low, int high) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < most && digits < text.size() && isDigit(text[digits])) value = value * 10 + (text[digits++] - '0');
    text.remove_prefix(digits);
    return digits >= least && value >= low && value <= high;
  };
  const auto sign = [&](char want) {
    const bool found = !text.empty() && text[0] == want;
    if (found) text.remove_prefix(1);
    return found;
  };
  if (!number(4, 4, 0, 9999) || !sign('-') || !number(1, 2, 1, 12) || !sign('-') || !number(1, 2, 1, 31)) return false;
  if (text.empty()) return true;
  const bool zoned = text[0] != ' ';
  if (!sign('T') && !sign('t') && !sign(' ')) return false;
  if (!number(1, 2, 0, 23) || !sign(':') || !number(1, 2, 0, 59) || !sign(':') || !number(1, 2, 0, 59)) return false;
  if (sign('.') && !number(1, 9, 0, 999'999'999)) return false;
  if (!zoned) return text.empty();
  return text == "Z" ||
         ((sign('+') || sign('-')) && number(2, 2, 0, 24) && sign(':') && number(2, 2, 0, 59) && text.empty());
}

}  // namespace

void setInteger(TreeNode& node, std::int64_t value) {
  node.kind = TreeNode::Kind::kInt;
  node.integer = value;
  node.text = std::to_string(value);
}

void setUnsigned(TreeNode& node, std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) return setInteger(node, static_cast<std::int64_t>(value));
  node.kind = TreeNode::Kind::kDouble;
  node.number = static_cast<double>(value);
  node.text = std::to_string(value);
}

void setDouble(TreeNode& node, double value) {
  if (value == std::trunc(value) && std::fabs(value) < 9e18) {
    return setInteger(node, static_cast<std::int64_t>(value));
  }
  node.kind = TreeNode::Kind::kDouble;
  node.number = value;
  node.text = goDouble(value);
}

std::string goDouble(double value) {
  std::array<char, 512> buffer{};
  const double size = std::fabs(value);
  const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          exponent ? std::chars_format::scientific : std::chars_format::fixed);
  std::string out(buffer.data(), error == std::errc() ? end : buffer.data());
  if (exponent) {  // e-09 is e-9
    const std::size_t e = out.find('e');
    if (e != std::string::npos && out.size() == e + 4 && out[e + 1] == '-' && out[e + 2] == '0') out.erase(e + 2, 1);
  }
  return out;
}

bool setPlainScalar(TreeNode& node, std::string_view text) {
  if (isOneOf(text, kNull)) {
    node.kind = TreeNode::Kind::kNull;
    return true;
  }
  if (isOneOf(text, kTrue) || isOneOf(text, kFalse)) {
    node.kind = TreeNode::Kind::kBool;
    node.boolean = isOneOf(text, kTrue);
    return true;
  }
  if (isOneOf(text, kNotFinite)) return false;
  const char first = text[0];
  if (first == '.' || first == '-' || first == '+' || isDigit(first)) {
    std::string plain;
    for (const char c : text) {
      if (c != '_' || first == '.') plain += c;
    }
    if (first != '.') {
      if (const auto integer = parseInteger(plain)) {
        constexpr std::uint64_t kTop = static_cast<std::uint64_t>(INT64_MAX);
        if (!integer->negative) {
          setUnsigned(node, integer->magnitude);
          return true;
        }
        if (integer->magnitude <= kTop + 1) {
          setInteger(node, static_cast<std::int64_t>(0 - integer->magnitude));
          return true;
        }
      }
    }
    if (looksLikeFloat(plain)) {
      if (const auto number = parseDouble(plain)) {
        setDouble(node, *number);
        return true;
      }
    }
  }
  node.kind = TreeNode::Kind::kString;
  node.text = text;
  return true;
}

bool readsAsString(std::string_view text) {
  TreeNode node;
  return setPlainScalar(node, text) && node.isString() && !isTimestamp(text);
}

}  // namespace jobset_twin::api
