// Rules of Jobs (K-JOB) that only a whole run shows: who deletes what, when it is counted, and what waits for what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/cluster/election/controller_faults.hpp"
#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(JobRules, KJOB21AJobOfAnotherManagerIsLeftAlone) {
  const Ran ran(idle() + indexed(2, "sleep 5", "managedBy: example.com/mine, "));
  EXPECT_THAT(ran.times(kPod, "", created()), IsEmpty());
  EXPECT_FALSE(statusOf(ran).startTime);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
}

TEST(JobRules, KJOB32PodsTooManyAreNotCountedAsFailed) {
  const Ran ran(idle("  actions: [{at: 10s, patch: Job/default/j, merge: {spec: {parallelism: 2}}}]\n") +
                indexed(4, "sleep 60; true"));
  EXPECT_THAT(ran.times(kPod, "j-", deleting()), AllOf(SizeIs(2), Each(between(10, 10.2))));
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kPod && deleting()(change)) {
      EXPECT_THAT(change.object->meta.finalizers, IsEmpty());
    }
  }
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(6)) << "the indexes come again when there is room";
  EXPECT_EQ(statusOf(ran).failed, 0);
  EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
}

TEST(JobRules, KJOB36AFailedCreationEndsTheBatches) {
  LoadOptions options;
  options.faults = {"api-error reason=500 kind=Pod verbs=create at=0s for=8s"};
  const Ran ran(idle() + indexed(8, "sleep 5"), options);
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(8));
  EXPECT_THAT(made, Each(between(15, 15.3))) << "K-JOB-20: tried after 0, 1, 3, 7 and 15 s";
  std::int32_t refused = 0;
  for (const api::ObjectPtr& event : ran.all(api::Kind::kEvent)) {
    if (api::as<api::Event>(event).reason == "FailedCreate") refused += api::as<api::Event>(event).count;
  }
  EXPECT_EQ(refused, 4) << "one Pod each time, not eight";
}

TEST(JobRules, KJOB41SucceededShrinksWithCompletions) {
  const Ran ran(
      idle("  actions: [{at: 20s, patch: Job/default/j, merge: {spec: {parallelism: 2, completions: 2}}}]\n") +
      indexed(4, "if [ $JOB_COMPLETION_INDEX = 3 ]; then sleep 5; else sleep 60; fi"));
  EXPECT_LT(ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.completedIndexes == "3"; })), 20);
  EXPECT_THAT(ran.times(kPod, "j-2-", deleting()), ElementsAre(between(20, 20.2)));
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kJob && ran.seconds(change.at) > 21 && ran.seconds(change.at) < 60) {
      EXPECT_EQ(api::as<api::Job>(change.object).status.succeeded, 0);
    }
  }
  EXPECT_EQ(statusOf(ran).succeeded, 2);
  EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
}

TEST(JobRules, KJOB44ANewLeaderHasForgottenTheBackoff) {
  LoadOptions options;
  options.until = seconds(115);
  const auto crash = [](Ran& ran) {
    EXPECT_TRUE(cluster::crashController(ran.run->world(), cluster::Controller::kControllerManager,
                                         cluster::Recovery::kFailOver));
  };
  const Ran ran(idle() + jobText("backoffLimit: 6", container("sleep 5; exit 1")), options, {{seconds(95), crash}});
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(5));
  EXPECT_LT(made[3], 95);
  EXPECT_GT(made[4], 95) << "as soon as there is a leader, not 80 s after the fourth failed";
}

TEST(JobRules, KJOB50AContainerThatNeverStartedHasNoExitCode) {
  const std::string init =
      "initContainers: [{name: setup, image: busybox, command: [sh, -c, \"exit 3\"]}], " + container("sleep 5");
  struct Row {
    const char *values, *end;
  };
  for (const Row& row : {Row{"In, values: [137]", "Failed BackoffLimitExceeded"},
                         {"In, values: [3]", "Failed PodFailurePolicy"},
                         {"NotIn, values: [3]", "Failed BackoffLimitExceeded"}}) {
    SCOPED_TRACE(row.values);
    const Ran ran(idle() +
                  jobText(std::string("backoffLimit: 1, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: "
                                      "{operator: ") +
                              row.values + "}}]}",
                          init));
    EXPECT_EQ(endOf(ran), row.end);
    for (const api::ObjectPtr& pod : ran.all(kPod, "j-"))
      EXPECT_FALSE(api::as<api::Pod>(pod).status.containerStatuses.at(0).state.terminated) << "K-POD-41";
  }
}

