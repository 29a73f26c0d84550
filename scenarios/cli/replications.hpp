// replications.hpp - `run --replications N`: the same scenario with N seeds, and what its times come to: median, 95th
// percentile and 95 % confidence interval.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cli/invocation.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/run_input.hpp"

namespace jobset_twin::cli {

struct Summary {
  std::size_t count = 0;
  double mean = 0, median = 0, p95 = 0, least = 0, most = 0;
  // Of the median, from order statistics (no assumption on the distribution). Needs 6 values at least.
  std::optional<double> median_low, median_high;
  // Of the mean, Student's t. Needs 2.
  std::optional<double> mean_low, mean_high;
};
// Percentiles by linear interpolation between the sorted values (as R's type 7).
Summary summarise(std::vector<double> values);

int runReplications(const RunOptions& options, RunInput& input, Invocation& invocation);

}  // namespace jobset_twin::cli
