// What comes of each thing that can be made to go wrong with containers and nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::Contains;

TEST(KubeletFaults, AContainerExitsWithACode) {
  struct Row {
    const char* policy;
    std::int32_t code;
    std::string reason, told, phase;
    std::int32_t restarts;
  };
  const Row rows[] = {
      {"Never", 1, "", "Error", "Failed", 0},      {"Never", 0, "", "Completed", "Succeeded", 0},
      {"Never", 139, "", "Error", "Failed", 0},    {"Never", 128, "StartError", "StartError", "Failed", 0},
      {"OnFailure", 1, "", "Error", "Running", 1}, {"Always", 0, "", "Completed", "Running", 1}};
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << row.policy << " " << row.code);
    Lab lab(podText("p", "sleep 1000", {}, {}, row.policy));
    lab.until(10s);
    Context ctx = lab.ctx();
    EXPECT_FALSE(lab.kubelet().exitContainer(ctx, Lab::keyOf("q"), "", 1));
    EXPECT_FALSE(lab.kubelet().exitContainer(ctx, Lab::keyOf("p"), "other", 1));
    EXPECT_TRUE(lab.kubelet().exitContainer(ctx, Lab::keyOf("p"), "", row.code, row.reason));
    lab.until(20s);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    const api::ContainerStatus& c = lab.container("p");
    EXPECT_EQ(c.restartCount, row.restarts);
    const auto& ended = row.restarts > 0 ? c.lastState.terminated : c.state.terminated;
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->exitCode, row.code);
    EXPECT_EQ(ended->reason, row.told);
  }
}

