// The figures of small runs, computed by hand: the control plane takes no time in them, so every number follows from
// what containers, faults and nodes do.
#include "scenarios/study/figures.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scenarios/load.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using namespace std::chrono_literals;

constexpr double kClose = 1e-6;

// `spec`: more of the scenario, two spaces in. Two nodes with 10 CPUs and 8 GPUs each.
std::string scenario(const std::string& spec, const std::string& pools = {}) {
  const std::string usual =
      "    - {name: gpu, count: 2, capacity: {cpu: \"10\", memory: 64Gi, nvidia.com/gpu: \"8\"}}\n";
  return fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {{profile: zero, nodes: {{shutdownGrace: "
      "30s}}}}\n"
      "  cluster:\n    nodePools:\n{}{}---\n",
      pools.empty() ? usual : pools, spec);
}

// A JobSet of one Job with two Pods, each of which takes half a node's CPUs and all of its GPUs. `fields`: of its spec.
std::string jobSet(const std::string& fields = "  failurePolicy: {maxRestarts: 3}\n", const std::string& job = {},
                   const std::string& name = "train") {
  return fmt::format(R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: {}}}
spec:
{}  replicatedJobs:
  - name: workers
    replicas: 1
    template:
      spec:
        backoffLimit: 0
        completions: 2
        parallelism: 2
{}        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: train:1
              resources: {{requests: {{cpu: "5"}}, limits: {{nvidia.com/gpu: "8"}}}}
---
)",
                     name, fields, job);
}

// A Job of one Pod without an index.
std::string soloJob(const std::string& restart_policy, int backoff_limit) {
  return fmt::format(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: solo}}\nspec:\n  backoffLimit: {}\n  template:\n    spec:\n"
      "      restartPolicy: {}\n      containers: [{{name: c, image: 'a:1'}}]\n",
      backoff_limit, restart_policy);
}

std::string behavior(const std::string& what) { return "  behaviors:\n" + what; }
const std::string kRuns = behavior("  - {runTime: 100s}\n");

