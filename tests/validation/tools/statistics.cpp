#include "tests/validation/tools/statistics.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "engine/api/check.hpp"

namespace jobset_twin::validation {

Estimate meanOf(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  TWIN_ASSERT(values.size() >= 2, "an interval needs two replications", values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const boost::math::students_t law(n - 1);
  const double half = boost::math::quantile(law, (1 + kConfidence) / 2) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half, values.size()};
}

Estimate shareOf(std::uint64_t hits, std::uint64_t trials) {
  const auto n = static_cast<double>(trials), k = static_cast<double>(hits);
  using Law = boost::math::binomial_distribution<>;
  const double tail = (1 - kConfidence) / 2;
  return {k / n, Law::find_lower_bound_on_p(n, k, tail), Law::find_upper_bound_on_p(n, k, tail), trials};
}

double quantileOf(std::vector<double>& values, double share) {
  TWIN_ASSERT(!values.empty() && share > 0 && share <= 1, "a quantile of something", share);
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))) - 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace jobset_twin::validation
