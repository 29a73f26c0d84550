#include "sim/cluster/scheduler/volume_binding.hpp"

#include <algorithm>

#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/volumes/volume.hpp"

namespace jobset_twin::cluster {
namespace {

bool waitsForConsumer(const ClusterView& view, const api::PersistentVolumeClaim& claim) {
  if (!claim.spec.storageClassName || claim.spec.storageClassName->empty())
    return false;  // no default either: bound to what is there
  const auto found = view.class_binding.find(*claim.spec.storageClassName);
  return found != view.class_binding.end() && found->second == "WaitForFirstConsumer";
}

}  // namespace

std::string claimProblem(const ClusterView& view, const ViewPod& pod) {
  bool unbound = false;
  for (const std::string& name : pod.shape->claims) {
    const auto found = view.claims.find({pod.object->meta.namespace_, name});
    if (found == view.claims.end()) return "persistentvolumeclaim \"" + name + "\" not found";
    if (found->second->meta.deletionTimestamp) return "persistentvolumeclaim \"" + name + "\" is being deleted";
    const api::PersistentVolumeClaim& claim = api::as<api::PersistentVolumeClaim>(found->second);
    if (claim.status.phase == "Lost")
      return "persistentvolumeclaim \"" + name + "\" bound to non-existent persistentvolume \"" +
             claim.spec.volumeName + "\"";
    const bool bound = claim.status.phase == "Bound" || !claim.spec.volumeName.empty();
    unbound = unbound || (!bound && !waitsForConsumer(view, claim));
  }
  return unbound ? "pod has unbound immediate PersistentVolumeClaims" : "";
}

VolumeCheck::VolumeCheck(const ClusterView& view, const ViewPod& pod) {
  for (const std::string& name : pod.shape->claims) {
    const auto claim = view.claims.find({pod.object->meta.namespace_, name});
    if (claim == view.claims.end()) continue;
    const auto volume = view.volumes.find(api::as<api::PersistentVolumeClaim>(claim->second).spec.volumeName);
    if (volume == view.volumes.end()) continue;
    if (std::optional<api::NodeSelector> nodes = volumeNodes(*volume->second)) wanted_.push_back(std::move(*nodes));
  }
}

NodeVerdict VolumeCheck::ask(const NodeEntry& node) const {
  NodeVerdict verdict;
  const bool reached = std::all_of(wanted_.begin(), wanted_.end(), [&](const api::NodeSelector& nodes) {
    return std::any_of(nodes.nodeSelectorTerms.begin(), nodes.nodeSelectorTerms.end(),
                       [&](const api::NodeSelectorTerm& term) { return matchesTerm(term, *node.object); });
  });
  if (reached) return verdict;
  verdict.refusal = Refusal::kVolumeNode;
  verdict.unresolvable = true;
  return verdict;
}

}  // namespace jobset_twin::cluster
