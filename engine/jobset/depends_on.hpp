// depends_on.hpp - may a replicated job's Jobs be created or resumed yet? (JS-O1, JS-O2, JS-O3)
// Source: jobset v0.12.0 pkg/controllers/depends_on.go.
#pragma once

#include "engine/jobset/child_jobs.hpp"

namespace jobset_twin::jobset {

// All entries of dependsOn of the replicated job at `position` are reached. A name that stands later in the spec counts
// as having no replicas, as upstream has not come to it yet; a name that does not exist is never reached.
bool dependenciesReached(const api::JobSetSpec& spec, std::size_t position, const ReplicatedJobIndex& index,
                         const StatusView& statuses);

}  // namespace jobset_twin::jobset
