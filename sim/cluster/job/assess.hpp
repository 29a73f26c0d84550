// assess.hpp - the first half of a sync: what is new, how much has succeeded and failed, and whether the Job has to end
// (K-JOB-23 steps 2 to 5). Pure. What is done about it: manage_job.hpp, tracking.hpp.
//
// Source: kubernetes 1.32-1.36 pkg/controller/job/job_controller.go (syncJob).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/job/conditions.hpp"
#include "sim/cluster/job/job_view.hpp"

namespace jobset_twin::cluster::job {

struct Assessment {
  api::JobStatus status;                   // to be written: so far with startTime and uncountedTerminatedPods
  std::int32_t succeeded = 0, failed = 0;  // what the decisions count with
  BackoffRecord backoff;
  Finish finish;
  std::optional<api::Duration> deadline_in;        // activeDeadlineSeconds: look again then
  IndexSet counted_indexes, succeeded_indexes;     // Indexed: as the status says; with the new ones
  std::optional<IndexSet> failed_indexes;          // with backoffLimitPerIndex
  std::map<std::int32_t, api::ObjectPtr> delayed;  // K-JOB-46: per index the failed Pod that waits for its replacement
  std::set<std::string> uncounted_succeeded, uncounted_failed;  // UIDs, as the status had them
  // The Pods that may be counted, as they were seen: tracked ones that finished, or all if the Job ends. An Indexed
  // Job's by index.
  std::vector<PodFacts> candidates;
  std::string why;  // the decision to end in words; "" if there is none or it is an old one
};

Assessment assess(const JobView& view);

// K-JOB-47: the Pod's failure ends its index.
bool failsIndex(const JobView& view, const PodFacts& facts);
// K-JOB-42: restarts in place against the limit.
bool tooManyRestarts(const api::JobSpec& spec, std::int64_t restarts);

}  // namespace jobset_twin::cluster::job
