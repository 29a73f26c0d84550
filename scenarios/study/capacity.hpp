// capacity.hpp - what the cluster's nodes offer and what of it is taken, integrated over time as the run goes: for
// utilisation, fragmentation, node hours and cost; and what became of each node, for the causes of failures.
//
// Only nodes that exist and are Ready offer anything, and only what Pods on such nodes asked for is taken. Values are
// constant between two changes, so the sums are those of the steps, not of samples.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/api/pod.hpp"
#include "sim/apiserver/watch_event.hpp"

namespace jobset_twin::scenarios::study {

using api::Duration;
using api::TimePoint;
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;
inline constexpr TimePoint kNever = TimePoint::max();

// cpu in milli-units, and devices of the extended resource that counts as GPU.
enum Resource : std::uint8_t { kCpu, kGpu };
using Amount = std::array<std::int64_t, 2>;

struct NodeState {
  std::string name;
  bool exists = false, ready = false, cordoned = false, unreachable = false;  // unreachable: tainted so
  TimePoint devices_lost = TimePoint::min();                                  // it offers fewer GPUs since then
  Amount offers{}, taken{};  // taken: by Pods that are bound to it and have not ended
  bool lost() const { return !exists || !ready || unreachable; }
};

// Integrals over time: amounts times nanoseconds.
struct ResourceTotals {
  double offered = 0, taken = 0;
  double scattered = 0;  // the share of what is free that lies on partly used nodes
  double free_time = 0;  // nanoseconds in which anything was free
};
struct CapacityTotals {
  double nodes = 0;                     // node nanoseconds
  std::map<std::string, double> pools;  // the same of the pools that have a price
  std::array<ResourceTotals, 2> of;     // by Resource
};

class Capacity {
 public:
  Capacity(std::string gpu, const std::map<std::string, double>& prices);

  void onNode(const apiserver::WatchEvent& change);
  Amount requestOf(const api::PodSpec& spec) const;
  // A Pod that asks for so much was bound to the node; it has ended, or is gone.
  void take(NodeId node, const Amount& amount, TimePoint at);
  void give(NodeId node, const Amount& amount, TimePoint at);

  // Of a node that nobody has seen yet, too.
  NodeId nodeNamed(const std::string& name);
  const NodeState& node(NodeId id) const { return nodes_[id]; }
  const CapacityTotals& totals(TimePoint at);

 private:
  void advance(TimePoint at);
  void count(const NodeState& node, std::int64_t sign);

  struct Sum {  // over the nodes that are Ready
    std::int64_t offered = 0, taken = 0, scattered = 0;
  };
  std::string gpu_;
  std::vector<NodeState> nodes_;
  std::unordered_map<std::string, NodeId> by_name_;  // looked up only
  std::array<Sum, 2> now_;
  std::int64_t existing_ = 0;
  std::map<std::string, std::int64_t> existing_in_;  // of pools that have a price
  TimePoint since_ = kNever;
  CapacityTotals totals_;
};

}  // namespace jobset_twin::scenarios::study
