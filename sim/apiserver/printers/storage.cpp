// storage.cpp - the columns of PersistentVolumeClaims, PersistentVolumes and StorageClasses.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using nlohmann::json;

// In this order, whatever the object's is.
std::string modesText(const std::vector<std::string>& modes) {
  constexpr std::pair<std::string_view, std::string_view> kShort[] = {
      {"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}};
  std::string out;
  for (const auto& [mode, text] : kShort) {
    if (std::find(modes.begin(), modes.end(), mode) != modes.end()) out += (out.empty() ? "" : ",") + std::string(text);
  }
  return out;
}

std::string storageOf(const api::ResourceList& resources) {
  const auto found = resources.find("storage");
  return found == resources.end() ? "" : found->second.toString();
}

Cells claimCells(const api::Object& object, api::TimePoint now) {
  const api::PersistentVolumeClaim& claim = api::as<api::PersistentVolumeClaim>(object);
  const bool bound = !claim.spec.volumeName.empty();
  const std::string_view older = object.meta.annotations.get("volume.beta.kubernetes.io/storage-class");
  return {object.meta.name,
          object.meta.deletionTimestamp ? "Terminating" : claim.status.phase,
          claim.spec.volumeName,
          bound ? storageOf(claim.status.capacity) : "",
          bound ? modesText(claim.status.accessModes) : "",
          older.empty() ? claim.spec.storageClassName.value_or("") : std::string(older),
          claim.spec.volumeAttributesClassName.value_or(std::string(kUnset)),
          ageText(object.meta, now),
          claim.spec.volumeMode.value_or(std::string(kUnset))};
}

Cells volumeCells(const api::Object& object, api::TimePoint now) {
  std::vector<std::string> modes;
  const json* given = fieldOf(object, {"spec", "accessModes"});
  for (const json& mode : given && given->is_array() ? *given : json::array())
    if (mode.is_string()) modes.push_back(mode.get<std::string>());
  std::string claim;
  if (const json* reference = fieldOf(object, {"spec", "claimRef"}); reference && reference->is_object())
    claim = reference->value("namespace", "") + "/" + reference->value("name", "");
  return {object.meta.name,
          textOf(object, {"spec", "capacity", "storage"}),
          modesText(modes),
          textOf(object, {"spec", "persistentVolumeReclaimPolicy"}),
          object.meta.deletionTimestamp ? "Terminating" : textOf(object, {"status", "phase"}),
          claim,
          textOf(object, {"spec", "storageClassName"}),
          textOf(object, {"spec", "volumeAttributesClassName"}, kUnset),
          textOf(object, {"status", "reason"}),
          ageText(object.meta, now),
          textOf(object, {"spec", "volumeMode"}, kUnset)};
}

Cells storageClassCells(const api::Object& object, api::TimePoint now) {
  std::string name = object.meta.name;
  for (const char* key :
       {"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"}) {
    if (object.meta.annotations.get(key) != "true") continue;
    name += " (default)";
    break;
  }
  const json* expands = fieldOf(object, {"allowVolumeExpansion"});
  return {name,
          textOf(object, {"provisioner"}),
          textOf(object, {"reclaimPolicy"}, "Delete"),
          textOf(object, {"volumeBindingMode"}, "Immediate"),
          expands && expands->is_boolean() && expands->get<bool>(),
          ageText(object.meta, now)};
}

}  // namespace

Printer claimPrinter() {
  return {{nameColumn(),
           {"Status", "string", "Phase of the claim.", 0, ""},
           {"Volume", "string", "Volume that the claim is bound to.", 0, ""},
           {"Capacity", "string", "Size of the volume.", 0, ""},
           {"Access Modes", "string", "How the volume may be mounted.", 0, ""},
           {"StorageClass", "string", "Class that the claim asks for.", 0, ""},
           {"VolumeAttributesClass", "string", "Class of changeable attributes.", 0, ""},
           ageColumn(),
           {"VolumeMode", "string", "File system or block device.", 1, ""}},
          claimCells};
}

Printer volumePrinter() {
  return {{nameColumn(),
           {"Capacity", "string", "Size of the volume.", 0, ""},
           {"Access Modes", "string", "How the volume may be mounted.", 0, ""},
           {"Reclaim Policy", "string", "What happens to it after its claim.", 0, ""},
           {"Status", "string", "Phase of the volume.", 0, ""},
           {"Claim", "string", "Claim that it is bound to.", 0, ""},
           {"StorageClass", "string", "Class of the volume.", 0, ""},
           {"VolumeAttributesClass", "string", "Class of changeable attributes.", 0, ""},
           {"Reason", "string", "Why it failed.", 0, ""},
           ageColumn(),
           {"VolumeMode", "string", "File system or block device.", 1, ""}},
          volumeCells};
}

Printer storageClassPrinter() {
  return {{nameColumn(),
           {"Provisioner", "string", "What makes the volumes.", 0, ""},
           {"ReclaimPolicy", "string", "What happens to a volume after its claim.", 0, ""},
           {"VolumeBindingMode", "string", "At once, or when a Pod wants the claim.", 0, ""},
           {"AllowVolumeExpansion", "string", "Whether claims may grow.", 0, ""},
           ageColumn()},
          storageClassCells};
}

}  // namespace jobset_twin::apiserver::printers
