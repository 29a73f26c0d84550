// training.hpp - a scenario with one JobSet as text, and what is run for a text: for tests that disturb a run.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios::test {

// A scenario, and a JobSet `train` in it: Jobs of two Pods at once, each of which runs for a time.
struct Training {
  std::string run_time = "60s";
  int jobs = 1, completions = 2;
  std::string scenario = {};  // further fields of the scenario's spec, as lines
  std::string spec = {};      // ... of the JobSet's
};
inline std::string trainingText(const Training& training) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata: {name: training}\nspec:\n"
         "  behaviors:\n  - match: {replicatedJob: workers}\n    runTime: {constant: " +
         training.run_time + "}\n" + training.scenario +
         "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: train, namespace: "
         "default}\nspec:\n" +
         training.spec + "  replicatedJobs:\n  - name: workers\n    replicas: " + std::to_string(training.jobs) +
         "\n    template:\n      spec:\n        parallelism: 2\n        completions: " +
         std::to_string(training.completions) +
         "\n        backoffLimit: 2\n"
         "        template: {spec: {restartPolicy: Never, containers: [{name: main, image: train}]}}\n";
}

// What is run for a text; with medians for all latencies unless `jitter`.
inline RunPlan planOf(const std::string& text, bool jitter = false) {
  Loaded loaded = load({InputFile{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  if (!jitter) loaded.plan.world.timing = cluster::zeroJitter(loaded.plan.world.timing);
  return loaded.plan;
}

}  // namespace jobset_twin::scenarios::test
