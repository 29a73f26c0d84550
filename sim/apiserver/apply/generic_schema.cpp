// generic_schema.cpp - what is not a plain struct in the kinds that are stored as trees. See field_schema.hpp.
#include <deque>
#include <map>

#include "engine/api/check.hpp"
#include "sim/apiserver/apply/field_schema.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

// One exception: where ("[]" goes into the items of a keyed list), and what: "map", "piece", "set", "[key]" or the name
// of a table. All other maps are structs, all other lists one piece.
struct Exception {
  std::string_view path, what;
};
struct Rows {
  std::string_view kind, group;
  std::vector<Exception> exceptions;
};

std::vector<Rows> rows() {
  constexpr Exception kConditions = {"status.conditions", "[type]"}, kSelector = {"spec.selector", "piece"},
                      kTemplate = {"spec.template", "PodTemplateSpec"};
  const std::vector<Exception> webhooks = {{"webhooks", "[name]"},
                                           {"webhooks[].matchConditions", "[name]"},
                                           {"webhooks[].namespaceSelector", "piece"},
                                           {"webhooks[].objectSelector", "piece"}};
  return {
      {"ConfigMap", "", {{"data", "map"}, {"binaryData", "map"}}},
      {"Secret", "", {{"data", "map"}, {"stringData", "map"}}},
      {"Namespace", "", {kConditions}},
      {"ServiceAccount", "", {{"secrets", "[name]"}}},
      {"PersistentVolume",
       "",
       {{"spec.capacity", "map"}, {"spec.csi.volumeAttributes", "map"}, {"spec.nodeAffinity.required", "piece"}}},
      {"LimitRange", "", {}},
      {"ResourceQuota",
       "",
       {{"spec.hard", "map"}, {"spec.scopeSelector", "piece"}, {"status.hard", "map"}, {"status.used", "map"}}},
      {"Endpoints", "", {}},
      {"Role", "rbac.authorization.k8s.io", {}},
      {"RoleBinding", "rbac.authorization.k8s.io", {{"roleRef", "piece"}}},
      {"ClusterRole", "rbac.authorization.k8s.io", {}},
      {"ClusterRoleBinding", "rbac.authorization.k8s.io", {{"roleRef", "piece"}}},
      {"StorageClass", "storage.k8s.io", {{"parameters", "map"}}},
      {"PodDisruptionBudget", "policy", {kSelector, kConditions, {"status.disruptedPods", "map"}}},
      {"NetworkPolicy", "networking.k8s.io", {{"spec.podSelector", "piece"}}},
      {"PodGroup", "scheduling.k8s.io", {{"spec.resourceClaims", "[name]"}, kConditions}},
      {"Workload", "scheduling.k8s.io", {{"spec.podGroupTemplates", "[name]"}}},
      {"Deployment", "apps", {kSelector, kTemplate, kConditions}},
      {"StatefulSet", "apps", {kSelector, kTemplate, kConditions}},
      {"DaemonSet", "apps", {kSelector, kTemplate, kConditions}},
      {"ReplicaSet", "apps", {kSelector, kTemplate, kConditions}},
      {"CronJob", "batch", {{"spec.jobTemplate", "JobTemplateSpec"}}},
      {"Lease", "coordination.k8s.io", {}},
      {"ReplicationController", "", {kSelector, kTemplate, kConditions}},
      {"PodTemplate", "", {{"template", "PodTemplateSpec"}}},
      {"ComponentStatus", "", {{"conditions", "[type]"}}},
      {"ControllerRevision", "apps", {{"data", "piece"}}},
      {"HorizontalPodAutoscaler", "autoscaling", {{"spec.scaleTargetRef", "piece"}, kConditions}},
      {"Ingress",
       "networking.k8s.io",
       {{"spec.defaultBackend.resource", "piece"}, {"spec.defaultBackend.service.port", "piece"}}},
      {"IngressClass", "networking.k8s.io", {}},
      {"RuntimeClass", "node.k8s.io", {{"overhead.podFixed", "map"}, {"scheduling.nodeSelector", "piece"}}},
      {"CSIDriver", "storage.k8s.io", {{"spec.volumeLifecycleModes", "set"}}},
      {"CSINode", "storage.k8s.io", {{"spec.drivers", "[name]"}}},
      {"CSIStorageCapacity", "storage.k8s.io", {{"nodeTopology", "piece"}}},
      {"VolumeAttachment",
       "storage.k8s.io",
       {{"spec.source.inlineVolumeSpec.capacity", "map"},
        {"spec.source.inlineVolumeSpec.csi.volumeAttributes", "map"},
        {"spec.source.inlineVolumeSpec.nodeAffinity.required", "piece"},
        {"status.attachmentMetadata", "map"}}},
      {"MutatingWebhookConfiguration", "admissionregistration.k8s.io", webhooks},
      {"ValidatingWebhookConfiguration", "admissionregistration.k8s.io", webhooks},
      {"ValidatingAdmissionPolicy",
       "admissionregistration.k8s.io",
       {{"spec.matchConditions", "[name]"},
        {"spec.matchConstraints", "piece"},
        {"spec.paramKind", "piece"},
        {"spec.variables", "[name]"},
        kConditions}},
      {"ValidatingAdmissionPolicyBinding",
       "admissionregistration.k8s.io",
       {{"spec.matchResources", "piece"}, {"spec.paramRef", "piece"}, {"spec.validationActions", "set"}}},
      {"CustomResourceDefinition", "apiextensions.k8s.io", {kConditions}},  // its versions are one piece
      {"APIService", "apiregistration.k8s.io", {kConditions}},
      {"CertificateSigningRequest", "certificates.k8s.io", {{"spec.extra", "map"}, kConditions}},
      {"Workload",
       "kueue.x-k8s.io",
       {{"spec.podSets", "[name]"},
        {"spec.podSets[].template", "PodTemplateSpec"},
        {"status.admissionChecks", "[name]"},
        kConditions}},
      {"ClusterQueue", "kueue.x-k8s.io", {{"spec.namespaceSelector", "piece"}, kConditions}},
      {"LocalQueue", "kueue.x-k8s.io", {kConditions}},
      {"ResourceFlavor", "kueue.x-k8s.io", {{"spec.nodeLabels", "map"}}},
      {"Cohort", "kueue.x-k8s.io", {}},
      {"WorkloadPriorityClass", "kueue.x-k8s.io", {}},
  };
}

