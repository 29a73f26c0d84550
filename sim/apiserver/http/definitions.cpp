#include "sim/apiserver/http/definitions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/http/definition_names.hpp"
#include "sim/apiserver/http/definition_schema.hpp"
#include "sim/apiserver/http/structural_schema.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

api::Error errorAt(const std::string& field, const char* code, const std::string& text) {
  api::Error out = api::plainError(code, fmt::format("{}: {}", field, text));
  out.field = field;
  return out;
}

// What all versions say alike stands, once converted, at the top of the spec, and is spoken of as there.
bool sameInAll(const json& versions, const char* part) {
  const auto of = [&](const json& version) {
    const json* found = api::jsonAt(version, {part});
    return found ? *found : json();
  };
  return std::all_of(versions.begin(), versions.end(),
                     [&](const json& version) { return of(version) == of(versions.front()); });
}

void checkScalePath(const json& scale, const std::string& at, const char* name, const char* under,
                    api::Errors& errors) {
  const std::string path = api::textAt(scale, {name}), field = fmt::format("{}.{}", at, name);
  if (path.empty()) {
    errors.push_back(api::requiredValue(field, ""));
  } else if (path[0] != '.') {
    errors.push_back(api::invalidValue(field, api::quoted(path), "must be a simple json path starting with ."));
  } else if (!path.starts_with(fmt::format("{}.", under))) {
    errors.push_back(api::invalidValue(field, api::quoted(path), fmt::format("should be a json path under {}", under)));
  }
}

void checkScale(const json& scale, const std::string& at, api::Errors& errors) {
  checkScalePath(scale, at, "specReplicasPath", ".spec", errors);
  checkScalePath(scale, at, "statusReplicasPath", ".status", errors);
  const std::string selector = api::textAt(scale, {"labelSelectorPath"}), field = at + ".labelSelectorPath";
  if (selector.empty() || selector.starts_with(".spec.") || selector.starts_with(".status.")) return;
  errors.push_back(api::invalidValue(field, api::quoted(selector),
                                     selector[0] == '.' ? "should be a json path under either .spec or .status"
                                                        : "must be a simple json path starting with ."));
}

void checkVersions(const json& versions, api::Errors& errors) {
  const bool one_schema = sameInAll(versions, "schema"), one_scale = sameInAll(versions, "subresources");
  std::int64_t stored = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string at = fmt::format("spec.versions[{}]", i);
    const json* storage = api::jsonAt(versions[i], {"storage"});
    if (storage && *storage == true) ++stored;
    if (api::textAt(versions[i], {"name"}).empty()) errors.push_back(api::requiredValue(at + ".name", ""));
    const json* schema = api::jsonAt(versions[i], {"schema", "openAPIV3Schema"});
    if (!schema || !schema->is_object()) {
      errors.push_back(api::requiredValue(at + ".schema.openAPIV3Schema", "schemas are required"));
    } else if (i == 0 || !one_schema) {
      checkStructure(*schema, one_schema ? "spec.validation.openAPIV3Schema" : at + ".schema.openAPIV3Schema", errors);
    }
    const json* scale = api::jsonAt(versions[i], {"subresources", "scale"});
    if (scale && scale->is_object() && (i == 0 || !one_scale))
      checkScale(*scale, (one_scale ? "spec" : at) + ".subresources.scale", errors);
  }
  if (stored != 1)
    errors.push_back(
        errorAt("spec.versions", "Invalid", "Invalid value: must have exactly one version marked as storage version"));
}

