// content.hpp - comparing and taking apart what is stored: has the spec changed, is a write a no-op, whose status is it.
#pragma once

#include "engine/api/object.hpp"

namespace jobset_twin::apiserver {

// Everything but resourceVersion, selfLink and managedFields.
bool sameMeta(const api::ObjectMeta& a, const api::ObjectMeta& b);
bool samePodStatus(const api::PodStatus& a, const api::PodStatus& b);
bool sameObject(const api::Object& a, const api::Object& b);  // same kind asserted
// All outside metadata and status. Shared specs compare by identity first.
bool sameSpec(const api::Object& a, const api::Object& b);

bool samePodSpec(const api::PodSpec& a, const api::PodSpec& b);
bool sameJobSpec(const api::JobSpec& a, const api::JobSpec& b);
bool samePodTemplate(const api::PodTemplateSpec& a, const api::PodTemplateSpec& b);

// Of everything but resourceVersion: for the fingerprint of a run.
struct ContentHash {
  std::uint64_t low = 0, high = 0;
};
ContentHash contentHash(const api::Object& object);

// Gives `to` the status of `from` (an absent one is an empty one). Kinds without the subresource are left alone.
void carryStatus(api::Object& to, const api::Object& from);

// The conditions of a typed kind that has some; null otherwise.
std::vector<api::Condition>* conditionsOf(api::Object& object);

}  // namespace jobset_twin::apiserver
