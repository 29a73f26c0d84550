#include "scenarios/timing_profile.hpp"

#include <algorithm>
#include <array>

namespace jobset_twin::scenarios {
namespace {

// Waits of a control plane in which nothing goes wrong. Two back-offs are among them: the scheduler's, so that a Pod
// that did not fit is tried again as soon as a hint says that it may; and the Job controller's after a failed Pod,
// which outlives a Job that is deleted and made again within one instant.
constexpr std::array<std::string_view, 13> kWaits = {
    "jobset.pass",        "jobset.passPerChild", "job.syncBatch",      "job.syncPerChild",
    "job.failureBackoff", "scheduler.backoff",   "scheduler.perNode",  "scheduler.perAffinityPod",
    "kubelet.pleg",       "kueue.perHead",       "kueue.requeueBatch", "kueue.statusBatch",
    "kueue.pass"};

void zero(cluster::Timing& timing) {
  for (const cluster::TimingRow& row : cluster::timingTable(timing)) {
    if (auto* const* latency = std::get_if<kernel::Latency*>(&row.value)) {
      **latency = {};
    } else if (auto* const* duration = std::get_if<cluster::Duration*>(&row.value)) {
      if (std::find(kWaits.begin(), kWaits.end(), row.field) != kWaits.end()) **duration = {};
    } else if (auto* const* rate = std::get_if<double*>(&row.value)) {
      if (row.field.starts_with("clients.")) **rate = 0;  // unlimited
    }
  }
}

// At 5,000 nodes 500 nodes are found to fit, 400 more than scheduler.cycle covers.
struct SchedulerTimes {
  std::string_view name;
  std::chrono::nanoseconds cycle, per_node, per_affinity_pod;
};
using namespace std::chrono_literals;
constexpr std::array<SchedulerTimes, 3> kSchedulers = {{
    {"scheduler-2023", 2000us, 4400ns, 3300ns},
    {"scheduler-2024", 2000us, 4260ns, 3300ns},
    {"scheduler-2026", 750us, 1800ns, 3300ns},
}};

}  // namespace

cluster::Timing usualTiming() {
  cluster::Timing timing;
  timing.scheduler.per_node = kSchedulers.back().per_node;
  timing.scheduler.per_affinity_pod = kSchedulers.back().per_affinity_pod;
  return timing;
}

std::vector<std::string> timingProfiles() {
  std::vector<std::string> out = {"usual", "zero"};
  for (const SchedulerTimes& one : kSchedulers) out.emplace_back(one.name);
  return out;
}

bool applyTimingProfile(std::string_view name, cluster::Timing& timing) {
  for (const SchedulerTimes& one : kSchedulers) {
    if (one.name != name) continue;
    timing.scheduler.cycle.median = one.cycle;
    timing.scheduler.per_node = one.per_node;
    timing.scheduler.per_affinity_pod = one.per_affinity_pod;
    timing.clients.scheduler_qps = timing.clients.scheduler_burst = 5000;
    return true;
  }
  if (name == "zero") {
    zero(timing);
    return true;
  }
  return name == "usual";
}

}  // namespace jobset_twin::scenarios
