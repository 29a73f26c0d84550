// outcome.hpp - what a run came to: plain values, from which the tables, RunResult (docs/output.md) and exit codes are
// made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/time.hpp"
#include "sim/workload/models/group.hpp"

namespace jobset_twin::scenarios {

using api::Duration;
using api::TimePoint;

enum class EndReason : std::uint8_t { kFinished, kStuck, kUntil, kHorizon, kInterrupted };
std::string_view endReasonText(EndReason reason);  // "finished"

struct StuckObject {
  std::string object;  // "Pod/default/x-0"
  std::string reason;
};

// A JobSet that was submitted, also if it is gone at the end.
struct JobSetOutcome {
  std::string namespace_, name, terminal_state;
  std::int32_t restarts = 0;
  std::optional<TimePoint> submitted, ready, finished;  // ready: first time all replicas were ready or done at once
  bool deleted = false;
  api::ObjectPtr last;                 // its last state
  std::vector<api::ObjectPtr> events;  // Event objects about it, oldest first
};

struct PodNames {
  std::string pod;                 // namespace/name
  std::vector<std::string> names;  // fully qualified, under which its peers find it
  std::optional<TimePoint> first_resolvable;
  bool deleted = false;  // the Pod is gone: the first that had this name
};

// A fault that happened, in order of time.
struct FaultOutcome {
  std::string name, class_;  // "lose-a-worker", "kill"
  std::string unit;          // what was hit: "default/train/workers/0/1", "rack/r3"; "": several, or the cluster
  std::vector<std::string> targets;  // the objects: "Pod/default/train-workers-0-1-x2x9p"
  std::string text;                  // what was done
  TimePoint at;
  std::optional<TimePoint> until;  // it ended then, or will; absent: done at once, or for good
};

// Containers that worked together by a behaviour's model.
struct WorkloadOutcome {
  std::string jobset;          // namespace/name
  std::int32_t behavior = -1;  // index in the scenario's behaviors
  bool deleted = false;        // that JobSet; there may be another of the same name
  workload::GroupFigures figures;
};

struct ExpectationResult {
  std::string text;  // as the scenario states it
  bool met = false;
  std::string found;  // what was found instead
};

struct Outcome {
  std::string fingerprint;
  std::uint64_t seed = 1;
  TimePoint start, end;
  EndReason end_reason = EndReason::kFinished;
  std::uint64_t events_processed = 0;
  std::vector<std::string> warnings;  // in order, each once
  std::vector<StuckObject> stuck;
  std::vector<JobSetOutcome> jobsets;   // in order of submission
  std::vector<api::ObjectPtr> objects;  // every object at the end, by kind, namespace, name
  std::vector<PodNames> pod_names;
  std::vector<FaultOutcome> faults;
  std::vector<WorkloadOutcome> workloads;
  std::vector<ExpectationResult> expectations;
  std::vector<std::pair<std::string, std::int64_t>> metrics;  // of the JobSet controller
};

}  // namespace jobset_twin::scenarios
