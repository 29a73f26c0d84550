// The reader of Scenario documents: every field lands where it should, and every mistake is named with its place.
#include "scenarios/read_scenario.hpp"

#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"
#include "tests/scenarios/said.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;
using test::saidWithHints;

ScenarioRead parse(const std::string& text, api::Validation validation = api::Validation::kStrict) {
  const api::Documents documents = api::readDocuments(text, "f.yaml");
  EXPECT_TRUE(documents.errors.empty()) << api::describe(documents.errors.front());
  EXPECT_EQ(documents.trees.size(), 1U);
  return readScenario(documents.trees.front(), validation);
}

std::string spec(const std::string& body) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n" + body;
}

TEST(ReadScenario, EveryFieldLandsInItsPlace) {
  const ScenarioRead read = parse(R"(apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata:
  name: all
  labels: {team: hpc}
spec:
  description: everything
  kubernetesVersion: "1.35"
  seed: 7
  startTime: 2026-03-01T12:00:00Z
  duration: 2h
  featureGates: {RestartJob: true}
  quirks: {b6NodeSelectorFollowers: true}
  cluster:
    domain: cluster.example
    nodePools:
    - name: gpu
      count: 8
      labels: {pool: gpu}
      capacity: {cpu: 96, nvidia.com/gpu: "8"}
      taints: [{key: gpu, effect: NoSchedule}]
      topology: [{key: example.com/island, domains: 2, contiguous: true}]
      zones: 2
      racks: 4
  defaults: {runTime: 30s, exitCode: 3}
  images: {"busybox:1": 4Mi}
  timing: {zeroJitter: true, kubelet: {sandbox: 800ms}, kubelet.pleg: 2s, scheduler: {cycle: {median: 5ms, sigma: 0.5}}}
  behaviors:
  - match: {jobSet: x, replicatedJob: workers, podIndex: 3, attempt: [0, 1]}
    runTime: {uniform: {min: 10s, max: 20s}}
    exitCode: 2
    readyAfter: 5s
    failures: [{at: 3s, attempts: 0, exitCode: 9}, {after: {exponential: {mean: 1h}}}]
    waitFor: {names: a.b, peers: ["*"]}
    checkpoint: {every: 5m, cost: 10s, restore: 20s}
    handlesTerm: false
  - runTime: forever
  - exitCode: 1
)");
  ASSERT_TRUE(read.errors.empty()) << saidWithHints(read.errors);
  const Scenario& s = read.scenario;
  EXPECT_EQ(s.name, "all");
  EXPECT_EQ(s.kubernetes_version, "1.35");
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(s.duration, Duration(2h));
  EXPECT_EQ(api::formatTime(*s.start_time), "2026-03-01T12:00:00Z");
  EXPECT_TRUE(s.feature_gates.RestartJob);
  EXPECT_TRUE(s.quirks.b6_node_selector_followers);
  EXPECT_EQ(s.cluster_domain, "cluster.example");
  ASSERT_EQ(s.node_pools.size(), 1U);
  const NodePool& pool = s.node_pools.front();
  EXPECT_EQ(pool.count, 8);
  EXPECT_EQ(pool.capacity.at("nvidia.com/gpu").value(), 8);
  EXPECT_EQ(pool.taints.front().effect, "NoSchedule");
  ASSERT_EQ(pool.topology.size(), 3U);
  EXPECT_EQ(pool.topology[0].prefix, "island-");
  EXPECT_EQ(pool.topology[1].key, "topology.kubernetes.io/zone");
  EXPECT_EQ(pool.topology[2].domains, 4);
  EXPECT_EQ(s.default_run_time, Duration(30s));
  EXPECT_EQ(s.default_exit_code, 3);
  EXPECT_EQ(s.image_bytes.at("busybox:1"), 4 << 20);
  EXPECT_EQ(s.timing.kubelet.sandbox.median, Duration(800ms));
  EXPECT_EQ(s.timing.kubelet.sandbox.sigma, 0);
  EXPECT_EQ(s.timing.kubelet.pleg, Duration(2s));
  EXPECT_EQ(s.timing.kubelet.container_start.sigma, 0);
  EXPECT_EQ(s.timing.scheduler.cycle.sigma, 0.5);
  ASSERT_EQ(s.behaviors.size(), 3U);
  const workload::Behavior& b = s.behaviors.front();
  EXPECT_EQ(b.match.pod_index, std::vector<std::int32_t>{3});
  EXPECT_EQ(b.match.attempt, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(b.run_time->kind, workload::TimeDistribution::Kind::kUniform);
  EXPECT_EQ(b.run_time->b, Duration(20s));
  EXPECT_EQ(b.ready_after, Duration(5s));
  ASSERT_EQ(b.failures.size(), 2U);
  EXPECT_EQ(b.failures[0].exit_code, 9);
  EXPECT_EQ(b.failures[1].after->a, Duration(1h));
  EXPECT_EQ(b.wait_for_names, std::vector<std::string>{"a.b"});
  EXPECT_EQ(b.checkpoint->restore, Duration(20s));
  EXPECT_FALSE(b.handles_term);
  EXPECT_FALSE(s.behaviors[1].run_time.has_value());
  EXPECT_EQ(s.behaviors[2].run_time->a, Duration(30s)) << "without runTime: the default, wherever it stands";
}

TEST(ReadScenario, ActionsAndManifestsInOrderOfTheirTimes) {
  const ScenarioRead read = parse(spec(R"(  actions:
  - {at: 10s, delete: jobset/x, propagation: Foreground, gracePeriodSeconds: 0}
  - {at: 5s, suspend: JobSet/ns/x}
  - {patch: Node/n, merge: {spec: {unschedulable: true}}}
  - {at: 7s, scale: JobSet/default/x, replicatedJob: w, to: {replicas: 3}}
  manifests:
  - {at: 5s, apply: more.yaml}
  - object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
)"));
  ASSERT_TRUE(read.errors.empty()) << saidWithHints(read.errors);
  std::string order;
  for (const Action& action : read.scenario.actions) {
    order += api::formatDuration(action.at) + " " +
             (action.verb.empty() ? "apply" : action.verb + " " + action.target) + " " + action.origin + "\n";
  }
  EXPECT_EQ(order,
            "0s apply f.yaml:11\n0s patch Node/n f.yaml:7\n5s apply f.yaml:10\n5s suspend JobSet/ns/x f.yaml:6\n"
            "7s scale JobSet/default/x f.yaml:8\n10s delete JobSet/default/x f.yaml:5\n");
  EXPECT_EQ(read.scenario.actions.front().objects.front()->meta.namespace_, "default");
}

struct Bad {
  const char* body;
  const char* want;
};

TEST(ReadScenario, MistakesAreNamedWithTheirPlace) {
  const Bad rows[] = {
      {"  seeds: 1\n",
       "f.yaml:4:3: strict decoding error: unknown field \"spec.seeds\"\n  hint: did you mean \"seed\"?\n"},
      {"  seed: one\n",
       "f.yaml:4:9: spec.seed: Invalid value: \"string\": spec.seed in body must be of type integer: \"string\"\n"},
      {"  seed: -1\n",
       "f.yaml:4:9: spec.seed: Invalid value: -1: spec.seed in body should be greater than or equal to 0\n"},
      {"  seed: 99999999999999999999\n",
       "f.yaml:4:9: spec.seed: Invalid value: \"number\": spec.seed in body must be of type integer: \"number\"\n"},
      {"  duration: 10\n",
       "f.yaml:4:13: spec.duration: Invalid value: \"integer\": spec.duration in body must be of type string: "
       "\"integer\"\n"
       "  hint: a duration has a unit: 10s\n"},
      {"  duration: 10 minutes\n",
       "f.yaml:4:13: spec.duration: Invalid value: \"10 minutes\": time: unknown unit \" minutes\" in duration \"10 "
       "minutes\"\n"
       "  hint: a duration is written as 90s, 1h30m or 250ms\n"},
      {"  duration: -1s\n", "f.yaml:4:13: spec.duration: Invalid value: \"-1s\": must not be negative\n"},
      {"  duration: 0s\n", "f.yaml:4:13: spec.duration: Invalid value: \"0s\": must be greater than 0\n"},
      {"  kubernetesVersion: \"1.29\"\n",
       "f.yaml:4:22: spec.kubernetesVersion: Unsupported value: \"1.29\": supported values: \"1.34\", \"1.35\", "
       "\"1.36\"\n"},
      {"  kubernetesVersion: 1.36\n",
       "f.yaml:4:22: spec.kubernetesVersion: Invalid value: \"number\": spec.kubernetesVersion in body must be of type "
       "string: \"number\"\n"
       "  hint: write it in quotes: \"1.36\"\n"},
      {"  startTime: tomorrow\n",
       "f.yaml:4:14: spec.startTime: Invalid value: \"tomorrow\": parsing time \"tomorrow\" as "
       "\"2006-01-02T15:04:05Z07:00\": cannot "
       "parse \"tomorrow\" as \"2006\"\n  hint: a time is written as 2026-01-01T00:00:00Z\n"},
      {"  featureGates: {RestartJobs: true}\n",
       "f.yaml:4:31: spec.featureGates.RestartJobs: Invalid value: true: unrecognized feature gate: RestartJobs\n"
       "  hint: did you mean \"RestartJob\"?\n"},
      {"  cluster: 3\n",
       "f.yaml:4:12: spec.cluster: Invalid value: \"integer\": spec.cluster in body must be of type object: "
       "\"integer\"\n"},
      {"  cluster: {nodePools: [{name: a, count: -3}]}\n",
       "f.yaml:4:42: spec.cluster.nodePools[0].count: Invalid value: -3: spec.cluster.nodePools[0].count in body "
       "should be greater than "
       "or equal to 0\n"},
      {"  cluster: {nodePools: [{name: a}, {name: a}]}\n",
       "f.yaml:4:12: spec.cluster.nodePools: Duplicate value: \"a\"\n"},
      {"  cluster: {nodePools: [{capacity: {cpu: many}}]}\n",
       "f.yaml:4:42: spec.cluster.nodePools[0].capacity.cpu: Invalid value: \"many\": quantities must match the "
       "regular expression "
       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n"},
      {"  cluster: {nodePools: [{count: 2, racks: 4}]}\n",
       "f.yaml:4:25: spec.cluster.nodePools[0].topology: Invalid value: \"topology.jobset-twin.dev/rack\": has 4 "
       "domains, but the pool has "
       "2 nodes\n"},
      {"  cluster: {nodePools: [{taints: [{effect: Never}]}]}\n",
       "f.yaml:4:35: spec.cluster.nodePools[0].taints[0].key: Required value\n"
       "f.yaml:4:44: spec.cluster.nodePools[0].taints[0].effect: Unsupported value: \"Never\": supported values: "
       "\"NoSchedule\", "
       "\"PreferNoSchedule\", \"NoExecute\"\n"},
      {"  timing: {kubelet: {sandbx: 1s}}\n",
       "f.yaml:4:22: strict decoding error: unknown field \"spec.timing.kubelet.sandbx\"\n  hint: did you mean "
       "\"kubelet.sandbox\"?\n"},
      {"  timing: {job.apiBackoff: 0s}\n",
       "f.yaml:4:28: spec.timing.job.apiBackoff: Invalid value: \"0s\": must be greater than 0\n"},
      {"  timing: {profile: none}\n",
       "f.yaml:4:21: spec.timing.profile: Unsupported value: \"none\": supported values: \"usual\", "
       "\"zero\", \"scheduler-2023\", \"scheduler-2024\", \"scheduler-2026\"\n"},
      {"  timing: {job: {workers: 0}}\n",
       "f.yaml:4:27: spec.timing.job.workers: Invalid value: 0: spec.timing.job.workers in body should be greater than "
       "or equal to 1\n"},
      {"  behaviors: [{runTime: {uniform: {min: 5s, max: 2s}}}]\n",
       "f.yaml:4:35: spec.behaviors[0].runTime.uniform: Invalid value: {\"max\":\"2s\",\"min\":\"5s\"}: max must not "
       "be less than min\n"},
      {"  behaviors: [{runTime: {normal: {mean: 5s}}}]\n",
       "f.yaml:4:26: strict decoding error: unknown field \"spec.behaviors[0].runTime.normal\"\n"},
      {"  behaviors: [{failures: [{exitCode: 1}]}]\n",
       "f.yaml:4:27: spec.behaviors[0].failures[0]: Invalid value: \"\": must have exactly one of at and after\n"},
      {"  behaviors: [{exitCode: 256}]\n",
       "f.yaml:4:26: spec.behaviors[0].exitCode: Invalid value: 256: spec.behaviors[0].exitCode in body should be less "
       "than or equal to "
       "255\n"},
      {"  actions: [{at: 1s}]\n",
       "f.yaml:4:13: spec.actions[0]: Required value: exactly one of apply, object, objects, delete, patch, suspend, "
       "resume, scale, evict, cordon, uncordon, drain and taint\n"},
      {"  actions: [{drain: Pod/a/x}]\n",
       "f.yaml:4:21: spec.actions[0].drain: Invalid value: \"Pod/a/x\": must be a Node\n"},
      {"  actions: [{evict: Node/x}]\n",
       "f.yaml:4:21: spec.actions[0].evict: Invalid value: \"Node/x\": must be a Pod\n"},
      {"  actions: [{cordon: Node/x, timeout: 5s}]\n",
       "f.yaml:4:39: spec.actions[0].timeout: Forbidden: belongs to drain\n"},
      {"  actions: [{taint: Node/x}]\n", "f.yaml:4:13: spec.actions[0].add: Required value: add, remove or both\n"},
      {"  actions: [{delete: x}]\n",
       "f.yaml:4:22: spec.actions[0].delete: Invalid value: \"x\": must be Kind/namespace/name, or Kind/name for "
       "objects without a "
       "namespace\n  hint: for example \"JobSet/default/example\"\n"},
      {"  actions: [{delete: JobSet/a/x, suspend: JobSet/a/x}]\n",
       "f.yaml:4:43: spec.actions[0].suspend: Forbidden: an action does one thing, and this one has delete already\n"},
      {"  actions: [{suspend: Pod/a/x}]\n",
       "f.yaml:4:23: spec.actions[0].suspend: Invalid value: \"Pod/a/x\": must be a JobSet or a Job\n"},
      {"  actions: [{suspend: Job/a/x, propagation: Orphan}]\n",
       "f.yaml:4:45: spec.actions[0].propagation: Forbidden: belongs to delete\n"},
      {"  manifests: [{object: {apiVersion: v1, kind: ConfigMap}}]\n",
       "f.yaml:4:24: metadata.name: Required value: name or generateName is required\n"},
      {"  expectations: [{reaches: ready}]\n",
       "f.yaml:4:18: spec.expectations[0].object: Required value: the expectation is about an object\n"},
      {"  expectations: [{object: Pod/d/x, reaches: redy}]\n",
       "f.yaml:4:45: spec.expectations[0].reaches: Unsupported value: \"redy\": supported values: \"created\", "
       "\"scheduled\", \"running\", "
       "\"ready\", \"suspended\", \"restarted\", \"succeeded\", \"failed\", \"finished\", \"deleting\", \"deleted\", "
       "\"resolvable\", \"started\", \"ended\"\n"
       "  hint: did you mean \"ready\"?\n"},
      {"  expectations: [{object: x, reaches: ready}]\n",
       "f.yaml:4:27: spec.expectations[0].object: Invalid value: \"x\": must be Kind/namespace/name, or Kind/name for "
       "objects without a "
       "namespace\n  hint: for example \"JobSet/default/x\"\n"},
      {"  expectations: [{object: Pod/d/x, notAfter: 3s, phase: Running}]\n",
       "f.yaml:4:18: spec.expectations[0].reaches: Required value: notBefore, notAfter, before and after are about "
       "it\n"},
      {"  expectations: [{description: nothing}]\n",
       "f.yaml:4:18: spec.expectations[0]: expects nothing: give reaches, terminalState, condition, phase, restarts, "
       "event, log, strikes, count or "
       "endReason\n"},
      {"  expectations: [{object: Pod/d/x, phase: Running, count: {atLeast: 3, atMost: 1}}]\n",
       "f.yaml:4:59: spec.expectations[0].count: Invalid value: {\"atLeast\":3,\"atMost\":1}: atMost must not be less "
       "than atLeast\n"},
      {"  images: {a: [1]}\n",
       "f.yaml:4:15: spec.images.a: Invalid value: \"array\": spec.images.a in body must be of type integer,string: "
       "\"array\"\n"},
  };
  for (const Bad& row : rows) EXPECT_EQ(saidWithHints(parse(spec(row.body)).errors), row.want) << row.body;
}

TEST(ReadScenario, AllMistakesAtOnceInOrderOfTheirLines) {
  const ScenarioRead read = parse(spec("  seed: x\n  duration: y\n  nope: 1\n"));
  ASSERT_EQ(read.errors.size(), 3U) << saidWithHints(read.errors);
  EXPECT_EQ(read.errors[0].line, 4);
  EXPECT_EQ(read.errors[1].line, 5);
  EXPECT_EQ(read.errors[2].line, 6);
}

TEST(ReadScenario, UnknownFieldsAreWarningsOrPassedOverWhenAsked) {
  EXPECT_TRUE(parse(spec("  nope: 1\n"), api::Validation::kIgnore).errors.empty());
  const ScenarioRead warned = parse(spec("  nope: 1\n"), api::Validation::kWarn);
  EXPECT_TRUE(warned.errors.empty());
  EXPECT_EQ(saidWithHints(warned.warnings), "f.yaml:4:3: unknown field \"spec.nope\"\n");
}

TEST(ReadScenario, SeedsUseAll64Bits) {
  EXPECT_EQ(parse(spec("  seed: 18446744073709551615\n")).scenario.seed, 18446744073709551615U);
}

TEST(ReadScenario, VersionAndKindMustFit) {
  EXPECT_EQ(saidWithHints(parse("apiVersion: jobset-twin.dev/v2\nkind: Scenario\n").errors),
            "f.yaml:1:13: apiVersion: Unsupported value: \"jobset-twin.dev/v2\": supported values: "
            "\"jobset-twin.dev/v1alpha1\"\n");
  EXPECT_EQ(saidWithHints(parse("kind: Scenario\n").errors), "f.yaml:1:1: apiVersion: Required value\n");
}

}  // namespace
}  // namespace jobset_twin::scenarios
