#include "sim/apiserver/http/scale.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/label_selector.hpp"
#include "engine/api/write.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

ScalePaths pathsOf(const Resource& resource) {
  return resource.scale.value_or(ScalePaths{"spec.replicas", "status.replicas", ""});
}

// The value at a path of member names, whatever they look like; null if there is none.
const json* valueAt(const json& document, std::string_view members) {
  const json* at = &document;
  while (at && !members.empty()) {
    const std::size_t dot = members.find('.');
    at = api::jsonAt(*at, {std::string(members.substr(0, dot)).c_str()});
    members = dot == std::string_view::npos ? std::string_view() : members.substr(dot + 1);
  }
  return at;
}

// False: something on the way is no object.
bool setAt(json& document, std::string_view members, const json& value) {
  json* at = &document;
  while (true) {
    if (at->is_null()) *at = json::object();
    if (!at->is_object()) return false;
    const std::size_t dot = members.find('.');
    at = &(*at)[std::string(members.substr(0, dot))];
    if (dot == std::string_view::npos) break;
    members.remove_prefix(dot + 1);
  }
  *at = value;
  return true;
}

std::int64_t numberAt(const json& document, const std::string& members, std::int64_t otherwise) {
  const json* value = members.empty() ? nullptr : valueAt(document, members);
  return value && value->is_number_integer() ? value->get<std::int64_t>() : otherwise;
}

// As a list of requirements: "app=web,tier=front".
std::string selectorOf(const json& document, const ScalePaths& paths) {
  if (!paths.selector.empty()) {
    const json* selector = valueAt(document, paths.selector);
    return selector && selector->is_string() ? selector->get<std::string>() : std::string();
  }
  const json* labels = api::jsonAt(document, {"spec", "selector", "matchLabels"});
  if (!labels) labels = api::jsonAt(document, {"spec", "selector"});  // of a ReplicationController
  std::string out;
  if (!labels || !labels->is_object()) return out;
  for (const auto& [key, value] : labels->items())
    if (value.is_string()) out += (out.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  return out;
}

}  // namespace

json scaleDocument(const api::Object& object, const Resource& resource) {
  const json document = api::toJson(object);
  const ScalePaths paths = pathsOf(resource);
  json meta = json::object();
  for (const char* key : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    if (document.at("metadata").contains(key)) meta[key] = document.at("metadata").at(key);
  json status = {{"replicas", numberAt(document, paths.status_replicas, 0)}};
  if (const std::string selector = selectorOf(document, paths); !selector.empty()) status["selector"] = selector;
  // Workloads that do not say how many have one.
  const std::int64_t wanted = numberAt(document, paths.spec_replicas, resource.scale ? 0 : 1);
  json spec = json::object();
  if (wanted != 0) spec["replicas"] = wanted;
  return {{"kind", "Scale"},
          {"apiVersion", "autoscaling/v1"},
          {"metadata", std::move(meta)},
          {"spec", std::move(spec)},
          {"status", std::move(status)}};
}

std::optional<json> scaled(const json& object, const json& scale, const Resource& resource, std::string& problem) {
  const json* replicas = api::jsonAt(scale, {"spec", "replicas"});
  const std::int64_t wanted = replicas && replicas->is_number_integer() ? replicas->get<std::int64_t>() : 0;
  if (replicas && !replicas->is_null() && !replicas->is_number_integer()) {
    problem = "spec.replicas: Invalid value: must be a number";
    return std::nullopt;
  }
  if (wanted < 0) {
    problem = "spec.replicas: Invalid value: " + std::to_string(wanted) + ": must be greater than or equal to 0";
    return std::nullopt;
  }
  json out = object;
  if (!setAt(out, pathsOf(resource).spec_replicas, wanted)) {
    problem = "spec.replicas: Invalid value: the object has no place for it";
    return std::nullopt;
  }
  // The version that the Scale was read at is that of the object.
  const json* version = api::jsonAt(scale, {"metadata", "resourceVersion"});
  if (version && version->is_string() && !version->get<std::string>().empty())
    out["metadata"]["resourceVersion"] = *version;
  return out;
}

}  // namespace jobset_twin::apiserver::http
