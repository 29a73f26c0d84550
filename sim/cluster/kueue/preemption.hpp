// preemption.hpp - which admitted Workloads have to give way to one that does not fit (K-KUE-40 to 42): the classical
// algorithm, without fair sharing.
//
// Source: Kueue pkg/scheduler/preemption.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/kueue/quota_tree.hpp"
#include "sim/cluster/kueue/workload.hpp"

namespace jobset_twin::cluster::kueue {

// An admitted Workload that may be asked to go.
struct Candidate {
  const Workload* workload = nullptr;
  std::string cluster_queue;
  Usage usage;
  api::TimePoint reserved{};  // when it got its quota
};

struct Victim {
  std::string key;
  std::string_view reason;  // InClusterQueue, InCohortReclamation, InCohortReclaimWhileBorrowing
};

struct Preemptor {
  std::int32_t priority = 0;
  Rank rank;
  std::string cluster_queue;
  Usage usage;                           // that it wants
  std::vector<FlavorResource> short_of;  // of these there is not enough
};

// Those of `admitted` that the policies allow, in the order in which they are taken.
std::vector<Candidate> candidatesFor(const Preemptor& preemptor, const Preemption& policy, const QuotaTree& quotas,
                                     const std::vector<Candidate>& admitted);
// The fewest of them, roughly, so that it fits; empty: it cannot be done. `quotas` is used to try, and left as it was.
std::vector<Victim> victimsFor(const Preemptor& preemptor, const Preemption& policy, QuotaTree& quotas,
                               std::vector<Candidate> candidates);
// "prioritization in the ClusterQueue"
std::string_view whyText(std::string_view reason);

}  // namespace jobset_twin::cluster::kueue
