// success_policy.hpp - is the JobSet done? (JS-C4) Source: jobset v0.12.0 pkg/controllers/success_policy.go.
#pragma once

#include <span>

#include "engine/jobset/child_jobs.hpp"

namespace jobset_twin::jobset {

// An absent policy is its default, All of all replicated jobs (spec/jobset.md section 15).
bool successPolicyMet(const api::JobSetSpec& spec, std::span<const api::Object* const> successful);

}  // namespace jobset_twin::jobset
