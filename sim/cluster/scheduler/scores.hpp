// scores.hpp - the scoring formulas, K-SCH-21 to K-SCH-31, as functions of numbers. Weights of the default profile
// (5.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace jobset_twin::cluster {

using Score = std::int64_t;
inline constexpr Score kMaxScore = 100;

struct ScoreWeights {
  Score taints = 3, node_affinity = 2, fit = 1, spread = 2, pod_affinity = 2, balanced = 1, images = 1;
};

struct ResourceUse {
  std::int64_t requested = 0, allocatable = 0;  // requested: with the Pod; nothing allocatable: does not count
  Score weight = 1;
};

// A point of the function from utilisation (0..100) to score (0..10) of K-SCH-23.
struct ShapePoint {
  std::int32_t utilization = 0, score = 0;
  friend bool operator==(const ShapePoint&, const ShapePoint&) = default;
};

Score leastAllocated(std::span<const ResourceUse> uses);                                               // K-SCH-21
Score mostAllocated(std::span<const ResourceUse> uses);                                                // K-SCH-22
Score requestedToCapacityRatio(std::span<const ResourceUse> uses, std::span<const ShapePoint> shape);  // K-SCH-23
// K-SCH-24: by 1.36 how much better the Pod makes the balance; `without`: the same resources before it.
Score balancedAllocation(std::span<const ResourceUse> with, std::span<const ResourceUse> without, bool by_difference);
// K-SCH-27: bytes already weighted by spread over nodes; containers: init containers too.
Score imageLocality(std::int64_t weighted_bytes, std::int32_t containers);
std::int64_t spreadBytes(std::int64_t size, std::size_t nodes_having, std::size_t nodes_all);

void normalizeByMax(std::vector<Score>& scores, bool reversed);  // K-SCH-25, K-SCH-26
void normalizeByRange(std::vector<Score>& scores);               // K-SCH-28
// K-SCH-31; ignored nodes (of value kIgnored) get 0 and do not count.
inline constexpr Score kIgnored = -1;
void normalizeSpread(std::vector<Score>& scores);

// K-SCH-15.
std::size_t feasibleNodesToFind(std::size_t nodes, std::int32_t percentage);

}  // namespace jobset_twin::cluster
