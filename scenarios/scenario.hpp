// scenario.hpp - kind: Scenario of jobset-twin.dev/v1alpha1 as plain values: the cluster, what is submitted when, how
// containers behave, what goes wrong, timing, and what is expected. docs/scenario.md is the user's description of every
// field; read_scenario.hpp reads it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/time.hpp"
#include "engine/jobset/reconcile.hpp"
#include "sim/cluster/kueue/config.hpp"
#include "sim/cluster/scheduler/profile.hpp"
#include "sim/cluster/timing.hpp"
#include "sim/faults/fault.hpp"
#include "sim/faults/moment.hpp"
#include "sim/workload/behavior.hpp"

namespace jobset_twin::scenarios {

using api::Duration;
using api::TimePoint;
using faults::isOfFaults;
using faults::kMomentCount;
using faults::Moment;
using faults::momentFrom;
using faults::momentText;

// A label that spreads over the nodes of a pool: consecutive nodes share a value (contiguous) or take turns.
struct TopologyLevel {
  std::string key;           // node label
  std::string prefix;        // values are <prefix><n>
  std::int32_t domains = 1;  // how many values
  bool contiguous = false;
};

struct NodePool {
  std::string name = "node";  // nodes are <name>-<n>
  std::int32_t count = 1;
  api::ResourceList capacity;  // cpu, memory, pods, ephemeral-storage and extended resources; what is absent has the
                               // ordinary node's value
  api::StringMap labels;
  std::vector<api::Taint> taints;
  std::vector<TopologyLevel> topology;
};

// Something a user does: apply manifests, or change, delete, suspend, resume, scale an object.
struct Action {
  Duration at{};
  std::string apply;                                  // path of a manifest file, relative to the scenario's
  std::vector<api::ObjectPtr> objects;                // ... as read; or given in place
  std::vector<std::string> origins;                   // of each object, file:line
  std::string target;                                 // "JobSet/default/x" for the others
  std::string verb;                                   // "" (apply), "delete", "patch", "suspend", "resume", "scale"
  std::string propagation;                            // delete: Background, Foreground, Orphan
  std::optional<std::int64_t> grace_seconds;          // delete
  api::Raw patch;                                     // patch: a JSON merge patch
  std::string replicated_job;                         // scale: which of a JobSet's
  std::optional<std::int32_t> replicas, parallelism;  // scale
  std::string origin;                                 // file:line, for messages
  api::Error place;                                   // the same with its column
};

// How many; not given: no limit.
struct CountRange {
  std::optional<std::int64_t> at_least, at_most;
  bool given() const { return at_least || at_most; }
  bool holds(std::int64_t count) const { return (!at_least || count >= *at_least) && (!at_most || count <= *at_most); }
};

// One expectation: the fields that are given must all hold, of every object whose name matches, or of `count` of them.
struct Expectation {
  std::string description;
  std::string object;  // "JobSet/default/x"; * stands for anything; a Job's Pod: "Pod/default/x-leader-0-0"
  CountRange count;    // of the objects for which the rest holds
  std::optional<std::string> terminal_state;      // of a JobSet: Completed, Failed, ""
  std::optional<std::string> reason;              // of a condition that is True
  std::optional<std::string> condition;           // a type; its status is True
  std::optional<std::string> phase;               // of a Pod
  CountRange restarts;                            // of a JobSet, or of a Pod's containers together
  std::optional<Moment> reaches;                  // what `before`, `after`, `notBefore` and `notAfter` are about
  CountRange strikes;                             // of faults: how often all that match struck, together
  bool never = false;                             // `reaches`, `event` or `log` must not happen
  std::optional<Duration> not_before, not_after;  // of `reaches`, since the start
  std::string before_object, after_object;        // every `reaches` comes before the first of these, or after the last
  Moment before_moment = Moment::kCreated, after_moment = Moment::kFinished;
  std::optional<std::string> event_reason, event_type,
      event_message;                        // a Kubernetes Event about the object; message: a part of it
  std::optional<std::string> log_contains;  // a part of a line that a container of the Pod printed
  CountRange times;                         // of the Event or the line; at least once when not given
  std::optional<std::string> end_reason;    // of the run
  api::Error origin;                        // file, line, column

  bool wantsEvent() const { return event_reason || event_type || event_message; }
};

struct Scenario {
  std::string name;
  std::string description;
  std::string kubernetes_version = "1.36";
  std::optional<std::uint64_t> seed;
  std::optional<TimePoint> start_time;
  std::optional<Duration> duration;  // as --until
  jobset::FeatureGates feature_gates;
  jobset::Quirks quirks;
  std::vector<NodePool> node_pools;  // empty: derived from the manifests
  std::vector<Action> actions;       // in order of their times
  std::vector<workload::Behavior> behaviors;
  std::vector<faults::Fault> faults;  // also from documents of kind Fault and from --fault
  std::vector<faults::RepairCrew> repair_crews;
  Duration default_run_time = std::chrono::seconds(60);
  std::int32_t default_exit_code = 0;
  std::map<std::string, std::int64_t> image_bytes;
  cluster::SchedulerConfig scheduler;
  cluster::KueueConfig kueue;  // `present` follows from the manifests
  cluster::Timing timing;
  std::string cluster_domain = "cluster.local";
  bool short_names = false;  // dns.shortNames
  std::vector<Expectation> expectations;
};

}  // namespace jobset_twin::scenarios
