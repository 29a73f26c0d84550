// configuration_checks.cpp - what is wrong with a configuration whose fields have their types, in the API server's
// words. See configuration.hpp. Source of the rules: pkg/apis/admissionregistration/validation (1.36).
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/http/certificates.hpp"
#include "sim/apiserver/http/webhooks/configuration.hpp"
#include "sim/apiserver/http/webhooks/destination.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using nlohmann::json;

namespace {

using Texts = std::vector<std::string>;

bool hasText(const Texts& texts, std::string_view wanted) {
  return std::find(texts.begin(), texts.end(), wanted) != texts.end();
}

std::string joined(const Texts& texts, std::string_view between) {
  return fmt::format("{}", fmt::join(texts, between));
}

void checkChoice(const std::string& at, const std::string& chosen, const Texts& of, api::Errors& errors) {
  if (!hasText(of, chosen)) errors.push_back(api::unsupportedValue(at, api::quoted(chosen), of));
}

// Texts that are required, where "*" stands alone.
void checkTexts(const std::string& at, const Texts& texts, const char* what, api::Errors& errors) {
  if (texts.empty()) errors.push_back(api::requiredValue(at, ""));
  if (texts.size() > 1 && hasText(texts, "*"))
    errors.push_back(
        api::invalidValue(at, json(texts).dump(), fmt::format("if '*' is present, must not specify other {}", what)));
}

void checkName(const std::string& at, const std::string& name, std::set<std::string>& seen, api::Errors& errors) {
  if (name.empty()) {
    errors.push_back(api::requiredValue(at, ""));
  } else if (const Texts wrong = api::dns1123SubdomainErrors(name); !wrong.empty()) {
    errors.push_back(api::invalidValue(at, api::quoted(name), joined(wrong, ",")));
  } else if (std::count(name.begin(), name.end(), '.') < 2) {
    errors.push_back(
        api::invalidValue(at, api::quoted(name), "should be a domain with at least three segments separated by dots"));
  }
  if (!name.empty() && !seen.insert(name).second) errors.push_back(api::duplicateValue(at, api::quoted(name)));
}

// "x/*" covers what is below x, "*/x" what is called x below anything, and neither may be named again.
void checkResources(const std::string& at, const Texts& resources, api::Errors& errors) {
  if (resources.empty()) errors.push_back(api::requiredValue(at, ""));
  std::set<std::string> all_below, everywhere;
  bool plain = false;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const std::string& one = resources[i];
    const std::string here = fmt::format("{}[{}]", at, i);
    if (one.empty()) {
      errors.push_back(api::requiredValue(here, ""));
      continue;
    }
    const std::size_t slash = one.find('/');
    if (slash == std::string::npos) {
      plain = one != "*";  // of the last one, as upstream has it
      continue;
    }
    const std::string resource = one.substr(0, slash), sub = one.substr(slash + 1);
    const auto covered = [&](const std::string& by) {
      errors.push_back(
          api::invalidValue(here, api::quoted(one), fmt::format("if '{}' is present, must not specify {}", by, one)));
    };
    if (all_below.contains(resource)) covered(resource + "/*");
    if (everywhere.contains(sub)) covered("*/" + sub);
    if (sub == "*") all_below.insert(resource);
    if (resource == "*") everywhere.insert(sub);
  }
  if (resources.size() > 1 && hasText(resources, "*/*"))
    errors.push_back(
        api::invalidValue(at, json(resources).dump(), "if '*/*' is present, must not specify other resources"));
  if (hasText(resources, "*") && plain)
    errors.push_back(api::invalidValue(at, json(resources).dump(),
                                       "if '*' is present, must not specify other resources without subresources"));
}

