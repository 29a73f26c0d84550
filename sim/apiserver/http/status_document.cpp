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

HttpAnswer refusal(const api::Response& response) {
  HttpAnswer out;
  out.code = api::httpCode(response.reason);
  out.body = statusDocument(response).dump();
  if (response.retry_after_seconds > 0)
    out.headers.emplace_back("Retry-After", std::to_string(response.retry_after_seconds));
  return out;
}

HttpAnswer refusal(int code, const char* reason, std::string message) {
  HttpAnswer out;
  out.code = code;
  out.body = json{{"kind", "Status"},       {"apiVersion", "v1"},    {"metadata", json::object()},
                  {"status", "Failure"},    {"reason", reason},      {"code", code},
                  {"message", std::move(message)}}
                 .dump();
  return out;
}

}  // namespace jobset_twin::apiserver::http
