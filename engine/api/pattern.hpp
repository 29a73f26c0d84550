// pattern.hpp - names with * for any text: what faults, expectations and rules of the simulated API server are about.
#pragma once

#include <string_view>

namespace jobset_twin::api {

// "*" in the pattern stands for any text, also for none.
bool matchesPattern(std::string_view pattern, std::string_view name);

}  // namespace jobset_twin::api