// With the time at which it became so, if it has been so before.
json conditionOf(const json* old, const char* type, const char* reason, const char* message, const std::string& now) {
  std::string since = now;
  if (old && old->is_array()) {
    for (const json& one : *old)
      if (api::textAt(one, {"type"}) == type && api::textAt(one, {"status"}) == "True" &&
          !api::textAt(one, {"lastTransitionTime"}).empty())
        since = api::textAt(one, {"lastTransitionTime"});
  }
  return {{"type", type}, {"status", "True"}, {"lastTransitionTime", since}, {"reason", reason}, {"message", message}};
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
  if (const json* spec = api::jsonAt(definition, {"spec"})) checkNames(*spec, errors);
  const json* versions = api::jsonAt(definition, {"spec", "versions"});
  if (!versions || !versions->is_array() || versions->empty()) {
    errors.push_back(errorAt("spec.versions", "Required", "Required value"));
  } else {
    checkVersions(*versions, errors);
  }
  return errors;
}

std::string undecodable(const json& definition) {
  const json* versions = api::jsonAt(definition, {"spec", "versions"});
  if (!versions || !versions->is_array()) return {};
  for (const json& version : *versions) {
    const json* schema = api::jsonAt(version, {"schema", "openAPIV3Schema"});
    if (!schema) continue;
    if (std::string problem = undecodableSchema(*schema, "spec.versions.schema.openAPIV3Schema"); !problem.empty())
      return problem;
  }
  return {};
}

void fillDefinition(json& definition) {
  const auto spec = definition.find("spec");
  if (spec == definition.end() || !spec->is_object()) return;
  const auto fill = [](json& in, const char* name, json value) {
    if (!in.contains(name) || in[name].is_null() || in[name] == "") in[name] = std::move(value);
  };
  fill(*spec, "conversion", {{"strategy", "None"}});
  const std::string kind = api::textAt(*spec, {"names", "kind"});
  if (kind.empty()) return;
  fill((*spec)["names"], "singular", api::lowerCase(kind));
  fill((*spec)["names"], "listKind", kind + "List");
}

json withEstablishedStatus(json definition, const std::string& now) {
  fillDefinition(definition);
  json& status = definition["status"];
  if (!status.is_object()) status = json::object();
  const json* old = api::jsonAt(status, {"conditions"});
  json conditions = json::array(
      {conditionOf(old, "NamesAccepted", "NoConflicts", "no conflicts found", now),
       conditionOf(old, "Established", "InitialNamesAccepted", "the initial names have been accepted", now)});
  if (old && old->is_array()) {  // Terminating
    for (const json& one : *old)
      if (const std::string type = api::textAt(one, {"type"}); type != "NamesAccepted" && type != "Established")
        conditions.push_back(one);
  }
  json stored = status.value("storedVersions", json::array());  // those that were once stored stay
  if (!stored.is_array()) stored = json::array();
  for (const json& version : definition.at("spec").at("versions")) {
    const json* storage = api::jsonAt(version, {"storage"});
    if (storage && *storage == true && std::find(stored.begin(), stored.end(), version.at("name")) == stored.end())
      stored.push_back(version.at("name"));
  }
  status["acceptedNames"] = definition.at("spec").at("names");
  status["storedVersions"] = std::move(stored);
  status["conditions"] = std::move(conditions);
  return definition;
}

void keepStatus(json& object, const json* old, bool status) {
  if (status && old) {
    json whole = *old;
    whole["status"] = object.contains("status") ? object["status"] : json(nullptr);
    if (whole["status"].is_null()) whole.erase("status");
    whole["metadata"]["resourceVersion"] = object.contains("metadata") && object["metadata"].contains("resourceVersion")
                                               ? object["metadata"]["resourceVersion"]
                                               : json("");
    object = std::move(whole);
    return;
  }
  object.erase("status");
  if (old && old->contains("status")) object["status"] = old->at("status");
}

DefinedFindings makeFit(json& object, const Resource& resource, const json* old, bool status) {
  DefinedFindings out;
  if (resource.has("status")) keepStatus(object, old, status);
  if (!resource.schema) return out;
  out.unknown = prune(object, *resource.schema);
  fillDefaults(object, *resource.schema);
  dropNulls(object, *resource.schema);
  out.wrong = schemaErrors(object, *resource.schema);
  return out;
}

}  // namespace jobset_twin::apiserver::http
