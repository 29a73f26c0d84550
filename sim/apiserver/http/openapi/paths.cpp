#include "sim/apiserver/http/openapi/paths.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "sim/apiserver/http/openapi/names.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

struct Parameter {
  const char *name, *type, *doc;
};
constexpr Parameter kDryRun = {"dryRun", "string", "All: everything is checked, nothing is stored."};
constexpr Parameter kFieldManager = {"fieldManager", "string", "Who writes the fields."};
constexpr Parameter kFieldValidation = {"fieldValidation", "string",
                                        "What unknown fields mean: Ignore, Warn or Strict."};
constexpr Parameter kForce = {"force", "boolean", "Takes over the fields of others."};
constexpr Parameter kList[] = {
    {"allowWatchBookmarks", "boolean", "Whether a watch may say where it is without a change."},
    {"continue", "string", "Where the list goes on."},
    {"fieldSelector", "string", "Chooses objects by fields."},
    {"labelSelector", "string", "Chooses objects by labels."},
    {"limit", "integer", "The most objects that are answered at once."},
    {"resourceVersion", "string", "The version to begin at."},
    {"resourceVersionMatch", "string", "How that version is meant."},
    {"sendInitialEvents", "boolean", "Whether a watch begins with what there is."},
    {"timeoutSeconds", "integer", "Seconds until a watch ends."},
    {"watch", "boolean", "Changes as they come, instead of a list."},
};
constexpr Parameter kDelete[] = {
    kDryRun,
    {"gracePeriodSeconds", "integer", "Seconds until the object must be gone."},
    {"orphanDependents", "boolean", "Whether what it owns stays; use propagationPolicy."},
    {"propagationPolicy", "string", "Orphan, Background or Foreground."},
};

json parameterOf(const Parameter& from, OpenApiVersion version) {
  json out = {{"name", from.name}, {"in", "query"}, {"description", from.doc}};
  const json type = {{"type", from.type}, {"uniqueItems", true}};
  if (version == OpenApiVersion::kV3) {
    out["schema"] = type;
  } else {
    out.update(type);
  }
  return out;
}

json pathParameter(const char* name, OpenApiVersion version) {
  json out = {{"name", name}, {"in", "path"}, {"required", true}};
  if (version == OpenApiVersion::kV3) {
    out["schema"] = {{"type", "string"}, {"uniqueItems", true}};
  } else {
    out.update({{"type", "string"}, {"uniqueItems", true}});
  }
  return out;
}

std::vector<Parameter> parametersOf(const std::string& action) {
  if (action == "post" || action == "put") return {kDryRun, kFieldManager, kFieldValidation};
  if (action == "patch") return {kDryRun, kFieldManager, kFieldValidation, kForce};
  if (action == "list") return {std::begin(kList), std::end(kList)};
  if (action == "delete") return {std::begin(kDelete), std::end(kDelete)};
  if (action == "deletecollection") {
    std::vector<Parameter> out(std::begin(kDelete), std::end(kDelete));
    out.insert(out.end(), std::begin(kList), std::end(kList));
    return out;
  }
  return {};
}

