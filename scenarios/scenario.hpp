// scenario.hpp - kind: Scenario of jobset-twin.dev/v1alpha1 as plain values: the cluster, what is submitted when, how containers
// behave, timing, and what is expected. docs/scenario.md is the user's description of every field; read_scenario.hpp reads it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/time.hpp"
#include "engine/jobset/reconcile.hpp"
#include "sim/cluster/timing.hpp"
#include "sim/workload/behavior.hpp"

namespace jobset_twin::scenarios {

using api::Duration;
using api::TimePoint;

// A label that spreads over the nodes of a pool: consecutive nodes share a value (contiguous) or take turns.
struct TopologyLevel {
  std::string key;          // node label
  std::string prefix;       // values are <prefix><n>
  std::int32_t domains = 1;  // how many values
  bool contiguous = false;
};

struct NodePool {
  std::string name = "node";  // nodes are <name>-<n>
  std::int32_t count = 1;
  api::ResourceList capacity;  // cpu, memory, pods, ephemeral-storage and extended resources; what is absent has the ordinary node's value
  api::StringMap labels;
  std::vector<api::Taint> taints;
  std::vector<TopologyLevel> topology;
};

// Something a user does: apply manifests, or change, delete, suspend, resume, scale an object.
struct Action {
  Duration at{};
  std::string apply;                         // path of a manifest file, relative to the scenario's
  std::vector<api::ObjectPtr> objects;       // ... as read; or given in place
  std::string target;                        // "JobSet/default/x" for the others
  std::string verb;                          // "", "delete", "patch", "suspend", "resume"
  std::string propagation;                   // delete: Background, Foreground, Orphan
  api::Raw patch;                            // patch: a JSON merge patch
  std::string origin;                        // file:line, for messages
};

// One expectation: the fields that are given must all hold.
struct Expectation {
  std::string description;
  std::string object;                        // "JobSet/default/x", "Job/…", "Pod/…" (a Job's Pod: "Pod/default/x-leader-0-0")
  std::optional<std::string> terminal_state;  // Completed, Failed, ""
  std::optional<std::string> reason;         // of the terminal condition
  std::optional<std::int32_t> restarts, restarts_at_most;
  std::optional<std::string> phase;          // of a Pod
  std::string event;                         // what `before`, `after`, `at` and so on are about: created, scheduled, running, ready, finished, deleted, resolvable
  std::optional<Duration> not_before, not_after;   // of `event`, since the start
  std::string before_object, before_event;   // `event` of `object` happens before this
  std::optional<std::string> log_contains;   // a line of the Pod's log
  std::optional<std::int32_t> count, count_at_least, count_at_most;  // of objects that match `object` (* allowed)
  std::optional<std::string> end_reason;     // of the run
  api::Error origin;                         // file, line, column
};

struct Scenario {
  std::string name;
  std::string description;
  std::string kubernetes_version = "1.36";
  std::optional<std::uint64_t> seed;
  std::optional<TimePoint> start_time;
  std::optional<Duration> duration;          // as --until
  jobset::FeatureGates feature_gates;
  jobset::Quirks quirks;
  std::vector<NodePool> node_pools;          // empty: derived from the manifests
  std::vector<Action> actions;               // in order of their times
  std::vector<workload::Behavior> behaviors;
  Duration default_run_time = std::chrono::seconds(60);
  std::int32_t default_exit_code = 0;
  std::map<std::string, std::int64_t> image_bytes;
  cluster::Timing timing;
  std::string cluster_domain = "cluster.local";
  std::vector<Expectation> expectations;
};

}  // namespace jobset_twin::scenarios
