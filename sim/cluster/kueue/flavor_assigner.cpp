#include "sim/cluster/kueue/flavor_assigner.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

// What keeps a podset from a flavor. Ascending: less hope.
enum class Lack : std::uint8_t { kNothing, kUnusedQuota, kQuota, kFlavor };

std::string_view reasonOf(Lack lack) {
  switch (lack) {
    case Lack::kQuota: return "ExceedsMaxQuota";
    case Lack::kFlavor: return "NoMatchingFlavor";
    default: return "WaitingForQuota";
  }
}

struct Grade {  // of one flavor for one podset
  Fit fit = Fit::kYes;
  int borrow_level = 0;
  Lack lack = Lack::kNothing;
};

std::set<std::string> labelKeys(const ResourceGroup& group, const Flavors& flavors) {
  std::set<std::string> keys;
  for (const std::string& name : group.flavors) {
    const auto flavor = flavors.find(name);
    if (flavor == flavors.end()) continue;
    for (const auto& [key, value] : flavor->second.node_labels) keys.insert(key);
  }
  return keys;
}

// Only labels that the group's flavors know decide (K-KUE-35).
bool matchesLabels(const api::PodSpec& pod, const FlavorSpec& flavor, const std::set<std::string>& keys) {
  const api::MutableObjectPtr node = api::makeObject(api::Node{});
  for (const auto& [key, value] : flavor.node_labels) node->meta.labels.set(key, value);
  api::PodSpec wanted;
  for (const auto& [key, value] : pod.nodeSelector) {
    if (keys.contains(key)) wanted.nodeSelector.set(key, value);
  }
  wanted.affinity = pod.affinity;
  if (wanted.affinity && wanted.affinity->nodeAffinity) {
    auto& required = wanted.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
    bool open = false;  // a term that says nothing of these labels
    if (required) {
      for (api::NodeSelectorTerm& term : required->nodeSelectorTerms) {
        term.matchFields.clear();
        std::erase_if(term.matchExpressions, [&](const auto& one) { return !keys.contains(one.key); });
        open = open || term.matchExpressions.empty();
      }
      if (open) required.reset();
    }
  }
  return matchesNodeAffinity(wanted, *node);
}

class Assigner {
 public:
  Assigner(const Workload& workload, const std::string& cluster_queue, const ClusterQueueSpec& spec,
           const QuotaTree& quotas, const Flavors& flavors, const PreemptionOracle& oracle)
      : workload_(workload),
        cluster_queue_(cluster_queue),
        spec_(spec),
        quotas_(quotas),
        flavors_(flavors),
        oracle_(oracle) {}

  Assignment run() {
    out_.admission.cluster_queue = cluster_queue_;
    std::vector<std::string> messages;
    for (const PodSet& podset : workload_.podsets) {
      reasons_.clear();
      Grade grade;
      PodSetAssignment assigned{podset.name, {}, {}, podset.count};
      assign(podset, assigned, grade);
      if (grade.fit != Fit::kYes) {
        std::sort(reasons_.begin(), reasons_.end());
        reasons_.erase(std::unique(reasons_.begin(), reasons_.end()), reasons_.end());
        messages.push_back(
            fmt::format("couldn't assign flavors to pod set {}: {}", podset.name, fmt::join(reasons_, ", ")));
      }
      out_.fit = std::min(out_.fit, grade.fit);
      out_.borrow_level = std::max(out_.borrow_level, grade.borrow_level);
      if (grade.fit == Fit::kNo) break;
      out_.admission.podsets.push_back(std::move(assigned));
    }
    out_.message = fmt::format("{}", fmt::join(messages, "; "));
    out_.reason = reasonOf(lack_);
    return std::move(out_);
  }

 private:
  void assign(const PodSet& podset, PodSetAssignment& assigned, Grade& grade) {
    std::map<std::string, Amount> requests;
    for (const auto& [resource, amount] : podset.requests) requests[resource] = amount * podset.count;
    for (const ResourceGroup& group : spec_.groups) {
      if (std::find(group.resources.begin(), group.resources.end(), "pods") != group.resources.end())
        requests["pods"] = podset.count;
    }
    for (const auto& [resource, amount] : requests) {
      if (assigned.flavors.contains(resource)) continue;
      const ResourceGroup* group = groupOf(resource);
      if (!group) {
        reasons_.push_back(fmt::format("resource {} unavailable in ClusterQueue", resource));
        grade.fit = Fit::kNo;
        lack_ = Lack::kFlavor;
        return;
      }
      std::map<std::string, Amount> of_group;
      for (const auto& [name, wanted] : requests) {
        if (groupOf(name) == group) of_group[name] = wanted;
      }
      assignGroup(podset, *group, of_group, assigned, grade);
      if (grade.fit == Fit::kNo) return;
    }
  }

  const ResourceGroup* groupOf(const std::string& resource) const {
    for (const ResourceGroup& group : spec_.groups) {
      if (std::find(group.resources.begin(), group.resources.end(), resource) != group.resources.end()) return &group;
    }
    return nullptr;
  }

