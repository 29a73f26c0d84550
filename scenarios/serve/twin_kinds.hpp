// twin_kinds.hpp - how the kinds by which a served cluster is steered look to clients: the fields that `kubectl
// explain` shows of a Clock and a Fault, and the columns of their tables.
#pragma once

#include "sim/apiserver/http/served_kinds.hpp"

namespace jobset_twin::scenarios {

void describeTwinKinds(apiserver::http::ServedKinds& kinds);

}  // namespace jobset_twin::scenarios
