#include "sim/cluster/scheduler/scores.hpp"

#include <algorithm>
#include <cmath>

namespace jobset_twin::cluster {
namespace {

// floor((1 - std) * 100) over the resources that exist; the deviation of two values is half their distance.
Score balance(std::span<const ResourceUse> uses) {
  double first = 0, last = 0, sum = 0, squares = 0;
  int count = 0;
  const auto fraction = [](const ResourceUse& use) {
    return std::min(1.0, static_cast<double>(use.requested) / static_cast<double>(use.allocatable));
  };
  for (const ResourceUse& use : uses) {
    if (use.allocatable == 0) continue;
    last = fraction(use);
    if (count++ == 0) first = last;
    sum += last;
  }
  double deviation = std::fabs((first - last) / 2);
  if (count > 2) {
    const double mean = sum / count;
    for (const ResourceUse& use : uses) {
      if (use.allocatable != 0) squares += (fraction(use) - mean) * (fraction(use) - mean);
    }
    deviation = std::sqrt(squares / count);
  }
  return static_cast<Score>((1 - deviation) * static_cast<double>(kMaxScore));
}

// The share of the score of each resource, weighted.
template <class Share>
Score weightedMean(std::span<const ResourceUse> uses, Share share) {
  Score sum = 0, weights = 0;
  for (const ResourceUse& use : uses) {
    if (use.allocatable == 0) continue;
    weights += use.weight;
    sum += use.weight * share(use);
  }
  return weights == 0 ? 0 : sum / weights;
}

// Linear between the points, flat outside; scores become 0..100 before they are interpolated.
Score brokenLinear(std::span<const ShapePoint> shape, Score utilization) {
  constexpr Score kScale = kMaxScore / 10;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (utilization > shape[i].utilization) continue;
    if (i == 0) return shape[0].score * kScale;
    const Score low = shape[i - 1].score * kScale, high = shape[i].score * kScale;
    return low +
           (high - low) * (utilization - shape[i - 1].utilization) / (shape[i].utilization - shape[i - 1].utilization);
  }
  return shape.empty() ? 0 : shape.back().score * kScale;
}

}  // namespace

Score leastAllocated(std::span<const ResourceUse> uses) {
  return weightedMean(uses, [](const ResourceUse& use) {
    return use.requested > use.allocatable ? 0 : (use.allocatable - use.requested) * kMaxScore / use.allocatable;
  });
}

Score mostAllocated(std::span<const ResourceUse> uses) {
  return weightedMean(uses, [](const ResourceUse& use) {
    return std::min(use.requested, use.allocatable) * kMaxScore / use.allocatable;
  });
}

Score requestedToCapacityRatio(std::span<const ResourceUse> uses, std::span<const ShapePoint> shape) {
  Score sum = 0, weights = 0;
  for (const ResourceUse& use : uses) {
    if (use.allocatable == 0) continue;
    const Score utilization = use.requested > use.allocatable ? kMaxScore : use.requested * kMaxScore / use.allocatable;
    const Score score = brokenLinear(shape, utilization);
    if (score <= 0) continue;
    sum += use.weight * score;
    weights += use.weight;
  }
  if (weights == 0) return 0;
  return static_cast<Score>(std::floor(static_cast<double>(sum) / static_cast<double>(weights) + 0.5));
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
