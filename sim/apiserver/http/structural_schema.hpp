// structural_schema.hpp - objects of kinds that a CustomResourceDefinition defines, held to its schema: unknown fields
// are pruned, defaults are filled in, the rest is validated (K-API-14; apiextensions pkg/apiserver/schema, Kubernetes
// 1.36).
//
// Not here: CEL rules (x-kubernetes-validations), allOf, anyOf, oneOf and not, formats but int32 and int64.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"

namespace jobset_twin::apiserver::http {

// Takes away what the schema does not know; its paths ("spec.foo", "spec.list[0].bar"), in order. apiVersion, kind and
// metadata of the object itself stay.
std::vector<std::string> prune(nlohmann::json& object, const nlohmann::json& schema);
void fillDefaults(nlohmann::json& value, const nlohmann::json& schema);
// Nulls where none may be and no default stands: as if nothing had been sent there.
void dropNulls(nlohmann::json& value, const nlohmann::json& schema);
api::Errors schemaErrors(const nlohmann::json& object, const nlohmann::json& schema);

}  // namespace jobset_twin::apiserver::http
