// What the kubelet refuses, ends and evicts by itself: K-POD-7, K-POD-48, K-NODE-20, K-NODE-21; and hooks (K-POD-24,
// 42).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

std::string nodePressure(const Lab& lab, const char* type) {
  const api::Condition* found = api::findCondition(lab.node("n1").status.conditions, type);
  return found ? found->status : "absent";
}

// Each Pod of a Job uses what the behaviour of that Job says.
WorldConfig using_(const std::string& job, std::int64_t memory_gi, std::int64_t storage_gi) {
  WorldConfig config;
  workload::Behavior behavior;
  behavior.match.job = job;
  if (memory_gi > 0) behavior.memory = workload::UsageSpec{memory_gi << 30, 20s};
  if (storage_gi > 0) behavior.ephemeral_storage = workload::UsageSpec{storage_gi << 30, 20s};
  config.kubelet.behaviors.push_back(behavior);
  return config;
}

std::string hungry(const std::string& resources) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: hungry, namespace: default, labels: "
         "{batch.kubernetes.io/job-name: hungry}}\nspec: {restartPolicy: OnFailure, containers: [{name: main, image: "
         "\"busybox:1\", resources: " +
         resources + "}]}\n---\n";
}

TEST(Eviction, KPOD6OverItsLimitAContainerIsKilled) {
  Lab lab(hungry("{limits: {memory: 2Gi}}"), 1, using_("hungry", 3, 0));
  lab.until(25s);
  EXPECT_EQ(lab.container("hungry").restartCount, 1);
  ASSERT_TRUE(lab.container("hungry").lastState.terminated);
  EXPECT_EQ(lab.container("hungry").lastState.terminated->exitCode, 137);
  EXPECT_EQ(lab.container("hungry").lastState.terminated->reason, "OOMKilled");
}

// 16 GiB of memory: a modest Pod requests 10 and uses them, the hungry one requests 1 and comes to use 7.
TEST(Eviction, KNODE21WhoUsesMoreThanItAskedForGoesFirst) {
  Lab lab(hungry("{requests: {memory: 1Gi}}") +
              podText("modest", "sleep 3000", {}, "resources: {requests: {memory: 10Gi}}, "),
          1, using_("hungry", 7, 0));
  lab.until(20s);
  EXPECT_EQ(nodePressure(lab, "MemoryPressure"), "absent");
  lab.until(35s);
  EXPECT_EQ(lab.status("hungry").phase, "Failed");
  EXPECT_EQ(lab.status("hungry").reason, "Evicted");
  EXPECT_THAT(lab.status("hungry").message,
              AllOf(HasSubstr("The node was low on resource: memory. Threshold quantity: 100Mi, available: 0. "),
                    HasSubstr("Container main was using 7Gi, request is 1Gi, has larger consumption of memory. ")));
  EXPECT_EQ(lab.condition("hungry", "DisruptionTarget"), "True TerminationByKubelet");
  EXPECT_THAT(lab.reasons("hungry"), Contains("Evicted"));
  EXPECT_EQ(lab.status("modest").phase, "Running");
  EXPECT_EQ(nodePressure(lab, "MemoryPressure"), "True");
  lab.until(320s);
  EXPECT_EQ(nodePressure(lab, "MemoryPressure"), "True");
  lab.until(345s);
  EXPECT_EQ(nodePressure(lab, "MemoryPressure"), "False") << "after evictionPressureTransitionPeriod";
}

TEST(Eviction, TheDiskOfTheNodeAndTheLimitOfTheContainer) {
  struct Row {
    std::string resources, message, pressure;
    std::int64_t gi;
  };
  const Row rows[] = {{"{limits: {ephemeral-storage: 1Gi}}",
                       "Container main exceeded its local ephemeral storage limit \"1Gi\". ", "absent", 2},
                      {"{}", "The node was low on resource: ephemeral-storage. ", "True", 95}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.resources);
    Lab lab(hungry(row.resources), 1, using_("hungry", 0, row.gi));
    lab.until(40s);
    EXPECT_EQ(lab.status("hungry").reason, "Evicted");
    EXPECT_THAT(lab.status("hungry").message, HasSubstr(row.message));
    EXPECT_EQ(nodePressure(lab, "DiskPressure"), row.pressure);
  }
}

