// volume.hpp - core/v1 PersistentVolumeClaim; PersistentVolumes and StorageClasses are stored as Generic objects.
#pragma once

#include "engine/api/pod.hpp"

namespace jobset_twin::api {

struct PersistentVolumeClaimSpec {
  std::vector<std::string> accessModes;
  std::optional<LabelSelector> selector;
  ResourceRequirements resources;
  std::string volumeName;
  std::optional<std::string> storageClassName, volumeMode, volumeAttributesClassName;
  Raw dataSource, dataSourceRef;
};
struct PersistentVolumeClaimStatus {
  std::string phase;
  std::vector<std::string> accessModes;
  ResourceList capacity;
  std::vector<Condition> conditions;
};
struct PersistentVolumeClaim {
  PersistentVolumeClaimSpec spec;
  PersistentVolumeClaimStatus status;
};
// A claim inside another object (volumeClaimPolicies).
struct PersistentVolumeClaimTemplate {
  std::string apiVersion, kind;
  ObjectMeta metadata;
  PersistentVolumeClaimSpec spec;
  Raw status;
};

}  // namespace jobset_twin::api
