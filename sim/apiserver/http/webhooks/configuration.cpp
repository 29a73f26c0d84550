#include "sim/apiserver/http/webhooks/configuration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/http/base64.hpp"
#include "sim/apiserver/http/webhooks/destination.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using nlohmann::json;

namespace {

const json& listIn(const json& of, const char* name) {
  static const json none = json::array();
  const json* found = api::jsonAt(of, {name});
  return found && found->is_array() ? *found : none;
}

std::vector<std::string> textsIn(const json& of, const char* name) {
  std::vector<std::string> out;
  for (const json& one : listIn(of, name))
    if (one.is_string()) out.push_back(one);
  return out;
}

api::LabelSelector selectorIn(const json& of, const char* name) {
  api::LabelSelector out;
  const json* selector = api::jsonAt(of, {name});
  if (!selector) return out;
  if (const json* labels = api::jsonAt(*selector, {"matchLabels"}); labels && labels->is_object()) {
    for (const auto& [key, value] : labels->items())
      if (value.is_string()) out.matchLabels.set(key, value.get<std::string>());
  }
  for (const json& one : listIn(*selector, "matchExpressions"))
    out.matchExpressions.push_back({api::textAt(one, {"key"}), api::textAt(one, {"operator"}), textsIn(one, "values")});
  return out;
}

std::int64_t wholeNumberAt(const json& of, std::initializer_list<const char*> path, std::int64_t otherwise) {
  const json* found = api::jsonAt(of, path);
  return found && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

Webhook webhookOf(const json& from, bool mutating) {
  Webhook out;
  out.name = api::textAt(from, {"name"});
  out.mutating = mutating;
  for (const json& rule : listIn(from, "rules"))
    out.rules.push_back({textsIn(rule, "operations"), textsIn(rule, "apiGroups"), textsIn(rule, "apiVersions"),
                         textsIn(rule, "resources"), api::textAt(rule, {"scope"})});
  out.namespaces = selectorIn(from, "namespaceSelector");
  out.objects = selectorIn(from, "objectSelector");
  out.fails_open = api::textAt(from, {"failurePolicy"}) == "Ignore";
  out.equivalent = api::textAt(from, {"matchPolicy"}) != "Exact";
  const std::string effects = api::textAt(from, {"sideEffects"});
  out.dry_run_safe = effects == "None" || effects == "NoneOnDryRun";
  out.conditional = !listIn(from, "matchConditions").empty();
  out.timeout = std::chrono::seconds(std::clamp<std::int64_t>(wholeNumberAt(from, {"timeoutSeconds"}, 10), 1, 30));
  out.url = api::textAt(from, {"clientConfig", "url"});
  out.service.namespace_ = api::textAt(from, {"clientConfig", "service", "namespace"});
  out.service.name = api::textAt(from, {"clientConfig", "service", "name"});
  out.service.path = api::textAt(from, {"clientConfig", "service", "path"});
  out.service.port = static_cast<int>(wholeNumberAt(from, {"clientConfig", "service", "port"}, 443));
  out.authorities = fromBase64(api::textAt(from, {"clientConfig", "caBundle"})).value_or("");
  return out;
}

void checkClient(const json& webhook, const std::string& at, api::Errors& errors) {
  const bool has_url = api::jsonAt(webhook, {"clientConfig", "url"}) != nullptr;
  const bool has_service = api::jsonAt(webhook, {"clientConfig", "service"}) != nullptr;
  if (has_url == has_service) errors.push_back(api::requiredValue(at, "exactly one of url or service is required"));
  if (const std::string url = api::textAt(webhook, {"clientConfig", "url"}); has_url && !readUrl(url))
    errors.push_back(api::invalidValue(at + ".url", api::quoted(url),
                                       "'https' is the only allowed URL scheme; desired format: https://host[/path]"));
  if (!has_service) return;
  for (const char* name : {"namespace", "name"})
    if (api::textAt(webhook, {"clientConfig", "service", name}).empty())
      errors.push_back(api::requiredValue(fmt::format("{}.service.{}", at, name), ""));
}

void checkChoice(const json& webhook, const std::string& at, const char* name, const std::vector<std::string>& of,
                 api::Errors& errors) {
  const std::string chosen = api::textAt(webhook, {name});
  if (std::find(of.begin(), of.end(), chosen) == of.end())
    errors.push_back(api::unsupportedValue(fmt::format("{}.{}", at, name), api::quoted(chosen), of));
}

void checkWebhook(const json& webhook, const std::string& at, bool mutating, api::Errors& errors) {
  if (api::textAt(webhook, {"name"}).empty()) errors.push_back(api::requiredValue(at + ".name", ""));
  const std::vector<std::string> versions = textsIn(webhook, "admissionReviewVersions");
  if (versions.empty()) {
    errors.push_back(api::requiredValue(at + ".admissionReviewVersions", "must specify one of v1, v1beta1"));
  } else if (std::find(versions.begin(), versions.end(), "v1") == versions.end()) {  // no other is spoken here
    errors.push_back(api::invalidValue(at + ".admissionReviewVersions", json(versions).dump(), "must include v1"));
  }
  if (!api::jsonAt(webhook, {"sideEffects"})) {
    errors.push_back(api::requiredValue(at + ".sideEffects", "must specify one of None, NoneOnDryRun"));
  } else {
    checkChoice(webhook, at, "sideEffects", {"None", "NoneOnDryRun"}, errors);
  }
  checkChoice(webhook, at, "failurePolicy", {"Fail", "Ignore"}, errors);
  checkChoice(webhook, at, "matchPolicy", {"Equivalent", "Exact"}, errors);
  if (mutating) checkChoice(webhook, at, "reinvocationPolicy", {"IfNeeded", "Never"}, errors);
  const json& timeout = webhook.at("timeoutSeconds");
  if (!timeout.is_number_integer() || timeout < 1 || timeout > 30)
    errors.push_back(api::invalidValue(at + ".timeoutSeconds", timeout.dump(),
                                       "the timeout value must be between 1 and 30 seconds"));
  if (!listIn(webhook, "matchConditions").empty())
    errors.push_back(api::forbiddenField(at + ".matchConditions", "CEL expressions are not evaluated by this server"));
  checkClient(webhook, at + ".clientConfig", errors);
}

}  // namespace

bool isConfiguration(const api::KindInfo& kind) {
  return kind.kind == api::Kind::kGeneric && kind.name.ends_with("WebhookConfiguration") &&
         api::groupOf(kind.api_version) == "admissionregistration.k8s.io";
}

void fillDefaults(json& configuration) {
  if (!configuration.is_object() || !configuration.contains("webhooks") || !configuration["webhooks"].is_array())
    return;
  const auto fill = [](json& in, const char* name, json value) {
    if (!in.contains(name) || in[name].is_null()) in[name] = std::move(value);
  };
  const bool mutating = api::textAt(configuration, {"kind"}).starts_with("Mutating");
  for (json& webhook : configuration["webhooks"]) {
    if (!webhook.is_object()) continue;
    fill(webhook, "failurePolicy", "Fail");
    fill(webhook, "matchPolicy", "Equivalent");
    fill(webhook, "namespaceSelector", json::object());
    fill(webhook, "objectSelector", json::object());
    fill(webhook, "timeoutSeconds", 10);
    if (mutating) fill(webhook, "reinvocationPolicy", "Never");
    if (webhook.contains("rules") && webhook["rules"].is_array()) {
      for (json& rule : webhook["rules"])
        if (rule.is_object()) fill(rule, "scope", "*");
    }
    if (api::jsonAt(webhook, {"clientConfig", "service"}) && webhook["clientConfig"]["service"].is_object())
      fill(webhook["clientConfig"]["service"], "port", 443);
  }
}

api::Errors problemsOf(const json& configuration) {
  api::Errors out;
  const bool mutating = api::textAt(configuration, {"kind"}).starts_with("Mutating");
  json filled = configuration;
  fillDefaults(filled);
  const json& all = listIn(filled, "webhooks");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string at = fmt::format("webhooks[{}]", i);
    if (all[i].is_object()) {
      checkWebhook(all[i], at, mutating, out);
    } else {
      out.push_back(api::invalidValue(at, all[i].dump(), "must be an object"));
    }
  }
  return out;
}

std::vector<Webhook> webhooksOf(const json& configuration, bool mutating) {
  std::vector<Webhook> out;
  for (const json& one : listIn(configuration, "webhooks"))
    if (one.is_object()) out.push_back(webhookOf(one, mutating));
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