// Tables without a name: they list exceptions, not all fields.
class Builder {
 public:
  const api::TypeInfo* table(const std::vector<Exception>& exceptions) {
    api::TypeInfo& root = tables_.emplace_back();
    for (const Exception& one : exceptions) add(root, one);
    return &root;
  }

 private:
  void add(api::TypeInfo& root, const Exception& one) {
    api::TypeInfo* at = &root;
    std::string_view rest = one.path;
    while (true) {
      const std::size_t dot = rest.find('.');
      std::string_view name = rest.substr(0, dot);
      if (name.ends_with("[]")) name.remove_suffix(2);
      api::FieldInfo& field = fieldNamed(*at, name);
      if (dot == std::string_view::npos) return describe(field, one.what);
      at = inner(field);
      rest.remove_prefix(dot + 1);
    }
  }

  static api::FieldInfo& fieldNamed(api::TypeInfo& table, std::string_view name) {
    for (api::FieldInfo& field : table.fields) {
      if (field.name == name) return field;
    }
    api::FieldInfo& fresh = table.fields.emplace_back();
    fresh.name = name;
    return fresh;
  }

  api::TypeInfo* inner(api::FieldInfo& field) {
    if (const auto known = inner_.find(field.object); known != inner_.end()) return known->second;
    api::TypeInfo& fresh = tables_.emplace_back();
    field.shape = api::Shape::kObject;
    field.object = &fresh;
    inner_[&fresh] = &fresh;
    return &fresh;
  }

  void describe(api::FieldInfo& field, std::string_view what) {
    field.shape = api::Shape::kObject;
    if (what == "map") {
      field.shape = api::Shape::kStringMap;
    } else if (what == "piece") {
      field.object = api::typeTables().find("LabelSelector");  // one of those that change as a whole
    } else if (what == "set") {
      field.shape = api::Shape::kString;
      field.list = field.merge_primitives = true;
    } else if (what.front() == '[') {
      field.list = true;
      field.list_keys = {std::string(what.substr(1, what.size() - 2))};
      inner(field);
    } else {
      field.object = api::typeTables().find(what);
    }
    TWIN_ASSERT(field.object || field.shape != api::Shape::kObject, "an exception of a table that is not there", what);
  }

  std::deque<api::TypeInfo> tables_;
  std::map<const api::TypeInfo*, api::TypeInfo*> inner_;  // the ones made here, to be added to
};

}  // namespace

const api::TypeInfo* genericTable(std::string_view kind, std::string_view group) {
  static Builder builder;
  static const std::map<std::pair<std::string_view, std::string_view>, const api::TypeInfo*> tables = [] {
    std::map<std::pair<std::string_view, std::string_view>, const api::TypeInfo*> out;
    for (const Rows& one : rows()) out.emplace(std::pair(one.kind, one.group), builder.table(one.exceptions));
    return out;
  }();
  const auto found = tables.find({kind, group});
  return found == tables.end() ? nullptr : found->second;
}

}  // namespace jobset_twin::apiserver::apply
