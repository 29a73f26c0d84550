// Loading: which document wins, what is named twice, what is not modelled, and which commands are not known.
#include "scenarios/load.hpp"
#include "tests/scenarios/said.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;
using test::said;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kHead = "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\n";

std::string job(const std::string& name, const std::string& command = "[sleep, 10s]") {
  return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: " + name +
         "}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: main\n        "
         "image: busybox\n"
         "        command: " +
         command + "\n";
}

Loaded loadText(const std::vector<InputFile>& files, const LoadOptions& options = {},
                const std::map<std::string, std::string>& others = {}) {
  return load(files, options, [&](const std::string& path) -> std::optional<std::string> {
    const auto found = others.find(path);
    return found == others.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Load, TwoScenariosAreAnErrorThatNamesBothPlaces) {
  const Loaded loaded = loadText({{"a.yaml", kHead + "---\n" + job("x")}, {"b.yaml", "---\n" + kHead}});
  EXPECT_THAT(said(loaded.errors), ElementsAre("b.yaml:2:1: a second Scenario: the first is at a.yaml:1"));
}

TEST(Load, OtherKindsOfOursCannotBeRun) {
  const Loaded loaded = loadText({{"a.yaml", "apiVersion: jobset-twin.dev/v1alpha1\nkind: Study\n"}});
  EXPECT_THAT(
      said(loaded.errors),
      ElementsAre("a.yaml:1:1: kind \"Study\" of jobset-twin.dev/v1alpha1 cannot be run: only Scenario and Fault can"));
}

TEST(Load, PrecedenceOfOptions) {
  const std::vector<InputFile> files = {
      {"a.yaml", kHead + "spec: {seed: 5, duration: 1h, kubernetesVersion: \"1.34\"}\n---\n" + job("x")}};
  const Loaded plain = loadText({{"a.yaml", job("x")}});
  EXPECT_EQ(plain.plan.world.seed, 1U);
  EXPECT_EQ(plain.plan.until, std::nullopt);
  const Loaded read = loadText(files);
  EXPECT_EQ(read.plan.world.seed, 5U);
  EXPECT_EQ(read.plan.until, Duration(1h));
  EXPECT_EQ(read.plan.world.kubernetes_minor, 34);
  LoadOptions options;
  options.seed = 9;
  options.until = 2h;
  options.kubernetes_version = "1.35";
  options.feature_gates = "RestartJob=true";
  options.nodes = 3;
  const Loaded asked = loadText(files, options);
  EXPECT_EQ(asked.plan.world.seed, 9U);
  EXPECT_EQ(asked.plan.until, Duration(2h));
  EXPECT_EQ(asked.plan.world.kubernetes_minor, 35);
  EXPECT_TRUE(asked.plan.world.jobset.gates.RestartJob);
  EXPECT_EQ(asked.scenario.node_pools.front().count, 3);
  EXPECT_EQ(asked.scenario.seed, 9U);
}

TEST(Load, AppliedFilesAreFoundBesideTheScenario) {
  const std::string text = kHead + "spec:\n  manifests:\n  - {at: 10s, apply: more/job.yaml}\n";
  const Loaded loaded = loadText({{"dir/a.yaml", text}}, {}, {{"dir/more/job.yaml", job("late")}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  ASSERT_EQ(loaded.plan.submissions.size(), 1U);
  EXPECT_EQ(loaded.plan.submissions[0].at, loaded.plan.world.start + 10s);
  EXPECT_EQ(loaded.plan.submissions[0].origin, "dir/more/job.yaml:1");
  EXPECT_THAT(said(loadText({{"dir/a.yaml", text}}).errors),
              ElementsAre("dir/a.yaml:5:5: spec.manifests[0].apply: Invalid value: \"more/job.yaml\": "
                          "dir/more/job.yaml cannot be read"));
  EXPECT_THAT(said(loadText({{"a.yaml", text}}, {}, {{"more/job.yaml", kHead}}).errors),
              ElementsAre("more/job.yaml:1:1: a file that a Scenario applies holds manifests and Faults only"));
}

// One file of rates for many scenarios (docs/faults.md).
TEST(Load, AppliedFilesMayHoldFaults) {
  const std::string fault =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Fault\nmetadata: {name: f}\nspec: {class: kill, any: true, at: "
      "1s}\n";
  const auto text = [](const std::string& at) {
    return kHead + "spec:\n  manifests: [{" + at + "apply: rates.yaml}]\n  faults: [kill any at=2s]\n---\n" + job("x");
  };
  const Loaded alone = loadText({{"a.yaml", text("")}}, {}, {{"rates.yaml", fault}});
  EXPECT_THAT(said(alone.errors), IsEmpty());
  ASSERT_EQ(alone.scenario.faults.size(), 2U);
  EXPECT_EQ(alone.scenario.faults[1].name, "f");
  EXPECT_EQ(alone.scenario.actions.size(), 1U) << "the Job's, and none for the faults";
  const Loaded mixed = loadText({{"a.yaml", text("")}}, {}, {{"rates.yaml", fault + "---\n" + job("late")}});
  EXPECT_EQ(mixed.scenario.faults.size(), 2U);
  EXPECT_EQ(mixed.plan.submissions.size(), 2U);
  EXPECT_THAT(said(loadText({{"a.yaml", text("at: 10s, ")}}, {}, {{"rates.yaml", fault}}).errors),
              ElementsAre("rates.yaml:1:1: a file of Faults is applied at the start only"));
}

TEST(Load, TheSameObjectTwice) {
  EXPECT_THAT(said(loadText({{"a.yaml", job("x")}, {"b.yaml", job("other") + "---\n" + job("x")}}).errors),
              ElementsAre("b.yaml:13:1: Job/default/x is given twice: the first is at a.yaml:1"));
  // Not when it is deleted in between.
  const std::string again = kHead +
                            "spec:\n  manifests: [{at: 1h, apply: again.yaml}]\n"
                            "  actions: [{at: 30m, delete: Job/default/x}]\n---\n" +
                            job("x");
  EXPECT_THAT(said(loadText({{"a.yaml", again}}, {}, {{"again.yaml", job("x")}}).errors), IsEmpty());
}

TEST(Load, KindsThatAreNotModelledAreNamed) {
  const std::string text =
      "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\n---\n"
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\n---\n"
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n"
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\n---\n"
      "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\n";
  const Loaded loaded = loadText({{"a.yaml", text}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  EXPECT_THAT(
      said(loaded.warnings),
      ElementsAre(
          "a.yaml:1:1: kind Workflow (argoproj.io/v1alpha1) is not modelled: Workflow/w is stored, and nothing acts on "
          "it",
          "a.yaml:5:1: kind Deployment (apps/v1) is not modelled: Deployment/default/d is stored, and nothing acts on "
          "it",
          "a.yaml:22:1: kind ResourceQuota (v1) is not modelled: ResourceQuota/default/q is stored, and nothing acts "
          "on it"));
}

// JS-W6, JS-O1: upstream accepts both, and they never work.
TEST(Load, WhatAdmissionAcceptsThoughItCannotWorkIsNamed) {
  const Loaded loaded = loadText({{"a.yaml", R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  failurePolicy:
    rules:
    - action: FailJobSet
      onJobFailureMessagePatterns: ["exit code 1[0-9]7", "a(b"]
  replicatedJobs:
  - name: a
    template: {spec: {template: {spec: {containers: [{name: c, image: i, command: [sleep, "1"]}]}}}}
  - name: b
    dependsOn: [{name: b, status: Ready}]
    template: {spec: {template: {spec: {containers: [{name: c, image: i, command: [sleep, "1"]}]}}}}
)"}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  EXPECT_THAT(
      said(loaded.warnings),
      ElementsAre(
          "a.yaml:8:58: spec.failurePolicy.rules[0].onJobFailureMessagePatterns[1]: \"a(b\" is no valid regular "
          "expression and never matches: missing ): a(b",
          "a.yaml:13:17: spec.replicatedJobs[1].dependsOn[0]: b depends on itself and never starts"));
}

TEST(Load, SizesBeyondKubernetesThresholdsAreNamed) {
  const auto warningsOf = [](int nodes, int replicas) {
    const std::string text = kHead + "spec: {cluster: {nodePools: [{count: " + std::to_string(nodes) + R"(}]}}
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  replicatedJobs:
  - name: a
    replicas: )" + std::to_string(replicas) +
                             R"(
    template: {spec: {parallelism: 50, completions: 40, template: {spec: {containers: [{name: c, image: i, command: [sleep, "1"]}]}}}}
)";
    return said(loadText({{"a.yaml", text}}).warnings);
  };
  EXPECT_THAT(warningsOf(5000, 6), IsEmpty());
  EXPECT_THAT(warningsOf(5001, 100),
              ElementsAre("beyond the sizes for which Kubernetes is tested to keep its latencies: 5001 nodes (5000), "
                          "4000 Pods in one namespace (3000), 4000 endpoints of one Service (250); latencies here do "
                          "not grow with them by themselves"));
}

TEST(Load, UnknownCommandsHaveAStatedDefault) {
  const Loaded loaded = loadText({{"a.yaml", job("x", "[python, train.py]")}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_THAT(loaded.plan.warnings, ElementsAre(api::describe(loaded.warnings[0]))) << "the outcome repeats it";
  EXPECT_THAT(loaded.warnings[0].text, HasSubstr("container main of Job/default/x: "));
  EXPECT_THAT(loaded.warnings[0].text, HasSubstr("python"));
  EXPECT_THAT(loaded.warnings[0].text, HasSubstr("it is taken to run for 1m0s and to exit with 0"));
  // A behaviour for all of its starts makes it known; one for some does not.
  const std::string covered =
      kHead + "spec: {behaviors: [{match: {job: x}, runTime: 5s}]}\n---\n" + job("x", "[python, train.py]");
  EXPECT_THAT(said(loadText({{"a.yaml", covered}}).warnings), IsEmpty());
  const std::string partly =
      kHead + "spec: {behaviors: [{match: {attempt: 0}, runTime: 5s}]}\n---\n" + job("x", "[python, train.py]");
  EXPECT_EQ(loadText({{"a.yaml", partly}}).warnings.size(), 1U);
}

TEST(Load, ScriptsAreCheckedWithTheirPlaceInTheFile) {
  const std::string script =
      "\n        - bash\n        - -c\n        - |\n          echo start\n          if true; then\n            "
      "nvidia-smi -L\n          fi\n";
  const Loaded loaded = loadText({{"a.yaml", job("x", script)}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0].line, 17) << api::describe(loaded.warnings[0]);
  EXPECT_EQ(loaded.warnings[0].column, 13) << api::describe(loaded.warnings[0]);
  EXPECT_THAT(loaded.warnings[0].text, HasSubstr("script line 3, column 3: "));
  EXPECT_EQ(loaded.warnings[0].field, "spec.template.spec.containers[0].command[2]");
}

TEST(Load, AConstructThatTheShellLacksIsAnErrorUnlessABehaviourCoversIt) {
  const std::string script = "[bash, -c, 'echo ${!PATH_*}']";
  const Loaded loaded = loadText({{"a.yaml", job("x", script)}});
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.errors[0].code, "UnknownConstruct");
  EXPECT_THAT(loaded.errors[0].text, HasSubstr("script line 1, column "));
  EXPECT_THAT(
      said(loadText({{"a.yaml", kHead + "spec: {behaviors: [{runTime: 1s}]}\n---\n" + job("x", script)}}).errors),
      IsEmpty());
}

TEST(Load, ABehaviourThatFitsNothingIsNamed) {
  const Loaded loaded =
      loadText({{"a.yaml", kHead + "spec: {behaviors: [{match: {job: other}}, {match: {job: x}}]}\n---\n" + job("x")}});
  EXPECT_THAT(said(loaded.warnings), ElementsAre("spec.behaviors[0] fits no container of the manifests"));
}

TEST(Load, ActionsBecomeRequests) {
  const std::string text = kHead + R"(spec:
  actions:
  - {at: 1s, suspend: Job/default/x}
  - {at: 2s, scale: Job/default/x, to: {parallelism: 4}}
  - {at: 3s, delete: Job/default/x, propagation: Orphan}
  - {at: 4s, scale: JobSet/default/y, replicatedJob: w, to: {replicas: 1}}
  - {at: 5s, delete: Job/default/x}
---
)" + job("x");
  const Loaded loaded = loadText({{"a.yaml", text}});
  EXPECT_THAT(said(loaded.errors), IsEmpty());
  ASSERT_EQ(loaded.plan.submissions.size(), 5U);
  EXPECT_EQ(loaded.plan.submissions[4].request.delete_options.propagation, api::Propagation::kBackground);
  EXPECT_EQ(loaded.plan.submissions[1].request.verb, api::Verb::kPatch);
  EXPECT_EQ(loaded.plan.submissions[3].request.delete_options.propagation, api::Propagation::kOrphan);
  EXPECT_THAT(
      loaded.plan.warnings,
      ElementsAre(
          "a.yaml:8: nothing is scaled: JobSet/default/y is not submitted before (did you mean Job/default/x?)"));
}

TEST(Load, NamespacesAreInventedWhenNobodyCreatesThem) {
  LoadOptions options;
  options.default_namespace = "team";
  const Loaded loaded = loadText({{"a.yaml", job("x")}}, options);
  EXPECT_EQ(loaded.plan.setup.front()->meta.name, "team");
  EXPECT_EQ(loaded.invented.back(), "namespace team");
  const Loaded given =
      loadText({{"a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\n" + job("x")}}, options);
  EXPECT_EQ(given.invented.size(), 1U);
}

}  // namespace
}  // namespace jobset_twin::scenarios
