#include "sim/apiserver/http/aggregated_discovery.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/object.hpp"
#include "sim/apiserver/http/entity_tag.hpp"
#include "sim/apiserver/http/media_type.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;
using Discovery = std::function<std::optional<json>(const std::string& path)>;

constexpr const char* kVersion = "apidiscovery.k8s.io/v2";

bool wants(const std::string& accept) {
  for (const MediaType& type : acceptedTypes(accept)) {
    if (type.asks("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2")) return true;
    if (type.isJson() && !type.params.contains("as")) return false;
  }
  return false;
}

// Of a resource of this group version, unless it says another.
json responseKind(const json& resource, const std::string& group, const std::string& version) {
  return {{"group", resource.contains("version") ? resource.value("group", "") : group},
          {"version", resource.value("version", version)},
          {"kind", resource.at("kind")}};
}

json resourceOf(const json& from, const std::string& group, const std::string& version) {
  json out = {{"resource", from.at("name")},
              {"responseKind", responseKind(from, group, version)},
              {"scope", from.at("namespaced").get<bool>() ? "Namespaced" : "Cluster"},
              {"singularResource", from.at("singularName")},
              {"verbs", from.at("verbs")}};
  for (const char* member : {"shortNames", "categories"})
    if (from.contains(member)) out[member] = from.at(member);
  return out;
}

json versionOf(const json& list, const std::string& group, const std::string& version) {
  json resources = json::array();
  for (const json& resource : list.at("resources")) {
    const std::string name = resource.at("name");
    if (name.find('/') == std::string::npos) resources.push_back(resourceOf(resource, group, version));
  }
  for (const json& part : list.at("resources")) {
    const std::string name = part.at("name");
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) continue;
    for (json& resource : resources) {
      if (resource.at("resource") != name.substr(0, slash)) continue;
      resource["subresources"].push_back({{"subresource", name.substr(slash + 1)},
                                          {"responseKind", responseKind(part, group, version)},
                                          {"verbs", part.at("verbs")}});
    }
  }
  return {{"version", version}, {"resources", std::move(resources)}, {"freshness", "Current"}};
}

json groupOf(const std::string& group, const std::vector<std::string>& versions, const Discovery& discovery) {
  json out = {{"metadata", {{"name", group}, {"creationTimestamp", nullptr}}}, {"versions", json::array()}};
  if (group.empty()) out["metadata"].erase("name");
  for (const std::string& version : versions) {
    const std::string path = group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
    if (const std::optional<json> list = discovery(path)) out["versions"].push_back(versionOf(*list, group, version));
  }
  return out;
}

std::optional<json> groupsAt(const std::string& path, const Discovery& discovery) {
  const std::optional<json> known = path == "/api" || path == "/apis" ? discovery(path) : std::nullopt;
  if (!known) return std::nullopt;
  json items = json::array();
  if (path == "/api") {
    items.push_back(groupOf("", known->at("versions").get<std::vector<std::string>>(), discovery));
  } else {
    for (const json& group : known->at("groups")) {
      std::vector<std::string> versions;
      for (const json& version : group.at("versions")) versions.push_back(version.at("version"));
      items.push_back(groupOf(group.at("name"), versions, discovery));
    }
  }
  return json{{"kind", "APIGroupDiscoveryList"},
              {"apiVersion", kVersion},
              {"metadata", json::object()},
              {"items", std::move(items)}};
}

}  // namespace

std::optional<HttpAnswer> aggregatedDiscovery(const HttpRequest& request, const ApiPath& path,
                                              const Discovery& discovery) {
  if (!wants(request.accept)) return std::nullopt;
  const std::optional<json> groups = groupsAt(path.path, discovery);
  if (!groups) return std::nullopt;
  const std::string body = groups->dump();
  HttpAnswer out = taggedAnswer(request, contentTag(body), body);
  out.content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  return out;
}

}  // namespace jobset_twin::apiserver::http
