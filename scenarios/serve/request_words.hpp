// request_words.hpp - what a request is called where requests are counted and kept: its verb, as an API server has it
// (RequestInfo), for metrics and for the audit log.
#pragma once

#include <string>

#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::scenarios {

// "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"; of other paths the method.
std::string requestVerb(const apiserver::http::HttpRequest& request, const apiserver::http::ApiPath& path);

}  // namespace jobset_twin::scenarios
