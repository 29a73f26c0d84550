// specs.hpp - what users set up for Kueue, as plain values: ResourceFlavors, ClusterQueues, Cohorts, LocalQueues
// (K-KUE-1). Fields of v1beta1 that were renamed since are read too.
//
// Amounts are milli-units of cpu, whole units of everything else, as Kueue counts them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::kueue {

using Amount = std::int64_t;

struct FlavorResource {
  std::string flavor, resource;
  friend auto operator<=>(const FlavorResource&, const FlavorResource&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(flavor, resource);
  }
};
using Usage = std::map<FlavorResource, Amount>;

struct ResourceQuota {
  Amount nominal = 0;
  std::optional<Amount> borrowing_limit, lending_limit;
};
using Quotas = std::map<FlavorResource, ResourceQuota>;

struct ResourceGroup {
  std::vector<std::string> resources;  // covered
  std::vector<std::string> flavors;    // in the order in which they are tried
};

enum class StopPolicy : std::uint8_t { kNone, kHold, kHoldAndDrain };
enum class PreemptionPolicy : std::uint8_t { kNever, kLowerPriority, kLowerOrNewerEqualPriority, kAny };

struct Preemption {
  PreemptionPolicy within_cluster_queue = PreemptionPolicy::kNever;
  PreemptionPolicy reclaim_within_cohort = PreemptionPolicy::kNever;
  bool while_borrowing = false;  // borrowWithinCohort: LowerPriority
  std::optional<std::int32_t> max_priority_threshold;
};

struct ClusterQueueSpec {
  std::string cohort;  // "": none
  bool strict_fifo = false;
  std::vector<ResourceGroup> groups;
  Quotas quotas;
  Preemption preemption;
  bool try_next_when_borrowing = false;  // flavorFungibility.whenCanBorrow: TryNextFlavor
  bool try_next_when_preempting = true;  // whenCanPreempt: TryNextFlavor
  bool prefers_preemption = false;       // preference: PreemptionOverBorrowing
  StopPolicy stop = StopPolicy::kNone;
  std::optional<api::LabelSelector> namespaces;  // absent: none
};

struct FlavorSpec {
  std::map<std::string, std::string> node_labels;
  std::vector<api::Taint> taints;
  std::vector<api::Toleration> tolerations;
};

struct CohortSpec {
  std::string parent;
  Quotas quotas;
};

struct LocalQueueSpec {
  std::string cluster_queue;
  StopPolicy stop = StopPolicy::kNone;
};

const nlohmann::json& contentOf(const api::Object& object);  // of one stored as a tree
// "ClusterQueue" of an object of Kueue's API group; "" for all others.
std::string_view kindOf(const api::Object& object);

ClusterQueueSpec clusterQueueOf(const api::Object& object);
FlavorSpec flavorOf(const api::Object& object);
CohortSpec cohortOf(const api::Object& object);
LocalQueueSpec localQueueOf(const api::Object& object);
std::int32_t priorityOf(const api::Object& object);  // of a WorkloadPriorityClass

bool sameSpec(const api::Object& a, const api::Object& b);  // of two trees

Amount amountOf(std::string_view resource, const api::Quantity& quantity);
std::string amountText(std::string_view resource, Amount amount);  // "1500m", "4", "2Gi": as a Quantity prints

}  // namespace jobset_twin::cluster::kueue
