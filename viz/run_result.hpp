// run_result.hpp - what a run came to, as the document `kind: RunResult` of jobset-twin.dev/v1alpha1.
//
// docs/output.md describes every field; it is an interface: fields are added, never renamed. The same outcome gives the
// same bytes. Defines the document and the names that `-o name` prints; nothing here prints or reads files.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/outcome.hpp"

namespace jobset_twin::viz {

enum class ObjectsShown : std::uint8_t { kAll, kWorkloads, kNone };

struct RunResultOptions {
  ObjectsShown objects = ObjectsShown::kAll;
  std::string version;        // of the program
  std::string scenario_hash;  // of the input; "" : left out
};

nlohmann::json runResult(const scenarios::Outcome& outcome, const RunResultOptions& options);

// Seconds since the start of the run, as they stand in the document.
double secondsSince(scenarios::TimePoint start, scenarios::TimePoint at);

// Whether an object is of the user's making or follows from it: JobSets, Jobs, Pods, Services, claims.
bool isWorkload(const api::Object& object);

// "Job/default/x-leader-0", "Node/node-0".
std::string objectKeyText(const api::Object& object);

// "job.batch/x-leader-0", one for each object that is shown, as `kubectl get -o name` prints it.
std::vector<std::string> objectNames(const scenarios::Outcome& outcome, ObjectsShown objects);

// As objectNames, of one object.
std::string objectName(const api::Object& object);

}  // namespace jobset_twin::viz
