// aggregated_discovery.hpp - all of discovery in two documents, at /api and /apis, for clients that ask for it
// (apidiscovery.k8s.io/v2 APIGroupDiscoveryList; Kubernetes 1.36). They say what the many documents of discovery.hpp
// say.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

// Nothing: the path has no such document, or the client wants another one first. `discovery`: a document by its path.
std::optional<HttpAnswer> aggregatedDiscovery(
    const HttpRequest& request, const ApiPath& path,
    const std::function<std::optional<nlohmann::json>(const std::string& path)>& discovery);

}  // namespace jobset_twin::apiserver::http
