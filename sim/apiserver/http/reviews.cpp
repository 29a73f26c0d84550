#include "sim/apiserver/http/reviews.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/rbac.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

json userDocument(const User& user) { return {{"username", user.name}, {"groups", user.groups}}; }

User userOfSpec(const json& spec) {
  User out{api::textAt(spec, {"user"}), {}};
  const json* groups = api::jsonAt(spec, {"groups"});
  if (!groups || !groups->is_array()) return out;
  for (const json& group : *groups)
    if (group.is_string()) out.groups.push_back(group);
  return out;
}

Attempt attemptOf(const json& spec) {
  Attempt out;
  if (const json* asked = api::jsonAt(spec, {"nonResourceAttributes"}); asked && asked->is_object()) {
    out.path = api::textAt(*asked, {"path"});
    out.verb = api::textAt(*asked, {"verb"});
    return out;
  }
  const json* asked = api::jsonAt(spec, {"resourceAttributes"});
  if (!asked) return out;
  out.verb = api::textAt(*asked, {"verb"});
  out.group = api::textAt(*asked, {"group"});
  out.resource = api::textAt(*asked, {"resource"});
  out.subresource = api::textAt(*asked, {"subresource"});
  out.namespace_ = api::textAt(*asked, {"namespace"});
  out.name = api::textAt(*asked, {"name"});
  return out;
}

json accessStatus(const Store& store, const User& user, const json& spec) {
  const Decision decision = authorize(store, user, attemptOf(spec));
  json out = {{"allowed", decision.allowed}};
  if (!decision.reason.empty()) out["reason"] = decision.reason;
  return out;
}

// What somebody who may do all may do. Others are told that the list is not complete.
json rulesStatus(const User& user) {
  const bool all = std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end();
  json resource_rules = json::array(), path_rules = json::array();
  if (all) {
    resource_rules.push_back({{"verbs", {"*"}}, {"apiGroups", {"*"}}, {"resources", {"*"}}});
    path_rules.push_back({{"verbs", {"*"}}, {"nonResourceURLs", {"*"}}});
  }
  return {{"resourceRules", resource_rules}, {"nonResourceRules", path_rules}, {"incomplete", !all}};
}

}  // namespace

const std::vector<ReviewKind>& reviewKinds() {
  static const std::vector<ReviewKind> kinds = {
      {"authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", false},
      {"authentication.k8s.io/v1", "TokenReview", "tokenreviews", false},
      {"authorization.k8s.io/v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", true},
      {"authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false},
      {"authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false},
      {"authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", false},
  };
  return kinds;
}

bool isReview(const ApiPath& path) {
  const std::string version = apiVersionText(path.group, path.version);
  return std::any_of(reviewKinds().begin(), reviewKinds().end(), [&](const ReviewKind& kind) {
    return version == kind.api_version && path.resource == kind.plural;
  });
}

HttpAnswer review(const HttpRequest& request, const ApiPath& path, const User& user, const Credentials& credentials,
                  const Store& store) {
  if (request.method != "POST" || !path.name.empty())
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  std::string problem;
  std::optional<json> body = boundedJson(request.body, problem);
  if (!body || !body->is_object())
    return refusal(badRequest(fmt::format("error decoding the review: {}", body ? "it must be an object" : problem)));
  json& out = *body;
  if (!out.contains("spec") || !out["spec"].is_object()) out["spec"] = json::object();
  if (!out.contains("metadata")) out["metadata"] = {{"creationTimestamp", nullptr}};
  const json& spec = out["spec"];
  if (path.resource == "selfsubjectreviews") {
    out["status"] = {{"userInfo", userDocument(user)}};
  } else if (path.resource == "tokenreviews") {
    HttpRequest asked;
    asked.authorization = "Bearer " + api::textAt(spec, {"token"});
    Credentials only_tokens = credentials;
    only_tokens.everybody = false;
    const std::optional<User> found = authenticated(asked, only_tokens);
    out["status"] = found ? json{{"authenticated", true}, {"user", userDocument(*found)}}
                          : json{{"authenticated", false}, {"error", "invalid bearer token"}};
  } else if (path.resource == "selfsubjectrulesreviews") {
    out["status"] = rulesStatus(user);
  } else {
    out["status"] = accessStatus(store, path.resource == "selfsubjectaccessreviews" ? user : userOfSpec(spec), spec);
  }
  for (const ReviewKind& kind : reviewKinds()) {
    if (path.resource != kind.plural) continue;
    out["kind"] = kind.kind;
    out["apiVersion"] = kind.api_version;
  }
  HttpAnswer answer;
  answer.code = 201;
  answer.body = out.dump(-1, ' ', false, json::error_handler_t::replace);
  return answer;
}

}  // namespace jobset_twin::apiserver::http
