// status_document.hpp - what an API server says of a request that it refuses, or of a deletion (metav1.Status,
// K-API-13).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/request.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

nlohmann::json statusDocument(const api::Response& response);
HttpAnswer refusal(const api::Response& response);
// With what it is about: details that clients build their messages from.
HttpAnswer refusal(const api::Response& response, const api::KindInfo& kind, const std::string& name);
// Of requests that no part of the API server knows.
HttpAnswer refusal(int code, const char* reason, std::string message);

}  // namespace jobset_twin::apiserver::http
