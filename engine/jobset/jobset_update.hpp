// jobset_update.hpp - what may change in a JobSet (JS-W9): replicatedJobs are immutable but for the scheduling parts of
// the Pod templates while the old or the new object is suspended and, with gate ElasticJobSet, parallelism and
// completions of Indexed Jobs. managedBy is immutable. Source: jobset main (August 2026) pkg/webhooks/jobset_webhook.go
// ValidateUpdate.
#pragma once

#include "engine/api/object.hpp"
#include "engine/api/result.hpp"
#include "engine/jobset/feature_gates.hpp"

namespace jobset_twin::jobset {

api::Errors updateErrors(const api::Object& old_jobset, const api::Object& new_jobset, const FeatureGates& gates);

}  // namespace jobset_twin::jobset
