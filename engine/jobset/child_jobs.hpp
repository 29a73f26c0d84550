// child_jobs.hpp - sorts a JobSet's Jobs into buckets and counts them per replicated job (JS-R3, JS-R4, JS-D1).
//
// Views only: nothing is copied, one pass over the Jobs. What is missing, hence to create, is known from the same pass.
// Source: jobset v0.12.0 pkg/controllers/jobset_controller.go (getChildJobs, calculateReplicatedJobStatuses).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/jobset/feature_gates.hpp"
#include "engine/jobset/observed.hpp"
#include "engine/jobset/plan.hpp"

namespace jobset_twin::jobset {

// Replicated jobs by name, and sums over them that labels need. Keeps views into the spec.
class ReplicatedJobIndex {
 public:
  explicit ReplicatedJobIndex(const api::JobSetSpec& spec);

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t find(std::string_view name) const;  // position in spec.replicatedJobs, kNone: no such
  std::int64_t totalReplicas() const { return total_; }
  std::int64_t replicasBefore(std::size_t at) const { return before_[at]; }             // over all replicated jobs
  std::int64_t groupReplicasBefore(std::size_t at) const { return group_before_[at]; }  // of the same group
  std::int64_t groupReplicas(std::size_t at) const { return group_total_[at]; }

 private:
  std::vector<std::pair<std::string_view, std::size_t>> by_name_;
  std::vector<std::int64_t> before_, group_before_, group_total_;
  std::int64_t total_ = 0;
};

// Of one replicated job: Jobs of the present attempt.
struct JobCounts {
  std::int32_t ready = 0, succeeded = 0, failed = 0, active = 0, suspended = 0;
};

struct ChildJobs {
  std::vector<const api::Object*> previous, active, successful, failed;  // each by name
  std::vector<const api::Object*> suspended;                             // of the active ones
  // For each replicated job, for each index: does a Job of that name exist in any bucket? Empty: none does.
  std::vector<std::vector<bool>> present;
  std::vector<JobCounts> counts;  // for each replicated job
};

// Sorts `observed.jobs`. Returns "" or the error that ends the pass: a label that is missing or no number.
std::string sortChildJobs(const Observed& observed, const ReplicatedJobIndex& index, const FeatureGates& gates,
                          ChildJobs& out);

// One entry for each replicated job, descending by name; jobRestarts arrays carried over with gate RestartJob.
std::vector<api::ReplicatedJobStatus> countReplicatedJobs(const api::JobSet& jobset, const ReplicatedJobIndex& index,
                                                          const ChildJobs& children, const FeatureGates& gates);

// The statuses by position in the spec; nullptr for none.
class StatusView {
 public:
  StatusView(std::span<const api::ReplicatedJobStatus> statuses, const ReplicatedJobIndex& index,
             std::size_t replicated_jobs);
  const api::ReplicatedJobStatus* at(std::size_t replicated_job) const { return by_position_[replicated_job]; }

 private:
  std::vector<const api::ReplicatedJobStatus*> by_position_;
};

// Foreground, 50 in flight, Jobs that are going already left out, NotFound tolerated. No step if nothing is left to
// delete.
void planDeleteJobs(Plan& plan, std::string_view step_name, std::span<const api::Object* const> jobs);

bool isSuspended(const api::JobSetSpec& spec);
bool isSuspended(const api::Job& job);
std::int32_t replicasOf(const api::ReplicatedJob& replicated_job);  // 1 when absent, the CRD's default

}  // namespace jobset_twin::jobset
