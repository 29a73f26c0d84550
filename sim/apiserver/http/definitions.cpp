#include "sim/apiserver/http/definitions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/http/structural_schema.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

api::Error errorAt(const std::string& field, const char* code, const std::string& text) {
  api::Error out = api::plainError(code, fmt::format("{}: {}", field, text));
  out.field = field;
  return out;
}

void checkVersions(const json& versions, api::Errors& errors) {
  std::int64_t stored = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const json* storage = api::jsonAt(versions[i], {"storage"});
    if (storage && *storage == true) ++stored;
    if (api::textAt(versions[i], {"name"}).empty())
      errors.push_back(errorAt(fmt::format("spec.versions[{}].name", i), "Required", "Required value"));
    if (!api::jsonAt(versions[i], {"schema", "openAPIV3Schema"}))
      errors.push_back(errorAt(fmt::format("spec.versions[{}].schema.openAPIV3Schema", i), "Required",
                               "Required value: schemas are required"));
  }
  if (stored != 1)
    errors.push_back(
        errorAt("spec.versions", "Invalid", "Invalid value: must have exactly one version marked as storage version"));
}

}  // namespace

bool isDefinition(const api::KindInfo& kind) { return kind.name == "CustomResourceDefinition"; }

api::Errors definitionErrors(const json& definition) {
  api::Errors errors;
  const std::string group = api::textAt(definition, {"spec", "group"}),
                    plural = api::textAt(definition, {"spec", "names", "plural"});
  const std::string name = api::textAt(definition, {"metadata", "name"}),
                    scope = api::textAt(definition, {"spec", "scope"});
  if (group.empty()) errors.push_back(errorAt("spec.group", "Required", "Required value"));
  if (plural.empty()) errors.push_back(errorAt("spec.names.plural", "Required", "Required value"));
  if (api::textAt(definition, {"spec", "names", "kind"}).empty())
    errors.push_back(errorAt("spec.names.kind", "Required", "Required value"));
  if (scope != "Cluster" && scope != "Namespaced")
    errors.push_back(
        errorAt("spec.scope", "NotSupported",
                fmt::format("Unsupported value: \"{}\": supported values: \"Cluster\", \"Namespaced\"", scope)));
  if (errors.empty() && name != plural + "." + group)
    errors.push_back(errorAt("metadata.name", "Invalid",
                             fmt::format("Invalid value: \"{}\": must be spec.names.plural+\".\"+spec.group", name)));
  const json* versions = api::jsonAt(definition, {"spec", "versions"});
  if (!versions || !versions->is_array() || versions->empty()) {
    errors.push_back(errorAt("spec.versions", "Required", "Required value"));
  } else {
    checkVersions(*versions, errors);
  }
  return errors;
}

json withEstablishedStatus(json definition, const std::string& now) {
  const auto condition = [&](const char* type, const char* reason, const char* message) {
    return json{
        {"type", type}, {"status", "True"}, {"lastTransitionTime", now}, {"reason", reason}, {"message", message}};
  };
  json names = definition.at("spec").at("names");
  if (!names.contains("listKind")) names["listKind"] = api::textAt(names, {"kind"}) + "List";
  json stored = json::array();
  for (const json& version : definition.at("spec").at("versions"))
    if (const json* storage = api::jsonAt(version, {"storage"}); storage && *storage == true)
      stored.push_back(version.at("name"));
  definition["status"] = {
      {"acceptedNames", std::move(names)},
      {"storedVersions", std::move(stored)},
      {"conditions",
       json::array({condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                    condition("Established", "InitialNamesAccepted", "the initial names have been accepted")})}};
  return definition;
}

DefinedFindings makeFit(json& object, const Resource& resource, const json* old, bool status) {
  DefinedFindings out;
  if (resource.has("status")) {  // only the status endpoint writes it, and nothing else there
    if (status && old) {
      json whole = *old;
      whole["status"] = object.contains("status") ? object["status"] : json(nullptr);
      if (whole["status"].is_null()) whole.erase("status");
      whole["metadata"]["resourceVersion"] =
          object.contains("metadata") && object["metadata"].contains("resourceVersion")
              ? object["metadata"]["resourceVersion"]
              : json("");
      object = std::move(whole);
    } else {
      object.erase("status");
      if (old && old->contains("status")) object["status"] = old->at("status");
    }
  }
  if (!resource.schema) return out;
  out.unknown = prune(object, *resource.schema);
  fillDefaults(object, *resource.schema);
  out.wrong = schemaErrors(object, *resource.schema);
  return out;
}

}  // namespace jobset_twin::apiserver::http
