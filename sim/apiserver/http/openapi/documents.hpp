// documents.hpp - OpenAPI over HTTP: /openapi/v2, /openapi/v3 and /openapi/v3/apis/GROUP/VERSION, as JSON, with the
// hashes and tags by which clients keep what they have (kube-openapi handler, handler3; Kubernetes 1.36).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

// What the documents are made from.
struct OpenApiSource {
  std::vector<const api::KindInfo*> kinds;
  // A document of discovery (discovery.hpp) by its path.
  std::function<std::optional<nlohmann::json>(const std::string& path)> discovery;
  std::map<const api::KindInfo*, const nlohmann::json*> own_schemas;  // that CRDs bring, of some of the kinds
  std::uint64_t revision = 0;                                         // another one: something of the above has changed
};

// Documents that were made, so that each is made once; they are dropped when their source changes.
struct OpenApiCache {
  struct Document {
    std::string body, hash;
  };
  std::string source;  // of what the documents are
  std::map<std::string, Document> documents;
};

// Nothing: no such document.
std::optional<HttpAnswer> openApiAnswer(const HttpRequest& request, const ApiPath& path, const OpenApiSource& source,
                                        OpenApiCache& cache);

}  // namespace jobset_twin::apiserver::http
