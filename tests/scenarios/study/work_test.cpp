// Where the work of small runs went: what counts and what is lost, by Pods, by checkpoints and by models.
#include "scenarios/study/work.hpp"

#include <gtest/gtest.h>

#include "tests/scenarios/study/small_runs.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using namespace test;

// Pod 1 dies after 40 s: 80 Pod-seconds are lost, and another 200 do the work.
TEST(WorkFigures, OfARestart) {
  const RunFigures figures = figuresOf(
      scenario(behaviors("  - {match: {podIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s, exitCode: 7}]}\n"
                         "  - {runTime: 100s}\n")) +
      jobSet());
  expectMetrics(figures, {{"completed", 1},
                          {"makespan", 140},
                          {"timeToReady", 0},
                          {"restarts", 1},
                          {"restarts.application", 1},
                          {"restarts.unknown", 0},
                          {"futileRestarts", 0},
                          {"podFailures", 1},
                          {"podRestarts", 0},
                          {"lostWork", 80},
                          {"goodput", 200.0 / 280},
                          {"ettr", 200.0 / 280},
                          {"cpuUtilisation", 0.5},
                          {"gpuUtilisation", 1},
                          {"nodeHours", 280.0 / 3600},
                          {"cost", std::nullopt}});
  EXPECT_EQ(figures.workloads.front().restarts, 1);
}

// What a Pod did that had succeeded is done again, too.
TEST(WorkFigures, OfWorkThatIsDoneAgain) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {match: {podIndex: 0}, runTime: 20s}\n"
                                   "  - {match: {attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n"
                                   "  - {runTime: 100s}\n")) +
                jobSet());
  expectMetrics(figures, {{"makespan", 140},
                          {"lostWork", 20 + 40},
                          {"goodput", 120.0 / 180},
                          {"ettr", 120.0 / (2 * 20 + 20 + 2 * 20 + 80)}});
}

// The first start ends at 40 s, but Pod 0 takes its grace period of 30 s to go; nothing is done in that time.
TEST(WorkFigures, OfAJobSetThatIsSlowToEnd) {
  const RunFigures figures = figuresOf(
      scenario(behaviors("  - {match: {podIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n"
                         "  - {match: {attempt: 0}, runTime: 500s, handlesTerm: false}\n  - {runTime: 100s}\n")) +
      jobSet());
  expectMetrics(figures,
                {{"makespan", 170}, {"lostWork", 70 + 40}, {"goodput", 200.0 / 310}, {"ettr", 200.0 / (2 * 170)}});
}

// A Pod that somebody deletes has not failed, but what it did is lost.
TEST(WorkFigures, OfAPodThatIsReplaced) {
  const std::string faults = "  faults: [delete pod=default/solo at=30s]\n";
  expectMetrics(figuresOf(scenario(kRuns + faults) + soloJob("Never", 3)),
                {{"makespan", 130}, {"lostWork", 30}, {"ettr", 100.0 / 130}, {"podFailures", 0}});
}

// Restarts in place without checkpoints: what the run before did is lost, and in between nothing runs.
TEST(WorkFigures, OfContainersThatAreRestarted) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {match: {attempt: [0, 1]}, runTime: 100s, failures: [{at: 40s}]}\n"
                                   "  - {runTime: 100s}\n")) +
                soloJob("OnFailure", 6));
  // The second restart comes after a back-off of 10 s.
  expectMetrics(figures, {{"makespan", 190},
                          {"lostWork", 80},
                          {"goodput", 100.0 / 180},
                          {"ettr", 100.0 / 190},
                          {"podFailures", 0},
                          {"podRestarts", 2},
                          {"restarts", 0}});
}

// The API server hears of a container's end together with its restart.
TEST(WorkFigures, OfARestartThatIsToldLate) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {match: {attempt: 0}, runTime: 100s, failures: [{at: 7s}]}\n"
                                   "  - {runTime: 100s}\n") +
                         "  faults: [api-slow client=kubelet/* kind=Pod latency=5s at=0s]\n") +
                soloJob("OnFailure", 3));
  EXPECT_EQ(figures.metric("podRestarts"), 1);
  EXPECT_EQ(figures.metric("lostWork"), 5);
}

