#include "sim/apiserver/http/served_kinds.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "sim/apiserver/http/reviews.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/apiserver/stored_definitions.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

std::string_view versionOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

// Kinds without a status.
constexpr std::array<std::string_view, 32> kPlain = {"ConfigMap",
                                                     "Secret",
                                                     "ServiceAccount",
                                                     "Role",
                                                     "RoleBinding",
                                                     "ClusterRole",
                                                     "ClusterRoleBinding",
                                                     "Lease",
                                                     "Event",
                                                     "EndpointSlice",
                                                     "Endpoints",
                                                     "StorageClass",
                                                     "PriorityClass",
                                                     "LimitRange",
                                                     "ControllerRevision",
                                                     "MutatingWebhookConfiguration",
                                                     "ValidatingWebhookConfiguration",
                                                     "ValidatingAdmissionPolicyBinding",
                                                     "RuntimeClass",
                                                     "NetworkPolicy",
                                                     "IngressClass",
                                                     "CSINode",
                                                     "CSIDriver",
                                                     "CSIStorageCapacity",
                                                     "PodTemplate",
                                                     "WorkloadPriorityClass",
                                                     "Topology",
                                                     "ProvisioningRequestConfig",
                                                     "MultiKueueConfig",
                                                     "DeviceClass",
                                                     "ResourceClaimTemplate",
                                                     "ResourceSlice"};

// In the order of discovery.
std::vector<std::string> subresourcesOf(const api::KindInfo& kind) {
  std::vector<std::string> out;
  if (kind.name == "Pod") out = {"binding", "eviction", "log"};
  if (kind.name == "Namespace") out = {"finalize"};
  for (const std::string_view name : {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})
    if (kind.name == name) out = {"scale"};
  if (std::find(kPlain.begin(), kPlain.end(), kind.name) == kPlain.end()) out.emplace_back("status");
  return out;
}

std::vector<std::string> categoriesOf(const api::KindInfo& kind) {
  for (const std::string_view name : {"Pod", "Service", "ReplicationController", "Deployment", "StatefulSet",
                                      "DaemonSet", "ReplicaSet", "CronJob", "Job", "HorizontalPodAutoscaler"})
    if (kind.name == name) return {"all"};
  if (kind.name.ends_with("WebhookConfiguration") || kind.name == "CustomResourceDefinition" ||
      kind.name == "APIService" || kind.name.starts_with("ValidatingAdmissionPolicy"))
    return {"api-extensions"};
  return {};
}

// JSON paths of scales are plain members: ".spec.replicas".
std::string membersOf(std::string path) {
  if (path.starts_with('.')) path.erase(0, 1);
  return path;
}

// One version of a definition. texts: 0 apiVersion, 1 kind, 2 plural, 3 singular, then short names.
Resource resourceOf(const json& definition, const json& version) {
  Resource out;
  out.defined = true;
  const json* names = api::jsonAt(definition, {"spec", "names"});
  const std::string kind = api::textAt(definition, {"spec", "names", "kind"});
  std::string singular = api::textAt(definition, {"spec", "names", "singular"});
  if (singular.empty()) singular = api::lowerCase(kind);
  out.texts = {apiVersionText(api::textAt(definition, {"spec", "group"}), api::textAt(version, {"name"})), kind,
               api::textAt(definition, {"spec", "names", "plural"}), singular};
  for (const auto& [list, into] : {std::pair("shortNames", &out.texts), {"categories", &out.categories}}) {
    const json* found = names ? api::jsonAt(*names, {list}) : nullptr;
    if (!found || !found->is_array()) continue;
    for (const json& one : *found)
      if (one.is_string()) into->push_back(one);
  }
  const json* status = api::jsonAt(version, {"subresources", "status"});
  if (const json* scale = api::jsonAt(version, {"subresources", "scale"}); scale && scale->is_object()) {
    out.subresources.emplace_back("scale");
    out.scale = ScalePaths{membersOf(api::textAt(*scale, {"specReplicasPath"})),
                           membersOf(api::textAt(*scale, {"statusReplicasPath"})),
                           membersOf(api::textAt(*scale, {"labelSelectorPath"}))};
  }
  if (status && status->is_object()) out.subresources.emplace_back("status");
  if (const json* schema = api::jsonAt(version, {"schema", "openAPIV3Schema"}); schema && schema->is_object())
    out.schema = std::make_shared<const json>(*schema);
  if (const json* columns = api::jsonAt(version, {"additionalPrinterColumns"}))
    out.columns = std::make_shared<const json>(*columns);
  out.info.kind = api::Kind::kGeneric;
  out.info.namespaced = api::textAt(definition, {"spec", "scope"}) != "Cluster";
  out.info.custom = true;
  return out;
}

// Once it has its place.
void lookAtTexts(Resource& resource) {
  resource.info.api_version = resource.texts[0];
  resource.info.name = resource.texts[1];
  resource.info.plural = resource.texts[2];
  resource.info.singular = resource.texts[3];
  resource.info.short_names.assign(resource.texts.begin() + 4, resource.texts.end());
}

