// The node lifecycle controller: when a silent node is found out, what is written then, how fast nodes are tainted in
// each state of their zone, and what becomes of it all when a node is back.
#include "sim/cluster/nodes/node_lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// The last renewal was up to 10 s before, its observation up to 5 s after it, and the flip comes at the first pass more
// than 50 s after that observation.
TEST(NodeLifecycle, K_NODE_3_ASilentNodeIsUnknownAfter40To60Seconds) {
  kernel::Duration least = 1h, most{};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    NodesWorld cluster(seed);
    cluster.nodes(2);
    cluster.run(100s + seed * 1700ms);
    cluster.silence("z0");
    const kernel::Duration took = cluster.until([&] { return cluster.ready("z0") == "Unknown"; });
    EXPECT_GE(took, 40s) << "seed " << seed;
    EXPECT_LE(took, 60s + 50ms) << "seed " << seed;
    least = std::min(least, took);
    most = std::max(most, took);
    EXPECT_EQ(cluster.ready("z1"), "True");
  }
  EXPECT_LT(least, 46s);
  EXPECT_GT(most, 54s);
}

TEST(NodeLifecycle, HealthyNodesCostNoEvents) {
  NodesWorld cluster;
  cluster.nodes(50);
  cluster.run(30s);
  const std::uint64_t before = cluster.world.kernel().processed();
  cluster.run(24h);
  EXPECT_EQ(cluster.world.kernel().processed(), before);
  EXPECT_EQ(cluster.world.kernel().pendingWork(), 0U);
}

TEST(NodeLifecycle, K_NODE_2_4_5_WhatIsWrittenOfASilentNode) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.pod("p", "z0");
  cluster.pod("other", "z1");
  cluster.run(100s);
  ASSERT_EQ(cluster.podCondition("p", "Ready"), "True");
  cluster.silence("z0");
  cluster.until([&] { return cluster.ready("z0") == "Unknown"; });
  cluster.until([&] { return cluster.podCondition("p", "Ready") == "False"; }, 1s);
  cluster.until([&] { return cluster.tainted("z0", kUnreachableNoSchedule); }, 1s);
  cluster.until([&] { return cluster.tainted("z0", kUnreachableNoExecute); }, 1s);
  cluster.run(1s);
  const api::Node& node = api::as<api::Node>(cluster.find(api::Kind::kNode, "", "z0"));
  const std::vector<std::pair<std::string, std::string>> expected = {{"Ready", "NodeStatusUnknown"},
                                                                     {"MemoryPressure", "NodeStatusNeverUpdated"},
                                                                     {"DiskPressure", "NodeStatusNeverUpdated"},
                                                                     {"PIDPressure", "NodeStatusNeverUpdated"}};
  for (const auto& [type, reason] : expected) {
    const api::Condition* condition = api::findCondition(node.status.conditions, type);
    ASSERT_NE(condition, nullptr) << type;
    EXPECT_EQ(condition->status, "Unknown");
    EXPECT_EQ(condition->reason, reason);
    EXPECT_EQ(condition->message, reason == "NodeStatusUnknown" ? "Kubelet stopped posting node status."
                                                                : "Kubelet never posted node status.");
  }
  EXPECT_THAT(cluster.taints("z0"), UnorderedElementsAre(kUnreachableNoSchedule, kUnreachableNoExecute));
  for (const api::Taint& taint : node.spec.taints) EXPECT_TRUE(taint.timeAdded.has_value()) << taint.effect;
  EXPECT_EQ(api::as<api::Pod>(cluster.findPod("p")).status.phase, "Running");  // K-POD-2
  EXPECT_EQ(cluster.podCondition("other", "Ready"), "True");
  EXPECT_THAT(cluster.events("z0"), Contains("NodeNotReady Node z0 status is now: NodeNotReady"));
  EXPECT_THAT(cluster.events("p"), Contains("NodeNotReady Node is not ready"));
  EXPECT_THAT(cluster.taints("z1"), IsEmpty());
}

struct ConditionRow {
  std::string condition, status, key;
  bool no_execute;
};
TEST(NodeLifecycle, K_NODE_5_TaintsFollowConditions) {
  for (const ConditionRow& row : {ConditionRow{"Ready", "False", "node.kubernetes.io/not-ready", true},
                                  {"MemoryPressure", "True", "node.kubernetes.io/memory-pressure", false},
                                  {"DiskPressure", "True", "node.kubernetes.io/disk-pressure", false},
                                  {"PIDPressure", "True", "node.kubernetes.io/pid-pressure", false},
                                  {"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable", false}}) {
    NodesWorld cluster;
    cluster.nodes(3);
    cluster.run(20s);
    cluster.silence("z0");  // so that its kubelet does not say otherwise
    cluster.post("z0", row.condition, row.status);
    cluster.until([&] { return cluster.tainted("z0", row.key + ":NoSchedule"); }, 200ms);
    cluster.run(10s);
    EXPECT_EQ(cluster.tainted("z0", row.key + ":NoExecute"), row.no_execute) << row.condition;
    cluster.post("z0", row.condition, row.condition == "Ready" ? "True" : "False");
    cluster.run(6s);
    EXPECT_THAT(cluster.taints("z0"), IsEmpty()) << row.condition;
  }
}

