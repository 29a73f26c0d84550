// configuration.hpp - Validating- and MutatingWebhookConfigurations (admissionregistration.k8s.io/v1): what they must
// say, what is filled in, and what is read of them.
//
// matchConditions are refused: nothing here evaluates CEL.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/kinds.hpp"
#include "engine/api/label_selector.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::apiserver::http::webhooks {

struct Rule {
  std::vector<std::string> operations, groups, versions, resources;
  std::string scope;
};

struct Webhook {
  std::string name;
  bool mutating = false;
  std::vector<Rule> rules;
  std::vector<std::string> review_versions;
  api::LabelSelector namespaces, objects;
  bool fails_open = false;   // failurePolicy Ignore
  bool equivalent = true;    // matchPolicy: other versions of the same resource, too
  bool dry_run_safe = true;  // sideEffects None or NoneOnDryRun
  bool conditional = false;  // has matchConditions: of a configuration that did not come over HTTP
  std::chrono::seconds timeout{10};
  // One of both.
  std::string url;
  struct {
    std::string namespace_, name, path;
    int port = 443;
  } service;
  std::string authorities;  // PEM
};

bool isConfiguration(const api::KindInfo& kind);
// As the API server fills them in.
void fillDefaults(nlohmann::json& configuration);
// configuration_checks.cpp
api::Errors problemsOf(const nlohmann::json& configuration);  // of one with its defaults
// Whatever does not fit is passed over.
Webhook webhookOf(const nlohmann::json& webhook, bool mutating);
std::vector<Webhook> webhooksOf(const nlohmann::json& configuration, bool mutating);

}  // namespace jobset_twin::apiserver::http::webhooks
