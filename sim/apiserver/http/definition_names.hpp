// definition_names.hpp - what a CustomResourceDefinition calls its group, its versions and its kind (apiextensions
// pkg/apis/apiextensions/validation, Kubernetes 1.36).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"

namespace jobset_twin::apiserver::http {

// spec: of the definition; names that it leaves out are not missed here.
void checkNames(const nlohmann::json& spec, api::Errors& errors);

}  // namespace jobset_twin::apiserver::http
