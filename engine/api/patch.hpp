// patch.hpp - JSON merge patches (RFC 7386) and Kubernetes' strategic merge patches, on JSON.
//
// Strategic ones take the lists' merge keys from the tables of reflect.hpp and know the directives $patch, $retainKeys,
// $deleteFromPrimitiveList and $setElementOrder. Nothing is checked against a schema: read the result with read.hpp.
// Source: apimachinery v1.36 pkg/util/strategicpatch.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::api {

void applyMergePatch(nlohmann::json& target, const nlohmann::json& patch);

// On the JSON of a whole object of a typed kind. Returns what is wrong with the patch, "" when it was applied.
[[nodiscard]] std::string applyStrategicPatch(nlohmann::json& target, const nlohmann::json& patch, Kind kind);
// By the table of what stands beside apiVersion, kind and metadata.
[[nodiscard]] std::string applyStrategicPatch(nlohmann::json& target, const nlohmann::json& patch,
                                              const TypeInfo* body);

}  // namespace jobset_twin::api
