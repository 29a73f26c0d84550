// decision_note.hpp - what the scheduler saw when it tried a Pod, as JSON for whoever asks why it went where it went:
// nodes that a filter refused, with the reasons, and of the others the score of each plugin.
//
//   {"attempt":2, "node":"n-3", "nodes":8, "evaluated":8, "message":"…" if it fits nowhere,
//    "nominated":"n-1" and "victims":["default/x"] if room is made for it, "gang":"…" if its gang decided otherwise,
//    "refused":[{"reasons":["Insufficient cpu"], "nodes":["n-0","n-1"]}],
//    "scores":[{"node":"n-3", "total":613, "plugins":{"TaintToleration":300, …}}]}
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/cluster/scheduler/preemption.hpp"

namespace jobset_twin::cluster {

// Is the Pod among them: namespace/name, or that without the random end of a Job's Pod?
bool isExplained(const std::vector<std::string>& explained, const api::ObjectMeta& pod);

// The cycle and the view as they were when the placement was found.
nlohmann::json decisionNote(const ClusterView& view, Cycle& cycle, PodSlot pod, const Placement& placement,
                            std::uint32_t attempt);
// What came of it: room that is made, what is said of the Pod.
void addOutcome(nlohmann::json& decision, const ClusterView& view, const Placement& placement,
                const Preemption& preemption);

}  // namespace jobset_twin::cluster