TEST(JobRules, KJOB51IgnoredFailuresWaitLongerEachTime) {
  LoadOptions options;
  options.until = seconds(100);
  const Ran ran(idle() + jobText("backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: "
                                 "In, values: [42]}}]}",
                                 container("sleep 3; exit 42")),
                options);
  const std::vector<double> made = ran.times(kPod, "j-", created());
  const std::vector<double> ends = ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 42");
  ASSERT_THAT(made, SizeIs(4));
  for (std::size_t i = 1; i < 4; ++i) {
    const double wait = 10 << (i - 1);
    EXPECT_THAT(made[i] - ends[i - 1], between(wait - 1.1, wait + 1.2));
  }
  EXPECT_EQ(statusOf(ran).failed, 0);
}

TEST(JobRules, KJOB51FailIndexEndsTheIndexAtItsFirstFailure) {
  const Ran ran(idle() + indexed(3, "if [ $JOB_COMPLETION_INDEX = 1 ]; then sleep 3; exit 42; fi; sleep 20",
                                 "backoffLimitPerIndex: 3, podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: "
                                 "{operator: In, values: [42]}}]}, "));
  EXPECT_THAT(ran.times(kPod, "j-1-", created()), SizeIs(1));
  EXPECT_EQ(endOf(ran), "Failed FailedIndexes");
  EXPECT_EQ(statusOf(ran).failedIndexes, "1");
  EXPECT_EQ(statusOf(ran).succeeded, 2);
}

// The rule's "restarts at resume" holds since startTime is cleared by the suspension (K-JOB-63); before, the old one is
// judged by the sync that resumes, ahead of its reset.
TEST(JobRules, KJOB64TheDeadlineStartsAgainAtAResume) {
  for (const auto& [version, at] : {std::pair{"1.36", 80.0}, {"1.35", 50.0}}) {
    SCOPED_TRACE(version);
    LoadOptions options;
    options.kubernetes_version = version;
    const Ran ran(
        idle("  actions: [{at: 20s, suspend: Job/default/j}, {at: 50s, resume: Job/default/j}]\n") +
            indexed(1, "trap 'exit 1' TERM; sleep 600 & wait", "activeDeadlineSeconds: 30, backoffLimit: 6, "),
        options);
    EXPECT_THAT(ran.first(kJob, "j", conditionTrue("FailureTarget")), between(at, at + 0.2));
    EXPECT_EQ(endOf(ran), "Failed DeadlineExceeded");
  }
}

TEST(JobRules, KJOB65UnderFailedTheNewOnesWaitForTheOldOnes) {
  LoadOptions options;
  options.until = seconds(60);
  const Ran ran(idle("  actions: [{at: 10s, suspend: Job/default/j}, {at: 15s, resume: Job/default/j}]\n") +
                    indexed(4, "sleep 1000; true", "podReplacementPolicy: Failed, "),
                options);
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(8));
  const std::vector<double> failed = ran.times(kPod, "j-", phase("Failed"));
  ASSERT_THAT(failed, SizeIs(testing::Ge(4U)));
  EXPECT_THAT((std::vector<double>(made.begin() + 4, made.end())), Each(between(failed[3], 43)));
  EXPECT_EQ(statusOf(ran).failed, 0);
}

TEST(JobRules, KJOB81ATtlOfZeroDeletesAtOnce) {
  const Ran ran(idle() + indexed(2, "sleep 3", "ttlSecondsAfterFinished: 0, "));
  const double finished = ran.first(kJob, "j", conditionTrue("Complete"));
  EXPECT_THAT(ran.first(kJob, "j", deleting()) - finished, between(0, 0.1));
}

TEST(JobRules, KJOB82PodsOfADeletedJobLoseTheirFinalizer) {
  const Ran ran(idle("  actions: [{at: 20s, delete: Job/default/j}]\n") +
                indexed(2, "if [ $JOB_COMPLETION_INDEX = 0 ]; then sleep 5; else sleep 600; fi"));
  EXPECT_THAT(ran.first(kJob, "j", deleted()), between(20, 20.1));
  EXPECT_THAT(ran.times(kPod, "j-0-", deleted()), ElementsAre(between(20, 20.3)));
  EXPECT_THAT(ran.times(kPod, "j-1-", deleted()), ElementsAre(between(50, 52.5)));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
