#include "engine/api/tree.hpp"

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "engine/api/scalar.hpp"

namespace jobset_twin::api {
namespace {

// One step of a field path: a name, or an index or key in brackets.
struct Step {
  std::string_view text;
  bool bracket = false;
};

std::vector<Step> steps(std::string_view path) {
  std::vector<Step> out;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '.') {
      ++at;
    } else if (path[at] == '[') {
      std::size_t close = path.find(']', at);
      if (close == std::string_view::npos) close = path.size();
      out.push_back({path.substr(at + 1, close - at - 1), true});
      at = close + 1;
    } else {
      std::size_t end = path.find_first_of(".[", at);
      if (end == std::string_view::npos) end = path.size();
      out.push_back({path.substr(at, end - at), false});
      at = end;
    }
  }
  return out;
}

std::optional<std::size_t> listIndex(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::size_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<std::size_t>(c - '0');
  }
  return out;
}

}  // namespace

const TreeEntry* TreeNode::findEntry(std::string_view key) const {
  for (const TreeEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const TreeNode* TreeNode::find(std::string_view key) const {
  const TreeEntry* entry = findEntry(key);
  return entry ? &entry->value : nullptr;
}

std::string_view TreeNode::stringAt(std::string_view key) const {
  const TreeNode* value = find(key);
  return value && value->isString() ? std::string_view(value->text) : std::string_view();
}

std::string_view goTypeWord(TreeNode::Kind kind) {
  switch (kind) {
    case TreeNode::Kind::kNull: return "null";
    case TreeNode::Kind::kBool: return "bool";
    case TreeNode::Kind::kInt:
    case TreeNode::Kind::kDouble: return "number";
    case TreeNode::Kind::kString: return "string";
    case TreeNode::Kind::kList: return "array";
    case TreeNode::Kind::kMap: return "object";
  }
  return "";
}

std::string_view openApiTypeWord(TreeNode::Kind kind) {
  switch (kind) {
    case TreeNode::Kind::kBool: return "boolean";
    case TreeNode::Kind::kInt: return "integer";
    default: return goTypeWord(kind);
  }
}

Position locate(const TreeNode& root, std::string_view field_path) {
  const TreeNode* node = &root;
  Position at = root.at;
  const std::vector<Step> path = steps(field_path);
  std::size_t i = 0;
  while (i < path.size()) {
    if (path[i].bracket && node->isList()) {
      const std::optional<std::size_t> index = listIndex(path[i].text);
      if (!index || *index >= node->items.size()) return at;
      node = &node->items[*index];
      at = node->at;
      ++i;
      continue;
    }
    // A key may itself contain dots when the path was written without brackets: the longest match wins.
    const TreeEntry* found = nullptr;
    std::size_t used = 0;
    std::string joined;
    for (std::size_t j = i; j < path.size() && (j == i || !path[j].bracket); ++j) {
      joined += (j == i ? "" : ".") + std::string(path[j].text);
      if (const TreeEntry* entry = node->findEntry(joined)) {
        found = entry;
        used = j - i + 1;
      }
    }
    if (!found) return at;
    node = &found->value;
    at = found->at;
    i += used;
  }
  return at;
}

void locateErrors(const Tree& tree, Errors& errors) {
  for (Error& error : errors) {
    if (error.line != 0) continue;
    const Position at = locate(tree.root, error.field);
    error.file = tree.file;
    error.line = at.line;
    error.column = at.column;
  }
}

nlohmann::json toJson(const TreeNode& node) {
  switch (node.kind) {
    case TreeNode::Kind::kNull: return nullptr;
    case TreeNode::Kind::kBool: return node.boolean;
    case TreeNode::Kind::kInt: return node.integer;
    case TreeNode::Kind::kDouble: return node.number;
    case TreeNode::Kind::kString: return node.text;
    case TreeNode::Kind::kList: {
      nlohmann::json out = nlohmann::json::array();
      for (const TreeNode& item : node.items) out.push_back(toJson(item));
      return out;
    }
    case TreeNode::Kind::kMap: {
      nlohmann::json out = nlohmann::json::object();
      for (const TreeEntry& entry : node.entries) out[entry.key] = toJson(entry.value);
      return out;
    }
  }
  return nullptr;
}

TreeNode treeFromJson(const nlohmann::json& json) {
  TreeNode out;
  switch (json.type()) {
    case nlohmann::json::value_t::boolean:
      out.kind = TreeNode::Kind::kBool;
      out.boolean = json.get<bool>();
      break;
    case nlohmann::json::value_t::number_integer: setInteger(out, json.get<std::int64_t>()); break;
    case nlohmann::json::value_t::number_unsigned: setUnsigned(out, json.get<std::uint64_t>()); break;
    case nlohmann::json::value_t::number_float: setDouble(out, json.get<double>()); break;
    case nlohmann::json::value_t::string:
      out.kind = TreeNode::Kind::kString;
      out.text = json.get_ref<const std::string&>();
      break;
    case nlohmann::json::value_t::array:
      out.kind = TreeNode::Kind::kList;
      out.items.reserve(json.size());
      for (const nlohmann::json& item : json) out.items.push_back(treeFromJson(item));
      break;
    case nlohmann::json::value_t::object:
      out.kind = TreeNode::Kind::kMap;
      out.entries.reserve(json.size());
      for (const auto& [key, value] : json.items()) out.entries.push_back({key, {}, treeFromJson(value)});
      break;
    default: break;
  }
  return out;
}

}  // namespace jobset_twin::api
