// The taint eviction controller: who is deleted, when, and with which words.
#include "sim/cluster/nodes/taint_eviction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster::test {
namespace {

using testing::Contains;
using testing::Not;

api::Toleration toleration(const std::string& key, std::optional<std::int64_t> seconds = std::nullopt,
                           const std::string& effect = "NoExecute") {
  api::Toleration out;
  out.key = key;
  out.operator_ = "Exists";
  out.effect = effect;
  out.tolerationSeconds = seconds;
  return out;
}

api::Taint taint(const std::string& key) { return {key, "", "NoExecute", std::nullopt}; }

struct ToleranceRow {
  std::string what;
  std::vector<api::Taint> taints;
  std::vector<api::Toleration> tolerations;
  Tolerance::Kind kind;
  kernel::Duration time;
};

TEST(TaintEviction, K_NODE_9_HowLongAPodStays) {
  using enum Tolerance::Kind;
  for (const ToleranceRow& row :
       {ToleranceRow{"nothing is tolerated", {taint("a")}, {}, kNone, 0s},
        {"one of two", {taint("a"), taint("b")}, {toleration("a")}, kNone, 0s},
        {"for ever", {taint("a")}, {toleration("a")}, kForEver, 0s},
        {"for a time", {taint("a")}, {toleration("a", 30)}, kSome, 30s},
        {"the shorter of two", {taint("a"), taint("b")}, {toleration("a", 30), toleration("b", 20)}, kSome, 20s},
        {"a time and for ever", {taint("a"), taint("b")}, {toleration("a"), toleration("b", 20)}, kSome, 20s},
        {"a negative time", {taint("a")}, {toleration("a", -5)}, kSome, 0s},
        {"another effect", {taint("a")}, {toleration("a", 30, "NoSchedule")}, kNone, 0s},
        {"every key", {taint("a")}, {toleration("", std::nullopt, "")}, kForEver, 0s},
        {"the first that matches", {taint("a")}, {toleration("a", 50), toleration("a", 5)}, kSome, 50s}}) {
    const Tolerance tolerance = toleranceOf(row.taints, row.tolerations);
    EXPECT_EQ(tolerance.kind, row.kind) << row.what;
    EXPECT_EQ(tolerance.time, row.time) << row.what;
  }
}

// K-NODE-8, 11: the default tolerations of 300 s. The kubelet lives on here, so that the Pod ends.
TEST(TaintEviction, K_NODE_11_ASilentNodesPodsAreDeletedAfter340To360Seconds) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    NodesWorld cluster(seed);
    cluster.nodes(4);
    cluster.pod("p", "z0");
    cluster.pod("stays", "z0", {toleration("", std::nullopt, "")});
    cluster.run(100s + seed * 700ms);
    cluster.silence("z0");
    const kernel::Duration took =
        cluster.until([&] { return cluster.findPod("p")->meta.deletionTimestamp.has_value(); });
    EXPECT_GE(took, 340s) << seed;
    EXPECT_LE(took, 361s) << seed;
    EXPECT_EQ(cluster.podCondition("p", "DisruptionTarget"), "True/DeletionByTaintManager");
    EXPECT_EQ(
        api::findCondition(api::as<api::Pod>(cluster.findPod("p")).status.conditions, "DisruptionTarget")->message,
        "Taint manager: deleting due to NoExecute taint");
    EXPECT_EQ(cluster.findPod("p")->meta.deletionGracePeriodSeconds, 30);
    cluster.run(1s);
    EXPECT_THAT(cluster.events("p"), Contains("TaintManagerEviction Marking for deletion Pod default/p"));
    EXPECT_FALSE(cluster.findPod("stays")->meta.deletionTimestamp.has_value());
  }
}

TEST(TaintEviction, K_NODE_9_CancelledWhenTheNodeIsBack) {
  NodesWorld cluster;
  cluster.nodes(4);
  cluster.pod("p", "z0");
  cluster.run(100s);
  cluster.silence("z0");
  cluster.until([&] { return cluster.tainted("z0", kUnreachableNoExecute); });
  cluster.run(200s);
  cluster.hear("z0");
  cluster.run(1h);
  ASSERT_NE(cluster.findPod("p"), nullptr);
  EXPECT_FALSE(cluster.findPod("p")->meta.deletionTimestamp.has_value());
  EXPECT_EQ(cluster.podCondition("p", "DisruptionTarget"), "");
  EXPECT_THAT(cluster.events("p"), Contains("TaintManagerEviction Cancelling deletion of Pod default/p"));
}

TEST(TaintEviction, K_NODE_9_AtOnceWithoutAToleration) {
  NodesWorld cluster;
  cluster.nodes(1);
  for (int i = 0; i < 40; ++i) cluster.pod("p" + std::to_string(i), "z0");
  cluster.pod("tolerates", "z0", {toleration("maintenance")});
  cluster.run(20s);
  const api::MutableObjectPtr node = api::edit(cluster.find(api::Kind::kNode, "", "z0"));
  api::as<api::Node>(*node).spec.taints.push_back(taint("maintenance"));
  cluster.execute(api::updateRequest(node));
  const auto deleted = [&](int count) {
    return [&, count] {
      int marked = 0;
      for (int i = 0; i < 40; ++i) {
        const api::ObjectPtr pod = cluster.findPod("p" + std::to_string(i));
        if (!pod || pod->meta.deletionTimestamp) ++marked;
      }
      return marked >= count;
    };
  };
  // Three requests for each Pod at 20 a second with a burst of 30 (K-T-41).
  const kernel::Duration took = cluster.until(deleted(40));
  EXPECT_GE(took, 4400ms);
  EXPECT_LE(took, 5s);
  cluster.run(1min);
  EXPECT_NE(cluster.findPod("tolerates"), nullptr);
}

TEST(TaintEviction, APodThatComesToATaintedNodeIsSeenToo) {
  NodesWorld cluster;
  cluster.nodes(1);
  cluster.run(20s);
  const api::MutableObjectPtr node = api::edit(cluster.find(api::Kind::kNode, "", "z0"));
  api::as<api::Node>(*node).spec.taints.push_back(taint("maintenance"));
  cluster.execute(api::updateRequest(node));
  cluster.run(1s);
  cluster.pod("p", "z0", {toleration("maintenance", 20)});
  EXPECT_NEAR(std::chrono::duration<double>(cluster.until([&] {
                return cluster.findPod("p")->meta.deletionTimestamp.has_value();
              })).count(),
              20, 0.1);
}

}  // namespace
}  // namespace jobset_twin::cluster::test
