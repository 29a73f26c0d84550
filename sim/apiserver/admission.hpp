// admission.hpp - the admission chain, in the API server's order (K-API-12): what changes or refuses an object beyond
// its kind's own rules.
//
// Mutating: ServiceAccount (the name only: no token volume), Priority, DefaultTolerationSeconds, then JobSet's
// webhooks, then Kueue's, which suspends what names a queue (K-KUE-2). Validating: JobSet's webhooks. Not here: quotas,
// limit ranges, pod security, node restriction, and what Kueue's webhooks refuse.
#pragma once

#include <string_view>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/strategy/strategy.hpp"
#include "sim/apiserver/webhook_view.hpp"

namespace jobset_twin::apiserver {

struct Admission {
  const StrategyContext& context;
  const WebhookView& webhooks;
  const ResourceNames& names;

  // Each returns false with the refusal.
  bool mutateCreate(api::Object& object, api::Response& failure) const;
  bool validateCreate(const api::Object& object, bool generated_name, api::Response& failure) const;
  bool mutateUpdate(api::Object& fresh, const api::Object& old, api::Response& failure) const;
  bool validateUpdate(const api::Object& fresh, const api::Object& old, api::Response& failure) const;
};

// How many of JobSet's webhooks the request passes: each costs a round trip.
int webhookCalls(const api::Request& request);
// The same of Kueue's, where it is installed.
int kueueWebhookCalls(const api::Request& request);

// PodTopologyLabels admission, on binding (1.35+): zone and region of the node become labels of the Pod.
void copyTopologyLabels(const StrategyContext& context, api::Object& pod, std::string_view node);

}  // namespace jobset_twin::apiserver
