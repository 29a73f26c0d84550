// shares.hpp - how often something happened, from runs in which it did (1) or did not (0): exact intervals and tests of
// the binomial law. Values that happen to be all alike are no certainty here: something that was seen in 10 of 10 runs
// may fail in every fourth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

// Clopper and Pearson's: holds the share at least as often as it says, whatever the share is. Requires trials > 0,
// hits <= trials. It lies evenly around hits / trials only in the middle; of 10 of 10 it is [0.692, 1].
Interval exactShareInterval(std::uint64_t hits, std::uint64_t trials, double confidence = 0.95);

// Of b - a, by pairs, as pairedDifference. Whether there is a difference says the sign test of the pairs that differ
// (McNemar's, exact): five of them cannot show one at 95 %, six that all point the same way can. The interval is that
// of the two kinds of pairs that differ, exact each, put together (MOVER: Zou and Donner 2008) and ended at zero where
// the test speaks; it holds the difference at least as often as it says. Requires: values are 0 or 1.
Difference pairedShares(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b,
                        std::size_t comparisons = 1, double confidence = 0.95);

// Two independent samples, as independentDifference; by the exact intervals of both, put together the same way.
Difference independentShares(const std::vector<double>& a, const std::vector<double>& b, std::size_t comparisons = 1,
                             double confidence = 0.95);

// How many replications in all would make half the width of the exact interval so narrow, were the share to stay as it
// is. At least as many as there are. Requires: a value, half_width > 0.
std::size_t replicationsForShare(const std::vector<double>& values, double half_width, double confidence = 0.95);

}  // namespace jobset_twin::scenarios::study
