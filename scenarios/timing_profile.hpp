// timing_profile.hpp - `timing: {profile: NAME}`: whole sets of timing parameters by name.
// What a scenario sets besides comes on top (read_cluster.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/timing.hpp"

namespace jobset_twin::scenarios {

// "usual": the defaults, usualTiming(). "zero": the control plane takes no time: every latency, share and batching
// period is 0, and clients have no rate limit; the scheduler and the Job controller do not back off. What belongs to
// what is simulated stays: other back-offs, leases, time-outs, periods of checks, numbers of workers. "scheduler-2023",
// "scheduler-2024", "scheduler-2026": a scheduler whose cycle grows with the cluster, fitted to 266, 270 and 680 Pods a
// second at 5,000 nodes; its client has no limit that matters (docs/validation.md).
std::vector<std::string> timingProfiles();
// The defaults of a scenario: those of cluster::Timing, and what makes a cycle of the scheduler longer in a large
// cluster as in "scheduler-2026". In a small one that comes to microseconds.
cluster::Timing usualTiming();
bool applyTimingProfile(std::string_view name, cluster::Timing& timing);  // false: no such profile

}  // namespace jobset_twin::scenarios
