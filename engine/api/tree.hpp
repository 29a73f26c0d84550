// tree.hpp - a parsed document as a tree of values in source order, with line and column of every key and value.
//
// What yaml_reader.hpp makes and the strict object reader (read.hpp) takes. Aliases and merge keys are already
// expanded. No schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"

namespace jobset_twin::api {

struct Position {
  int line = 0, column = 0;  // 1-based; 0: not from a text
  friend bool operator==(const Position&, const Position&) = default;
};

struct TreeEntry;

struct TreeNode {
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kList, kMap };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;               // kDouble; never NaN or infinite, never a whole number that fits int64
  std::string text;                // kString: the value; kInt, kDouble: as JSON spells it
  std::vector<TreeNode> items;     // kList
  std::vector<TreeEntry> entries;  // kMap, in source order, keys unique
  Position at;

  bool isNull() const { return kind == Kind::kNull; }
  bool isMap() const { return kind == Kind::kMap; }
  bool isList() const { return kind == Kind::kList; }
  bool isString() const { return kind == Kind::kString; }
  const TreeNode* find(std::string_view key) const;  // nullptr: no map, or no such key
  const TreeEntry* findEntry(std::string_view key) const;
  std::string_view stringAt(std::string_view key) const;  // "" when absent or not a string
};

struct TreeEntry {
  std::string key;
  Position at;
  TreeNode value;
};

struct Tree {
  std::string file;  // as it is to be shown; "" for none
  TreeNode root;
};

// Go's word for the type, as in "cannot unmarshal <word> into": "string", "number", "bool", "object", "array", "null".
std::string_view goTypeWord(TreeNode::Kind kind);
// OpenAPI's word: "string", "integer", "number", "boolean", "object", "array", "null".
std::string_view openApiTypeWord(TreeNode::Kind kind);

// The place of a field path ("spec.replicatedJobs[0].name", "metadata.labels[a.b/c]"): of its key where it has one,
// else of its value; of the nearest existing ancestor when the field is absent.
Position locate(const TreeNode& root, std::string_view field_path);
// Fills in file, line and column of errors that have a field and no position.
void locateErrors(const Tree& tree, Errors& errors);

nlohmann::json toJson(const TreeNode& node);
TreeNode treeFromJson(const nlohmann::json& json);  // positions 0

}  // namespace jobset_twin::api
