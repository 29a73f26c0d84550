// review.hpp - what a webhook is told of a write and what it says to it (admission.k8s.io/v1 AdmissionReview), and what
// the client is told then. Source of messages: apiserver v0.36 pkg/admission/plugin/webhook.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/webhooks/matching.hpp"

namespace jobset_twin::apiserver::http::webhooks {

struct Question {
  std::string uid;  // of this one call
  Attempted write;
  const Resource* wanted = nullptr;  // as the webhook sees it
  const Resource* asked = nullptr;   // as the client asked for it
  std::string kind_version, kind;    // of what is sent to a subresource of another kind; "": that of the resource
  User user;
  nlohmann::json object, old_object, options;  // null: none
  bool dry_run = false;
};
nlohmann::json reviewOf(const Question& question);

struct Verdict {
  std::string failure;  // why there is none
  bool allowed = false;
  nlohmann::json status;  // metav1.Status; null: none
  nlohmann::json patch;   // RFC 6902; null: none
  std::string no_patch;   // why there is none: whatever failurePolicy says, the request fails
  std::vector<std::string> warnings;
};
// In failures, `url` is where it was asked.
Verdict verdictOf(const CallResult& result, const std::string& uid, bool mutating, const std::string& url);

HttpAnswer denied(const std::string& webhook, const nlohmann::json& status);
HttpAnswer failed(const std::string& webhook, const std::string& why);
// What a webhook has done to a request that cannot be mended.
HttpAnswer broken(const std::string& text);
HttpAnswer noDryRun(const std::string& webhook);

std::string newReviewUid();

}  // namespace jobset_twin::apiserver::http::webhooks
