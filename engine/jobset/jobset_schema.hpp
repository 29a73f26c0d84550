// jobset_schema.hpp - what the API server itself checks of a JobSet, by its CRD: schema and CEL rules (spec/jobset.md
// section 1).
//
// Comes before the validating webhook, and is refused without a webhook's name. Unknown fields and wrong types are the
// reader's (engine/api). An empty list counts as absent, as objects here do not tell them apart.
// Source: jobset main (August 2026) config/components/crd; apiextensions-apiserver 1.36 pkg/apiserver/schema/cel.
#pragma once

#include <optional>

#include "engine/jobset/admission.hpp"

namespace jobset_twin::jobset {

// On create and update: required, enum, minimum, maxItems, duplicates, then the CEL rules that look at one object.
api::Errors schemaErrors(const api::Object& jobset);
// On update: the transition rules (`Value is immutable`), which do not hold where the field is absent in the old or new
// object.
api::Errors transitionErrors(const api::Object& old_jobset, const api::Object& new_jobset);

// The whole refusal as the client sees it; nullopt: goes on to the webhooks. `old_jobset` null: a create.
std::optional<Denial> admitBySchema(const api::Object* old_jobset, const api::Object& new_jobset);

}  // namespace jobset_twin::jobset
