// scale.hpp - the scale subresource: how many replicas something is to have, as an autoscaling/v1 Scale, of workloads
// that are stored and of custom resources whose definition says where the number is.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"
#include "sim/apiserver/http/served_kinds.hpp"

namespace jobset_twin::apiserver::http {

nlohmann::json scaleDocument(const api::Object& object, const Resource& resource);
// The object with the number that the Scale asks for; nothing: `problem` says what is wrong with it.
std::optional<nlohmann::json> scaled(const nlohmann::json& object, const nlohmann::json& scale,
                                     const Resource& resource, std::string& problem);

}  // namespace jobset_twin::apiserver::http
