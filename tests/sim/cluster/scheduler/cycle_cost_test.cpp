// What a scheduling cycle takes beyond its usual time (K-SCH-51): nodes that fit and that are refused, and Pods that
// affinity is held against.
#include "sim/cluster/scheduler/cycle_cost.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::cluster {
namespace {

api::ObjectPtr podOf(int number, bool anti_affinity) {
  api::Pod pod;
  if (anti_affinity) {
    api::PodAffinityTerm term;
    term.topologyKey = "kubernetes.io/hostname";
    api::PodAffinity anti;
    anti.requiredDuringSchedulingIgnoredDuringExecution.push_back(term);
    pod.spec.mut().affinity.emplace().podAntiAffinity = anti;
  }
  const api::MutableObjectPtr object = api::makeObject(std::move(pod));
  object->meta.namespace_ = "default";
  object->meta.name = "p" + std::to_string(number);
  return object;
}

// 10 Pods on a node, three of them with required anti-affinity.
ClusterView tenPods() {
  ClusterView view;
  const api::MutableObjectPtr node = api::makeObject(api::Node{});
  node->meta.name = "n";
  view.setNode(node);
  for (PodSlot slot = 0; slot < 10; ++slot) {
    view.setPod(slot, slot, podOf(static_cast<int>(slot), slot < 3));
    view.place(slot, view.nodes.slotOf("n"));
  }
  return view;
}

TEST(CycleCost, NodesAndAffinity) {
  SchedulerTiming timing;
  timing.per_node = 3200ns;
  timing.per_affinity_pod = 1000ns;
  struct Case {
    const char* what;
    std::size_t feasible, processed;
    bool affinity, anti_affinity, preferred;
    std::int64_t nanos;  // without what the three Pods cost everybody
  };
  const Case cases[] = {
      {"a small cluster: in the usual time", 100, 100, false, false, false, 0},
      {"nodes that fit, from the 101st on", 500, 500, false, false, false, 400 * 3200},
      {"32 refused cost as much as one that fits", 100, 100 + 320, false, false, false, 10 * 3200},
      {"few fit, thousands are refused", 1, 10'000, false, false, false, (9999 - 99 * 32) * 100},
      {"refused everywhere in a small cluster", 0, 50, false, false, false, 0},
      {"required affinity: all Pods", 1, 1, true, false, false, 10'000},
      {"required anti-affinity: all Pods", 1, 1, false, true, false, 10'000},
      {"both: one pass", 1, 1, true, true, false, 10'000},
      {"preferred: a cheaper one", 1, 1, false, false, true, 3'000},
  };
  const ClusterView view = tenPods();
  for (const Case& one : cases) {
    Placement placement;
    placement.feasible = one.feasible;
    placement.processed = one.processed;
    PodShape shape;
    if (one.affinity) shape.affinity.emplace_back();
    if (one.anti_affinity) shape.anti_affinity.emplace_back();
    if (one.preferred) shape.preferred.emplace_back();
    EXPECT_EQ(cycleCost(timing, view, shape, placement), Duration(one.nanos + 3'000)) << one.what;
  }
}

TEST(CycleCost, PodsThatLeaveCostNothing) {
  SchedulerTiming timing;
  ClusterView view = tenPods();
  Placement placement;
  placement.feasible = placement.processed = 1;
  PodShape shape;
  shape.affinity.emplace_back();
  EXPECT_EQ(cycleCost(timing, view, shape, placement), 13 * timing.per_affinity_pod);
  view.withdraw(0);
  view.withdraw(9);
  EXPECT_EQ(view.placed(), 8);
  EXPECT_EQ(cycleCost(timing, view, shape, placement), 10 * timing.per_affinity_pod);
}

}  // namespace
}  // namespace jobset_twin::cluster
