// definition_removal.cpp - the deletion of a CustomResourceDefinition: its objects are deleted with it, and it stays,
// Terminating, until the last of them is gone (apiextensions pkg/controller/finalizer). What upstream's controller does
// a moment later happens here at once. See write.hpp.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/stored_definitions.hpp"
#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

using nlohmann::json;

constexpr const char* kCleanup = "customresourcecleanup.apiextensions.k8s.io";

bool waits(const api::Object& definition) {
  const std::vector<std::string>& names = definition.meta.finalizers;
  return definition.meta.deletionTimestamp && std::find(names.begin(), names.end(), kCleanup) != names.end();
}

// How the names of its objects begin in their keys; "": it does not say.
std::string typeOf(const api::Object& definition) {
  const json& whole = api::as<api::Generic>(definition).content.get();
  const std::string group = api::textAt(whole, {"spec", "group"}), kind = api::textAt(whole, {"spec", "names", "kind"});
  return group.empty() || kind.empty() ? std::string() : kind + "." + group + "/";
}

std::vector<api::ObjectKey> objectsOf(const api::Object& definition, const Store& store) {
  std::vector<api::ObjectKey> out;
  const std::string type = typeOf(definition);
  if (type.empty()) return out;
  for (const auto& [key, object] : store.all(api::Kind::kGeneric))
    if (key.second.starts_with(type)) out.push_back({api::Kind::kGeneric, key.first, key.second});
  return out;
}

void setTerminating(api::Object& definition, const char* status, const char* reason, const char* message,
                    api::TimePoint now) {
  api::Generic& body = api::as<api::Generic>(definition);
  json content = body.content.get();
  if (!content["status"].is_object()) content["status"] = json::object();
  json& conditions = content["status"]["conditions"];
  if (!conditions.is_array()) conditions = json::array();
  const auto is = [](const json& one) { return api::textAt(one, {"type"}) == "Terminating"; };
  conditions.erase(std::remove_if(conditions.begin(), conditions.end(), is), conditions.end());
  conditions.push_back({{"type", "Terminating"},
                        {"status", status},
                        {"lastTransitionTime", api::formatTime(now)},
                        {"reason", reason},
                        {"message", message}});
  body.content.set(std::move(content));
}

}  // namespace

api::Response Write::removeDefinition(const api::ObjectPtr& old) {
  if (dryRun()) return answered(old);
  if (!old->meta.deletionTimestamp) {
    const api::MutableObjectPtr marked = api::edit(old);
    marked->meta.deletionTimestamp = api::truncateToSeconds(now_);
    marked->meta.deletionGracePeriodSeconds = 0;
    marked->meta.finalizers.emplace_back(kCleanup);
    setTerminating(*marked, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress", now_);
    replace(marked);
  }
  for (const api::ObjectKey& key : objectsOf(*old, server_.store_)) {
    const api::Request removal = api::deleteRequest(key, {});
    Write(server_, removal, now_, webhooks_).run();
  }
  const api::ObjectPtr left = server_.store_.find(request_.key);
  if (!left) return answered(old);  // the last of them took it along
  return answered(waits(*left) && objectsOf(*left, server_.store_).empty() ? finishDefinition(left) : left);
}

void Write::finishDefinitionOf(std::string_view gone) {
  api::ObjectPtr of;
  for (const api::ObjectPtr& one : storedDefinitions(server_.store_)) {
    const std::string type = typeOf(*one);
    if (!waits(*one) || type.empty() || !gone.starts_with(type)) continue;
    of = one;
    break;
  }
  if (of && objectsOf(*of, server_.store_).empty()) finishDefinition(of);
}

api::ObjectPtr Write::finishDefinition(const api::ObjectPtr& definition) {
  const api::MutableObjectPtr fresh = api::edit(definition);
  std::erase(fresh->meta.finalizers, kCleanup);
  if (fresh->meta.finalizers.empty()) return noted(server_.store_.erase(api::keyOf(*definition), now_), true);
  setTerminating(*fresh, "False", "InstanceDeletionCompleted", "removed all instances", now_);
  return noted(server_.store_.replace(fresh, now_), false);
}

}  // namespace jobset_twin::apiserver