  void assignGroup(const PodSet& podset, const ResourceGroup& group, const std::map<std::string, Amount>& requests,
                   PodSetAssignment& assigned, Grade& grade) {
    const std::set<std::string> keys = labelKeys(group, flavors_);
    std::optional<Grade> best;
    std::string chosen;
    std::vector<FlavorResource> short_of;
    Lack least = Lack::kFlavor;  // of all flavors: any of them will do
    for (const std::string& name : group.flavors) {
      const auto flavor = flavors_.find(name);
      if (flavor == flavors_.end() || !suits(podset, name, flavor->second, keys)) continue;
      std::vector<FlavorResource> lacking;
      const Grade found = gradeOf(name, requests, lacking);
      least = std::min(least, found.lack);
      if (found.fit != Fit::kNo && (!best || better(found, *best))) {
        best = found;
        chosen = name;
        short_of = std::move(lacking);
      }
      if (!triesNext(found)) break;
    }
    if (!best) {
      grade.fit = Fit::kNo;
      lack_ = least;
      return;
    }
    grade.fit = std::min(grade.fit, best->fit);
    grade.borrow_level = std::max(grade.borrow_level, best->borrow_level);
    for (const auto& [resource, amount] : requests) {
      assigned.flavors[resource] = chosen;
      assigned.usage[resource] = amount;
      out_.usage[{chosen, resource}] += amount;
    }
    out_.short_of.insert(out_.short_of.end(), short_of.begin(), short_of.end());
  }

  bool suits(const PodSet& podset, const std::string& name, const FlavorSpec& flavor,
             const std::set<std::string>& keys) {
    std::vector<api::Toleration> tolerations = podset.spec->tolerations;
    tolerations.insert(tolerations.end(), flavor.tolerations.begin(), flavor.tolerations.end());
    if (const api::Taint* taint = firstUntolerated(flavor.taints, tolerations)) {
      reasons_.push_back(fmt::format("untolerated taint {{{} {} {} <nil>}} in flavor {}", taint->key, taint->value,
                                     taint->effect, name));
      return false;
    }
    if (matchesLabels(*podset.spec, flavor, keys)) return true;
    reasons_.push_back(fmt::format("flavor {} doesn't match node affinity", name));
    return false;
  }

  Grade gradeOf(const std::string& flavor, const std::map<std::string, Amount>& requests,
                std::vector<FlavorResource>& lacking) {
    Grade grade;
    for (const auto& [resource, amount] : requests) {
      const FlavorResource of{flavor, resource};
      const auto before = out_.usage.find(of);
      const Amount earlier = before == out_.usage.end() ? 0 : before->second;
      const Grade one = gradeOf(of, earlier, amount);
      if (one.fit != Fit::kYes) lacking.push_back(of);
      grade.fit = std::min(grade.fit, one.fit);
      grade.borrow_level = std::max(grade.borrow_level, one.borrow_level);
      grade.lack = std::max(grade.lack, one.lack);
      if (grade.fit == Fit::kNo) break;
    }
    return grade;
  }

  Grade gradeOf(const FlavorResource& of, Amount earlier, Amount amount) {
    const Amount wanted = earlier + amount, most = quotas_.capacity(cluster_queue_, of);
    if (wanted > most) {
      reasons_.push_back(
          fmt::format("insufficient quota for {} in flavor {}, previously considered podsets requests ({}) + current "
                      "podset request ({}) > maximum capacity ({})",
                      of.resource, of.flavor, amountText(of.resource, earlier), amountText(of.resource, amount),
                      amountText(of.resource, most)));
      return {Fit::kNo, 0, Lack::kQuota};
    }
    const int level = quotas_.borrowLevel(cluster_queue_, of, wanted);
    const Amount available = quotas_.available(cluster_queue_, of);
    if (wanted <= available) return {Fit::kYes, level, Lack::kNothing};
    reasons_.push_back(fmt::format("insufficient unused quota for {} in flavor {}, {} more needed", of.resource,
                                   of.flavor, amountText(of.resource, wanted - available)));
    if (wanted <= quotas_.nominal(cluster_queue_, of) || spec_.preemption.while_borrowing)
      return {oracle_(of, wanted), level, Lack::kUnusedQuota};
    return {Fit::kNo, level, Lack::kUnusedQuota};
  }

  bool better(const Grade& a, const Grade& b) const {
    if (spec_.prefers_preemption && a.borrow_level != b.borrow_level) return a.borrow_level < b.borrow_level;
    if (a.fit != b.fit) return a.fit > b.fit;
    return a.borrow_level < b.borrow_level;
  }

  bool triesNext(const Grade& found) const {
    const bool borrows = found.borrow_level > 0;
    if (found.fit == Fit::kYes) return borrows && spec_.try_next_when_borrowing;
    if (found.fit == Fit::kPreempt || found.fit == Fit::kReclaim)
      return spec_.try_next_when_preempting || (borrows && spec_.try_next_when_borrowing);
    return true;
  }

  const Workload& workload_;
  const std::string& cluster_queue_;
  const ClusterQueueSpec& spec_;
  const QuotaTree& quotas_;
  const Flavors& flavors_;
  const PreemptionOracle& oracle_;
  Assignment out_;
  std::vector<std::string> reasons_;
  Lack lack_ = Lack::kNothing;  // of the podset that got no flavor
};

}  // namespace

Assignment assignFlavors(const Workload& workload, const std::string& cluster_queue, const ClusterQueueSpec& spec,
                         const QuotaTree& quotas, const Flavors& flavors, const PreemptionOracle& oracle) {
  return Assigner(workload, cluster_queue, spec, quotas, flavors, oracle).run();
}

}  // namespace jobset_twin::cluster::kueue
