// timing: {profile: zero}: what a control plane does takes no time, and everything that is to happen still does.
#include <gtest/gtest.h>

#include "scenarios/load.hpp"
#include "scenarios/write_scenario.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;

Loaded loadedTiming(const std::string& text) {
  return load({{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
}

std::string scenario(const std::string& timing) {
  std::string text = "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: " + timing + R"(
  cluster: {nodePools: [{name: node, count: 1}]}
  behaviors:
  - {match: {attempt: [0, 1]}, runTime: 10s, exitCode: 1}
  - {runTime: 7s}
)";
  for (int i = 0; i < 20; ++i) {
    text += "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: x" + std::to_string(i) + "}\n" +
            R"(spec:
  ttlSecondsAfterFinished: 0
  failurePolicy: {maxRestarts: 5}
  replicatedJobs:
  - name: w
    replicas: 2
    template: {spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}
)";
  }
  return text;
}

TEST(TimingProfile, ZeroTakesNoTimeAndLeavesNothingBehind) {
  Loaded input = loadedTiming(scenario("{profile: zero}"));
  ASSERT_TRUE(input.errors.empty());
  scenarios::Run run(input.plan);
  run.advance();
  const Outcome outcome = run.outcome();
  EXPECT_EQ(outcome.end_reason, EndReason::kFinished);
  ASSERT_EQ(outcome.jobsets.size(), 20u);
  for (const JobSetOutcome& jobset : outcome.jobsets) {
    EXPECT_EQ(jobset.restarts, 2);
    ASSERT_TRUE(jobset.finished);
    EXPECT_EQ(*jobset.finished - outcome.start, 27s);
    EXPECT_TRUE(jobset.deleted) << jobset.name;
  }
}

TEST(TimingProfile, RowsComeOnTopWhateverTheirOrder) {
  for (const char* timing :
       {"{profile: zero, kubelet.containerStart: 3s}", "{kubelet: {containerStart: 3s}, profile: zero}"}) {
    Loaded input = loadedTiming(scenario(timing));
    ASSERT_TRUE(input.errors.empty());
    EXPECT_EQ(input.scenario.timing.kubelet.container_start.median, cluster::Duration(3s));
    EXPECT_EQ(input.scenario.timing.kubelet.sandbox.median, cluster::Duration(0s));
    EXPECT_EQ(input.scenario.timing.clients.kubelet_qps, 0);
    EXPECT_EQ(input.scenario.timing.kubelet.crash_backoff, cluster::Duration(10s));
  }
}

TEST(TimingProfile, WrittenAsRowsThatReadTheSame) {
  const Loaded first = loadedTiming(scenario("{profile: zero}"));
  const Loaded again = loadedTiming(writeScenario(first.scenario));
  for (const api::Error& error : again.errors) ADD_FAILURE() << api::describe(error);
  EXPECT_EQ(writeScenario(again.scenario), writeScenario(first.scenario));
}

}  // namespace
}  // namespace jobset_twin::scenarios
