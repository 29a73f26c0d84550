// timing.hpp - every timing parameter of the simulated cluster, with the id of its row in the reference (K-T-…), its
// default and the name under which a scenario sets it. `jobset-twin explain timing` prints the table of timing.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/runtime/driver_timing.hpp"
#include "sim/apiserver/transport.hpp"
#include "sim/kernel/latency.hpp"

namespace jobset_twin::cluster {

using kernel::Duration;
using kernel::Latency;
using namespace std::chrono_literals;

struct JobControllerTiming {
  Duration sync_batch = 1s;                                    // K-T-50
  Duration api_backoff = 1s, api_backoff_max = 60s;            // K-T-51
  Duration failure_backoff = 10s, failure_backoff_max = 600s;  // K-T-52
  std::int32_t max_pods_per_sync = 500;                        // K-T-53
  std::int32_t workers = 5;                                    // K-T-43
  Duration expectations_timeout = 300s;                        // K-T-55
  Latency sync{1ms, 0.3};                                      // one pass, [E]
  Duration sync_per_child = 2us;                               // its share per Pod, [E]
};
struct SchedulerTiming {
  Duration backoff = 1s, backoff_max = 10s;        // K-T-60
  Duration flush_after = 300s, flush_every = 30s;  // K-T-62
  Latency cycle{2ms, 0.3};                         // K-SCH-51, [E]
  std::int32_t percentage_of_nodes_to_score = 0;   // K-T-64
  Duration per_node = 0ns;                         // share of a cycle for each node looked at, K-SCH-51
  Duration per_affinity_pod = 0ns;                 // ... for each Pod that an affinity term is held against
};
struct KubeletTiming {
  Latency see_pod{20ms, 0.5};             // 3.2 row 1
  Latency admit_and_volumes{150ms, 0.4};  // row 2
  Latency sandbox{400ms, 0.5};            // row 3
  Latency image_check{300ms, 0.4};        // row 4, :latest present: a registry look-up
  double image_bytes_per_second = 100e6;  // row 4
  std::int64_t default_image_bytes = 50'000'000;
  bool images_present = true;                              // K-EX-1: images are on the nodes
  Latency container_start{150ms, 0.4};                     // row 5
  Duration pleg = 1s;                                      // K-T-6
  Duration image_backoff = 10s, image_backoff_max = 300s;  // K-T-12
  Duration crash_backoff = 10s, crash_backoff_max = 300s;  // K-T-11
  Latency stop{100ms, 0.4};                                // K-POD-45 DELETE -> SIGTERM
  Latency cleanup{1s, 0.3};                                // K-POD-45 last exit -> object removed
  std::int32_t parallel_pulls = 1;                         // K-T-13
  Duration status_retry = 10s;                             // K-T-9
  Duration sync_backoff = 10s;                             // K-T-10
  Duration eviction_monitor = 10s;                         // K-T-15
  Duration pressure_transition = 300s;                     // K-T-15
};
struct NodeTiming {
  Duration lease_renew = 10s;                                  // K-T-2
  Duration monitor_period = 5s, monitor_grace = 50s;           // K-T-30, 31
  Duration startup_grace = 60s;                                // K-T-32
  double eviction_rate = 0.1, secondary_eviction_rate = 0.01;  // K-T-33, 34: nodes a second, each zone
  double unhealthy_zone_threshold = 0.55;                      // K-T-35
  std::int32_t large_zone = 50;                                // K-T-36
  Duration taint_poll = 100ms;                                 // K-T-37
  Duration pod_gc_period = 20s, pod_gc_quarantine = 40s;       // K-T-39
  std::int32_t terminated_pods_max = 12500;                    // K-T-40
  Duration drain_retry = 5s;                                   // K-NODE-17
  Duration shutdown_grace = 0s, shutdown_grace_critical = 0s;  // K-T-18
  Latency reboot{120s, 0.3};                                   // from power off to the kubelet's first word [E]
  Latency boot{45s, 0.3};                                      // K-NODE-22: a new node, from its start to Ready [E]
};
struct ElectionTiming {
  Duration lease = 15s, renew_deadline = 10s, retry = 2s;  // K-T-75
  Latency restart{3s, 0.3};                                // a crashed process until it campaigns again [E]
};
struct NetworkTiming {
  Latency endpoint_sync{10ms, 0.4};  // 7.3
  Latency dns_index{10ms, 0.6};      // 7.3 slice watch -> CoreDNS
  Duration negative_ttl = 0s;        // K-DNS-21: 30 s for kubeadm <= 1.30
  Latency look_up{2ms, 0.4};         // a query to CoreDNS and its answer [E]
  Duration positive_ttl = 0s;        // K-DNS-21: as negative_ttl
};
struct GarbageTiming {
  Latency graph{20ms, 0.5};   // K-API-31: owner's deletion seen
  std::int32_t workers = 20;  // K-T-44
};
struct VolumeTiming {
  Latency provision{2s, 0.3};  // a new volume of a StorageClass, from the claim to the PersistentVolume [E]
};
struct KueueTiming {
  Latency cycle{5ms, 0.3};      // K-KUE-20 [E]
  Duration per_head = 20us;     // share of a cycle for each head of a ClusterQueue [E]
  Duration requeue_batch = 1s;  // K-KUE-24
  Duration status_batch = 1s;   // K-KUE-70
  Duration pass = 1ms;          // one reconcile pass [E]
  std::int32_t workers = 5;     // Jobs, and Workloads, at a time; JobSets and queues: one
};
struct ClientTiming {  // K-T-41, 14, 65, 30; JS-T4; K-KUE-70
  double controller_manager_qps = 20, kubelet_qps = 50, scheduler_qps = 50, jobset_qps = 500, gc_qps = 40,
         kueue_qps = 300;
  std::int32_t controller_manager_burst = 30, kubelet_burst = 100, scheduler_burst = 100, jobset_burst = 500,
               gc_burst = 30, kueue_burst = 500;
};

struct Timing {
  apiserver::TransportTiming transport;
  runtime::DriverTiming jobset;
  JobControllerTiming job;
  SchedulerTiming scheduler;
  KubeletTiming kubelet;
  NodeTiming nodes;
  ElectionTiming election;
  NetworkTiming network;
  GarbageTiming garbage;
  VolumeTiming volumes;
  KueueTiming kueue;
  ClientTiming clients;
};

// Sets every sigma to 0 and PLEG to its mean: what the worked timelines of spec/kubernetes.md 10b use.
Timing zeroJitter(Timing timing);

// One row of `explain timing`, and the place of its value for the scenario reader.
struct TimingRow {
  std::string_view field;   // "kubelet.sandbox"
  std::string_view id;      // "K-T-6", "3.2"
  std::string_view unit;    // "duration", "latency", "rate", "count", "bytes", "flag"
  std::string_view text;    // one line
  std::string_view source;  // component and where the default is from
  std::variant<Duration*, Latency*, double*, std::int32_t*, std::int64_t*, bool*> value;
};
std::vector<TimingRow> timingTable(Timing& timing);

}  // namespace jobset_twin::cluster