RunFigures figuresOf(const std::string& text, const FigureOptions& options = {}) {
  const Loaded loaded = load({{"figures.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error) << " " << error.hint;
  return runForFigures(loaded.plan, options);
}

using Wanted = std::vector<std::pair<std::string, std::optional<double>>>;
void expectMetrics(const RunFigures& figures, const Wanted& wanted) {
  for (const auto& [name, value] : wanted) {
    ASSERT_TRUE(findMetric(name)) << name;
    const std::optional<double> found = figures.metric(name);
    if (!value) {
      EXPECT_FALSE(found) << name << " is " << *found;
    } else if (!found) {
      ADD_FAILURE() << name << " is absent, not " << *value;
    } else {
      EXPECT_NEAR(*found, *value, kClose) << name;
    }
  }
}

TEST(Figures, OfARunInWhichNothingGoesWrong) {
  FigureOptions options;
  options.prices = {{"gpu", 3.6}, {"none", 100}};
  const RunFigures figures = figuresOf(scenario(kRuns) + jobSet(), options);
  EXPECT_EQ(figures.end_reason, "finished");
  expectMetrics(figures, {{"completed", 1},
                          {"completedShare", 1},
                          {"failed", 0},
                          {"failed.ReachedMaxRestarts", 0},
                          {"makespan", 100},
                          {"timeToReady", 0},
                          {"queueing", 0},
                          {"queueing.p95", 0},
                          {"restarts", 0},
                          {"restarts.node", 0},
                          {"futileRestarts", 0},
                          {"podFailures", 0},
                          {"podRestarts", 0},
                          {"ettr", 1},
                          {"goodput", 1},
                          {"lostWork", 0},
                          {"repeatedWork", std::nullopt},
                          {"checkpointTime", 0},
                          {"cpuUtilisation", 0.5},
                          {"gpuUtilisation", 1},
                          {"cpuFragmentation", 1},
                          {"gpuFragmentation", std::nullopt},
                          {"nodeHours", 200.0 / 3600},
                          {"cost", 0.2},
                          {"costPerUsefulHour", 3.6},
                          {"slo", std::nullopt},
                          {"gaveUpEarly", std::nullopt},
                          {"avoidableRestarts", std::nullopt}});
  EXPECT_GT(figures.metric("events").value_or(0), 10);
  ASSERT_EQ(figures.workloads.size(), 1U);
  const WorkloadFigures& train = figures.workloads.front();
  EXPECT_EQ(train.kind + "/" + train.namespace_ + "/" + train.name, "JobSet/default/train");
  EXPECT_EQ(train.state, "Completed");
  EXPECT_NEAR(train.finished.value_or(-1), 100, kClose);
  EXPECT_NEAR(train.started.value_or(-1), 0, kClose);
  EXPECT_NEAR(train.ettr.value_or(-1), 1, kClose);
}

// Pod 1 dies after 40 s: 80 Pod-seconds are lost, and another 200 do the work.
TEST(Figures, OfARestart) {
  const RunFigures figures = figuresOf(
      scenario(behavior("  - {match: {podIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s, exitCode: 7}]}\n"
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

// What was kept each 30 s is not done again: the first start of Pod 1 does 30 s of use and 10 s in vain.
TEST(Figures, OfCheckpoints) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - match: {podIndex: 1, attempt: 0}\n    runTime: 100s\n"
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
TEST(Figures, OfCheckpointsThatNobodyReads) {
  const std::string behaviors = behavior(
      "  - {match: {attempt: 0}, runTime: 100s, checkpoint: {every: 30s}, failures: [{at: 40s}]}\n"
      "  - {runTime: 100s, checkpoint: {every: 30s}}\n");
  // Each Pod is the first of its name.
  expectMetrics(figuresOf(scenario(behaviors) + soloJob("Never", 3)),
                {{"completed", 0}, {"lostWork", 160}, {"goodput", 0}, {"podFailures", 4}, {"podRestarts", 0}});
  // Restarted in place at once, without the back-off of a second failure.
  expectMetrics(
      figuresOf(scenario(behaviors) + soloJob("OnFailure", 3)),
      {{"makespan", 110}, {"lostWork", 10}, {"goodput", 100.0 / 110}, {"podFailures", 0}, {"podRestarts", 1}});
}

// Restarts in place without checkpoints: what the run before did is lost, and in between nothing runs.
TEST(Figures, OfContainersThatAreRestarted) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - {match: {attempt: [0, 1]}, runTime: 100s, failures: [{at: 40s}]}\n"
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

// Nothing has gone wrong yet with what has not come to its end.
TEST(Figures, OfARunThatIsCutShort) {
  const RunFigures figures = figuresOf(scenario("  duration: 60s\n" + kRuns) + jobSet());
  EXPECT_EQ(figures.end_reason, "until");
  expectMetrics(figures, {{"completed", 0},
                          {"completedShare", 0},
                          {"failed", 0},
                          {"makespan", std::nullopt},
                          {"endTime", 60},
                          {"ettr", 1},
                          {"goodput", 1},
                          {"cpuUtilisation", 0.5},
                          {"nodeHours", 120.0 / 3600}});
  EXPECT_EQ(figures.workloads.front().state, "");
  EXPECT_FALSE(figures.workloads.front().finished);
}

// One rank of two dies in step 25; the last checkpoint is that of step 20. Times of all ranks count.
TEST(Figures, OfAModel) {
  const std::string model =
      "    model: &m {allReduce: {steps: 100, step: 1s, checkpoint: {everySteps: 10, cost: 2s, restore: 5s}}}\n";
  const RunFigures figures = figuresOf(scenario(behavior("  - match: {podIndex: 1}\n" + model +
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

// Submitted at 50 s, with a model whose times are those of the workers: the leader does not count.
TEST(Figures, OfWorkersOfAModel) {
  const std::string text = R"(  manifests:
  - at: 50s
    object:
      apiVersion: jobset.x-k8s.io/v1alpha2
      kind: JobSet
      metadata: {name: shards}
      spec:
        replicatedJobs:
        - {name: leader, template: {spec: &job {backoffLimit: 0, completions: 1, parallelism: 1, template: {spec: {
             restartPolicy: Never, containers: [{name: c, image: "a:1"}]}}}}}
        - {name: workers, replicas: 2, template: {spec: *job}}
)";
  const RunFigures figures = figuresOf(
      scenario(text + behavior("  - {model: {leaderWorker: {leader: leader, shards: 3, shardTime: 10s}}}\n")));
  // Three shards of two workers take 20 s; one worker has nothing to do for 10 s.
  expectMetrics(figures,
                {{"makespan", 20}, {"waitingTime", 10}, {"goodput", 0.75}, {"ettr", 0.75}, {"repeatedWork", 0}});
}

// A Job without a JobSet is a workload, too. The second waits until the first makes room.
TEST(Figures, OfJobsAlone) {
  const auto manifest = [](const std::string& name, const std::string& at, const std::string& script) {
    return fmt::format(R"(  - at: {}
    object:
      apiVersion: batch/v1
      kind: Job
      metadata: {{name: {}}}
      spec:
        backoffLimit: 0
        completions: 2
        parallelism: 2
        template:
          spec:
            restartPolicy: Never
            containers:
            - {{name: c, image: "a:1", command: [sh, -c, "{}"], resources: {{limits: {{nvidia.com/gpu: "8"}}}}}}
)",
                       at, name, script);
  };
  FigureOptions options;
  options.slo.start_within = 10s;
  options.slo.finish_within = 100s;
  options.slo.ettr = 0.5;
  const RunFigures figures = figuresOf(
      scenario("  manifests:\n" + manifest("first", "0s", "sleep 60") + manifest("second", "10s", "sleep 30; exit 3")),
      options);
  expectMetrics(figures, {{"completed", 0},
                          {"completedShare", 0.5},
                          {"failed", 0.5},
                          {"failed.BackoffLimitExceeded", 1},
                          {"makespan", std::nullopt},
                          {"timeToReady", 25},
                          {"queueing", 25},
                          {"queueing.p95", 47.5},
                          {"podFailures", 2},
                          {"restarts", 0},
                          {"lostWork", 60},
                          {"goodput", 120.0 / 180},
                          {"ettr", 0.5},
                          {"gpuUtilisation", 1},
                          {"slo", 0.5},
                          {"slo.start", 0.5},
                          {"slo.finish", 0.5},
                          {"slo.ettr", 0.5}});
  ASSERT_EQ(figures.workloads.size(), 2U);
  EXPECT_EQ(figures.workloads[1].kind, "Job");
  EXPECT_EQ(figures.workloads[1].reason, "BackoffLimitExceeded");
  EXPECT_TRUE(figures.workloads[0].slo_met);
  EXPECT_FALSE(figures.workloads[1].slo_met);
  EXPECT_NEAR(figures.workloads[1].finished.value_or(-1), 80, kClose);
}

// What is in vain is known from the end: both restarts of a JobSet that fails, and all its work.
TEST(Figures, OfAJobSetThatFails) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - {match: {podIndex: 1}, runTime: 100s, failures: [{at: 10s}]}\n"
                                  "  - {runTime: 100s}\n")) +
                jobSet("  failurePolicy: {maxRestarts: 2}\n"));
  expectMetrics(figures, {{"completed", 0},
                          {"failed", 1},
                          {"failed.ReachedMaxRestarts", 1},
                          {"failed.FailedJobs", 0},
                          {"makespan", std::nullopt},
                          {"restarts", 2},
                          {"futileRestarts", 2},
                          {"lostWork", 60},
                          {"goodput", 0},
                          {"ettr", 0},
                          {"costPerUsefulHour", std::nullopt}});
  EXPECT_EQ(figures.workloads.front().state, "Failed");
  EXPECT_EQ(figures.workloads.front().reason, "ReachedMaxRestarts");
}

// The workers serve until the driver is done; the JobSet deletes them then, and what they did counts.
TEST(Figures, OfPodsThatServeUntilTheOthersAreDone) {
  const std::string text = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  successPolicy: {operator: All, targetReplicatedJobs: [driver]}
  replicatedJobs:
  - {name: driver, template: {spec: &job {completions: 1, parallelism: 1, template: {spec: {
       restartPolicy: Never, containers: [{name: c, image: "a:1"}]}}}}}
  - {name: server, template: {spec: *job}}
)";
  const RunFigures figures = figuresOf(
      scenario(behavior("  - {match: {replicatedJob: driver}, runTime: 50s}\n  - {runTime: forever}\n")) + text);
  expectMetrics(figures, {{"makespan", 50}, {"goodput", 1}, {"ettr", 1}, {"lostWork", 0}, {"podFailures", 0}});
}

// A stage that comes after another is wanted only from then on.
TEST(Figures, OfStagesOneAfterTheOther) {
  const std::string text = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  replicatedJobs:
  - {name: first, template: {spec: &job {completions: 1, parallelism: 1, template: {spec: {
       restartPolicy: Never, containers: [{name: c, image: "a:1"}]}}}}}
  - {name: second, dependsOn: [{name: first, status: Complete}], template: {spec: *job}}
)";
  expectMetrics(
      figuresOf(scenario(behavior("  - {match: {replicatedJob: first}, runTime: 50s}\n  - {runTime: 30s}\n")) + text),
      {{"makespan", 80}, {"ettr", 1}, {"timeToReady", 50}, {"queueing", 0}});
}

// Two nodes with 10 CPUs, of which 5 are taken, and two spare ones with 20 until 100 s. One of these is there until 40
// s, and another in its place from 60 s on; the other is not Ready from 10 s on, but has its price.
TEST(Figures, OfNodesThatComeAndGo) {
  const std::string faults =
      "  faults: [node-remove node=spare-0 at=40s repair=20s, node-shutdown node=spare-1 at=10s repair=1h]\n";
  const std::string pools =
      "    - {name: gpu, count: 2, capacity: {cpu: \"10\", memory: 64Gi, nvidia.com/gpu: \"8\"}}\n"
      "    - {name: spare, count: 2, capacity: {cpu: \"20\", memory: 64Gi}}\n";
  FigureOptions options;
  options.prices = {{"gpu", 3600}, {"spare", 360}};
  const RunFigures figures = figuresOf(scenario(kRuns + faults, pools) + jobSet(), options);
  const double offered = 20 * 100 + 20 * (40 + 40) + 20 * 10;
  // 10 of what is free lie on nodes that are partly used.
  const double scattered = 10.0 / 50 * 10 + 10.0 / 30 * 30 + 10.0 / 10 * 20 + 10.0 / 30 * 40;
  expectMetrics(figures, {{"makespan", 100},
                          {"nodeHours", (200.0 + 80 + 100) / 3600},
                          {"cost", 200 + (80 + 100) / 10.0},
                          {"cpuUtilisation", 10 * 100 / offered},
                          {"cpuFragmentation", scattered / 100},
                          {"gpuUtilisation", 1}});
}

// The Pod is still there when its node is gone, but takes nothing any more.
TEST(Figures, OfAPodWhoseNodeIsGone) {
  const std::string faults = "  faults: [node-remove node=gpu-1 at=30s]\n";
  expectMetrics(figuresOf(scenario("  duration: 60s\n" + kRuns + faults) + jobSet()),
                {{"cpuUtilisation", 0.5}, {"gpuUtilisation", 1}, {"nodeHours", 90.0 / 3600}, {"restarts", 0}});
}

// A node that has fewer devices than its Pod asked for is full, no more.
TEST(Figures, OfANodeThatLosesDevices) {
  const std::string faults = "  faults: [gpu-fault node=gpu-1 count=4 at=50s]\n";
  expectMetrics(figuresOf(scenario(kRuns + faults) + jobSet()), {{"makespan", 100}, {"gpuUtilisation", 1}});
}

// A node shuts down at 30 s and is back at 90 s. Pod 0 runs again at once, Pod 1 has to wait.
TEST(Figures, OfAPodThatWaitsForItsNode) {
  const RunFigures figures =
      figuresOf(scenario(kRuns + "  faults: [node-shutdown pod=train/workers/0/1 at=30s repair=1m]\n") + jobSet());
  const double taken = 10 * 30 + 5 * 60 + 10 * 40 + 5 * 60, offered = 20 * 30 + 10 * 60 + 20 * 100;
  expectMetrics(figures, {{"makespan", 190},
                          {"restarts.node", 1},
                          {"lostWork", 60},
                          {"cpuUtilisation", taken / offered},
                          {"goodput", 200.0 / 260},
                          {"ettr", 200.0 / (2 * 30 + 2 * 100 + 60)}});
}

// What a Pod did that had succeeded is done again, too.
TEST(Figures, OfWorkThatIsDoneAgain) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - {match: {podIndex: 0}, runTime: 20s}\n"
                                  "  - {match: {attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n"
                                  "  - {runTime: 100s}\n")) +
                jobSet());
  expectMetrics(figures, {{"makespan", 140},
                          {"lostWork", 20 + 40},
                          {"goodput", 120.0 / 180},
                          {"ettr", 120.0 / (2 * 20 + 20 + 2 * 20 + 80)}});
}

