#include "scenarios/default_storage.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace jobset_twin::scenarios {
namespace {

constexpr std::string_view kDefaultMark = "storageclass.kubernetes.io/is-default-class";
constexpr const char* kStandard = "standard";

struct Wanted {
  std::set<std::string> named;
  bool unnamed = false;
  void add(const api::PersistentVolumeClaimSpec& claim) {
    if (!claim.storageClassName) {
      unnamed = true;
    } else if (!claim.storageClassName->empty()) {
      named.insert(*claim.storageClassName);
    }
  }
};

api::ObjectPtr storageClass(const std::string& name, bool is_default) {
  api::Generic body;
  body.apiVersion = "storage.k8s.io/v1";
  body.kind = "StorageClass";
  nlohmann::json content;
  content["provisioner"] = "storage.jobset-twin.dev";
  content["reclaimPolicy"] = "Delete";
  content["volumeBindingMode"] = "WaitForFirstConsumer";
  body.content.set(std::move(content));
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = name;
  if (is_default) object->meta.annotations.set(kDefaultMark, "true");
  return object;
}

// The class of a PersistentVolume.
std::string classOf(const api::Object& volume) {
  const nlohmann::json& content = api::as<api::Generic>(volume).content.get();
  const nlohmann::json::json_pointer place("/spec/storageClassName");
  return content.contains(place) && content.at(place).is_string() ? content.at(place).get<std::string>()
                                                                  : std::string();
}

}  // namespace

std::vector<api::ObjectPtr> deriveStorage(const std::vector<api::ObjectPtr>& manifests) {
  Wanted wanted;
  std::set<std::string> there;
  bool has_default = false;
  for (const api::ObjectPtr& object : manifests) {
    if (object->kind() == api::Kind::kPersistentVolumeClaim) {
      wanted.add(api::as<api::PersistentVolumeClaim>(object).spec);
    } else if (object->kind() == api::Kind::kJobSet) {
      for (const auto& policy : api::as<api::JobSet>(object).spec->volumeClaimPolicies) {
        for (const api::PersistentVolumeClaimTemplate& claim : policy.templates) wanted.add(claim.spec);
      }
    } else if (api::kindNameOf(*object) == "StorageClass") {
      there.insert(object->meta.name);
      has_default = has_default || object->meta.annotations.get(kDefaultMark) == "true";
    } else if (api::kindNameOf(*object) == "PersistentVolume") {
      there.insert(classOf(*object));
    }
  }
  std::vector<api::ObjectPtr> classes;
  const bool standard = wanted.unnamed && !has_default;
  if (standard && !there.contains(kStandard)) wanted.named.insert(kStandard);
  for (const std::string& name : wanted.named) {
    if (!there.contains(name)) classes.push_back(storageClass(name, standard && name == kStandard));
  }
  return classes;
}

}  // namespace jobset_twin::scenarios
