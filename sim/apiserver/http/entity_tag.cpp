#include "sim/apiserver/http/entity_tag.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace jobset_twin::apiserver::http {

std::string contentTag(const std::string& body) {
  const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
  return fmt::format("{:016X}{:016X}", hash.high64, hash.low64);
}

HttpAnswer taggedAnswer(const HttpRequest& request, const std::string& tag, const std::string& body) {
  HttpAnswer out;
  out.headers.emplace_back("Etag", fmt::format("\"{}\"", tag));
  out.headers.emplace_back("Vary", "Accept");
  // Weak or strong, one of several, or any.
  if (request.if_none_match.find(tag) != std::string::npos || request.if_none_match == "*") {
    out.code = 304;
    return out;
  }
  out.body = body;
  return out;
}

}  // namespace jobset_twin::apiserver::http
