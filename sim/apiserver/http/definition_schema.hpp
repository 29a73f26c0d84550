// definition_schema.hpp - whether the schemas of a CustomResourceDefinition are such as objects can be held to: that
// they can be decoded at all, and that they are structural (apiextensions pkg/apis/apiextensions/validation and
// pkg/apiserver/schema, Kubernetes 1.36).
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"

namespace jobset_twin::apiserver::http {

// What of a schema is of a wrong type, in the words of Go's decoder; "": nothing. field: where the schema stands.
std::string undecodableSchema(const nlohmann::json& schema, const std::string& field);
// What is not structural of a schema that can be decoded.
void checkStructure(const nlohmann::json& schema, const std::string& field, api::Errors& errors);

}  // namespace jobset_twin::apiserver::http
