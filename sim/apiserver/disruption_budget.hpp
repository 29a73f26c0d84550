// disruption_budget.hpp - PodDisruptionBudgets, which are stored as trees: what the eviction subresource and the
// disruption controller read and write of one (policy/v1, K-NODE-18, 19).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/int_or_string.hpp"
#include "engine/api/label_selector.hpp"
#include "engine/api/object.hpp"

namespace jobset_twin::apiserver {

struct DisruptionBudget {
  api::LabelSelector selector;
  bool selects = false;  // without a selector: no Pod; with an empty one: every Pod of the namespace
  std::optional<api::IntOrString> min_available, max_unavailable;
  bool always_evict_unhealthy = false;
  bool processed = false;  // the controller has seen this generation
  std::int64_t allowed = 0, healthy = 0, desired = 0, expected = 0;
  std::map<std::string, api::TimePoint> disrupted;  // evicted Pods that are not being deleted yet, by name
  std::string sync_error;                           // why the controller could not work it out

  bool covers(const api::Object& pod, std::string_view namespace_) const;
};

bool isDisruptionBudget(const api::Object& object);
DisruptionBudget readBudget(const api::Object& object);

// The object with another status: numbers, disrupted Pods, and the condition DisruptionAllowed that follows from them.
// `synced`: the controller says so for the present generation; `error`: it cannot, and nothing is allowed.
api::MutableObjectPtr withStatus(const api::Object& object, const DisruptionBudget& budget, bool synced,
                                 const std::string& error, api::TimePoint now);

}  // namespace jobset_twin::apiserver
