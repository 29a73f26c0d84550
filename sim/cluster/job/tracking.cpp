#include "sim/cluster/job/tracking.hpp"

#include "sim/cluster/job/pod_failure_policy.hpp"

namespace jobset_twin::cluster::job {
namespace {

bool mayRelease(const JobView& view, const Assessment& seen, const PodFacts& facts, bool failed) {
  if (view.object.meta.deletionTimestamp || seen.finish.decided() || facts.phase == PodPhase::kSucceeded) return true;
  if (!failed) return false;
  if (!perIndexBackoff(view.spec())) return true;
  const auto kept = seen.delayed.find(facts.index);
  return kept == seen.delayed.end() || kept->second->meta.uid != facts.pod->meta.uid;  // K-JOB-46
}

// Counts one Pod into the status; returns whether that changed it.
bool countPod(const JobView& view, const Assessment& seen, const PodFacts& facts, bool failed,
              api::UncountedTerminatedPods& uncounted, std::vector<std::int32_t>& indexes) {
  const std::string& uid = facts.pod->meta.uid;
  if (facts.phase == PodPhase::kSucceeded && !seen.uncounted_failed.contains(uid)) {
    if (isIndexed(view.spec())) {
      if (!view.validIndex(facts) || seen.counted_indexes.has(facts.index)) return false;
      indexes.push_back(facts.index);
      return true;
    }
    if (seen.uncounted_succeeded.contains(uid)) return false;
    uncounted.succeeded.push_back(uid);
    return true;
  }
  if (!failed && !(seen.finish.decided() && seen.finish.ending != Ending::kSuccessCriteriaMet))
    return false;  // K-JOB-40
  if (seen.uncounted_failed.contains(uid) || !view.validIndex(facts)) return false;
  if (!matchFailurePolicy(view.spec().podFailurePolicy, *facts.pod).counts()) return false;
  uncounted.failed.push_back(uid);
  return true;
}

bool stillHeld(const JobView& view, const std::string& uid) {
  const PodFacts* facts = view.pods.find(uid);
  return facts && view.tracked(*facts);
}

// The indexes as text; returns whether the texts changed.
bool writeIndexes(Assessment& seen, std::vector<std::int32_t> indexes) {
  api::JobStatus& status = seen.status;
  IndexSet completed = seen.succeeded_indexes;
  completed.add(std::move(indexes));
  std::string text = completed.text();
  bool changed = text != status.completedIndexes;
  status.succeeded = static_cast<std::int32_t>(completed.total());
  status.completedIndexes = std::move(text);
  std::optional<std::string> failed;
  if (seen.failed_indexes) failed = seen.failed_indexes->text();
  if (failed != status.failedIndexes) {
    status.failedIndexes = std::move(failed);
    changed = true;
  }
  return changed;
}

Finish finalOf(const Finish& finish) {
  Finish final = finish;
  if (finish.ending == Ending::kFailureTarget) final.ending = Ending::kFailed;
  if (finish.ending == Ending::kSuccessCriteriaMet) final.ending = Ending::kComplete;
  return final;
}

}  // namespace

TrackPlan planTracking(const JobView& view, bool status_changed, Assessment& seen) {
  TrackPlan plan;
  plan.write_first = status_changed;
  api::JobStatus& status = seen.status;
  api::UncountedTerminatedPods& uncounted = *status.uncountedTerminatedPods;
  for (const auto* uids : {&seen.uncounted_succeeded, &seen.uncounted_failed}) {
    for (const std::string& uid : *uids) {
      if (stillHeld(view, uid)) plan.held.insert(uid);
    }
  }
  if (countReleased(status, plan.held)) plan.write_first = true;

  std::vector<std::int32_t> indexes;
  for (const PodFacts& facts : seen.candidates) {
    const bool failed = podFailed(facts, onlyReplaceFailed(view.spec()));
    if (!mayRelease(view, seen, facts, failed)) continue;
    plan.finalizers.push_back(targetOf(facts));
    if (countPod(view, seen, facts, failed, uncounted, indexes)) plan.write_first = true;
    const std::size_t open = indexes.size() + uncounted.succeeded.size() + uncounted.failed.size();
    if (open >= static_cast<std::size_t>(view.timing.max_pods_per_sync)) {
      plan.more_to_count = true;
      break;
    }
  }
  for (const auto* uids : {&uncounted.succeeded, &uncounted.failed}) plan.held.insert(uids->begin(), uids->end());
  if (isIndexed(view.spec()) && writeIndexes(seen, std::move(indexes))) plan.write_first = true;

  const Finish& finish = seen.finish;
  const bool interim = finish.ending == Ending::kFailureTarget || finish.ending == Ending::kSuccessCriteriaMet;
  const std::string_view type = conditionType(finish.ending);
  if (interim && !api::conditionIs(status.conditions, type, "True")) {
    status.conditions.push_back(makeCondition(type, "True", finish.reason, finish.message, view.now));
    plan.write_first = true;
  }
  plan.final = finalOf(finish);
  return plan;
}

bool countReleased(api::JobStatus& status, const std::set<std::string>& held) {
  if (!status.uncountedTerminatedPods) return false;
  const auto released = [&](std::vector<std::string>& uids) {
    return static_cast<std::int32_t>(std::erase_if(uids, [&](const std::string& uid) { return !held.contains(uid); }));
  };
  const std::int32_t succeeded = released(status.uncountedTerminatedPods->succeeded);
  const std::int32_t failed = released(status.uncountedTerminatedPods->failed);
  status.succeeded += succeeded;
  status.failed += failed;
  return succeeded + failed > 0;
}

bool enactFinish(api::JobStatus& status, const Finish& final, api::TimePoint now, std::string& waits_for) {
  if (!final.decided()) return false;
  const auto count = [](std::size_t number, std::string_view what) {
    return std::to_string(number) + " " + std::string(what) + (number == 1 ? " Pod" : " Pods");
  };
  if (status.uncountedTerminatedPods) {
    const std::size_t open =
        status.uncountedTerminatedPods->succeeded.size() + status.uncountedTerminatedPods->failed.size();
    if (open > 0) {
      waits_for = count(open, "uncounted");
      return false;
    }
  }
  if (status.terminating.value_or(0) > 0) {
    waits_for = count(static_cast<std::size_t>(*status.terminating), "terminating");
    return false;
  }
  ensureCondition(status.conditions, conditionType(final.ending), "True", final.reason, final.message, now);
  if (final.ending == Ending::kComplete) status.completionTime = api::truncateToSeconds(now);
  return true;
}

}  // namespace jobset_twin::cluster::job
