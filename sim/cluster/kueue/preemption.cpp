#include "sim/cluster/kueue/preemption.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

constexpr std::string_view kOwn = "InClusterQueue", kReclaim = "InCohortReclamation",
                           kBorrowing = "InCohortReclaimWhileBorrowing";

bool usesAny(const Usage& usage, const std::vector<FlavorResource>& of) {
  return std::any_of(of.begin(), of.end(), [&](const FlavorResource& one) {
    const auto found = usage.find(one);
    return found != usage.end() && found->second > 0;
  });
}

bool borrowsAny(const QuotaTree& quotas, const std::string& cluster_queue, const std::vector<FlavorResource>& of) {
  return std::any_of(of.begin(), of.end(),
                     [&](const FlavorResource& one) { return quotas.borrows(cluster_queue, one); });
}

bool allows(PreemptionPolicy policy, const Preemptor& preemptor, const Candidate& candidate) {
  const std::int32_t theirs = candidate.workload->priority;
  switch (policy) {
    case PreemptionPolicy::kNever: return false;
    case PreemptionPolicy::kAny: return true;
    case PreemptionPolicy::kLowerPriority: return theirs < preemptor.priority;
    case PreemptionPolicy::kLowerOrNewerEqualPriority:
      return theirs < preemptor.priority ||
             (theirs == preemptor.priority && rankOf(*candidate.workload, false).since > preemptor.rank.since);
  }
  return false;
}

// Below this priority a Workload of another queue gives way even to one that will borrow.
std::int64_t borrowThreshold(const Preemptor& preemptor, const Preemption& policy) {
  std::int64_t threshold = preemptor.priority;
  if (policy.max_priority_threshold)
    threshold = std::min<std::int64_t>(threshold, std::int64_t{*policy.max_priority_threshold} + 1);
  return threshold;
}

class Search {
 public:
  Search(const Preemptor& preemptor, QuotaTree& quotas) : preemptor_(preemptor), quotas_(quotas) {}

  std::vector<Victim> run(const std::vector<Candidate>& candidates, bool may_borrow,
                          std::int64_t threshold = std::numeric_limits<std::int64_t>::max()) {
    std::vector<const Candidate*> taken;
    bool fits_now = false, borrow_now = may_borrow;
    const bool with_threshold = threshold != std::numeric_limits<std::int64_t>::max();
    for (const Candidate& candidate : candidates) {
      const bool other = candidate.cluster_queue != preemptor_.cluster_queue;
      if (other && !borrowsAny(quotas_, candidate.cluster_queue, preemptor_.short_of)) continue;
      if (other && with_threshold && candidate.workload->priority >= threshold) borrow_now = false;
      quotas_.take(candidate.cluster_queue, candidate.usage);
      taken.push_back(&candidate);
      if ((fits_now = fits(borrow_now))) break;
    }
    if (fits_now) giveBack(taken, borrow_now);
    std::vector<Victim> victims;
    for (const Candidate* candidate : taken) {
      quotas_.add(candidate->cluster_queue, candidate->usage);
      const bool own = candidate->cluster_queue == preemptor_.cluster_queue;
      const bool borrowing = with_threshold && candidate->workload->priority < threshold;
      victims.push_back({candidate->workload->key, own ? kOwn : borrowing ? kBorrowing : kReclaim});
    }
    if (!fits_now) victims.clear();
    return victims;
  }

 private:
  bool fits(bool may_borrow) const {
    for (const auto& [of, amount] : preemptor_.usage) {
      if (!may_borrow && quotas_.borrowsWith(preemptor_.cluster_queue, of, amount)) return false;
      if (amount > quotas_.available(preemptor_.cluster_queue, of)) return false;
    }
    return true;
  }

  // All but the last, in reverse, as far as it still fits without them.
  void giveBack(std::vector<const Candidate*>& taken, bool may_borrow) {
    for (std::size_t i = taken.size() - 1; i-- > 0;) {
      quotas_.add(taken[i]->cluster_queue, taken[i]->usage);
      if (fits(may_borrow)) {
        taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        quotas_.take(taken[i]->cluster_queue, taken[i]->usage);
      }
    }
  }

  const Preemptor& preemptor_;
  QuotaTree& quotas_;
};

}  // namespace

std::vector<Candidate> candidatesFor(const Preemptor& preemptor, const Preemption& policy, const QuotaTree& quotas,
                                     const std::vector<Candidate>& admitted) {
  std::vector<Candidate> out;
  for (const Candidate& candidate : admitted) {
    if (!usesAny(candidate.usage, preemptor.short_of)) continue;
    const bool own = candidate.cluster_queue == preemptor.cluster_queue;
    if (!own && !borrowsAny(quotas, candidate.cluster_queue, preemptor.short_of)) continue;
    if (allows(own ? policy.within_cluster_queue : policy.reclaim_within_cohort, preemptor, candidate))
      out.push_back(candidate);
  }
  std::sort(out.begin(), out.end(), [&](const Candidate& a, const Candidate& b) {
    const auto rank = [&](const Candidate& one) {
      return std::make_tuple(!one.workload->is(kEvicted), one.cluster_queue == preemptor.cluster_queue,
                             one.workload->priority, -one.reserved.time_since_epoch().count(),
                             std::string_view(one.workload->object->meta.uid));
    };
    return rank(a) < rank(b);
  });
  return out;
}

std::vector<Victim> victimsFor(const Preemptor& preemptor, const Preemption& policy, QuotaTree& quotas,
                               std::vector<Candidate> candidates) {
  Search search(preemptor, quotas);
  std::vector<Candidate> own;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(own),
               [&](const Candidate& one) { return one.cluster_queue == preemptor.cluster_queue; });
  if (own.size() == candidates.size()) return search.run(own, true);
  const bool under_nominal =
      std::all_of(preemptor.short_of.begin(), preemptor.short_of.end(), [&](const FlavorResource& of) {
        return quotas.used(preemptor.cluster_queue, of) < quotas.nominal(preemptor.cluster_queue, of);
      });
  if (policy.while_borrowing) {
    const std::int64_t threshold = borrowThreshold(preemptor, policy);
    if (!under_nominal) {
      std::erase_if(candidates, [&](const Candidate& one) {
        return one.cluster_queue != preemptor.cluster_queue && one.workload->priority >= threshold;
      });
    }
    return search.run(candidates, true, threshold);
  }
  if (under_nominal) {
    std::vector<Victim> victims = search.run(candidates, false);
    if (!victims.empty()) return victims;
  }
  return search.run(own, true);
}

std::string_view whyText(std::string_view reason) {
  if (reason == kOwn) return "prioritization in the ClusterQueue";
  if (reason == kReclaim) return "reclamation within the cohort";
  return "reclamation within the cohort while borrowing";
}

}  // namespace jobset_twin::cluster::kueue
