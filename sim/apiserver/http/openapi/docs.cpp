#include "sim/apiserver/http/openapi/docs.hpp"

#include <map>

#include <fmt/format.h>

namespace jobset_twin::apiserver::http {
namespace {

using Docs = std::map<std::string_view, std::string_view>;

const Docs& kinds() {
  static const Docs docs = {
      {"JobSet", "Jobs that belong together: they start, fail, restart and end as one."},
      {"Job", "Runs Pods until enough of them have succeeded."},
      {"CronJob", "Makes Jobs at the times of a schedule."},
      {"Pod", "Containers that run together on one node."},
      {"Node", "A machine that runs Pods."},
      {"Service", "A name, and perhaps an address, for a changing set of Pods."},
      {"EndpointSlice", "Some of the addresses behind a Service."},
      {"Endpoints", "The addresses behind a Service, in the older form."},
      {"PersistentVolumeClaim", "A wish for storage, and the volume that it got."},
      {"PersistentVolume", "A piece of storage in the cluster."},
      {"StorageClass", "How volumes of a kind are made."},
      {"Event", "Something that happened to an object."},
      {"PriorityClass", "A name for a priority of Pods."},
      {"Namespace", "A room for the names of objects."},
      {"ConfigMap", "Configuration for Pods to read."},
      {"Secret", "Data for Pods to read that not everybody may see."},
      {"ServiceAccount", "An identity for what runs in Pods."},
      {"ResourceQuota", "Limits on what all objects of a namespace may use together."},
      {"LimitRange", "Limits and defaults of the single objects of a namespace."},
      {"Role", "Rights in one namespace."},
      {"ClusterRole", "Rights in the whole cluster."},
      {"RoleBinding", "Who has the rights of a role, in one namespace."},
      {"ClusterRoleBinding", "Who has the rights of a cluster role."},
      {"PodDisruptionBudget", "How many Pods of a set may be evicted at once."},
      {"NetworkPolicy", "Which connections of Pods are allowed."},
      {"Deployment", "Keeps Pods of a template running, and replaces them when it changes."},
      {"StatefulSet", "Keeps Pods with lasting names and claims running."},
      {"DaemonSet", "Keeps one Pod on every node that is meant."},
      {"ReplicaSet", "Keeps a number of like Pods running."},
      {"Lease", "Says who is in charge of something, and until when."},
      {"CustomResourceDefinition", "Defines a kind of object beyond the built-in ones."},
      {"PodGroup", "Pods that are scheduled together."},
      {"ClusterQueue", "Quota, and the order in which workloads get it."},
      {"LocalQueue", "The queue of a namespace, which feeds a ClusterQueue."},
      {"ResourceFlavor", "A kind of nodes that quota is counted of."},
      {"Cohort", "Queues that lend quota to each other."},
  };
  return docs;
}

const Docs& types() {
  static const Docs docs = {
      {"ObjectMeta", "What every object has: names, versions, labels, owners."},
      {"ListMeta", "What every list has: a version, and where it goes on."},
      {"OwnerReference", "An object that this one belongs to."},
      {"LabelSelector", "Chooses objects by their labels; all of its parts must hold."},
      {"Condition", "One aspect of an object's state."},
      {"Status", "How a request ended."},
      {"DeleteOptions", "How something is to be deleted."},
      {"PodSpec", "What a Pod ought to be."},
      {"PodStatus", "What has become of a Pod."},
      {"PodTemplateSpec", "What the Pods are made from."},
      {"JobSpec", "What a Job ought to do."},
      {"JobStatus", "What has become of a Job."},
      {"JobTemplateSpec", "What the Jobs are made from."},
      {"Container", "One container of a Pod."},
      {"ContainerStatus", "What has become of a container."},
      {"Volume", "A volume that containers of the Pod can mount."},
      {"VolumeMount", "Where a volume stands in a container."},
      {"EnvVar", "An environment variable."},
      {"Probe", "A check of a container, made again and again."},
      {"ResourceRequirements", "What is reserved, and what may not be exceeded."},
      {"Affinity", "Where Pods may or had better run."},
      {"Toleration", "A taint that does not keep the Pod away."},
      {"TopologySpreadConstraint", "How evenly Pods are spread."},
      {"ServicePort", "A port of a Service."},
      {"Taint", "Keeps Pods away that do not tolerate it."},
  };
  return docs;
}

// Fields that mean the same in many types.
const Docs& fields() {
  static const Docs docs = {
      {"apiVersion", "Group and version that the object is written in."},
      {"kind", "What the object is."},
      {"metadata", "Names, versions, labels, owners."},
      {"spec", "What is wanted."},
      {"status", "What is; written by those in charge."},
      {"conditions", "Aspects of the state, one of each type."},
      {"type", "Which kind it is."},
      {"reason", "Why, in one word."},
      {"message", "Why, for people."},
      {"lastTransitionTime", "When the status changed last."},
      {"lastProbeTime", "When it was looked at last."},
      {"lastHeartbeatTime", "When it was reported last."},
      {"observedGeneration", "Generation of the object that the status is of."},
      {"phase", "The state in one word."},
      {"startTime", "When it began."},
      {"completionTime", "When it was done."},
      {"active", "How many have not ended."},
      {"succeeded", "How many succeeded."},
      {"failed", "How many failed."},
      {"ready", "How many, or whether, it is ready."},
      {"matchLabels", "Labels that must be there with these values."},
      {"matchExpressions", "Requirements, all of which must hold."},
      {"key", "Name of the label, taint or entry."},
      {"operator", "How values are compared."},
      {"values", "What it is compared with."},
      {"env", "Environment variables."},
      {"envFrom", "Where whole sets of environment variables come from."},
      {"valueFrom", "Where the value comes from."},
      {"ports", "Ports that are offered."},
      {"containerPort", "Port inside the container."},
      {"protocol", "TCP, UDP or SCTP."},
      {"targetPort", "Port of the Pods, by number or name."},
      {"nodePort", "Port on every node."},
      {"workingDir", "Directory in which the container starts."},
      {"volumeMounts", "Where volumes stand in the container."},
      {"volumeDevices", "Block devices that the container gets."},
      {"volumes", "Volumes that containers can mount."},
      {"mountPath", "Path in the container."},
      {"subPath", "Part of the volume that is mounted."},
      {"readOnly", "Nothing can be written."},
      {"livenessProbe", "When it fails, the container is started again."},
      {"readinessProbe", "While it fails, the Pod is not ready."},
      {"startupProbe", "Until it succeeds, the other probes wait."},
      {"initialDelaySeconds", "Seconds from the start to the first probe."},
      {"periodSeconds", "Seconds between probes."},
      {"timeoutSeconds", "Seconds until a probe counts as failed."},
      {"successThreshold", "Successes in a row that count."},
      {"failureThreshold", "Failures in a row that count."},
      {"lifecycle", "What runs after the start and before the end."},
      {"terminationMessagePath", "File that holds the container's last words."},
      {"terminationMessagePolicy", "Whether its log does when the file is empty."},
      {"imagePullPolicy", "Always, IfNotPresent or Never."},
      {"imagePullSecrets", "Secrets that images are pulled with."},
      {"securityContext", "Rights of the processes."},
      {"stdin", "Whether there is a standard input."},
      {"tty", "Whether there is a terminal."},
      {"limits", "The most that may be used."},
      {"requests", "What is reserved."},
      {"claims", "Devices that are used, by the names of their claims."},
      {"terminationGracePeriodSeconds", "Seconds from the wish to stop to the kill."},
      {"activeDeadlineSeconds", "Seconds that it may be active."},
      {"dnsPolicy", "How names are resolved."},
      {"dnsConfig", "More about how names are resolved."},
      {"serviceAccountName", "Identity of what runs here."},
      {"automountServiceAccountToken", "Whether a token of that identity is mounted."},
      {"hostNetwork", "Uses the node's network."},
      {"hostname", "Host name."},
      {"affinity", "Where it may or had better run."},
      {"nodeAffinity", "Which nodes are meant."},
      {"podAffinity", "Near which Pods it is to run."},
      {"podAntiAffinity", "Away from which Pods it is to run."},
      {"requiredDuringSchedulingIgnoredDuringExecution", "What must hold when a node is chosen."},
      {"preferredDuringSchedulingIgnoredDuringExecution", "What had better hold when a node is chosen."},
      {"topologyKey", "Label of nodes whose values are the domains."},
      {"maxSkew", "Most by which domains may differ."},
      {"whenUnsatisfiable", "DoNotSchedule or ScheduleAnyway."},
      {"topologySpreadConstraints", "How evenly Pods are spread."},
      {"labelSelector", "The objects that count, by their labels."},
      {"tolerations", "Taints that do not keep it away."},
      {"effect", "NoSchedule, PreferNoSchedule or NoExecute."},
      {"tolerationSeconds", "Seconds for which a NoExecute taint is borne."},
      {"taints", "What keeps Pods away."},
      {"unschedulable", "No new Pods are sent here."},
      {"schedulerName", "Who chooses the node."},
      {"schedulingGates", "While there are any, no node is chosen."},
      {"readinessGates", "Conditions that must hold beyond the containers' readiness."},
      {"priorityClassName", "Class that the priority comes from."},
      {"priority", "The higher goes first."},
      {"preemptionPolicy", "Whether it may push out others."},
      {"runtimeClassName", "What runs the containers."},
      {"capacity", "All that there is."},
      {"allocatable", "What Pods may use of it."},
      {"addresses", "Where it is reached."},
      {"containerStatuses", "What has become of the containers."},
      {"initContainerStatuses", "What has become of the init containers."},
      {"restartCount", "How often the container was started again."},
      {"state", "What the container does now."},
      {"lastState", "How the container ended the last time."},
      {"exitCode", "With what the process ended."},
      {"podIP", "Address of the Pod."},
      {"hostIP", "Address of its node."},
      {"qosClass", "Guaranteed, Burstable or BestEffort."},
      {"clusterIP", "Virtual address; None: there is none, and names lead to the Pods."},
      {"publishNotReadyAddresses", "Whether names lead to Pods that are not ready."},
      {"selector", "The Pods meant, by their labels."},
      {"replicas", "How many are wanted."},
      {"template", "What they are made from."},
      {"accessModes", "How the volume may be mounted."},
      {"storageClassName", "Class of the volume."},
      {"volumeName", "Volume that the claim is bound to."},
      {"volumeMode", "Filesystem or Block."},
      {"data", "The entries, by key."},
      {"binaryData", "Entries that are no text, in base64."},
      {"stringData", "Entries as text; stored with the others."},
      {"immutable", "The entries cannot be changed."},
      {"rules", "What is allowed, or done, and when."},
      {"verbs", "What may be done."},
      {"resources", "What it is about, or what it needs."},
      {"items", "The objects."},
      {"schedule", "When, in cron's notation."},
      {"jobTemplate", "What the Jobs are made from."},
      {"holderIdentity", "Who holds the lease."},
      {"provisioner", "What makes the volumes."},
      {"reclaimPolicy", "What happens to a volume after its claim."},
      {"value", "The value."},
      {"name", "The name."},
      {"namespace", "The namespace of what is meant."},
      {"uid", "Identity of what is meant."},
  };
  return docs;
}

std::string in(const Docs& docs, std::string_view key) {
  const auto found = docs.find(key);
  return found == docs.end() ? std::string() : std::string(found->second);
}

}  // namespace

std::string docOfKind(const api::KindInfo& kind) {
  const std::string known =
      kind.custom && kind.name == "Workload" ? "What a job asks a queue for." : in(kinds(), kind.name);
  return known.empty() ? fmt::format("An object of kind {}.", kind.name) : known;
}

std::string docOfType(std::string_view table) { return in(types(), table); }
std::string docOf(std::string_view field) { return in(fields(), field); }

}  // namespace jobset_twin::apiserver::http
