// base64.hpp - bytes as text without line breaks (RFC 4648), as kubeconfigs and tokens of lists have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobset_twin::apiserver::http {

std::string base64(std::string_view bytes);
std::optional<std::string> fromBase64(std::string_view text);  // nothing: it is none

}  // namespace jobset_twin::apiserver::http