// A Pod that somebody deletes has not failed, but what it did is lost.
TEST(Figures, OfAPodThatIsReplaced) {
  const std::string faults = "  faults: [delete pod=default/solo at=30s]\n";
  expectMetrics(figuresOf(scenario(kRuns + faults) + soloJob("Never", 3)),
                {{"makespan", 130}, {"lostWork", 30}, {"ettr", 100.0 / 130}, {"podFailures", 0}});
}

TEST(Figures, OfAJobSetThatIsDeleted) {
  const RunFigures figures =
      figuresOf(scenario(kRuns + "  actions: [{at: 50s, delete: JobSet/default/train}]\n") + jobSet());
  expectMetrics(figures, {{"completedShare", 0},
                          {"failed", 0},
                          {"lostWork", 100},
                          {"goodput", 0},
                          {"ettr", 0},
                          {"nodeHours", 100.0 / 3600}});
  EXPECT_EQ(figures.workloads.front().state, "");
  EXPECT_FALSE(figures.workloads.front().finished);
}

// As with a queue in front of the cluster: it is submitted suspended, and resumed after 30 s.
TEST(Figures, OfAJobSetThatIsSuspended) {
  const RunFigures figures = figuresOf(scenario(kRuns + "  actions: [{at: 30s, resume: JobSet/default/train}]\n") +
                                       jobSet("  suspend: true\n"));
  expectMetrics(figures, {{"makespan", 130}, {"queueing", 30}, {"timeToReady", 30}, {"ettr", 200.0 / 260}});
}