TEST(Eviction, ByAFault) {
  Lab lab(podText("p", "trap 'exit 0' TERM; sleep 1000 & wait"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_FALSE(lab.kubelet().evict(ctx, Lab::keyOf("q"), "memory"));
  EXPECT_TRUE(lab.kubelet().evict(ctx, Lab::keyOf("p"), "memory"));
  lab.until(15s);
  EXPECT_EQ(lab.status("p").phase, "Failed") << "whatever its containers exit with";
  EXPECT_EQ(lab.status("p").reason, "Evicted");
  EXPECT_EQ(lab.condition("p", "DisruptionTarget"), "True TerminationByKubelet");
  EXPECT_EQ(nodePressure(lab, "MemoryPressure"), "True");
}

TEST(Admission, KPOD7PodsThatTheKubeletRefuses) {
  struct Row {
    std::string fields, container, reason, message;
  };
  const Row rows[] = {{"nodeName: n1, ", "resources: {requests: {cpu: 9}}, ", "OutOfcpu",
                       "Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000"},
                      {"nodeName: n1, nodeSelector: {no: such}, ", "", "NodeAffinity", "Predicate NodeAffinity failed"},
                      {"nodeName: n1, ", "resources: {limits: {nvidia.com/gpu: 9}}, ", "UnexpectedAdmissionError",
                       "Requested: 9, Available: 8, which is unexpected"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reason);
    Lab lab(podText("p", "sleep 10", row.fields, row.container));
    lab.until(5s);
    EXPECT_EQ(lab.status("p").phase, "Failed");
    EXPECT_EQ(lab.status("p").reason, row.reason);
    EXPECT_THAT(lab.status("p").message, HasSubstr(row.message));
    EXPECT_TRUE(lab.status("p").containerStatuses.empty());
    EXPECT_THAT(lab.reasons("p"), Contains(row.reason));
  }
}

TEST(Admission, KGOT25LostDevices) {
  Lab lab(podText("old", "sleep 1000", {}, "resources: {limits: {nvidia.com/gpu: 4}}, "));
  lab.until(5s);
  Context ctx = lab.ctx();
  EXPECT_FALSE(lab.kubelet().setDevices(ctx, "n1", "example.com/fpga", 1));
  EXPECT_TRUE(lab.kubelet().setDevices(ctx, "n1", "nvidia.com/gpu", 8));
  lab.until(6s);
  EXPECT_EQ(lab.node("n1").status.allocatable.at("nvidia.com/gpu").value(), 0);
  EXPECT_EQ(lab.status("old").phase, "Running") << "it goes on";
  lab.submit(podText("new", "sleep 10", "nodeName: n1, ", "resources: {limits: {nvidia.com/gpu: 1}}, "));
  lab.until(10s);
  EXPECT_EQ(lab.status("new").reason, "UnexpectedAdmissionError");
  Context later = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setDevices(later, "n1", "nvidia.com/gpu", 0));
  lab.until(11s);
  EXPECT_EQ(lab.node("n1").status.allocatable.at("nvidia.com/gpu").value(), 8);
  Context last = lab.ctx();
  EXPECT_TRUE(lab.kubelet().setDevices(last, "n1", "nvidia.com/gpu", 1, 79));
  lab.until(13s);
  ASSERT_TRUE(lab.container("old").state.terminated);
  EXPECT_EQ(lab.container("old").state.terminated->exitCode, 79);
}

TEST(Shutdown, KNODE20PodsAreEndedWithinTheGracePeriod) {
  struct Row {
    kernel::Duration grace;
    std::string script, phase, reason;
    double ended;
  };
  const Row rows[] = {{30s, "trap 'exit 0' TERM; sleep 1000 & wait", "Failed", "Terminated", 11},
                      {15s, "sleep 1000; true", "Failed", "Terminated", 26},
                      {0s, "sleep 1000", "Running", "", 0}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.script);
    WorldConfig config;
    config.timing.nodes.shutdown_grace = row.grace;
    config.timing.nodes.shutdown_grace_critical = row.grace / 3;
    Lab lab(podText("p", row.script), 1, config);
    lab.until(10s);
    Context ctx = lab.ctx();
    EXPECT_TRUE(lab.kubelet().shutDown(ctx, "n1"));
    lab.until(10100ms);
    EXPECT_EQ(api::conditionIs(lab.node("n1").status.conditions, "Ready", "False"), row.grace > 0s);
    lab.until(60s);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    EXPECT_EQ(lab.status("p").reason, row.reason);
    EXPECT_FALSE(lab.world.parts().heartbeats.beats("n1")) << "it is off";
    if (row.ended > 0) {
      EXPECT_EQ(lab.status("p").message, "Pod was terminated in response to imminent node shutdown.");
      EXPECT_EQ(lab.condition("p", "DisruptionTarget"), "True TerminationByKubelet");
      EXPECT_THAT(lab.seconds(*lab.container("p").state.terminated->finishedAt), between(9, row.ended));
    }
    Context later = lab.ctx();
    EXPECT_TRUE(lab.kubelet().powerOn(later, "n1"));
    lab.until(75s);
    EXPECT_TRUE(api::conditionIs(lab.node("n1").status.conditions, "Ready", "True"));
  }
}