TEST(NodeLifecycle, K_NODE_17_ACordonedNodeIsTainted) {
  NodesWorld cluster;
  cluster.nodes(1);
  cluster.run(20s);
  const auto cordon = [&](bool on) {
    const api::MutableObjectPtr node = api::edit(cluster.find(api::Kind::kNode, "", "z0"));
    api::as<api::Node>(*node).spec.unschedulable = on;
    cluster.execute(api::updateRequest(node));
    cluster.run(1s);
  };
  cordon(true);
  EXPECT_THAT(cluster.taints("z0"), ElementsAre("node.kubernetes.io/unschedulable:NoSchedule"));
  cordon(false);
  EXPECT_THAT(cluster.taints("z0"), IsEmpty());
}

TEST(NodeLifecycle, K_NODE_6_NodesOfAZoneAreTaintedTenSecondsApart) {
  NodesWorld cluster;
  cluster.nodes(20);
  cluster.nodes(5, "y");
  cluster.run(100s);
  for (const char* node : {"z0", "z1", "z2", "z3", "y0"}) cluster.silence(node);
  cluster.run(75s);
  std::vector<api::TimePoint> added;
  const auto collect = [&] {
    added.clear();
    for (int i = 0; i < 4; ++i) {
      for (const api::Taint& taint :
           api::as<api::Node>(cluster.find(api::Kind::kNode, "", "z" + std::to_string(i))).spec.taints) {
        if (taint.effect == "NoExecute") added.push_back(*taint.timeAdded);
      }
    }
    std::sort(added.begin(), added.end());
  };
  EXPECT_TRUE(cluster.tainted("y0", kUnreachableNoExecute)) << "another zone has its own queue";
  cluster.run(40s);
  collect();
  ASSERT_EQ(added.size(), 4U);
  for (std::size_t i = 1; i < added.size(); ++i) {
    EXPECT_GE(added[i] - added[i - 1], 9s);
    EXPECT_LE(added[i] - added[i - 1], 11s);
  }
}

struct ZoneRow {
  std::int64_t ready, not_ready;
  ZoneState state;
  double rate;
};
TEST(NodeLifecycle, K_NODE_7_StatesAndRatesOfZones) {
  for (const ZoneRow& row : {ZoneRow{1, 0, ZoneState::kNormal, 0.1},
                             {0, 1, ZoneState::kFull, 0.1},
                             {1, 2, ZoneState::kNormal, 0.1},    // 67 %, but not more than 2
                             {1, 3, ZoneState::kPartial, 0},     // a small zone
                             {3, 3, ZoneState::kNormal, 0.1},    // 50 %
                             {9, 11, ZoneState::kPartial, 0},    // 55 % exactly
                             {46, 54, ZoneState::kNormal, 0.1},  // 54 %
                             {22, 28, ZoneState::kPartial, 0},   // 50 nodes are not more than 50
                             {22, 29, ZoneState::kPartial, 0.01}}) {
    const ZoneState state = zoneStateOf(row.ready, row.not_ready, NodeTiming{});
    EXPECT_EQ(state, row.state) << row.ready << " ready, " << row.not_ready << " not";
    EXPECT_EQ(taintRate(state, row.ready + row.not_ready, NodeTiming{}), row.rate) << row.ready;
  }
}

struct DeadRow {
  int nodes, dead;
  int tainted;  // within 10 minutes
};
TEST(NodeLifecycle, K_NODE_7_HowManyAreTainted) {
  // Three of four: partly down and small, so not one. Two of three: Normal. All: nothing is evicted.
  for (const DeadRow& row : {DeadRow{4, 3, 0}, {3, 2, 2}, {4, 4, 0}, {1, 1, 0}, {4, 1, 1}}) {
    NodesWorld cluster;
    cluster.nodes(row.nodes);
    cluster.run(100s);
    std::vector<std::string> dead;
    for (int i = 0; i < row.dead; ++i) dead.push_back("z" + std::to_string(i));
    cluster.silenceTogether(dead);
    cluster.run(10min);
    int tainted = 0;
    for (int i = 0; i < row.nodes; ++i) {
      const std::string node = "z" + std::to_string(i);
      EXPECT_EQ(cluster.tainted(node, kUnreachableNoSchedule), i < row.dead) << node;
      if (cluster.tainted(node, kUnreachableNoExecute)) ++tainted;
    }
    EXPECT_EQ(tainted, row.tainted) << row.dead << " of " << row.nodes;
  }
}

