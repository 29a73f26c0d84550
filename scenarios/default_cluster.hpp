// default_cluster.hpp - the cluster that manifests alone run on: derived from what they ask for, and said in words.
//
// Enough nodes for all Pods at once plus 10 %, at least four, in 4 racks of 2 zones; an ordinary node has 64 CPUs, 256
// GiB and room for 110 Pods. A pool more for each distinct node selector; extended resources, labels and topology
// domains as asked for.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

struct DefaultCluster {
  std::vector<NodePool> pools;
  std::vector<std::string> invented;  // one line each, for the head of the report
};

// nodes: fixes the number of nodes of the first pool (--nodes).
DefaultCluster deriveCluster(const std::vector<api::ObjectPtr>& manifests, std::optional<std::int32_t> nodes);

// The Node objects of the pools, in order: labels, addresses, capacity, allocatable, Ready.
std::vector<api::ObjectPtr> makeNodes(const std::vector<NodePool>& pools, TimePoint created);

// The pool of a node, as makeNodes calls them, also of a machine that took another's place: "gpu" of "gpu-3" and of
// "gpu-3-r17". The name of a node without a number is its pool.
std::string poolOf(const std::string& node);

inline constexpr std::string_view kZoneKey = "topology.kubernetes.io/zone";
inline constexpr std::string_view kRegionKey = "topology.kubernetes.io/region";
inline constexpr std::string_view kBlockKey = "topology.jobset-twin.dev/block";
inline constexpr std::string_view kRackKey = "topology.jobset-twin.dev/rack";
inline constexpr std::string_view kHostnameKey = "kubernetes.io/hostname";

}  // namespace jobset_twin::scenarios
