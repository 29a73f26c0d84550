#include "sim/cluster/scheduler/gang_cycle.hpp"

#include <algorithm>
#include <tuple>

namespace jobset_twin::cluster {
namespace {

using Placed = std::vector<std::pair<PodSlot, NodeSlot>>;

Placed withdrawAll(ClusterView& view, const std::vector<PodSlot>& pods) {
  Placed out;
  for (const PodSlot pod : pods) {
    out.emplace_back(pod, view.pods[pod].node);
    view.withdraw(pod);
  }
  return out;
}

void placeAll(ClusterView& view, const Placed& pods) {
  for (const auto& [pod, node] : pods) view.place(pod, node);
}

}  // namespace

GangTrial tryGang(ClusterView& view, const Nominations& nominations, std::span<const GangPod> pods,
                  std::size_t& next_start, const std::vector<NodeSlot>* within, bool preempts, kernel::TimePoint now,
                  const TrialWatcher& told) {
  GangTrial trial;
  Placed victims;
  for (const GangPod& pod : pods) {
    GangMember& member = trial.members.emplace_back();
    member.pod = pod;
    Cycle cycle(view, nominations, *pod.config, pod.slot, pod.tie_key);
    member.placement = cycle.run(next_start, pod.nominated, within);
    if (told) told(cycle, pod, member.placement);
    const FitError& error = member.placement.error;
    if (member.placement.node == kNoNode && preempts && pod.config->profile.preempts && error.nodes > 0 &&
        error.prefilter.empty()) {
      member.preemption = preempt(view, cycle, pod.config->profile, pod.slot, member.placement, pod.nominated,
                                  pod.preemption_offset, now);
      member.placement.error.postfilter = member.preemption.message;
      for (const auto& gone : withdrawAll(view, member.preemption.victims)) victims.push_back(gone);
      trial.makes_room = trial.makes_room || member.preemption.node != kNoNode;
    }
    if (member.node() == kNoNode) continue;
    view.place(pod.slot, member.node());
    ++trial.fitting;
  }
  for (const GangMember& member : trial.members) {
    if (member.node() != kNoNode) view.withdraw(member.pod.slot);
  }
  placeAll(view, victims);
  return trial;
}

std::vector<VictimUnit> makeRoomForGang(ClusterView& view, std::vector<VictimUnit> lower,
                                        const std::function<GangTrial()>& attempt, std::size_t enough,
                                        GangTrial& trial) {
  // Higher priority, then longer running.
  std::stable_sort(lower.begin(), lower.end(), [](const VictimUnit& a, const VictimUnit& b) {
    return std::make_tuple(-std::int64_t{a.priority}, a.start) < std::make_tuple(-std::int64_t{b.priority}, b.start);
  });
  // Those that a budget protects come back first.
  std::vector<PodSlot> all;
  for (const VictimUnit& unit : lower) all.insert(all.end(), unit.pods.begin(), unit.pods.end());
  const std::vector<bool> kept = keptByBudgets(view, all);
  std::size_t at = 0;
  std::vector<std::pair<bool, VictimUnit>> units;
  for (VictimUnit& unit : lower) {
    const std::size_t end = at + unit.pods.size();
    bool any = false;
    for (; at < end; ++at) any = any || kept[at];
    units.emplace_back(any, std::move(unit));
  }
  std::stable_partition(units.begin(), units.end(), [](const auto& unit) { return unit.first; });
  for (std::size_t i = 0; i < units.size(); ++i) lower[i] = std::move(units[i].second);
  std::vector<Placed> gone;
  for (const VictimUnit& unit : lower) gone.push_back(withdrawAll(view, unit.pods));
  std::vector<VictimUnit> victims;
  GangTrial best = attempt();
  const bool helps = best.fitting >= enough;
  for (std::size_t i = 0; helps && i < lower.size(); ++i) {
    placeAll(view, gone[i]);
    GangTrial without = attempt();
    if (without.fitting >= enough) {
      best = std::move(without);
      gone[i].clear();
      continue;
    }
    withdrawAll(view, lower[i].pods);
    victims.push_back(lower[i]);
  }
  for (const Placed& unit : gone) placeAll(view, unit);
  if (helps) trial = std::move(best);
  return victims;
}

}  // namespace jobset_twin::cluster
