// node.hpp - core/v1 Node.
#pragma once

#include "engine/api/pod.hpp"

namespace jobset_twin::api {

struct Taint {
  std::string key, value, effect;
  std::optional<TimePoint> timeAdded;
  friend bool operator==(const Taint&, const Taint&) = default;
};
struct NodeSpec {
  std::string podCIDR, providerID;
  std::vector<std::string> podCIDRs;
  bool unschedulable = false;
  std::vector<Taint> taints;
  Raw configSource, externalID;
};
struct NodeAddress {
  std::string type, address;
};
struct ContainerImage {
  std::vector<std::string> names;
  std::int64_t sizeBytes = 0;
};
struct NodeStatus {
  ResourceList capacity, allocatable;
  std::vector<Condition> conditions;
  std::vector<NodeAddress> addresses;
  std::vector<ContainerImage> images;
  Raw nodeInfo, daemonEndpoints, volumesInUse, volumesAttached, config, runtimeHandlers, features, declaredFeatures;
};
struct Node {
  NodeSpec spec;
  NodeStatus status;
};

}  // namespace jobset_twin::api
