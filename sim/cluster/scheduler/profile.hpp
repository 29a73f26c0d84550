// profile.hpp - the scheduler's configuration: profiles (which Pods, which plugins, which weights, how allocation is
// scored) as in KubeSchedulerConfiguration v1. Defaults are the default profile of K-SCH 5.2.
// Source: kube-scheduler 1.36 pkg/scheduler/apis/config (types.go, v1/default_plugins.go).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/pod.hpp"
#include "sim/cluster/kubernetes_gates.hpp"
#include "sim/cluster/scheduler/plugin.hpp"
#include "sim/cluster/scheduler/scores.hpp"

namespace jobset_twin::cluster {

struct WeightedResource {
  std::string name;
  Score weight = 1;  // 1 to 100
  friend bool operator==(const WeightedResource&, const WeightedResource&) = default;
};

enum class FitScoring : std::uint8_t { kLeastAllocated, kMostAllocated, kRequestedToCapacityRatio };

struct SchedulerProfile {
  std::string name = "default-scheduler";
  std::int32_t percentage_of_nodes_to_score = 0;  // K-SCH-15; 0: as the cluster's size says
  ScoreWeights weights;                           // 0: the plugin does not score
  PluginMask filters_off = 0;                     // plugins that do not filter
  FitScoring fit = FitScoring::kLeastAllocated;   // K-SCH-21, 22, 23
  std::vector<WeightedResource> fit_resources{{"cpu", 1}, {"memory", 1}};
  std::vector<ShapePoint> fit_shape;  // K-SCH-23, ascending by utilisation
  std::vector<WeightedResource> balanced_resources{{"cpu", 1}, {"memory", 1}};
  std::int32_t hard_pod_affinity_weight = 1;  // K-SCH-28
  // PodTopologySpread's own defaults instead of the system's (K-SCH-31); empty: none.
  std::optional<std::vector<api::TopologySpreadConstraint>> default_constraints;
  bool preempts = true;                                             // DefaultPreemption is on
  std::int32_t candidates_percentage = 10, candidates_least = 100;  // K-SCH-41

  bool filters(Plugin plugin) const { return (filters_off & maskOf(plugin)) == 0; }
};

// Pods of JobSets that are scheduled together or not at all: an option of the simulated scheduler, as what a
// co-scheduling plugin does. The native form needs no option but PodGroups and their gates (gangs.hpp).
enum class GangScope : std::uint8_t { kNone, kReplicatedJob, kJobSet };
struct GangOptions {
  GangScope scope = GangScope::kNone;
  std::string topology_key;  // all of a gang in one domain of it; "": anywhere
  bool compact = false;      // in the smallest domain of the topology that holds it
};

struct SchedulerConfig {
  std::vector<SchedulerProfile> profiles{SchedulerProfile{}};  // names differ; at least one
  GangOptions gangs;
  WorkloadGates workloads;
  // Not part of what happens: Pods (namespace/name, or without a Job's random end) whose decisions are noted in the
  // trace (decision_note.hpp).
  std::vector<std::string> explained;
};

}  // namespace jobset_twin::cluster
