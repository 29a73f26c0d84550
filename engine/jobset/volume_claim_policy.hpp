// volume_claim_policy.hpp - shared volumes of a JobSet: its claims, and the volumes in its Jobs (JS-V1, JS-V2).
// Source: jobset v0.12.0 pkg/controllers/volume_claim_policy.go.
#pragma once

#include <string_view>

#include "engine/jobset/plan.hpp"

namespace jobset_twin::jobset {

// Creates every claim in every pass, without looking first: one that exists, whoever owns it, is left as it is.
void planVolumeClaims(const api::ObjectPtr& jobset, Plan& plan);

// Some container or init container mounts a volume of that name.
bool mountsVolume(const api::PodSpec& pod, std::string_view name);
// The volumes of the claims that the Pod mounts, appended.
void addClaimVolumes(const api::JobSetSpec& spec, std::string_view jobset_name, api::PodSpec& pod);

}  // namespace jobset_twin::jobset
