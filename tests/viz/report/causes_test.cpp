// One cause, one alarm; what is not to blame; what is restarted alone; and why, of every kind of object, with real
// faults.
#include <gmock/gmock.h>

#include "tests/viz/report/reported.hpp"
#include "viz/report/report_text.hpp"
#include "viz/report/why.hpp"

namespace jobset_twin::viz::report {
namespace {

using test::catalogueText;
using test::jobSetText;
using test::Reported;
using test::seconds;
using testing::HasSubstr;
using testing::Not;

std::string named(std::string text, const std::string& name) {
  const std::string was = "  name: x\n";
  text.replace(text.find(was), was.size(), "  name: " + name + "\n");
  return text;
}

scenarios::LoadOptions with(const std::vector<std::string>& faults) {
  scenarios::LoadOptions options;
  options.faults = faults;
  return options;
}

template <class Case>
std::string nameOf(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

std::size_t harmful(const RunReport& report) {
  std::size_t out = 0;
  for (const Alarm& alarm : report.alarms)
    out += alarm.pods_failed + alarm.containers_failed + alarm.restarts > 0 ? 1 : 0;
  return out;
}

const std::string kRacks = R"(---
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: racks}
spec:
  cluster: {nodePools: [{name: node, count: 8, racks: 2, capacity: {cpu: "8", memory: 64Gi}}]}
)";

// Three JobSets, spread over two racks.
std::string threeJobSets() {
  const std::string one = jobSetText(1, 8, "exec sleep 1200", "  failurePolicy:\n    maxRestarts: 3\n");
  return named(one, "a") + "---\n" + named(one, "b") + "---\n" + named(one, "c") + kRacks;
}

TEST(OneCause, ARackThatRestartsSeveralJobSetsIsOneAlarm) {
  const Reported run(threeJobSets(), with({"node-fail domain=rack/rack-0 at=2m repair=3m"}));
  const std::string text = reportText(run.report, {});
  ASSERT_EQ(harmful(run.report), 1U) << text;
  const Alarm& alarm = run.report.alarms.front();
  EXPECT_THAT(alarm.text, HasSubstr("fault node-fail-1 (node-fail): the node loses its power"));
  EXPECT_EQ(alarm.times, 1U);
  EXPECT_EQ(alarm.restarts, 3U) << text;
  EXPECT_EQ(alarm.jobs_failed, 3U);
  double pod_seconds = 0;
  for (const RestartRow& row : run.report.restarts) {
    EXPECT_EQ(run.at(row.fault), 120);
    EXPECT_EQ(row.pods, 8U);
    EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
    EXPECT_GT(seconds(row.detection), 180) << "the Job fails when the nodes are back";
    pod_seconds += 8 * seconds(row.lost);
  }
  EXPECT_NEAR(alarm.pod_seconds, pod_seconds, 1e-6);
}

TEST(OneCause, FailuresOfOneHazardAreOneAlarm) {
  const Reported run(jobSetText(4, 4, "exec sleep 3600", "  failurePolicy:\n    maxRestarts: 100\n"),
                     with({"kill any mtbf=4h"}));
  ASSERT_EQ(harmful(run.report), 1U) << reportText(run.report, {});
  const Alarm& alarm = run.report.alarms.front();
  EXPECT_EQ(alarm.text, "fault kill-1 (kill)");
  EXPECT_GT(alarm.times, 1U);
  EXPECT_GE(alarm.times, alarm.restarts);
  EXPECT_EQ(alarm.restarts, run.report.restarts.size());
}

// What was there, and cannot have brought the failure about.
struct Innocent {
  const char* name;
  const char* fault;
};
class NotToBlame : public testing::TestWithParam<Innocent> {};

TEST_P(NotToBlame, AFaultThatCannotHaveDoneIt) {
  const std::string script = "if [ \"$JOB_COMPLETION_INDEX\" = 1 ]; then sleep 60; exit 3; fi; sleep 300";
  const Reported run(jobSetText(1, 3, script, "  failurePolicy:\n    maxRestarts: 0\n"), with({GetParam().fault}));
  const std::string text = reportText(run.report, {});
  bool found = false;
  for (const Alarm& alarm : run.report.alarms) {
    if (alarm.jobsets_failed == 0) continue;
    found = true;
    EXPECT_THAT(alarm.text, HasSubstr("container main exits with code 3")) << text;
  }
  EXPECT_TRUE(found) << text;
}

INSTANTIATE_TEST_SUITE_P(Reports, NotToBlame,
                         testing::Values(Innocent{"unready", "unready pod=x/workers/0/1 at=10s for=10s"},
                                         Innocent{"stuck", "stuck-terminating pod=x/workers/0/1 at=10s for=30s"},
                                         Innocent{"slow_node", "node-slow pod=x/workers/0/1 speed=0.9 at=10s"},
                                         Innocent{"silent_node", "node-hang pod=x/workers/0/1 at=40s for=60s"},
                                         Innocent{"names", "dns-down at=10s for=5m"},
                                         Innocent{"api", "api-outage at=30s for=20s"},
                                         Innocent{"other_pod", "unready pod=x/workers/0/0 at=10s"},
                                         Innocent{"images", "image-missing image=other* at=0s"}),
                         nameOf<Innocent>);

TEST(Causes, NamesThatWereLookedForInVain) {
  const Reported run(jobSetText(1, 2, "sleep 20; getent hosts x-workers-0-0.x || exit 7; sleep 60",
                                "  failurePolicy:\n    maxRestarts: 0\n"),
                     with({"dns-down at=10s for=2m"}));
  EXPECT_THAT(run.report.alarms.front().text, HasSubstr("dns-down-1"));
  EXPECT_EQ(run.report.alarms.front().jobsets_failed, 1U);
}

TEST(Causes, ADeadlineThatImagesWereMissingFor) {
  std::string text = jobSetText(1, 2, "exec sleep 10", "", "        activeDeadlineSeconds: 60\n");
  const Reported run(text, with({"image-missing image=bash at=0s"}));
  ASSERT_FALSE(run.report.alarms.empty());
  EXPECT_THAT(run.report.alarms.front().text, HasSubstr("image-missing-1"));
  EXPECT_EQ(run.report.alarms.front().jobs_failed, 1U);
  EXPECT_FALSE(run.start(0).ready);
  ASSERT_FALSE(run.start(0).held.empty()) << "what its Pods waited for";
  EXPECT_GT(seconds(run.start(0).held.front().time), 55);
}

TEST(Causes, ANodeThatFallsSilentUntilItsPodsAreEvicted) {
  const Reported run(jobSetText(1, 2, "exec sleep 1800", "  failurePolicy:\n    maxRestarts: 1\n"),
                     with({"node-partition pod=x/workers/0/1 at=1m for=15m"}));
  const std::string text = reportText(run.report, {});
  ASSERT_EQ(run.report.restarts.size(), 1U) << text;
  const RestartRow& row = run.report.restarts.front();
  EXPECT_THAT(row.cause, HasSubstr("node-partition-1")) << text;
  EXPECT_EQ(run.at(row.fault), 60);
  EXPECT_GT(seconds(row.detection), 340) << "the lease runs out in 40 s, the toleration in 300 s";
}

// --- what is restarted alone

TEST(RestartedAlone, IndexesThatAreTriedAgain) {
  std::string manifest = jobSetText(1, 3, "[ \"$JOB_COMPLETION_INDEX\" = 1 ] && sleep 10 && exit 9; exec sleep 40", "",
                                    "        backoffLimitPerIndex: 2\n        completionMode: Indexed\n");
  manifest.replace(manifest.find("backoffLimit: 0"), 15, "backoffLimit: 6");
  const Reported run(manifest);
  const std::string text = reportText(run.report, {});
  ASSERT_EQ(run.report.repairs.size(), 1U) << text;
  const RepairRow& row = run.report.repairs.front();
  EXPECT_EQ(row.kind, RepairKind::kIndex);
  EXPECT_EQ(row.times, 2U);
  EXPECT_EQ(row.of, "workers of jobset/x");
  EXPECT_THAT(row.cause, HasSubstr("exits with code 9"));
  EXPECT_NEAR(row.pod_seconds_done, 20, 1) << "each had run for 10 s";
  EXPECT_TRUE(run.report.restarts.empty());
  EXPECT_THAT(text, HasSubstr("indexes of workers of jobset/x, by the Job controller"));
}

// By hand: killed 60 s after the start of the run; the kubelet waits for its back-off of 10 s.
TEST(RestartedAlone, AContainerCostsWhatItRanAndItsBackOff) {
  std::string text = jobSetText(1, 2, "exec sleep 90");
  text.replace(text.find("restartPolicy: Never"), 20, "restartPolicy: OnFailure");
  text.replace(text.find("backoffLimit: 0"), 15, "backoffLimit: 6");
  const Reported run(text, with({"kill pod=x/workers/0/1 at=60s"}));
  ASSERT_EQ(run.report.repairs.size(), 1U) << reportText(run.report, {});
  const RepairRow& row = run.report.repairs.front();
  EXPECT_EQ(row.kind, RepairKind::kContainers);
  EXPECT_EQ(row.times, 1U);
  EXPECT_LT(seconds(row.lost), 15);
  EXPECT_EQ(row.lost, row.start_up);
  EXPECT_NEAR(row.pod_seconds_done, 58, 2);
  EXPECT_EQ(run.report.alarms.front().containers_restarted, 1U);
  EXPECT_EQ(run.report.alarms.front().pods_failed, 0U);
}

constexpr const char* kInPlace = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: js}
spec:
  failurePolicy: {maxRestarts: 3, restartStrategy: InPlaceRestart}
  replicatedJobs:
  - name: rj
    replicas: 2
    template:
      spec:
        completions: 2
        parallelism: 2
        backoffLimit: 2147483647
        podReplacementPolicy: Failed
        template:
          spec:
            terminationGracePeriodSeconds: 0
            initContainers:
            - name: in-place-restart-agent
              image: example/in-place-restart-agent
              restartPolicy: Always
              restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: NotIn, values: [0]}}]
              startupProbe: {httpGet: {path: /barrier-is-down, port: 8081}, failureThreshold: 600, periodSeconds: 1}
              env:
              - {name: JOBSET_NAME, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['jobset.sigs.k8s.io/jobset-name']"}}}
              - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            containers:
            - name: worker
              image: example/worker
              command: [sleep, "120"]
              restartPolicy: Never
              restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: NotIn, values: [0]}}]
)";

