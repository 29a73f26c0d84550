#include "sim/cluster/job/assess.hpp"

#include <algorithm>

#include "sim/cluster/job/pod_failure_policy.hpp"
#include "sim/cluster/job/success_policy.hpp"

namespace jobset_twin::cluster::job {
namespace {

// K-JOB-23.2.
void countFinished(const JobView& view, Assessment& out) {
  const api::JobSpec& spec = view.spec();
  const bool only_failed = onlyReplaceFailed(spec);
  std::vector<api::TimePoint> succeeded_at, failed_at;
  std::int32_t new_succeeded = 0, new_failed = 0;
  std::vector<std::int32_t> indexes;
  for (const JobPods::Slot slot : view.pods.done()) {
    const PodFacts& facts = view.pods.at(slot);
    const std::string& uid = facts.pod->meta.uid;
    const bool valid = view.validIndex(facts);
    if (facts.phase == PodPhase::kSucceeded) {
      // Upstream takes the indexes from every Pod with the finalizer, those just taken off included.
      if (isIndexed(spec) && valid && !out.counted_indexes.has(facts.index)) indexes.push_back(facts.index);
      if (valid && view.tracked(facts) && !out.uncounted_succeeded.contains(uid)) {
        ++new_succeeded;
        succeeded_at.push_back(finishTime(*facts.pod));
      }
    } else if (podFailed(facts, only_failed) && valid && view.tracked(facts) && !out.uncounted_failed.contains(uid)) {
      failed_at.push_back(finishTime(*facts.pod));
      if (matchFailurePolicy(spec.podFailurePolicy, *facts.pod).counts()) ++new_failed;
    }
  }
  out.succeeded = out.status.succeeded + new_succeeded + static_cast<std::int32_t>(out.uncounted_succeeded.size());
  out.failed = out.status.failed + new_failed + static_cast<std::int32_t>(out.uncounted_failed.size());
  out.backoff = nextBackoff(view.backoff, succeeded_at, std::move(failed_at));
  out.succeeded_indexes = out.counted_indexes;
  out.succeeded_indexes.add(std::move(indexes));
}

// K-JOB-23.5c; of several Pods the first by (index, name), which upstream leaves to the order of its cache.
std::optional<FailureMatch> failJobMatch(const JobView& view) {
  if (!view.spec().podFailurePolicy) return std::nullopt;
  const PodFacts* first = nullptr;
  std::optional<FailureMatch> found;
  for (const JobPods::Slot slot : view.pods.failed()) {
    const PodFacts& facts = view.pods.at(slot);
    if (first && std::pair(first->index, std::string_view(first->pod->meta.name)) <
                     std::pair(facts.index, std::string_view(facts.pod->meta.name))) {
      continue;
    }
    FailureMatch match = matchFailurePolicy(view.spec().podFailurePolicy, *facts.pod);
    if (match.action != FailureAction::kFailJob) continue;
    first = &facts;
    found = std::move(match);
  }
  return found;
}

void judgeLimits(const JobView& view, Assessment& out) {
  const api::JobSpec& spec = view.spec();
  const std::int32_t limit = backoffLimitOf(spec);
  if (auto match = failJobMatch(view)) {
    out.why = "podFailurePolicy rule " + std::to_string(match->rule) + ": " + match->message;
    out.finish = podFailurePolicyHit(std::move(match->message));
  } else if (out.failed > limit) {
    out.why = "backoffLimit " + std::to_string(limit) + ": failed Pods " + std::to_string(out.failed);
    out.finish = backoffLimitExceeded();
  } else if (tooManyRestarts(spec, view.pods.restarts())) {
    out.why = "backoffLimit " + std::to_string(limit) + ": container restarts " + std::to_string(view.pods.restarts()) +
              " (restartPolicy OnFailure)";
    out.finish = backoffLimitExceeded();
  } else if (spec.activeDeadlineSeconds && !isSuspended(spec) && out.status.startTime) {
    const api::Duration left = *out.status.startTime + std::chrono::seconds(*spec.activeDeadlineSeconds) - view.now;
    if (left <= api::Duration::zero()) {
      out.why = "activeDeadlineSeconds " + std::to_string(*spec.activeDeadlineSeconds) + " has passed";
      out.finish = deadlineExceeded();
    } else {
      out.deadline_in = left;
    }
  }
}

// K-JOB-47 and the failed indexes of the status.
void judgeIndexes(const JobView& view, Assessment& out) {
  const api::JobSpec& spec = view.spec();
  const std::int32_t completions = spec.completions.value_or(0);
  IndexSet failed = IndexSet::parse(out.status.failedIndexes.value_or(""), completions);
  std::vector<std::int32_t> added;
  for (const JobPods::Slot slot : view.pods.done()) {
    const PodFacts& facts = view.pods.at(slot);
    if (view.validIndex(facts) && !failed.has(facts.index) && failsIndex(view, facts)) added.push_back(facts.index);
  }
  failed.add(std::move(added));
  if (!out.finish.decided()) {
    const std::string count = std::to_string(failed.total()) + " failed indexes";
    if (spec.maxFailedIndexes && failed.total() > *spec.maxFailedIndexes) {
      out.why = "maxFailedIndexes " + std::to_string(*spec.maxFailedIndexes) + ": " + count;
      out.finish = maxFailedIndexesExceeded();
    } else if (!failed.empty() && failed.total() + out.succeeded_indexes.total() >= completions) {
      out.why = "every index has ended: " + count;
      out.finish = failedIndexes();
    }
  }
  out.failed_indexes = std::move(failed);
}

// K-JOB-46.
void keepLastFailures(const JobView& view, Assessment& out) {
  for (const JobPods::Slot slot : view.pods.done()) {
    const PodFacts& facts = view.pods.at(slot);
    if (!view.tracked(facts) || !view.validIndex(facts) || !podFailed(facts, onlyReplaceFailed(view.spec()))) continue;
    if (out.succeeded_indexes.has(facts.index) || out.failed_indexes->has(facts.index) ||
        view.pods.activeAt(facts.index))
      continue;
    const auto [kept, fresh] = out.delayed.emplace(facts.index, facts.pod);
    if (fresh) continue;
    const auto failures = [](const api::Object& pod) { return indexFailureCount(pod) + indexIgnoredFailureCount(pod); };
    if (failures(*kept->second) <= failures(*facts.pod) && finishTime(*kept->second) <= finishTime(*facts.pod)) {
      kept->second = facts.pod;
    }
  }
}

void takeCandidates(const JobView& view, Assessment& out) {
  const bool all = view.object.meta.deletionTimestamp || out.finish.decided();
  const auto take = [&](const auto& slots) {
    for (const JobPods::Slot slot : slots) {
      if (view.tracked(view.pods.at(slot))) out.candidates.push_back(view.pods.at(slot));
    }
  };
  if (all) {
    take(view.pods.withFinalizer());
  } else {
    take(view.pods.done());
  }
  if (!isIndexed(view.spec())) return;
  std::stable_sort(out.candidates.begin(), out.candidates.end(),
                   [](const PodFacts& a, const PodFacts& b) { return a.index < b.index; });
}

void judgeIndexed(const JobView& view, Assessment& out) {
  const api::JobSpec& spec = view.spec();
  out.succeeded = static_cast<std::int32_t>(out.succeeded_indexes.total());
  if (perIndexBackoff(spec)) {
    judgeIndexes(view, out);
    keepLastFailures(view, out);
  }
  if (out.finish.decided()) return;
  if (const auto rule = matchSuccessPolicy(spec.successPolicy, spec.completions.value_or(0), out.succeeded_indexes)) {
    out.why = "successPolicy rule " + std::to_string(*rule) + " is met";
    out.finish = successPolicyMet(*rule);
  }
}

}  // namespace

bool tooManyRestarts(const api::JobSpec& spec, std::int64_t restarts) {
  if (spec.template_.spec->restartPolicy != "OnFailure") return false;
  const std::int32_t limit = backoffLimitOf(spec);
  return limit == 0 ? restarts > 0 : restarts >= limit;
}

bool failsIndex(const JobView& view, const PodFacts& facts) {
  const api::JobSpec& spec = view.spec();
  if (!podFailed(facts, onlyReplaceFailed(spec))) return false;
  const FailureMatch match = matchFailurePolicy(spec.podFailurePolicy, *facts.pod);
  if (match.action == FailureAction::kFailIndex) return true;
  return match.counts() && indexFailureCount(*facts.pod) >= spec.backoffLimitPerIndex.value_or(0);
}

Assessment assess(const JobView& view) {
  const api::JobSpec& spec = view.spec();
  Assessment out;
  out.status = view.job().status;
  if (!out.status.uncountedTerminatedPods) out.status.uncountedTerminatedPods.emplace();
  const auto& uncounted = *out.status.uncountedTerminatedPods;
  out.uncounted_succeeded.insert(uncounted.succeeded.begin(), uncounted.succeeded.end());
  out.uncounted_failed.insert(uncounted.failed.begin(), uncounted.failed.end());
  const std::int32_t completions = spec.completions.value_or(0);
  if (isIndexed(spec)) out.counted_indexes = IndexSet::parse(out.status.completedIndexes, completions);
  countFinished(view, out);
  if (!out.status.startTime && !isSuspended(spec)) out.status.startTime = api::truncateToSeconds(view.now);

  out.finish = decidedBefore(out.status);
  if (!out.finish.decided()) judgeLimits(view, out);
  if (isIndexed(spec)) judgeIndexed(view, out);
  takeCandidates(view, out);
  return out;
}

}  // namespace jobset_twin::cluster::job
