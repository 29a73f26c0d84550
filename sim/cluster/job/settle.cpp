#include "sim/cluster/job/settle.hpp"

namespace jobset_twin::cluster::job {
namespace {

SuspendChange keepSuspended(const JobView& view, api::JobStatus& status) {
  if (isSuspended(view.spec())) {
    if (!ensureCondition(status.conditions, "Suspended", "True", "JobSuspended", "Job suspended", view.now))
      return SuspendChange::kNone;
    if (view.gates.MutableSchedulingDirectivesForSuspendedJobs) status.startTime.reset();
    return SuspendChange::kSuspended;
  }
  if (!ensureCondition(status.conditions, "Suspended", "False", "JobResumed", "Job resumed", view.now))
    return SuspendChange::kNone;
  status.startTime = api::truncateToSeconds(view.now);
  return SuspendChange::kResumed;
}

}  // namespace

Settlement settle(const JobView& view, Work work, const CountsBefore& before, const WorkOutcome& outcome,
                  Assessment& seen) {
  const api::JobSpec& spec = view.spec();
  Settlement settlement;
  const std::int32_t active = before.active - outcome.deleted + outcome.created;
  const std::int32_t ready = before.ready - outcome.deleted_ready;
  settlement.terminating = before.terminating + outcome.deleted;
  if (work == Work::kEnd) {
    if (outcome.deleted != before.active || !view.expectations_met) seen.finish = Finish{};
  } else {
    const bool complete = active == 0 && (spec.completions ? seen.succeeded >= *spec.completions : seen.succeeded > 0);
    const bool managed = view.expectations_met && !view.object.meta.deletionTimestamp;
    if (complete) {
      seen.finish = completionsReached();
      seen.why = "completions reached: " + std::to_string(seen.succeeded) + " Pods succeeded";
    } else if (managed) {
      settlement.suspend = keepSuspended(view, seen.status);
    }
  }
  api::JobStatus& status = seen.status;
  settlement.status_changed = settlement.suspend != SuspendChange::kNone || active != status.active ||
                              status.ready != ready || status.terminating != settlement.terminating;
  status.active = active;
  status.ready = ready;
  status.terminating = settlement.terminating;
  return settlement;
}

}  // namespace jobset_twin::cluster::job
