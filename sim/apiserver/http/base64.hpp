// base64.hpp - bytes as text without line breaks (RFC 4648), as kubeconfigs and tokens of lists have them.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::apiserver::http {

std::string base64(std::string_view bytes);
std::string bytesOfBase64(std::string_view text);  // "" if it is none

}  // namespace jobset_twin::apiserver::http
