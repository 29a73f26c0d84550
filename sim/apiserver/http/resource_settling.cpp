// resource_settling.cpp - what the control plane does at once about something that was written, by whatever verb. See
// resource_call.hpp.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/resource_call.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

void ResourceCall::settle(const api::Object& written, bool fresh) const {
  const api::ObjectPtr stored = backend_.store->find(api::keyOf(written));
  if (!stored) return;  // a dry run
  if (isDefinition(kind_)) establish(*stored);
  if (fresh && kind_.name == "Namespace") furnish(stored->meta.name);
}

std::vector<std::string> ResourceCall::doubtsAbout(const api::ObjectPtr& made) const {
  if (!backend_.doubts || (resource_.defined && made->kind() == api::Kind::kGeneric)) return {};
  const std::vector<api::OwnerReference>& owners = *made->meta.ownerReferences;
  if (std::any_of(owners.begin(), owners.end(), [](const auto& owner) { return owner.controller; })) return {};
  return backend_.doubts(made);
}

// What controllers of the control plane bring into a new namespace.
void ResourceCall::furnish(const std::string& name) const {
  const auto add = [&](json object) {
    object["metadata"]["namespace"] = name;
    if (const api::Result<api::ObjectPtr> read = api::fromJson(object); read.ok())
      backend_.execute(api::createRequest(*read));
  };
  add({{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "default"}}}});
  const auto authority = backend_.store->find({api::Kind::kGeneric, "kube-system", "ConfigMap/kube-root-ca.crt"});
  if (!authority) return;
  add({{"apiVersion", "v1"},
       {"kind", "ConfigMap"},
       {"metadata", {{"name", "kube-root-ca.crt"}}},
       {"data", api::toJson(*authority).at("data")}});
}

void ResourceCall::establish(const api::Object& definition) const {
  json whole = api::toJson(definition);
  if (!definitionErrors(whole).empty()) return;  // a dry run on one that came in unchecked
  const json with = withEstablishedStatus(std::move(whole), api::formatTime(backend_.now()));
  if (const api::Result<api::ObjectPtr> read = api::fromJson(with, api::Validation::kIgnore); read.ok())
    backend_.execute(api::updateStatusRequest(*read));
}

}  // namespace jobset_twin::apiserver::http
