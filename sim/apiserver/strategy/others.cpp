// others.cpp - Events, PriorityClasses and the kinds that are stored as trees; and which kind has which strategy.
// Source: kubernetes v1.36 pkg/registry/core/event, pkg/registry/scheduling/priorityclass.
#include <array>

#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::int32_t kHighestUserPriority = 1'000'000'000;

void validateEvent(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const api::ObjectReference& regarding = api::as<api::Event>(object).regarding;
  const std::string expected = regarding.namespace_.empty() ? "default" : regarding.namespace_;
  if (object.meta.namespace_ != expected &&
      !(regarding.namespace_.empty() && object.meta.namespace_ == "kube-system")) {
    errors.push_back(api::invalidValue("involvedObject.namespace", api::quoted(regarding.namespace_),
                                       "does not match event.namespace"));
  }
}

void defaultClass(api::Object& object) {
  auto& priority_class = api::as<api::PriorityClass>(object);
  if (!priority_class.preemptionPolicy) priority_class.preemptionPolicy = "PreemptLowerPriority";
}

void validateClass(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const auto& priority_class = api::as<api::PriorityClass>(object);
  const bool system = object.meta.name.starts_with("system-");
  if (system && object.meta.name != "system-node-critical" && object.meta.name != "system-cluster-critical") {
    errors.push_back(api::forbiddenField(
        "metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: " +
                             object.meta.name + " is not a known system priority class"));
  }
  if (!system && priority_class.value > kHighestUserPriority) {
    errors.push_back(api::forbiddenField(
        "value", "maximum allowed value of a user defined priority is " + std::to_string(kHighestUserPriority)));
  }
  const std::string& policy = *priority_class.preemptionPolicy;
  if (policy != "Never" && policy != "PreemptLowerPriority") {
    errors.push_back(api::unsupportedValue("preemptionPolicy", api::quoted(policy), {"Never", "PreemptLowerPriority"}));
  }
}

void validateClassUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                         api::Errors& errors) {
  validateClass(context, fresh, errors);
  const auto& priority_class = api::as<api::PriorityClass>(fresh);
  const auto& was = api::as<api::PriorityClass>(old);
  if (priority_class.value != was.value)
    errors.push_back(api::invalidValue("value", std::to_string(priority_class.value), "field is immutable"));
  if (priority_class.preemptionPolicy != was.preemptionPolicy) {
    errors.push_back(
        api::invalidValue("preemptionPolicy", api::quoted(*priority_class.preemptionPolicy), "field is immutable"));
  }
}

// core/v1: text sent as stringData is kept in data, and a type is filled in.
void defaultSecret(nlohmann::json& secret) {
  if (const nlohmann::json* texts = api::jsonAt(secret, {"stringData"}); texts && texts->is_object()) {
    nlohmann::json& data = secret["data"];
    if (!data.is_object()) data = nlohmann::json::object();
    for (const auto& [key, text] : texts->items())
      if (text.is_string()) data[key] = api::base64(text.get<std::string>());
  }
  secret.erase("stringData");
  if (api::textAt(secret, {"type"}).empty()) secret["type"] = "Opaque";
}

void defaultGeneric(api::Object& object) {
  api::Generic& generic = api::as<api::Generic>(object);
  if (generic.kind != "Secret" || generic.apiVersion != "v1") return;
  nlohmann::json content = generic.content.get();
  if (!content.is_object()) return;
  defaultSecret(content);
  generic.content = api::Raw(std::move(content));
}

}  // namespace

const Strategy kEventStrategy = {.validateCreate = validateEvent};

const Strategy kPriorityClassStrategy = {
    .defaults = defaultClass,
    .validateCreate = validateClass,
    .validateUpdate = validateClassUpdate,
    .has_generation = true,
};

const Strategy kGenericStrategy = {.defaults = defaultGeneric};

const Strategy& strategyOf(api::Kind kind) {
  static constexpr std::array<const Strategy*, api::kKindCount> kStrategies = {
      &kJobSetStrategy,        &kJobStrategy,         &kPodStrategy,   &kNodeStrategy,          &kServiceStrategy,
      &kEndpointSliceStrategy, &kVolumeClaimStrategy, &kEventStrategy, &kPriorityClassStrategy, &kGenericStrategy};
  return *kStrategies[static_cast<std::size_t>(kind)];
}

}  // namespace jobset_twin::apiserver
