#include "scenarios/timing_profile.hpp"

#include <algorithm>
#include <array>

namespace jobset_twin::scenarios {
namespace {

// Waits of a control plane in which nothing goes wrong. Two back-offs are among them: the scheduler's, so that a Pod
// that did not fit is tried again as soon as a hint says that it may; and the Job controller's after a failed Pod,
// which outlives a Job that is deleted and made again within one instant.
constexpr std::array<std::string_view, 9> kWaits = {
    "jobset.pass",       "jobset.passPerChild",      "job.syncBatch",
    "job.syncPerChild",  "job.failureBackoff",       "scheduler.backoff",
    "scheduler.perNode", "scheduler.perAffinityPod", "kubelet.pleg"};

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

}  // namespace

std::vector<std::string> timingProfiles() { return {"usual", "zero"}; }

bool applyTimingProfile(std::string_view name, cluster::Timing& timing) {
  if (name == "zero") {
    zero(timing);
    return true;
  }
  return name == "usual";
}

}  // namespace jobset_twin::scenarios
