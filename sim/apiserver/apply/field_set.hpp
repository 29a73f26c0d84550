// field_set.hpp - sets of places in a document, and their form on the wire (FieldsV1): what a field manager owns.
//
// A place is a path of elements from the document's root. A set may hold a place without what is below it and the other
// way round: "." marks a member that has members below. Knows no types; which places a document has is
// typed_document.hpp. Source of the form: structured-merge-diff v6 fieldpath.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::apiserver::apply {

struct PathElement {
  enum class Kind : std::uint8_t { kField, kKey, kValue, kIndex };
  Kind kind = Kind::kField;
  std::string text;  // the field's name, or as JSON: the keys of a list's item, a value of a set, an index

  friend auto operator<=>(const PathElement&, const PathElement&) = default;
  friend bool operator==(const PathElement&, const PathElement&) = default;
};
using Path = std::vector<PathElement>;

PathElement fieldElement(std::string_view name);
std::string wireText(const PathElement& element);  // f:name, k:{"name":"x"}, v:"x", i:0
std::optional<PathElement> elementOfWire(std::string_view text);
std::string shown(const PathElement& element);  // as messages have it: .name, [name="x"], [="x"], [0]
std::string shown(const Path& path);            // .spec.containers[name="x"].image

struct FieldNode;

class FieldSet {
 public:
  bool empty() const { return nodes_.empty(); }
  const std::vector<FieldNode>& nodes() const { return nodes_; }  // ascending; none is without use
  const FieldNode* find(const PathElement& element) const;

  void insert(const Path& path);  // the empty one is the document itself, which nobody owns
  // The element alone, and what is below it.
  void add(PathElement element, bool member, FieldSet below);
  // Every member, those of a level before what is below them.
  void forEach(const std::function<void(const Path&)>& visit) const;

  FieldSet united(const FieldSet& other) const;
  FieldSet without(const FieldSet& other) const;
  FieldSet common(const FieldSet& other) const;
  // What is at or below a field of the root, or all but that.
  FieldSet only(std::string_view field) const;
  FieldSet except(std::string_view field) const;

  friend bool operator==(const FieldSet& a, const FieldSet& b);

 private:
  std::vector<FieldNode> nodes_;
  FieldNode& node(const PathElement& element);
  void walk(Path& path, const std::function<void(const Path&)>& visit) const;
};

struct FieldNode {
  PathElement element;
  bool member = false;
  FieldSet below;
  friend bool operator==(const FieldNode&, const FieldNode&) = default;
};

nlohmann::json wireForm(const FieldSet& set);
// Nothing: not the form of a set.
std::optional<FieldSet> setOfWire(const nlohmann::json& fields);

}  // namespace jobset_twin::apiserver::apply
