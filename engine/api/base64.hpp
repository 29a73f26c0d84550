// base64.hpp - bytes as text (RFC 4648), as Secrets, kubeconfigs, webhooks and tokens of lists have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobset_twin::api {

std::string base64(std::string_view bytes);
// Line breaks in it are passed over, as Go does. Nothing: it is none.
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace jobset_twin::api
