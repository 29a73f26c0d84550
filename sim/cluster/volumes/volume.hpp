// volume.hpp - a PersistentVolume, which is stored as a tree: what the binder reads of it and writes to it.
#pragma once

#include <optional>
#include <string>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster {

// What the binder reads of a PersistentVolume.
struct VolumeFacts {
  std::string claim_namespace, claim_name, claim_uid;  // spec.claimRef; "": absent
  std::string phase, reclaim;                          // Delete or Retain
  std::string storage_class;
};
VolumeFacts volumeFacts(const api::Object& volume);

// Whether the claim can be bound to the volume, which has no other claim: class, mode, access modes, size, selector.
bool volumeFits(const api::Object& volume, const api::Object& claim);
api::Quantity volumeSize(const api::Object& volume);
// spec.nodeAffinity.required: the nodes from which it can be reached; nothing: from all.
std::optional<api::NodeSelector> volumeNodes(const api::Object& volume);

// A new volume for the claim, bound to it.
api::ObjectPtr makeVolume(const api::Object& claim, const std::string& name, const std::string& provisioner,
                          const std::string& reclaim);
// The volume bound to the claim, or in another phase (no claim: ""). To be written whatever its version is now.
api::ObjectPtr boundVolume(const api::Object& volume, const api::Object& claim);
api::ObjectPtr volumeInPhase(const api::Object& volume, const std::string& phase);

}  // namespace jobset_twin::cluster
