// Whole runs of what kubelets do by themselves and what the controllers make of it: memory and disk (K-POD-6,
// K-NODE-21, K-GOT-8), images (K-POD-12, K-GOT-19), refusals (K-POD-7), grace periods (K-GOT-34).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A scenario without jitter and with one node; `more` are further fields of its spec.
std::string quiet(const std::string& more) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n  cluster: "
         "{nodePools: [{name: node, count: 1}]}\n" +
         more + "---\n";
}

// A Job `j` of one Pod at a time; `spec` are fields of the Job, `container` of its container, ending with a comma.
std::string jobOf(const std::string& spec, const std::string& policy, const std::string& container,
                  const std::string& command = "sleep, '60'") {
  return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {" + spec +
         "template: {spec: {restartPolicy: " + policy + ", containers: [{name: main, image: \"busybox:1\", " +
         container + "command: [" + command + "]}]}}}\n";
}

bool failed(const Ran& ran) {
  return api::conditionIs(api::as<api::Job>(ran.find(kJob, "j")).status.conditions, "Failed", "True");
}

TEST(Kubelets, KPOD6AContainerOverItsMemoryLimitFailsItsJob) {
  struct Row {
    const char* policy;
    std::size_t killed;  // the second time with its Job: it does not heed SIGTERM
  };
  // K-GOT-1: under OnFailure the first restart in place is one too many for backoffLimit 0.
  for (const Row& row : {Row{"Never", 1}, Row{"OnFailure", 2}}) {
    SCOPED_TRACE(row.policy);
    const Ran ran(quiet("  behaviors: [{match: {job: j, attempt: 0}, runTime: 60s, memory: {peak: 3Gi, at: 10s}}]\n") +
                  jobOf("backoffLimit: 0, ", row.policy, "resources: {limits: {memory: 2Gi}}, "));
    EXPECT_TRUE(failed(ran));
    EXPECT_THAT(ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 137"), SizeIs(row.killed));
  }
}

// K-GOT-8: an eviction by pressure is a disruption, an OOM kill is none.
TEST(Kubelets, KGOT8EvictionsByPressureAreDisruptions) {
  const std::string ignore =
      "backoffLimit: 0, completionMode: Indexed, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: "
      "DisruptionTarget, "
      "status: \"True\"}]}]}, ";
  const std::string first = "  behaviors: [{match: {job: j, attempt: 0}, runTime: 60s, memory: {peak: ";
  {
    SCOPED_TRACE("more than the node has");
    const Ran ran(quiet(first + "100Ti, at: 10s}}]\n") + jobOf(ignore, "Never", ""));
    EXPECT_FALSE(failed(ran));
    const api::JobStatus& status = api::as<api::Job>(ran.find(kJob, "j")).status;
    EXPECT_EQ(status.succeeded, 1);
    EXPECT_EQ(status.failed, 0);
    const auto evicted = [](const Ran::Change& change) {
      return api::as<api::Pod>(change.object).status.reason == "Evicted";
    };
    EXPECT_THAT(ran.times(kPod, "j-", evicted), Contains(between(11, 20)));
    const std::vector<double> made = ran.times(kPod, "j-", created());
    ASSERT_THAT(made, SizeIs(2));
    EXPECT_GT(made[1], ran.first(kPod, "j-", evicted));
  }
  {
    SCOPED_TRACE("more than its limit");
    const Ran ran(quiet(first + "3Gi, at: 10s}}]\n") + jobOf(ignore, "Never", "resources: {limits: {memory: 2Gi}}, "));
    EXPECT_TRUE(failed(ran));
  }
}

TEST(Kubelets, KPOD12ImagesArePulledOnceANode) {
  const Ran ran(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true, kubelet: "
      "{imagesPresent: false}}\n  images: {\"busybox:1\": 2G}\n  cluster: {nodePools: [{name: node, count: "
      "1}]}\n---\n" +
      jobOf("completions: 2, parallelism: 2, ", "Never", "", "sleep, '5'"));
  const double t0 = ran.first(kJob, "j", created());
  EXPECT_THAT(ran.times(kPod, "j-", phase("Running")), AllOf(SizeIs(2), Each(between(t0 + 20, t0 + 22))));
}

// K-POD-7: a Pod that goes past the scheduler to a node that cannot hold it is Failed; its Job makes another.
TEST(Kubelets, KPOD7ARefusedPodCountsAsFailed) {
  const std::string job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {backoffLimit: 1, template: {spec: {restartPolicy: "
      "Never, nodeName: node-0, containers: [{name: main, image: \"busybox:1\", command: [sleep, '5'], resources: "
      "{requests: {cpu: 100000}}}]}}}\n";
  const Ran ran(quiet("") + job);
  EXPECT_TRUE(failed(ran));
  EXPECT_EQ(api::as<api::Job>(ran.find(kJob, "j")).status.failed, 2);
  for (const api::ObjectPtr& pod : ran.all(kPod, "j-")) {
    EXPECT_EQ(api::as<api::Pod>(pod).status.reason, "OutOfcpu");
    EXPECT_THAT(api::as<api::Pod>(pod).status.message, HasSubstr("requested: 100000000, used: 0"));
  }
}

TEST(Kubelets, KGOT34WithoutAHandlerADeletionCostsTheWholeGracePeriod) {
  struct Row {
    const char* command;
    double least, most;
  };
  for (const Row& row :
       {Row{"sleep, '1000'", 30, 32.5}, Row{"sh, -c, \"trap 'exit 0' TERM; sleep 1000 & wait\"", 0, 3}}) {
    SCOPED_TRACE(row.command);
    const Ran ran(quiet("  actions: [{at: 10s, suspend: Job/default/j}]\n") + jobOf("", "Never", "", row.command));
    EXPECT_THAT(ran.first(kPod, "j-", deleted()) - ran.first(kPod, "j-", deleting()), between(row.least, row.most));
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
