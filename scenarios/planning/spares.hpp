// spares.hpp - how many spare nodes are enough, by probability alone.
#pragma once

#include <cstdint>

#include "scenarios/planning/capacity_plan.hpp"

namespace jobset_twin::scenarios::planning {

// The fewest spares that the number of failed nodes, Binomial(nodes, down), does not exceed with probability `share`.
// Requires: nodes >= 0, 0 <= down < 1, 0 < share < 1.
std::int32_t binomialSpares(std::int32_t nodes, double down, double share);

// Nodes fail at random (mean time `mtbf` each, spares too) and are repaired one by one, each in a time of mean
// `repair`. The probability that at no time in `period` more than `spares` are down; all are up at its beginning. One
// unit of time.
double lastsWith(std::int32_t spares, std::int32_t nodes, double mtbf, double repair, double period);
// The fewest spares with which it is at least `share`.
std::int32_t periodSpares(std::int32_t nodes, double mtbf, double repair, double period, double share);

// Mean of a distribution, in seconds.
double meanSeconds(const TimeDistribution& law);
// The share of time that a node of the type is up.
double availabilityOf(const NodeType& type, Duration period = Duration::max());
// As the type's rule says. Requires: it has one.
std::int32_t sparesOf(const NodeType& type);

}  // namespace jobset_twin::scenarios::planning
