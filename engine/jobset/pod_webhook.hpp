// pod_webhook.hpp - JobSet's admission of Pods: priority label and exclusive placement (JS-P1 to JS-P3), on create
// only.
//
// A follower whose leader is not placed yet passes the mutation in silence and is refused by the validation: the Job
// controller's retries are how followers wait. Source: jobset main (August 2026) pkg/webhooks/pod_webhook.go.
#pragma once

#include "engine/jobset/admission.hpp"

namespace jobset_twin::jobset {

// Lets the Pods of one Job go on sharing one spec though each is changed alike: the last change, taken again when it
// fits.
struct SharedSpec {
  api::Shared<api::PodSpec> from, to;
  std::string key, value;  // of the change
};

struct PodMutation {
  std::optional<Denial> denial;
  api::ObjectPtr pod;  // the one given when nothing changed
};
PodMutation mutatePod(const api::ObjectPtr& pod, const CacheView& cache, SharedSpec* shared = nullptr);
std::optional<Denial> validatePod(const api::Object& pod, const CacheView& cache);

}  // namespace jobset_twin::jobset