// The server serves until the driver is done; the JobSet deletes it then, and what it did until then counts. It takes
// its grace period to end.
TEST(WorkFigures, OfPodsThatServeUntilTheOthersAreDone) {
  const RunFigures figures = figuresOf(
      scenario(behaviors(
          "  - {match: {replicatedJob: driver}, runTime: 50s}\n  - {runTime: forever, handlesTerm: false}\n")) +
      jobSetOf({{"driver", ""}, {"server", ""}}, "  successPolicy: {operator: All, targetReplicatedJobs: [driver]}\n"));
  expectMetrics(figures, {{"makespan", 50}, {"goodput", 1}, {"ettr", 1}, {"lostWork", 0}, {"podFailures", 0}});
}

// A stage that comes after another is wanted only from then on.
TEST(WorkFigures, OfStagesOneAfterTheOther) {
  const std::string text = jobSetOf({{"first", ""}, {"second", "dependsOn: [{name: first, status: Complete}], "}});
  expectMetrics(
      figuresOf(scenario(behaviors("  - {match: {replicatedJob: first}, runTime: 50s}\n  - {runTime: 30s}\n")) + text),
      {{"makespan", 80}, {"ettr", 1}, {"timeToReady", 50}, {"queueing", 0}});
}

// Index 1 serves until its Job has succeeded by index 0, and is not wanted any more while another Job works on.
TEST(WorkFigures, OfAJobThatSucceedsByItsPolicy) {
  std::string text = jobSet({},
                            "        completionMode: Indexed\n"
                            "        successPolicy: {rules: [{succeededIndexes: \"0\"}]}\n");
  const std::string other =
      "  - {name: other, template: {spec: {completions: 1, parallelism: 1, template: {spec: {restartPolicy: Never,\n"
      "       containers: [{name: c, image: 'a:1'}]}}}}}\n";
  text.insert(text.rfind("---"), other);
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {match: {replicatedJob: other}, runTime: 80s}\n"
                                   "  - {match: {podIndex: 0}, runTime: 50s}\n  - {runTime: forever}\n")) +
                text);
  expectMetrics(figures, {{"makespan", 80}, {"goodput", 1}, {"ettr", 1}, {"lostWork", 0}});
}

// What was kept each 30 s is not done again: the first start of Pod 1 does 30 s of use and 10 s in vain.
TEST(WorkFigures, OfCheckpoints) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - match: {podIndex: 1, attempt: 0}\n    runTime: 100s\n"
                                   "    checkpoint: {every: 30s, cost: 2s, restore: 5s}\n    failures: [{at: 40s}]\n"
                                   "  - {runTime: 100s, checkpoint: {every: 30s, cost: 2s, restore: 5s}}\n")) +
                jobSet());
  // Both: 30 s of work, 2 s of saving, 10 s of work until 42 s. Then 5 s of restoring, 30, 2, 30, 2, 10 s.
  expectMetrics(figures, {{"makespan", 42 + 5 + 30 + 2 + 30 + 2 + 10},
                          {"lostWork", 20},
                          {"checkpointTime", 2 * 6},
                          {"restoreTime", 10},
                          {"waitingTime", 0},
                          {"goodput", 200.0 / 242},
                          {"ettr", 200.0 / 242}});
}

