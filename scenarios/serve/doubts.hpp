// doubts.hpp - what the simulator does not model in an object that a client of a served cluster makes, as the client is
// told: what `run` warns of (warnings.hpp), as far as one object shows it.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/cluster/world.hpp"

namespace jobset_twin::scenarios {

// What is left out of the world is for others to say.
std::vector<std::string> doubtsAbout(const api::ObjectPtr& object, const Scenario& scenario,
                                     const cluster::WorldConfig& world, const apiserver::Store& store);

}  // namespace jobset_twin::scenarios
