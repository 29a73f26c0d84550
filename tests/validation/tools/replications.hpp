// replications.hpp - many like JobSets in one world as independent replications: the whole control plane at work,
// without latency, and each JobSet with nodes enough. What containers do is drawn by the JobSet's name, so they share
// no luck.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.hpp"

namespace jobset_twin::validation {

struct Replications {
  int count = 1000;
  std::uint64_t seed = 1;
  std::string jobset;    // its spec, as YAML in one line: "{failurePolicy: {maxRestarts: 3}, replicatedJobs: [...]}"
  std::string scenario;  // more of the scenario's spec, lines indented by two: behaviors, timing
  int pods_each = 1;     // at a time
};

// The specification of a JobSet of one Pod that restarts so often at most. restartPolicy Never: with JobSet's default,
// OnFailure, the kubelet starts a failed container once more before its Job fails.
std::string onePodSpec(int max_restarts);

// Runs them and gives each JobSet's outcome, in order.
std::vector<scenarios::JobSetOutcome> runReplications(const Replications& what);

double secondsBetween(const std::optional<scenarios::TimePoint>& from, const std::optional<scenarios::TimePoint>& to);

}  // namespace jobset_twin::validation
