#include "sim/apiserver/http/webhooks/book.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver::http::webhooks {
namespace {

constexpr const char* kTypes[] = {"MutatingWebhookConfiguration.admissionregistration.k8s.io/",
                                  "ValidatingWebhookConfiguration.admissionregistration.k8s.io/"};

}  // namespace

const std::vector<WebhookPtr>& Book::all(const Store& store) {
  const Store::Objects& objects = store.all(api::Kind::kGeneric);
  std::vector<api::ObjectPtr> found;
  bool changed = false;
  for (const char* type : kTypes) {
    for (auto at = objects.lower_bound({"", type}); at != objects.end(); ++at) {
      if (!at->first.first.empty() || !at->first.second.starts_with(type)) break;
      found.push_back(at->second);
      const auto known = known_.find(at->first.second);
      changed = changed || known == known_.end() || known->second != at->second->meta.resourceVersion;
    }
  }
  if (!changed && found.size() == known_.size()) return webhooks_;
  known_.clear();
  webhooks_.clear();
  for (const api::ObjectPtr& object : found) {
    known_.emplace(api::keyOf(*object).name, object->meta.resourceVersion);
    const bool mutating = api::kindNameOf(*object).starts_with("Mutating");
    for (Webhook& webhook : webhooksOf(api::as<api::Generic>(object).content.get(), mutating)) {
      const bool here =
          webhook.url.empty() && std::find(inside_.begin(), inside_.end(), webhook.service.name) != inside_.end();
      if (!here) webhooks_.push_back(std::make_shared<const Webhook>(std::move(webhook)));
    }
  }
  return webhooks_;
}

}  // namespace jobset_twin::apiserver::http::webhooks
