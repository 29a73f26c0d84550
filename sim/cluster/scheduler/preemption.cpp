#include "sim/cluster/scheduler/preemption.hpp"

#include <algorithm>
#include <tuple>

#include "sim/apiserver/disruption_budget.hpp"

namespace jobset_twin::cluster {
namespace {

struct Candidate {
  NodeSlot node = kNoNode;
  std::vector<PodSlot> victims;
  std::size_t violations = 0;
};

struct Budget {
  std::string namespace_;
  apiserver::DisruptionBudget read;
};

// Unlike the eviction subresource, the scheduler takes an empty selector to select nothing.
std::vector<Budget> budgetsOf(const ClusterView& view) {
  std::vector<Budget> out;
  for (const auto& [key, object] : view.budgets) {
    Budget budget{key.first, apiserver::readBudget(*object)};
    const api::LabelSelector& selector = budget.read.selector;
    if (!selector.matchLabels.empty() || !selector.matchExpressions.empty()) out.push_back(std::move(budget));
  }
  return out;
}

// Takes one disruption from each budget that covers the Pod and has not counted it yet; true: some budget has none.
bool violates(std::vector<Budget>& budgets, const api::Object& pod) {
  bool violated = false;
  if (pod.meta.labels.empty()) return false;
  for (Budget& budget : budgets) {
    if (!budget.read.covers(pod, budget.namespace_) || budget.read.disrupted.contains(pod.meta.name)) continue;
    violated = --budget.read.allowed < 0 || violated;
  }
  return violated;
}

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
NodeVerdict victimsOn(ClusterView& view, Cycle& cycle, PodSlot pod, Candidate& candidate, std::vector<Budget> budgets,
                      kernel::TimePoint now) {
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
    // Those that a budget protects come back first.
    const auto unprotected = std::stable_partition(
        lower.begin(), lower.end(), [&](PodSlot other) { return violates(budgets, *view.pods[other].object); });
    for (auto at = lower.begin(); at != lower.end(); ++at) {
      view.place(*at, candidate.node);
      cycle.refresh();
      if (cycle.ask(candidate.node).fits()) continue;
      view.withdraw(*at);
      candidate.victims.push_back(*at);
      if (at < unprotected) ++candidate.violations;
    }
    sortByImportance(view, candidate.victims, now);
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
  return std::make_tuple(candidate.violations, highest, sum, candidate.victims.size(),
                         -earliest.time_since_epoch().count());
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

Preemption preempt(ClusterView& view, Cycle& cycle, const SchedulerProfile& profile, PodSlot pod,
                   const Placement& failed, const std::string& nominated, std::uint64_t random_offset,
                   kernel::TimePoint now) {
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
    // K-SCH-41: so many, and one of them that violates no budget.
    const std::size_t wanted = std::min(
        resolvable.size(), std::max(resolvable.size() * static_cast<std::size_t>(profile.candidates_percentage) / 100,
                                    static_cast<std::size_t>(profile.candidates_least)));
    const std::vector<Budget> budgets = budgetsOf(view);
    bool harmless = false;
    for (std::size_t i = 0; i < resolvable.size() && (candidates.size() < wanted || !harmless); ++i) {
      const NodeSlot node = resolvable[(random_offset + i) % resolvable.size()];
      if (!view.nodes.holdsLower(node, priority)) {
        ++reasons[kNoVictims];
        continue;
      }
      Candidate candidate;
      candidate.node = node;
      const NodeVerdict verdict = victimsOn(view, cycle, pod, candidate, budgets, now);
      if (verdict.fits()) {
        harmless = harmless || candidate.violations == 0;
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
  out.violations = best->violations;
  return out;
}

std::vector<bool> keptByBudgets(const ClusterView& view, const std::vector<PodSlot>& pods) {
  std::vector<Budget> budgets = budgetsOf(view);
  std::vector<bool> out;
  for (const PodSlot pod : pods) out.push_back(violates(budgets, *view.pods[pod].object));
  return out;
}

}  // namespace jobset_twin::cluster
