#include "sim/apiserver/http/status_document.hpp"

#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver::http {

using nlohmann::json;

json statusDocument(const api::Response& response) {
  json out = {{"kind", "Status"},
              {"apiVersion", "v1"},
              {"metadata", json::object()},
              {"status", response.ok() ? "Success" : "Failure"}};
  if (response.ok()) return out;
  out["message"] = response.message;
  out["reason"] = api::reasonText(response.reason);
  out["code"] = api::httpCode(response.reason);
  json details = json::object();
  if (!response.causes.empty()) {
    json causes = json::array();
    for (const api::Cause& cause : response.causes)
      causes.push_back({{"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
    details["causes"] = std::move(causes);
  }
  if (response.retry_after_seconds > 0) details["retryAfterSeconds"] = response.retry_after_seconds;
  if (!details.empty()) out["details"] = std::move(details);
  return out;
}

namespace {

HttpAnswer refusedWith(const api::Response& response, const json& document) {
  HttpAnswer out;
  out.code = api::httpCode(response.reason);
  out.body = document.dump(-1, ' ', false, json::error_handler_t::replace);
  if (response.retry_after_seconds > 0)
    out.headers.emplace_back("Retry-After", std::to_string(response.retry_after_seconds));
  return out;
}

}  // namespace

HttpAnswer refusal(const api::Response& response) { return refusedWith(response, statusDocument(response)); }

HttpAnswer refusal(const api::Response& response, const api::KindInfo& kind, const std::string& name) {
  json document = statusDocument(response);
  // What is not there may be something else: the namespace.
  const bool of_another = response.reason == api::Reason::kNotFound && !response.message.starts_with(kind.plural);
  if (response.reason == api::Reason::kBadRequest || of_another) return refusedWith(response, document);
  json& details = document["details"];
  if (!details.is_object()) details = json::object();
  if (!name.empty()) details["name"] = name;
  // What is invalid is named by its kind, all else by its resource.
  details["kind"] = response.reason == api::Reason::kInvalid ? kind.name : kind.plural;
  if (const std::string group = api::groupOf(kind.api_version); !group.empty()) details["group"] = group;
  return refusedWith(response, document);
}

HttpAnswer refusal(int code, const char* reason, std::string message) {
  HttpAnswer out;
  out.code = code;
  out.body = json{{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", json::object()},   {"status", "Failure"},
                  {"reason", reason}, {"code", code},       {"message", std::move(message)}}
                 .dump(-1, ' ', false, json::error_handler_t::replace);
  return out;
}

}  // namespace jobset_twin::apiserver::http
