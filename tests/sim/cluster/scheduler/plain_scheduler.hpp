// plain_scheduler.hpp - the scheduler's decisions made a second time, the plain way: from the objects alone, by loops
// over all Pods and nodes, with nothing remembered. Generated clusters are decided by both.
//
// Written from the rules (K-SCH-10 to 43), not from the product: nothing here includes its code but the types of
// the API and the texts of its verdicts.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::plain {

struct PlacedPod {
  api::ObjectPtr object;
  std::string node;  // placed there, or nominated to it
};

struct Cluster {
  std::vector<api::ObjectPtr> nodes, services;
  std::vector<PlacedPod> pods, nominated;
  std::map<std::string, api::StringMap> namespaces;  // labels of those that have an object
};

struct Rules {
  std::int32_t percentage_of_nodes_to_score = 0;
  bool taint_in_message = false, balanced_by_difference = true;
};

struct Decision {
  std::vector<std::string> best;  // the nodes of the highest score; empty: no node fits
  std::map<std::string, std::int64_t> scores;
  std::string message;                  // if no node fits, without the part on preemption
  std::vector<std::string> resolvable;  // nodes that refuse what preemption might help, in walking order
  std::size_t next_start = 0;
};

std::vector<std::string> walkingOrder(const Cluster& cluster);  // K-SCH-16
Decision decide(const Cluster& cluster, const api::Object& pod, std::size_t start, const Rules& rules);

struct Eviction {
  std::string node;                  // "": nobody has to go, nothing would help
  std::vector<std::string> victims;  // most important first
  friend bool operator==(const Eviction&, const Eviction&) = default;
};
// Every node where evictions help, in the order in which they are looked at from `offset` on; then the best of them.
std::vector<Eviction> evictions(const Cluster& cluster, const api::Object& pod, const Decision& failed);
Eviction bestEviction(const Cluster& cluster, std::vector<Eviction> candidates, std::size_t offset,
                      const Decision& failed);

}  // namespace jobset_twin::cluster::plain
