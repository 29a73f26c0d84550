#include "engine/jobset/success_policy.hpp"

#include <algorithm>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {

bool successPolicyMet(const api::JobSetSpec& spec, std::span<const api::Object* const> successful) {
  static const api::SuccessPolicy kDefault{"All", {}};
  const api::SuccessPolicy& policy = spec.successPolicy ? *spec.successPolicy : kDefault;
  const std::vector<std::string>& targets = policy.targetReplicatedJobs;
  const auto isTarget = [&](std::string_view name) {
    return targets.empty() || std::find(targets.begin(), targets.end(), name) != targets.end();
  };
  std::int64_t expected = 0;  // an operator that is neither: any success does, as upstream
  if (policy.operator_ == "Any") expected = 1;
  if (policy.operator_ == "All") {
    for (const api::ReplicatedJob& replicated_job : spec.replicatedJobs) {
      if (isTarget(replicated_job.name)) expected += replicasOf(replicated_job);
    }
  }
  if (targets.empty()) return static_cast<std::int64_t>(successful.size()) >= expected;
  const auto succeeded = std::count_if(successful.begin(), successful.end(), [&](const api::Object* job) {
    return isTarget(job->meta.labels.get(kReplicatedJobNameKey));
  });
  return succeeded >= expected;
}

}  // namespace jobset_twin::jobset
