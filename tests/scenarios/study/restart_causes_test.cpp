// What restarts are put down to, and how many there are.
#include "scenarios/study/restart_causes.hpp"

#include <map>

#include <gtest/gtest.h>

#include "tests/scenarios/study/small_runs.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using namespace test;

using Restarts = std::map<std::string, double>;

Restarts restartsOf(const RunFigures& figures) {
  Restarts out;
  for (const auto& [name, value] : figures.metrics) {
    if (name.starts_with("restarts.")) out[name.substr(9)] = value;
  }
  return out;
}

struct RestartCase {
  std::string name, spec, objects;
  Restarts restarts;
  std::string timing;
  friend void PrintTo(const RestartCase& row, std::ostream* out) { *out << row.name; }
};
// Each in flow style: "exit pod=... at=30s".
std::string faults(const std::string& list) { return kRuns + "  faults: [" + list + "]\n"; }
std::string actions(const std::string& list) { return kRuns + "  actions: [" + list + "]\n"; }
const std::string kDeadlined =
    jobSet("  failurePolicy: {maxRestarts: 1}\n", "        backoffLimit: 0\n        activeDeadlineSeconds: 60\n");
const std::string kUrgent = R"(  actions:
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
// A Pod that ends with 137 fails its Job at once.
const std::string kPodPolicy =
    jobSet("  failurePolicy: {maxRestarts: 3}\n",
           "        podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, "
           "values: [137]}}]}\n");
const std::string kTwoJobs = jobSetOf({{"a", ""}, {"b", ""}},
                                      "  failurePolicy: {maxRestarts: 3, rules: [{name: b, action: RestartJobSet, "
                                      "targetReplicatedJobs: [b]}]}\n");

const RestartCase kRestartCases[] = {
    {"exit", faults("exit pod=train/workers/0/1 code=3 at=30s"), jobSet(), {{"application", 1}}, ""},
    {"out_of_memory", faults("oom pod=train/workers/0/1 at=30s"), jobSet(), {{"memory", 1}}, ""},
    {"a_node_without_power", faults("node-fail pod=train/workers/0/1 at=30s repair=3m"), jobSet(), {{"node", 1}}, ""},
    {"a_reboot_that_nobody_notices",
     faults("node-reboot pod=train/workers/0/1 at=30s for=20s"),
     jobSet(),
     {{"node", 1}},
     ""},
    {"a_node_that_is_lost_for_long",
     faults("node-hang pod=train/workers/0/1 at=30s for=20m"),
     jobSet(),
     {{"node", 1}},
     ""},
    {"a_node_that_is_removed",
     faults("node-remove pod=train/workers/0/1 at=30s repair=1m"),
     jobSet(),
     {{"node", 1}},
     ""},
    {"a_node_that_shuts_down",
     faults("node-shutdown pod=train/workers/0/1 at=30s repair=1m"),
     jobSet(),
     {{"node", 1}},
     ""},
    {"a_device_that_is_lost",
     faults("gpu-fault pod=train/workers/0/1 code=134 at=30s repair=1m"),
     jobSet(),
     {{"node", 1}},
     ""},
    {"maintenance",
     faults("node-maintenance pod=train/workers/0/1 at=30s notice=1m for=5m"),
     jobSet(),
     {{"drain", 1}},
     ""},
    {"a_taint",
     actions("{at: 30s, taint: Node/gpu-1, add: [{key: leave, value: now, effect: NoExecute}]},\n"
             "    {at: 60s, taint: Node/gpu-1, remove: [{key: leave}]}"),
     jobSet(),
     {{"drain", 1}},
     ""},
    {"an_eviction", faults("evict pod=train/workers/0/1 at=30s"), jobSet(), {{"eviction", 1}}, ""},
    {"pressure", faults("pressure-evict pod=train/workers/0/1 reason=memory at=30s"), jobSet(), {{"eviction", 1}}, ""},
    {"preemption", kRuns + kUrgent, jobSet(), {{"preemption", 1}}, ""},
    {"a_deletion", faults("delete pod=train/workers/0/1 at=30s"), jobSet(), {{"deletion", 1}}, ""},
    {"an_image_that_does_not_come",
     behaviors("  - {runTime: 30s}\n") + "  faults: [image-missing image=train:* at=0s for=59s]\n",
     kDeadlined,
     {{"image", 1}},
     ""},
    {"a_deadline",
     behaviors("  - {match: {attempt: 0}, runTime: 100s}\n  - {runTime: 30s}\n"),
     kDeadlined,
     {{"deadline", 1}},
     ""},
    {"the_failure_that_goes_over_the_limit",
     faults("oom pod=train/workers/0/1 at=20s, exit pod=train/workers/0/1 at=40s"),
     jobSet("  failurePolicy: {maxRestarts: 3}\n", "        backoffLimit: 1\n"),
     {{"application", 1}},
     ""},
    {"two_failures_at_once_without_a_limit_for_them",
     faults("oom pod=train/workers/0/1 at=20s, exit pod=train/workers/0/0 at=20s"),
     jobSet(),
     {{"memory", 1}},
     ", job.syncBatch: 1s"},
    {"the_Pod_that_a_policy_names",
     faults("oom pod=train/workers/0/1 at=20s, exit pod=train/workers/0/0 at=20s"),
     kPodPolicy,
     {{"memory", 1}},
     ", job.syncBatch: 1s"},
    {"restarts_in_place_beyond_the_limit",
     behaviors("  - {match: {podIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n  - {runTime: 100s}\n"),
     jobSet("  failurePolicy: {maxRestarts: 3}\n", kNoRetry, "OnFailure"),
     {{"application", 1}},
     ""},
    {"the_Job_that_the_JobSet_names",
     behaviors("  - {runTime: 100s}\n") + "  faults: [exit pod=x/a/0/0 at=30s, oom pod=x/b/0/0 at=30s]\n",
     kTwoJobs,
     {{"memory", 1}},
     ", jobset.pass: 1s"},
    {"one_after_the_other",
     faults("exit pod=train/workers/0/1 at=30s, oom pod=train/workers/0/0 at=60s"),
     jobSet(),
     {{"application", 1}, {"memory", 1}},
     ""},
};

