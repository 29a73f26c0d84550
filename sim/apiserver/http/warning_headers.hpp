// warning_headers.hpp - what a client is told beside the answer: Warning headers (RFC 7234), as kubectl prints them.
#pragma once

#include <string>
#include <vector>

#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

// Each text once, all of them short if they are too long together, and what is then too much left out.
// Source of the limits: apiserver v0.36 pkg/endpoints/filters/warning.go.
std::vector<std::string> toldWarnings(const std::vector<std::string>& all);
// These as well.
void warn(HttpAnswer& answer, const std::vector<std::string>& warnings);

}  // namespace jobset_twin::apiserver::http
