// strategy.hpp - what a kind adds to the general rules of writing: defaults, preparation, validation (registry
// strategies).
//
// All functions are pure but for allocations that read the store (a Service's address). Null members: nothing to add.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/result.hpp"
#include "engine/jobset/pod_webhook.hpp"

namespace jobset_twin::apiserver {

class Store;
class SpecCache;
struct ServerConfig;

struct StrategyContext {
  const Store& store;
  const ServerConfig& config;
  api::TimePoint now;
  std::vector<std::string>& warnings;
  SpecCache& specs;  // memos: see spec_cache.hpp
  jobset::SharedSpec& webhook_spec;

  int minor() const;  // of Kubernetes 1.<minor>
};

struct Strategy {
  // The scheme's defaults: on what was sent, before admission.
  void (*defaults)(api::Object&) = nullptr;
  // After mutating admission: drops what a creator may not set, adds what the server sets. The general part has been
  // done.
  void (*prepareCreate)(const StrategyContext&, api::Object&) = nullptr;
  // Carries over what an update may not change. Status has been carried over already.
  void (*prepareUpdate)(const StrategyContext&, api::Object& fresh, const api::Object& old) = nullptr;
  void (*prepareStatus)(const StrategyContext&, api::Object& fresh, const api::Object& old) = nullptr;
  void (*validateCreate)(const StrategyContext&, const api::Object&, api::Errors&) = nullptr;
  void (*validateUpdate)(const StrategyContext&, const api::Object& fresh, const api::Object& old,
                         api::Errors&) = nullptr;
  void (*validateStatus)(const StrategyContext&, const api::Object& fresh, const api::Object& old,
                         api::Errors&) = nullptr;

  std::vector<std::string> (*nameErrors)(std::string_view) = nullptr;  // null: DNS-1123 subdomain
  bool has_generation = false;     // 1 at creation, +1 with each change of the spec (K-API-3)
  bool orphan_by_default = false;  // a DELETE without propagationPolicy keeps the dependents (K-API-22)
};

const Strategy& strategyOf(api::Kind kind);

// One per file.
extern const Strategy kPodStrategy, kJobStrategy, kJobSetStrategy, kServiceStrategy, kEndpointSliceStrategy,
    kNodeStrategy, kVolumeClaimStrategy, kEventStrategy, kPriorityClassStrategy, kGenericStrategy;

}  // namespace jobset_twin::apiserver
