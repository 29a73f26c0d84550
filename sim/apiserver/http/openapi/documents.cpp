#include "sim/apiserver/http/openapi/documents.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/http/entity_tag.hpp"
#include "sim/apiserver/http/media_type.hpp"
#include "sim/apiserver/http/openapi/paths.hpp"
#include "sim/apiserver/http/openapi/schemas.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;
using Document = OpenApiCache::Document;

constexpr std::string_view kV3Root = "/openapi/v3";

Document documentOf(const json& value) {
  Document out;
  out.body = value.dump(-1, ' ', false, json::error_handler_t::replace);
  out.hash = contentTag(out.body);
  return out;
}

std::vector<std::string> groupVersionsOf(const OpenApiSource& source) {
  std::vector<std::string> out;
  for (const api::KindInfo* kind : source.kinds) {
    const std::string api_version(kind->api_version);
    if (std::find(out.begin(), out.end(), api_version) == out.end()) out.push_back(api_version);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// "/api/v1", "/apis/batch/v1".
std::string rootOf(const std::string& api_version) {
  return (api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + api_version;
}

json info(const OpenApiSource& source) {
  const std::optional<json> version = source.discovery("/version");
  return {{"title", "Kubernetes"}, {"version", version ? version->value("gitVersion", "") : ""}};
}

void addKinds(Schemas& schemas, const OpenApiSource& source, const std::string& api_version) {
  for (const api::KindInfo* kind : source.kinds) {
    if (kind->api_version != api_version) continue;
    const auto own = source.own_schemas.find(kind);
    schemas.add(*kind, own == source.own_schemas.end() ? nullptr : own->second);
  }
}

std::optional<json> versionThree(const OpenApiSource& source, const std::string& api_version) {
  const std::optional<json> resources = source.discovery(rootOf(api_version));
  if (!resources) return std::nullopt;
  Schemas schemas(OpenApiVersion::kV3);
  schemas.addRequests();
  addKinds(schemas, source, api_version);
  return json{{"openapi", "3.0.0"},
              {"info", info(source)},
              {"paths", pathsOf(*resources, source.kinds, OpenApiVersion::kV3)},
              {"components", {{"schemas", schemas.all()}}}};
}

json versionTwo(const OpenApiSource& source) {
  Schemas schemas(OpenApiVersion::kV2);
  schemas.addRequests();
  json paths = json::object();
  for (const std::string& api_version : groupVersionsOf(source)) {
    addKinds(schemas, source, api_version);
    if (const std::optional<json> resources = source.discovery(rootOf(api_version)))
      paths.update(pathsOf(*resources, source.kinds, OpenApiVersion::kV2));
  }
  return {{"swagger", "2.0"}, {"info", info(source)}, {"paths", std::move(paths)}, {"definitions", schemas.all()}};
}

const Document* cachedVersionThree(const OpenApiSource& source, const std::string& api_version, OpenApiCache& cache) {
  if (const auto found = cache.documents.find(api_version); found != cache.documents.end()) return &found->second;
  const std::optional<json> made = versionThree(source, api_version);
  return made ? &cache.documents.emplace(api_version, documentOf(*made)).first->second : nullptr;
}

// All group versions, at addresses that change with their content.
Document index(const OpenApiSource& source, OpenApiCache& cache) {
  json paths = json::object();
  for (const std::string& api_version : groupVersionsOf(source)) {
    const Document* document = cachedVersionThree(source, api_version, cache);
    if (!document) continue;
    const std::string path = rootOf(api_version);
    paths[path.substr(1)]["serverRelativeURL"] = fmt::format("{}{}?hash={}", kV3Root, path, document->hash);
  }
  return documentOf({{"paths", std::move(paths)}});
}

std::string sourceText(const OpenApiSource& source) {
  std::string out = std::to_string(source.revision);
  for (const api::KindInfo* kind : source.kinds) out += fmt::format(" {}/{}", kind->api_version, kind->name);
  return out;
}

const Document* documentAt(const std::string& path, const OpenApiSource& source, OpenApiCache& cache) {
  if (const std::string text = sourceText(source); text != cache.source) cache = {text, {}};
  const auto once = [&](const std::string& key, const auto& make) {
    const auto found = cache.documents.find(key);
    return &(found != cache.documents.end() ? found : cache.documents.emplace(key, make()).first)->second;
  };
  if (path == "/openapi/v2") return once(path, [&] { return documentOf(versionTwo(source)); });
  if (path == kV3Root) return once(path, [&] { return index(source, cache); });
  for (const std::string_view root : {"/openapi/v3/apis/", "/openapi/v3/api/"})
    if (path.starts_with(root)) return cachedVersionThree(source, path.substr(root.size()), cache);
  return nullptr;
}

// OpenAPI v2 in protobuf, without definitions: kubectl falls back on it for kinds that v3 has not, and takes what it
// does not find there for a kind without a schema.
HttpAnswer emptyVersionTwo() {
  HttpAnswer out;
  out.content_type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  out.body =
      "\x0a\x03"
      "2.0";  // swagger
  out.body +=
      "\x12\x10\x0a\x0a"
      "Kubernetes"
      "\x12\x02"
      "v1";                                // info: title, version
  out.body.append("\x42\x00\x4a\x00", 4);  // paths, definitions
  return out;
}

}  // namespace

std::optional<HttpAnswer> openApiAnswer(const HttpRequest& request, const ApiPath& path, const OpenApiSource& source,
                                        OpenApiCache& cache) {
  const Document* document = documentAt(path.path, source, cache);
  if (!document) return std::nullopt;
  const std::vector<MediaType> accepted = acceptedTypes(request.accept);
  if (accepted.empty() ||
      std::none_of(accepted.begin(), accepted.end(), [](const MediaType& type) { return type.isJson(); }))
    return !accepted.empty() && path.path == "/openapi/v2" && accepted.front().type.ends_with("v2@v1.0+protobuf")
               ? emptyVersionTwo()
               : refusal(406, "NotAcceptable", "only the following media types are accepted: application/json");
  const std::string* hash = path.param("hash");
  if (hash && !hash->empty() && *hash != document->hash) {
    HttpAnswer moved;
    moved.code = 301;
    moved.headers.emplace_back("Location", fmt::format("{}?hash={}", path.path, document->hash));
    return moved;
  }
  HttpAnswer out = taggedAnswer(request, document->hash, document->body);
  // At its own address a document never changes.
  out.headers.emplace_back("Cache-Control", hash && !hash->empty() ? "public, immutable" : "no-cache, private");
  return out;
}

}  // namespace jobset_twin::apiserver::http
