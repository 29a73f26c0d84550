#include "scenarios/study/metric_statistics.hpp"

#include <algorithm>

#include "scenarios/study/figures.hpp"
#include "scenarios/study/shares.hpp"

namespace jobset_twin::scenarios::study {
namespace {

bool isShare(std::string_view metric) {
  const MetricInfo* info = findMetric(metric);
  return info && info->unit == Unit::kShare;
}

bool zeroOrOne(double value) { return value == 0 || value == 1; }

// Counts may be 0 or 1, too, but their mean is no chance, and what bounds a chance does not bound it.
bool yesOrNo(std::string_view metric, const std::vector<double>& values) {
  return isShare(metric) && std::all_of(values.begin(), values.end(), zeroOrOne);
}

bool yesOrNo(std::string_view metric, const std::vector<std::optional<double>>& values) {
  return isShare(metric) &&
         std::all_of(values.begin(), values.end(), [](const auto& value) { return !value || zeroOrOne(*value); });
}

}  // namespace

Summary summariseMetric(std::string_view metric, std::vector<double> values, const std::vector<double>& shares) {
  const bool exact = yesOrNo(metric, values);
  Summary out = summarise(std::move(values), shares);
  if (!out.mean_interval || !isShare(metric)) return out;
  if (exact) {
    const double hits = out.mean * static_cast<double>(out.count);
    out.mean_interval = exactShareInterval(static_cast<std::uint64_t>(hits + 0.5), out.count);
  } else {
    out.mean_interval = {std::max(0.0, out.mean_interval->low), std::min(1.0, out.mean_interval->high)};
  }
  return out;
}

Difference pairedMetric(std::string_view metric, const std::vector<std::optional<double>>& a,
                        const std::vector<std::optional<double>>& b, std::size_t comparisons) {
  return yesOrNo(metric, a) && yesOrNo(metric, b) ? pairedShares(a, b, comparisons)
                                                  : pairedDifference(a, b, comparisons);
}

Difference independentMetric(std::string_view metric, const std::vector<double>& a, const std::vector<double>& b,
                             std::size_t comparisons) {
  return yesOrNo(metric, a) && yesOrNo(metric, b) ? independentShares(a, b, comparisons)
                                                  : independentDifference(a, b, comparisons);
}

std::size_t replicationsForMetric(std::string_view metric, const std::vector<double>& values, double half_width) {
  return yesOrNo(metric, values) ? replicationsForShare(values, half_width) : replicationsFor(values, half_width);
}

}  // namespace jobset_twin::scenarios::study
