// statistics.hpp - estimates with intervals: of a mean from independent replications (Student's t), of a share
// (Clopper and Pearson). The confidence is that of the validation's rules, 99.9 %.
#pragma once

#include <cstdint>
#include <vector>

namespace jobset_twin::validation {

inline constexpr double kConfidence = 0.999;

struct Estimate {
  double value = 0, low = 0, high = 0;
  std::size_t replications = 0;
  double halfWidth() const { return (high - low) / 2; }
  bool covers(double expected) const { return low <= expected && expected <= high; }
};

// Requires: two or more values, each of an independent replication.
Estimate meanOf(const std::vector<double>& values);
Estimate shareOf(std::uint64_t hits, std::uint64_t trials);
// The share-quantile of the values: the smallest that at least this share of them does not exceed. Reorders them.
double quantileOf(std::vector<double>& values, double share);

}  // namespace jobset_twin::validation