// Index 1 serves until the Job has succeeded by index 0.
TEST(Figures, OfAJobThatSucceedsByItsPolicy) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - {match: {podIndex: 0}, runTime: 50s}\n  - {runTime: forever}\n")) +
                jobSet("",
                       "        completionMode: Indexed\n"
                       "        successPolicy: {rules: [{succeededIndexes: \"0\"}]}\n"));
  expectMetrics(figures, {{"makespan", 50}, {"goodput", 1}, {"ettr", 1}, {"lostWork", 0}});
}

// On nodes that do half as much in a second the same work takes twice as long: it is useful all the same.
TEST(Figures, OfCheckpointsOnSlowNodes) {
  const RunFigures figures =
      figuresOf(scenario(behavior("  - {runTime: 100s, checkpoint: {every: 30s, cost: 2s, restore: 5s}}\n") +
                         "  faults: [node-slow all speed=0.5 at=0s]\n") +
                jobSet());
  expectMetrics(figures, {{"makespan", 212}, {"checkpointTime", 2 * 12}, {"lostWork", 0}, {"goodput", 200.0 / 212}});
}

// One Job of two is made again; the other works on.
TEST(Figures, OfASingleJobThatIsRestarted) {
  const std::string text = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  failurePolicy: {maxRestarts: 3, rules: [{name: one, action: RestartJob}]}
  replicatedJobs:
  - {name: w, replicas: 2, template: {spec: {backoffLimit: 0, completions: 1, parallelism: 1, template: {spec: {
       restartPolicy: Never, containers: [{name: c, image: "a:1"}]}}}}}
)";
  const RunFigures figures =
      figuresOf(scenario("  featureGates: {RestartJob: true}\n" +
                         behavior("  - {match: {jobIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n"
                                  "  - {runTime: 100s}\n")) +
                text);
  expectMetrics(figures, {{"makespan", 140}, {"restarts", 1}, {"restarts.application", 1}, {"lostWork", 40}});
}

