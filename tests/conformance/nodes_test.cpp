// What becomes of Jobs whose nodes are lost, drained or out of service, in whole runs (K-EX-4, K-EX-7, K-GOT-7 to 9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/world_parts.hpp"
#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr api::Kind kNode = api::Kind::kNode;

std::string scenarioOfActions(const std::string& actions, int nodes = 4) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n  cluster: "
         "{nodePools: [{name: node, count: " +
         std::to_string(nodes) + "}]}\n" + (actions.empty() ? "" : "  actions:\n" + actions) + "---\n";
}

// A Job of one Pod that works for 20 minutes; `fields` are fields of its spec in flow style, ending with a comma.
std::string longJob(const std::string& fields = {},
                    const std::string& script = "trap 'exit 1' TERM; sleep 1200 & wait") {
  return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {" + fields +
         "template: {metadata: {labels: {app: j}}, spec: {restartPolicy: Never, containers: [{name: main, image: "
         "busybox, command: [sh, -c, \"" +
         script + "\"]}]}}}\n";
}

// The node of the first Pod, without power.
Ran::Meanwhile powerOff(Duration at) {
  return {at, [](Ran& ran) {
            cluster::World& world = ran.run->world();
            const api::ObjectPtr pod = world.server().list(kPod, "default").front();
            cluster::Context ctx = world.context();
            EXPECT_TRUE(world.parts().kubelet.powerOff(ctx, api::as<api::Pod>(pod).nodeName));
          }};
}
Ran::Meanwhile deleteLostNode(Duration at) {
  return {at, [](Ran& ran) {
            cluster::World& world = ran.run->world();
            const api::ObjectPtr pod = world.server().list(kPod, "default").front();
            world.executeNow(api::deleteRequest({kNode, "", api::as<api::Pod>(pod).nodeName}, {}));
          }};
}

Ran::Wanted nodeCondition(const std::string& status) {
  return [status](const Ran::Change& change) {
    return api::conditionIs(api::as<api::Node>(change.object).status.conditions, "Ready", status);
  };
}
Ran::Wanted nodeTaint(const std::string& effect) {
  return [effect](const Ran::Change& change) {
    for (const api::Taint& taint : api::as<api::Node>(change.object).spec.taints)
      if (taint.key == "node.kubernetes.io/unreachable" && taint.effect == effect) return true;
    return false;
  };
}
Ran::Wanted podCondition(const std::string& type, const std::string& status) {
  return [type, status](const Ran::Change& change) {
    return api::conditionIs(api::as<api::Pod>(change.object).status.conditions, type, status);
  };
}

TEST(NodesOfJobs, KEX4ANodeWithoutPower) {
  const Ran ran(scenarioOfActions("") + longJob(), {}, {powerOff(100s)});
  const double unknown = ran.first(kNode, "node-", nodeCondition("Unknown"));
  EXPECT_THAT(unknown - 100, between(40, 60.1));
  const std::vector<double> not_ready = ran.times(kPod, "j-", podCondition("Ready", "False"));
  EXPECT_THAT(not_ready, Contains(between(unknown, unknown + 0.1)));
  EXPECT_THAT(ran.first(kNode, "node-", nodeTaint("NoSchedule")) - unknown, between(0, 0.1));
  EXPECT_THAT(ran.first(kNode, "node-", nodeTaint("NoExecute")) - unknown, between(0, 0.2));
  const double deleted = ran.first(kPod, "j-", deleting());
  EXPECT_THAT(deleted - unknown, between(300, 300.4));
  EXPECT_LE(ran.first(kPod, "j-", podCondition("DisruptionTarget", "True")), deleted);
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(2));  // K-GOT-7: replaced before the old one has ended
  EXPECT_THAT(made[1] - 100, between(341, 361.6));
  EXPECT_THAT(made[1] - deleted, between(1, 1.2));
  // K-NODE-10, K-GOT-9: the old Pod is there for ever, and the Job cannot be Complete before it is gone.
  ASSERT_THAT(ran.all(kPod, "j-"), SizeIs(2));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
}

