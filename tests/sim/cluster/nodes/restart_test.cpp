// What a crash of kube-controller-manager does to the controllers of nodes: they end with it, and begin again with what
// they see then (K-NODE-2, 6, 7, 9, 14, 18; K-T-75).
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sim/cluster/election/controller_faults.hpp"
#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;
using test::kUnreachableNoExecute;
using test::NodesWorld;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr Controller kProcess = Controller::kControllerManager;

// Ends the process, and runs until there is a new leader.
kernel::Duration crash(NodesWorld& cluster, Recovery recovery = Recovery::kRestart) {
  EXPECT_TRUE(crashController(cluster.world, kProcess, recovery));
  return cluster.until([&] { return hasLeader(cluster.world, kProcess); }, 30s);
}
kernel::Duration untilUnknown(NodesWorld& cluster, const std::string& node) {
  return cluster.until([&] { return cluster.ready(node) == "Unknown"; });
}
std::vector<api::TimePoint> addedAt(const NodesWorld& cluster, const std::string& node) {
  std::vector<api::TimePoint> out;
  for (const api::Taint& taint : api::as<api::Node>(cluster.find(api::Kind::kNode, "", node)).spec.taints) {
    if (taint.effect == "NoExecute") out.push_back(*taint.timeAdded);
  }
  return out;
}

// The grace period counts from what the new process itself has seen first.
TEST(NodeControllersRestart, K_NODE_2_TheGracePeriodBeginsAnew) {
  for (const Recovery recovery : {Recovery::kRestart, Recovery::kFailOver}) {
    for (const auto before : {1s, 30s, 39s}) {
      NodesWorld cluster;
      cluster.nodes(4);
      cluster.run(100s);
      cluster.silence("z0");
      cluster.run(before);
      ASSERT_EQ(cluster.ready("z0"), "True");
      const kernel::Duration gap = crash(cluster, recovery);
      EXPECT_GE(gap, recovery == Recovery::kRestart ? 15s : 13s);
      const kernel::Duration took = untilUnknown(cluster, "z0");
      EXPECT_GT(took, 50s);
      EXPECT_LE(took, 56s);
      EXPECT_EQ(cluster.ready("z1"), "True");
    }
  }
}

// A node that fell silent while nobody looked: its lease is as old as any other's to the new process.
TEST(NodeControllersRestart, K_NODE_2_WhatHappenedMeanwhileIsSeenLate) {
  NodesWorld cluster;
  cluster.nodes(4);
  cluster.run(100s);
  EXPECT_TRUE(crashController(cluster.world, kProcess, Recovery::kRestart));
  cluster.silence("z0");
  cluster.silence("z1");
  cluster.run(5s);
  cluster.hear("z1");
  cluster.until([&] { return hasLeader(cluster.world, kProcess); }, 30s);
  const kernel::Duration took = untilUnknown(cluster, "z0");
  EXPECT_GT(took, 50s);
  EXPECT_LE(took, 56s);
  cluster.run(10min);
  EXPECT_EQ(cluster.ready("z1"), "True");
}

// Who was there before is registered again by the new process.
TEST(NodeControllersRestart, NodesAreRegisteredAgain) {
  NodesWorld cluster;
  cluster.nodes(2);
  cluster.run(100s);
  const std::string registered = "RegisteredNode Registered Node z0 in Controller";
  ASSERT_THAT(cluster.events("z0"), Not(Contains(registered)));
  crash(cluster);
  cluster.run(10s);
  EXPECT_THAT(cluster.events("z0"), Contains(registered));
}

// The time that a Pod tolerates a taint counts from when the taint eviction controller first saw it: anew. The taint
// itself is put on again.
TEST(NodeControllersRestart, K_NODE_9_TolerationsBeginAnew) {
  for (const bool crashes : {false, true}) {
    NodesWorld cluster;
    cluster.nodes(4);
    cluster.pod("p", "z0");
    cluster.run(100s);
    cluster.silence("z0");
    cluster.until([&] { return cluster.tainted("z0", kUnreachableNoExecute); });
    const kernel::Duration tainted = cluster.now();
    const std::vector<api::TimePoint> first = addedAt(cluster, "z0");
    cluster.run(200s);
    if (crashes) crash(cluster);
    const kernel::Duration leads = cluster.now();
    cluster.until([&] { return cluster.findPod("p")->meta.deletionTimestamp.has_value(); });
    const kernel::Duration since = cluster.now() - (crashes ? leads : tainted);
    EXPECT_GE(since, 299s + 900ms);
    EXPECT_LE(since, 301s);
    EXPECT_EQ(addedAt(cluster, "z0") != first, crashes);
    EXPECT_EQ(cluster.taints("z0").size(), 2U);
  }
}

