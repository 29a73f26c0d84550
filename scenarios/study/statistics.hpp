// statistics.hpp - estimates with intervals, from independent replications: means by Student's t, percentiles by the
// bootstrap, and differences of pairs that had the same luck (common random numbers). Plain values in, plain values
// out; resampling uses the kernel's counter-based streams, so that the same values give the same intervals anywhere.
//
// Required of all: values are finite, confidence is in (0, 1), comparisons is at least 1 (asserted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace jobset_twin::scenarios::study {

struct Interval {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
  double halfWidth() const { return (high - low) / 2; }
};

// What an interval leaves out, on both sides together; of each of several that are to hold together.
double outsideOf(double confidence, std::size_t comparisons = 1);

// Percentile by linear interpolation between sorted values (R's type 7). Requires: sorted, not empty, 0 <= share <= 1.
double percentileOf(const std::vector<double>& sorted, double share);

// The interval is a bootstrap: the middle part (by confidence) of the percentiles of 2,000 resamples. No resample is
// made: its two order statistics at the percentile are those of uniform numbers, looked up in the values, and ratios of
// gamma variates give uniform order statistics; so the cost does not grow with the number of values. No resample has
// what lies beyond the least and the most value: where fewer than 3 values are to be expected beyond a percentile (95 %
// of fewer than 60) the interval would be far too narrow (95 % of 10 values: right in 40 % of all cases).
struct Percentile {
  double share = 0.5, value = 0;
  std::optional<Interval> interval;  // absent with fewer than 10 values, and fewer than 3 beyond
};

struct Summary {
  std::size_t count = 0;
  double mean = 0, deviation = 0, least = 0, most = 0;  // deviation: of the sample, 0 for one value
  std::optional<Interval> mean_interval;                // needs 2 values
  std::vector<Percentile> percentiles;                  // of the shares that were asked for; none without values
};
// confidence: of each interval for itself. About a millisecond for each share.
Summary summarise(std::vector<double> values, const std::vector<double>& shares = {0.05, 0.5, 0.95},
                  double confidence = 0.95);

// The median's interval from order statistics, without any assumption; needs 6 values at 95 %, 8 at 99 %.
std::optional<Interval> medianInterval(std::vector<double> values, double confidence = 0.95);

// A share of trials (Wilson's score interval); requires trials > 0, hits <= trials.
Interval shareInterval(std::uint64_t hits, std::uint64_t trials, double confidence = 0.95);

enum class Verdict : std::uint8_t { kNothingToCompare, kNoDifference, kFirstIsLess, kFirstIsMore, kEqual };

// Of b - a, by pairs: values of the same replication. Those of which one is missing are left out, and counted.
// A difference that is the same in all pairs has an interval without width, and is a difference if it is not zero.
struct Difference {
  std::size_t pairs = 0, only_a = 0, only_b = 0;
  double mean = 0, deviation = 0;                // of the differences; needs 1 pair, 2
  std::optional<Interval> interval;              // for itself; needs 2 pairs
  std::optional<Interval> joint;                 // holds together with those of the other comparisons (Bonferroni)
  Verdict verdict = Verdict::kNothingToCompare;  // by `joint`; kEqual: all pairs are equal
};
// comparisons: how many are made and looked at together. a and b: by replication, of the same length.
Difference pairedDifference(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b,
                            std::size_t comparisons = 1, double confidence = 0.95);

// Two independent samples (Welch's t, degrees of freedom by Welch and Satterthwaite), for results of different seeds.
// There are no pairs; only_a and only_b are the sizes of the samples, of which each must be 2. deviation: of the
// difference between one value of each. kEqual: all values of both are the same.
Difference independentDifference(const std::vector<double>& a, const std::vector<double>& b,
                                 std::size_t comparisons = 1, double confidence = 0.95);

// How many replications in all would make the interval of a mean so narrow, judging by these values: the least n with
// t(n - 1) * deviation / sqrt(n) <= half_width. At least as many as there are, at most 10^15. Requires: 2 values,
// half_width > 0.
std::size_t replicationsFor(const std::vector<double>& values, double half_width, double confidence = 0.95);

// The least count from `few` on that is enough, at most 10^15; more is enough, too.
std::size_t leastCount(std::size_t few, const std::function<bool(std::size_t)>& enough);

}  // namespace jobset_twin::scenarios::study
