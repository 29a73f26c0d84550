// decode.hpp - a request's body in Kubernetes' protobuf form (application/vnd.kubernetes.protobuf), as the JSON of the
// same object. client-go sends the built-in kinds so, and has no other form to fall back on.
//
// The body is "k8s\0" and a runtime.Unknown, which names apiVersion and kind and holds the kind's message. Fields that
// no table names are skipped, as of a newer version; what is malformed, too deep or too much is an error. Lists of
// objects and the kinds of apiextensions.k8s.io are not known. Source: apimachinery v0.36.2,
// runtime/serializer/protobuf and runtime Unknown.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"

namespace jobset_twin::apiserver::http::protobuf {

api::Result<nlohmann::json> decode(std::string_view body);

}  // namespace jobset_twin::apiserver::http::protobuf
