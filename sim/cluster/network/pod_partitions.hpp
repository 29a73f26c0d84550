// pod_partitions.hpp - cuts in the network between groups of Pods, by number: while one lasts, no packet gets from one
// group to the other. What containers see of it: connections that are never answered, peers that are not there, and,
// if it is asked for, a name server that says nothing.
//
// Probes, watches and everything else that nodes and the control plane do is not concerned: that is a fault of nodes.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/api/label_selector.hpp"
#include "sim/cluster/names.hpp"

namespace jobset_twin::cluster {

// Pods for which everything that is given holds.
struct PodGroup {
  std::string namespace_;       // "": of any
  api::LabelSelector selector;  // empty: all
  std::set<std::string> nodes;  // empty: on any

  bool has(const PodEnd& pod) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(namespace_, nodes, selector.matchLabels);
    std::uint64_t requirements = selector.matchExpressions.size();
    ar(requirements);
    selector.matchExpressions.resize(requirements);
    for (api::LabelSelectorRequirement& one : selector.matchExpressions) ar(one.key, one.operator_, one.values);
  }
};

struct PodPartition {
  PodGroup group;
  std::optional<PodGroup> others;  // absent: all Pods that are not in `group`
  bool dns = false;                // the Pods of `group` do not reach the name servers either

  template <class Archive>
  void serialize(Archive& ar) {
    ar(group, others, dns);
  }
};

class PodPartitions {
 public:
  void begin(std::uint64_t number, PodPartition partition) { active_.insert_or_assign(number, std::move(partition)); }
  // False: there is none of that number.
  bool end(std::uint64_t number) { return active_.erase(number) > 0; }
  bool any() const { return !active_.empty(); }

  bool cut(const PodEnd& from, const PodEnd& to) const;
  bool cutFromDns(const PodEnd& pod) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(active_);
  }

 private:
  std::map<std::uint64_t, PodPartition> active_;
};

}  // namespace jobset_twin::cluster
