// success_policy.hpp - whether a Job's successPolicy is met (K-JOB-55). Source: kubernetes
// pkg/controller/job/success_policy.go.
#pragma once

#include <optional>

#include "engine/api/job.hpp"
#include "sim/cluster/job/indexes.hpp"

namespace jobset_twin::cluster::job {

// The index of the first rule that is met. Nothing is met before the first success.
std::optional<int> matchSuccessPolicy(const std::optional<api::JobSuccessPolicy>& policy, std::int32_t completions,
                                      const IndexSet& succeeded);

}  // namespace jobset_twin::cluster::job
