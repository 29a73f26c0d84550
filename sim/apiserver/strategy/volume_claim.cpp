// volume_claim.cpp - PersistentVolumeClaims: defaults, validation, what may change once they exist.
// Source: kubernetes v1.36 pkg/registry/core/persistentvolumeclaim, pkg/apis/core/validation. The default storage class
// is set as admission plugin DefaultStorageClass does.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "sim/apiserver/content.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::string_view kProtection = "kubernetes.io/pvc-protection";
constexpr std::string_view kDefaultClass = "storageclass.kubernetes.io/is-default-class";

void defaultsOfClaim(api::Object& object) {
  api::PersistentVolumeClaimSpec& spec = api::as<api::PersistentVolumeClaim>(object).spec;
  if (!spec.volumeMode) spec.volumeMode = "Filesystem";
}

// The newest of the default classes, then the first by name.
std::string defaultClass(const Store& store) {
  const api::Object* best = nullptr;
  for (const auto& [key, object] : store.all(api::Kind::kGeneric)) {
    if (!key.second.starts_with("StorageClass.storage.k8s.io/") ||
        object->meta.annotations.get(kDefaultClass) != "true")
      continue;
    if (!best || object->meta.creationTimestamp > best->meta.creationTimestamp) best = object.get();
  }
  return best ? best->meta.name : std::string();
}

// The class as admission plugin DefaultStorageClass, the finalizer as StorageObjectInUseProtection.
void prepareClaim(const StrategyContext& context, api::Object& object) {
  auto& finalizers = object.meta.finalizers;
  if (std::find(finalizers.begin(), finalizers.end(), kProtection) == finalizers.end())
    finalizers.emplace_back(kProtection);
  api::PersistentVolumeClaim& claim = api::as<api::PersistentVolumeClaim>(object);
  claim.status = {};
  claim.status.phase = "Pending";
  if (!claim.spec.storageClassName) {
    const std::string name = defaultClass(context.store);
    if (!name.empty()) claim.spec.storageClassName = name;
  }
}

void validateClaim(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const api::PersistentVolumeClaimSpec& spec = api::as<api::PersistentVolumeClaim>(object).spec;
  if (spec.accessModes.empty())
    errors.push_back(api::requiredValue("spec.accessModes", "at least 1 access mode is required"));
  for (const std::string& mode : spec.accessModes) {
    if (mode != "ReadWriteOnce" && mode != "ReadOnlyMany" && mode != "ReadWriteMany" && mode != "ReadWriteOncePod") {
      errors.push_back(api::unsupportedValue("spec.accessModes", api::quoted(mode),
                                             {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"}));
    }
  }
  const auto storage = spec.resources.requests.find("storage");
  if (storage == spec.resources.requests.end()) {
    errors.push_back(api::requiredValue("spec.resources[storage]", ""));
  } else if (storage->second.sign() <= 0) {
    errors.push_back(api::invalidValue("spec.resources[storage]", api::quoted(storage->second.toString()),
                                       "must be greater than zero"));
  }
}

void validateClaimUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                         api::Errors& errors) {
  validateClaim(context, fresh, errors);
  api::PersistentVolumeClaim munged = api::as<api::PersistentVolumeClaim>(fresh);
  const api::PersistentVolumeClaim& was = api::as<api::PersistentVolumeClaim>(old);
  munged.spec.resources.requests = was.spec.resources.requests;  // may be expanded while bound
  munged.spec.volumeAttributesClassName = was.spec.volumeAttributesClassName;
  if (was.spec.volumeName.empty()) munged.spec.volumeName.clear();  // binding
  const api::MutableObjectPtr left = api::makeObject(std::move(munged));
  const api::MutableObjectPtr right = api::makeObject(was);
  if (!sameSpec(*left, *right)) {
    errors.push_back(api::forbiddenField(
        "spec",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
  }
}

}  // namespace

const Strategy kVolumeClaimStrategy = {
    .defaults = defaultsOfClaim,
    .prepareCreate = prepareClaim,
    .validateCreate = validateClaim,
    .validateUpdate = validateClaimUpdate,
};

}  // namespace jobset_twin::apiserver