// A node that came back while nobody looked loses its taints when the new process looks first.
TEST(NodeControllersRestart, K_NODE_12_TaintsOfANodeThatIsBackGoWithTheFirstPass) {
  NodesWorld cluster;
  cluster.nodes(4);
  cluster.run(100s);
  cluster.silence("z0");
  cluster.until([&] { return cluster.tainted("z0", kUnreachableNoExecute); });
  cluster.run(20s);
  EXPECT_TRUE(crashController(cluster.world, kProcess, Recovery::kRestart));
  cluster.hear("z0");
  cluster.run(12s);
  EXPECT_FALSE(cluster.taints("z0").empty());
  cluster.until([&] { return hasLeader(cluster.world, kProcess); }, 30s);
  cluster.run(500ms);
  EXPECT_TRUE(cluster.taints("z0").empty());
}

// States of zones and their limiters begin anew, too: the first pass finds them out again.
TEST(NodeControllersRestart, K_NODE_7_WithEveryZoneDownNobodyIsEvicted) {
  NodesWorld cluster;
  cluster.nodes(3);
  cluster.pod("p", "z0");
  cluster.run(100s);
  cluster.silenceTogether({"z0", "z1", "z2"});
  cluster.until([&] { return cluster.ready("z0") == "Unknown"; });
  cluster.run(10s);
  ASSERT_EQ(cluster.world.parts().nodes.lifecycle().zoneState("/z"), ZoneState::kFull);
  crash(cluster);
  cluster.run(1s);
  EXPECT_EQ(cluster.world.parts().nodes.lifecycle().zoneState("/z"), ZoneState::kFull);
  cluster.run(30min);
  EXPECT_FALSE(cluster.tainted("z0", kUnreachableNoExecute));
  EXPECT_FALSE(cluster.findPod("p")->meta.deletionTimestamp.has_value());
  cluster.hear("z1");  // one is back: the others are evicted again
  cluster.run(3min);
  EXPECT_TRUE(cluster.tainted("z0", kUnreachableNoExecute));
}

// The quarantine of a node that is gone counts from the first pass of the new process.
TEST(NodeControllersRestart, K_NODE_14_TheQuarantineOfAMissingNodeBeginsAnew) {
  NodesWorld cluster;
  cluster.nodes(2);
  cluster.pod("p", "z0");
  cluster.run(60s);
  cluster.silence("z0");
  api::Request request;
  request.verb = api::Verb::kDelete;
  request.key = {api::Kind::kNode, "", "z0"};
  cluster.execute(request);
  cluster.run(35s);
  ASSERT_TRUE(cluster.findPod("p"));
  crash(cluster);
  const kernel::Duration took = cluster.until([&] { return !cluster.findPod("p"); });
  EXPECT_GE(took, 40s);
  EXPECT_LE(took, 41s);
}

// The binder of claims is one of the process's controllers, too.
TEST(NodeControllersRestart, ClaimsAreBoundByTheNextProcess) {
  NodesWorld cluster;
  api::Generic body;
  body.apiVersion = "storage.k8s.io/v1";
  body.kind = "StorageClass";
  body.content.set(nlohmann::json{{"provisioner", "csi.example.com"}});
  const api::MutableObjectPtr storage = api::makeObject(std::move(body));
  storage->meta.name = "fast";
  cluster.execute(api::createRequest(storage));
  cluster.run(60s);
  EXPECT_TRUE(crashController(cluster.world, kProcess, Recovery::kRestart));
  api::PersistentVolumeClaim spec;
  spec.spec.accessModes = {"ReadWriteOnce"};
  spec.spec.resources.requests["storage"] = *api::Quantity::parse("1Gi");
  spec.spec.storageClassName = "fast";
  const api::MutableObjectPtr claim = api::makeObject(std::move(spec));
  claim->meta.namespace_ = "default";
  claim->meta.name = "data";
  cluster.execute(api::createRequest(claim));
  const auto bound = [&] {
    const api::ObjectPtr object = cluster.find(api::Kind::kPersistentVolumeClaim, "default", "data");
    return api::as<api::PersistentVolumeClaim>(object).status.phase == "Bound";
  };
  cluster.run(15s);
  EXPECT_FALSE(bound());
  cluster.until([&] { return hasLeader(cluster.world, kProcess); }, 30s);
  EXPECT_LE(cluster.until(bound), 3s);
}

}  // namespace
}  // namespace jobset_twin::cluster
