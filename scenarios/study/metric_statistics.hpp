// metric_statistics.hpp - the statistics of a metric by what it is: a share that is 0 or 1 in each run ("completed") is
// counted exactly (shares.hpp), all else is a number (statistics.hpp). At 95 %.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

// The interval of a share's mean is within [0, 1].
Summary summariseMetric(std::string_view metric, std::vector<double> values,
                        const std::vector<double>& shares = {0.05, 0.5, 0.95});

Difference pairedMetric(std::string_view metric, const std::vector<std::optional<double>>& a,
                        const std::vector<std::optional<double>>& b, std::size_t comparisons);
Difference independentMetric(std::string_view metric, const std::vector<double>& a, const std::vector<double>& b,
                             std::size_t comparisons);

// Requires: 2 values, half_width > 0.
std::size_t replicationsForMetric(std::string_view metric, const std::vector<double>& values, double half_width);

}  // namespace jobset_twin::scenarios::study