TEST(Hooks, PostStartHoldsUpTheContainerAndTheNextOne) {
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {restartPolicy: Never, containers: "
      "[{name: main, image: \"busybox:1\", command: [sleep, '100'], lifecycle: {postStart: {exec: {command: [sh, -c, "
      "\"sleep 5\"]}}}}, {name: second, image: \"busybox:1\", command: [sleep, '100']}]}\n";
  Lab lab(pod);
  lab.until(4s);
  EXPECT_TRUE(lab.container("p").state.waiting);
  lab.until(10s);
  ASSERT_TRUE(lab.container("p").state.running);
  ASSERT_TRUE(lab.status("p").containerStatuses[1].state.running);
  EXPECT_THAT(lab.seconds(*lab.status("p").containerStatuses[1].state.running->startedAt), between(5, 7));
}

TEST(Hooks, APostStartHookThatFailsEndsTheContainer) {
  Lab lab(podText("p", "sleep 100", "terminationGracePeriodSeconds: 3, ",
                  "lifecycle: {postStart: {exec: {command: [sh, -c, \"exit 1\"]}}}, "));
  lab.until(10s);
  EXPECT_EQ(lab.status("p").phase, "Failed");
  EXPECT_THAT(lab.reasons("p"), Contains("FailedPostStartHook"));
}

TEST(RestartAll, KPOD24TheConditionSaysSo) {
  Lab lab(podText("p", "sleep 5; exit 9", {},
                  "restartPolicy: Never, restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, "
                  "values: [9]}}], "));
  lab.until(20s);
  EXPECT_GE(lab.container("p").restartCount, 1);
  EXPECT_EQ(lab.condition("p", "AllContainersRestarting"), "False");
}

TEST(Configuration, KPOD4ADeletedConfigMapHoldsUpContainersThatReferToIt) {
  const std::string map =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {A: "
      "b}\n---\n";
  const std::string env = "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: A}}}], ";
  Lab lab(map);
  lab.until(5s);
  api::DeleteOptions options;
  const api::ObjectPtr stored = lab.world.server().list(api::Kind::kGeneric, "default").front();
  EXPECT_TRUE(lab.world.executeNow(api::deleteRequest(api::keyOf(*stored), options)).ok());
  lab.until(6s);
  lab.submit(podText("p", "sleep 100", {}, env));
  lab.until(15s);
  ASSERT_TRUE(lab.container("p").state.waiting);
  EXPECT_EQ(lab.container("p").state.waiting->reason, "CreateContainerConfigError");
  EXPECT_EQ(lab.container("p").state.waiting->message, "configmap \"settings\" not found");
  lab.submit(map);
  lab.until(40s);
  EXPECT_TRUE(lab.container("p").state.running);
}

// K-T-9: what the API server refuses, or what cannot reach it, is written with a later pass.
TEST(Restore, AWorldWithFaultsGoesOnAsItWas) {
  Lab lab(podText("a", "sleep 40") + podText("b", "sleep 100", {}, {}, "Always"), 2);
  lab.until(10s);
  Context ctx = lab.ctx();
  lab.kubelet().setPartitioned(ctx, "n1", true);
  lab.kubelet().setHung(ctx, "n2", true);
  lab.kubelet().setImage(ctx, "x*", {.missing = true});
  lab.until(45s);
  std::stringstream saved;
  lab.world.save(saved);
  World copy(lab.world.config());
  copy.load(saved);
  for (World* world : {&lab.world, &copy}) {
    Context later = world->context();
    world->parts().kubelet.setPartitioned(later, "n1", false);
    world->parts().kubelet.setHung(later, "n2", false);
    const kernel::TimePoint end = world->kernel().start() + 120s;
    while (world->nextTime() && *world->nextTime() <= end) world->step();
  }
  EXPECT_EQ(lab.world.kernel().fingerprint().text(), copy.kernel().fingerprint().text());
  EXPECT_EQ(lab.status("a").phase, "Succeeded");
}

}  // namespace
}  // namespace jobset_twin::cluster::test