// All Pods go on in place; the worker of one fails at 20 s.
TEST(Figures, OfARestartInPlace) {
  const std::string text = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  failurePolicy: {maxRestarts: 3, restartStrategy: InPlaceRestart}
  replicatedJobs:
  - name: w
    template:
      spec:
        completions: 2
        parallelism: 2
        backoffLimit: 2147483647
        podReplacementPolicy: Failed
        template:
          spec:
            containers:
            - name: in-place-restart-agent
              image: example/in-place-restart-agent
              restartPolicy: Never
              restartPolicyRules: [{action: Restart, exitCodes: {operator: NotIn, values: [0]}}]
              env:
              - {name: JOBSET_NAME, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['jobset.sigs.k8s.io/jobset-name']"}}}
              - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
              - {name: WORKER_COMMAND, value: "sleep 1"}
)";
  const RunFigures figures = figuresOf(
      scenario("  featureGates: {InPlaceRestart: true}\n" +
               behavior("  - {match: {podIndex: 0, attempt: 0}, runTime: 100s, failures: [{at: 20s, exitCode: 3}]}\n"
                        "  - {runTime: 100s}\n")) +
      text);
  expectMetrics(figures, {{"makespan", 120},
                          {"restarts", 1},
                          {"restarts.application", 1},
                          {"podRestarts", 2},
                          {"podFailures", 0},
                          {"lostWork", 40},
                          {"ettr", 200.0 / 240}});
}