void checkRule(const std::string& at, const Rule& rule, api::Errors& errors) {
  checkTexts(at + ".operations", rule.operations, "operations", errors);
  for (std::size_t i = 0; i < rule.operations.size(); ++i)
    checkChoice(fmt::format("{}.operations[{}]", at, i), rule.operations[i],
                {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"}, errors);
  checkTexts(at + ".apiGroups", rule.groups, "API groups", errors);
  checkTexts(at + ".apiVersions", rule.versions, "API versions", errors);
  for (std::size_t i = 0; i < rule.versions.size(); ++i)
    if (rule.versions[i].empty()) errors.push_back(api::requiredValue(fmt::format("{}.apiVersions[{}]", at, i), ""));
  checkResources(at + ".resources", rule.resources, errors);
  checkChoice(at + ".scope", rule.scope, {"*", "Cluster", "Namespaced"}, errors);
}

void checkRequirement(const std::string& at, const api::LabelSelectorRequirement& rule, api::Errors& errors) {
  if (rule.operator_ == "In" || rule.operator_ == "NotIn") {
    if (rule.values.empty())
      errors.push_back(api::requiredValue(at + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (rule.operator_ == "Exists" || rule.operator_ == "DoesNotExist") {
    if (!rule.values.empty())
      errors.push_back(
          api::forbiddenField(at + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else {
    errors.push_back(api::invalidValue(at + ".operator", api::quoted(rule.operator_), "not a valid selector operator"));
  }
  for (const std::string& message : api::qualifiedNameErrors(rule.key))
    errors.push_back(api::invalidValue(at + ".key", api::quoted(rule.key), message));
  for (std::size_t i = 0; i < rule.values.size(); ++i)
    for (const std::string& message : api::labelValueErrors(rule.values[i]))
      errors.push_back(api::invalidValue(fmt::format("{}.values[{}]", at, i), api::quoted(rule.values[i]), message));
}

void checkSelector(const std::string& at, const api::LabelSelector& selector, api::Errors& errors) {
  const api::Errors labels = api::labelsErrors(at + ".matchLabels", selector.matchLabels);
  errors.insert(errors.end(), labels.begin(), labels.end());
  for (std::size_t i = 0; i < selector.matchExpressions.size(); ++i)
    checkRequirement(fmt::format("{}.matchExpressions[{}]", at, i), selector.matchExpressions[i], errors);
}

void checkPathOfService(const std::string& at, const std::string& path, api::Errors& errors) {
  if (path.empty() || path == "/") return;
  const auto add = [&](const std::string& detail) {
    errors.push_back(api::invalidValue(at, api::quoted(path), detail));
  };
  if (path == "//") return add("segment[0] may not be empty");
  if (path.front() != '/') add("must start with a '/'");
  std::string rest = path.substr(1);
  if (rest.ends_with('/')) rest.pop_back();
  for (int i = 0;; ++i) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string segment = rest.substr(0, end);
    if (segment.empty()) {
      add(fmt::format("segment[{}] may not be empty", i));
    } else {
      for (const std::string& message : api::dns1123SubdomainErrors(segment))
        add(fmt::format("segment[{}]: {}", i, message));
    }
    if (end == rest.size()) return;
    rest.erase(0, end + 1);
  }
}

void checkService(const std::string& at, const json& service, api::Errors& errors) {
  for (const char* name : {"namespace", "name"})
    if (api::textAt(service, {name}).empty())
      errors.push_back(api::requiredValue(fmt::format("{}.{}", at, name), fmt::format("service {} is required", name)));
  const json* port = api::jsonAt(service, {"port"});
  const Texts wrong = port && port->is_number_integer() ? api::portNumberErrors(port->get<std::int64_t>())
                                                        : Texts{"must be a whole number"};
  if (port && !wrong.empty())
    errors.push_back(api::invalidValue(at + ".port", port->dump(), "port is not valid: " + joined(wrong, ", ")));
  checkPathOfService(at + ".path", api::textAt(service, {"path"}), errors);
}

// A bundle of blanks is what some manifests have until the certificates are there.
void checkBundle(const std::string& at, const json& bundle, api::Errors& errors) {
  const std::optional<std::string> bytes =
      bundle.is_string() ? api::fromBase64(bundle.get<std::string>()) : std::nullopt;
  if (!bytes) {
    errors.push_back(api::invalidValue(at, bundle.dump(), "illegal base64 data"));
  } else if (bytes->find_first_not_of(" \t\r\n") != std::string::npos && !holdsCertificate(*bytes)) {
    errors.push_back(
        api::invalidValue(at, bundle.dump(), "unable to load root certificates: unable to parse bytes as PEM block"));
  }
}

void checkClient(const std::string& at, const json& webhook, api::Errors& errors) {
  const json* url = api::jsonAt(webhook, {"clientConfig", "url"});
  const json* service = api::jsonAt(webhook, {"clientConfig", "service"});
  if (url && url->is_null()) url = nullptr;
  if (service && service->is_null()) service = nullptr;
  if ((url == nullptr) == (service == nullptr)) {
    errors.push_back(api::requiredValue(at, "exactly one of url or service is required"));
  } else if (url) {
    const api::Errors wrong = urlErrors(at + ".url", api::textAt(webhook, {"clientConfig", "url"}));
    errors.insert(errors.end(), wrong.begin(), wrong.end());
  } else {
    checkService(at + ".service", *service, errors);
  }
  const json* bundle = api::jsonAt(webhook, {"clientConfig", "caBundle"});
  if (bundle && !bundle->is_null()) checkBundle(at + ".caBundle", *bundle, errors);
}

void checkReviewVersions(const std::string& at, const Texts& versions, api::Errors& errors) {
  if (versions.empty()) {
    errors.push_back(api::requiredValue(at, "must specify one of v1, v1beta1"));
    return;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", at, i);
    if (!seen.insert(versions[i]).second) {
      errors.push_back(api::invalidValue(here, api::quoted(versions[i]), "duplicate version"));
      continue;
    }
    for (const std::string& message : api::dns1035LabelErrors(versions[i]))
      errors.push_back(api::invalidValue(here, api::quoted(versions[i]), message));
  }
  if (!seen.contains("v1"))  // no other is spoken here
    errors.push_back(api::invalidValue(at, json(versions).dump(), "must include v1"));
}

void checkEffects(const std::string& at, const json& webhook, api::Errors& errors) {
  const json* effects = api::jsonAt(webhook, {"sideEffects"});
  if (!effects || effects->is_null()) {
    errors.push_back(api::requiredValue(at, "must specify one of None, NoneOnDryRun"));
  } else {
    checkChoice(at, api::textAt(webhook, {"sideEffects"}), {"None", "NoneOnDryRun"}, errors);
  }
}

void checkWebhook(const std::string& at, const json& webhook, bool mutating, std::set<std::string>& names,
                  api::Errors& errors) {
  const Webhook read = webhookOf(webhook, mutating);
  checkName(at + ".name", read.name, names, errors);
  for (std::size_t i = 0; i < read.rules.size(); ++i)
    checkRule(fmt::format("{}.rules[{}]", at, i), read.rules[i], errors);
  checkChoice(at + ".failurePolicy", api::textAt(webhook, {"failurePolicy"}), {"Fail", "Ignore"}, errors);
  checkChoice(at + ".matchPolicy", api::textAt(webhook, {"matchPolicy"}), {"Equivalent", "Exact"}, errors);
  checkEffects(at + ".sideEffects", webhook, errors);
  const json& timeout = webhook.at("timeoutSeconds");
  if (!timeout.is_number_integer() || timeout < 1 || timeout > 30)
    errors.push_back(api::invalidValue(at + ".timeoutSeconds", timeout.dump(),
                                       "the timeout value must be between 1 and 30 seconds"));
  checkSelector(at + ".namespaceSelector", read.namespaces, errors);
  checkSelector(at + ".objectSelector", read.objects, errors);
  if (mutating)
    checkChoice(at + ".reinvocationPolicy", api::textAt(webhook, {"reinvocationPolicy"}), {"IfNeeded", "Never"},
                errors);
  checkClient(at + ".clientConfig", webhook, errors);
  if (read.conditional)
    errors.push_back(api::forbiddenField(at + ".matchConditions", "CEL expressions are not evaluated by this server"));
  checkReviewVersions(at + ".admissionReviewVersions", read.review_versions, errors);
}

}  // namespace

api::Errors problemsOf(const json& configuration) {
  api::Errors out;
  const bool mutating = api::textAt(configuration, {"kind"}).starts_with("Mutating");
  const json* all = api::jsonAt(configuration, {"webhooks"});
  if (!all || !all->is_array()) return out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < all->size(); ++i)
    if ((*all)[i].is_object()) checkWebhook(fmt::format("webhooks[{}]", i), (*all)[i], mutating, names, out);
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
