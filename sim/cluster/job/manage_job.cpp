#include "sim/cluster/job/manage_job.hpp"

#include <algorithm>

#include "sim/cluster/job/pod_failure_policy.hpp"

namespace jobset_twin::cluster::job {
namespace {

std::string countOf(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::int32_t wantActive(const api::JobSpec& spec, std::int32_t succeeded, std::int32_t active) {  // K-JOB-31
  const std::int32_t parallelism = spec.parallelism.value_or(1);
  if (!spec.completions) return succeeded > 0 ? active : parallelism;
  return std::clamp(*spec.completions - succeeded, 0, std::max(parallelism, 0));
}

void addTargets(const JobView& view, const std::vector<JobPods::Slot>& slots, ManagePlan& plan) {
  for (const JobPods::Slot slot : slots) plan.victims.push_back(targetOf(view.pods.at(slot)));
}

NewPod replacementFor(const JobView& view, const Assessment& seen, std::int32_t index) {  // K-JOB-7
  NewPod pod;
  pod.index = index;
  const auto last = seen.delayed.find(index);
  if (last == seen.delayed.end()) return pod;
  const api::Object& failed = *last->second;
  pod.failures = indexFailureCount(failed);
  pod.ignored_failures = indexIgnoredFailureCount(failed);
  if (matchFailurePolicy(view.spec().podFailurePolicy, failed).counts()) {
    ++pod.failures;
  } else {
    ++pod.ignored_failures;
  }
  return pod;
}

// K-JOB-35.
api::Duration indexBackoffLeft(const JobView& view, const Assessment& seen, std::int32_t index) {
  const auto last = seen.delayed.find(index);
  if (last == seen.delayed.end()) return {};
  const api::Object& failed = *last->second;
  const std::int32_t failures = indexFailureCount(failed) + indexIgnoredFailureCount(failed) + 1;
  return backoffLeft(failures, finishTime(failed), view.now, view.timing.failure_backoff,
                     view.timing.failure_backoff_max);
}

ManagePlan waitFor(const JobView& view, api::Duration left, std::string why) {
  ManagePlan plan;
  plan.work = Work::kWait;
  plan.wait = std::max(left, view.timing.sync_batch);
  plan.why = std::move(why);
  return plan;
}

ManagePlan planCreation(const JobView& view, const Assessment& seen, std::int32_t missing) {
  const api::JobSpec& spec = view.spec();
  if (!perIndexBackoff(spec)) {
    const api::Duration left = backoffLeft(seen.backoff.failures, seen.backoff.last_failure, view.now,
                                           view.timing.failure_backoff, view.timing.failure_backoff_max);
    if (left > api::Duration::zero()) {
      return waitFor(view, left,
                     "back-off after " + countOf(static_cast<std::size_t>(seen.backoff.failures), "failure"));
    }
  }
  missing = std::min(missing, view.timing.max_pods_per_sync);
  ManagePlan plan;
  plan.work = Work::kCreate;
  if (!isIndexed(spec)) {
    plan.pods.resize(static_cast<std::size_t>(missing));
    return plan;
  }
  const std::vector<std::int32_t> pending =
      view.pods.pendingIndexes(missing, spec.completions.value_or(0), onlyReplaceFailed(spec), seen.succeeded_indexes,
                               seen.failed_indexes ? &*seen.failed_indexes : nullptr);
  std::optional<api::Duration> shortest;
  std::int32_t waiting = 0, first = 0;
  for (const std::int32_t index : pending) {
    const api::Duration left = perIndexBackoff(spec) ? indexBackoffLeft(view, seen, index) : api::Duration::zero();
    if (left <= api::Duration::zero()) {
      plan.pods.push_back(replacementFor(view, seen, index));
      continue;
    }
    ++waiting;
    if (shortest && left >= *shortest) continue;
    shortest = left;
    first = index;
  }
  if (plan.pods.empty() && shortest) {
    const std::string others = waiting > 1 ? " and " + std::to_string(waiting - 1) + " more" : "";
    return waitFor(view, *shortest, "back-off after the failure of index " + std::to_string(first) + others);
  }
  if (plan.pods.empty()) plan.work = Work::kNone;
  return plan;
}

}  // namespace

PodTarget targetOf(const PodFacts& facts) {
  return {facts.pod->meta.name, facts.pod->meta.uid, facts.ready, facts.finalizer};
}

std::vector<JobPods::Slot> victimsOf(const JobView& view, std::int64_t at_least) {
  std::vector<JobPods::Slot> victims;
  const std::int32_t completions = view.spec().completions.value_or(0);
  const bool surplus = isIndexed(view.spec()) && view.pods.hasSurplus(completions);
  if (at_least <= 0 && !surplus) return victims;
  const auto better = [&](JobPods::Slot a, JobPods::Slot b) { return betterVictim(view.pods.at(a), view.pods.at(b)); };
  std::vector<JobPods::Slot> left(view.pods.active().begin(), view.pods.active().end());
  if (surplus) {
    std::map<std::int32_t, std::vector<JobPods::Slot>> by_index;
    for (const JobPods::Slot slot : left) by_index[view.pods.at(slot).index].push_back(slot);
    left.clear();
    for (auto& [index, slots] : by_index) {
      std::sort(slots.begin(), slots.end(), better);
      if (index != kNoIndex && index < completions) {
        left.push_back(slots.back());
        slots.pop_back();
      }
      victims.insert(victims.end(), slots.begin(), slots.end());
    }
  }
  const auto more = std::clamp<std::int64_t>(at_least - static_cast<std::int64_t>(victims.size()), 0,
                                             static_cast<std::int64_t>(left.size()));
  std::sort(left.begin(), left.end(), better);
  victims.insert(victims.end(), left.begin(), left.begin() + more);
  return victims;
}

ManagePlan planWork(const JobView& view, const Assessment& seen) {
  const api::JobSpec& spec = view.spec();
  const auto active = static_cast<std::int32_t>(view.pods.active().size());
  ManagePlan plan;
  if (seen.finish.decided()) {
    plan.work = Work::kEnd;
    addTargets(view, {view.pods.active().begin(), view.pods.active().end()}, plan);
    return plan;
  }
  if (!view.expectations_met || view.object.meta.deletionTimestamp) return plan;
  if (isSuspended(spec)) {
    addTargets(view, victimsOf(view, active), plan);
    plan.work = Work::kRemove;
    if (!plan.victims.empty()) plan.why = "suspended: deleting " + countOf(plan.victims.size(), "active Pod");
    return plan;
  }
  const std::int32_t want = wantActive(spec, seen.succeeded, active);
  std::vector<JobPods::Slot> victims = victimsOf(view, std::int64_t{active} - want);
  if (victims.size() > static_cast<std::size_t>(view.timing.max_pods_per_sync)) {
    victims.resize(static_cast<std::size_t>(view.timing.max_pods_per_sync));
  }
  if (!victims.empty()) {
    addTargets(view, victims, plan);
    plan.work = Work::kRemove;
    plan.why = "too many Pods: " + std::to_string(active) + " active, " + std::to_string(want) + " wanted; deleting " +
               std::to_string(victims.size());
    return plan;
  }
  const auto terminating = onlyReplaceFailed(spec) ? static_cast<std::int32_t>(view.pods.terminating().size()) : 0;
  const std::int32_t missing = want - active - terminating;
  return missing > 0 ? planCreation(view, seen, missing) : plan;
}

}  // namespace jobset_twin::cluster::job