std::vector<std::pair<std::string, double>> restartsByCause(const RunFigures& figures) {
  std::vector<std::pair<std::string, double>> out;
  for (const auto& [name, value] : figures.metrics) {
    if (name.starts_with("restarts.")) out.emplace_back(name.substr(9), value);
  }
  return out;
}

struct CauseCase {
  std::string name, spec, jobset, cause;
  friend void PrintTo(const CauseCase& row, std::ostream* out) { *out << row.name; }
};
std::string faultsAnd(const std::string& fault, const std::string& more = {}) {
  return kRuns + "  faults: ['" + fault + "']\n" + more;
}
const std::string kDeadlined = jobSet("  failurePolicy: {maxRestarts: 1}\n", "        activeDeadlineSeconds: 60\n");
const std::string kHighPriority = R"(  actions:
  - at: 30s
    objects:
    - {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1000}
    - apiVersion: v1
      kind: Pod
      metadata: {name: urgent}
      spec:
        priorityClassName: high
        restartPolicy: Never
        containers: [{name: c, image: "a:1", command: [sleep, "10"], resources: {limits: {nvidia.com/gpu: "8"}}}]
)";
const CauseCase kCauses[] = {
    {"exit", faultsAnd("exit pod=train/workers/0/1 code=3 at=30s"), jobSet(), "application"},
    {"out_of_memory", faultsAnd("oom pod=train/workers/0/1 at=30s"), jobSet(), "memory"},
    {"a_node_without_power", faultsAnd("node-fail pod=train/workers/0/1 at=30s repair=3m"), jobSet(), "node"},
    {"a_reboot_that_nobody_notices", faultsAnd("node-reboot pod=train/workers/0/1 at=30s for=20s"), jobSet(), "node"},
    {"a_node_that_is_lost_for_long", faultsAnd("node-hang pod=train/workers/0/1 at=30s for=20m"), jobSet(), "node"},
    {"a_node_that_is_removed", faultsAnd("node-remove pod=train/workers/0/1 at=30s repair=1m"), jobSet(), "node"},
    {"a_node_that_shuts_down", faultsAnd("node-shutdown pod=train/workers/0/1 at=30s repair=1m"), jobSet(), "node"},
    {"a_device_that_is_lost", faultsAnd("gpu-fault pod=train/workers/0/1 code=134 at=30s repair=1m"), jobSet(), "node"},
    {"maintenance", faultsAnd("node-maintenance pod=train/workers/0/1 at=30s notice=1m for=5m"), jobSet(), "drain"},
    {"a_taint",
     kRuns + "  actions: [{at: 30s, taint: Node/gpu-1, add: [{key: leave, value: now, effect: NoExecute}]},\n"
             "    {at: 60s, taint: Node/gpu-1, remove: [{key: leave}]}]\n",
     jobSet(), "drain"},
    {"an_eviction", faultsAnd("evict pod=train/workers/0/1 at=30s"), jobSet(), "eviction"},
    {"pressure", faultsAnd("pressure-evict pod=train/workers/0/1 reason=memory at=30s"), jobSet(), "eviction"},
    {"preemption", kRuns + kHighPriority, jobSet(), "preemption"},
    {"a_deletion", faultsAnd("delete pod=train/workers/0/1 at=30s"), jobSet(), "deletion"},
    {"an_image_that_does_not_come", faultsAnd("image-missing image=train:* at=0s for=59s"), kDeadlined, "image"},
    {"a_deadline", behavior("  - {match: {attempt: 0}, runTime: 100s}\n  - {runTime: 30s}\n"), kDeadlined, "deadline"},
};

