#include "sim/cluster/scheduler/preemption.hpp"

#include <algorithm>
#include <tuple>

namespace jobset_twin::cluster {
namespace {

struct Candidate {
  NodeSlot node = kNoNode;
  std::vector<PodSlot> victims;
};

std::int32_t priorityOf(const ClusterView& view, PodSlot pod) { return view.pods[pod].shape->priority; }
kernel::TimePoint startOf(const ClusterView& view, PodSlot pod, kernel::TimePoint now) {
  return view.pods[pod].pod().status.startTime.value_or(now);
}

// Higher priority, then longer running; then seen earlier.
void sortByImportance(const ClusterView& view, std::vector<PodSlot>& pods, kernel::TimePoint now) {
  std::stable_sort(pods.begin(), pods.end(), [&](PodSlot a, PodSlot b) {
    return std::make_tuple(-std::int64_t{priorityOf(view, a)}, startOf(view, a, now), view.pods[a].number) <
           std::make_tuple(-std::int64_t{priorityOf(view, b)}, startOf(view, b, now), view.pods[b].number);
  });
}

// K-SCH-42. An empty list of victims with a refusal: not even without all of them.
NodeVerdict victimsOn(ClusterView& view, Cycle& cycle, PodSlot pod, Candidate& candidate, kernel::TimePoint now) {
  const std::int32_t priority = priorityOf(view, pod);
  std::vector<PodSlot> lower;
  for (const PodSlot other : view.nodes.entry(candidate.node).pods) {
    if (priorityOf(view, other) < priority) lower.push_back(other);
  }
  for (const PodSlot other : lower) view.withdraw(other);
  cycle.refresh();
  const NodeVerdict verdict = cycle.ask(candidate.node);
  std::vector<PodSlot> back = lower;
  if (verdict.fits()) {
    back.clear();
    sortByImportance(view, lower, now);
    for (const PodSlot other : lower) {
      view.place(other, candidate.node);
      cycle.refresh();
      if (cycle.ask(candidate.node).fits()) continue;
      view.withdraw(other);
      candidate.victims.push_back(other);
    }
    back = candidate.victims;
  }
  for (const PodSlot other : back) view.place(other, candidate.node);
  cycle.refresh();
  return verdict;
}

// K-SCH-43: smaller is better.
auto rankOf(const ClusterView& view, const Candidate& candidate, kernel::TimePoint now) {
  const std::int32_t highest = candidate.victims.empty() ? INT32_MIN : priorityOf(view, candidate.victims.front());
  std::int64_t sum = 0;
  kernel::TimePoint earliest = kernel::TimePoint::max();
  for (const PodSlot victim : candidate.victims) {
    sum += std::int64_t{priorityOf(view, victim)} + (std::int64_t{1} << 31);
    if (priorityOf(view, victim) == highest) earliest = std::min(earliest, startOf(view, victim, now));
  }
  return std::make_tuple(highest, sum, candidate.victims.size(), -earliest.time_since_epoch().count());
}

bool isTerminatingByPreemption(const ViewPod& pod) {
  const api::Condition* condition = api::findCondition(pod.pod().status.conditions, "DisruptionTarget");
  return pod.terminating() && condition && condition->status == "True" && condition->reason == "PreemptionByScheduler";
}

// K-SCH-40: "" if the Pod may preempt.
std::string whyNotEligible(const ClusterView& view, PodSlot pod, const Placement& failed,
                           const std::string& nominated) {
  if (!view.pods[pod].shape->preempts) return "not eligible due to preemptionPolicy=Never.";
  const NodeSlot node = nominated.empty() ? kNoNode : view.nodes.find(nominated);
  if (node == kNoNode) return "";
  for (const auto& [refused, verdict] : failed.refused) {
    if (refused == node && verdict.unresolvable) return "";
  }
  for (const PodSlot other : view.nodes.entry(node).pods) {
    if (priorityOf(view, other) < priorityOf(view, pod) && isTerminatingByPreemption(view.pods[other])) {
      return "not eligible due to a terminating pod on the nominated node.";
    }
  }
  return "";
}

}  // namespace

Preemption preempt(ClusterView& view, Cycle& cycle, PodSlot pod, const Placement& failed, const std::string& nominated,
                   std::uint64_t random_offset, kernel::TimePoint now) {
  Preemption out;
  if (const std::string why = whyNotEligible(view, pod, failed, nominated); !why.empty()) {
    out.message = "preemption: " + why;
    return out;
  }
  const std::int32_t priority = priorityOf(view, pod);
  Histogram reasons;
  std::vector<NodeSlot> resolvable;
  for (const auto& [node, verdict] : failed.refused) {
    if (!verdict.unresolvable) resolvable.push_back(node);
  }
  if (const std::size_t not_helpful = failed.error.nodes - resolvable.size(); not_helpful > 0)
    reasons[kPreemptionNotHelpful] = not_helpful;
  std::vector<Candidate> candidates;
  if (!view.nodes.anyLower(priority)) {
    if (!resolvable.empty()) reasons[kNoVictims] = resolvable.size();
  } else {
    const std::size_t wanted =
        std::min(resolvable.size(), std::max<std::size_t>(resolvable.size() / 10, 100));  // K-SCH-41
    for (std::size_t i = 0; i < resolvable.size() && candidates.size() < wanted; ++i) {
      const NodeSlot node = resolvable[(random_offset + i) % resolvable.size()];
      if (!view.nodes.holdsLower(node, priority)) {
        ++reasons[kNoVictims];
        continue;
      }
      Candidate candidate;
      candidate.node = node;
      const NodeVerdict verdict = victimsOn(view, cycle, pod, candidate, now);
      if (verdict.fits()) {
        candidates.push_back(std::move(candidate));
      } else {
        addReasons(reasons, verdict, view.nodes.rows, view.nodes.entry(node), *view.pods[pod].shape, false);
      }
    }
  }
  if (candidates.empty()) {
    out.message = "preemption: " + textOf(failed.error.nodes, reasons);
    out.clears_nomination = true;
    return out;
  }
  const Candidate* best = &candidates.front();
  for (const Candidate& candidate : candidates) {
    if (rankOf(view, candidate, now) < rankOf(view, *best, now)) best = &candidate;
  }
  out.node = best->node;
  out.victims = best->victims;
  return out;
}

}  // namespace jobset_twin::cluster
