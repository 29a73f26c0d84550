// volume_binding.hpp - the claims that a Pod mounts (VolumeBinding's PreFilter).
//
// A claim that waits for its first consumer does not hinder; the volumes component binds it. A claim whose class is not
// known has to be bound first, as upstream. Not modelled: node affinity of PersistentVolumes, volume limits, zones of
// volumes.
#pragma once

#include <string>

#include "sim/cluster/scheduler/cluster_view.hpp"

namespace jobset_twin::cluster {

// Why the Pod's claims keep it from being scheduled; "": they do not.
std::string claimProblem(const ClusterView& view, const ViewPod& pod);

}  // namespace jobset_twin::cluster
