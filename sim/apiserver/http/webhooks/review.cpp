#include "sim/apiserver/http/webhooks/review.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/certificates.hpp"
#include "sim/apiserver/http/go_text.hpp"
#include "sim/apiserver/http/openapi/names.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using nlohmann::json;

namespace {

constexpr const char* kReview = "admission.k8s.io/v1";

json kindDocument(const Question& question, const Resource& as) {
  const std::string version = question.kind.empty() ? std::string(as.info.api_version) : question.kind_version;
  return {{"group", api::groupOf(version)},
          {"version", versionOf(version)},
          {"kind", question.kind.empty() ? std::string(as.info.name) : question.kind}};
}

json resourceDocument(const Resource& as) {
  return {{"group", api::groupOf(as.info.api_version)},
          {"version", versionOf(as.info.api_version)},
          {"resource", as.info.plural}};
}

// What client-go says of an answer that is none: a Status in its own words, else by the code.
std::string unanswered(const CallResult& result) {
  constexpr std::size_t kTextMost = 2048;
  std::string said = result.body.substr(0, kTextMost);
  const char* blanks = " \t\r\n";
  said.erase(0, std::min(said.find_first_not_of(blanks), said.size()));
  said.resize(said.find_last_not_of(blanks) + 1);
  if (said.starts_with('{')) {
    std::string problem;
    const json status = boundedJson(result.body, problem).value_or(json());
    if (api::textAt(status, {"kind"}) == "Status" && api::textAt(status, {"status"}) == "Failure")
      return api::textAt(status, {"message"});
  }
  if (!result.content_type.empty() && !result.content_type.starts_with("text/")) said = "unknown";
  switch (result.code) {
    case 400: return "the server rejected our request for an unknown reason";
    case 401: return "the server has asked for the client to provide credentials";
    case 403:
    case 406:
    case 415: return said;
    case 404: return "the server could not find the requested resource";
    case 405: return "the server does not allow this method on the requested resource";
    case 409: return "the server reported a conflict";
    case 422: return "the server rejected our request due to an error in our request";
    case 429: return "the server has received too many requests and has asked us to try again later";
    case 503: return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be processing the request";
    default: break;
  }
  if (result.code >= 500)
    return fmt::format("an error on the server ({}) has prevented the request from succeeding", api::quoted(said));
  return fmt::format("the server responded with the status code {} but did not return more information", result.code);
}

// A value and the type that Go would read it into.
struct Typed {
  const char* name;
  bool (*fits)(const json& value);
  const char* type;
};

bool isText(const json& value) { return value.is_string(); }
bool isObject(const json& value) { return value.is_object(); }

bool isTexts(const json& value) { return value.is_array() && std::all_of(value.begin(), value.end(), isText); }

bool isTextMap(const json& value) { return value.is_object() && std::all_of(value.begin(), value.end(), isText); }

bool isCode(const json& value) {
  return value.is_number_integer() && value >= std::numeric_limits<std::int32_t>::min() &&
         value <= std::numeric_limits<std::int32_t>::max();
}

bool isBytes(const json& value) { return value.is_string() && api::fromBase64(value.get<std::string>()); }

// The first that does not fit, in Go's words; "": there is none.
std::string misfit(const json& in, const std::string& at, std::initializer_list<Typed> members) {
  for (const Typed& one : members) {
    const json* value = api::jsonAt(in, {one.name});
    if (!value || value->is_null() || one.fits(*value)) continue;
    if (one.fits == isBytes && value->is_string()) return "illegal base64 data";
    return cannotUnmarshal(*value, at + "." + one.name, one.type);
  }
  return {};
}

std::string misfitOf(const json& response) {
  const std::string at = "AdmissionReview.response";
  std::string out = misfit(response, at,
                           {{"uid", isText, "types.UID"},
                            {"allowed", [](const json& value) { return value.is_boolean(); }, "bool"},
                            {"status", isObject, "v1.Status"},
                            {"patch", isBytes, "[]uint8"},
                            {"patchType", isText, "v1.PatchType"},
                            {"auditAnnotations", isTextMap, "map[string]string"},
                            {"warnings", isTexts, "[]string"}});
  if (!out.empty()) return out;
  const json* status = api::jsonAt(response, {"status"});
  if (!status) return {};
  return misfit(*status, at + ".status",
                {{"kind", isText, "string"},
                 {"apiVersion", isText, "string"},
                 {"metadata", isObject, "v1.ListMeta"},
                 {"status", isText, "string"},
                 {"message", isText, "string"},
                 {"reason", isText, "v1.StatusReason"},
                 {"details", isObject, "v1.StatusDetails"},
                 {"code", isCode, "int32"}});
}

// A patch and its type come together, and from mutating webhooks alone. "": it is so.
std::string wrongPatch(const json& response, bool mutating) {
  const json* type = api::jsonAt(response, {"patchType"});
  const bool typed = type && !type->is_null(), patched = !api::textAt(response, {"patch"}).empty();
  if (!mutating && patched) return "validating webhook may not return response.patch";
  if (!mutating && typed) return "validating webhook may not return response.patchType";
  if (patched && !typed) return "webhook returned response.patch but not response.patchType";
  if (!patched && typed) return "webhook returned response.patchType but not response.patch";
  if (typed && type->get<std::string>().empty()) return "webhook returned invalid response.patchType of \"\"";
  return {};
}

void takePatch(const json& response, Verdict& out) {
  const std::string patch = api::textAt(response, {"patch"}), type = api::textAt(response, {"patchType"});
  if (patch.empty()) return;
  std::string problem;
  std::optional<json> read = boundedJson(api::fromBase64(patch).value_or(""), problem);
  if (!read || !read->is_array()) {
    out.no_patch = "the patch is no list of JSON: " + problem;
  } else if (!read->empty() && type != "JSONPatch") {
    out.failure = fmt::format("unsupported patch type {}", api::quoted(type));
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
  if (result.code < 200 || result.code > 206) {
    out.failure = "failed to call webhook: " + unanswered(result);
    return out;
  }
  std::string problem;
  const json review = boundedJson(result.body, problem).value_or(json());
  const json* response = api::jsonAt(review, {"response"});
  const std::string kind = api::textAt(review, {"kind"}), version = api::textAt(review, {"apiVersion"});
  const auto invalid = [&out](const std::string& why) {
    out.failure = "received invalid webhook response: " + why;
    return out;
  };
  if (!review.is_object()) {
    out.failure = "failed to call webhook: the answer is no JSON object: " + problem;
    return out;
  }
  if (!response || response->is_null()) return invalid("webhook response was absent");
  const std::string unread =
      misfit(review, "AdmissionReview", {{"response", isObject, "v1.AdmissionResponse"}}) + misfitOf(*response);
  if (!unread.empty()) {
    out.failure = "failed to call webhook: " + unread;
    return out;
  }
  if (const std::string given = api::textAt(*response, {"uid"}); given != uid)
    return invalid(fmt::format("expected response.uid={}, got {}", api::quoted(uid), api::quoted(given)));
  if (kind != "AdmissionReview" || version != kReview)
    return invalid(
        fmt::format("expected webhook response of {}, Kind=AdmissionReview, got {}, Kind={}", kReview, version, kind));
  if (const std::string wrong = wrongPatch(*response, mutating); !wrong.empty()) return invalid(wrong);
  out.allowed = response->value("allowed", json()) == true;
  if (const json* status = api::jsonAt(*response, {"status"}); status && status->is_object()) out.status = *status;
  if (const json* warnings = api::jsonAt(*response, {"warnings"}); warnings && warnings->is_array())
    out.warnings = warnings->get<std::vector<std::string>>();
  if (out.allowed) takePatch(*response, out);
  return out;
}

HttpAnswer denied(const std::string& webhook, const json& status) {
  const std::string by = fmt::format("admission webhook {} denied the request", api::quoted(webhook));
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
  return broken(fmt::format("failed calling webhook {}: {}", api::quoted(webhook), why));
}

HttpAnswer broken(const std::string& text) {
  api::Response out = internalError(text);
  out.causes.push_back({"", text, ""});
  return refusal(out);
}

HttpAnswer noDryRun(const std::string& webhook) {
  return refusal(badRequest(fmt::format("admission webhook {} does not support dry run", api::quoted(webhook))));
}

std::string newReviewUid() {
  std::string out = randomToken().substr(0, 32);  // a random UUID (version 4)
  out[12] = '4';
  out[16] = "89ab"[out[16] % 4];
  for (const std::size_t at : {20, 16, 12, 8}) out.insert(at, "-");
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
