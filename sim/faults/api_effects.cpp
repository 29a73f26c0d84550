// Faults between clients and the API server, and between its store and informer caches (sim/apiserver/api_faults.hpp).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/api/time.hpp"
#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/faults/components.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {
namespace {

using apiserver::ApiEffect;
using apiserver::ApiFault;

std::vector<api::Verb> verbsOf(const std::vector<std::string>& words) {
  std::vector<api::Verb> out;
  for (const std::string& word : words) {
    if (word == "get") out.push_back(api::Verb::kGet);
    if (word == "create") out.push_back(api::Verb::kCreate);
    if (word == "update") out.insert(out.end(), {api::Verb::kUpdate, api::Verb::kUpdateStatus});
    if (word == "patch") out.insert(out.end(), {api::Verb::kPatch, api::Verb::kPatchStatus});
    if (word == "delete") out.push_back(api::Verb::kDelete);
    if (word == "bind") out.push_back(api::Verb::kBind);
    if (word == "evict") out.push_back(api::Verb::kEvict);
  }
  return out;
}

ApiEffect effectOf(FaultClass value) {
  switch (value) {
    case FaultClass::kApiSlow: return ApiEffect::kSlow;
    case FaultClass::kApiError: return ApiEffect::kError;
    case FaultClass::kApiTimeout: return ApiEffect::kTimeout;
    case FaultClass::kApiLostAnswer: return ApiEffect::kLostAnswer;
    case FaultClass::kApiOutage: return ApiEffect::kOutage;
    case FaultClass::kApiOverload: return ApiEffect::kSeats;
    case FaultClass::kClientLimit: return ApiEffect::kClientLimit;
    case FaultClass::kWebhookDown: return ApiEffect::kWebhookDown;
    case FaultClass::kWebhookSlow: return ApiEffect::kWebhookSlow;
    case FaultClass::kWatchDelay: return ApiEffect::kWatchDelay;
    case FaultClass::kWatchFreeze: return ApiEffect::kWatchFreeze;
    case FaultClass::kWatchDrop: return ApiEffect::kWatchDrop;
    case FaultClass::kWatchExpire: return ApiEffect::kWatchExpire;
    default: return ApiEffect::kCompaction;
  }
}

ApiFault ruleOf(const Fault& fault) {
  ApiFault rule;
  rule.effect = effectOf(fault.class_);
  rule.name = fault.name;
  if (!fault.client.empty()) rule.client = fault.client;
  rule.verbs = verbsOf(fault.verbs);
  rule.kind = fault.kind;
  rule.probability = fault.probability.value_or(1);
  rule.latency = fault.latency.value_or(Duration::zero());
  rule.factor = fault.factor.value_or(1);
  rule.written = fault.written;
  rule.expire = fault.expire;
  rule.qps = fault.qps.value_or(0);
  rule.burst = fault.burst.value_or(static_cast<std::int32_t>(rule.qps) +
                                    (rule.qps > static_cast<std::int32_t>(rule.qps) ? 1 : 0));
  rule.seats = fault.seats.value_or(0);
  if (const ErrorWord* error = errorWord(fault.reason)) {
    rule.reason = error->reason;
    rule.retry_after_seconds = error->retry_after_seconds;
  }
  return rule;
}

// Which requests, in words: "create Job requests of kube-controller-manager/*".
std::string requests(const Fault& fault) {
  std::string out = fault.verbs.empty() ? "" : fmt::format("{} ", fmt::join(fault.verbs, ", "));
  if (!fault.kind.empty()) out += fault.kind + " ";
  out += "requests";
  if (!fault.client.empty()) out += " of " + fault.client;
  if (fault.probability.value_or(1) < 1) out += fmt::format(" (each with probability {})", *fault.probability);
  return out;
}

std::string watches(const Fault& fault) {
  return fmt::format("watches of {}{}", fault.component.empty() ? "all components" : fault.component,
                     fault.kind.empty() ? "" : " on " + fault.kind);
}

std::string slower(const Fault& fault) {
  if (fault.factor && fault.latency)
    return fmt::format("{} times as long and {}", *fault.factor, api::formatDuration(*fault.latency));
  return fault.factor ? fmt::format("{} times as long", *fault.factor)
                      : fmt::format("{} longer", api::formatDuration(fault.latency.value_or(Duration::zero())));
}

std::string wordsOfApiFault(const Fault& fault) {
  switch (fault.class_) {
    case FaultClass::kApiSlow: return fmt::format("{} take {}", requests(fault), slower(fault));
    case FaultClass::kApiError: return fmt::format("{} are refused: {}", requests(fault), fault.reason);
    case FaultClass::kApiTimeout:
      return fmt::format("{} time out{}", requests(fault), fault.written ? ", though they are carried out" : "");
    case FaultClass::kApiLostAnswer:
      return fmt::format("{} get no answer{}", requests(fault), fault.written ? ", though they are carried out" : "");
    case FaultClass::kApiOutage: return "the API server is down";
    case FaultClass::kApiOverload: return fmt::format("the API server serves {} requests at once", *fault.seats);
    case FaultClass::kClientLimit:
      return fmt::format("{} may send {} requests a second", fault.client, fault.qps.value_or(0));
    case FaultClass::kWebhookDown: return "JobSet's webhooks do not answer";
    case FaultClass::kWebhookSlow: return fmt::format("each call of JobSet's webhooks takes {}", slower(fault));
    case FaultClass::kWatchDelay: return fmt::format("changes reach {} {}", watches(fault), slower(fault));
    case FaultClass::kWatchFreeze: return fmt::format("{} stand still", watches(fault));
    case FaultClass::kWatchDrop: return fmt::format("{} break", watches(fault));
    case FaultClass::kWatchExpire: return fmt::format("{} end in 410", watches(fault));
    default: return "etcd forgets the past";
  }
}

}  // namespace

std::string beginOnApi(const Effect& effect) {
  cluster::WorldParts& parts = effect.world.parts();
  ApiFault rule = ruleOf(effect.fault);
  std::vector<std::uint32_t> targets = {0};
  if (!effect.fault.component.empty()) targets = componentTargets(effect.fault.component);
  for (const std::uint32_t target : targets) {
    rule.component = target;
    effect.memory.numbers.push_back(parts.transport.beginFault(parts.kernel, parts.server, rule));
  }
  return wordsOfApiFault(effect.fault);
}

std::string endOnApi(const Effect& effect, bool& missed) {
  cluster::WorldParts& parts = effect.world.parts();
  std::uint64_t hits = 0;
  for (const std::uint64_t number : effect.memory.numbers) {
    const auto id = static_cast<apiserver::FaultId>(number);
    hits += parts.transport.faults().hits(id);
    parts.transport.endFault(parts.kernel, parts.server, id);
  }
  missed = hits == 0;
  return missed ? std::string() : fmt::format("it hit {} time{}", hits, hits == 1 ? "" : "s");
}

}  // namespace jobset_twin::faults