// K-GOT-36: the way of all nodes to the API server is cut, then heals.
TEST(NodeLifecycle, K_NODE_7_AllZonesDownTakesTheTaintsOffAndStartsAgainLater) {
  NodesWorld cluster;
  cluster.nodes(3, "a");
  cluster.nodes(3, "b");
  cluster.run(100s);
  cluster.silence("a0");
  cluster.run(70s);
  ASSERT_TRUE(cluster.tainted("a0", kUnreachableNoExecute));
  for (const char* node : {"a1", "a2", "b0", "b1", "b2"}) cluster.silence(node);
  cluster.run(75s);
  for (const char* node : {"a0", "a1", "a2", "b0", "b1", "b2"}) {
    EXPECT_EQ(cluster.ready(node), "Unknown");
    EXPECT_THAT(cluster.taints(node), ElementsAre(kUnreachableNoSchedule)) << node;
  }
  cluster.run(1h);
  EXPECT_FALSE(cluster.tainted("a0", kUnreachableNoExecute));
  EXPECT_EQ(cluster.world.kernel().pendingWork(), 0U);
  cluster.hear("b0");
  cluster.run(2min);
  for (const char* node : {"a0", "a1", "a2", "b1", "b2"})
    EXPECT_TRUE(cluster.tainted(node, kUnreachableNoExecute)) << node;
  EXPECT_THAT(cluster.taints("b0"), IsEmpty());
}

TEST(NodeLifecycle, K_NODE_6_TheTwoTaintsAreSwappedAtOnce) {
  NodesWorld cluster;
  cluster.nodes(10);
  cluster.run(100s);
  cluster.silence("z0");
  cluster.run(70s);
  ASSERT_TRUE(cluster.tainted("z0", kUnreachableNoExecute));
  for (const char* node : {"z1", "z2"}) cluster.silence(node);  // the queue is busy
  cluster.run(62s);
  cluster.post("z0", "Ready", "False");
  cluster.run(6s);
  EXPECT_THAT(cluster.taints("z0"), UnorderedElementsAre(kNotReadyNoSchedule, kNotReadyNoExecute));
}

TEST(NodeLifecycle, K_NODE_12_TaintsGoWithinFiveSecondsOfTheReturn) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.run(100s);
  cluster.silence("z0");
  cluster.run(100s);
  ASSERT_TRUE(cluster.tainted("z0", kUnreachableNoExecute));
  cluster.hear("z0");
  EXPECT_LE(cluster.until([&] { return cluster.ready("z0") == "True"; }), 10s);
  EXPECT_LE(cluster.until([&] { return !cluster.tainted("z0", kUnreachableNoSchedule); }), 200ms);
  EXPECT_LE(cluster.until([&] { return cluster.taints("z0").empty(); }), 5200ms);
  // And the clock of its silence has begun anew.
  cluster.run(30s);
  cluster.silence("z0");
  EXPECT_GE(cluster.until([&] { return cluster.ready("z0") == "Unknown"; }), 40s);
}

TEST(NodeLifecycle, AShortSilenceGoesUnnoticed) {
  NodesWorld cluster;
  cluster.nodes(2);
  cluster.run(100s);
  cluster.silence("z0");
  cluster.run(38s);
  cluster.hear("z0");
  cluster.run(10min);
  EXPECT_EQ(cluster.ready("z0"), "True");
  EXPECT_THAT(cluster.taints("z0"), IsEmpty());
}

TEST(NodeLifecycle, ADeletedNodeIsForgotten) {
  NodesWorld cluster;
  cluster.nodes(2);
  cluster.run(100s);
  cluster.silence("z0");
  cluster.execute(api::deleteRequest({api::Kind::kNode, "", "z0"}, {}));
  cluster.run(10min);
  EXPECT_EQ(cluster.find(api::Kind::kNode, "", "z0"), nullptr);
  EXPECT_THAT(cluster.events("z0"), Contains("RemovingNode Removing Node z0 from Controller"));
}

TEST(NodeLifecycle, K_NODE_2_ANodeThatNeverSaidAWordIsUnknownAfterAMinute) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.run(100s);
  const api::MutableObjectPtr late = api::makeObject(api::Node());
  late->meta.name = "late";
  cluster.execute(api::createRequest(late));
  cluster.run(100ms);  // its kubelet is known: it boots
  cluster.silence("late");
  const kernel::Duration took = cluster.until([&] { return cluster.ready("late") == "Unknown"; });
  EXPECT_GE(took, 59s);
  EXPECT_LE(took, 66s);
  const auto* ready =
      api::findCondition(api::as<api::Node>(cluster.find(api::Kind::kNode, "", "late")).status.conditions, "Ready");
  ASSERT_NE(ready, nullptr);
  EXPECT_EQ(ready->reason, "NodeStatusNeverUpdated");
}

}  // namespace
}  // namespace jobset_twin::cluster::test