// The verb of discovery that allows an action.
bool allows(const json& resource, std::string_view verb) {
  const json& verbs = resource.at("verbs");
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

std::string capitalized(std::string_view text) {
  std::string out;
  bool upper = true;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

// Paths and operations of one resource or part of one.
class ResourcePaths {
 public:
  ResourcePaths(const json& resource, std::string group, std::string version,
                const std::vector<const api::KindInfo*>& kinds, OpenApiVersion dialect)
      : resource_(resource), group_(std::move(group)), version_(std::move(version)), dialect_(dialect) {
    name_ = resource.at("name");
    kind_ = resource.at("kind");
    const std::string group_of = resource.value("group", group_), version_of = resource.value("version", version_);
    gvk_ = {{"group", group_of}, {"kind", kind_}, {"version", version_of}};
    const std::string api_version = group_of.empty() ? version_of : group_of + "/" + version_of;
    for (const api::KindInfo* kind : kinds) {
      if (kind->api_version != api_version || kind->name != kind_) continue;
      schema_ = schemaName(*kind);
      custom_ = kind->custom;
    }
    if (schema_.empty()) schema_ = schemaName(api::KindInfo{api::Kind::kGeneric, api_version, kind_, "", "", {}, true});
  }

  void addTo(json& paths) const {
    const bool namespaced = resource_.at("namespaced");
    const std::string root = group_.empty() ? "/api/" + version_ : "/apis/" + group_ + "/" + version_;
    const std::string home = root + (namespaced ? "/namespaces/{namespace}" : "");
    const std::size_t slash = name_.find('/');
    if (slash != std::string::npos) {
      const std::string path = home + "/" + name_.substr(0, slash) + "/{name}/" + name_.substr(slash + 1);
      addItem(paths, path, {{"get", "get"}, {"create", "post"}, {"update", "put"}, {"patch", "patch"}});
      return;
    }
    addItem(paths, home + "/" + name_,
            {{"list", "list"}, {"create", "post"}, {"deletecollection", "deletecollection"}});
    addItem(paths, home + "/" + name_ + "/{name}",
            {{"get", "get"}, {"update", "put"}, {"patch", "patch"}, {"delete", "delete"}});
    if (namespaced) addItem(paths, root + "/" + name_, {{"list", "list"}});
  }

 private:
  // Pairs of a verb and its action.
  void addItem(json& paths, const std::string& path,
               const std::vector<std::pair<std::string, std::string>>& actions) const {
    json item = json::object();
    for (const auto& [verb, action] : actions) {
      if (!allows(resource_, verb)) continue;
      const std::string method = action == "list" ? "get" : action == "deletecollection" ? "delete" : action;
      item[method] = operation(action, path);
    }
    if (item.empty()) return;
    json parameters = json::array();
    for (const char* name : {"name", "namespace"})
      if (path.find(fmt::format("{{{}}}", name)) != std::string::npos)
        parameters.push_back(pathParameter(name, dialect_));
    if (!parameters.empty()) item["parameters"] = std::move(parameters);
    paths[path] = std::move(item);
  }

  json operation(const std::string& action, const std::string& path) const {
    const bool all_namespaces = resource_.at("namespaced") && path.find("{namespace}") == std::string::npos;
    json out = {{"operationId", action + capitalized(group_.empty() ? "core" : group_) + capitalized(version_) +
                                    capitalized(name_) + (all_namespaces ? "ForAllNamespaces" : "")},
                {"description", fmt::format("{} of {}", action, kind_)},
                {"tags", {(group_.empty() ? "core" : group_.substr(0, group_.find('.'))) + "_" + version_}},
                {"x-kubernetes-action", action},
                {"x-kubernetes-group-version-kind", gvk_}};
    json parameters = json::array();
    for (const Parameter& parameter : parametersOf(action)) parameters.push_back(parameterOf(parameter, dialect_));
    addBody(out, parameters, action);
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
    const bool status = action.starts_with("delete");
    const std::string shown = status ? metaName("Status") : schema_ + (action == "list" ? "List" : "");
    out["responses"][action == "post" ? "201" : "200"] = response(shown);
    return out;
  }

  json schema(const std::string& name) const { return Schemas(dialect_).reference(name); }

  json response(const std::string& name) const {
    json out = {{"description", "OK"}};
    if (dialect_ == OpenApiVersion::kV3) {
      out["content"]["application/json"]["schema"] = schema(name);
    } else {
      out["schema"] = schema(name);
    }
    return out;
  }

  void addBody(json& out, json& parameters, const std::string& action) const {
    if (action == "get" || action == "list") return;
    std::vector<std::string> types = {"application/json", "application/yaml"};
    std::string name = schema_;
    if (action == "patch") {
      types = {"application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"};
      if (!custom_) types.emplace_back("application/strategic-merge-patch+json");
      name = metaName("Patch");
    }
    const bool deletes = action.starts_with("delete");
    if (deletes) name = metaName("DeleteOptions");
    if (dialect_ == OpenApiVersion::kV2) {
      out["consumes"] = types;
      parameters.push_back({{"name", "body"}, {"in", "body"}, {"required", !deletes}, {"schema", schema(name)}});
      return;
    }
    json& body = out["requestBody"];
    if (!deletes) body["required"] = true;
    for (const std::string& type : types) body["content"][type]["schema"] = schema(name);
  }

  const json& resource_;
  const std::string group_, version_;
  const OpenApiVersion dialect_;
  std::string name_, kind_, schema_;
  json gvk_;
  bool custom_ = false;
};

}  // namespace

json pathsOf(const json& resource_list, const std::vector<const api::KindInfo*>& kinds, OpenApiVersion version) {
  const std::string api_version = resource_list.at("groupVersion");
  json paths = json::object();
  for (const json& resource : resource_list.at("resources"))
    ResourcePaths(resource, api::groupOf(api_version), std::string(versionOf(api_version)), kinds, version)
        .addTo(paths);
  return paths;
}

}  // namespace jobset_twin::apiserver::http
