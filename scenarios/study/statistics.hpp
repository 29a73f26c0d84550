// statistics.hpp - estimates with intervals, from independent replications: means by Student's t, percentiles by the
// bootstrap, and differences of pairs that had the same luck (common random numbers). Plain values in, plain values
// out; resampling uses the kernel's counter-based streams, so that the same values give the same intervals anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jobset_twin::scenarios::study {

struct Interval {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
  double halfWidth() const { return (high - low) / 2; }
};

// Percentile by linear interpolation between sorted values (R's type 7). Requires: sorted, not empty, 0 <= share <= 1.
double percentileOf(const std::vector<double>& sorted, double share);

struct Percentile {
  double share = 0.5, value = 0;
  std::optional<Interval> interval;  // bootstrap of percentiles; absent with fewer than 10 values
};

struct Summary {
  std::size_t count = 0;
  double mean = 0, deviation = 0, least = 0, most = 0;  // deviation: of the sample, 0 for one value
  std::optional<Interval> mean_interval;                // needs 2 values
  std::vector<Percentile> percentiles;                  // of the shares that were asked for
};
// confidence: of all intervals, in (0, 1).
Summary summarise(std::vector<double> values, const std::vector<double>& shares = {0.05, 0.5, 0.95},
                  double confidence = 0.95);

// The median's interval from order statistics, without any assumption; needs 6 values.
std::optional<Interval> medianInterval(std::vector<double> values, double confidence = 0.95);

// A share of trials (Wilson's score interval); requires trials > 0.
Interval shareInterval(std::uint64_t hits, std::uint64_t trials, double confidence = 0.95);

enum class Verdict : std::uint8_t { kNothingToCompare, kNoDifference, kFirstIsLess, kFirstIsMore, kEqual };

// Of b - a, by pairs: values of the same replication. Those of which one is missing are left out, and counted.
struct Difference {
  std::size_t pairs = 0, only_a = 0, only_b = 0;
  double mean = 0, deviation = 0;
  std::optional<Interval> interval;              // for itself
  std::optional<Interval> joint;                 // holds together with those of the other comparisons (Bonferroni)
  Verdict verdict = Verdict::kNothingToCompare;  // by `joint`; kEqual: all pairs are equal
};
// comparisons: how many are made and looked at together; at least 1. a and b: by replication, of the same length.
Difference pairedDifference(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b,
                            std::size_t comparisons = 1, double confidence = 0.95);

// Two independent samples (Welch), for results of different seeds.
Difference independentDifference(const std::vector<double>& a, const std::vector<double>& b,
                                 std::size_t comparisons = 1, double confidence = 0.95);

// How many replications in all would make the interval of a mean so narrow, judging by these values. At least as many
// as there are. Requires: 2 values, half_width > 0.
std::size_t replicationsFor(const std::vector<double>& values, double half_width, double confidence = 0.95);

}  // namespace jobset_twin::scenarios::study
