// discovery.hpp - what a client asks first: versions, groups, and the resources of each (K-API-1; apimachinery meta/v1
// APIVersions, APIGroupList, APIResourceList).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/http/served_kinds.hpp"

namespace jobset_twin::apiserver::http {

struct ServerIdentity {
  std::int32_t kubernetes_minor = 36;
  std::string program_version;  // "0.1.0": in /version, so that nobody takes it for a real cluster
};

// The document at /version, /api, /apis, /api/v1, /apis/GROUP or /apis/GROUP/VERSION; nothing: no such document.
std::optional<nlohmann::json> discoveryAt(const std::string& path, const ServedKinds& kinds,
                                          const ServerIdentity& identity);

}  // namespace jobset_twin::apiserver::http
