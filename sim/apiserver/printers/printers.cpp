#include "sim/apiserver/printers/printers.hpp"

#include <map>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/printers/kinds.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using Printers = std::map<std::pair<std::string_view, std::string_view>, Printer>;

Printers make() {
  const Printer created = creationTimePrinter();
  return {
      {{"", "Pod"}, podPrinter()},
      {{"", "Node"}, nodePrinter()},
      {{"", "Service"}, servicePrinter()},
      {{"", "Endpoints"}, endpointsPrinter()},
      {{"", "Event"}, eventPrinter()},
      {{"", "Namespace"}, namespacePrinter()},
      {{"", "ConfigMap"}, configMapPrinter()},
      {{"", "Secret"}, secretPrinter()},
      {{"", "ServiceAccount"}, serviceAccountPrinter()},
      {{"", "ResourceQuota"}, resourceQuotaPrinter()},
      {{"", "LimitRange"}, created},
      {{"", "PersistentVolumeClaim"}, claimPrinter()},
      {{"", "PersistentVolume"}, volumePrinter()},
      {{"", "ReplicationController"}, replicationControllerPrinter()},
      {{"admissionregistration.k8s.io", "MutatingWebhookConfiguration"}, webhooksPrinter()},
      {{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"}, webhooksPrinter()},
      {{"apiextensions.k8s.io", "CustomResourceDefinition"}, created},
      {{"apps", "Deployment"}, deploymentPrinter()},
      {{"apps", "StatefulSet"}, statefulSetPrinter()},
      {{"apps", "DaemonSet"}, daemonSetPrinter()},
      {{"apps", "ReplicaSet"}, replicaSetPrinter()},
      {{"apps", "ControllerRevision"}, controllerRevisionPrinter()},
      {{"batch", "Job"}, jobPrinter()},
      {{"batch", "CronJob"}, cronJobPrinter()},
      {{"coordination.k8s.io", "Lease"}, leasePrinter()},
      {{"discovery.k8s.io", "EndpointSlice"}, endpointSlicePrinter()},
      {{"events.k8s.io", "Event"}, eventPrinter()},
      {{"jobset.x-k8s.io", "JobSet"}, jobSetPrinter()},
      {{"kueue.x-k8s.io", "Workload"}, queuedWorkloadPrinter()},
      {{"kueue.x-k8s.io", "ClusterQueue"}, clusterQueuePrinter()},
      {{"kueue.x-k8s.io", "LocalQueue"}, localQueuePrinter()},
      {{"networking.k8s.io", "NetworkPolicy"}, networkPolicyPrinter()},
      {{"networking.k8s.io", "Ingress"}, ingressPrinter()},
      {{"networking.k8s.io", "IngressClass"}, ingressClassPrinter()},
      {{"node.k8s.io", "RuntimeClass"}, runtimeClassPrinter()},
      {{"policy", "PodDisruptionBudget"}, disruptionBudgetPrinter()},
      {{"rbac.authorization.k8s.io", "Role"}, created},
      {{"rbac.authorization.k8s.io", "ClusterRole"}, created},
      {{"rbac.authorization.k8s.io", "RoleBinding"}, roleBindingPrinter()},
      {{"rbac.authorization.k8s.io", "ClusterRoleBinding"}, roleBindingPrinter()},
      {{"scheduling.k8s.io", "PriorityClass"}, priorityClassPrinter()},
      {{"storage.k8s.io", "StorageClass"}, storageClassPrinter()},
      {{"storage.k8s.io", "CSINode"}, driversOfNodePrinter()},
      {{"storage.k8s.io", "CSIStorageCapacity"}, created},
      {{"storage.k8s.io", "VolumeAttachment"}, volumeAttachmentPrinter()},
  };
}

}  // namespace

const Printer& printerOf(std::string_view api_version, std::string_view kind) {
  static const Printers printers = make();
  static const Printer plain = plainPrinter();
  const std::string group = api::groupOf(api_version);
  const auto found = printers.find({group, kind});
  return found == printers.end() ? plain : found->second;
}

const Printer& printerOf(const api::Object& object) {
  return printerOf(api::apiVersionOf(object), api::kindNameOf(object));
}

}  // namespace jobset_twin::apiserver::printers
