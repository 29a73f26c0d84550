// small_runs.hpp - runs whose figures can be computed by hand: the control plane takes no time in them, so every number
// follows from what containers, faults and nodes do.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/study/figures.hpp"

namespace jobset_twin::scenarios::study::test {

using namespace std::chrono_literals;

// `spec`: more of the scenario, two spaces in. `pools`: else two nodes with 10 CPUs and 8 GPUs each. `timing`: more of
// it, beginning with a comma.
inline std::string scenario(const std::string& spec, const std::string& pools = {}, const std::string& timing = {}) {
  const std::string usual =
      "    - {name: gpu, count: 2, capacity: {cpu: \"10\", memory: 64Gi, nvidia.com/gpu: \"8\"}}\n";
  return fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n"
      "  timing: {{profile: zero, nodes: {{shutdownGrace: 30s}}{}}}\n  cluster:\n    nodePools:\n{}{}---\n",
      timing, pools.empty() ? usual : pools, spec);
}

inline std::string behaviors(const std::string& list) { return "  behaviors:\n" + list; }
inline const std::string kRuns = behaviors("  - {runTime: 100s}\n");
inline const std::string kNoRetry = "        backoffLimit: 0\n";

// A JobSet of one Job with two Pods, each of which takes half a node's CPUs and all of its GPUs. `fields`: of its spec;
// `job`: of its Job's; `policy`: of its Pods.
inline std::string jobSet(const std::string& fields = "  failurePolicy: {maxRestarts: 3}\n",
                          const std::string& job = kNoRetry, const std::string& policy = "Never") {
  return fmt::format(R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: train}}
spec:
{}  replicatedJobs:
  - name: workers
    replicas: 1
    template:
      spec:
        completions: 2
        parallelism: 2
{}        template:
          spec:
            restartPolicy: {}
            containers:
            - name: main
              image: train:1
              resources: {{requests: {{cpu: "5"}}, limits: {{nvidia.com/gpu: "8"}}}}
---
)",
                     fields, job, policy);
}

// One with a Job of a single Pod for each of these: name, and more of the replicated job, ending with a comma.
inline std::string jobSetOf(const std::vector<std::pair<std::string, std::string>>& jobs,
                            const std::string& fields = {}) {
  std::string text = fmt::format(
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: x}}\nspec:\n{}  replicatedJobs:\n",
      fields);
  for (const auto& [name, more] : jobs)
    text += fmt::format(
        "  - {{name: {}, {}template: {{spec: {{backoffLimit: 0, completions: 1, parallelism: 1, template: {{spec: {{\n"
        "       restartPolicy: Never, containers: [{{name: c, image: \"a:1\"}}]}}}}}}}}}}\n",
        name, more);
  return text + "---\n";
}

// A Job of one Pod without an index.
inline std::string soloJob(const std::string& policy, int backoff_limit) {
  return fmt::format(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: solo}}\nspec:\n  backoffLimit: {}\n  template:\n    spec:\n"
      "      restartPolicy: {}\n      containers: [{{name: c, image: 'a:1'}}]\n---\n",
      backoff_limit, policy);
}

// A JobSet of two Pods that restarts in place; its agents run what the behaviours say. `job`: more of its Job's spec.
inline std::string inPlaceJobSet(const std::string& job = {}) {
  return fmt::format(R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: x}}
spec:
  failurePolicy: {{maxRestarts: 3, restartStrategy: InPlaceRestart}}
  replicatedJobs:
  - name: w
    template:
      spec:
        completions: 2
        parallelism: 2
        backoffLimit: 2147483647
        podReplacementPolicy: Failed
{}        template:
          spec:
            containers:
            - name: in-place-restart-agent
              image: example/in-place-restart-agent
              restartPolicy: Never
              restartPolicyRules: [{{action: Restart, exitCodes: {{operator: NotIn, values: [0]}}}}]
              env:
              - {{name: JOBSET_NAME, valueFrom: {{fieldRef: {{fieldPath: "metadata.annotations['jobset.sigs.k8s.io/jobset-name']"}}}}}}
              - {{name: POD_NAME, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}
              - {{name: WORKER_COMMAND, value: "sleep 1"}}
---
)",
                     job);
}

inline RunFigures figuresOf(const std::string& text, const FigureOptions& options = {}) {
  const Loaded loaded = load({{"figures.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error) << " " << error.hint;
  return runForFigures(loaded.plan, options);
}

// nullopt: there must be no such value.
using Wanted = std::vector<std::pair<std::string, std::optional<double>>>;
inline void expectMetrics(const RunFigures& figures, const Wanted& wanted) {
  for (const auto& [name, value] : wanted) {
    EXPECT_TRUE(findMetric(name)) << name;
    const std::optional<double> found = figures.metric(name);
    if (!value) {
      EXPECT_FALSE(found) << name << " is " << *found;
    } else if (!found) {
      ADD_FAILURE() << name << " is absent, not " << *value;
    } else {
      EXPECT_NEAR(*found, *value, 1e-6) << name;
    }
  }
}

}  // namespace jobset_twin::scenarios::study::test
