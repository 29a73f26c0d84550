#include "sim/apiserver/http/openapi/names.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace jobset_twin::apiserver::http {
namespace {

// The groups of types that are not core's, by the beginnings of their names.
constexpr std::pair<std::string_view, std::string_view> kGroups[] = {
    {"JobSuccessPolicy", "batch.v1"},
    {"SuccessPolicyRule", "batch.v1"},
    {"PodFailurePolicy", "batch.v1"},
    {"UncountedTerminatedPods", "batch.v1"},
    {"Job", "batch.v1"},
    {"CronJob", "batch.v1"},
    {"EndpointConditions", "discovery.v1"},
    {"EndpointPort", "discovery.v1"},
    {"PolicyRule", "rbac.v1"},
    {"AggregationRule", "rbac.v1"},
    {"RoleRef", "rbac.v1"},
    {"Subject", "rbac.v1"},
    {"PodDisruptionBudget", "policy.v1"},
    {"Eviction", "policy.v1"},
    {"IPBlock", "networking.v1"},
    {"NetworkPolicy", "networking.v1"},
    {"Lease", "coordination.v1"},
    {"Scale", "autoscaling.v1"},
    {"Deployment", "apps.v1"},
    {"RollingUpdate", "apps.v1"},
    {"StatefulSet", "apps.v1"},
    {"DaemonSet", "apps.v1"},
    {"ReplicaSet", "apps.v1"},
    {"GangSchedulingPolicy", "scheduling.v1alpha2"},
    {"PodGroup", "scheduling.v1alpha2"},
    {"Workload", "scheduling.v1alpha2"},
    {"TopologyConstraint", "scheduling.v1alpha2"},
    {"ServiceReference", "admissionregistration.v1"},
    {"WebhookClientConfig", "admissionregistration.v1"},
    {"MatchCondition", "admissionregistration.v1"},
    {"RuleWithOperations", "admissionregistration.v1"},
    {"MutatingWebhook", "admissionregistration.v1"},
    {"ValidatingWebhook", "admissionregistration.v1"},
};
constexpr std::string_view kMeta[] = {"ObjectMeta",         "EmbeddedObjectMeta", "OwnerReference",
                                      "ManagedFieldsEntry", "LabelSelector",      "LabelSelectorRequirement",
                                      "Condition",          "ListMeta",           "Status",
                                      "StatusCause",        "StatusDetails",      "Preconditions",
                                      "DeleteOptions"};

std::string_view groupOf(std::string_view table) {
  if (table == "Endpoint") return "discovery.v1";
  for (const auto& [name, group] : kGroups)
    if (table.starts_with(name)) return group;
  return "core.v1";
}

// One table, several names upstream.
std::string_view upstreamName(std::string_view table, std::string_view field) {
  if (table == "KeySelector") return field == "secretKeyRef" ? "SecretKeySelector" : "ConfigMapKeySelector";
  if (table == "EnvFromRef") return field == "secretRef" ? "SecretEnvSource" : "ConfigMapEnvSource";
  if (table == "JobSuccessPolicy") return "SuccessPolicy";
  if (table == "CoreEndpointPort") return "EndpointPort";
  if (table == "EmbeddedObjectMeta") return "ObjectMeta";
  return table;
}

}  // namespace

std::string_view versionOf(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

std::string metaName(std::string_view name) { return "io.k8s.apimachinery.pkg.apis.meta.v1." + std::string(name); }

std::string schemaName(const api::KindInfo& kind) {
  const std::string group = api::groupOf(kind.api_version);
  std::string package;
  if (kind.custom) {
    std::string_view rest = group;
    while (!rest.empty()) {
      const std::size_t dot = rest.rfind('.');
      package += std::string(dot == std::string_view::npos ? rest : rest.substr(dot + 1)) + ".";
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
    }
  } else if (group == "apiextensions.k8s.io") {
    package = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.";
  } else if (group == "apiregistration.k8s.io") {
    package = "io.k8s.kube-aggregator.pkg.apis.apiregistration.";
  } else {
    package = "io.k8s.api." + (group.empty() ? "core" : group.substr(0, group.find('.'))) + ".";
  }
  return package + std::string(versionOf(kind.api_version)) + "." + std::string(kind.name);
}

std::string schemaName(const api::TypeInfo& part, std::string_view field) {
  const std::string name(upstreamName(part.name, field));
  if (std::find(std::begin(kMeta), std::end(kMeta), part.name) != std::end(kMeta)) return metaName(name);
  for (const std::string_view of_definitions : {"CustomResource", "WebhookConversion", "SelectableField"})
    if (part.name.starts_with(of_definitions))
      return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1." + name;
  if (part.name.starts_with("APIService")) return "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1." + name;
  return "io.k8s.api." + std::string(groupOf(part.name)) + "." + name;
}

}  // namespace jobset_twin::apiserver::http
