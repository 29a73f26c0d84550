// queue_flavors.hpp - which nodes the Pods of a queued JobSet or Job may be sent to by the flavors of its ClusterQueue:
// for the derived cluster, which must have them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::scenarios {

struct FlavorNodes {
  std::map<std::string, std::string> labels;
  std::vector<api::Taint> taints;
};

// One for each combination of flavors that it may get; one without labels if it waits for no quota.
std::vector<FlavorNodes> flavorNodes(const std::vector<api::ObjectPtr>& manifests, const api::Object& job);

}  // namespace jobset_twin::scenarios
