// stored_definitions.hpp - the CustomResourceDefinitions that are in a store.
#pragma once

#include <vector>

#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver {

// By name.
std::vector<api::ObjectPtr> storedDefinitions(const Store& store);

}  // namespace jobset_twin::apiserver
