#include "sim/apiserver/http/sent_body.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/protobuf/decode.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

enum class BodyForm { kText, kProtobuf, kCbor };

BodyForm formOf(const HttpRequest& request) {
  std::string type = request.content_type.substr(0, request.content_type.find(';'));
  type.erase(type.find_last_not_of(' ') + 1);
  type = api::lowerCase(type);
  if (type == "application/vnd.kubernetes.protobuf") return BodyForm::kProtobuf;
  if (type == "application/cbor" || type == "application/apply-patch+cbor") return BodyForm::kCbor;
  return BodyForm::kText;
}

}  // namespace

bool inOtherForm(const HttpRequest& request) { return !request.body.empty() && formOf(request) != BodyForm::kText; }

std::optional<HttpAnswer> putInJson(HttpRequest& request) {
  if (formOf(request) == BodyForm::kCbor)
    return refusal(415, "UnsupportedMediaType",
                   "the body of the request was in an unknown format - accepted media types include: "
                   "application/json, application/yaml, application/vnd.kubernetes.protobuf");
  const api::Result<nlohmann::json> decoded = protobuf::decode(request.body);
  if (!decoded)
    return refusal(badRequest(fmt::format("error decoding the request body: {}", decoded.errors().front().text)));
  request.body = decoded->dump();
  request.content_type = "application/json";
  return std::nullopt;
}

}  // namespace jobset_twin::apiserver::http