class RestartCause : public testing::TestWithParam<RestartCase> {};
TEST_P(RestartCause, IsToldInAWord) {
  const RunFigures figures = figuresOf(scenario(GetParam().spec, {}, GetParam().timing) + GetParam().objects);
  EXPECT_EQ(restartsOf(figures), GetParam().restarts);
  double all = 0;
  for (const auto& [cause, count] : GetParam().restarts) all += count;
  expectMetrics(figures, {{"restarts", all}, {"futileRestarts", 0}, {"completed", 1}});
}
INSTANTIATE_TEST_SUITE_P(Figures, RestartCause, testing::ValuesIn(kRestartCases),
                         [](const auto& row) { return row.param.name; });

// One Job of two is made again; the other works on.
TEST(RestartFigures, OfASingleJob) {
  const RunFigures figures =
      figuresOf(scenario("  featureGates: {RestartJob: true}\n" +
                         behaviors("  - {match: {jobIndex: 1, attempt: 0}, runTime: 100s, failures: [{at: 40s}]}\n"
                                   "  - {runTime: 100s}\n")) +
                jobSetOf({{"w", "replicas: 2, "}},
                         "  failurePolicy: {maxRestarts: 3, rules: [{name: one, action: RestartJob}]}\n"));
  expectMetrics(figures, {{"makespan", 140}, {"restarts", 1}, {"restarts.application", 1}, {"lostWork", 40}});
  EXPECT_EQ(figures.workloads.front().restarts, 1);
}

const std::string kInPlace = "  featureGates: {InPlaceRestart: true}\n";

// All Pods go on in place when the worker of one fails.
TEST(RestartFigures, InPlace) {
  const RunFigures figures = figuresOf(
      scenario(kInPlace +
               behaviors("  - {match: {podIndex: 0, attempt: 0}, runTime: 100s, failures: [{at: 20s, exitCode: 3}]}\n"
                         "  - {runTime: 100s}\n")) +
      inPlaceJobSet());
  expectMetrics(figures, {{"makespan", 120},
                          {"restarts", 1},
                          {"restarts.application", 1},
                          {"podRestarts", 2},
                          {"podFailures", 0},
                          {"lostWork", 40},
                          {"ettr", 200.0 / 240}});
}

TEST(RestartFigures, InPlaceByOneCauseAfterTheOther) {
  const RunFigures figures =
      figuresOf(scenario(kInPlace + faults("exit pod=x/w/0/0 at=20s, oom pod=x/w/0/1 at=60s")) + inPlaceJobSet());
  EXPECT_EQ(restartsOf(figures), (Restarts{{"application", 1}, {"memory", 1}}));
  expectMetrics(figures, {{"completed", 1}, {"restarts", 2}, {"podRestarts", 4}});
}

// The Job misses its deadline: the JobSet is made anew, and its agents go on to the next attempt, which is no restart
// in place. The one after that is.
TEST(RestartFigures, InPlaceAfterAWholeOne) {
  const RunFigures figures =
      figuresOf(scenario(kInPlace + behaviors("  - {match: {attempt: 0}, runTime: 100s}\n  - {runTime: 30s}\n") +
                         "  faults: [exit pod=x/w/0/1 at=70s]\n") +
                inPlaceJobSet("        activeDeadlineSeconds: 60\n"));
  EXPECT_EQ(restartsOf(figures), (Restarts{{"deadline", 1}, {"application", 1}}));
  expectMetrics(figures, {{"makespan", 100}, {"restarts", 2}, {"podRestarts", 2}, {"lostWork", 2 * 60 + 2 * 10}});
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
