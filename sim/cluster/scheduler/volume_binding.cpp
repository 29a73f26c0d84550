#include "sim/cluster/scheduler/volume_binding.hpp"

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

}  // namespace jobset_twin::cluster
