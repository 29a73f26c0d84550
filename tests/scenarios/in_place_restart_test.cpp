// In-place restart from end to end (S40, S41 of spec/jobset.md): agents, controller and kubelet together, for the
// agent as a sidecar and for the agent as main container that runs the worker itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

using ::testing::ElementsAre;

// 2 Jobs of 2 Pods; {} are the containers.
constexpr const char* kInPlaceJobSet = R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: js}}
spec:
  failurePolicy: {{maxRestarts: 3, restartStrategy: InPlaceRestart}}
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
{})";

constexpr const char* kSidecar = R"(
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
              restartPolicy: Never
              restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: NotIn, values: [0]}}]
)";

constexpr const char* kMain = R"(
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

struct Mode {
  const char* name;
  const char* containers;
  const char* worker;  // the container that the behaviours are for
  friend void PrintTo(const Mode& mode, std::ostream* out) { *out << mode.name; }
};

class Notes final : public Observer {
 public:
  explicit Notes(std::vector<std::string>& lines) : lines_(lines) {}
  void onChange(const apiserver::WatchEvent& change) override {
    if (change.object->kind() == api::Kind::kPod && change.object->meta.deletionTimestamp)
      lines_.push_back(change.object->meta.name + " is being deleted");
  }
  void onNote(const kernel::Note& note) override { lines_.push_back(note.subject + ": " + note.text); }

 private:
  std::vector<std::string>& lines_;
};

// The worker of Pod 0 of Job 1 fails 20 s after its start, in the attempts given.
Outcome outcomeOf(const Mode& mode, const std::string& attempts, std::vector<std::string>& lines) {
  const std::string scenario = fmt::format(R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
spec:
  featureGates: {{InPlaceRestart: true}}
  timing: {{zeroJitter: true}}
  behaviors:
  - match: {{jobSet: js, container: {0}, jobIndex: 1, podIndex: 0{1}}}
    runTime: forever
    failures: [{{at: 20s, exitCode: 3}}]
  - match: {{jobSet: js, container: {0}}}
    runTime: 10m
---)",
                                           mode.worker, attempts);
  const std::string text = scenario + fmt::format(kInPlaceJobSet, mode.containers);
  Loaded loaded = load({{"in-place.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << error.text;
  for (const api::Error& warning : loaded.warnings) ADD_FAILURE() << warning.text;
  Notes notes(lines);
  RunHooks hooks;
  hooks.observers = {&notes};
  Run run(loaded.plan, hooks);
  EXPECT_TRUE(run.advance());
  return run.outcome();
}

std::size_t count(const std::vector<std::string>& lines, std::string_view part) {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [part](const std::string& line) { return line.find(part) != std::string::npos; }));
}

class InPlaceRestart : public ::testing::TestWithParam<Mode> {};

TEST_P(InPlaceRestart, S40_no_Pod_is_deleted_and_all_attempts_move_on_together) {
  std::vector<std::string> lines;
  const Outcome outcome = outcomeOf(GetParam(), ", attempt: 0", lines);
  EXPECT_EQ(endReasonText(outcome.end_reason), "finished");
  ASSERT_EQ(outcome.jobsets.size(), 1U);
  EXPECT_EQ(outcome.jobsets[0].terminal_state, "Completed");
  const api::JobSetStatus& status = api::as<api::JobSet>(outcome.jobsets[0].last).status;
  EXPECT_EQ(status.restarts, 0);
  EXPECT_EQ(status.currentInPlaceRestartAttempt, 1);
  EXPECT_EQ(status.previousInPlaceRestartAttempt, 0);
  std::size_t pods = 0;
  for (const api::ObjectPtr& object : outcome.objects) {
    if (object->kind() != api::Kind::kPod) continue;
    ++pods;
    EXPECT_EQ(object->meta.annotations.get("jobset.sigs.k8s.io/in-place-restart-attempt"), "1") << object->meta.name;
    for (const api::ContainerStatus& container : api::as<api::Pod>(object).status.containerStatuses)
      EXPECT_EQ(container.restartCount, 1) << object->meta.name << "/" << container.name;
  }
  EXPECT_EQ(pods, 4U);
  EXPECT_EQ(count(lines, "is being deleted"), 0U);
  EXPECT_EQ(count(lines, "the barrier is down"), 8U) << "once in each Pod and attempt";
  EXPECT_EQ(count(lines, "attempt 0 is over"), 3U) << "the Pod that failed is ahead already";
}

TEST_P(InPlaceRestart, S41_beyond_maxRestarts_the_JobSet_fails) {
  std::vector<std::string> lines;
  const Outcome outcome = outcomeOf(GetParam(), "", lines);
  EXPECT_EQ(endReasonText(outcome.end_reason), "finished");
  ASSERT_EQ(outcome.jobsets.size(), 1U);
  EXPECT_EQ(outcome.jobsets[0].terminal_state, "Failed");
  const api::JobSet& jobset = api::as<api::JobSet>(outcome.jobsets[0].last);
  const api::Condition* failed = nullptr;
  for (const api::Condition& condition : jobset.status.conditions) {
    if (condition.type == "Failed" && condition.status == "True") failed = &condition;
  }
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->reason, "ReachedMaxRestarts");
  EXPECT_EQ(failed->message, "jobset failed due to reaching max number of restarts");
  EXPECT_EQ(jobset.status.restarts, 0);
  EXPECT_EQ(jobset.status.currentInPlaceRestartAttempt, 3);
  EXPECT_EQ(count(lines, "the barrier is down"), 16U) << "attempts 0 to 3";
  EXPECT_THAT(outcome.metrics, ElementsAre(std::pair<std::string, std::int64_t>(
                                   "jobset_failed_total{jobset_name=\"js\",namespace=\"default\"}", 1)));
}

INSTANTIATE_TEST_SUITE_P(Modes, InPlaceRestart,
                         ::testing::Values(Mode{"sidecar", kSidecar, "worker"},
                                           Mode{"main", kMain, "in-place-restart-agent"}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace jobset_twin::scenarios
