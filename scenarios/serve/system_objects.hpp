// system_objects.hpp - what a client expects to find on any cluster and no simulation needs: the API server's own
// Service, the authority's certificate in each namespace, what nodes say of their software, the role of administrators.
#pragma once

#include <string>

#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {

// Objects that the plan's input has itself are left alone.
void addSystemObjects(RunPlan& plan, const std::string& authority_pem);
// The definitions of the program's own kinds, as `kubectl apply --server-side` installs them: upstream's manifests can
// be applied over them. Those that are there are left alone.
void installDefinitions(cluster::World& world);

}  // namespace jobset_twin::scenarios
