// content.hpp - comparing and taking apart what is stored: has the spec changed, whose status is it. Whole objects are
// compared and hashed by engine/api/content.hpp.
#pragma once

#include "engine/api/object.hpp"

namespace jobset_twin::apiserver {

bool samePodStatus(const api::PodStatus& a, const api::PodStatus& b);
// All outside metadata and status. Shared specs compare by identity first.
bool sameSpec(const api::Object& a, const api::Object& b);

bool samePodSpec(const api::PodSpec& a, const api::PodSpec& b);
bool sameJobSpec(const api::JobSpec& a, const api::JobSpec& b);
bool samePodTemplate(const api::PodTemplateSpec& a, const api::PodTemplateSpec& b);

// Gives `to` the status of `from` (an absent one is an empty one). carryStatus leaves generic trees alone: whether a
// PUT of theirs ignores the status depends on their definition, which is not known here.
void carryStatus(api::Object& to, const api::Object& from);
void copyStatus(api::Object& to, const api::Object& from);

// The conditions of a typed kind that has some; null otherwise.
std::vector<api::Condition>* conditionsOf(api::Object& object);

}  // namespace jobset_twin::apiserver
