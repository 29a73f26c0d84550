#include "engine/api/kinds.hpp"

#include <algorithm>

#include "engine/api/ascii.hpp"

namespace jobset_twin::api {

const std::vector<KindInfo>& knownKinds() {
  static const std::vector<KindInfo> kinds = {
      {Kind::kJobSet, "jobset.x-k8s.io/v1alpha2", "JobSet", "jobsets", "jobset", {}, true, true},
      {Kind::kJob, "batch/v1", "Job", "jobs", "job", {}, true},
      {Kind::kPod, "v1", "Pod", "pods", "pod", {"po"}, true},
      {Kind::kNode, "v1", "Node", "nodes", "node", {"no"}, false},
      {Kind::kService, "v1", "Service", "services", "service", {"svc"}, true},
      {Kind::kEndpointSlice, "discovery.k8s.io/v1", "EndpointSlice", "endpointslices", "endpointslice", {}, true},
      {Kind::kPersistentVolumeClaim,
       "v1",
       "PersistentVolumeClaim",
       "persistentvolumeclaims",
       "persistentvolumeclaim",
       {"pvc"},
       true},
      {Kind::kEvent, "v1", "Event", "events", "event", {"ev"}, true},
      {Kind::kEvent, "events.k8s.io/v1", "Event", "events", "event", {"ev"}, true},
      {Kind::kPriorityClass,
       "scheduling.k8s.io/v1",
       "PriorityClass",
       "priorityclasses",
       "priorityclass",
       {"pc"},
       false},
      {Kind::kGeneric, "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", {"sa"}, true},
      {Kind::kGeneric, "v1", "ConfigMap", "configmaps", "configmap", {"cm"}, true},
      {Kind::kGeneric, "v1", "Secret", "secrets", "secret", {}, true},
      {Kind::kGeneric, "v1", "Namespace", "namespaces", "namespace", {"ns"}, false},
      {Kind::kGeneric, "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", {"pv"}, false},
      {Kind::kGeneric, "v1", "LimitRange", "limitranges", "limitrange", {"limits"}, true},
      {Kind::kGeneric, "v1", "ResourceQuota", "resourcequotas", "resourcequota", {"quota"}, true},
      {Kind::kGeneric, "v1", "Endpoints", "endpoints", "endpoints", {"ep"}, true},
      {Kind::kGeneric, "rbac.authorization.k8s.io/v1", "Role", "roles", "role", {}, true},
      {Kind::kGeneric, "rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", "rolebinding", {}, true},
      {Kind::kGeneric, "rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", "clusterrole", {}, false},
      {Kind::kGeneric,
       "rbac.authorization.k8s.io/v1",
       "ClusterRoleBinding",
       "clusterrolebindings",
       "clusterrolebinding",
       {},
       false},
      {Kind::kGeneric, "storage.k8s.io/v1", "StorageClass", "storageclasses", "storageclass", {"sc"}, false},
      {Kind::kGeneric,
       "policy/v1",
       "PodDisruptionBudget",
       "poddisruptionbudgets",
       "poddisruptionbudget",
       {"pdb"},
       true},
      {Kind::kGeneric, "networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", "networkpolicy", {"netpol"}, true},
      {Kind::kGeneric, "scheduling.k8s.io/v1alpha2", "PodGroup", "podgroups", "podgroup", {}, true},
      {Kind::kGeneric, "scheduling.k8s.io/v1alpha2", "Workload", "workloads", "workload", {}, true},
      {Kind::kGeneric, "kueue.x-k8s.io/v1beta2", "Workload", "workloads", "workload", {"wl"}, true, true},
      {Kind::kGeneric, "kueue.x-k8s.io/v1beta2", "ClusterQueue", "clusterqueues", "clusterqueue", {"cq"}, false, true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "LocalQueue",
       "localqueues",
       "localqueue",
       {"queue", "queues", "lq"},
       true,
       true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "ResourceFlavor",
       "resourceflavors",
       "resourceflavor",
       {"flavor", "flavors", "rf"},
       false,
       true},
      {Kind::kGeneric, "kueue.x-k8s.io/v1beta2", "Cohort", "cohorts", "cohort", {}, false, true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "WorkloadPriorityClass",
       "workloadpriorityclasses",
       "workloadpriorityclass",
       {},
       false,
       true},
      // Stored and served; nothing acts on these.
      {Kind::kGeneric, "kueue.x-k8s.io/v1beta2", "Topology", "topologies", "topology", {}, false, true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "AdmissionCheck",
       "admissionchecks",
       "admissioncheck",
       {},
       false,
       true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "ProvisioningRequestConfig",
       "provisioningrequestconfigs",
       "provisioningrequestconfig",
       {},
       false,
       true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "MultiKueueConfig",
       "multikueueconfigs",
       "multikueueconfig",
       {},
       false,
       true},
      {Kind::kGeneric,
       "kueue.x-k8s.io/v1beta2",
       "MultiKueueCluster",
       "multikueueclusters",
       "multikueuecluster",
       {},
       false,
       true},
      {Kind::kGeneric, "resource.k8s.io/v1", "DeviceClass", "deviceclasses", "deviceclass", {}, false},
      {Kind::kGeneric, "resource.k8s.io/v1", "ResourceClaim", "resourceclaims", "resourceclaim", {}, true},
      {Kind::kGeneric,
       "resource.k8s.io/v1",
       "ResourceClaimTemplate",
       "resourceclaimtemplates",
       "resourceclaimtemplate",
       {},
       true},
      {Kind::kGeneric, "resource.k8s.io/v1", "ResourceSlice", "resourceslices", "resourceslice", {}, false},
      {Kind::kGeneric, "apps/v1", "Deployment", "deployments", "deployment", {"deploy"}, true},
      {Kind::kGeneric, "apps/v1", "StatefulSet", "statefulsets", "statefulset", {"sts"}, true},
      {Kind::kGeneric, "apps/v1", "DaemonSet", "daemonsets", "daemonset", {"ds"}, true},
      {Kind::kGeneric, "apps/v1", "ReplicaSet", "replicasets", "replicaset", {"rs"}, true},
      {Kind::kGeneric, "batch/v1", "CronJob", "cronjobs", "cronjob", {"cj"}, true},
      {Kind::kGeneric, "coordination.k8s.io/v1", "Lease", "leases", "lease", {}, true},
      {Kind::kGeneric, "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", {"rc"}, true},
      {Kind::kGeneric, "v1", "PodTemplate", "podtemplates", "podtemplate", {}, true},
      {Kind::kGeneric, "apps/v1", "ControllerRevision", "controllerrevisions", "controllerrevision", {}, true},
      {Kind::kGeneric,
       "autoscaling/v2",
       "HorizontalPodAutoscaler",
       "horizontalpodautoscalers",
       "horizontalpodautoscaler",
       {"hpa"},
       true},
      {Kind::kGeneric,
       "autoscaling/v1",
       "HorizontalPodAutoscaler",
       "horizontalpodautoscalers",
       "horizontalpodautoscaler",
       {"hpa"},
       true},
      {Kind::kGeneric, "v1", "ComponentStatus", "componentstatuses", "componentstatus", {"cs"}, false},
      {Kind::kGeneric, "networking.k8s.io/v1", "Ingress", "ingresses", "ingress", {"ing"}, true},
      {Kind::kGeneric, "networking.k8s.io/v1", "IngressClass", "ingressclasses", "ingressclass", {}, false},
      {Kind::kGeneric, "node.k8s.io/v1", "RuntimeClass", "runtimeclasses", "runtimeclass", {}, false},
      {Kind::kGeneric, "storage.k8s.io/v1", "CSIDriver", "csidrivers", "csidriver", {}, false},
      {Kind::kGeneric, "storage.k8s.io/v1", "CSINode", "csinodes", "csinode", {}, false},
      {Kind::kGeneric,
       "storage.k8s.io/v1",
       "CSIStorageCapacity",
       "csistoragecapacities",
       "csistoragecapacity",
       {},
       true},
      {Kind::kGeneric, "storage.k8s.io/v1", "VolumeAttachment", "volumeattachments", "volumeattachment", {}, false},
      {Kind::kGeneric,
       "admissionregistration.k8s.io/v1",
       "MutatingWebhookConfiguration",
       "mutatingwebhookconfigurations",
       "mutatingwebhookconfiguration",
       {},
       false},
      {Kind::kGeneric,
       "admissionregistration.k8s.io/v1",
       "ValidatingWebhookConfiguration",
       "validatingwebhookconfigurations",
       "validatingwebhookconfiguration",
       {},
       false},
      {Kind::kGeneric,
       "admissionregistration.k8s.io/v1",
       "ValidatingAdmissionPolicy",
       "validatingadmissionpolicies",
       "validatingadmissionpolicy",
       {},
       false},
      {Kind::kGeneric,
       "admissionregistration.k8s.io/v1",
       "ValidatingAdmissionPolicyBinding",
       "validatingadmissionpolicybindings",
       "validatingadmissionpolicybinding",
       {},
       false},
      {Kind::kGeneric,
       "apiextensions.k8s.io/v1",
       "CustomResourceDefinition",
       "customresourcedefinitions",
       "customresourcedefinition",
       {"crd", "crds"},
       false},
      {Kind::kGeneric, "apiregistration.k8s.io/v1", "APIService", "apiservices", "apiservice", {}, false},
      {Kind::kGeneric,
       "certificates.k8s.io/v1",
       "CertificateSigningRequest",
       "certificatesigningrequests",
       "certificatesigningrequest",
       {"csr"},
       false},
      {Kind::kGeneric, "jobset-twin.dev/v1alpha1", "Clock", "clocks", "clock", {}, false, true},
      {Kind::kGeneric, "jobset-twin.dev/v1alpha1", "Fault", "faults", "fault", {}, false, true},
  };
  return kinds;
}

const KindInfo* findKind(std::string_view api_version, std::string_view name) {
  for (const KindInfo& info : knownKinds()) {
    if (info.api_version == api_version && info.name == name) return &info;
  }
  for (const KindInfo& info : knownKinds()) {  // another version of a custom resource that is stored as it comes
    if (info.custom && info.kind == Kind::kGeneric && info.name == name &&
        groupOf(info.api_version) == groupOf(api_version))
      return &info;
  }
  return nullptr;
}

const KindInfo& kindInfo(Kind kind) {
  for (const KindInfo& info : knownKinds()) {
    if (info.kind == kind) return info;
  }
  TWIN_ASSERT(false, "a kind without an entry", kind);
  return knownKinds().front();
}

const KindInfo* findResource(std::string_view word) {
  const std::string wanted = lowerCase(word);
  for (const KindInfo& info : knownKinds()) {
    const std::string group = groupOf(info.api_version);
    const auto is = [&](std::string_view name) {
      return wanted == name || (!group.empty() && wanted == std::string(name) + "." + group);
    };
    if (is(info.plural) || is(info.singular) || std::any_of(info.short_names.begin(), info.short_names.end(), is))
      return &info;
  }
  return nullptr;
}

std::string resourceName(std::string_view api_version, std::string_view kind) {
  const KindInfo* info = findKind(api_version, kind);
  std::string out = info ? std::string(info->plural) : lowerCase(kind) + "s";
  const std::string group = groupOf(api_version);
  return group.empty() ? out : out + "." + group;
}

bool isNamespaced(const Object& object) {
  const KindInfo* info = findKind(apiVersionOf(object), kindNameOf(object));
  return info ? info->namespaced : !object.meta.namespace_.empty();
}

}  // namespace jobset_twin::api
