// plain_scheduler.hpp - the scheduler's decisions made a second time, the plain way: from the objects alone, by loops
// over all Pods and nodes, with nothing remembered. Generated clusters are decided by both.
//
// Written from the rules (K-SCH-10 to 43), not from the product: nothing here includes its code but the types of
// the API and the texts of its verdicts.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::plain {

struct PlacedPod {
  api::ObjectPtr object;
  std::string node;  // placed there, or nominated to it
};

// A PodDisruptionBudget of the namespace, as its status says.
struct Budget {
  std::string name, namespace_;
  api::LabelSelector selector;
  std::int64_t allowed = 0;
  std::set<std::string> disrupted;  // Pods
};

struct Cluster {
  std::vector<api::ObjectPtr> nodes, services;
  std::vector<PlacedPod> pods, nominated;
  std::map<std::string, api::StringMap> namespaces;  // labels of those that have an object
  std::vector<Budget> budgets;
};

// A profile, and what differs between releases.
struct Rules {
  std::int32_t percentage_of_nodes_to_score = 0;
  bool taint_in_message = false, balanced_by_difference = true;
  std::map<std::string, std::int64_t> weights{{"TaintToleration", 3},  {"NodeAffinity", 2},
                                              {"NodeResourcesFit", 1}, {"PodTopologySpread", 2},
                                              {"InterPodAffinity", 2}, {"NodeResourcesBalancedAllocation", 1},
                                              {"ImageLocality", 1}};
  std::set<std::string> filters_off;
  std::string strategy = "LeastAllocated";
  std::map<std::string, std::int64_t> resources{{"cpu", 1}, {"memory", 1}};
  std::vector<std::pair<std::int64_t, std::int64_t>> shape;  // utilization, score
  std::set<std::string> balanced{"cpu", "memory"};
  std::int64_t hard_affinity = 1;
  std::optional<std::vector<api::TopologySpreadConstraint>> spread_defaults;
  std::size_t candidates_percentage = 10, candidates_least = 100;
};

struct Decision {
  std::vector<std::string> best;  // the nodes of the highest score; empty: no node fits
  std::map<std::string, std::int64_t> scores;
  std::map<std::string, std::map<std::string, std::int64_t>> scores_of;  // by plugin, weighted
  std::string message;                  // if no node fits, without the part on preemption
  std::vector<std::string> resolvable;  // nodes that refuse what preemption might help, in walking order
  std::size_t next_start = 0;
};

std::vector<std::string> walkingOrder(const Cluster& cluster);  // K-SCH-16
Decision decide(const Cluster& cluster, const api::Object& pod, std::size_t start, const Rules& rules);

struct Eviction {
  std::string node;                  // "": nobody has to go, nothing would help
  std::vector<std::string> victims;  // most important first
  std::size_t violations = 0;        // of budgets
  friend bool operator==(const Eviction&, const Eviction&) = default;
};
// The nodes where evictions help, in the order in which they are looked at from `offset` on, as many as are looked for
// (K-SCH-41, 42); then the best of them.
std::vector<Eviction> evictions(const Cluster& cluster, const api::Object& pod, const Decision& failed,
                                const Rules& rules, std::size_t offset);
Eviction bestEviction(const Cluster& cluster, const std::vector<Eviction>& candidates);

}  // namespace jobset_twin::cluster::plain