class RestartCause : public testing::TestWithParam<CauseCase> {};
TEST_P(RestartCause, IsToldInAWord) {
  const RunFigures figures = figuresOf(scenario(GetParam().spec) + GetParam().jobset);
  EXPECT_EQ(figures.metric("restarts"), 1);
  EXPECT_EQ(restartsByCause(figures), (std::vector<std::pair<std::string, double>>{{GetParam().cause, 1}}));
}
INSTANTIATE_TEST_SUITE_P(Figures, RestartCause, testing::ValuesIn(kCauses),
                         [](const auto& row) { return row.param.name; });

TEST(Figures, AreTheSameAgain) {
  const std::string text = scenario(faultsAnd("exit pod=train/workers/0/1 code=3 at=30s")) + jobSet();
  EXPECT_EQ(toBytes(figuresOf(text)), toBytes(figuresOf(text)));
}

TEST(FigureBytes, AreTheFiguresAgain) {
  RunFigures figures;
  figures.seed = 0xffffffffffffffffU;
  figures.events = 12;
  figures.fingerprint = "ab";
  figures.end_reason = "until";
  figures.metrics = {{"a", -1.5}, {"b", 1e300}};
  WorkloadFigures workload;
  workload.kind = "JobSet";
  workload.namespace_ = "default";
  workload.name = "x";
  workload.state = "Failed";
  workload.reason = "FailedJobs";
  workload.queued = 0.1;
  workload.ettr = 1;
  workload.restarts = 7;
  workload.slo_met = true;
  figures.workloads = {workload, {}};
  const RunFigures again = figuresFromBytes(toBytes(figures));
  EXPECT_EQ(again.seed, figures.seed);
  EXPECT_EQ(again.events, figures.events);
  EXPECT_EQ(again.fingerprint, figures.fingerprint);
  EXPECT_EQ(again.end_reason, figures.end_reason);
  EXPECT_EQ(again.metrics, figures.metrics);
  ASSERT_EQ(again.workloads.size(), 2U);
  const WorkloadFigures& one = again.workloads.front();
  EXPECT_EQ(one.kind + one.namespace_ + one.name + one.state + one.reason, "JobSetdefaultxFailedFailedJobs");
  EXPECT_EQ(one.queued, 0.1);
  EXPECT_FALSE(one.started || one.finished);
  EXPECT_EQ(one.ettr, 1);
  EXPECT_EQ(one.restarts, 7);
  EXPECT_TRUE(one.slo_met);
  EXPECT_FALSE(again.workloads.back().slo_met);
}

TEST(FigureBytes, AreRefusedWhenTheyAreNone) {
  EXPECT_THROW(figuresFromBytes(""), std::runtime_error);
  EXPECT_THROW(figuresFromBytes("these are no figures"), std::runtime_error);
  RunFigures figures;
  figures.metrics = {{"makespan", 100}};
  const std::string whole = toBytes(figures);
  EXPECT_THROW(figuresFromBytes(whole + "x"), std::runtime_error);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_THROW(figuresFromBytes(whole.substr(0, i)), std::runtime_error) << i;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_THROW(figuresFromBytes(damaged), std::runtime_error) << i;
  }
}

TEST(MetricInfos, FindMembersOfFamilies) {
  ASSERT_TRUE(findMetric("restarts.node"));
  EXPECT_EQ(findMetric("restarts.node")->name, "restarts.<cause>");
  EXPECT_EQ(findMetric("failed.FailedJobs")->name, "failed.<reason>");
  EXPECT_EQ(findMetric("restarts")->name, "restarts");
  for (const char* none : {"", "restarts.", "restarts.nod", "failed.", "makespans", "slo.", "ettr.x"})
    EXPECT_FALSE(findMetric(none)) << none;
}

TEST(MetricInfos, AreAllInTheDocument) {
  std::ifstream in(TWIN_SOURCE_DIR "/docs/metrics.md");
  std::set<std::string> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| `")) rows.insert(line.substr(3, line.find('`', 3) - 3));
  }
  for (const MetricInfo& info : metricInfos()) {
    EXPECT_TRUE(rows.contains(info.name)) << info.name;
    EXPECT_FALSE(info.doc.empty()) << info.name;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