// Whether two states of a definition define the same.
bool sayTheSame(const api::Object& a, const api::Object& b) {
  const json* one = api::jsonAt(api::as<api::Generic>(a).content.get(), {"spec"});
  const json* other = api::jsonAt(api::as<api::Generic>(b).content.get(), {"spec"});
  return one && other && *one == *other && a.meta.deletionTimestamp.has_value() == b.meta.deletionTimestamp.has_value();
}

// Stable versions before beta, beta before alpha, the newer before the older (apimachinery version.CompareKube…).
std::tuple<int, int, int> rankOf(const std::string& version) {
  int major = 0, minor = 0;
  std::size_t at = 1;
  while (at < version.size() && version[at] >= '0' && version[at] <= '9') major = major * 10 + (version[at++] - '0');
  const std::string rest = version.substr(std::min(at, version.size()));
  const int stage = rest.empty() ? 2 : rest.starts_with("beta") ? 1 : 0;
  for (const char c : rest)
    if (c >= '0' && c <= '9') minor = minor * 10 + (c - '0');
  return {-stage, -major, -minor};
}

}  // namespace

bool Resource::has(std::string_view subresource) const {
  return std::find(subresources.begin(), subresources.end(), subresource) != subresources.end();
}

ServedKinds::ServedKinds() {
  for (const api::KindInfo& kind : api::knownKinds()) {
    Resource& resource = known_.emplace_back();
    resource.info = kind;
    resource.subresources = subresourcesOf(kind);
    resource.categories = categoriesOf(kind);
  }
  arrange();
}

void ServedKinds::describe(std::string_view api_version, std::string_view kind, json schema, json columns) {
  for (Resource& resource : known_) {
    if (resource.info.api_version != api_version || resource.info.name != kind) continue;
    resource.schema = std::make_shared<const json>(std::move(schema));
    resource.columns = std::make_shared<const json>(std::move(columns));
    ++revision_;
  }
}

void ServedKinds::refresh(const Store& store) {
  std::map<std::string, api::ObjectPtr> now;
  for (api::ObjectPtr& object : storedDefinitions(store)) now.emplace(object->meta.name, std::move(object));
  bool changed = false;
  for (auto at = definitions_.begin(); at != definitions_.end();) {
    if (now.contains(at->first)) {
      ++at;
      continue;
    }
    retire(at->second);
    at = definitions_.erase(at);
    changed = true;
  }
  for (const auto& [name, object] : now) {
    Definition& known = definitions_[name];
    if (known.object == object) continue;
    const bool same = known.object && sayTheSame(*known.object, *object);
    known.object = object;
    if (same) continue;
    changed = true;
    retire(known);
    takeUp(known);
  }
  if (changed) arrange();
}

void ServedKinds::takeUp(Definition& known) {
  const json& definition = api::as<api::Generic>(known.object).content.get();
  const json* versions = api::jsonAt(definition, {"spec", "versions"});
  if (!versions || !versions->is_array()) return;
  for (const json& version : *versions) {
    const json* served = api::jsonAt(version, {"served"});
    if (!served || *served != true) continue;
    Resource& resource = defined_.emplace_back(resourceOf(definition, version));
    resource.terminating = known.object->meta.deletionTimestamp.has_value();
    lookAtTexts(resource);
    known.resources.push_back(&resource);
  }
}

// Watches still look at what it is called; what is large goes.
void ServedKinds::retire(Definition& known) {
  for (Resource* resource : known.resources) {
    resource->schema.reset();
    resource->columns.reset();
  }
  known.resources.clear();
}

void ServedKinds::arrange() {
  ++revision_;
  served_.clear();
  for (const Resource& resource : known_) served_.push_back(&resource);
  for (const auto& [name, definition] : definitions_) {
    for (const Resource* resource : definition.resources) {
      // What the program knows itself stays its own (JobSet, Kueue), though it is also defined.
      const std::string group = api::groupOf(resource->info.api_version);
      if (!find(group, versionOf(resource->info.api_version), resource->info.plural)) served_.push_back(resource);
    }
  }
  std::map<std::string, std::vector<std::string>> by_group;  // "" sorts first
  for (const Resource* resource : served_) {
    std::vector<std::string>& versions = by_group[api::groupOf(resource->info.api_version)];
    const std::string version(versionOf(resource->info.api_version));
    if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
  }
  for (const ReviewKind& kind : reviewKinds()) by_group[api::groupOf(kind.api_version)] = {"v1"};
  groups_.clear();
  for (auto& [group, versions] : by_group) {
    std::stable_sort(versions.begin(), versions.end(),
                     [](const std::string& a, const std::string& b) { return rankOf(a) < rankOf(b); });
    groups_.push_back({group, versions});
  }
}

const Resource* ServedKinds::find(std::string_view group, std::string_view version, std::string_view plural) const {
  for (const Resource* resource : served_) {
    const api::KindInfo& info = resource->info;
    if (info.plural == plural && versionOf(info.api_version) == version && api::groupOf(info.api_version) == group)
      return resource;
  }
  return nullptr;
}

const Resource* ServedKinds::of(const api::KindInfo& kind) const {
  for (const Resource* resource : served_)
    if (&resource->info == &kind) return resource;
  return nullptr;
}

const Resource* ServedKinds::findKind(std::string_view group, std::string_view kind) const {
  for (const Resource* resource : served_) {
    if (resource->info.name == kind && api::groupOf(resource->info.api_version) == group) return resource;
  }
  return nullptr;
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
