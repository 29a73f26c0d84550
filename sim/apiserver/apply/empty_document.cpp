#include "sim/apiserver/apply/empty_document.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/api/kinds.hpp"
#include "engine/api/write.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;

// Structs and lists without omitempty in the Go types of Kubernetes 1.36.
struct Row {
  std::string_view api_version, kind, body;
};
constexpr Row kRows[] = {
    {"v1", "Pod", R"({"spec":{"containers":null},"status":{}})"},
    {"v1", "Node", R"({"spec":{},"status":{}})"},
    {"v1", "Service", R"({"spec":{},"status":{"loadBalancer":{}}})"},
    {"v1", "PersistentVolumeClaim", R"({"spec":{"resources":{}},"status":{}})"},
    {"v1", "Event",
     R"({"eventTime":null,"firstTimestamp":null,"involvedObject":{},"lastTimestamp":null,"reportingComponent":"",
         "reportingInstance":"","source":{}})"},
    {"events.k8s.io/v1", "Event",
     R"({"deprecatedFirstTimestamp":null,"deprecatedLastTimestamp":null,"deprecatedSource":{},"eventTime":null,
         "regarding":{}})"},
    {"v1", "Namespace", R"({"spec":{},"status":{}})"},
    {"v1", "PersistentVolume", R"({"spec":{},"status":{}})"},
    {"v1", "LimitRange", R"({"spec":{"limits":null}})"},
    {"v1", "ResourceQuota", R"({"spec":{},"status":{}})"},
    {"batch/v1", "Job", R"({"spec":{"template":{"metadata":{},"spec":{"containers":null}}},"status":{}})"},
    {"batch/v1", "CronJob",
     R"({"spec":{"jobTemplate":{"metadata":{},"spec":{"template":{"metadata":{},"spec":{"containers":null}}}},
         "schedule":""},"status":{}})"},
    {"apps/v1", "Deployment",
     R"({"spec":{"selector":null,"strategy":{},"template":{"metadata":{},"spec":{"containers":null}}},"status":{}})"},
    {"apps/v1", "StatefulSet",
     R"({"spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"updateStrategy":{}},
         "status":{}})"},
    {"apps/v1", "DaemonSet",
     R"({"spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"updateStrategy":{}},
         "status":{}})"},
    {"apps/v1", "ReplicaSet",
     R"({"spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":null}}},"status":{}})"},
    {"discovery.k8s.io/v1", "EndpointSlice", R"({"addressType":"","endpoints":null,"ports":null})"},
    {"scheduling.k8s.io/v1", "PriorityClass", R"({"value":0})"},
    {"scheduling.k8s.io/v1alpha2", "PodGroup", R"({"spec":{"schedulingPolicy":{}},"status":{}})"},
    {"scheduling.k8s.io/v1alpha2", "Workload", R"({"spec":{"podGroupTemplates":null}})"},
    {"policy/v1", "PodDisruptionBudget", R"({"spec":{},"status":{}})"},
    {"networking.k8s.io/v1", "NetworkPolicy", R"({"spec":{}})"},
    {"rbac.authorization.k8s.io/v1", "Role", R"({"rules":null})"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", R"({"rules":null})"},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", R"({"roleRef":{"apiGroup":"","kind":"","name":""}})"},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", R"({"roleRef":{"apiGroup":"","kind":"","name":""}})"},
    {"storage.k8s.io/v1", "StorageClass", R"({"provisioner":""})"},
    {"coordination.k8s.io/v1", "Lease", R"({"spec":{}})"},
};

// What `from` has and `to` has not, struct by struct.
void complete(json& to, const json& from) {
  for (const auto& [key, value] : from.items()) {
    const auto there = to.find(key);
    if (there == to.end()) {
      to[key] = value;
    } else if (there->is_object() && value.is_object()) {
      complete(*there, value);
    }
  }
}

}  // namespace

json emptyDocument(const api::Object& object) {
  json out = json::object();
  for (const Row& row : kRows) {
    if (row.api_version == api::apiVersionOf(object) && row.kind == api::kindNameOf(object))
      out = json::parse(row.body);
  }
  out["apiVersion"] = api::apiVersionOf(object);
  out["kind"] = api::kindNameOf(object);
  out["metadata"] = json::object();
  return out;
}

json fullDocument(const api::Object& object) {
  json out = api::toJson(object);
  complete(out, emptyDocument(object));
  return out;
}

}  // namespace jobset_twin::apiserver::apply
