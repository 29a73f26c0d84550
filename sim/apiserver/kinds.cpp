#include "sim/apiserver/kinds.hpp"

#include <array>

namespace jobset_twin::apiserver {
namespace {

constexpr std::array<KindInfo, api::kKindCount> kKinds = {{
    {"JobSet", "jobset.x-k8s.io", "jobsets", true, true, false},
    {"Job", "batch", "jobs", true, true, true},
    {"Pod", "", "pods", true, true, true},
    {"Node", "", "nodes", false, true, true},
    {"Service", "", "services", true, true, true},
    {"EndpointSlice", "discovery.k8s.io", "endpointslices", true, false, true},
    {"PersistentVolumeClaim", "", "persistentvolumeclaims", true, true, true},
    {"Event", "", "events", true, false, true},
    {"PriorityClass", "scheduling.k8s.io", "priorityclasses", false, false, true},
    {"Generic", "", "generic", true, true, false},
}};

// Built-in kinds that are stored as trees; their scope cannot be guessed.
struct GenericKind {
  std::string_view kind, group, resource;
  bool namespaced;
};
constexpr std::array<GenericKind, 34> kGenericKinds = {{
    {"Namespace", "", "namespaces", false},
    {"PersistentVolume", "", "persistentvolumes", false},
    {"ConfigMap", "", "configmaps", true},
    {"Secret", "", "secrets", true},
    {"ServiceAccount", "", "serviceaccounts", true},
    {"LimitRange", "", "limitranges", true},
    {"ResourceQuota", "", "resourcequotas", true},
    {"Endpoints", "", "endpoints", true},
    {"ReplicationController", "", "replicationcontrollers", true},
    {"Deployment", "apps", "deployments", true},
    {"ReplicaSet", "apps", "replicasets", true},
    {"StatefulSet", "apps", "statefulsets", true},
    {"DaemonSet", "apps", "daemonsets", true},
    {"CronJob", "batch", "cronjobs", true},
    {"StorageClass", "storage.k8s.io", "storageclasses", false},
    {"Lease", "coordination.k8s.io", "leases", true},
    {"PodGroup", "scheduling.k8s.io", "podgroups", true},
    {"Workload", "scheduling.k8s.io", "workloads", true},
    {"NetworkPolicy", "networking.k8s.io", "networkpolicies", true},
    {"PodDisruptionBudget", "policy", "poddisruptionbudgets", true},
    {"ClusterRole", "rbac.authorization.k8s.io", "clusterroles", false},
    {"ClusterRoleBinding", "rbac.authorization.k8s.io", "clusterrolebindings", false},
    {"Role", "rbac.authorization.k8s.io", "roles", true},
    {"RoleBinding", "rbac.authorization.k8s.io", "rolebindings", true},
    {"RuntimeClass", "node.k8s.io", "runtimeclasses", false},
    {"Workload", "kueue.x-k8s.io", "workloads", true},
    {"ClusterQueue", "kueue.x-k8s.io", "clusterqueues", false},
    {"LocalQueue", "kueue.x-k8s.io", "localqueues", true},
    {"ResourceFlavor", "kueue.x-k8s.io", "resourceflavors", false},
    {"Cohort", "kueue.x-k8s.io", "cohorts", false},
    {"WorkloadPriorityClass", "kueue.x-k8s.io", "workloadpriorityclasses", false},
    {"CustomResourceDefinition", "apiextensions.k8s.io", "customresourcedefinitions", false},
    {"Clock", "jobset-twin.dev", "clocks", false},
    {"Fault", "jobset-twin.dev", "faults", false},
}};

// As upstream's UnsafeGuessKindToResource.
std::string plural(std::string_view kind) {
  std::string lower;
  for (const char c : kind) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  if (lower.empty()) return lower;
  if (lower.ends_with("s") || lower.ends_with("x") || lower.ends_with("ch")) return lower + "es";
  if (lower.ends_with("y")) return lower.substr(0, lower.size() - 1) + "ies";
  return lower + "s";
}

}  // namespace

const KindInfo& kindInfo(api::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string ResourceNames::qualifiedResource() const { return group.empty() ? resource : resource + "." + group; }
std::string ResourceNames::qualifiedKind() const { return group.empty() ? kind : kind + "." + group; }

ResourceNames namesOf(const api::ObjectKey& key) {
  ResourceNames names;
  if (key.kind != api::Kind::kGeneric) {
    const KindInfo& info = kindInfo(key.kind);
    names.kind = info.kind;
    names.group = info.group;
    names.resource = info.resource;
    names.name = key.name;
    names.namespaced = info.namespaced;
    names.unconditional_update = info.unconditional_update;
    return names;
  }
  const std::string_view full = key.name;
  const std::size_t slash = full.find('/');
  const std::string_view type = full.substr(0, slash);
  names.name = slash == std::string_view::npos ? std::string() : std::string(full.substr(slash + 1));
  const std::size_t dot = type.find('.');
  names.kind = type.substr(0, dot);
  names.group = dot == std::string_view::npos ? std::string() : std::string(type.substr(dot + 1));
  for (const GenericKind& known : kGenericKinds) {
    if (known.kind != names.kind || known.group != names.group) continue;
    names.resource = known.resource;
    names.namespaced = known.namespaced;
    return names;
  }
  names.resource = plural(names.kind);
  names.namespaced = !key.namespace_.empty();
  names.unconditional_update = false;  // a custom resource
  return names;
}

}  // namespace jobset_twin::apiserver
