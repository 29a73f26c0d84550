// stuck.hpp - which objects have not come to their end, and why not, in words: for runs that can go no further.
#pragma once

#include <vector>

#include "scenarios/outcome.hpp"
#include "sim/cluster/world.hpp"

namespace jobset_twin::scenarios {

// JobSets, Jobs without a controller and Pods without one that are not terminal; and whatever is being deleted and
// cannot go.
std::vector<api::ObjectPtr> unfinished(const apiserver::Server& server);
// Each unfinished object, with what it waits for; Pods that hold others up come first.
std::vector<StuckObject> stuckReasons(const cluster::World& world);

}  // namespace jobset_twin::scenarios
