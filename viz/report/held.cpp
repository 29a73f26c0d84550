// Which faults held starts up.
#include <algorithm>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

void add(std::vector<Held>& all, const std::vector<Held>& more, bool sum) {
  for (const Held& one : more) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Held& held) { return held.event == one.event; });
    if (known == all.end()) {
      all.push_back(one);
    } else {
      known->time = sum ? known->time + one.time : std::max(known->time, one.time);
    }
  }
}

void longestFirst(std::vector<Held>& all) {
  std::stable_sort(all.begin(), all.end(), [](const Held& a, const Held& b) { return a.time > b.time; });
}

}  // namespace

// What a Pod that is not ready waits for, and since when.
std::pair<Work, TimePoint> Ledger::waitOf(Id id) const {
  const PodRecord& pod = pods_[id];
  Work work{0, id, {}};
  if (!reached(pod.scheduled)) {
    work.doings = doing::kScheduler | (reached(pod.refused_node) ? doing::kRoom : 0U);
    return {work, pod.created};
  }
  if (!reached(pod.pulled)) {
    work.doings = doing::kImages | doing::kKubelet;
    return {work, pod.scheduled};
  }
  work.doings = doing::kContainers | doing::kKubelet | doing::kKubeletRequests | (pod.asked ? doing::kNames : 0U);
  return {work, reached(pod.started) ? pod.started : pod.pulled};
}

// By each fault the longest time that it hindered a Pod of the Job, or the making of its Pods.
std::vector<Held> Ledger::heldBefore(const JobRecord& job, TimePoint at) const {
  constexpr std::size_t kMostPods = 1000;  // of one Job they wait for the like
  std::vector<Held> out;
  std::size_t looked_at = 0;
  for (const Id id : job.pods) {
    const PodRecord& pod = pods_[id];
    if (reached(pod.ready) || looked_at++ >= kMostPods) continue;
    const auto [work, since] = waitOf(id);
    add(out, heldBy(work, since, std::min({at, pod.deleting, pod.over})), false);
  }
  if (job.pods.size() < static_cast<std::size_t>(std::max(job.wanted, 0)) && !job.suspended)
    add(out, heldBy({doing::kJobController | doing::kWebhooks, kNone, {}}, job.began(), at), false);
  longestFirst(out);
  return out;
}

std::vector<Held> Ledger::heldBefore(const StartRecord& start, TimePoint at) const {
  std::vector<Held> out;
  std::size_t wanted = start.only_job == kNone ? 0 : 1;
  if (start.only_job == kNone)
    for (const ReplicatedJobOrder& row : jobsets_[start.jobset].order) wanted += static_cast<std::size_t>(row.jobs);
  for (const Id job : start.jobs) add(out, heldBefore(jobs_[job], at), false);
  if (start.jobs.size() < wanted) add(out, heldBy({doing::kJobSetController, kNone, {}}, start.began, at), false);
  longestFirst(out);
  return out;
}

// Of a start that became ready: what hindered the steps of its critical path, which follow one another.
void Ledger::sumHeld(StartRecord& start) const {
  start.held.clear();
  if (!reached(start.ready)) {
    start.held = heldBefore(start, start.ended);
    return;
  }
  for (const PathStep& step : start.path) add(start.held, step.held, true);
  longestFirst(start.held);
}

}  // namespace jobset_twin::viz::report
