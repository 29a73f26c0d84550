// jobset_validation.hpp - JobSet's validating webhook (JS-W2 to JS-W9), with upstream's messages and field paths.
//
// Not here: the CRD's schema and its CEL rules, which the API server itself checks first (jobset_schema.hpp); Job
// templates, which nobody validates before the Jobs are created. Errors are in upstream's order; where that is random
// (duplicate rule names) by first occurrence. Source: jobset main (August 2026) pkg/webhooks/jobset_webhook.go.
#pragma once

#include <optional>
#include <string_view>

#include "engine/jobset/admission.hpp"
#include "engine/jobset/feature_gates.hpp"

namespace jobset_twin::jobset {

// `name` is what lengths are checked with: metadata.name, or one generated from generateName. Expects the defaults set.
api::Errors validateCreate(const api::Object& jobset, const FeatureGates& gates, std::string_view name,
                           const CacheView& cache);
api::Errors validateUpdate(const api::Object& old_jobset, const api::Object& new_jobset, const FeatureGates& gates);

// The whole refusal as the client sees it; nullopt: admitted.
std::optional<Denial> admitCreate(const api::Object& jobset, const FeatureGates& gates, std::string_view name,
                                  const CacheView& cache);
std::optional<Denial> admitUpdate(const api::Object& old_jobset, const api::Object& new_jobset,
                                  const FeatureGates& gates);

// What upstream accepts though it cannot work, for `validate` to warn about: invalid patterns (JS-W6), dependencies on
// itself.
std::vector<std::string> doubtsAbout(const api::Object& jobset);

}  // namespace jobset_twin::jobset