TEST(RestartedAlone, ARestartInPlaceIsTheJobSetsAndNotItsContainers) {
  scenarios::LoadOptions options = with({"kill pod=js/rj/1/0 container=worker at=30s"});
  options.feature_gates = "InPlaceRestart=true";
  const Reported run(kInPlace, options);
  const std::string text = reportText(run.report, {});
  ASSERT_EQ(run.report.restarts.size(), 1U) << text;
  const RestartRow& row = run.report.restarts.front();
  EXPECT_EQ(row.kind, StartKind::kInPlace);
  EXPECT_THAT(row.cause, HasSubstr("kill-1"));
  EXPECT_EQ(run.at(row.fault), 30);
  EXPECT_TRUE(row.ready);
  EXPECT_EQ(row.teardown + row.rescheduling, Duration{}) << "the Pods stay";
  EXPECT_TRUE(run.report.repairs.empty()) << text;
}

// --- names

TEST(RunReport, SaysWhenEachNameWasFirstFound) {
  const Reported run(catalogueText("faults/endpoints-delay"));
  const StartRow& start = run.start(0);
  ASSERT_EQ(start.names.size(), 4U);
  for (const auto& [pod, at] : start.names) {
    EXPECT_THAT(pod, HasSubstr("pod/train-workers-0-"));
    ASSERT_TRUE(at) << pod;
    EXPECT_GT(run.at(*at), 30) << "long after the start was over";
  }
  EXPECT_EQ(start.stages[static_cast<std::size_t>(Stage::kResolvable)].count, 4U);
}

