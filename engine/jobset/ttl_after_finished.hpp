// ttl_after_finished.hpp - a finished JobSet is deleted after its time to live (JS-TTL1).
// Source: jobset v0.12.0 pkg/controllers/ttl_after_finished.go.
#pragma once

#include <string>

#include "engine/jobset/plan.hpp"

namespace jobset_twin::jobset {

// Plans the deletion of a finished JobSet, or when to look again. Returns "" or the error that ends the pass.
std::string applyTtl(const api::Object& jobset, TimePoint now, Plan& plan);

}  // namespace jobset_twin::jobset
