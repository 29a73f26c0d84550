#include "sim/apiserver/http/webhooks/configuration.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/selector_json.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using nlohmann::json;

namespace {

const json& listIn(const json& of, const char* name) {
  static const json none = json::array();
  const json* found = api::jsonAt(of, {name});
  return found && found->is_array() ? *found : none;
}

std::int64_t wholeNumberAt(const json& of, std::initializer_list<const char*> path, std::int64_t otherwise) {
  const json* found = api::jsonAt(of, path);
  return found && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

}  // namespace

Webhook webhookOf(const json& from, bool mutating) {
  Webhook out;
  out.name = api::textAt(from, {"name"});
  out.mutating = mutating;
  for (const json& rule : listIn(from, "rules"))
    out.rules.push_back({api::textsAt(rule, {"operations"}), api::textsAt(rule, {"apiGroups"}),
                         api::textsAt(rule, {"apiVersions"}), api::textsAt(rule, {"resources"}),
                         api::textAt(rule, {"scope"})});
  out.review_versions = api::textsAt(from, {"admissionReviewVersions"});
  out.namespaces = api::labelSelectorAt(from, {"namespaceSelector"});
  out.objects = api::labelSelectorAt(from, {"objectSelector"});
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
  out.authorities = api::fromBase64(api::textAt(from, {"clientConfig", "caBundle"})).value_or("");
  return out;
}

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

std::vector<Webhook> webhooksOf(const json& configuration, bool mutating) {
  std::vector<Webhook> out;
  for (const json& one : listIn(configuration, "webhooks"))
    if (one.is_object()) out.push_back(webhookOf(one, mutating));
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
