// gang_cycle.hpp - one try of the Pods of a gang, one after the other, on the same state of the cluster: each that fits
// is counted as placed while the next is tried (K-SCH-61, K-SCH-45).
//
// Decides only; the view is left as it was. Two ways to make room if it is allowed: for each Pod by itself, as upstream
// by default, and for the gang as a whole (gate WorkloadAwarePreemption).
// Source: kube-scheduler 1.36 schedule_one_podgroup.go, plugins/defaultpreemption.
#pragma once

#include <functional>
#include <span>

#include "sim/cluster/scheduler/preemption.hpp"

namespace jobset_twin::cluster {

struct GangPod {
  PodSlot slot = 0;
  const CycleConfig* config = nullptr;
  std::uint64_t tie_key = 0, preemption_offset = 0;
  std::string nominated;  // the node that it waits for
};

struct GangMember {
  GangPod pod;
  Placement placement;
  Preemption preemption;  // what makes room for it, if no node was free; node kNoNode: nothing does
  NodeSlot node() const { return placement.node != kNoNode ? placement.node : preemption.node; }
};

struct GangTrial {
  std::vector<GangMember> members;  // as they were tried
  std::size_t fitting = 0;          // with a node, now or after a preemption
  bool makes_room = false;          // some only after a preemption
};

using TrialWatcher = std::function<void(Cycle&, const GangPod&, const Placement&)>;  // empty: nobody

// `within`: the only nodes that count; null: all. `told`: of each Pod as it was tried.
GangTrial tryGang(ClusterView& view, const Nominations& nominations, std::span<const GangPod> pods,
                  std::size_t& next_start, const std::vector<NodeSlot>* within, bool preempts, kernel::TimePoint now,
                  const TrialWatcher& told);

// Victims that go together: a Pod, or all Pods of a PodGroup whose disruptionMode says so.
struct VictimUnit {
  std::vector<PodSlot> pods;
  std::int32_t priority = 0;
  kernel::TimePoint start{};  // of the first
};
// The units that have to go so that `enough` Pods of the gang fit; each that is not needed stays, those that a
// PodDisruptionBudget protects first, then the most important (K-SCH-42). Empty: it does not help. `trial` is then what
// it was with them gone.
std::vector<VictimUnit> makeRoomForGang(ClusterView& view, std::vector<VictimUnit> lower,
                                        const std::function<GangTrial()>& attempt, std::size_t enough,
                                        GangTrial& trial);

}  // namespace jobset_twin::cluster
