// paths.hpp - which requests a group version answers, for OpenAPI documents: made from its list of resources, as
// discovery has it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/openapi/schemas.hpp"

namespace jobset_twin::apiserver::http {

// Of the resources of an APIResourceList: path -> path item. Of what is read and written, `kinds` have the schemas.
nlohmann::json pathsOf(const nlohmann::json& resource_list, const std::vector<const api::KindInfo*>& kinds,
                       OpenApiVersion version);

}  // namespace jobset_twin::apiserver::http
