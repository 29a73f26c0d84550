// decision_note.hpp - what the scheduler saw when it tried a Pod, as JSON for whoever asks why it went where it went:
// nodes that a filter refused, with the reasons, and of the others the score of each plugin.
//
//   {"attempt":2, "node":"n-3", "nodes":8, "evaluated":8, "message":"…" if it fits nowhere,
//    "refused":[{"reasons":["Insufficient cpu"], "nodes":["n-0","n-1"]}],
//    "scores":[{"node":"n-3", "total":613, "plugins":{"TaintToleration":300, …}}]}
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/cluster/scheduler/cycle.hpp"

namespace jobset_twin::cluster {

// Is the Pod among them: namespace/name, or that without the random end of a Job's Pod?
bool isExplained(const std::vector<std::string>& explained, const api::ObjectMeta& pod);

// The cycle and the view as they were when the placement was found.
std::string decisionNote(const ClusterView& view, Cycle& cycle, PodSlot pod, const Placement& placement,
                         std::uint32_t attempt);

}  // namespace jobset_twin::cluster