// K-GOT-9: with the policy Failed nothing replaces it until the Node object is deleted.
TEST(NodesOfJobs, KEX4KNODE14PolicyFailedWaitsForTheNodesDeletion) {
  const Ran ran(scenarioOfActions("  - {at: 1500s, delete: ConfigMap/default/none}\n") +
                    longJob("podReplacementPolicy: Failed, "),
                {}, {powerOff(100s), deleteLostNode(1000s)});
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(2));
  const double failed = ran.first(kPod, "j-", phase("Failed"));
  EXPECT_THAT(failed - 1000, between(40, 80));
  EXPECT_THAT(made[1] - failed, between(1, 1.3)) << "Ready=False is older than the back-off";
  const api::ObjectPtr done = ran.find(kJob, "j");
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(api::as<api::Job>(done).status.failed, 1);
  EXPECT_TRUE(api::conditionIs(api::as<api::Job>(done).status.conditions, "Complete", "True"));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(NodesOfJobs, KNODE16OutOfServiceEndsTheWait) {
  const Ran::Meanwhile taint = {
      700s, [](Ran& ran) {
        cluster::World& world = ran.run->world();
        for (const api::ObjectPtr& pod : world.server().list(kPod, "default")) {
          if (!pod->meta.deletionTimestamp) continue;
          world.submit({world.kernel().now(),
                        cluster::taintCommand(api::as<api::Pod>(pod).nodeName,
                                              {{"node.kubernetes.io/out-of-service", "x", "NoExecute", {}}}, {}),
                        "test"});
        }
      }};
  const Ran ran(scenarioOfActions("") + longJob(), {}, {powerOff(100s), taint});
  const std::vector<double> gone = ran.times(kPod, "j-", test::deleted());
  ASSERT_FALSE(gone.empty());
  EXPECT_THAT(gone.front() - 700, between(0, 21));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(NodesOfJobs, KNODE12KGOT35APartitionLeavesThePodRunning) {
  std::string node;
  const auto partition = [&](bool on) {
    return [&node, on](Ran& ran) {
      cluster::World& world = ran.run->world();
      if (on) node = api::as<api::Pod>(world.server().list(kPod, "default").front()).nodeName;
      cluster::Context ctx = world.context();
      EXPECT_TRUE(world.parts().kubelet.setPartitioned(ctx, node, on));
    };
  };
  const Ran ran(scenarioOfActions("") + longJob(), {}, {{100s, partition(true)}, {300s, partition(false)}});
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(1));
  EXPECT_THAT(ran.times(kPod, "j-", deleting()), IsEmpty());
  std::vector<double> flips;  // of the Pod's Ready, after it ran
  std::string last;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != kPod) continue;
    const api::PodStatus& status = api::as<api::Pod>(change.object).status;
    const api::Condition* ready = api::findCondition(status.conditions, "Ready");
    if (!ready || status.phase != "Running" || ready->status == last) continue;
    last = ready->status;
    flips.push_back(ran.seconds(change.at));
    EXPECT_EQ(status.containerStatuses.front().restartCount, 0);
  }
  ASSERT_GE(flips.size(), 3U);
  EXPECT_THAT(flips[1], between(140, 160.2));
  EXPECT_THAT(flips[2], between(300, 312));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(NodesOfJobs, KEX7ADrainedNode) {
  const Ran ran(scenarioOfActions("  - {at: 100s, drain: Node/node-0}\n  - {at: 300s, uncordon: Node/node-0}\n", 1) +
                longJob());
  const double deleted = ran.first(kPod, "j-", deleting());
  EXPECT_THAT(deleted, between(100, 100.2));
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(2));
  // Its deletion is its finish (K-JOB-45), so the back-off of 10 s runs from there (K-JOB-44).
  EXPECT_THAT(made[1] - deleted, between(9.9, 11.3));
  EXPECT_GT(ran.times(kPod, "j-", scheduled()).back(), 299) << "the only node is cordoned until then";
  EXPECT_EQ(api::as<api::Job>(ran.find(kJob, "j")).status.failed, 1);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_THAT(ran.outcome.warnings, IsEmpty());
}

