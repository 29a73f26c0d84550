#include "engine/jobset/startup_policy.hpp"

namespace jobset_twin::jobset {

bool startsInOrder(const api::JobSetSpec& spec) {
  return spec.startupPolicy && spec.startupPolicy->startupPolicyOrder == "InOrder";
}

bool allReplicasStarted(std::int32_t replicas, const api::ReplicatedJobStatus* status) {
  return status && replicas == status->failed + status->ready + status->succeeded;
}

bool allJobsReady(const api::JobSet& jobset) {
  std::int64_t wanted = 0, there = 0;
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) wanted += job.replicas.value_or(1);
  for (const api::ReplicatedJobStatus& job : jobset.status.replicatedJobsStatus) there += job.ready + job.succeeded;
  return wanted > 0 && there >= wanted;
}

}  // namespace jobset_twin::jobset
