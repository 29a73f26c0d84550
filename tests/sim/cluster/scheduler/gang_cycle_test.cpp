// A gang on generated clusters: what it is given is what its Pods would be given one after the other, and a try leaves
// no trace. Who has to go for it is no more than needed. A failure prints the seed; generate(seed) makes the same
// cluster again.
#include <gtest/gtest.h>

#include "sim/cluster/scheduler/domain_tree.hpp"
#include "sim/cluster/scheduler/gang_cycle.hpp"
#include "tests/sim/cluster/scheduler/generated_cluster.hpp"

namespace jobset_twin::cluster {
namespace {

struct HeldGangs {
  ClusterView view;
  Nominations nominations;
  CycleConfig config;
  PodSlot next = 0;

  explicit HeldGangs(const plain::Cluster& cluster) {
    for (const api::ObjectPtr& node : cluster.nodes) view.setNode(node);
    for (const auto& [name, labels] : cluster.namespaces) view.setNamespace(name, &labels);
    for (const plain::PlacedPod& pod : cluster.pods) view.place(add(pod.object), view.nodes.slotOf(pod.node));
  }
  PodSlot add(const api::ObjectPtr& pod) {
    view.setPod(next, next, pod);
    return next++;
  }
  std::vector<GangPod> gang(const std::vector<api::ObjectPtr>& pods) {
    std::vector<GangPod> out;
    for (const api::ObjectPtr& pod : pods) {
      GangPod& one = out.emplace_back();
      one.slot = add(pod);
      one.config = &config;
      one.tie_key = one.preemption_offset = 1000 + one.slot;
    }
    return out;
  }
};

std::vector<NodeSlot> nodesOf(const GangTrial& trial) {
  std::vector<NodeSlot> out;
  for (const GangMember& member : trial.members) out.push_back(member.node());
  return out;
}

TEST(GangCycle, GivesWhatOneAfterTheOtherWouldGetAndLeavesNoTrace) {  // K-SCH-61
  std::size_t whole = 0, part = 0;
  for (std::uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const plain::Problem problem = plain::generate(seed);
    HeldGangs held(problem.cluster);
    const std::vector<GangPod> pods = held.gang(problem.incoming);
    std::size_t start = 0;
    const GangTrial first = tryGang(held.view, held.nominations, pods, start, nullptr, false, plain::kNow, {});
    start = 0;
    const GangTrial again = tryGang(held.view, held.nominations, pods, start, nullptr, false, plain::kNow, {});
    EXPECT_EQ(nodesOf(first), nodesOf(again));
    start = 0;
    std::vector<NodeSlot> alone;
    for (const GangPod& pod : pods) {
      Cycle cycle(held.view, held.nominations, held.config, pod.slot, pod.tie_key);
      alone.push_back(cycle.run(start, "").node);
      if (alone.back() != kNoNode) held.view.place(pod.slot, alone.back());
    }
    EXPECT_EQ(nodesOf(first), alone);
    ++(first.fitting == pods.size() ? whole : part);
  }
  EXPECT_GT(whole, 20U);
  EXPECT_GT(part, 20U);
}

TEST(GangCycle, MakesNoMoreRoomThanNeeded) {
  std::size_t helped = 0;
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const plain::Problem problem = plain::generate(seed);
    HeldGangs held(problem.cluster);
    const std::vector<GangPod> pods = held.gang(problem.incoming);
    std::vector<VictimUnit> lower;
    for (PodSlot slot = 0; slot < pods.front().slot; ++slot) {
      if (held.view.pods[slot].node == kNoNode) continue;
      lower.push_back({{slot}, held.view.pods[slot].shape->priority, plain::kNow - std::chrono::seconds(slot % 7)});
    }
    const auto attempt = [&] {
      std::size_t start = 0;
      return tryGang(held.view, held.nominations, pods, start, nullptr, false, plain::kNow, {});
    };
    const GangTrial before = attempt();
    GangTrial trial;
    const std::vector<VictimUnit> victims = makeRoomForGang(held.view, lower, attempt, pods.size(), trial);
    EXPECT_EQ(nodesOf(attempt()), nodesOf(before));
    if (victims.empty()) continue;
    ++helped;
    EXPECT_EQ(trial.fitting, pods.size());
    // Without all of them it fits; with any one of them back it does not.
    std::map<PodSlot, NodeSlot> homes;
    for (const VictimUnit& unit : victims) {
      homes[unit.pods.front()] = held.view.pods[unit.pods.front()].node;
      held.view.withdraw(unit.pods.front());
    }
    EXPECT_EQ(attempt().fitting, pods.size());
    const auto& [back, home] = *homes.begin();
    held.view.place(back, home);
    EXPECT_LT(attempt().fitting, pods.size());
  }
  EXPECT_GT(helped, 5U);
}

api::ObjectPtr node(const std::string& name, const std::string& zone, const std::string& rack, const char* cpu) {
  api::Node body;
  body.status.allocatable = {{"cpu", *api::Quantity::parse(cpu)}, {"pods", *api::Quantity::parse("110")}};
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = name;
  if (!zone.empty()) object->meta.labels.set("topology.kubernetes.io/zone", zone);
  if (!rack.empty()) object->meta.labels.set("topology.jobset-twin.dev/rack", rack);
  return object;
}

TEST(DomainTree, OrdersDomainsByHowTightlyAGangFillsThem) {
  ClusterView view;
  // Racks of one name in two zones are two domains; a node without a rack hangs below its zone.
  const std::vector<std::array<const char*, 4>> nodes = {{{"a", "z0", "r0", "4"}}, {{"b", "z0", "r0", "4"}},
                                                         {{"c", "z1", "r0", "8"}}, {{"d", "z1", "r1", "2"}},
                                                         {{"e", "z1", "", "2"}},   {{"f", "", "", "1"}}};
  for (const auto& [name, zone, rack, cpu] : nodes) view.setNode(node(name, zone, rack, cpu));
  api::PodSpec spec;
  spec.containers.emplace_back().resources.requests["cpu"] = *api::Quantity::parse("1");
  api::Pod body;
  body.spec = api::Shared<api::PodSpec>(spec);
  view.setPod(0, 0, api::makeObject(std::move(body)));
  const PodShape& shape = *view.pods[0].shape;
  const DomainTree tree(view.nodes, usualLevels());
  const auto names = [&](const std::string& level, std::int64_t pods) {
    std::string out;
    for (const DomainTree::Vertex at : candidates(tree, view.nodes, level, shape, pods)) {
      std::string members;
      for (const NodeSlot slot : tree.nodesOf(at)) members += view.nodes.entry(slot).name;
      out += (out.empty() ? "" : " ") + members;
    }
    return out;
  };
  EXPECT_EQ(names("", 2), "d e a b c d ab c ab cde acfbde");
  EXPECT_EQ(names("", 8), "c ab c ab cde acfbde");
  EXPECT_EQ(names("", 9), "cde acfbde");
  EXPECT_EQ(names("", 99), "acfbde");
  EXPECT_EQ(names("topology.jobset-twin.dev/rack", 5), "ab c d");
  EXPECT_EQ(names("topology.kubernetes.io/zone", 9), "cde ab");
}

}  // namespace
}  // namespace jobset_twin::cluster
