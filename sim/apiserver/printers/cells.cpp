#include "sim/apiserver/printers/cells.hpp"

#include <cctype>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/api/json_at.hpp"
#include "engine/api/selector_json.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {

using nlohmann::json;

std::string cellText(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  return {};
}

Column nameColumn() { return {"Name", "string", "Unique among the objects of the kind in its namespace.", 0, "name"}; }
Column ageColumn() { return {"Age", "string", "How long ago the object was created.", 0, ""}; }

std::vector<Column> templateColumns(bool selector) {
  std::vector<Column> out = {{"Containers", "string", "Containers of the Pod template, by name.", 1, ""},
                             {"Images", "string", "Images of these containers.", 1, ""}};
  if (selector) out.push_back({"Selector", "string", "Which Pods belong to the object.", 1, ""});
  return out;
}

std::vector<Column> joined(std::vector<Column> columns, std::vector<Column> more) {
  for (Column& column : more) columns.push_back(std::move(column));
  return columns;
}

std::string since(const std::optional<api::TimePoint>& at, api::TimePoint now) {
  return at ? api::humanDuration(now - *at) : std::string(kUnknown);
}

std::string sinceText(const json* at, api::TimePoint now) {
  if (!at || !at->is_string()) return std::string(kUnknown);
  const api::Result<api::TimePoint> parsed = api::parseTime(at->get_ref<const std::string&>());
  return parsed ? api::humanDuration(now - *parsed) : std::string(kUnknown);
}

std::string orNone(std::string_view text) { return std::string(text.empty() ? kNone : text); }

std::string selectorText(const api::StringMap& labels) {
  std::string out;
  for (const auto& [key, value] : labels) out += fmt::format("{}{}={}", out.empty() ? "" : ",", key, value);
  return orNone(out);
}

std::string selectorText(const json* structured) {
  return api::formatSelector(structured ? api::labelSelectorAt(*structured, {}) : api::LabelSelector());
}

const json* fieldOf(const api::Object& object, std::initializer_list<const char*> path) {
  return api::jsonAt(api::as<api::Generic>(object).content.get(), path);
}

std::string textOf(const api::Object& object, std::initializer_list<const char*> path, std::string_view absent) {
  const json* at = fieldOf(object, path);
  if (!at || at->is_null()) return std::string(absent);
  return at->is_string() ? at->get<std::string>() : at->dump();
}

std::int64_t numberOf(const api::Object& object, std::initializer_list<const char*> path) {
  const json* at = fieldOf(object, path);
  return at && at->is_number_integer() ? at->get<std::int64_t>() : 0;
}

std::int64_t countOf(const api::Object& object, std::initializer_list<const char*> path) {
  const json* at = fieldOf(object, path);
  return at && at->is_structured() ? static_cast<std::int64_t>(at->size()) : 0;
}

namespace {

void addContainer(ContainerCells& out, std::string_view name, std::string_view image) {
  if (!out.names.empty()) out.names += ',', out.images += ',';
  out.names += name;
  out.images += image;
}

}  // namespace

ContainerCells containersOf(const std::vector<api::Container>& containers) {
  ContainerCells out;
  for (const api::Container& container : containers) addContainer(out, container.name, container.image);
  return out;
}

ContainerCells containersOf(const json* pod_template) {
  ContainerCells out;
  const json* containers = pod_template ? api::jsonAt(*pod_template, {"spec", "containers"}) : nullptr;
  if (!containers || !containers->is_array()) return out;
  for (const json& container : *containers) {
    const json* name = api::jsonAt(container, {"name"});
    const json* image = api::jsonAt(container, {"image"});
    addContainer(out, name && name->is_string() ? name->get<std::string>() : "",
                 image && image->is_string() ? image->get<std::string>() : "");
  }
  return out;
}

std::string ageText(const api::ObjectMeta& meta, api::TimePoint now) { return since(meta.creationTimestamp, now); }

}  // namespace jobset_twin::apiserver::printers
