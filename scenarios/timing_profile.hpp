// timing_profile.hpp - `timing: {profile: NAME}`: whole sets of timing parameters by name.
// What a scenario sets besides comes on top (read_cluster.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/timing.hpp"

namespace jobset_twin::scenarios {

// "usual": the defaults. "zero": the control plane takes no time: every latency, share and batching period is 0, and
// clients have no rate limit; the scheduler and the Job controller do not back off. What belongs to what is simulated
// stays: other back-offs, leases, time-outs, periods of checks, numbers of workers.
std::vector<std::string> timingProfiles();
bool applyTimingProfile(std::string_view name, cluster::Timing& timing);  // false: no such profile

}  // namespace jobset_twin::scenarios
