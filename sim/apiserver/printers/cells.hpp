// cells.hpp - what the printers share: columns that many kinds have, and how values become cells.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/label_selector.hpp"
#include "sim/apiserver/printers/table.hpp"

namespace jobset_twin::apiserver::printers {

inline constexpr std::string_view kNone = "<none>", kUnknown = "<unknown>", kUnset = "<unset>";

Column nameColumn();
Column ageColumn();
// In that order, at the end of the columns of what has Pods.
std::vector<Column> templateColumns(bool selector);
std::vector<Column> joined(std::vector<Column> columns, std::vector<Column> more);

std::string since(const std::optional<api::TimePoint>& at, api::TimePoint now);
std::string sinceText(const nlohmann::json* at, api::TimePoint now);  // of an RFC 3339 text; null or "": unknown
std::string orNone(std::string_view text);
std::string selectorText(const api::StringMap& labels);      // of a map that all must equal
std::string selectorText(const nlohmann::json* structured);  // a LabelSelector as JSON

// Of objects that are stored as trees.
const nlohmann::json* fieldOf(const api::Object& object, std::initializer_list<const char*> path);
std::string textOf(const api::Object& object, std::initializer_list<const char*> path, std::string_view absent = "");
std::int64_t numberOf(const api::Object& object, std::initializer_list<const char*> path);
std::int64_t countOf(const api::Object& object, std::initializer_list<const char*> path);  // members or elements

// Names and images of containers, each with commas.
struct ContainerCells {
  std::string names, images;
};
ContainerCells containersOf(const std::vector<api::Container>& containers);
ContainerCells containersOf(const nlohmann::json* pod_template);

}  // namespace jobset_twin::apiserver::printers
