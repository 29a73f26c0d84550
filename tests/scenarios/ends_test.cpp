// When a run ends: neither before what is bound to happen has happened, nor long after the last object has come to its
// end. Each case once kept a run going, or cut it short, in one component or another.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

struct EndCase {
  std::string name, scenario, object;  // what stands below a Scenario's spec; a manifest
  std::int64_t from_seconds, to_seconds;
};

// A Job of one Pod whose spec is given; no retries.
std::string jobOf(const std::string& pod, const std::string& fields = "backoffLimit: 0") {
  return fmt::format(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec:\n  {}\n  template:\n    spec:\n"
      "      restartPolicy: Never\n      terminationGracePeriodSeconds: 5\n{}",
      fields, pod);
}

const EndCase kEndCases[] = {
    {"a_deadline_goes_with_its_Job", "actions: [{at: 60s, delete: Job/default/j}]",
     jobOf("      containers: [{name: c, image: b, command: [sleep, '300']}]\n", "activeDeadlineSeconds: 7200"), 60,
     100},
    {"a_back_off_goes_with_its_Job", "actions: [{at: 400s, delete: Job/default/j}]",
     jobOf("      containers: [{name: c, image: b, command: [sh, -c, 'sleep 1; exit 3']}]\n", "backoffLimit: 20"), 400,
     410},
    {"a_time_to_live_goes_with_its_Job", "actions: [{at: 60s, delete: Job/default/j}]",
     jobOf("      containers: [{name: c, image: b, command: [sleep, '5']}]\n", "ttlSecondsAfterFinished: 3600"), 60,
     70},
    {"a_pull_goes_with_its_Pod",
     "timing: {kubelet: {imagesPresent: false, defaultImageBytes: 60000000000}}\n  actions: [{at: 20s, delete: "
     "Pod/default/p}]",
     "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: b, command: [sleep, "
     "'9']}]}\n",
     20, 30},
    {"a_sidecar_ends_when_an_init_container_has_failed", "seed: 1",
     jobOf("      initContainers:\n"
           "      - {name: side, image: b, restartPolicy: Always, command: [sh, -c, 'trap \"exit 0\" TERM; while :; do "
           "date; "
           "sleep 7; done']}\n"
           "      - {name: init, image: b, command: [sh, -c, 'sleep 3; exit 1']}\n"
           "      containers: [{name: main, image: b, command: [sleep, '10']}]\n"),
     5, 30},
    {"a_startup_probe_comes_to_its_threshold", "seed: 1",
     jobOf("      containers:\n      - {name: c, image: b, command: [sleep, infinity], startupProbe: {exec: {command: "
           "[cat, "
           "/tmp/up]}, periodSeconds: 5, failureThreshold: 60}}\n"),
     290, 330},
    {"a_liveness_probe_sees_what_the_container_does_later", "seed: 1",
     jobOf(
         "      containers:\n      - {name: c, image: b, command: [sh, -c, 'touch /tmp/ok; sleep 60; rm /tmp/ok; sleep "
         "infinity'], livenessProbe: {exec: {command: [cat, /tmp/ok]}, periodSeconds: 5}}\n"),
     70, 100},
    {"a_duration_may_be_longer_than_the_horizon", "duration: 2000h",
     jobOf("      containers: [{name: c, image: b, command: [sleep, '3600000']}]\n"), 3'600'000, 3'600'030},
};

class RunsEnd : public ::testing::TestWithParam<EndCase> {};

TEST_P(RunsEnd, with_the_last_thing_that_happens) {
  const EndCase& row = GetParam();
  const std::string text = fmt::format("apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  {}\n---\n{}",
                                       row.scenario, row.object);
  const Loaded loaded = load({{"ends.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << describe(error);
  scenarios::Run run(loaded.plan);
  ASSERT_TRUE(run.advance());
  const Outcome outcome = run.outcome();
  EXPECT_EQ(endReasonText(outcome.end_reason), "finished");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(outcome.end - outcome.start).count();
  EXPECT_GE(seconds, row.from_seconds);
  EXPECT_LE(seconds, row.to_seconds);
}
INSTANTIATE_TEST_SUITE_P(Cases, RunsEnd, ::testing::ValuesIn(kEndCases),
                         [](const auto& row) { return row.param.name; });

// Whenever it is deleted, also while its last status is on the way (K-POD-40).
TEST(RunsEndToo, a_Pod_that_is_deleted_at_its_end_goes) {
  for (int at = 10'900; at <= 11'500; at += 10) {
    const std::string text = fmt::format(
        "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {{zeroJitter: true}}\n"
        "  actions: [{{at: {}ms, delete: Pod/default/p}}]\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\n"
        "spec: {{restartPolicy: Never, containers: [{{name: c, image: 'b:1', command: [sleep, '10']}}]}}\n",
        at);
    const Loaded loaded = load({{"pod.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
    scenarios::Run run(loaded.plan);
    ASSERT_TRUE(run.advance());
    const Outcome outcome = run.outcome();
    EXPECT_EQ(endReasonText(outcome.end_reason), "finished") << "deleted at " << at << " ms";
    for (const api::ObjectPtr& object : outcome.objects) EXPECT_NE(object->kind(), api::Kind::kPod) << at;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
