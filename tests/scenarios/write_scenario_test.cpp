// What --print-scenario writes is the same scenario when it is read back: same text, same run.
#include "scenarios/write_scenario.hpp"

#include <gtest/gtest.h>

#include "scenarios/load.hpp"
#include "scenarios/timing_profile.hpp"

namespace jobset_twin::scenarios {
namespace {

const std::string kManifest = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  failurePolicy: {maxRestarts: 2}
  replicatedJobs:
  - name: w
    replicas: 2
    template:
      spec:
        backoffLimit: 0
        parallelism: 2
        completions: 2
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: busybox
              command: [sh, -c, "echo hello; sleep 20"]
)";

const std::string kEverything = R"(apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: everything}
spec:
  description: "quotes: 'and' more"
  seed: 3
  startTime: 2026-02-03T04:05:06.25Z
  duration: 3h
  featureGates: {RestartJob: true, ElasticJobSet: true}
  quirks: {b7NilSuccessPolicy: true, b8StaleCreates: true}
  cluster:
    domain: example.local
    nodePools:
    - {name: a, count: 3, zones: 3, capacity: {cpu: 4, memory: 8Gi}, labels: {x: "1"}}
    - {name: b, taints: [{key: k, value: v, effect: NoExecute}], topology: [{key: t, domains: 1}]}
  defaults: {runTime: 5s, exitCode: 4}
  images: {busybox: 1Mi}
  scheduler:
    percentageOfNodesToScore: 40
    profiles:
    - plugins:
        filter: {disabled: [{name: NodePorts}]}
        score: {enabled: [{name: TaintToleration, weight: 7}], disabled: [{name: ImageLocality}]}
        postFilter: {disabled: [{name: "*"}]}
    - schedulerName: other
      percentageOfNodesToScore: 70
      pluginConfig:
      - name: NodeResourcesFit
        args:
          scoringStrategy:
            type: RequestedToCapacityRatio
            resources: [{name: cpu, weight: 2}, {name: example.com/gpu}]
            requestedToCapacityRatio: {shape: [{utilization: 0, score: 10}, {utilization: 80, score: 0}]}
      - {name: NodeResourcesBalancedAllocation, args: {resources: [{name: memory}]}}
      - {name: InterPodAffinity, args: {hardPodAffinityWeight: 5}}
      - name: PodTopologySpread
        args:
          defaultingType: List
          defaultConstraints: [{maxSkew: 2, topologyKey: rack, whenUnsatisfiable: DoNotSchedule}]
      - {name: DefaultPreemption, args: {minCandidateNodesPercentage: 20, minCandidateNodesAbsolute: 0}}
  kueue:
    waitForPodsReady:
      timeout: 10m
      recoveryTimeout: 90s
      blockAdmission: true
      requeuingStrategy: {timestamp: Creation, backoffBaseSeconds: 5, backoffMaxSeconds: 7, backoffLimitCount: 0}
  timing: {zeroJitter: true, kubelet.sandbox: 150ms, scheduler.cycle: {median: 3ms, sigma: 0.1}, job.workers: 2}
  manifests:
  - at: 5s
    objects:
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: "1"}}
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}
  actions:
  - {at: 10s, suspend: JobSet/default/x}
  - {at: 20s, resume: JobSet/default/x}
  - {at: 25s, patch: JobSet/default/x, merge: {metadata: {labels: {a: b}}}}
  - {at: 26s, scale: JobSet/default/x, replicatedJob: w, to: {replicas: 1}}
  - {at: 30m, delete: JobSet/default/x, propagation: Foreground, gracePeriodSeconds: 3}
  behaviors:
  - match: {namespace: default, jobSet: x, replicatedJob: w, container: main, jobIndex: 0, podIndex: [0, 1], attempt: 0}
    runTime: {lognormal: {median: 10s, sigma: 0.25}}
    exitCode: 3
    readyAfter: 1s
    failures: [{at: 5s, exitCode: 7, attempts: 0}, {after: {uniform: {min: 1s, max: 9s}}}]
    waitFor: {names: [a], peers: ["*"]}
    checkpoint: {every: 2s, cost: 100ms, restore: 1s}
    memory: {peak: 3Gi, at: 1m}
    ephemeralStorage: {peak: 500M}
    handlesTerm: false
  - {runTime: forever, match: {job: nobody}}
  expectations:
  - {object: JobSet/default/x, count: {atLeast: 1}, terminalState: "", restarts: {atMost: 9}}
  - {object: "Pod/default/x-*", reaches: ready, notBefore: 1s, notAfter: 1h,
     before: {object: Pod/default/x-w-0-0, reaches: deleted}, after: {object: JobSet/default/x, reaches: created}}
  - {object: JobSet/default/x, event: {reason: A, type: Normal, message: b, times: 2}}
  - {object: JobSet/default/x, log: {contains: z}, never: true}
  - {object: Job/default/y, condition: Failed, reason: R, description: words}
  - {object: Pod/default/z, phase: Failed, endReason: stuck}
)";

