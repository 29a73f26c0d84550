#include "sim/apiserver/http/openapi/own_definitions.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/openapi/names.hpp"
#include "sim/apiserver/http/openapi/schemas.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

json schemaOf(const api::KindInfo& kind) {
  Schemas schemas(OpenApiVersion::kV3);
  schemas.add(kind, nullptr);
  json out = schemas.all().at(schemaName(kind));
  out.erase("x-kubernetes-group-version-kind");
  out["properties"]["metadata"] = {{"type", "object"}};
  return out;
}

json definitionOf(const api::KindInfo& kind, const std::string& now) {
  const std::string group = api::groupOf(kind.api_version), plural(kind.plural);
  json names = {{"plural", plural},
                {"singular", kind.singular},
                {"kind", kind.name},
                {"listKind", std::string(kind.name) + "List"}};
  if (!kind.short_names.empty()) names["shortNames"] = kind.short_names;
  json version = {{"name", versionOf(kind.api_version)},
                  {"served", true},
                  {"storage", true},
                  {"schema", {{"openAPIV3Schema", schemaOf(kind)}}},
                  {"subresources", {{"status", json::object()}}}};
  return withEstablishedStatus({{"apiVersion", "apiextensions.k8s.io/v1"},
                                {"kind", "CustomResourceDefinition"},
                                {"metadata", {{"name", plural + "." + group}}},
                                {"spec",
                                 {{"group", group},
                                  {"names", std::move(names)},
                                  {"scope", kind.namespaced ? "Namespaced" : "Cluster"},
                                  {"conversion", {{"strategy", "None"}}},
                                  {"versions", json::array({std::move(version)})}}}},
                               now);
}

}  // namespace

std::vector<json> ownDefinitions(const std::string& now) {
  std::vector<json> out;
  for (const api::KindInfo& kind : api::knownKinds())
    if (kind.custom) out.push_back(definitionOf(kind, now));
  return out;
}

}  // namespace jobset_twin::apiserver::http