// --- why

struct Question {
  const char* name;
  const char* fault;
  const char* asked;
  std::vector<const char*> answers;
};
class WhyWithFaults : public testing::TestWithParam<Question> {};

TEST_P(WhyWithFaults, TellsTheChain) {
  const Question& question = GetParam();
  const Reported run(jobSetText(2, 2, "exec sleep 240", "  failurePolicy:\n    maxRestarts: 2\n") + kRacks,
                     with({question.fault}));
  const std::string text = whyText(why(*run.ledger, question.asked, "default"), run.outcome.start);
  for (const char* answer : question.answers) EXPECT_THAT(text, HasSubstr(answer));
  EXPECT_THAT(text, Not(HasSubstr("somebody")));
}

INSTANTIATE_TEST_SUITE_P(
    Reports, WhyWithFaults,
    testing::Values(
        Question{"pod_pending",
                 "controller-crash component=scheduler at=1ms",
                 "Pod/x-workers-0-0",
                 {"scheduled to", "because fault controller-crash-1 (controller-crash): scheduler ends"}},
        Question{"pod_pulling",
                 "image-slow image=bash factor=100 at=0s",
                 "Pod/x-workers-0-0",
                 {"images are there", "because fault image-slow-1 (image-slow)"}},
        Question{"pod_deleted",
                 "delete pod=x/workers/0/1 at=1m",
                 "Pod/x-workers-0-1",
                 {"is deleted", "because pod/x-workers-0-1-", "fault delete-1 (delete)"}},
        Question{"pod_killed",
                 "kill pod=x/workers/0/1 at=1m",
                 "Pod/x-workers-0-1",
                 {"container main exits with code 137", "fault kill-1 (kill): its containers killed",
                  "deleted by the garbage collector", "because jobset/x: restart 1"}},
        Question{"other_pod",
                 "kill pod=x/workers/0/1 at=1m",
                 "Pod/x-workers-1-0",
                 {"because jobset/x: restart 1", "because job/x-workers-0: fails", "fault kill-1 (kill)"}},
        Question{"job",
                 "kill pod=x/workers/0/1 at=1m",
                 "Job/x-workers-0",
                 {"fails: BackoffLimitExceeded", "because pod/x-workers-0-1-", "deleted by the JobSet controller"}},
        Question{"jobset",
                 "node-fail pod=x/workers/0/1 at=1m repair=3m",
                 "JobSet/x",
                 {"restart 1", "because job/x-workers-0: fails", "because node/node-", "fault node-fail-1"}},
        Question{
            "node",
            "node-fail domain=rack/rack-0 at=1m repair=3m",
            "Node/node-0",
            {"the node loses its power", "is not Ready: NodeStatusUnknown", "because node/node-0: fault node-fail-1"}}),
    nameOf<Question>);

}  // namespace
}  // namespace jobset_twin::viz::report
