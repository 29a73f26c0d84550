// selector_json.hpp - labels and selectors of objects that are stored as trees. Whatever does not fit is passed over.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/api/label_selector.hpp"
#include "engine/api/string_map.hpp"

namespace jobset_twin::api {

// The strings of the map, or of the list, there.
StringMap stringMapAt(const nlohmann::json& of, std::initializer_list<const char*> path);
std::vector<std::string> textsAt(const nlohmann::json& of, std::initializer_list<const char*> path);
LabelSelector labelSelectorAt(const nlohmann::json& of, std::initializer_list<const char*> path);

}  // namespace jobset_twin::api
