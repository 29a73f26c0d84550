// flavor_assigner.hpp - which flavors a Workload would get from its ClusterQueue as things are, whether it fits, and
// what is missing if it does not (K-KUE-33 to 37).
//
// Source: Kueue pkg/scheduler/flavorassigner. Differs: a search that stopped early begins anew at the next attempt.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/cluster/kueue/queued_job.hpp"
#include "sim/cluster/kueue/quota_tree.hpp"

namespace jobset_twin::cluster::kueue {

// Ascending: better.
enum class Fit : std::uint8_t { kNo, kNoCandidates /* for preemption */, kPreempt, kReclaim, kYes };

struct Assignment {
  Fit fit = Fit::kYes;
  Admission admission;  // of as many podsets as got flavors
  Usage usage;
  int borrow_level = 0;
  std::vector<FlavorResource> short_of;  // where it takes preemption
  std::string reason, message;           // of QuotaReserved=False
};

// What preemption could do for so much more of a flavor's resource: kNoCandidates, kPreempt or kReclaim.
using PreemptionOracle = std::function<Fit(const FlavorResource& of, Amount amount)>;

Assignment assignFlavors(const Workload& workload, const std::string& cluster_queue, const ClusterQueueSpec& spec,
                         const QuotaTree& quotas, const Flavors& flavors, const PreemptionOracle& oracle);

}  // namespace jobset_twin::cluster::kueue
