// elastic.hpp - gate ElasticJobSet: Jobs take over changed parallelism and completions (JS-R12).
// Source: jobset v0.12.0 pkg/controllers/jobset_controller.go (syncJobScaling).
#pragma once

#include <optional>
#include <vector>

#include "engine/jobset/child_jobs.hpp"

namespace jobset_twin::jobset {

// Where in the Plan a Job was patched earlier in this pass: a later update of it builds on that answer.
struct ScaledJob {
  const api::Object* job = nullptr;
  std::size_t request = 0;
  std::optional<std::int32_t> parallelism, completions;
};
struct Scaling {
  std::size_t step = 0;
  std::vector<ScaledJob> jobs;  // in the order of the active Jobs
};

// Merge patches for active Jobs that differ from a template whose parallelism equals its completions.
Scaling planScaling(const api::JobSetSpec& spec, const ReplicatedJobIndex& index, const ChildJobs& children,
                    Plan& plan);

}  // namespace jobset_twin::jobset
