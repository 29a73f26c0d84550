#include "sim/cluster/scheduler/cycle_cost.hpp"

#include <algorithm>

namespace jobset_twin::cluster {
namespace {

constexpr std::int64_t kRefusedShare = 32;  // so many nodes refused cost as much as one that fits
constexpr std::int64_t kIncluded = 100;     // nodes that scheduler.cycle covers: a small cluster looks at no more
constexpr std::int64_t kPreferredPercent = 30;

}  // namespace

Duration cycleCost(const SchedulerTiming& timing, const ClusterView& view, const PodShape& shape,
                   const Placement& placement) {
  const auto fits = static_cast<std::int64_t>(placement.feasible);
  const auto refused = static_cast<std::int64_t>(placement.processed) - fits;
  const std::int64_t nodes = std::max<std::int64_t>(0, (fits - kIncluded) * kRefusedShare + refused);
  std::int64_t held = view.placedWithAntiAffinity() * 100;
  if (!shape.affinity.empty() || !shape.anti_affinity.empty()) held += view.placed() * 100;
  if (!shape.preferred.empty()) held += view.placed() * kPreferredPercent;
  return timing.per_node * nodes / kRefusedShare + timing.per_affinity_pod * held / 100;
}

}  // namespace jobset_twin::cluster
