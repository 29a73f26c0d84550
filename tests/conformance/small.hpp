// small.hpp - small inputs as text for whole runs: a cluster without jitter, Jobs of one container.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "tests/conformance/ran.hpp"

namespace jobset_twin::scenarios::test {

inline auto between(double from, double to) { return ::testing::AllOf(::testing::Ge(from), ::testing::Le(to)); }

// A scenario without jitter, and a document to follow it; `more` are further fields of its spec, `timing` of its
// timing, in flow style and beginning with a comma.
inline std::string idle(const std::string& more = {}, int nodes = 8, const std::string& timing = {}) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true" + timing +
         "}\n  cluster: {nodePools: [{name: node, count: " + std::to_string(nodes) + "}]}\n" + more + "---\n";
}

// A Job `j` with these fields of its spec and of its Pods' spec, in flow style.
inline std::string jobText(const std::string& fields, const std::string& pod) {
  return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {" + fields + (fields.empty() ? "" : ", ") +
         "template: {spec: {" + pod + "}}}\n";
}
// One container that runs a script of sh; without double quotes.
inline std::string container(const std::string& script, const std::string& restart_policy = "Never") {
  return "restartPolicy: " + restart_policy + ", containers: [{name: main, image: busybox, command: [sh, -c, \"" +
         script + "\"]}]";
}
// Of so many Pods at once; `fields` are further fields of the Job's spec, ending with a comma.
inline std::string indexedOf(int pods, const std::string& fields) {
  const std::string n = std::to_string(pods);
  return fields + "completionMode: Indexed, completions: " + n + ", parallelism: " + n;
}
inline std::string indexed(int pods, const std::string& script, const std::string& fields = {}) {
  return jobText(indexedOf(pods, fields), container(script));
}

}  // namespace jobset_twin::scenarios::test
