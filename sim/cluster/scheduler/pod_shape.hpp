// pod_shape.hpp - what the scheduler reads in a Pod's spec, read once and shared by all Pods of the same make.
//
// Node-local parts (requests, node selector and affinity, tolerations, ports, node name) have a signature of their own:
// Pods that agree in it agree on every node as far as that node alone is concerned (node_local.hpp caches by it).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/cluster/scheduler/label_predicate.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"

namespace jobset_twin::cluster {

// Names of resources in the order of their rows in the dense arrays of node_table.hpp. At most 64.
class ResourceRows {
 public:
  static constexpr int kCpu = 0, kMemory = 1, kEphemeralStorage = 2, kPods = 3;
  static constexpr int kMax = 64;  // NodeVerdict::insufficient has a bit for each

  int row(const std::string& name);         // adds it if it is new
  int find(const std::string& name) const;  // -1: nobody has it or asks for it
  const std::string& name(int row) const { return names_[static_cast<std::size_t>(row)]; }
  int size() const { return static_cast<int>(names_.size()); }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(names_);
  }

 private:
  std::vector<std::string> names_{"cpu", "memory", "ephemeral-storage", "pods"};
};

struct AffinityTerm {
  NamespaceScope scope;
  LabelPredicate selector;
  std::string topology_key;
  std::int32_t weight = 1;  // preferred terms; negative: anti-affinity
};
struct SpreadConstraint {
  std::string topology_key;
  LabelPredicate selector;
  std::int32_t max_skew = 1, min_domains = 1;
  bool honor_affinity = true, honor_taints = false;
};
struct HostPort {
  std::string ip, protocol;  // ip "0.0.0.0": any
  std::int32_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};
bool conflict(const HostPort& left, const HostPort& right);

struct PodShape {
  api::Shared<api::PodSpec> spec;
  std::string namespace_, local_signature;
  std::vector<std::pair<int, std::int64_t>> requests;  // (row, amount), ascending, no zeros, without pods
  std::int64_t scored_milli_cpu = 0, scored_memory = 0;
  std::int32_t priority = 0;
  bool preempts = true, depends_on_labels = false;
  std::vector<HostPort> ports;
  std::vector<std::string> claims, images;                       // images with their tag
  std::int32_t containers = 0;                                   // init containers too
  std::vector<AffinityTerm> affinity, anti_affinity, preferred;  // required, required, preferred with sign
  std::vector<SpreadConstraint> spread, spread_preferred;        // DoNotSchedule, ScheduleAnyway

  std::int64_t request(int row) const;
  bool bestEffort() const { return request(ResourceRows::kCpu) == 0 && request(ResourceRows::kMemory) == 0; }
};

std::string imageWithTag(const std::string& image);  // ":latest" added if there is neither tag nor digest

class ShapeTable {
 public:
  // The shape of a Pod; the same object for equal ones as far as the table remembers.
  api::Shared<PodShape> of(const api::ObjectMeta& meta, const api::Pod& pod, ResourceRows& rows);

 private:
  static constexpr std::size_t kRemembered = 4096;
  std::unordered_map<std::string, api::Shared<PodShape>> known_;  // looked up only, never walked
  api::Shared<PodShape> last_;
};

}  // namespace jobset_twin::cluster
