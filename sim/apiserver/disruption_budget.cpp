#include "sim/apiserver/disruption_budget.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/selector_json.hpp"

namespace jobset_twin::apiserver {
namespace {

using nlohmann::json;

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::int64_t number(const json& object, const char* name) {
  const json* value = member(object, name);
  return value && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

std::optional<api::IntOrString> intOrString(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value && value->is_number_integer()) return api::IntOrString{value->get<std::int32_t>()};
  if (value && value->is_string()) return api::IntOrString{value->get<std::string>()};
  return std::nullopt;
}

// Sets a condition as apimachinery's SetStatusCondition: the time of its last change stays while the status does.
void setAllowedCondition(json& status, bool allowed, std::string_view reason, const std::string& message,
                         std::int64_t generation, api::TimePoint now) {
  json condition = {{"type", "DisruptionAllowed"},
                    {"status", allowed ? "True" : "False"},
                    {"reason", reason},
                    {"message", message},
                    {"observedGeneration", generation},
                    {"lastTransitionTime", api::formatTime(api::truncateToSeconds(now))}};
  json& conditions = status["conditions"];
  if (!conditions.is_array()) conditions = json::array();
  for (json& present : conditions) {
    if (api::textAt(present, {"type"}) != "DisruptionAllowed") continue;
    if (api::textAt(present, {"status"}) == api::textAt(condition, {"status"}))
      condition["lastTransitionTime"] = api::textAt(present, {"lastTransitionTime"});
    present = std::move(condition);
    return;
  }
  conditions.push_back(std::move(condition));
}

// A tree's generation is not counted; the first is 1.
std::int64_t generationOf(const api::Object& object) { return std::max<std::int64_t>(object.meta.generation, 1); }

}  // namespace

bool DisruptionBudget::covers(const api::Object& pod, std::string_view namespace_) const {
  return selects && pod.meta.namespace_ == namespace_ && api::matches(selector, pod.meta.labels);
}

bool isDisruptionBudget(const api::Object& object) {
  return object.kind() == api::Kind::kGeneric && api::kindNameOf(object) == "PodDisruptionBudget" &&
         api::groupOf(api::apiVersionOf(object)) == "policy";
}

DisruptionBudget readBudget(const api::Object& object) {
  DisruptionBudget out;
  const json& content = api::as<api::Generic>(object).content.get();
  if (const json* spec = member(content, "spec")) {
    out.selects = member(*spec, "selector") != nullptr;
    out.selector = api::labelSelectorAt(*spec, {"selector"});
    out.min_available = intOrString(*spec, "minAvailable");
    out.max_unavailable = intOrString(*spec, "maxUnavailable");
    out.always_evict_unhealthy = api::textAt(*spec, {"unhealthyPodEvictionPolicy"}) == "AlwaysAllow";
  }
  const json* status = member(content, "status");
  if (!status) return out;
  out.processed = number(*status, "observedGeneration") >= generationOf(object);
  out.allowed = number(*status, "disruptionsAllowed");
  out.healthy = number(*status, "currentHealthy");
  out.desired = number(*status, "desiredHealthy");
  out.expected = number(*status, "expectedPods");
  if (const json* disrupted = member(*status, "disruptedPods"); disrupted && disrupted->is_object()) {
    for (const auto& [pod, time] : disrupted->items()) {
      if (!time.is_string()) continue;
      if (const api::Result<api::TimePoint> at = api::parseTime(time.get<std::string>())) out.disrupted[pod] = *at;
    }
  }
  if (const json* conditions = member(*status, "conditions"); conditions && conditions->is_array()) {
    for (const json& condition : *conditions) {
      if (api::textAt(condition, {"type"}) == "DisruptionAllowed" && api::textAt(condition, {"reason"}) == "SyncFailed")
        out.sync_error = api::textAt(condition, {"message"});
    }
  }
  return out;
}

api::MutableObjectPtr withStatus(const api::Object& object, const DisruptionBudget& budget, bool synced,
                                 const std::string& error, api::TimePoint now) {
  api::MutableObjectPtr fresh = api::edit(object);
  json content = api::as<api::Generic>(object).content.get();
  json& status = content["status"];
  if (!status.is_object()) status = json::object();
  status["disruptionsAllowed"] = budget.allowed;
  if (synced) status["observedGeneration"] = generationOf(object);
  if (error.empty()) {
    status["currentHealthy"] = budget.healthy;
    status["desiredHealthy"] = budget.desired;
    status["expectedPods"] = budget.expected;
    status.erase("disruptedPods");
    for (const auto& [pod, at] : budget.disrupted) status["disruptedPods"][pod] = api::formatTime(at);
  }
  const std::int64_t generation = number(status, "observedGeneration");
  if (!error.empty()) {
    setAllowedCondition(status, false, "SyncFailed", error, generation, now);
  } else {
    setAllowedCondition(status, budget.allowed > 0, budget.allowed > 0 ? "SufficientPods" : "InsufficientPods", "",
                        generation, now);
  }
  api::as<api::Generic>(*fresh).content.set(std::move(content));
  return fresh;
}

}  // namespace jobset_twin::apiserver
