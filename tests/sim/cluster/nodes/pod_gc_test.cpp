// The Pod garbage collector: what becomes of Pods of lost nodes, of nodes out of service, and of too many finished
// ones.
#include "sim/cluster/nodes/pod_gc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster::test {
namespace {

void taintOutOfService(NodesWorld& cluster, const std::string& node) {
  const api::MutableObjectPtr object = api::edit(cluster.find(api::Kind::kNode, "", node));
  api::as<api::Node>(*object).spec.taints.push_back(
      {"node.kubernetes.io/out-of-service", "nodeshutdown", "NoExecute", std::nullopt});
  cluster.execute(api::updateRequest(object));
}

// A pass sees it after up to 20 s; 40 s later, with the next pass, they go.
TEST(PodGc, K_NODE_14_PodsOfADeletedNodeGoAfter40To80Seconds) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    NodesWorld cluster(seed);
    cluster.nodes(2);
    cluster.pod("p", "z0");
    cluster.pod("other", "z1");
    cluster.run(100s + seed * 1900ms);
    Context ctx = cluster.world.context();
    cluster.world.parts().kubelet.powerOff(ctx, "z0");
    cluster.execute(api::deleteRequest({api::Kind::kNode, "", "z0"}, {}));
    std::string phase, condition;
    const kernel::Duration took = cluster.until([&] {
      const api::ObjectPtr pod = cluster.findPod("p");
      if (pod && api::as<api::Pod>(pod).status.phase == "Failed") {
        phase = "Failed";
        condition = cluster.podCondition("p", "DisruptionTarget");
      }
      return !pod;
    });
    EXPECT_GE(took, 40s) << seed;
    EXPECT_LE(took, 80s) << seed;
    EXPECT_EQ(phase, "Failed") << "marked before it is deleted";
    EXPECT_EQ(condition, "True/DeletionByPodGC");
    cluster.run(5min);
    EXPECT_NE(cluster.findPod("other"), nullptr);
  }
}

TEST(PodGc, K_NODE_14_ANodeThatIsBackInTimeKeepsItsPods) {
  NodesWorld cluster;
  cluster.nodes(2);
  cluster.pod("p", "z0");
  cluster.run(100s);
  cluster.execute(api::deleteRequest({api::Kind::kNode, "", "z0"}, {}));
  cluster.run(30s);
  cluster.node("z0");
  cluster.run(5min);
  ASSERT_NE(cluster.findPod("p"), nullptr);
  EXPECT_EQ(api::as<api::Pod>(cluster.findPod("p")).status.phase, "Running");
}

// K-NODE-10: without the operator's taint the Pod would stay, being deleted, for ever.
TEST(PodGc, K_NODE_16_OutOfServiceTakesTwentySeconds) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.pod("p", "z0");
  cluster.pod("q", "z0");
  cluster.run(100s);
  Context ctx = cluster.world.context();
  cluster.world.parts().kubelet.powerOff(ctx, "z0");
  cluster.until([&] { return cluster.findPod("p")->meta.deletionTimestamp.has_value(); });
  cluster.run(2h);
  ASSERT_NE(cluster.findPod("p"), nullptr);
  EXPECT_EQ(api::as<api::Pod>(cluster.findPod("p")).status.phase, "Running");
  taintOutOfService(cluster, "z0");
  EXPECT_LE(cluster.until([&] { return !cluster.findPod("p") && !cluster.findPod("q"); }), 21s);
}

TEST(PodGc, K_NODE_16_OutOfServiceEvictsAtOnce) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.pod("p", "z0");
  cluster.run(100s);
  Context ctx = cluster.world.context();
  cluster.world.parts().kubelet.powerOff(ctx, "z0");
  cluster.until([&] { return cluster.ready("z0") == "Unknown"; });
  taintOutOfService(cluster, "z0");
  EXPECT_LE(cluster.until([&] { return cluster.findPod("p")->meta.deletionTimestamp.has_value(); }), 1s);
  EXPECT_LE(cluster.until([&] { return !cluster.findPod("p"); }), 21s);
}

TEST(PodGc, K_NODE_15_FinishedPodsBeyondTheLimitGoOldestFirst) {
  Timing timing = zeroJitter({});
  timing.nodes.terminated_pods_max = 3;
  NodesWorld cluster(1, timing);
  cluster.nodes(1);
  for (int i = 0; i < 6; ++i) {
    cluster.pod("p" + std::to_string(i), "z0");
    cluster.run(2s);
  }
  cluster.run(10s);
  for (int i : {5, 0, 3, 1, 2}) {  // 5 was evicted; the others just failed
    api::SetConditions patch;
    patch.phase = "Failed";
    if (i == 5) patch.reason = "Evicted";
    cluster.execute(api::patchStatusRequest({api::Kind::kPod, "default", "p" + std::to_string(i)}, std::move(patch)));
  }
  cluster.run(25s);
  std::vector<std::string> left;
  for (const api::ObjectPtr& pod : cluster.world.server().list(api::Kind::kPod)) left.push_back(pod->meta.name);
  EXPECT_THAT(left, testing::ElementsAre("p1", "p2", "p3", "p4"));
}

}  // namespace
}  // namespace jobset_twin::cluster::test
