#include "scenarios/study/factor_coding.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace jobset_twin::scenarios::study {
namespace {

using Eigen::Index;

constexpr std::size_t kMostCategories = 4;  // levels of a factor that has numbers; with more it is a quantity

// The last of the levels that were seen is minus the sum of the others.
FactorCoding categoryCoding(const std::set<std::size_t>& seen, std::size_t levels) {
  const Index count = static_cast<Index>(seen.size()) - 1;
  FactorCoding out{Eigen::MatrixXd::Zero(static_cast<Index>(levels), count), count};
  Index column = 0;
  for (const std::size_t level : seen) {
    const auto row = static_cast<Index>(level);
    if (column < count) out.by_level(row, column++) = 1;
    if (level == *seen.rbegin()) out.by_level.row(row).setConstant(-1);
  }
  return out;
}

FactorCoding quantityCoding(const std::vector<double>& numbers, const std::vector<ScreeningRun>& runs,
                            std::size_t factor) {
  const auto n = static_cast<double>(runs.size());
  double mean = 0, variance = 0;
  for (const ScreeningRun& run : runs) mean += numbers[run.levels[factor]] / n;
  for (const ScreeningRun& run : runs) variance += std::pow(numbers[run.levels[factor]] - mean, 2) / n;
  FactorCoding out{Eigen::MatrixXd::Zero(static_cast<Index>(numbers.size()), 2), 1};
  for (std::size_t level = 0; level < numbers.size(); ++level) {
    const double value = variance > 0 ? (numbers[level] - mean) / std::sqrt(variance) : 0;
    out.by_level.row(static_cast<Index>(level)) << value, value * value;
  }
  return out;
}

}  // namespace

std::size_t pointsOf(const std::vector<ScreeningRun>& runs) {
  std::set<std::vector<std::size_t>> points;
  for (const ScreeningRun& run : runs) points.insert(run.levels);
  return points.size();
}

std::vector<FactorCoding> codingsOf(const std::vector<ScreeningFactor>& factors,
                                    const std::vector<ScreeningRun>& runs) {
  std::vector<std::set<std::size_t>> seen(factors.size());
  for (const ScreeningRun& run : runs) {
    for (std::size_t i = 0; i < factors.size(); ++i) seen[i].insert(run.levels[i]);
  }
  const std::size_t points = pointsOf(runs);
  const auto varying = std::count_if(seen.begin(), seen.end(), [](const auto& levels) { return levels.size() > 1; });
  std::vector<FactorCoding> out;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const bool level_a_point = varying > 1 && points > 2 && seen[i].size() == points;
    if (!factors[i].numbers.empty() && (seen[i].size() > kMostCategories || level_a_point)) {
      out.push_back(quantityCoding(factors[i].numbers, runs, i));
    } else {
      out.push_back(categoryCoding(seen[i], factors[i].levels.size()));
    }
  }
  return out;
}

}  // namespace jobset_twin::scenarios::study
