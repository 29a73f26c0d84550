// volume_binding.hpp - the claims that a Pod mounts (VolumeBinding's PreFilter), and the nodes from which their volumes
// can be reached (its Filter).
//
// A claim that waits for its first consumer does not hinder; the volumes component binds it once the Pod has a node. A
// claim whose class is not known has to be bound first, as upstream. Not modelled: topologies of classes, volume
// limits, zones of volumes.
#pragma once

#include <string>

#include "sim/cluster/scheduler/cluster_view.hpp"

namespace jobset_twin::cluster {

// Why the Pod's claims keep it from being scheduled; "": they do not.
std::string claimProblem(const ClusterView& view, const ViewPod& pod);

// Node affinity of the volumes to which the Pod's claims are bound; made once a cycle.
class VolumeCheck {
 public:
  VolumeCheck(const ClusterView& view, const ViewPod& pod);
  NodeVerdict ask(const NodeEntry& node) const;

 private:
  std::vector<api::NodeSelector> wanted_;  // one of the terms of each
};

}  // namespace jobset_twin::cluster
