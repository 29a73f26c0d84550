#include "viz/report/report.hpp"

#include <gmock/gmock.h>

#include "tests/viz/report/reported.hpp"

namespace jobset_twin::viz::report {
namespace {

using test::jobSetText;
using test::Reported;
using test::seconds;
using testing::HasSubstr;

// Pod 1 of Job 0 fails in the first attempt, after 20 s; everything else runs for 60 s.
std::string failsOnce(const std::string& more = {}, const std::string& attempt = "restart-attempt") {
  return jobSetText(2, 3,
                    "if [ \"$A\" = 0 ] && [ \"$J\" = 0 ] && [ \"$JOB_COMPLETION_INDEX\" = 1 ]; then sleep 20; exit 3; "
                    "fi; sleep 60",
                    "  failurePolicy:\n    maxRestarts: 2\n" + more) +
         R"(              env:
              - name: A
                valueFrom: {fieldRef: {fieldPath: "metadata.labels['jobset.sigs.k8s.io/)" +
         attempt + R"(']"}}
              - name: J
                valueFrom: {fieldRef: {fieldPath: "metadata.labels['jobset.sigs.k8s.io/job-index']"}}
)";
}

Duration timeOfSteps(const std::vector<PathStep>& path) {
  Duration sum{};
  for (const PathStep& step : path) sum += step.took;
  return sum;
}

TEST(RunReport, ARestartIsSplitIntoPartsThatSumToIt) {
  const Reported run(failsOnce());
  ASSERT_EQ(run.report.restarts.size(), 1U);
  const RestartRow& row = run.report.restarts.front();
  EXPECT_EQ(row.object, "jobset/x");
  EXPECT_EQ(row.number, 1);
  EXPECT_TRUE(row.ready);
  EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
  for (const Duration part : {row.detection, row.teardown, row.rescheduling, row.start_up}) EXPECT_GT(part, Duration{});
  EXPECT_THAT(row.cause, HasSubstr("container main exits with code 3"));
  // sleep as PID 1's child: bash is without a handler, so the Job's other Pods use up their grace period of 30 s.
  EXPECT_GT(seconds(row.detection), 30);
  EXPECT_EQ(row.pods, 6U);
  EXPECT_DOUBLE_EQ(row.pod_seconds, 6 * seconds(row.lost));
  EXPECT_GT(row.pod_seconds_done, 6 * 19);
  EXPECT_LT(row.pod_seconds_done, 6 * 60);
}

TEST(RunReport, TheCriticalPathIsAsLongAsTheTimeToReady) {
  const Reported run(failsOnce());
  ASSERT_EQ(run.report.starts.size(), 2U);
  for (const StartRow& start : run.report.starts) {
    EXPECT_TRUE(start.ready);
    EXPECT_EQ(timeOfSteps(start.path), start.took);
  }
  const scenarios::JobSetOutcome& jobset = run.outcome.jobsets.front();
  EXPECT_EQ(run.start(0).took, *jobset.ready - *jobset.submitted);
}

TEST(RunReport, StagesCountEachPodOnce) {
  const Reported run(failsOnce());
  for (const StartRow& start : run.report.starts) {
    for (const Summary& stage : start.stages) {
      EXPECT_EQ(stage.count, 6U);
      EXPECT_LE(stage.least, stage.median);
      EXPECT_LE(stage.median, stage.p99);
      EXPECT_LE(stage.p99, stage.most);
      EXPECT_THAT(stage.slowest, HasSubstr("pod/x-workers-"));
    }
  }
}

TEST(RunReport, OneCauseIsOneAlarmWithItsConsequences) {
  const Reported run(failsOnce());
  ASSERT_EQ(run.report.alarms.size(), 1U);
  const Alarm& alarm = run.report.alarms.front();
  EXPECT_EQ(alarm.times, 1U);
  EXPECT_EQ(alarm.pods_failed, 1U);
  EXPECT_EQ(alarm.jobs_failed, 1U);
  EXPECT_EQ(alarm.restarts, 1U);
  EXPECT_EQ(alarm.lost, run.report.restarts.front().lost);
}

// JS: dependsOn; the second replicated job waits for the first to be complete.
TEST(RunReport, TheCriticalPathGoesThroughWhatADependencyWaitedFor) {
  std::string text = jobSetText(1, 1, "exec sleep 5");
  text += R"(  - name: second
    dependsOn: [{name: workers, status: Complete}]
    template:
      spec:
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            containers:
            - {name: main, image: bash, command: [sleep, "5"]}
)";
  const Reported run(text);
  ASSERT_EQ(run.report.starts.size(), 1U);
  const StartRow& start = run.report.starts.front();
  EXPECT_EQ(timeOfSteps(start.path), start.took);
  EXPECT_GT(seconds(start.took), 5);
  std::vector<std::string> steps;
  for (const PathStep& step : start.path) steps.push_back(step.object + " " + step.what);
  EXPECT_THAT(steps, testing::IsSupersetOf({"job/x-workers-0 Complete", "job/x-second-0 created"}));
}

TEST(RunReport, ARestartOfOneJobIsThatJobs) {
  scenarios::LoadOptions options;
  options.feature_gates = "RestartJob=true";
  const Reported run(failsOnce("    rules: [{name: one, action: RestartJob}]\n", "job-restart-attempt"), options);
  ASSERT_EQ(run.report.restarts.size(), 1U);
  const RestartRow& row = run.report.restarts.front();
  EXPECT_EQ(row.kind, StartKind::kJob);
  EXPECT_EQ(row.object, "job/x-workers-0");
  EXPECT_EQ(row.pods, 3U);
  EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
}

TEST(RunReport, AJobWithoutAJobSetHasAStart) {
  const Reported run(R"(apiVersion: batch/v1
kind: Job
metadata: {name: alone}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: main, image: bash, command: [sleep, "5"]}
)");
  ASSERT_EQ(run.report.starts.size(), 1U);
  const StartRow& start = run.report.starts.front();
  EXPECT_EQ(start.object, "job/alone");
  EXPECT_TRUE(start.ready);
  EXPECT_EQ(timeOfSteps(start.path), start.took);
}

TEST(RunReport, ARestartThatFailsAgainBeforeItIsReadySaysSo) {
  const Reported run(jobSetText(1, 2, "exit 4", "  failurePolicy:\n    maxRestarts: 2\n"));
  ASSERT_EQ(run.report.restarts.size(), 2U);
  for (const RestartRow& row : run.report.restarts) {
    EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
    if (!row.ready) {
      EXPECT_FALSE(row.ended_by.empty());
    }
  }
  ASSERT_EQ(run.report.alarms.size(), 1U) << "the same container, the same code";
  EXPECT_EQ(run.report.alarms.front().restarts, 2U);
  EXPECT_EQ(run.report.alarms.front().jobsets_failed, 1U);
}

TEST(RunReport, ARunWithoutTroubleHasNone) {
  const Reported run(jobSetText(1, 2, "sleep 5"));
  EXPECT_TRUE(run.report.alarms.empty());
  EXPECT_TRUE(run.report.restarts.empty());
  EXPECT_EQ(run.report.starts.size(), 1U);
}

}  // namespace
}  // namespace jobset_twin::viz::report
