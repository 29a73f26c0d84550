// What a sync decides: whether the Job ends and why (K-JOB-23.5, 42, 43, 47, 64), what is done about its Pods
// (K-JOB-30..38), what the status becomes (K-JOB-24, 39..41, 60..63, 70).
#include <gtest/gtest.h>

#include "sim/cluster/job/settle.hpp"
#include "sim/cluster/job/tracking.hpp"
#include "tests/sim/cluster/job/builders.hpp"

namespace jobset_twin::cluster::job::test {
namespace {

using namespace std::chrono_literals;

PodBuilder running(const std::string& name) { return PodBuilder(name).node("n").ready(); }

TEST(Assess, WhetherAndWhyTheJobEnds) {
  struct Row {
    const char* name;
    Scene scene;
    Ending ending;
    const char* reason;
  };
  const Row rows[] = {
      {"nothing wrong", Scene(JobBuilder(2, 2), {running("a")}), Ending::kNone, ""},
      {"limit not passed: strict", Scene(JobBuilder(1, 1).backoffLimit(1), {PodBuilder("a").exited(1, 1)}), Ending::kNone, ""},
      {"limit passed", Scene(JobBuilder(2, 2).backoffLimit(1), {PodBuilder("a").exited(1, 1), PodBuilder("b").exited(1, 1)}),
       Ending::kFailureTarget, "BackoffLimitExceeded"},
      {"a deleted Pod has failed", Scene(JobBuilder(1, 1).backoffLimit(0), {running("a").deleting()}), Ending::kFailureTarget,
       "BackoffLimitExceeded"},
      {"a deleted Pod has to end first under Failed", Scene(JobBuilder(1, 1).backoffLimit(0).replaceFailed(), {running("a").deleting()}),
       Ending::kNone, ""},
      {"OnFailure, limit 0: first restart", Scene(JobBuilder(1, 1).backoffLimit(0).onFailure(), {running("a").restarts(1)}),
       Ending::kFailureTarget, "BackoffLimitExceeded"},
      {"OnFailure, limit 1: first restart too", Scene(JobBuilder(1, 1).backoffLimit(1).onFailure(), {running("a").restarts(1)}),
       Ending::kFailureTarget, "BackoffLimitExceeded"},
      {"OnFailure, limit 2: one restart is allowed", Scene(JobBuilder(1, 1).backoffLimit(2).onFailure(), {running("a").restarts(1)}),
       Ending::kNone, ""},
      {"OnFailure: the sum is job-wide",
       Scene(JobBuilder(2, 2).backoffLimit(2).onFailure(), {running("a").restarts(1), running("b").restarts(1)}), Ending::kFailureTarget,
       "BackoffLimitExceeded"},
      {"Never: restarts do not matter", Scene(JobBuilder(1, 1).backoffLimit(0), {running("a").restarts(9)}), Ending::kNone, ""},
      {"deadline passed", Scene(JobBuilder(1, 1).started(40).deadline(60), {running("a")}), Ending::kFailureTarget, "DeadlineExceeded"},
      {"deadline ahead", Scene(JobBuilder(1, 1).started(40).deadline(61), {running("a")}), Ending::kNone, ""},
      {"suspended: no deadline", Scene(JobBuilder(1, 1).started(40).deadline(60).suspended(), {running("a")}), Ending::kNone, ""},
      {"FailJob rule before the limit",
       Scene(JobBuilder(2, 2).backoffLimit(0).onExit("FailJob", "In", {3}), {PodBuilder("a").exited(3, 1)}), Ending::kFailureTarget,
       "PodFailurePolicy"},
      {"Ignore does not count", Scene(JobBuilder(2, 2).backoffLimit(0).onExit("Ignore", "In", {3}), {PodBuilder("a").exited(3, 1)}),
       Ending::kNone, ""},
      {"FailureTarget goes on to Failed", Scene(JobBuilder(1, 1).status("FailureTarget", "True", "Why", "so"), {}), Ending::kFailed, "Why"},
      {"K-JOB-56: FailureTarget wins over a later match of the success policy",
       [] {
         JobBuilder job = JobBuilder(4, 4).indexed().status("FailureTarget", "True", "Why", "so");
         job.spec().successPolicy.emplace();
         job.spec().successPolicy->rules = {{"0", std::nullopt}};
         return Scene(job, {PodBuilder("a").index(0).exited(0, 1)});
       }(),
       Ending::kFailed, "Why"},
      {"SuccessCriteriaMet wins over everything",
       Scene(JobBuilder(1, 1).backoffLimit(0).status("SuccessCriteriaMet", "True", "SuccessPolicy", "m"), {PodBuilder("a").exited(1, 1)}),
       Ending::kSuccessCriteriaMet, "SuccessPolicy"},
      {"too many failed indexes",
       [] {
         JobBuilder job = JobBuilder(4, 4).perIndex(0);
         job.spec().maxFailedIndexes = 1;
         return Scene(job, {PodBuilder("a").index(0).exited(1, 1), PodBuilder("b").index(1).exited(1, 1)});
       }(),
       Ending::kFailureTarget, "MaxFailedIndexesExceeded"},
      {"all indexes have ended", Scene(JobBuilder(2, 2).perIndex(0), {PodBuilder("a").index(0).exited(1, 1), PodBuilder("b").index(1).exited(0, 1)}),
       Ending::kFailureTarget, "FailedIndexes"},
      {"an index may fail again", Scene(JobBuilder(1, 1).perIndex(1), {PodBuilder("a").index(0).failures(0).exited(1, 1)}), Ending::kNone, ""},
      {"success policy",
       [] {
         JobBuilder job = JobBuilder(4, 4).indexed();
         job.spec().successPolicy.emplace();
         job.spec().successPolicy->rules = {{"0", std::nullopt}};
         return Scene(job, {PodBuilder("a").index(0).exited(0, 1), running("b").index(1)});
       }(),
       Ending::kSuccessCriteriaMet, "SuccessPolicy"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Assessment seen = assess(row.scene.view());
    EXPECT_EQ(seen.finish.ending, row.ending);
    EXPECT_EQ(seen.finish.reason, row.reason);
  }
}

TEST(Assess, DeadlineAsksForAnotherLook) {
  EXPECT_EQ(assess(Scene(JobBuilder(1, 1).started(40).deadline(61), {}).view()).deadline_in, api::Duration(1s));
}

TEST(Plan, WhatIsDoneAboutPods) {
  struct Row {
    const char* name;
    Scene scene;
    Work work;
    std::vector<std::string> victims;
    std::vector<std::int32_t> created;  // indexes
  };
  Row rows[] = {
      {"creates what is missing", Scene(JobBuilder(3, 5), {running("a")}), Work::kCreate, {}, {-1, -1}},
      {"no more than is left to do", Scene(JobBuilder(3, 2), {PodBuilder("a").exited(0, 1)}), Work::kCreate, {}, {-1}},
      {"smallest free indexes",
       Scene(JobBuilder(3, 5).indexed(), {running("a").index(1), PodBuilder("b").index(0).exited(0, 1)}),
       Work::kCreate,
       {},
       {2, 3}},
      {"a terminating Pod is replaced at once",
       Scene(JobBuilder(1, 1).indexed(), {running("a").index(0).deleting()}),
       Work::kCreate,
       {},
       {0}},
      {"under Failed it is waited for",
       Scene(JobBuilder(1, 1).indexed().replaceFailed(), {running("a").index(0).deleting()}),
       Work::kNone,
       {},
       {}},
      {"too many: unscheduled first",
       Scene(JobBuilder(1, 5), {running("a"), PodBuilder("b")}),
       Work::kRemove,
       {"b"},
       {}},
      {"a repeated index",
       Scene(JobBuilder(2, 2).indexed(), {running("a").index(0), PodBuilder("b").index(0)}),
       Work::kRemove,
       {"b"},
       {}},
      {"an index out of range", Scene(JobBuilder(2, 2).indexed(), {running("a").index(2)}), Work::kRemove, {"a"}, {}},
      {"suspended: all active ones",
       Scene(JobBuilder(2, 2).suspended(), {running("a"), PodBuilder("b").exited(0, 1)}),
       Work::kRemove,
       {"a"},
       {}},
      {"no completions: after a success none is added",
       Scene(JobBuilder(3, -1), {running("a"), PodBuilder("b").exited(0, 1)}),
       Work::kNone,
       {},
       {}},
      {"no completions: parallelism", Scene(JobBuilder(2, -1), {running("a")}), Work::kCreate, {}, {-1}},
      {"the Job ends: active ones go",
       Scene(JobBuilder(2, 2).backoffLimit(0), {running("a"), PodBuilder("b").exited(1, 1)}),
       Work::kEnd,
       {"a"},
       {}},
      {"back-off", Scene(JobBuilder(1, 1), {PodBuilder("a").exited(1, 95)}), Work::kWait, {}, {}},
      {"back-off is over", Scene(JobBuilder(1, 1), {PodBuilder("a").exited(1, 89)}), Work::kCreate, {}, {-1}},
      {"per index: only what may be created now",
       Scene(JobBuilder(2, 2).perIndex(3),
             {PodBuilder("a").index(0).failures(0).exited(1, 95), PodBuilder("b").index(1).failures(0).exited(1, 80)}),
       Work::kCreate,
       {},
       {1}},
      {"per index: all wait",
       Scene(JobBuilder(1, 1).perIndex(3), {PodBuilder("a").index(0).failures(1).exited(1, 85)}),
       Work::kWait,
       {},
       {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const ManagePlan plan = planWork(row.scene.view(), assess(row.scene.view()));
    std::vector<std::string> victims;
    for (const PodTarget& victim : plan.victims) victims.push_back(victim.name);
    std::vector<std::int32_t> created;
    for (const NewPod& pod : plan.pods) created.push_back(pod.index);
    EXPECT_EQ(plan.work, row.work);
    EXPECT_EQ(victims, row.victims);
    EXPECT_EQ(created, row.created);
  }
}

TEST(Plan, KJOB32AtMostFiveHundredVictims) {
  Scene scene(JobBuilder(0, 600), {});
  for (int i = 0; i < 600; ++i) scene.pods.put(running("p" + std::to_string(i)));
  const ManagePlan plan = planWork(scene.view(), assess(scene.view()));
  EXPECT_EQ(plan.work, Work::kRemove);
  EXPECT_EQ(plan.victims.size(), 500U);
}

TEST(Plan, OpenExpectationsAndDeletionStopEverything) {
  Scene scene(JobBuilder(3, 3), {});
  scene.expectations_met = false;
  EXPECT_EQ(planWork(scene.view(), assess(scene.view())).work, Work::kNone);
  JobBuilder deleting(3, 3);
  deleting.object->meta.deletionTimestamp = at(1);
  Scene gone(deleting, {});
  EXPECT_EQ(planWork(gone.view(), assess(gone.view())).work, Work::kNone);
}

TEST(Plan, BackoffWaits) {
  Scene scene(JobBuilder(1, 1), {PodBuilder("a").exited(1, 95)});
  EXPECT_EQ(planWork(scene.view(), assess(scene.view())).wait, api::Duration(5s));
  scene.now = at(104.5);
  EXPECT_EQ(planWork(scene.view(), assess(scene.view())).wait, api::Duration(1s));  // never less than the batch period
}

TEST(Plan, ReplacementCarriesTheIndexsCounts) {
  const Scene scene(JobBuilder(2, 2).perIndex(5).onExit("Ignore", "In", {9}),
                    {PodBuilder("a").index(0).failures(2).exited(1, 1),
                     PodBuilder("b").index(1).failures(1).ignored(1).exited(9, 1)});
  const ManagePlan plan = planWork(scene.view(), assess(scene.view()));
  ASSERT_EQ(plan.pods.size(), 2u);
  EXPECT_EQ(plan.pods[0].failures, 3);
  EXPECT_EQ(plan.pods[0].ignored_failures, 0);
  EXPECT_EQ(plan.pods[1].failures, 1);
  EXPECT_EQ(plan.pods[1].ignored_failures, 2);
}

// A whole sync without a server: everything that is asked for succeeds at once.
struct Passed {
  ManagePlan plan;
  TrackPlan track;
  api::JobStatus first, last;  // as of write #1 and #2
  bool finished = false;
  std::string waits_for;
};
Passed pass(const Scene& scene) {
  Passed passed;
  const JobView view = scene.view();
  Assessment seen = assess(view);
  passed.plan = planWork(view, seen);
  WorkOutcome outcome;
  outcome.created = static_cast<std::int32_t>(passed.plan.pods.size());
  outcome.deleted = static_cast<std::int32_t>(passed.plan.victims.size());
  for (const PodTarget& victim : passed.plan.victims) outcome.deleted_ready += victim.ready;
  const CountsBefore before{static_cast<std::int32_t>(scene.pods.active().size()), scene.pods.ready(),
                            static_cast<std::int32_t>(scene.pods.terminating().size())};
  const Settlement settled = settle(view, passed.plan.work, before, outcome, seen);
  passed.track = planTracking(view, settled.status_changed, seen);
  passed.first = seen.status;
  std::set<std::string> held = passed.track.held;
  for (const PodTarget& pod : passed.track.finalizers) held.erase(pod.uid);
  countReleased(seen.status, held);
  passed.finished =
      !passed.track.more_to_count && enactFinish(seen.status, passed.track.final, view.now, passed.waits_for);
  passed.last = seen.status;
  return passed;
}

TEST(Tracking, SuccessIsUncountedThenCountedThenComplete) {  // K-JOB-72
  const Passed passed = pass(Scene(JobBuilder(1, 1).started(0), {PodBuilder("a").exited(0, 50)}));
  EXPECT_TRUE(passed.track.write_first);
  EXPECT_EQ(passed.first.uncountedTerminatedPods->succeeded, std::vector<std::string>{"uid-a"});
  EXPECT_EQ(passed.first.succeeded, 0);
  EXPECT_TRUE(api::conditionIs(passed.first.conditions, "SuccessCriteriaMet", "True"));
  EXPECT_FALSE(api::conditionIs(passed.first.conditions, "Complete", "True"));
  EXPECT_TRUE(passed.finished);
  EXPECT_EQ(passed.last.succeeded, 1);
  EXPECT_TRUE(passed.last.uncountedTerminatedPods->succeeded.empty());
  const api::Condition* complete = api::findCondition(passed.last.conditions, "Complete");
  ASSERT_NE(complete, nullptr);
  EXPECT_EQ(complete->reason, "CompletionsReached");
  EXPECT_EQ(complete->message, "Reached expected number of succeeded pods");
  EXPECT_EQ(passed.last.completionTime, complete->lastTransitionTime);
}

TEST(Tracking, IndexedSuccessesGoStraightToTheIndexes) {
  const Passed passed = pass(
      Scene(JobBuilder(3, 3).indexed().started(0), {PodBuilder("a").index(2).exited(0, 50), running("b").index(1)}));
  EXPECT_EQ(passed.first.completedIndexes, "2");
  EXPECT_EQ(passed.first.succeeded, 1);
  EXPECT_TRUE(passed.first.uncountedTerminatedPods->succeeded.empty());
  EXPECT_FALSE(passed.finished);
}

TEST(Tracking, KilledPodsOfAFailingJobCount) {  // K-JOB-40, K-JOB-70
  const Passed passed = pass(
      Scene(JobBuilder(3, 3).backoffLimit(0).started(0), {PodBuilder("a").exited(1, 50), running("b"), running("c")}));
  EXPECT_EQ(passed.plan.victims.size(), 2u);
  EXPECT_EQ(passed.last.failed, 3);
  EXPECT_EQ(passed.last.active, 0);
  EXPECT_EQ(passed.last.ready, 0);
  EXPECT_EQ(passed.last.terminating, 2);
  EXPECT_TRUE(api::conditionIs(passed.first.conditions, "FailureTarget", "True"));
  EXPECT_FALSE(passed.finished);
  EXPECT_EQ(passed.waits_for, "2 terminating Pods");
}

TEST(Tracking, FailedComesWhenNothingTerminates) {
  const Passed passed =
      pass(Scene(JobBuilder(3, 3).started(0).status("FailureTarget", "True", "BackoffLimitExceeded", "m"), {}));
  EXPECT_TRUE(passed.finished);
  const api::Condition* failed = api::findCondition(passed.last.conditions, "Failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->reason, "BackoffLimitExceeded");
  EXPECT_EQ(passed.last.completionTime, std::nullopt);
}

TEST(Tracking, SuccessPolicyKillsWithoutCounting) {  // K-JOB-56
  JobBuilder job = JobBuilder(3, 3).indexed().started(0);
  job.spec().successPolicy.emplace();
  job.spec().successPolicy->rules = {{"0", std::nullopt}};
  const Passed passed = pass(Scene(job, {PodBuilder("a").index(0).exited(0, 50), running("b").index(1)}));
  EXPECT_EQ(passed.last.failed, 0);
  EXPECT_EQ(passed.last.succeeded, 1);
  EXPECT_EQ(passed.track.finalizers.size(), 2u);
  const api::Condition* met = api::findCondition(passed.first.conditions, "SuccessCriteriaMet");
  ASSERT_NE(met, nullptr);
  EXPECT_EQ(met->message, "Matched rules at index 0");
}

TEST(Tracking, TheLastFailureOfAnIndexIsKeptForItsReplacement) {  // K-JOB-46
  const Passed waiting =
      pass(Scene(JobBuilder(1, 1).perIndex(3).started(0), {PodBuilder("a").index(0).failures(0).exited(1, 95)}));
  EXPECT_TRUE(waiting.track.finalizers.empty());
  EXPECT_EQ(waiting.last.failed, 0);
  const Passed replaced =
      pass(Scene(JobBuilder(1, 1).perIndex(3).started(0),
                 {PodBuilder("a").index(0).failures(0).exited(1, 80), running("b").index(0).failures(1)}));
  EXPECT_EQ(replaced.last.failed, 1);
}

// Otherwise the API server refuses the write (ready is more than active) and nothing is counted before the wait is
// over.
TEST(Tracking, ActivePodsCountWhileTheBackoffIsWaitedFor) {
  for (const auto& job : {JobBuilder(2, 2).indexed().started(0), JobBuilder(2, 2).perIndex(3).started(0)}) {
    const Passed passed =
        pass(Scene(job, {PodBuilder("a").index(0).failures(0).exited(1, 95), PodBuilder("b").index(1).ready(1)}));
    EXPECT_EQ(passed.plan.work, Work::kWait);
    EXPECT_EQ(passed.last.active, 1);
    EXPECT_EQ(passed.last.ready, 1);
  }
}

TEST(Tracking, AtMostFiveHundredUncounted) {
  Scene scene(JobBuilder(600, 600).started(0), {});
  for (int i = 0; i < 600; ++i) scene.pods.put(PodBuilder("p" + std::to_string(i)).exited(0, 50));
  const Passed passed = pass(scene);
  EXPECT_TRUE(passed.track.more_to_count);
  EXPECT_EQ(passed.track.finalizers.size(), 500u);
  EXPECT_EQ(passed.last.succeeded, 500);
  EXPECT_FALSE(passed.finished);
}

TEST(Tracking, AUidIsNotCountedTwice) {
  JobBuilder job = JobBuilder(2, 2).started(0);
  job.job().status.uncountedTerminatedPods->failed = {"uid-a"};
  Scene scene(job, {PodBuilder("a").exited(0, 50)});  // counted as failed while it was being deleted (K-GOT-7)
  Passed passed = pass(scene);
  EXPECT_EQ(passed.last.failed, 1);
  EXPECT_EQ(passed.last.succeeded, 0);
  scene.finalizers_removed.insert("uid-a");  // its finalizer went, the cache does not show it yet
  passed = pass(scene);
  EXPECT_TRUE(passed.track.finalizers.empty());
  EXPECT_EQ(passed.last.failed, 1);
}

TEST(Suspend, ConditionsAndStartTime) {  // K-JOB-60..63
  Scene fresh(JobBuilder(2, 2).suspended(), {});
  Passed passed = pass(fresh);
  EXPECT_EQ(passed.first.startTime, std::nullopt);
  const api::Condition* suspended = api::findCondition(passed.first.conditions, "Suspended");
  ASSERT_NE(suspended, nullptr);
  EXPECT_EQ(suspended->reason, "JobSuspended");
  EXPECT_EQ(suspended->message, "Job suspended");

  Scene running_job(JobBuilder(2, 2).suspended().started(10), {running("a"), running("b")});
  passed = pass(running_job);
  EXPECT_EQ(passed.first.active, 0);
  EXPECT_EQ(passed.first.terminating, 2);
  EXPECT_EQ(passed.last.failed, 0);
  EXPECT_EQ(passed.first.startTime, std::nullopt);  // 1.36 clears it
  running_job.gates = gatesOf(35);
  EXPECT_EQ(pass(running_job).first.startTime, at(10));  // 1.35 leaves it

  Scene resumed(JobBuilder(2, 2).started(10).status("Suspended", "True"), {});
  passed = pass(resumed);
  EXPECT_EQ(passed.first.startTime, at(100));
  EXPECT_TRUE(api::conditionIs(passed.first.conditions, "Suspended", "False"));
  EXPECT_EQ(api::findCondition(pass(Scene(JobBuilder(2, 2), {})).first.conditions, "Suspended"), nullptr);
}

TEST(Settle, EdgeCompletions) {
  EXPECT_TRUE(pass(Scene(JobBuilder(0, 0).started(0), {})).finished);   // K-GOT-17: completions 0
  EXPECT_FALSE(pass(Scene(JobBuilder(0, 3).started(0), {})).finished);  // parallelism 0 waits
  EXPECT_TRUE(
      pass(Scene(JobBuilder(2, -1).started(0), {PodBuilder("a").exited(0, 1), PodBuilder("b").exited(1, 2)})).finished);
  EXPECT_FALSE(pass(Scene(JobBuilder(2, -1).started(0), {PodBuilder("a").exited(0, 1), running("b")})).finished);
  // K-JOB-24: a Pod that this sync has deleted is no longer active.
  const Passed cut = pass(
      Scene(JobBuilder(2, 2).indexed().started(0),
            {PodBuilder("a").index(0).exited(0, 1), PodBuilder("b").index(1).exited(0, 1), running("c").index(2)}));
  EXPECT_EQ(cut.plan.work, Work::kRemove);
  EXPECT_TRUE(api::conditionIs(cut.first.conditions, "SuccessCriteriaMet", "True"));
}

}  // namespace
}  // namespace jobset_twin::cluster::job::test
