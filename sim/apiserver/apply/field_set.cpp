#include "sim/apiserver/apply/field_set.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;

constexpr std::size_t kElementMax = 4096;  // of keys and values, which are JSON in a string: bounds their depth

std::string compact(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool before(const FieldNode& node, const PathElement& element) { return node.element < element; }

std::string shownValue(const json& value) {
  return value.is_string() ? api::quoted(value.get_ref<const std::string&>()) : compact(value);
}

}  // namespace

PathElement fieldElement(std::string_view name) { return {PathElement::Kind::kField, std::string(name)}; }

std::string wireText(const PathElement& element) {
  constexpr std::string_view kLetters = "fkvi";
  return fmt::format("{}:{}", kLetters[static_cast<std::size_t>(element.kind)], element.text);
}

std::optional<PathElement> elementOfWire(std::string_view text) {
  if (text.size() < 2 || text[1] != ':') return std::nullopt;
  const std::string_view rest = text.substr(2);
  if (text[0] == 'f') return fieldElement(rest);
  if (rest.size() > kElementMax) return std::nullopt;
  const json value = json::parse(rest, nullptr, false);
  switch (text[0]) {
    case 'k':
      if (!value.is_object()) return std::nullopt;
      return PathElement{PathElement::Kind::kKey, compact(value)};
    case 'v':
      if (value.is_discarded()) return std::nullopt;
      return PathElement{PathElement::Kind::kValue, compact(value)};
    case 'i':
      if (!value.is_number_integer()) return std::nullopt;
      return PathElement{PathElement::Kind::kIndex, compact(value)};
    default: return std::nullopt;
  }
}

std::string shown(const PathElement& element) {
  if (element.kind == PathElement::Kind::kField) return "." + element.text;
  if (element.kind == PathElement::Kind::kIndex) return fmt::format("[{}]", element.text);
  const json value = json::parse(element.text, nullptr, false);
  if (element.kind == PathElement::Kind::kValue) return fmt::format("[={}]", shownValue(value));
  std::string out;
  for (const auto& [key, one] : value.items())
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, shownValue(one));
  return fmt::format("[{}]", out);
}

std::string shown(const Path& path) {
  std::string out;
  for (const PathElement& element : path) out += shown(element);
  return out;
}

const FieldNode* FieldSet::find(const PathElement& element) const {
  const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), element, before);
  return at != nodes_.end() && at->element == element ? &*at : nullptr;
}

FieldNode& FieldSet::node(const PathElement& element) {
  const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), element, before);
  if (at != nodes_.end() && at->element == element) return *at;
  FieldNode fresh;
  fresh.element = element;
  return *nodes_.insert(at, std::move(fresh));
}

void FieldSet::insert(const Path& path) {
  FieldSet* at = this;
  for (std::size_t i = 0; i < path.size(); ++i) {
    FieldNode& next = at->node(path[i]);
    if (i + 1 == path.size()) next.member = true;
    at = &next.below;
  }
}

void FieldSet::add(PathElement element, bool member, FieldSet below) {
  if (!member && below.empty()) return;
  FieldNode& at = node(element);
  at.member = at.member || member;
  at.below = at.below.empty() ? std::move(below) : at.below.united(below);
}

void FieldSet::walk(Path& path, const std::function<void(const Path&)>& visit) const {
  for (const FieldNode& one : nodes_) {
    if (!one.member) continue;
    path.push_back(one.element);
    visit(path);
    path.pop_back();
  }
  for (const FieldNode& one : nodes_) {
    path.push_back(one.element);
    one.below.walk(path, visit);
    path.pop_back();
  }
}

void FieldSet::forEach(const std::function<void(const Path&)>& visit) const {
  Path path;
  walk(path, visit);
}

FieldSet FieldSet::united(const FieldSet& other) const {
  FieldSet out = *this;
  for (const FieldNode& theirs : other.nodes_) out.add(theirs.element, theirs.member, theirs.below);
  return out;
}

FieldSet FieldSet::without(const FieldSet& other) const {
  FieldSet out;
  for (const FieldNode& mine : nodes_) {
    const FieldNode* theirs = other.find(mine.element);
    out.add(mine.element, mine.member && !(theirs && theirs->member),
            theirs ? mine.below.without(theirs->below) : mine.below);
  }
  return out;
}

FieldSet FieldSet::common(const FieldSet& other) const {
  FieldSet out;
  for (const FieldNode& mine : nodes_) {
    if (const FieldNode* theirs = other.find(mine.element))
      out.add(mine.element, mine.member && theirs->member, mine.below.common(theirs->below));
  }
  return out;
}

FieldSet FieldSet::only(std::string_view field) const {
  FieldSet out;
  if (const FieldNode* found = find(fieldElement(field))) out.nodes_.push_back(*found);
  return out;
}

FieldSet FieldSet::except(std::string_view field) const {
  FieldSet out = *this;
  std::erase_if(out.nodes_, [&](const FieldNode& one) { return one.element == fieldElement(field); });
  return out;
}

bool operator==(const FieldSet& a, const FieldSet& b) { return a.nodes_ == b.nodes_; }

json wireForm(const FieldSet& set) {
  json out = json::object();
  for (const FieldNode& one : set.nodes()) {
    json below = wireForm(one.below);
    if (one.member && !below.empty()) below["."] = json::object();
    out[wireText(one.element)] = std::move(below);
  }
  return out;
}

std::optional<FieldSet> setOfWire(const json& fields) {
  if (!fields.is_object()) return std::nullopt;
  FieldSet out;
  for (const auto& [key, value] : fields.items()) {
    if (key == ".") continue;  // of the level above
    const std::optional<PathElement> element = elementOfWire(key);
    const std::optional<FieldSet> below = setOfWire(value);
    if (!element || !below) return std::nullopt;
    out.add(*element, value.empty() || value.contains("."), *below);
  }
  return out;
}

}  // namespace jobset_twin::apiserver::apply
