// webhook_view.hpp - what JobSet's admission webhooks may look at: the informer cache of the JobSet manager, which lags
// behind the store (spec/jobset.md section 11). The world implements it on that cache; tests on plain vectors.
#pragma once

#include "engine/jobset/admission.hpp"

namespace jobset_twin::apiserver {

using WebhookView = jobset::CacheView;

// An empty cache: for clusters without JobSets and for tests.
class EmptyWebhookView final : public WebhookView {
 public:
  std::vector<api::ObjectPtr> podsByBaseName(std::string_view, std::string_view) const override { return {}; }
  api::ObjectPtr node(std::string_view) const override { return nullptr; }
  api::ObjectPtr volumeClaim(std::string_view, std::string_view) const override { return nullptr; }
};

}  // namespace jobset_twin::apiserver
