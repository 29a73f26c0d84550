#include "sim/apiserver/http/served_kinds.hpp"

#include <algorithm>
#include <map>

namespace jobset_twin::apiserver::http {
namespace {

std::string_view versionOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

std::vector<GroupVersions> groupsOfKinds() {
  std::map<std::string, std::vector<std::string>> by_group;  // "" sorts first
  for (const api::KindInfo& kind : api::knownKinds()) {
    std::vector<std::string>& versions = by_group[api::groupOf(kind.api_version)];
    const std::string version(versionOf(kind.api_version));
    if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
  }
  std::vector<GroupVersions> out;
  for (auto& [group, versions] : by_group) {
    // Stable versions are preferred to others: "v1" is shorter than "v1beta2".
    std::stable_sort(versions.begin(), versions.end(),
                     [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
    out.push_back({group, versions});
  }
  return out;
}

}  // namespace

const api::KindInfo* servedResource(std::string_view group, std::string_view version, std::string_view plural) {
  for (const api::KindInfo& kind : api::knownKinds()) {
    if (kind.plural == plural && versionOf(kind.api_version) == version && api::groupOf(kind.api_version) == group)
      return &kind;
  }
  return nullptr;
}

std::vector<std::string_view> subresourcesOf(const api::KindInfo& kind) {
  switch (kind.kind) {
    case api::Kind::kPod: return {"status", "binding", "eviction"};
    case api::Kind::kJobSet:
    case api::Kind::kJob:
    case api::Kind::kNode:
    case api::Kind::kService:
    case api::Kind::kPersistentVolumeClaim: return {"status"};
    default: return {};
  }
}

const std::vector<GroupVersions>& servedGroups() {
  static const std::vector<GroupVersions> groups = groupsOfKinds();
  return groups;
}

std::string apiVersionText(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

std::string storedType(const api::KindInfo& kind) {
  if (kind.kind != api::Kind::kGeneric) return {};
  const std::string group = api::groupOf(kind.api_version);
  return std::string(kind.name) + (group.empty() ? "" : "." + group);
}

api::ObjectKey keyFor(const api::KindInfo& kind, std::string namespace_, std::string name) {
  api::ObjectKey key{kind.kind, kind.namespaced ? std::move(namespace_) : std::string(), std::move(name)};
  if (kind.kind == api::Kind::kGeneric) key.name = storedType(kind) + "/" + key.name;
  return key;
}

}  // namespace jobset_twin::apiserver::http
