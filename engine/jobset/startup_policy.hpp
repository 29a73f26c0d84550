// startup_policy.hpp - one replicated job after the other (JS-R13c, JS-R13e). The conditions are in conditions.hpp.
// Source: jobset v0.12.0 pkg/controllers/startup_policy.go.
#pragma once

#include "engine/jobset/child_jobs.hpp"

namespace jobset_twin::jobset {

bool startsInOrder(const api::JobSetSpec& spec);
// All replicas are ready or finished, however they finished.
bool allReplicasStarted(std::int32_t replicas, const api::ReplicatedJobStatus* status);
// All Jobs are ready or succeeded, as the status says. Not of the controller: how faults, results and reports say that
// a JobSet is ready. One that has no Jobs never is.
bool allJobsReady(const api::JobSet& jobset);

}  // namespace jobset_twin::jobset
