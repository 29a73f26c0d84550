#include "viz/report/distribution.hpp"

#include <algorithm>

namespace jobset_twin::viz::report {

void Distribution::add(api::Duration value, std::uint32_t whose) {
  if (values_.empty() || value > most_) {
    most_ = value;
    slowest_ = whose;
  }
  values_.push_back(value);
}

Summary Distribution::summary() const {
  Summary out;
  out.count = values_.size();
  if (values_.empty()) return out;
  std::vector<api::Duration> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  constexpr std::size_t kPercent = 100, kHalf = 50, kNearlyAll = 99;
  const auto rank = [&](std::size_t percent) {
    return sorted[(sorted.size() * percent + kPercent - 1) / kPercent - 1];
  };
  out.least = sorted.front();
  out.median = rank(kHalf);
  out.p99 = rank(kNearlyAll);
  out.most = sorted.back();
  return out;
}

}  // namespace jobset_twin::viz::report
