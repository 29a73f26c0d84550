// entity_tag.hpp - answers that clients keep: tagged with a hash of their content, and not sent again to those who have
// it (RFC 9110 ETag, If-None-Match).
#pragma once

#include <string>

#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

std::string contentTag(const std::string& body);  // 32 hexadecimal digits
// The body with its tag; 304 and nothing if the client has it.
HttpAnswer taggedAnswer(const HttpRequest& request, const std::string& tag, const std::string& body);

}  // namespace jobset_twin::apiserver::http
