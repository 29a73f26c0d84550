// explain.hpp - what the records say of one object, as lines for why.hpp.
#pragma once

#include "viz/report/why.hpp"

namespace jobset_twin::viz::report {

Explanation explain(const Ledger& ledger, Thing thing, Id id);

}  // namespace jobset_twin::viz::report
