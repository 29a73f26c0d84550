// settle.hpp - the middle of a sync: after Pods were created or deleted, is the Job complete, suspended, resumed, and
// what are its counts (K-JOB-23.6 to 8, K-JOB-24, K-JOB-60..63). Pure.
//
// Source: kubernetes pkg/controller/job/job_controller.go (syncJob); K-JOB-63:
// MutableSchedulingDirectivesForSuspendedJobs.
#pragma once

#include "sim/cluster/job/manage_job.hpp"

namespace jobset_twin::cluster::job {

// What became of a ManagePlan.
struct WorkOutcome {
  std::int32_t created = 0;
  std::int32_t deleted = 0, deleted_ready = 0;  // a Pod that was gone already counts as deleted
  template <class Archive>
  void serialize(Archive& ar) {
    ar(created, deleted, deleted_ready);
  }
};

enum class SuspendChange : std::uint8_t { kNone, kSuspended, kResumed };

struct Settlement {
  bool status_changed = false;  // beyond what tracking finds
  SuspendChange suspend = SuspendChange::kNone;
  std::int32_t terminating = 0;
};

// Completes seen.status and seen.finish. `active_before`, `ready_before`, `terminating_before`: the counts that the
// plan was made with.
struct CountsBefore {
  std::int32_t active = 0, ready = 0, terminating = 0;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(active, ready, terminating);
  }
};
Settlement settle(const JobView& view, Work work, const CountsBefore& before, const WorkOutcome& outcome,
                  Assessment& seen);

}  // namespace jobset_twin::cluster::job
