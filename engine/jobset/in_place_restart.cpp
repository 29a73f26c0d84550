#include "engine/jobset/in_place_restart.hpp"

#include <fmt/format.h>

#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

std::string expectedPods(const api::JobSetSpec& spec, std::int64_t& out) {
  for (const api::ReplicatedJob& replicated_job : spec.replicatedJobs) {
    const api::JobSpec& job = *replicated_job.template_.spec;
    if (!job.completions || !job.parallelism || *job.completions != *job.parallelism) {
      return fmt::format(
          "{}: in-place restart requires jobTemplate.spec.completions == jobTemplate.spec.parallelism != nil",
          replicated_job.name);
    }
    out += std::int64_t{replicasOf(replicated_job)} * *job.parallelism;
  }
  return {};
}

}  // namespace

bool restartsInPlace(const api::JobSetSpec& spec) {
  return spec.failurePolicy && spec.failurePolicy->restartStrategy == kInPlaceRestartStrategy;
}

std::string applyInPlaceRestart(const SeenPods& pods, StatusDraft& draft) {
  const api::JobSetSpec& spec = *api::as<api::JobSet>(draft.jobset).spec;
  const std::int32_t max_restarts = spec.failurePolicy->maxRestarts;
  if (pods.largestRestartCount() > max_restarts) {  // a container that fails too fast for the barrier ever to lift
    setFailed(draft, kReachedMaxRestarts, kReachedMaxRestartsMessage);
    return {};
  }
  if (pods.anyInvalidAttempt())
    return fmt::format("invalid value for annotation {}, must be non-negative integer", kInPlaceRestartAttemptKey);
  const SeenPods::Attempts attempts = pods.attempts();
  const std::int32_t uncounted = draft.status.restarts - draft.status.restartsCountTowardsMax;
  if (attempts.largest - uncounted > max_restarts) {
    setFailed(draft, kReachedMaxRestarts, kReachedMaxRestartsMessage);
    return {};
  }
  std::int64_t expected = 0;
  const std::string error = expectedPods(spec, expected);
  if (!error.empty()) return error;

  const bool together = attempts.count > 0 && attempts.smallest == attempts.largest;
  if (together && static_cast<std::int64_t>(attempts.count) == expected) {
    if (draft.status.currentInPlaceRestartAttempt != attempts.largest) {
      draft.status.currentInPlaceRestartAttempt = attempts.largest;
      draft.changed = true;
    }
    return {};
  }
  if (attempts.count == 0 || attempts.largest == 0) return {};
  const std::int32_t over = attempts.largest - 1;
  // Never lowered: the Pod with the highest attempt may be on its way back.
  if (!draft.status.previousInPlaceRestartAttempt || over > *draft.status.previousInPlaceRestartAttempt) {
    draft.status.previousInPlaceRestartAttempt = over;
    draft.changed = true;
  }
  return {};
}

}  // namespace jobset_twin::jobset
