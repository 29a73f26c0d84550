#include "sim/cluster/volumes/volume.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"

namespace jobset_twin::cluster {
namespace {

using nlohmann::json;

const json& memberOf(const json& tree, const char* name) {
  static const json none;
  const json* found = api::jsonAt(tree, {name});
  return found == nullptr ? none : *found;
}

std::string textOf(const json& tree, const char* name) {
  const json& value = memberOf(tree, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

const json& specOf(const api::Object& volume) { return memberOf(api::as<api::Generic>(volume).content.get(), "spec"); }

std::vector<api::NodeSelectorRequirement> requirementsOf(const json& list) {
  std::vector<api::NodeSelectorRequirement> out;
  if (!list.is_array()) return out;
  for (const json& one : list) {
    api::NodeSelectorRequirement& r = out.emplace_back();
    r.key = textOf(one, "key");
    r.operator_ = textOf(one, "operator");
    const json& values = memberOf(one, "values");
    if (!values.is_array()) continue;
    for (const json& value : values)
      if (value.is_string()) r.values.push_back(value.get<std::string>());
  }
  return out;
}

json claimReference(const api::Object& claim) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"namespace", claim.meta.namespace_},
          {"name", claim.meta.name},
          {"uid", claim.meta.uid},
          {"resourceVersion", std::to_string(claim.meta.resourceVersion)}};
}

api::MutableObjectPtr withContent(const api::Object& volume, json content) {
  api::MutableObjectPtr out = api::edit(volume);
  out->meta.resourceVersion = 0;
  api::as<api::Generic>(*out).content.set(std::move(content));
  return out;
}

}  // namespace

VolumeFacts volumeFacts(const api::Object& volume) {
  const json& spec = specOf(volume);
  const json& claim = memberOf(spec, "claimRef");
  VolumeFacts facts;
  facts.claim_namespace = textOf(claim, "namespace");
  facts.claim_name = textOf(claim, "name");
  facts.claim_uid = textOf(claim, "uid");
  facts.phase = textOf(memberOf(api::as<api::Generic>(volume).content.get(), "status"), "phase");
  facts.reclaim = textOf(spec, "persistentVolumeReclaimPolicy");
  if (facts.reclaim.empty()) facts.reclaim = "Retain";
  facts.storage_class = textOf(spec, "storageClassName");
  return facts;
}

api::Quantity volumeSize(const api::Object& volume) {
  const api::Result<api::Quantity> size = api::Quantity::parse(textOf(memberOf(specOf(volume), "capacity"), "storage"));
  return size ? *size : api::Quantity();
}

std::optional<api::NodeSelector> volumeNodes(const api::Object& volume) {
  const json& required = memberOf(memberOf(specOf(volume), "nodeAffinity"), "required");
  const json& terms = memberOf(required, "nodeSelectorTerms");
  if (!terms.is_array()) return std::nullopt;
  api::NodeSelector out;
  for (const json& term : terms) {
    out.nodeSelectorTerms.push_back(
        {requirementsOf(memberOf(term, "matchExpressions")), requirementsOf(memberOf(term, "matchFields"))});
  }
  return out;
}

bool volumeFits(const api::Object& volume, const api::Object& object) {
  const api::PersistentVolumeClaimSpec& claim = api::as<api::PersistentVolumeClaim>(object).spec;
  const json& spec = specOf(volume);
  if (volume.meta.deletionTimestamp || textOf(spec, "storageClassName") != claim.storageClassName.value_or(""))
    return false;
  const std::string mode = textOf(spec, "volumeMode");
  if ((mode.empty() ? "Filesystem" : mode) != claim.volumeMode.value_or("Filesystem")) return false;
  const json& modes = memberOf(spec, "accessModes");
  for (const std::string& wanted : claim.accessModes) {
    if (std::find(modes.begin(), modes.end(), json(wanted)) == modes.end()) return false;
  }
  const auto storage = claim.resources.requests.find("storage");
  if (storage != claim.resources.requests.end() && volumeSize(volume) < storage->second) return false;
  return !claim.selector || api::matches(*claim.selector, volume.meta.labels);
}

api::ObjectPtr makeVolume(const api::Object& object, const std::string& name, const std::string& provisioner,
                          const std::string& reclaim) {
  const api::PersistentVolumeClaimSpec& claim = api::as<api::PersistentVolumeClaim>(object).spec;
  json spec;
  const auto storage = claim.resources.requests.find("storage");
  if (storage != claim.resources.requests.end()) spec["capacity"] = {{"storage", storage->second.toString()}};
  spec["accessModes"] = claim.accessModes;
  spec["persistentVolumeReclaimPolicy"] = reclaim;
  spec["storageClassName"] = claim.storageClassName.value_or("");
  spec["volumeMode"] = claim.volumeMode.value_or("Filesystem");
  spec["csi"] = {{"driver", provisioner}, {"volumeHandle", name}};
  spec["claimRef"] = claimReference(object);
  api::Generic body;
  body.apiVersion = "v1";
  body.kind = "PersistentVolume";
  json content;
  content["spec"] = std::move(spec);
  content["status"] = {{"phase", "Bound"}};
  body.content.set(std::move(content));
  const api::MutableObjectPtr volume = api::makeObject(std::move(body));
  volume->meta.name = name;
  volume->meta.annotations.set("pv.kubernetes.io/provisioned-by", provisioner);
  return volume;
}

api::ObjectPtr boundVolume(const api::Object& volume, const api::Object& claim) {
  json content = api::as<api::Generic>(volume).content.get();
  content["spec"]["claimRef"] = claimReference(claim);
  content["status"]["phase"] = "Bound";
  const api::MutableObjectPtr out = withContent(volume, std::move(content));
  out->meta.annotations.set("pv.kubernetes.io/bound-by-controller", "yes");
  return out;
}

api::ObjectPtr volumeInPhase(const api::Object& volume, const std::string& phase) {
  json content = api::as<api::Generic>(volume).content.get();
  content["status"]["phase"] = phase;
  return withContent(volume, std::move(content));
}

}  // namespace jobset_twin::cluster