void expectSame(const std::vector<InputFile>& files) {
  const Loaded first = load(files, {}, {});
  ASSERT_TRUE(first.errors.empty()) << api::describe(first.errors.front());
  const std::string written = writeScenario(first.scenario);
  const Loaded second = load({{"printed.yaml", written}}, {}, {});
  ASSERT_TRUE(second.errors.empty()) << api::describe(second.errors.front()) << "\n" << written;
  EXPECT_EQ(writeScenario(second.scenario), written);
  EXPECT_TRUE(second.invented.empty()) << "everything is written down: " << second.invented.front();
  Run one(first.plan), other(second.plan);
  one.advance();
  other.advance();
  EXPECT_EQ(one.outcome().fingerprint, other.outcome().fingerprint) << written;
  EXPECT_GT(one.outcome().events_processed, 100U);
}

TEST(WriteScenario, ManifestsAloneComeBackAsTheSameRun) { expectSame({{"x.yaml", kManifest}}); }

TEST(WriteScenario, EveryFieldComesBack) { expectSame({{"s.yaml", kEverything}, {"x.yaml", kManifest}}); }

// The short form comes back as the short form.
TEST(WriteScenario, SchedulersAreWrittenAsShortAsTheyCanBe) {
  const std::pair<std::string, std::string> rows[] = {
      {"{profile: MostAllocated}", "profile: MostAllocated\n"},
      {"{profiles: [{schedulerName: default-scheduler}], percentageOfNodesToScore: 30}",
       "percentageOfNodesToScore: 30\n"},
      {"{resources: [{name: cpu, weight: 3}]}",
       "profile: LeastAllocated\n    resources:\n    - name: cpu\n      weight: 3\n"},
      {"{profile: RequestedToCapacityRatio, shape: [{utilization: 50, score: 9}]}",
       "profile: RequestedToCapacityRatio\n    shape:\n    - score: 9\n      utilization: 50\n"},
      {"{profiles: [{schedulerName: x}]}", "profiles:\n    - schedulerName: x\n"},
  };
  for (const auto& [given, wanted] : rows) {
    const Loaded loaded =
        load({{"s.yaml", "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec: {scheduler: " + given + "}\n"},
              {"x.yaml", kManifest}},
             {}, {});
    ASSERT_TRUE(loaded.errors.empty()) << api::describe(loaded.errors.front());
    EXPECT_NE(writeScenario(loaded.scenario).find("  scheduler:\n    " + wanted), std::string::npos)
        << writeScenario(loaded.scenario);
  }
}

TEST(WriteScenario, DefaultsAreLeftOut) {
  Scenario usual;
  usual.timing = usualTiming();
  EXPECT_EQ(writeScenario(usual),
            "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata:\n  name: scenario\nspec:\n  "
            "kubernetesVersion: \"1.36\"\n");
}

}  // namespace
}  // namespace jobset_twin::scenarios
