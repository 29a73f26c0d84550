#include "sim/apiserver/http/webhooks/matching.hpp"

#include <algorithm>

#include "sim/apiserver/http/openapi/names.hpp"

namespace jobset_twin::apiserver::http::webhooks {
namespace {

bool named(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) { return one == "*" || one == name; });
}

bool isNamespace(const Attempted& write) { return write.group.empty() && write.resource == "namespaces"; }

bool inScope(const Rule& rule, const Attempted& write) {
  const bool in_namespace = !isNamespace(write) && !write.namespace_.empty();
  if (rule.scope == "Namespaced") return in_namespace;
  if (rule.scope == "Cluster") return !in_namespace;
  return true;
}

// "pods", "pods/status", "pods/*" (Pods, too), "*/scale", "*" (no subresources), "*/*".
bool namesResource(const Rule& rule, const Attempted& write) {
  return std::any_of(rule.resources.begin(), rule.resources.end(), [&](const std::string& one) {
    const std::size_t slash = one.find('/');
    const std::string resource = one.substr(0, slash);
    const std::string sub = slash == std::string::npos ? "" : one.substr(slash + 1);
    return (resource == "*" || resource == write.resource) && (sub == "*" || sub == write.subresource);
  });
}

bool isEmpty(const api::LabelSelector& selector) {
  return selector.matchLabels.empty() && selector.matchExpressions.empty();
}

bool namespaceMatches(const Webhook& webhook, const Attempted& write, const api::StringMap* fresh, const Store& store) {
  if (isEmpty(webhook.namespaces) || (write.namespace_.empty() && !isNamespace(write))) return true;
  if (isNamespace(write) && write.subresource.empty() && fresh) return api::matches(webhook.namespaces, *fresh);
  const api::ObjectPtr found = store.find({api::Kind::kGeneric, "", "Namespace/" + write.namespace_});
  return found && api::matches(webhook.namespaces, found->meta.labels);
}

bool matchesRule(const Rule& rule, const Attempted& write) {
  return inScope(rule, write) && named(rule.operations, write.operation) && named(rule.groups, write.group) &&
         named(rule.versions, write.version) && namesResource(rule, write);
}

// The write as one of the same resource in another version.
Attempted writtenAs(const Resource& other, const Attempted& write) {
  Attempted out = write;
  out.group = api::groupOf(other.info.api_version);
  out.version = versionOf(other.info.api_version);
  return out;
}

}  // namespace

bool isExempt(const Attempted& write) {
  return write.group == "admissionregistration.k8s.io" &&
         (write.resource.ends_with("webhookconfigurations") || write.resource.ends_with("admissionpolicies") ||
          write.resource.ends_with("admissionpolicybindings"));
}

bool matchesRules(const Webhook& webhook, const Attempted& write) {
  return std::any_of(webhook.rules.begin(), webhook.rules.end(),
                     [&](const Rule& rule) { return matchesRule(rule, write); });
}

const Resource* wantedAs(const Webhook& webhook, const Attempted& write, const Resource& asked,
                         const ServedKinds& kinds) {
  if (matchesRules(webhook, write)) return &asked;
  if (!webhook.equivalent) return nullptr;
  for (const Rule& rule : webhook.rules) {  // earlier ones count first
    for (const Resource* other : kinds.all()) {
      const bool same_group =
          api::groupOf(other->info.api_version) == write.group || other->info.kind == api::Kind::kEvent;
      if (!same_group || other->info.plural != write.resource) continue;
      if (matchesRule(rule, writtenAs(*other, write))) return other;
    }
  }
  return nullptr;
}

bool matchesLabels(const Webhook& webhook, const Attempted& write, const api::StringMap* fresh,
                   const api::StringMap* old, const Store& store) {
  if (!namespaceMatches(webhook, write, fresh, store)) return false;
  if (isEmpty(webhook.objects)) return true;
  return (fresh && api::matches(webhook.objects, *fresh)) || (old && api::matches(webhook.objects, *old));
}

}  // namespace jobset_twin::apiserver::http::webhooks
