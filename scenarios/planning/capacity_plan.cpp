#include "scenarios/planning/capacity_plan.hpp"

#include <algorithm>

namespace jobset_twin::scenarios::planning {

double priceOf(const CapacityPlan& plan, const Counts& counts) {
  const bool priced =
      std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const NodeType& type) { return type.price.has_value(); });
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) sum += counts[i] * (priced ? plan.nodes[i].price.value_or(0) : 1);
  return sum;
}

}  // namespace jobset_twin::scenarios::planning
