// system_objects.hpp - what a client expects to find on any cluster and no simulation needs: the API server's own
// Service, the authority's certificate in each namespace, what nodes say of their software, the role of administrators.
#pragma once

#include <string>

#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {

// Objects that the plan's input has itself are left alone.
void addSystemObjects(RunPlan& plan, const std::string& authority_pem, std::uint16_t port);

}  // namespace jobset_twin::scenarios
