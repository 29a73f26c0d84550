#include "sim/apiserver/http/webhooks/review.hpp"

#include <fmt/format.h>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/base64.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/certificates.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using nlohmann::json;

namespace {

constexpr const char* kReview = "admission.k8s.io/v1";

std::string versionIn(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return std::string(slash == std::string_view::npos ? api_version : api_version.substr(slash + 1));
}

json kindDocument(const Question& question, const Resource& as) {
  const std::string version = question.kind.empty() ? std::string(as.info.api_version) : question.kind_version;
  return {{"group", api::groupOf(version)},
          {"version", versionIn(version)},
          {"kind", question.kind.empty() ? std::string(as.info.name) : question.kind}};
}

json resourceDocument(const Resource& as) {
  return {{"group", api::groupOf(as.info.api_version)},
          {"version", versionIn(as.info.api_version)},
          {"resource", as.info.plural}};
}

std::string unanswered(const CallResult& result) {
  if (result.code == 404) return "the server could not find the requested resource";
  return fmt::format("an error on the server ({}) has prevented the request from succeeding",
                     json(result.body.substr(0, 1000)).dump(-1, ' ', false, json::error_handler_t::replace));
}

void takePatch(const json& response, Verdict& out) {
  const std::string patch = api::textAt(response, {"patch"}), type = api::textAt(response, {"patchType"});
  if (patch.empty()) return;
  if (type.empty()) {
    out.failure = "received invalid webhook response: webhook returned response.patch but not response.patchType";
    return;
  }
  std::string problem;
  const std::optional<std::string> bytes = fromBase64(patch);
  std::optional<json> read = bytes ? boundedJson(*bytes, problem) : std::nullopt;
  if (type != "JSONPatch") {
    out.failure = fmt::format("unsupported patch type {}", json(type).dump());
  } else if (!read || !read->is_array()) {
    out.failure = "received invalid webhook response: response.patch is not a JSON patch in base64";
  } else {
    out.patch = std::move(*read);
  }
}

}  // namespace

json reviewOf(const Question& question) {
  json request = {{"uid", question.uid},
                  {"kind", kindDocument(question, *question.wanted)},
                  {"resource", resourceDocument(*question.wanted)},
                  {"requestKind", kindDocument(question, *question.asked)},
                  {"requestResource", resourceDocument(*question.asked)},
                  {"operation", question.write.operation},
                  {"userInfo", {{"username", question.user.name}, {"groups", question.user.groups}}},
                  {"object", question.object},
                  {"oldObject", question.old_object},
                  {"dryRun", question.dry_run},
                  {"options", question.options}};
  if (!question.write.subresource.empty()) {
    request["subResource"] = question.write.subresource;
    request["requestSubResource"] = question.write.subresource;
  }
  if (!question.write.name.empty()) request["name"] = question.write.name;
  if (!question.write.namespace_.empty()) request["namespace"] = question.write.namespace_;
  return {{"kind", "AdmissionReview"}, {"apiVersion", kReview}, {"request", std::move(request)}};
}

Verdict verdictOf(const CallResult& result, const std::string& uid, bool mutating, const std::string& url) {
  Verdict out;
  if (result.code == 0) {
    out.failure = fmt::format("failed to call webhook: Post \"{}\": {}", url, result.failure);
    return out;
  }
  if (result.code < 200 || result.code > 299) {
    out.failure = "failed to call webhook: " + unanswered(result);
    return out;
  }
  std::string problem;
  const json review = boundedJson(result.body, problem).value_or(json());
  const json* response = api::jsonAt(review, {"response"});
  const std::string kind = api::textAt(review, {"kind"}), version = api::textAt(review, {"apiVersion"});
  if (!review.is_object()) {
    out.failure = "failed to call webhook: the answer is no JSON object: " + problem;
  } else if (!response || !response->is_object()) {
    out.failure = "received invalid webhook response: webhook response was absent";
  } else if (kind != "AdmissionReview" || version != kReview) {
    out.failure = fmt::format(
        "received invalid webhook response: expected webhook response of {}, Kind=AdmissionReview, got {}, Kind={}",
        kReview, version, kind);
  } else if (const std::string given = api::textAt(*response, {"uid"}); given != uid) {
    out.failure = fmt::format("received invalid webhook response: expected response.uid={}, got {}", json(uid).dump(),
                              json(given).dump());
  }
  if (!out.failure.empty()) return out;
  const json* allowed = api::jsonAt(*response, {"allowed"});
  out.allowed = allowed && allowed->is_boolean() && allowed->get<bool>();
  if (const json* status = api::jsonAt(*response, {"status"}); status && status->is_object()) out.status = *status;
  if (const json* warnings = api::jsonAt(*response, {"warnings"}); warnings && warnings->is_array()) {
    for (const json& one : *warnings)
      if (one.is_string()) out.warnings.push_back(one);
  }
  if (mutating && out.allowed) takePatch(*response, out);
  return out;
}

HttpAnswer denied(const std::string& webhook, const json& status) {
  const std::string by = fmt::format("admission webhook {} denied the request", json(webhook).dump());
  json out = status.is_object() ? status : json::object();
  const std::string message = api::textAt(out, {"message"}), reason = api::textAt(out, {"reason"});
  out["message"] = !message.empty()  ? by + ": " + message
                   : !reason.empty() ? by + ": " + reason
                                     : by + " without explanation";
  const json* code = api::jsonAt(out, {"code"});
  const bool fits = code && code->is_number_integer() && *code >= 400 && *code <= 599;
  if (!fits) out["code"] = 400;
  out["status"] = "Failure";
  out["kind"] = "Status";
  out["apiVersion"] = "v1";
  if (!out.contains("metadata")) out["metadata"] = json::object();
  HttpAnswer answer;
  answer.code = out["code"].get<int>();
  answer.body = out.dump(-1, ' ', false, json::error_handler_t::replace);
  return answer;
}

HttpAnswer failed(const std::string& webhook, const std::string& why) {
  const std::string text = fmt::format("failed calling webhook {}: {}", json(webhook).dump(), why);
  api::Response out = internalError(text);
  out.causes.push_back({"", text, ""});
  return refusal(out);
}

HttpAnswer noDryRun(const std::string& webhook) {
  return refusal(badRequest(fmt::format("admission webhook {} does not support dry run", json(webhook).dump())));
}

std::string newReviewUid() {
  std::string out = randomToken().substr(0, 32);  // a random UUID (version 4)
  out[12] = '4';
  out[16] = "89ab"[out[16] % 4];
  for (const std::size_t at : {20, 16, 12, 8}) out.insert(at, "-");
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
