// default_storage.hpp - the StorageClasses that manifests alone need and do not bring: those that their claims name,
// and a default one, "standard", for claims that name none. All wait for the first consumer and delete the volume with
// its claim.
#pragma once

#include <string>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::scenarios {

// Empty if there is no claim without storage. A class of which a manifest brings a PersistentVolume is left to those.
std::vector<api::ObjectPtr> deriveStorage(const std::vector<api::ObjectPtr>& manifests);

}  // namespace jobset_twin::scenarios
