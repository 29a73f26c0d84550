// The figures of small runs: how they end and start, what nodes come to, the service level, and figures as bytes.
#include "scenarios/study/figures.hpp"

#include <fstream>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/scenarios/study/small_runs.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using namespace test;

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
  EXPECT_NEAR(train.finished.value_or(-1), 100, 1e-6);
  EXPECT_NEAR(train.started.value_or(-1), 0, 1e-6);
  EXPECT_NEAR(train.ettr.value_or(-1), 1, 1e-6);
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
  EXPECT_NEAR(figures.workloads[1].finished.value_or(-1), 80, 1e-6);
}

// What is in vain is known from the end: both restarts of a JobSet that fails, and all its work.
TEST(Figures, OfAJobSetThatFails) {
  const RunFigures figures =
      figuresOf(scenario(behaviors("  - {match: {podIndex: 1}, runTime: 100s, failures: [{at: 10s}]}\n"
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

// It is over when it is gone, whatever else goes on.
TEST(Figures, OfAJobThatIsDeleted) {
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: other}\nspec: {restartPolicy: Never, containers: [{name: c, image: "
      "'a:1', command: [sleep, '500']}]}\n";
  const std::string scene = kRuns + "  actions: [{at: 50s, delete: Job/default/solo}]\n";
  expectMetrics(figuresOf(scenario(scene) + soloJob("Never", 0) + pod),
                {{"completedShare", 0}, {"lostWork", 50}, {"nodeHours", 100.0 / 3600}});
}

// As with a queue in front of the cluster: it is submitted suspended, and resumed after 30 s. Part of a service level
// is not enough.
TEST(Figures, OfAJobSetThatIsSuspended) {
  FigureOptions options;
  options.slo.start_within = 10s;
  options.slo.finish_within = 200s;
  options.slo.ettr = 0.5;
  const RunFigures figures = figuresOf(
      scenario(kRuns + "  actions: [{at: 30s, resume: JobSet/default/train}]\n") + jobSet("  suspend: true\n"),
      options);
  expectMetrics(figures, {{"makespan", 130},
                          {"queueing", 30},
                          {"timeToReady", 30},
                          {"ettr", 200.0 / 260},
                          {"slo", 0},
                          {"slo.start", 0},
                          {"slo.finish", 1},
                          {"slo.ettr", 1}});
}

// Index 0 is ready until it is thrown out at 30 s, index 1 from 50 s on, and what takes the place of index 0 from 130 s
// on.
TEST(Figures, OfPodsThatAreNotReadyAtOnce) {
  const std::string text = behaviors(
      "  - {match: {podIndex: 0, attempt: 1}, runTime: 300s, readyAfter: 100s}\n"
      "  - {match: {podIndex: 1}, runTime: 300s, readyAfter: 50s}\n  - {runTime: 300s}\n");
  const std::string faults = "  faults: [delete pod=train/workers/0/0 gracePeriodSeconds=0 at=30s]\n";
  expectMetrics(figuresOf(scenario(text + faults) + jobSet({}, "        backoffLimit: 3\n")),
                {{"makespan", 330}, {"timeToReady", 130}, {"cpuUtilisation", (10.0 * 300 + 5 * 30) / (20 * 330)}});
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
                          {"gpuUtilisation", taken / 5 * 8 / (offered / 10 * 8)},
                          {"goodput", 200.0 / 260},
                          {"ettr", 200.0 / (2 * 30 + 2 * 100 + 60)}});
}

TEST(Figures, AreTheSameAgain) {
  const std::string text = scenario(kRuns + "  faults: [exit pod=train/workers/0/1 code=3 at=30s]\n") + jobSet();
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
