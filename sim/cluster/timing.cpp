#include "sim/cluster/timing.hpp"

namespace jobset_twin::cluster {
namespace {

using Rows = std::vector<TimingRow>;
constexpr std::string_view kEstimate = "estimate for a healthy cluster";

void add(Rows& rows, std::string_view field, std::string_view id, Latency& value, std::string_view text,
         std::string_view source = kEstimate) {
  rows.push_back({field, id, "latency", text, source, &value});
}
void add(Rows& rows, std::string_view field, std::string_view id, Duration& value, std::string_view text,
         std::string_view source = kEstimate) {
  rows.push_back({field, id, "duration", text, source, &value});
}
void add(Rows& rows, std::string_view field, std::string_view id, double& value, std::string_view text,
         std::string_view source) {
  rows.push_back({field, id, "rate", text, source, &value});
}
void add(Rows& rows, std::string_view field, std::string_view id, std::int32_t& value, std::string_view text,
         std::string_view source) {
  rows.push_back({field, id, "count", text, source, &value});
}

void transport(apiserver::TransportTiming& timing, Rows& rows) {
  add(rows, "transport.read", "1", timing.read, "one GET, there and back");
  add(rows, "transport.write", "1", timing.write, "one write, there and back; bound by etcd's disk");
  add(rows, "transport.webhook", "1", timing.webhook, "what each admission webhook adds to a write");
  add(rows, "transport.watch", "1", timing.watch, "from the stored change to a watcher's cache");
  add(rows, "transport.seats", "K-T-87", timing.seats, "requests that the API server serves at once; others wait",
      "kube-apiserver max-requests-inflight and max-mutating-requests-inflight");
}

void jobset(runtime::DriverTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "controller-runtime 0.24";
  add(rows, "jobset.backoff", "JS-T2", timing.backoff, "first wait of a JobSet whose pass failed, doubling", kSource);
  add(rows, "jobset.backoffMax", "JS-T2", timing.backoff_max, "longest wait of a JobSet whose passes fail", kSource);
  add(rows, "jobset.pass", "3", timing.pass, "one reconcile pass without its requests");
  add(rows, "jobset.passPerChild", "3", timing.pass_per_child, "share of a pass for each child Job");
  add(rows, "jobset.inFlightMax", "JS-R13d", timing.in_flight_max, "concurrent requests of one step of a pass",
      "JobSet pkg/constants");
}

void job(JobControllerTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "kube-controller-manager 1.36, job controller";
  add(rows, "job.syncBatch", "K-T-50", timing.sync_batch,
      "Pod events and status updates of a Job are gathered for that long", kSource);
  add(rows, "job.apiBackoff", "K-T-51", timing.api_backoff, "first wait of a Job whose sync met an API error, doubling",
      kSource);
  add(rows, "job.apiBackoffMax", "K-T-51", timing.api_backoff_max, "longest wait of a Job whose syncs meet API errors",
      kSource);
  add(rows, "job.failureBackoff", "K-T-52", timing.failure_backoff, "wait before a failed Pod is replaced, doubling",
      kSource);
  add(rows, "job.failureBackoffMax", "K-T-52", timing.failure_backoff_max,
      "longest wait before a failed Pod is replaced", kSource);
  add(rows, "job.maxPodsPerSync", "K-T-53", timing.max_pods_per_sync, "Pods created or deleted in one sync", kSource);
  add(rows, "job.workers", "K-T-43", timing.workers, "Jobs synced at a time (concurrent-job-syncs)", kSource);
  add(rows, "job.expectationsTimeout", "K-T-55", timing.expectations_timeout,
      "Pods whose watch events stay away are given up after that", kSource);
  add(rows, "job.sync", "2.2", timing.sync, "one sync without its requests");
  add(rows, "job.syncPerChild", "2.2", timing.sync_per_child, "share of a sync for each Pod");
}

void scheduler(SchedulerTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "kube-scheduler 1.36";
  add(rows, "scheduler.backoff", "K-T-60", timing.backoff,
      "first wait of a Pod that did not fit, doubling (podInitialBackoffSeconds)", kSource);
  add(rows, "scheduler.backoffMax", "K-T-60", timing.backoff_max,
      "longest wait of a Pod that did not fit (podMaxBackoffSeconds)", kSource);
  add(rows, "scheduler.flushAfter", "K-T-62", timing.flush_after,
      "an unschedulable Pod is tried again after that, whatever happens", kSource);
  add(rows, "scheduler.flushEvery", "K-T-62", timing.flush_every, "how often such Pods are looked for", kSource);
  add(rows, "scheduler.cycle", "K-SCH-51", timing.cycle, "one scheduling cycle");
  add(rows, "scheduler.perNode", "K-SCH-51", timing.per_node,
      "share of a cycle for each node that fits, from the 101st on; 32 nodes that are refused cost as much",
      "0: a small cluster; profile scheduler-2023: 4.4us");
  add(rows, "scheduler.perAffinityPod", "K-SCH-51", timing.per_affinity_pod,
      "share of a cycle for each Pod that a Pod's required affinity is held against, and each whose anti-affinity is",
      "0: a small cluster; profile scheduler-2023: 3.3us");
  add(rows, "scheduler.percentageOfNodesToScore", "K-T-64", timing.percentage_of_nodes_to_score,
      "0: adaptive, 50 - N/125, at least 5", kSource);
}

void kubelet(KubeletTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "kubelet 1.36";
  add(rows, "kubelet.seePod", "3.2", timing.see_pod,
      "from the binding's watch event to the kubelet's first sync of the Pod");
  add(rows, "kubelet.admitAndVolumes", "3.2", timing.admit_and_volumes, "admission and mounting of volumes");
  add(rows, "kubelet.sandbox", "3.2", timing.sandbox, "the Pod's sandbox and network");
  add(rows, "kubelet.imageCheck", "3.2", timing.image_check,
      "a look-up at the registry for an image that is present (pull policy Always)");
  rows.push_back({"kubelet.imageBytesPerSecond", "3.2", "rate", "speed of an image pull", kEstimate,
                  &timing.image_bytes_per_second});
  rows.push_back({"kubelet.defaultImageBytes", "3.2", "bytes", "size of an image of which nothing is said", kEstimate,
                  &timing.default_image_bytes});
  rows.push_back({"kubelet.imagesPresent", "K-EX-1", "flag", "images are on the nodes from the start", kEstimate,
                  &timing.images_present});
  add(rows, "kubelet.containerStart", "3.2", timing.container_start, "creating and starting one container");
  add(rows, "kubelet.pleg", "K-T-6", timing.pleg, "period in which the ends of containers are noticed", kSource);
  add(rows, "kubelet.imageBackoff", "K-T-12", timing.image_backoff, "first wait after a failed image pull, doubling",
      kSource);
  add(rows, "kubelet.imageBackoffMax", "K-T-12", timing.image_backoff_max, "longest wait after failed image pulls",
      kSource);
  add(rows, "kubelet.crashBackoff", "K-T-11", timing.crash_backoff,
      "first wait before a container is restarted, doubling", kSource);
  add(rows, "kubelet.crashBackoffMax", "K-T-11", timing.crash_backoff_max,
      "longest wait before a container is restarted", kSource);
  add(rows, "kubelet.stop", "K-POD-45", timing.stop, "from the Pod's deletion to SIGTERM");
  add(rows, "kubelet.cleanup", "K-POD-45", timing.cleanup,
      "from the end of the last container to the removal of the Pod object");
  add(rows, "kubelet.parallelPulls", "K-T-13", timing.parallel_pulls, "images pulled at a time on a node", kSource);
  add(rows, "kubelet.statusRetry", "K-T-9", timing.status_retry, "a failed status write is tried again after that",
      kSource);
  add(rows, "kubelet.syncBackoff", "K-T-10", timing.sync_backoff, "a failed sync of a Pod is tried again after that",
      kSource);
  add(rows, "kubelet.evictionMonitor", "K-T-15", timing.eviction_monitor, "node pressure is looked for so often",
      kSource);
  add(rows, "kubelet.pressureTransition", "K-T-15", timing.pressure_transition,
      "a pressure condition stays at least that long", kSource);
}

void nodes(NodeTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "kube-controller-manager 1.36, node lifecycle controller";
  add(rows, "nodes.leaseRenew", "K-T-2", timing.lease_renew, "a kubelet renews its lease so often", "kubelet 1.36");
  add(rows, "nodes.monitorPeriod", "K-T-30", timing.monitor_period, "leases are looked at so often", kSource);
  add(rows, "nodes.monitorGrace", "K-T-31", timing.monitor_grace,
      "a node not heard of for that long is Unknown (40 s before 1.32)", kSource);
  add(rows, "nodes.startupGrace", "K-T-32", timing.startup_grace, "the same for a node never heard of", kSource);
  add(rows, "nodes.evictionRate", "K-T-33", timing.eviction_rate,
      "nodes of a zone that get their NoExecute taint, a second", kSource);
  add(rows, "nodes.secondaryEvictionRate", "K-T-34", timing.secondary_eviction_rate,
      "the same in a large zone that is partly down", kSource);
  add(rows, "nodes.unhealthyZoneThreshold", "K-T-35", timing.unhealthy_zone_threshold,
      "share of its nodes from which on a zone is partly down", kSource);
  add(rows, "nodes.largeZone", "K-T-36", timing.large_zone, "a zone with more nodes than that is large", kSource);
  add(rows, "nodes.taintPoll", "K-T-37", timing.taint_poll, "the queues of NoExecute taints are looked at so often",
      kSource);
  add(rows, "nodes.podGcPeriod", "K-T-39", timing.pod_gc_period, "Pods of lost nodes are looked for so often",
      "kube-controller-manager 1.36, Pod garbage collector");
  add(rows, "nodes.podGcQuarantine", "K-T-39", timing.pod_gc_quarantine,
      "a node must be gone for that long before its Pods are", "kube-controller-manager 1.36, Pod garbage collector");
  add(rows, "nodes.terminatedPodsMax", "K-T-40", timing.terminated_pods_max, "finished Pods beyond that are removed",
      "kube-controller-manager 1.36, Pod garbage collector");
  add(rows, "nodes.drainRetry", "K-NODE-17", timing.drain_retry, "a drain asks again for a Pod that a budget protects",
      "kubectl 1.36");
  add(rows, "nodes.shutdownGrace", "K-T-18", timing.shutdown_grace, "shutdownGracePeriod; 0: off", "kubelet 1.36");
  add(rows, "nodes.shutdownGraceCritical", "K-T-18", timing.shutdown_grace_critical, "shutdownGracePeriodCriticalPods",
      "kubelet 1.36");
  add(rows, "nodes.reboot", "K-NODE-13", timing.reboot, "from power off to the kubelet's first word");
  add(rows, "nodes.boot", "K-NODE-22", timing.boot, "a new node, from its start to Ready");
}

void election(ElectionTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "client-go, leader election";
  add(rows, "election.lease", "K-T-75", timing.lease, "a leader not heard of for that long is replaced", kSource);
  add(rows, "election.renewDeadline", "K-T-75", timing.renew_deadline,
      "a leader that cannot renew for that long gives up", kSource);
  add(rows, "election.retry", "K-T-75", timing.retry, "candidates and leaders try so often", kSource);
  add(rows, "election.restart", "K-T-75", timing.restart, "a crashed controller until it campaigns again");
}

void others(Timing& timing, Rows& rows) {
  add(rows, "network.endpointSync", "7.3", timing.network.endpoint_sync,
      "from a Pod's change to the write of its EndpointSlice");
  add(rows, "network.dnsIndex", "7.3", timing.network.dns_index,
      "from a slice's watch event to CoreDNS answering by it");
  add(rows, "network.negativeTtl", "K-DNS-21", timing.network.negative_ttl,
      "how long CoreDNS goes on saying that a name does not exist",
      "kubeadm > 1.30: the cache does not keep denials of the cluster's domain; 30 s before");
  add(rows, "network.positiveTtl", "K-DNS-21", timing.network.positive_ttl, "how long CoreDNS keeps an answer",
      "kubeadm > 1.30: the cache leaves the cluster's domain out; 30 s before");
  add(rows, "network.lookUp", "7.3", timing.network.look_up, "a query to CoreDNS and its answer");
  add(rows, "garbage.graph", "K-API-31", timing.garbage.graph,
      "from a watch event to the work that it sets off in the garbage collector");
  add(rows, "garbage.workers", "K-T-44", timing.garbage.workers, "objects looked at a time (concurrent-gc-syncs)",
      "kube-controller-manager 1.36");
  add(rows, "volumes.provision", "K-T-67", timing.volumes.provision,
      "a new volume of a StorageClass, from the claim to the PersistentVolume");
}

void kueue(KueueTiming& timing, Rows& rows) {
  constexpr std::string_view kSource = "Kueue main, August 2026";
  add(rows, "kueue.cycle", "K-KUE-20", timing.cycle, "one scheduling cycle of Kueue");
  add(rows, "kueue.perHead", "K-KUE-20", timing.per_head, "share of a cycle for each head of a ClusterQueue");
  add(rows, "kueue.requeueBatch", "K-KUE-24", timing.requeue_batch,
      "from freed quota until Workloads that did not fit are looked at again", kSource);
  add(rows, "kueue.statusBatch", "K-KUE-70", timing.status_batch,
      "changes of a queue's status are gathered for that long", kSource);
  add(rows, "kueue.pass", "K-KUE-70", timing.pass, "one reconcile pass of Kueue without its requests");
  add(rows, "kueue.workers", "K-KUE-70", timing.workers, "Jobs, and Workloads, that are reconciled at a time",
      "Kueue's configuration, groupKindConcurrency");
}

void clients(ClientTiming& timing, Rows& rows) {
  constexpr std::string_view kManager = "kube-controller-manager 1.36, for each controller";
  add(rows, "clients.controllerManagerQps", "K-T-41", timing.controller_manager_qps,
      "requests a second of a built-in controller", kManager);
  add(rows, "clients.controllerManagerBurst", "K-T-41", timing.controller_manager_burst,
      "depth of a built-in controller's token bucket", kManager);
  add(rows, "clients.kubeletQps", "K-T-14", timing.kubelet_qps, "requests a second of a kubelet",
      "kubelet 1.36, kubeAPIQPS");
  add(rows, "clients.kubeletBurst", "K-T-14", timing.kubelet_burst, "depth of a kubelet's token bucket",
      "kubelet 1.36, kubeAPIBurst");
  add(rows, "clients.schedulerQps", "K-T-65", timing.scheduler_qps, "requests a second of the scheduler",
      "kube-scheduler 1.36");
  add(rows, "clients.schedulerBurst", "K-T-65", timing.scheduler_burst, "depth of the scheduler's token bucket",
      "kube-scheduler 1.36");
  add(rows, "clients.jobsetQps", "JS-T4", timing.jobset_qps, "requests a second of the JobSet manager",
      "JobSet's configuration");
  add(rows, "clients.jobsetBurst", "JS-T4", timing.jobset_burst, "depth of the JobSet manager's token bucket",
      "JobSet's configuration");
  add(rows, "clients.kueueQps", "K-KUE-70", timing.kueue_qps, "requests a second of Kueue", "Kueue's configuration");
  add(rows, "clients.kueueBurst", "K-KUE-70", timing.kueue_burst, "depth of Kueue's token bucket",
      "Kueue's configuration");
  add(rows, "clients.gcQps", "K-API-30", timing.gc_qps, "requests a second of the garbage collector",
      "twice the manager's");
  add(rows, "clients.gcBurst", "K-API-30", timing.gc_burst, "depth of the garbage collector's token bucket",
      "as the manager's");
}

}  // namespace

std::vector<TimingRow> timingTable(Timing& timing) {
  Rows rows;
  transport(timing.transport, rows);
  jobset(timing.jobset, rows);
  job(timing.job, rows);
  scheduler(timing.scheduler, rows);
  kubelet(timing.kubelet, rows);
  nodes(timing.nodes, rows);
  election(timing.election, rows);
  others(timing, rows);
  kueue(timing.kueue, rows);
  clients(timing.clients, rows);
  return rows;
}

Timing zeroJitter(Timing timing) {
  for (const TimingRow& row : timingTable(timing)) {
    if (Latency* const* latency = std::get_if<Latency*>(&row.value)) (*latency)->sigma = 0;
  }
  return timing;
}

}  // namespace jobset_twin::cluster
