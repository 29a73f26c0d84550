// preemption.hpp - DefaultPreemption: who has to go so that a Pod fits (K-SCH-40 to K-SCH-43). Decides only; the
// scheduler acts.
// PodDisruptionBudgets are kept where that is possible, by what their status allows: best effort.
// Source: kube-scheduler 1.36 framework/plugins/defaultpreemption, framework/preemption.
#pragma once

#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster {

struct Preemption {
  NodeSlot node = kNoNode;         // kNoNode: no candidate
  std::vector<PodSlot> victims;    // most important first
  std::size_t violations = 0;      // victims that a PodDisruptionBudget would have kept
  std::string message;             // of the postfilter: "preemption: …"; "" if a candidate was found
  bool clears_nomination = false;  // a nomination the Pod has is void
};

// For a Pod of the profile that `failed` refused everywhere. The view is left as it was. `now` stands for the start of
// Pods that have not started.
Preemption preempt(ClusterView& view, Cycle& cycle, const SchedulerProfile& profile, PodSlot pod,
                   const Placement& failed, const std::string& nominated, std::uint64_t random_offset,
                   kernel::TimePoint now);

// Which of these Pods, taken in their order, a PodDisruptionBudget would keep.
std::vector<bool> keptByBudgets(const ClusterView& view, const std::vector<PodSlot>& pods);

}  // namespace jobset_twin::cluster
