// own_definitions.hpp - the custom resources that the program knows itself (JobSet, Kueue), as the
// CustomResourceDefinitions that a cluster where they are installed has.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::apiserver::http {

// Established; their schemas are those of the OpenAPI documents.
std::vector<nlohmann::json> ownDefinitions(const std::string& now);

}  // namespace jobset_twin::apiserver::http
