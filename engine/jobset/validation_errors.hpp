// validation_errors.hpp - field errors as the JobSet webhook and the CRD's CEL rules write them, and values as Go
// prints them. Source: apimachinery v0.36 pkg/util/validation/field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::jobset {

// `field: Invalid value: value: detail`; `value` as printed (strings quoted, composite values as JSON).
api::Error invalidField(std::string_view field, std::string_view value, std::string_view detail);
// `field: Invalid value: detail`: CEL rules leave out objects and lists.
api::Error invalidFieldWithoutValue(std::string_view field, std::string_view detail);
// `<nil>: Internal error: text`: errors of the webhook that name no field.
api::Error internalError(std::string_view text);

// Compact, members in the order of the Go structs, <, > and & escaped: what json.Marshal gives.
std::string jsonOf(const std::vector<api::ReplicatedJob>& jobs);
std::string jsonOf(const api::PersistentVolumeClaimSpec& spec);

// Of a type that has one.
const api::TypeInfo& typeTable(std::string_view name);
// Field by field; an absent list equals an empty one.
bool sameReplicatedJob(const api::ReplicatedJob& a, const api::ReplicatedJob& b);
bool sameClaimSpec(const api::PersistentVolumeClaimSpec& a, const api::PersistentVolumeClaimSpec& b);

}  // namespace jobset_twin::jobset