// K-GOT-8: a disruption that is ignored does not count, and is replaced when the old Pod has ended.
TEST(NodesOfJobs, KEX7KGOT8IgnoredDisruptions) {
  const std::string policy =
      "backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}, ";
  const Ran ran(scenarioOfActions("  - {at: 100s, drain: Node/node-0}\n  - {at: 101s, uncordon: Node/node-0}\n", 1) +
                longJob(policy, "sleep 1200"));
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(2));
  EXPECT_GE(made[1], ran.first(kPod, "j-", phase("Failed")));
  // Its shell does not handle SIGTERM; the back-off grows though the failure is ignored (K-JOB-51).
  EXPECT_THAT(made[1], between(139.5, 142));
  EXPECT_EQ(api::as<api::Job>(ran.find(kJob, "j")).status.failed, 0);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(NodesOfJobs, KNODE18ADrainWaitsForTheBudget) {
  const std::string budget =
      "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: keep}\nspec: {minAvailable: 1, "
      "selector: "
      "{matchLabels: {app: j}}}\n";
  const Ran ran(scenarioOfActions("  - {at: 100s, drain: Node/node-0, timeout: 5m}\n"
                                  "  - {at: 122s, delete: PodDisruptionBudget/default/keep}\n"
                                  "  - {at: 200s, uncordon: Node/node-0}\n",
                                  1) +
                longJob() + budget);
  const double gone = ran.first(kPod, "j-", deleting());
  EXPECT_THAT(gone, between(125, 125.5));  // asked at 100, 105, ... 125
  EXPECT_THAT(ran.noted(cluster::NoteKind::kDecision, "Pod/default/j", "needs 1 healthy pods and has 1 currently"),
              SizeIs(5));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(NodesOfJobs, KNODE17ADrainThatCannotBeDoneSaysWhy) {
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {restartPolicy: Never, volumes: [{name: v, emptyDir: "
      "{}}], containers: [{name: main, image: busybox, command: [sleep, \"300\"]}]}\n";
  const Ran refused(scenarioOfActions("  - {at: 60s, drain: Node/node-0}\n", 1) + pod);
  EXPECT_THAT(
      refused.outcome.warnings,
      Contains(HasSubstr(
          "unable to drain node \"node-0\" due to error: cannot delete Pods with local storage (use "
          "--delete-emptydir-data to override): default/bare, cannot delete Pods that declare no controller (use "
          "--force to override): default/bare")));
  const Ran forced(scenarioOfActions("  - {at: 60s, drain: Node/node-0, force: true, deleteEmptyDirData: true, "
                                     "gracePeriodSeconds: 3}\n",
                                     1) +
                   pod);
  EXPECT_THAT(forced.times(kPod, "bare", test::deleted()), SizeIs(1));
  EXPECT_LT(forced.first(kPod, "bare", test::deleted()), 67);
}

// The third pass of Pod GC: a Pod without a node that is being deleted is Failed, and can be replaced.
TEST(NodesOfJobs, KNODE15AnUnschedulablePodThatIsDeletedIsFailedByTheGarbageCollector) {
  LoadOptions options;
  options.until = 60s;
  std::string nowhere = longJob("podReplacementPolicy: Failed, completionMode: Indexed, completions: 1, ");
  nowhere.insert(nowhere.find("restartPolicy:"), "nodeSelector: {disk: none}, ");
  const Ran ran(scenarioOfActions("  - {at: 5s, delete: Pod/default/j-0}\n", 1) + nowhere, options);
  EXPECT_THAT(ran.first(kPod, "j-", phase("Failed")), between(5, 25.1));
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(2));
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
