// meta.hpp - metadata and conditions that all Kubernetes objects share (apimachinery meta/v1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/raw.hpp"
#include "engine/api/string_map.hpp"
#include "engine/api/time.hpp"

namespace jobset_twin::api {

struct OwnerReference {
  std::string apiVersion, kind, name, uid;
  std::optional<bool> controller, blockOwnerDeletion;
  friend bool operator==(const OwnerReference&, const OwnerReference&) = default;
};

struct ObjectMeta {
  std::string name, generateName, namespace_, uid;
  std::int64_t resourceVersion = 0;  // 0: absent; a decimal string in JSON
  std::int64_t generation = 0;
  std::optional<TimePoint> creationTimestamp, deletionTimestamp;  // whole seconds, truncated (K-API-1)
  std::optional<std::int64_t> deletionGracePeriodSeconds;
  StringMap labels, annotations;
  Shared<std::vector<OwnerReference>> ownerReferences;
  std::vector<std::string> finalizers;
  std::string selfLink;  // accepted, never written
  Raw managedFields;     // who owns which fields: no part of the contents, the API server shows it (K-API-6)
};

// metav1.Condition and the older per-kind conditions (Job, Pod, Node): the union of their fields, of which each kind
// writes its own. Times are truncated to whole seconds when written.
struct Condition {
  std::string type, status, reason, message;
  std::optional<TimePoint> lastProbeTime, lastTransitionTime, lastHeartbeatTime;
  std::int64_t observedGeneration = 0;  // 0: absent
  friend bool operator==(const Condition&, const Condition&) = default;
};

const Condition* findCondition(const std::vector<Condition>& conditions, std::string_view type);
Condition* findCondition(std::vector<Condition>& conditions, std::string_view type);
bool conditionIs(const std::vector<Condition>& conditions, std::string_view type, std::string_view status);

// The owner reference with controller: true; nullptr if there is none.
const OwnerReference* controllerOf(const ObjectMeta& meta);

}  // namespace jobset_twin::api
