#include "sim/apiserver/http/discovery.hpp"

#include <openssl/sha.h>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/api/base64.hpp"
#include "sim/apiserver/http/reviews.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

json versionDocument(const ServerIdentity& identity) {
  return {{"major", "1"},
          {"minor", std::to_string(identity.kubernetes_minor)},
          {"gitVersion", fmt::format("v1.{}.0+jobset-twin.{}", identity.kubernetes_minor, identity.program_version)},
          {"gitCommit", ""},
          {"gitTreeState", "clean"},
          {"buildDate", "1970-01-01T00:00:00Z"},
          {"goVersion", ""},
          {"compiler", ""},
          {"platform", "linux/amd64"},
          {"emulationMajor", "1"},
          {"emulationMinor", std::to_string(identity.kubernetes_minor)},
          {"minCompatibilityMajor", "1"},
          {"minCompatibilityMinor", std::to_string(identity.kubernetes_minor - 1)}};
}

json versionEntry(const std::string& group, const std::string& version) {
  return {{"groupVersion", apiVersionText(group, version)}, {"version", version}};
}

json groupDocument(const GroupVersions& group) {
  json versions = json::array();
  for (const std::string& version : group.versions) versions.push_back(versionEntry(group.group, version));
  return {{"name", group.group},
          {"versions", std::move(versions)},
          {"preferredVersion", versionEntry(group.group, group.versions.front())}};
}

json groupList(const ServedKinds& kinds) {
  json groups = json::array();
  for (const GroupVersions& group : kinds.groups())
    if (!group.group.empty()) groups.push_back(groupDocument(group));
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

// Tells whether the stored form has changed: of group, version and kind (apiserver discovery StorageVersionHash).
std::string storageVersionHash(const api::KindInfo& kind) {
  const std::string group = api::groupOf(kind.api_version);
  const std::string version(kind.api_version.substr(group.empty() ? 0 : group.size() + 1));
  const std::string text = fmt::format("{}/{}/{}", group, version, kind.name);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return api::base64({reinterpret_cast<const char*>(digest), 8});
}

json resourceEntry(const Resource& resource) {
  const api::KindInfo& kind = resource.info;
  json out = {{"name", kind.plural},
              {"singularName", kind.singular},
              {"namespaced", kind.namespaced},
              {"kind", kind.name},
              {"verbs", {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}}};
  if (kind.custom) out["verbs"] = {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
  if (resource.terminating) out["verbs"] = {"delete", "deletecollection", "get", "list", "watch"};
  out["storageVersionHash"] = storageVersionHash(kind);
  if (!kind.short_names.empty()) out["shortNames"] = kind.short_names;
  if (!resource.categories.empty()) out["categories"] = resource.categories;
  return out;
}

json subresourceEntry(const api::KindInfo& kind, const std::string& part) {
  json out = {{"name", fmt::format("{}/{}", kind.plural, part)},
              {"singularName", ""},
              {"namespaced", kind.namespaced},
              {"kind", kind.name},
              {"verbs", {"get", "patch", "update"}}};
  if (part == "scale") out.update({{"kind", "Scale"}, {"group", "autoscaling"}, {"version", "v1"}});
  if (part == "log") out["verbs"] = {"get"};
  if (part == "finalize") out["verbs"] = {"update"};
  if (part == "binding") out.update({{"kind", "Binding"}, {"verbs", {"create"}}});
  if (part == "eviction")
    out.update({{"kind", "Eviction"}, {"group", "policy"}, {"version", "v1"}, {"verbs", {"create"}}});
  return out;
}

std::optional<json> resourceList(const ServedKinds& kinds, const std::string& api_version) {
  json resources = json::array();
  for (const Resource* resource : kinds.all()) {
    if (resource->info.api_version != api_version) continue;
    resources.push_back(resourceEntry(*resource));
    for (const std::string& part : resource->subresources) resources.push_back(subresourceEntry(resource->info, part));
  }
  for (const ReviewKind& kind : reviewKinds()) {
    if (kind.api_version != api_version) continue;
    resources.push_back({{"name", kind.plural},
                         {"singularName", ""},
                         {"namespaced", kind.namespaced},
                         {"kind", kind.kind},
                         {"verbs", {"create"}}});
  }
  if (resources.empty()) return std::nullopt;
  return json{{"kind", "APIResourceList"},
              {"apiVersion", "v1"},
              {"groupVersion", api_version},
              {"resources", std::move(resources)}};
}

}  // namespace

std::optional<json> discoveryAt(const std::string& path, const ServedKinds& kinds, const ServerIdentity& identity) {
  if (path == "/version") return versionDocument(identity);
  if (path == "/api")
    return json{{"kind", "APIVersions"}, {"versions", {"v1"}}, {"serverAddressByClientCIDRs", json::array()}};
  if (path == "/apis") return groupList(kinds);
  if (path.starts_with("/api/")) return resourceList(kinds, path.substr(5));
  if (!path.starts_with("/apis/")) return std::nullopt;
  const std::string rest = path.substr(6);
  if (rest.find('/') != std::string::npos) return resourceList(kinds, rest);
  for (const GroupVersions& group : kinds.groups()) {
    if (group.group != rest || rest.empty()) continue;
    json out = {{"kind", "APIGroup"}, {"apiVersion", "v1"}};
    out.update(groupDocument(group));
    return out;
  }
  return std::nullopt;
}

}  // namespace jobset_twin::apiserver::http
