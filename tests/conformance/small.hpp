// small.hpp - small inputs as text for whole runs: a cluster without jitter, Jobs of one container; how they ended.
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

// Of the Job `j` at the end; and "Failed BackoffLimitExceeded", "Complete CompletionsReached", or "".
inline const api::JobStatus& statusOf(const Ran& ran) {
  return api::as<api::Job>(ran.find(api::Kind::kJob, "j")).status;
}
inline std::string endOf(const Ran& ran) {
  for (const std::string type : {"Failed", "Complete"}) {
    const api::Condition* condition = api::findCondition(statusOf(ran).conditions, type);
    if (condition && condition->status == "True") return type + " " + condition->reason;
  }
  return {};
}

}  // namespace jobset_twin::scenarios::test