// Without an index nobody goes on where a Pod has ended: what it had kept is lost, but for restarts in place.
TEST(WorkFigures, OfCheckpointsThatNobodyReads) {
  const std::string kept = behaviors(
      "  - {match: {attempt: 0}, runTime: 100s, checkpoint: {every: 30s}, failures: [{at: 40s}]}\n"
      "  - {runTime: 100s, checkpoint: {every: 30s}}\n");
  // Each Pod is the first of its name.
  expectMetrics(figuresOf(scenario(kept) + soloJob("Never", 3)),
                {{"completed", 0}, {"lostWork", 160}, {"goodput", 0}, {"podFailures", 4}, {"podRestarts", 0}});
  // Restarted in place at once, without the back-off of a second failure.
  expectMetrics(
      figuresOf(scenario(kept) + soloJob("OnFailure", 3)),
      {{"makespan", 110}, {"lostWork", 10}, {"goodput", 100.0 / 110}, {"podFailures", 0}, {"podRestarts", 1}});
}

// On nodes that do half as much in a second the same work takes twice as long: it is useful all the same.
TEST(WorkFigures, OfCheckpointsOnSlowNodes) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {runTime: 100s, checkpoint: {every: 30s, cost: 2s, restore: 5s}}\n") +
                         "  faults: [node-slow all speed=0.5 at=0s]\n") +
                jobSet());
  expectMetrics(figures, {{"makespan", 212}, {"checkpointTime", 2 * 12}, {"lostWork", 0}, {"goodput", 200.0 / 212}});
}

// One rank of two dies in step 25; the last checkpoint is that of step 20. Times of all ranks count.
TEST(WorkFigures, OfAModel) {
  const std::string model =
      "    model: &m {allReduce: {steps: 100, step: 1s, checkpoint: {everySteps: 10, cost: 2s, restore: 5s}}}\n";
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - match: {podIndex: 1}\n" + model +
                                   "    failures: [{at: 29s, attempts: 0}]\n  - {model: *m}\n")) +
                jobSet());
  // 20 steps and two checkpoints until 24 s, then five steps in vain. 5 s of restoring, 80 steps, 7 checkpoints.
  const double all = 29 + 5 + 80 + 7 * 2;
  expectMetrics(figures, {{"makespan", all},
                          {"repeatedWork", 5},
                          {"lostWork", 2 * 5},
                          {"checkpointTime", 2 * 18},
                          {"restoreTime", 2 * 5},
                          {"waitingTime", 0},
                          {"goodput", 100 / all},
                          {"ettr", 100 / all},
                          {"restarts.application", 1}});
}

// Submitted at 50 s, with a model whose times are those of the workers: the leader does not count. Three shards of two
// workers take 20 s; one worker has nothing to do for 10 s.
TEST(WorkFigures, OfWorkersOfAModel) {
  std::string manifest = jobSetOf({{"leader", ""}, {"workers", "replicas: 2, "}});
  manifest.erase(manifest.rfind("---"));
  std::string indented;
  for (std::size_t at = 0; at < manifest.size();) {
    const std::size_t end = manifest.find('\n', at) + 1;
    indented += "      " + manifest.substr(at, end - at);
    at = end;
  }
  const RunFigures figures =
      figuresOf(scenario("  manifests:\n  - at: 50s\n    object:\n" + indented +
                         behaviors("  - {model: {leaderWorker: {leader: leader, shards: 3, shardTime: 10s}}}\n")));
  expectMetrics(figures,
                {{"makespan", 20}, {"waitingTime", 10}, {"goodput", 0.75}, {"ettr", 0.75}, {"repeatedWork", 0}});
}

// One worker does a shard in 10 s; then there are two, which do the others in 10 s more.
TEST(WorkFigures, OfAModelThatGetsMoreWorkers) {
  const std::string scene =
      "  featureGates: {ElasticJobSet: true}\n  actions:\n"
      "  - {at: 10s, scale: JobSet/default/x, replicatedJob: workers, to: {parallelism: 2}}\n";
  const RunFigures figures = figuresOf(
      scenario(scene + behaviors("  - {model: {leaderWorker: {leader: leader, shards: 3, shardTime: 10s}}}\n")) +
      jobSetOf({{"leader", ""}, {"workers", ""}}));
  expectMetrics(figures, {{"makespan", 20}, {"goodput", 1}, {"ettr", 1}});
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
