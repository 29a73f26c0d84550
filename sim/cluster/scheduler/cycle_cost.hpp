// cycle_cost.hpp - how long a scheduling cycle takes beyond scheduler.cycle, by what it has to look at (K-SCH-51).
//
// Two things make a cycle of a large cluster long. Each node that fits is filtered whole and scored; one that a filter
// refuses costs a small part of that. And a Pod's affinity is held against existing Pods, in passes over them: all of
// them for its own required terms, those with required anti-affinity for theirs, and, cheaper, all of them for its
// preferred terms. Source: kube-scheduler 1.36, plugins/interpodaffinity (its two PreFilter maps and PreScore); the
// shares are fitted to the rates that scheduler_perf asks for (docs/validation.md, G).
#pragma once

#include "sim/cluster/scheduler/cluster_view.hpp"
#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/cluster/timing.hpp"

namespace jobset_twin::cluster {

// shape: of the Pod that was tried, against the view as the cycle found it.
Duration cycleCost(const SchedulerTiming& timing, const ClusterView& view, const PodShape& shape,
                   const Placement& placement);

}  // namespace jobset_twin::cluster
