#include "scenarios/queue_flavors.hpp"

#include <algorithm>

#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/specs.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kCombinationsMost = 16;

const api::Object* find(const std::vector<api::ObjectPtr>& manifests, std::string_view kind,
                        std::string_view namespace_, std::string_view name) {
  const auto found = std::find_if(manifests.begin(), manifests.end(), [&](const api::ObjectPtr& object) {
    return cluster::kueue::kindOf(*object) == kind && object->meta.name == name &&
           object->meta.namespace_ == namespace_;
  });
  return found == manifests.end() ? nullptr : found->get();
}

void combine(const FlavorNodes& with, const cluster::kueue::FlavorSpec& flavor, std::vector<FlavorNodes>& out) {
  FlavorNodes both = with;
  for (const auto& [key, value] : flavor.node_labels) {
    if (const auto [at, added] = both.labels.emplace(key, value); !added && at->second != value) return;
  }
  if (!flavor.node_labels.empty()) both.taints.insert(both.taints.end(), flavor.taints.begin(), flavor.taints.end());
  const bool known =
      std::any_of(out.begin(), out.end(), [&](const FlavorNodes& one) { return one.labels == both.labels; });
  if (!known && out.size() < kCombinationsMost) out.push_back(std::move(both));
}

}  // namespace

std::vector<FlavorNodes> flavorNodes(const std::vector<api::ObjectPtr>& manifests, const api::Object& job) {
  std::vector<FlavorNodes> out(1);
  const std::string_view queue = job.meta.labels.get(cluster::kueue::kQueueName);
  const api::Object* local = queue.empty() ? nullptr : find(manifests, "LocalQueue", job.meta.namespace_, queue);
  if (!local) return out;
  const api::Object* of = find(manifests, "ClusterQueue", "", cluster::kueue::localQueueOf(*local).cluster_queue);
  if (!of) return out;
  for (const cluster::kueue::ResourceGroup& group : cluster::kueue::clusterQueueOf(*of).groups) {
    std::vector<FlavorNodes> next;
    for (const FlavorNodes& one : out) {
      for (const std::string& name : group.flavors) {
        const api::Object* flavor = find(manifests, "ResourceFlavor", "", name);
        combine(one, flavor ? cluster::kueue::flavorOf(*flavor) : cluster::kueue::FlavorSpec(), next);
      }
    }
    if (!next.empty()) out = std::move(next);
  }
  return out;
}

}  // namespace jobset_twin::scenarios
