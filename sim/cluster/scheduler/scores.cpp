#include "sim/cluster/scheduler/scores.hpp"

#include <algorithm>
#include <cmath>

namespace jobset_twin::cluster {
namespace {

// floor((1 - std) * 100) over the resources that exist; the deviation of two values is half their distance.
Score balance(std::span<const ResourceUse> uses) {
  double first = 0, last = 0;
  bool any = false;
  for (const ResourceUse& use : uses) {
    if (use.allocatable == 0) continue;
    last = std::min(1.0, static_cast<double>(use.requested) / static_cast<double>(use.allocatable));
    if (!any) first = last;
    any = true;
  }
  return static_cast<Score>((1 - std::fabs((first - last) / 2)) * static_cast<double>(kMaxScore));
}

}  // namespace

Score leastAllocated(std::span<const ResourceUse> uses) {
  Score sum = 0, weights = 0;
  for (const ResourceUse& use : uses) {
    if (use.allocatable == 0) continue;
    ++weights;
    if (use.requested <= use.allocatable) sum += (use.allocatable - use.requested) * kMaxScore / use.allocatable;
  }
  return weights == 0 ? 0 : sum / weights;
}

Score balancedAllocation(std::span<const ResourceUse> with, std::span<const ResourceUse> without, bool by_difference) {
  if (!by_difference) return balance(with);
  return kMaxScore / 2 + (kMaxScore / 2 + balance(with) - balance(without)) / 2;
}

std::int64_t spreadBytes(std::int64_t size, std::size_t nodes_having, std::size_t nodes_all) {
  const double spread = static_cast<double>(nodes_having) / static_cast<double>(nodes_all);
  return static_cast<std::int64_t>(static_cast<double>(size) * spread);
}

Score imageLocality(std::int64_t weighted_bytes, std::int32_t containers) {
  constexpr std::int64_t kMiB = 1024 * 1024, kMin = 23 * kMiB;
  const std::int64_t max = 1000 * kMiB * std::max(containers, 1);
  return kMaxScore * (std::clamp(weighted_bytes, kMin, max) - kMin) / (max - kMin);
}

void normalizeByMax(std::vector<Score>& scores, bool reversed) {
  const Score max = scores.empty() ? 0 : *std::max_element(scores.begin(), scores.end());
  for (Score& score : scores) {
    if (max == 0) {
      score = reversed ? kMaxScore : score;
    } else {
      score = score * kMaxScore / max;
      if (reversed) score = kMaxScore - score;
    }
  }
}

void normalizeByRange(std::vector<Score>& scores) {
  if (scores.empty()) return;
  const auto [min, max] = std::minmax_element(scores.begin(), scores.end());
  const Score low = *min, range = *max - low;
  for (Score& score : scores) score = range == 0 ? 0 : kMaxScore * (score - low) / range;
}

void normalizeSpread(std::vector<Score>& scores) {
  Score min = INT64_MAX, max = 0;
  for (const Score score : scores) {
    if (score == kIgnored) continue;
    min = std::min(min, score);
    max = std::max(max, score);
  }
  for (Score& score : scores) {
    if (score == kIgnored) {
      score = 0;
    } else {
      score = max == 0 ? kMaxScore : kMaxScore * (max + min - score) / max;
    }
  }
}

std::size_t feasibleNodesToFind(std::size_t nodes, std::int32_t percentage) {
  constexpr std::size_t kMinimum = 100;
  if (nodes < kMinimum || percentage >= 100) return nodes;
  std::int64_t share = percentage;
  if (share <= 0) share = std::max<std::int64_t>(5, 50 - static_cast<std::int64_t>(nodes) / 125);
  return std::max(kMinimum, nodes * static_cast<std::size_t>(share) / 100);
}

}  // namespace jobset_twin::cluster
