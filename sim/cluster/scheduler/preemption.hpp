// preemption.hpp - DefaultPreemption: who has to go so that a Pod fits (K-SCH-40 to K-SCH-43). Decides only; the
// scheduler acts.
//
// PodDisruptionBudgets are not looked at.
#pragma once

#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster {

struct Preemption {
  NodeSlot node = kNoNode;         // kNoNode: no candidate
  std::vector<PodSlot> victims;    // most important first
  std::string message;             // of the postfilter: "preemption: …"; "" if a candidate was found
  bool clears_nomination = false;  // a nomination the Pod has is void
};

// For a Pod that `failed` refused everywhere. The view is left as it was. `now` stands for the start of Pods that have
// not started.
Preemption preempt(ClusterView& view, Cycle& cycle, PodSlot pod, const Placement& failed, const std::string& nominated,
                   std::uint64_t random_offset, kernel::TimePoint now);

}  // namespace jobset_twin::cluster
