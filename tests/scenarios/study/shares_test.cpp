// Exact shares against published examples, and by the law of the trials: how often an interval holds what it is an
// interval of is added up over all that may be seen.
#include "scenarios/study/shares.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::study {
namespace {

using Maybe = std::vector<std::optional<double>>;

// So many pairs of which only a has it, only b has it, and neither.
Difference pairs(std::size_t only_a, std::size_t only_b, std::size_t neither, std::size_t comparisons = 1) {
  Maybe a(only_a + only_b + neither, 0.0), b = a;
  for (std::size_t i = 0; i < only_a; ++i) a[i] = 1.0;
  for (std::size_t i = 0; i < only_b; ++i) b[only_a + i] = 1.0;
  return pairedShares(a, b, comparisons);
}

// 0 of n: the upper end is 1 - 0.025^(1 / n). 81 of 263, 15 of 148 and 1 of 29 are in Newcombe: Two-sided confidence
// intervals for the single proportion, 1998.
TEST(Shares, ExactIntervals) {
  struct Case {
    std::uint64_t hits, trials;
    double low, high, tolerance;
  };
  const Case cases[] = {{10, 10, 0.69150, 1, 1e-5},      {0, 10, 0, 0.30850, 1e-5},
                        {0, 20, 0, 0.16843, 1e-5},       {81, 263, 0.2527, 0.3676, 1e-4},
                        {15, 148, 0.0578, 0.1617, 1e-4}, {1, 29, 0.0009, 0.1776, 1e-4}};
  for (const Case& one : cases) {
    const Interval got = exactShareInterval(one.hits, one.trials);
    EXPECT_NEAR(got.low, one.low, one.tolerance) << one.hits;
    EXPECT_NEAR(got.high, one.high, one.tolerance) << one.hits;
  }
}

TEST(Shares, TheSignTestDecidesOfPairs) {
  struct Case {
    std::size_t only_a, only_b, neither, comparisons;
    Verdict verdict;
  };
  const Case cases[] = {{0, 0, 10, 1, Verdict::kEqual},        {0, 2, 0, 1, Verdict::kNoDifference},
                        {0, 5, 35, 1, Verdict::kNoDifference}, {0, 6, 34, 1, Verdict::kFirstIsLess},
                        {6, 0, 34, 1, Verdict::kFirstIsMore},  {0, 6, 34, 2, Verdict::kNoDifference},
                        {0, 7, 0, 2, Verdict::kFirstIsLess},   {1, 7, 20, 1, Verdict::kNoDifference},
                        {1, 8, 20, 1, Verdict::kFirstIsLess},  {10, 10, 0, 1, Verdict::kNoDifference}};
  for (const Case& one : cases) {
    const Difference got = pairs(one.only_a, one.only_b, one.neither, one.comparisons);
    EXPECT_EQ(got.verdict, one.verdict) << one.only_a << " " << one.only_b;
    // What is said and what is shown agree.
    const bool open = got.joint->low < 0 && got.joint->high > 0;
    const bool sure = one.verdict == Verdict::kFirstIsLess || one.verdict == Verdict::kFirstIsMore;
    EXPECT_FALSE(sure && open) << one.only_a << " " << one.only_b;
    EXPECT_TRUE(sure || got.joint->holds(0)) << one.only_a << " " << one.only_b;
    EXPECT_GT(got.joint->halfWidth(), 0);
  }
  EXPECT_FALSE(pairs(0, 1, 0).joint);
}

double lawOf(int n, int only_a, int only_b, double p, double q) {
  const auto power = [](double base, int exponent) { return exponent == 0 ? 1 : std::pow(base, exponent); };
  const double choices =
      std::lgamma(n + 1) - std::lgamma(only_a + 1) - std::lgamma(only_b + 1) - std::lgamma(n - only_a - only_b + 1);
  return std::exp(choices) * power(p, only_a) * power(q, only_b) * power(std::max(0.0, 1 - p - q), n - only_a - only_b);
}

TEST(Shares, IntervalsOfPairsHoldTheDifferenceAsOftenAsTheySay) {
  constexpr int kSteps = 10;
  for (const int n : {5, 10, 20}) {
    std::vector<std::tuple<int, int, Interval>> seen;
    for (int a = 0; a <= n; ++a) {
      for (int b = 0; a + b <= n; ++b)
        seen.emplace_back(
            a, b,
            *pairs(static_cast<std::size_t>(a), static_cast<std::size_t>(b), static_cast<std::size_t>(n - a - b))
                 .interval);
    }
    for (int i = 0; i <= kSteps; ++i) {
      for (int k = 0; i + k <= kSteps; ++k) {
        const double p = static_cast<double>(i) / kSteps, q = static_cast<double>(k) / kSteps;
        double held = 0;
        for (const auto& [a, b, interval] : seen) {
          const bool holds = interval.low <= q - p + 1e-12 && q - p - 1e-12 <= interval.high;
          held += holds ? lawOf(n, a, b, p, q) : 0;
        }
        EXPECT_GE(held, 0.95) << n << " pairs, " << p << " " << q;
      }
    }
  }
}

TEST(Shares, SamplesThatAreAllAlikeAreNoCertainty) {
  const std::vector<double> none(2, 0.0), all(2, 1.0), many_none(20, 0.0), many_all(20, 1.0);
  EXPECT_EQ(independentShares(none, all).verdict, Verdict::kNoDifference);
  EXPECT_EQ(independentShares(many_none, many_all).verdict, Verdict::kFirstIsLess);
  EXPECT_EQ(independentShares(many_all, many_none).verdict, Verdict::kFirstIsMore);
  EXPECT_EQ(independentShares(many_all, many_all).verdict, Verdict::kEqual);
}

// 1 - 0.025^(1 / n) is at most 2 * 0.01 from n = 183 on.
TEST(Shares, ReplicationsThatTheExactIntervalTakes) {
  EXPECT_EQ(replicationsForShare({1, 1, 1}, 0.01), 183U);
  EXPECT_EQ(replicationsForShare({0, 0}, 0.01), 183U);
  EXPECT_EQ(replicationsForShare(std::vector<double>(300, 1.0), 0.01), 300U);
  const std::size_t half = replicationsForShare({0, 1}, 0.05);
  EXPECT_LE(exactShareInterval(half / 2, half).halfWidth(), 0.0502);
  EXPECT_GT(half, 384U);  // of the normal law
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
