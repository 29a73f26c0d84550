#include "engine/api/selector_json.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"

namespace jobset_twin::api {

StringMap stringMapAt(const nlohmann::json& of, std::initializer_list<const char*> path) {
  StringMap out;
  const nlohmann::json* map = jsonAt(of, path);
  if (!map || !map->is_object()) return out;
  for (const auto& [key, value] : map->items())
    if (value.is_string()) out.set(key, value.get_ref<const std::string&>());
  return out;
}

std::vector<std::string> textsAt(const nlohmann::json& of, std::initializer_list<const char*> path) {
  std::vector<std::string> out;
  const nlohmann::json* list = jsonAt(of, path);
  if (!list || !list->is_array()) return out;
  for (const nlohmann::json& one : *list)
    if (one.is_string()) out.push_back(one);
  return out;
}

LabelSelector labelSelectorAt(const nlohmann::json& of, std::initializer_list<const char*> path) {
  LabelSelector out;
  const nlohmann::json* selector = jsonAt(of, path);
  if (!selector) return out;
  out.matchLabels = stringMapAt(*selector, {"matchLabels"});
  const nlohmann::json* expressions = jsonAt(*selector, {"matchExpressions"});
  if (!expressions || !expressions->is_array()) return out;
  for (const nlohmann::json& one : *expressions)
    out.matchExpressions.push_back({textAt(one, {"key"}), textAt(one, {"operator"}), textsAt(one, {"values"})});
  return out;
}

}  // namespace jobset_twin::api
