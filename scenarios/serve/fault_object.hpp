// fault_object.hpp - a fault as an object of a served cluster's API (jobset-twin.dev/v1alpha1): its spec has the fields
// of an entry of a scenario's `faults`, or is one in words; its status says what it hit.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"
#include "engine/api/result.hpp"
#include "sim/faults/injector.hpp"

namespace jobset_twin::scenarios {

// A fault without a time strikes now; times count from now. `others`: those that the run has already, which know the
// sizes of repair crews. Errors name fields of the object.
api::Result<faults::Fault> faultFrom(const api::Object& object, const std::vector<faults::Fault>& others);

nlohmann::json faultStatus(const faults::Injector& injector, std::uint32_t fault);

}  // namespace jobset_twin::scenarios
