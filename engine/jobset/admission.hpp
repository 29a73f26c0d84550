// admission.hpp - what all of JobSet's webhooks share: the cache that they read, and how a refusal reads.
//
// The cache is the controller manager's own and lags behind the store (spec/jobset.md section 11); the world implements
// it. Source: controller-runtime 0.24 pkg/webhook/admission, apiserver webhook/errors, apimachinery NewInvalid.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::jobset {

class CacheView {
 public:
  virtual ~CacheView() = default;
  // Pods of the namespace whose name without the random suffix (podNameWithoutSuffix) is `base`, by name.
  virtual std::vector<api::ObjectPtr> podsByBaseName(std::string_view namespace_, std::string_view base) const = 0;
  virtual api::ObjectPtr node(std::string_view name) const = 0;  // null: not in the cache
  virtual api::ObjectPtr volumeClaim(std::string_view namespace_,
                                     std::string_view name) const = 0;  // null: not in the cache
};

// A refused request, as the client sees it.
struct Denial {
  api::Reason reason = api::Reason::kForbidden;
  std::string message;
  std::vector<api::Cause> causes;
};

// `JobSet.jobset.x-k8s.io "x" is invalid: …`, 422: one error as it is, several in brackets, each text once.
Denial invalidJobSet(std::string_view name, const api::Errors& errors);
// The same, behind `admission webhook "…" denied the request: `.
Denial deniedByWebhook(std::string_view webhook, Denial denial);
Denial deniedByWebhook(std::string_view webhook, std::string_view message);  // 403

inline constexpr std::string_view kJobSetWebhook = "vjobset.kb.io";
inline constexpr std::string_view kPodMutatingWebhook = "mpod.kb.io";
inline constexpr std::string_view kPodValidatingWebhook = "vpod.kb.io";

}  // namespace jobset_twin::jobset