TEST(KubeletFaults, KPOD6OutOfMemory) {
  Lab lab(podText("p", "sleep 1000"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().oomKill(ctx, Lab::keyOf("p"), "main"));
  lab.until(12s);
  EXPECT_EQ(lab.status("p").phase, "Failed");
  ASSERT_TRUE(lab.container("p").state.terminated);
  EXPECT_EQ(lab.container("p").state.terminated->exitCode, 137);
  EXPECT_EQ(lab.container("p").state.terminated->reason, "OOMKilled");
}

TEST(KubeletFaults, AHungContainerNeverEndsByItselfAndIgnoresSigterm) {
  Lab lab(podText("p", "trap 'exit 0' TERM; sleep 20 & wait"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().hang(ctx, Lab::keyOf("p"), ""));
  lab.until(100s);
  EXPECT_EQ(lab.status("p").phase, "Running");
  lab.remove("p", 30);
  lab.until(125s);
  EXPECT_TRUE(lab.find("p"));
  lab.until(135s);
  EXPECT_FALSE(lab.find("p")) << "SIGKILL ends it (K-GOT-34)";
}

TEST(KubeletFaults, AHungContainerFailsItsProbes) {
  struct Row {
    const char* probe;
    std::string ready, phase;
    std::int32_t restarts;
  };
  const Row rows[] = {
      {"readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}, ", "False ContainersNotReady", "Running", 0},
      {"livenessProbe: {httpGet: {port: 80}, periodSeconds: 5}, ", "True", "Running", 1},
      {"", "True", "Running", 0}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.probe);
    Lab lab(podText("p", "sleep 1000", "terminationGracePeriodSeconds: 5, ", row.probe, "Always"));
    lab.until(30s);
    EXPECT_EQ(lab.condition("p", "Ready"), "True");
    Context ctx = lab.ctx();
    EXPECT_TRUE(lab.kubelet().hang(ctx, Lab::keyOf("p"), ""));
    lab.until(60s);
    EXPECT_EQ(lab.condition("p", "Ready"), row.ready);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    EXPECT_EQ(lab.container("p").restartCount, row.restarts);
  }
}

TEST(KubeletFaults, UnreadyUntilItIsTakenBack) {
  Lab lab(podText("p", "sleep 1000"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setUnready(ctx, Lab::keyOf("p"), "", true));
  EXPECT_FALSE(lab.kubelet().setUnready(ctx, Lab::keyOf("p"), "", true));
  lab.until(11s);
  EXPECT_EQ(lab.condition("p", "Ready"), "False ContainersNotReady");
  Context later = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setUnready(later, Lab::keyOf("p"), "", false));
  lab.until(12s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
}

TEST(KubeletFaults, KPOD23ACrashLoopBacksOffUntilItIsTakenBack) {
  Lab lab(podText("p", "sleep 1000", {}, {}, "Always"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().crashLoop(ctx, Lab::keyOf("p"), "", 3, true));
  lab.until(60s);
  EXPECT_GE(lab.container("p").restartCount, 2);
  ASSERT_TRUE(lab.container("p").state.waiting);
  EXPECT_EQ(lab.container("p").state.waiting->reason, "CrashLoopBackOff");
  Context later = lab.ctx();
  EXPECT_TRUE(lab.kubelet().crashLoop(later, Lab::keyOf("p"), "", 3, false));
  lab.until(300s);
  EXPECT_TRUE(lab.container("p").state.running);
}

TEST(KubeletFaults, APodThatIsStuckTerminating) {
  Lab lab(podText("p", "trap 'exit 0' TERM; sleep 1000 & wait"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setStuckTerminating(ctx, Lab::keyOf("p"), true));
  lab.remove("p", 5);
  lab.until(200s);
  EXPECT_TRUE(lab.find("p"));
  EXPECT_EQ(lab.status("p").phase, "Running");
  Context later = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setStuckTerminating(later, Lab::keyOf("p"), false));
  lab.until(205s);
  EXPECT_FALSE(lab.find("p"));
}

TEST(NodeFaults, KNODE13AfterARebootContainersFollowTheirPolicy) {
  struct Row {
    const char* policy;
    std::string phase;
    std::int32_t restarts;
  };
  const Row rows[] = {{"Never", "Failed", 0}, {"OnFailure", "Running", 1}, {"Always", "Running", 1}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.policy);
    Lab lab(podText("p", "sleep 1000", {}, {}, row.policy));
    lab.until(10s);
    const std::string ip = lab.status("p").podIP;
    const api::ObjectPtr before = lab.find("p");
    Context ctx = lab.ctx();
    EXPECT_TRUE(lab.kubelet().powerOff(ctx, "n1"));
    EXPECT_FALSE(lab.kubelet().powerOff(ctx, "n1"));
    EXPECT_FALSE(lab.kubelet().exitContainer(ctx, Lab::keyOf("p"), "", 1)) << "nothing runs there";
    lab.until(45s);
    EXPECT_EQ(lab.find("p"), before) << "nobody says a word about it";
    Context later = lab.ctx();
    EXPECT_TRUE(lab.kubelet().powerOn(later, "n1"));
    lab.until(60s);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    const api::ContainerStatus& c = lab.container("p");
    EXPECT_EQ(c.restartCount, row.restarts);
    const auto& ended = row.restarts > 0 ? c.lastState.terminated : c.state.terminated;
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->exitCode, 255);
    EXPECT_EQ(ended->reason, "Unknown");
    if (row.restarts > 0) {
      EXPECT_NE(lab.status("p").podIP, ip) << "a new sandbox";
      EXPECT_EQ(lab.condition("p", "Ready"), "True");
    }
  }
}

TEST(NodeFaults, KPOD22InitContainersRunAgainAfterAReboot) {
  const std::string init = "initContainers: [{name: first, image: \"busybox:1.36\", command: [sh, -c, \"sleep 3\"]}], ";
  Lab lab(podText("p", "sleep 1000", init, {}, "Always"));
  lab.until(15s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
  Context ctx = lab.ctx();
  lab.kubelet().powerOff(ctx, "n1");
  lab.until(20s);
  Context later = lab.ctx();
  lab.kubelet().powerOn(later, "n1");
  lab.until(23s);
  EXPECT_TRUE(lab.status("p").initContainerStatuses.front().state.running);
  lab.until(40s);
  EXPECT_EQ(lab.status("p").initContainerStatuses.front().restartCount, 1);
  EXPECT_EQ(lab.container("p").restartCount, 1);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
}

TEST(NodeFaults, HeartbeatsCeaseAndBegin) {
  struct Row {
    const char* description;
    bool (*begin)(Kubelet&, Context&);
    bool (*end)(Kubelet&, Context&);
  };
  const Row rows[] = {{"power", [](Kubelet& k, Context& ctx) { return k.powerOff(ctx, "n1"); },
                       [](Kubelet& k, Context& ctx) { return k.powerOn(ctx, "n1"); }},
                      {"hung", [](Kubelet& k, Context& ctx) { return k.setHung(ctx, "n1", true); },
                       [](Kubelet& k, Context& ctx) { return k.setHung(ctx, "n1", false); }},
                      {"partition", [](Kubelet& k, Context& ctx) { return k.setPartitioned(ctx, "n1", true); },
                       [](Kubelet& k, Context& ctx) { return k.setPartitioned(ctx, "n1", false); }}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    Lab lab(podText("p", "sleep 1000"), 2);
    lab.until(30s);
    const Heartbeats& beats = lab.world.parts().heartbeats;
    EXPECT_TRUE(beats.beats("n1"));
    Context ctx = lab.ctx();
    EXPECT_TRUE(row.begin(lab.kubelet(), ctx));
    EXPECT_FALSE(row.begin(lab.kubelet(), ctx));
    EXPECT_FALSE(beats.beats("n1"));
    EXPECT_TRUE(beats.beats("n2"));
    lab.until(40s);
    Context later = lab.ctx();
    EXPECT_TRUE(row.end(lab.kubelet(), later));
    EXPECT_FALSE(row.end(lab.kubelet(), later));
    EXPECT_TRUE(beats.beats("n1"));
  }
}

// While the kubelet hangs, and while nothing gets through, the container ends: nobody hears of it until it is over.
TEST(NodeFaults, KNODE12AnEndThatIsHeardOfLater) {
  for (const bool hung : {true, false}) {
    SCOPED_TRACE(hung ? "hung" : "partitioned");
    Lab lab(podText("p", "sleep 20"));
    lab.until(10s);
    Context ctx = lab.ctx();
    hung ? lab.kubelet().setHung(ctx, "n1", true) : lab.kubelet().setPartitioned(ctx, "n1", true);
    lab.until(60s);
    EXPECT_EQ(lab.status("p").phase, "Running");
    Context later = lab.ctx();
    hung ? lab.kubelet().setHung(later, "n1", false) : lab.kubelet().setPartitioned(later, "n1", false);
    lab.until(71s);
    EXPECT_EQ(lab.status("p").phase, "Succeeded");
    ASSERT_TRUE(lab.container("p").state.terminated);
    EXPECT_THAT(lab.seconds(*lab.container("p").state.terminated->finishedAt), between(20, 23));
  }
}

TEST(NodeFaults, KNODE12APodDeletedMeanwhileIsKilledWhenTheWayIsThereAgain) {
  Lab lab(podText("p", "trap 'exit 0' TERM; sleep 1000 & wait"));
  lab.until(10s);
  Context ctx = lab.ctx();
  lab.kubelet().setPartitioned(ctx, "n1", true);
  lab.remove("p", 30);
  lab.until(100s);
  EXPECT_TRUE(lab.find("p"));
  Context later = lab.ctx();
  lab.kubelet().setPartitioned(later, "n1", false);
  lab.until(115s);
  EXPECT_FALSE(lab.find("p"));
}

TEST(NodeFaults, KGOT35ReadyComesBackWithTheKubelet) {
  Lab lab(podText("p", "sleep 1000"));
  lab.until(10s);
  Context ctx = lab.ctx();
  lab.kubelet().setPartitioned(ctx, "n1", true);
  // As the node controller does, K-NODE-2 and K-NODE-4.
  api::SetConditions unknown, unready;
  for (auto& [patch, status] : {std::pair{&unknown, "Unknown"}, std::pair{&unready, "False"}}) {
    patch->conditions.emplace_back();
    patch->conditions.back().type = "Ready";
    patch->conditions.back().status = status;
  }
  lab.world.executeNow(api::patchStatusRequest({api::Kind::kNode, "", "n1"}, unknown));
  lab.world.executeNow(api::patchStatusRequest(Lab::keyOf("p"), unready));
  lab.until(60s);
  Context later = lab.ctx();
  lab.kubelet().setPartitioned(later, "n1", false);
  lab.until(71s);
  EXPECT_TRUE(api::conditionIs(lab.node("n1").status.conditions, "Ready", "True"));
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
  EXPECT_EQ(lab.container("p").restartCount, 0);
  EXPECT_THAT(lab.reasons("n1"), Contains("NodeReady"));
}

TEST(NodeFaults, WhatRunsTakesLongerOnASlowNode) {
  struct Row {
    double speed;
    double from, to;  // the end, in seconds since the start
  };
  for (const Row& row : {Row{1, 100, 102}, Row{0.5, 190, 193}, Row{2, 55, 57}}) {
    SCOPED_TRACE(row.speed);
    Lab lab(podText("p", "sleep 100"));
    lab.until(11s);
    Context ctx = lab.ctx();
    EXPECT_EQ(lab.kubelet().setSpeed(ctx, "n1", row.speed), row.speed != 1);
    lab.settle();
    ASSERT_TRUE(lab.container("p").state.terminated);
    EXPECT_THAT(lab.seconds(*lab.container("p").state.terminated->finishedAt), between(row.from, row.to));
  }
}

TEST(NodeFaults, KNODE22ANewNodeBootsBeforeItIsReady) {
  Lab lab("");
  lab.until(10s);
  lab.addNode("late", false);
  lab.until(50s);
  EXPECT_FALSE(api::conditionIs(lab.node("late").status.conditions, "Ready", "True"));
  lab.until(56s);
  EXPECT_TRUE(api::conditionIs(lab.node("late").status.conditions, "Ready", "True"));
  EXPECT_TRUE(lab.world.parts().heartbeats.beats("late"));
}

// K-NODE-5: every new Node has the taint from its creation on, whatever its conditions say.
TEST(NodeFaults, KNODE22NoPodIsBoundToANewNodeBeforeItIsReady) {
  for (const bool says_ready : {false, true}) {
    SCOPED_TRACE(says_ready);
    Lab lab(podText("p", "sleep 5", "nodeSelector: {kubernetes.io/hostname: late}, "));
    lab.until(10s);
    lab.addNode("late", says_ready);
    ASSERT_EQ(lab.node("late").spec.taints.size(), 1U);
    EXPECT_EQ(lab.node("late").spec.taints[0].key, "node.kubernetes.io/not-ready");
    EXPECT_EQ(lab.node("late").spec.taints[0].effect, "NoSchedule");
    lab.until(50s);
    EXPECT_EQ(!api::as<api::Pod>(lab.find("p")).nodeName.empty(), says_ready);
    lab.until(70s);
    EXPECT_EQ(lab.status("p").phase, "Succeeded");
    EXPECT_TRUE(lab.node("late").spec.taints.empty());
  }
}

// A machine that dies while it boots never gets a Pod.
TEST(NodeFaults, KNODE22ANodeThatDiesWhileItBootsHoldsNoPod) {
  Lab lab(podText("p", "sleep 5", "nodeSelector: {pool: new}, "));
  const auto add = [&](const std::string& name) {
    lab.addNode(name, false);
    const api::MutableObjectPtr node = api::edit(lab.world.server().store().find({api::Kind::kNode, "", name}));
    node->meta.labels.set("pool", "new");
    EXPECT_TRUE(lab.world.executeNow(api::updateRequest(node)).ok());
  };
  lab.until(10s);
  add("dead");
  lab.until(20s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().powerOff(ctx, "dead"));
  lab.until(60s);
  add("good");
  lab.until(120s);
  EXPECT_EQ(api::as<api::Pod>(lab.find("p")).nodeName, "good");
  EXPECT_EQ(lab.status("p").phase, "Succeeded");
}

}  // namespace
}  // namespace jobset_twin::cluster::test
