#include "sim/apiserver/printers/json_path.hpp"

#include <charconv>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver::printers {
namespace {

using nlohmann::json;
using Found = std::vector<const json*>;

Found members(const Found& of, const std::string& name) {
  Found out;
  for (const json* one : of) {
    if (name == "*") {
      if (one->is_structured())
        for (const json& inner : *one) out.push_back(&inner);
    } else if (one->is_object()) {
      if (const auto at = one->find(name); at != one->end()) out.push_back(&*at);
    }
  }
  return out;
}

Found elements(const Found& of, std::int64_t index) {
  Found out;
  for (const json* one : of) {
    if (!one->is_array()) continue;
    const std::int64_t at = index < 0 ? index + static_cast<std::int64_t>(one->size()) : index;
    if (at >= 0 && at < static_cast<std::int64_t>(one->size())) out.push_back(&(*one)[static_cast<std::size_t>(at)]);
  }
  return out;
}

// Takes ".name" (a dot may be escaped) from the front of the path, without the leading dot.
std::string takeName(std::string_view& path) {
  std::string out;
  std::size_t at = 0;
  for (; at < path.size() && path[at] != '.' && path[at] != '['; ++at) {
    if (path[at] == '\\' && at + 1 < path.size()) ++at;
    out += path[at];
  }
  path.remove_prefix(at);
  return out;
}

// Takes "[...]" from the front and returns what is inside; a bracket inside quotes does not end it.
std::optional<std::string_view> takeBrackets(std::string_view& path) {
  char quote = 0;
  for (std::size_t at = 1; at < path.size(); ++at) {
    if (quote != 0) {
      if (path[at] == quote) quote = 0;
    } else if (path[at] == '"' || path[at] == '\'') {
      quote = path[at];
    } else if (path[at] == ']') {
      const std::string_view inside = path.substr(1, at - 1);
      path.remove_prefix(at + 1);
      return inside;
    }
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back() || (text.front() != '"' && text.front() != '\'')) return {};
  return text.substr(1, text.size() - 2);
}

// Elements for which "@.path==value" or "@.path!=value" holds.
std::optional<Found> filtered(const Found& of, std::string_view condition) {
  const std::size_t at = condition.find("==") != std::string_view::npos ? condition.find("==") : condition.find("!=");
  if (at == std::string_view::npos) return std::nullopt;
  const bool equal = condition[at] == '=';
  std::string_view left = trimmed(condition.substr(0, at));
  const std::string_view right = trimmed(condition.substr(at + 2));
  if (!left.starts_with('@')) return std::nullopt;
  left.remove_prefix(1);
  const auto text = unquoted(right);
  const json wanted = text ? json(std::string(*text)) : json::parse(right, nullptr, false);
  Found out;
  for (const json* one : of) {
    if (!one->is_array()) continue;
    for (const json& element : *one) {
      const Found value = left.empty() ? Found{&element} : atJsonPath(element, left);
      if (!value.empty() && (*value.front() == wanted) == equal) out.push_back(&element);
    }
  }
  return out;
}

std::optional<Found> bracketed(const Found& of, std::string_view inside) {
  if (const auto name = unquoted(inside)) return members(of, std::string(*name));
  if (inside == "*") return members(of, "*");
  if (inside.starts_with("?(") && inside.ends_with(')')) return filtered(of, inside.substr(2, inside.size() - 3));
  std::int64_t index = 0;
  const auto [end, problem] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  if (problem != std::errc() || end != inside.data() + inside.size()) return std::nullopt;
  return elements(of, index);
}

}  // namespace

Found atJsonPath(const json& root, std::string_view path) {
  if (path.starts_with('{') && path.ends_with('}')) path = path.substr(1, path.size() - 2);
  if (path.starts_with('$')) path.remove_prefix(1);
  Found found = {&root};
  while (!path.empty() && !found.empty()) {
    if (path.front() == '.') {
      path.remove_prefix(1);
      if (path.starts_with('.')) return {};  // anywhere below: no column asks for it
      if (path.empty()) return found;
      if (path.front() != '[') found = members(found, takeName(path));
    } else if (path.front() == '[') {
      const std::optional<std::string_view> inside = takeBrackets(path);
      const std::optional<Found> next = inside ? bracketed(found, *inside) : std::nullopt;
      if (!next) return {};
      found = *next;
    } else {
      found = members(found, takeName(path));
    }
  }
  return found;
}

}  // namespace jobset_twin::apiserver::printers
