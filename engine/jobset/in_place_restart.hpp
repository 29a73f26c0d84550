// in_place_restart.hpp - gate InPlaceRestart: watches the attempts of all Pods and publishes which are over and which
// is on (JS-I0 to JS-I5). The agent inside the Pods (JS-I6) is a container behaviour, not here. Source: jobset v0.12.0
// pkg/controllers/in_place_restart.go; KEP-467.
#pragma once

#include <string>

#include "engine/jobset/conditions.hpp"
#include "engine/jobset/seen_pods.hpp"

namespace jobset_twin::jobset {

bool restartsInPlace(const api::JobSetSpec& spec);
// Requires restartsInPlace. `pods`: of all that are labelled with the JobSet's name. Returns "" or the error that ends
// the pass.
std::string applyInPlaceRestart(const SeenPods& pods, StatusDraft& draft);

}  // namespace jobset_twin::jobset
