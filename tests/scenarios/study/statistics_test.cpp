// The statistics of studies against published examples, values computed apart from them with 30 digits, and the shares
// of cases in which an interval has to hold what it is an interval of.
#include "scenarios/study/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using Values = std::vector<double>;
using Maybe = std::vector<std::optional<double>>;

// Hours of sleep that ten patients gained by two drugs (Student: The Probable Error of a Mean, Biometrika 1908): the
// data set `sleep` of R, whose t.test gives the intervals below.
const Values kFirstDrug = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
const Values kSecondDrug = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

Maybe maybe(const Values& values) { return {values.begin(), values.end()}; }

void expectInterval(double low, double high, const std::optional<Interval>& got, double tolerance = 1e-9) {
  ASSERT_TRUE(got);
  EXPECT_NEAR(low, got->low, tolerance);
  EXPECT_NEAR(high, got->high, tolerance);
}

Values exponentials(std::size_t count, kernel::Stream& from) {
  Values out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(kernel::exponential(from, 1));
  return out;
}

TEST(Statistics, PercentilesLieBetweenSortedValues) {
  const Values values = {1, 2, 4, 8, 16};
  const std::pair<double, double> cases[] = {{0, 1},     {0.1, 1.4},   {0.25, 2}, {0.5, 4},
                                             {0.6, 5.6}, {0.95, 14.4}, {1, 16}};
  for (const auto& [share, expected] : cases) EXPECT_NEAR(expected, percentileOf(values, share), 1e-12) << share;
  EXPECT_EQ(7, percentileOf({7}, 0.3));
}

TEST(Statistics, SummaryOfASample) {
  const Summary got = summarise(kFirstDrug, {0.5, 0.9}, 0.95);
  EXPECT_EQ(10U, got.count);
  EXPECT_NEAR(0.75, got.mean, 1e-12);
  EXPECT_NEAR(1.7890096577592, got.deviation, 1e-12);
  EXPECT_EQ(-1.6, got.least);
  EXPECT_EQ(3.7, got.most);
  expectInterval(-0.52978041352623, 2.0297804135262, got.mean_interval);
  ASSERT_EQ(2U, got.percentiles.size());
  EXPECT_NEAR(0.35, got.percentiles[0].value, 1e-12);
  EXPECT_NEAR(3.43, got.percentiles[1].value, 1e-12);
  // 99 %: t = 3.24983554 with 9 degrees.
  EXPECT_NEAR(3.24983554 * 1.7890096577592 / std::sqrt(10), summarise(kFirstDrug, {}, 0.99).mean_interval->halfWidth(),
              1e-7);
}

TEST(Statistics, SmallSamplesHaveNoIntervals) {
  EXPECT_EQ(0U, summarise({}).count);
  EXPECT_TRUE(summarise({}).percentiles.empty());
  const Summary one = summarise({3});
  EXPECT_EQ(3, one.mean);
  EXPECT_EQ(0, one.deviation);
  EXPECT_FALSE(one.mean_interval);
  EXPECT_EQ(3, one.percentiles.at(2).value);
  expectInterval(2 - 12.7062047362, 2 + 12.7062047362, summarise({1, 3}).mean_interval);
  Values nine(9);
  std::iota(nine.begin(), nine.end(), 0);
  EXPECT_FALSE(summarise(nine).percentiles.at(1).interval);
  nine.push_back(9);
  EXPECT_TRUE(summarise(nine).percentiles.at(1).interval);
}

TEST(Statistics, PercentilesNeedValuesBeyondThem) {
  const std::pair<double, std::size_t> fewest[] = {{0.5, 10}, {0.05, 60}, {0.95, 60}, {0.9, 30}, {0.75, 12}};
  for (const auto& [share, count] : fewest) {
    EXPECT_FALSE(summarise(Values(count - 1, 1), {share}).percentiles.at(0).interval) << share;
    EXPECT_TRUE(summarise(Values(count, 1), {share}).percentiles.at(0).interval) << share;
  }
}

// 0.1 + 0.1 + 0.1 is more than 0.3 in binary: like values must not get a deviation from that.
TEST(Statistics, LikeValuesHaveNoDeviation) {
  for (const std::size_t count : {3U, 10U, 17U}) {
    const Summary got = summarise(Values(count, 0.1), {0.5});
    EXPECT_EQ(0.1, got.mean);
    EXPECT_EQ(0, got.deviation);
    expectInterval(0.1, 0.1, got.mean_interval, 0);
    if (count >= 10) expectInterval(0.1, 0.1, got.percentiles[0].interval, 0);
  }
}

// The mean of 20 exponential times is skewed, so that the interval of Student holds it in 91.9 % of all cases (400,000
// of them, computed apart), not in 95 %. Four standard errors of 2,000 cases are 2.4 %.
TEST(Statistics, IntervalOfAMeanHoldsItAsOftenAsItShould) {
  kernel::Stream stream = kernel::stream(1, "test/exponential");
  int held = 0, narrow = 0;
  for (int i = 0; i < 2000; ++i) {
    const Values values = exponentials(20, stream);
    held += summarise(values, {}).mean_interval->holds(1);
    narrow += summarise(values, {}, 0.5).mean_interval->holds(1);
  }
  EXPECT_NEAR(0.919, held / 2000.0, 0.024);
  EXPECT_NEAR(0.5, narrow / 2000.0, 0.06);
}

// The k-th least value of a resample of n is at most the m-th of the sample with the probability that a binomial
// variate with n trials of m / n is k or more.
double resampledAtMost(int n, int k, int m) {
  const double p = static_cast<double>(m) / n;
  double sum = 0;
  for (int i = k; i <= n; ++i) {
    const double choices = std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1);
    const double misses = i == n ? 0 : (n - i) * std::log1p(-p);
    if (m < n || i == n) sum += std::exp(choices + i * std::log(p) + misses);
  }
  return sum;
}

TEST(Statistics, BootstrapOfARankIsTheBinomialLaw) {
  struct Case {
    int n;
    double share;
    int rank;  // (n - 1) * share + 1
  };
  for (const Case& one : {Case{101, 0.5, 51}, Case{101, 0.95, 96}, Case{101, 0.05, 6}, Case{21, 0.85, 18}}) {
    Values values(static_cast<std::size_t>(one.n));
    std::iota(values.begin(), values.end(), 1);
    const Interval got = *summarise(values, {one.share}, 0.9).percentiles.at(0).interval;
    int low = 1, high = 1;
    while (resampledAtMost(one.n, one.rank, low) < 0.05) ++low;
    while (resampledAtMost(one.n, one.rank, high) < 0.95) ++high;
    EXPECT_NEAR(low, got.low, 1) << one.n << " " << one.share;
    EXPECT_NEAR(high, got.high, 1) << one.n << " " << one.share;
  }
}

// The same by resampling in full: between two ranks, and at the ends.
Interval resampleInFull(const Values& values, double share) {
  kernel::Stream stream = kernel::stream(2, "test/resamples");
  Values found;
  for (int i = 0; i < 20000; ++i) {
    Values resample;
    for (std::size_t n = 0; n < values.size(); ++n) {
      resample.push_back(values[static_cast<std::size_t>(kernel::below(stream, values.size()))]);
    }
    std::sort(resample.begin(), resample.end());
    found.push_back(percentileOf(resample, share));
  }
  std::sort(found.begin(), found.end());
  return {percentileOf(found, 0.025), percentileOf(found, 0.975)};
}

TEST(Statistics, BootstrapIsThatOfWholeResamples) {
  Values values(40);
  std::iota(values.begin(), values.end(), 0);
  for (const double share : {0.08, 0.31, 0.92}) {
    const Interval full = resampleInFull(values, share);
    expectInterval(full.low, full.high, summarise(values, {share}).percentiles.at(0).interval, 1);
  }
  // Values so far apart that what lies between two of them is seen.
  Values powers(12);
  for (std::size_t i = 0; i < powers.size(); ++i) powers[i] = std::exp2(i);
  for (const double share : {0.3, 0.5, 0.7}) {
    const Interval full = resampleInFull(powers, share), got = *summarise(powers, {share}).percentiles.at(0).interval;
    EXPECT_NEAR(1, got.low / full.low, 0.1) << share;
    EXPECT_NEAR(1, got.high / full.high, 0.1) << share;
  }
}

TEST(Statistics, BootstrapHoldsThePercentile) {
  kernel::Stream stream = kernel::stream(3, "test/percentile");
  int median = 0, upper = 0;
  for (int i = 0; i < 500; ++i) {
    const Summary got = summarise(exponentials(200, stream), {0.5, 0.9});
    median += got.percentiles[0].interval->holds(std::log(2));
    upper += got.percentiles[1].interval->holds(std::log(10));
  }
  EXPECT_NEAR(0.95, median / 500.0, 0.04);
  EXPECT_NEAR(0.95, upper / 500.0, 0.04);
}

TEST(Statistics, BootstrapDependsOnTheValuesOnly) {
  kernel::Stream stream = kernel::stream(4, "test/repeat");
  Values values = exponentials(300, stream);
  const Summary first = summarise(values, {0.05, 0.5, 0.95});
  std::reverse(values.begin(), values.end());
  const Summary second = summarise(values, {0.95});
  expectInterval(first.percentiles[2].interval->low, first.percentiles[2].interval->high,
                 second.percentiles[0].interval, 0);
}

// Ranks as in published tables of the sign test's intervals.
TEST(Statistics, MedianIntervalByRanks) {
  struct Case {
    std::size_t count;
    double confidence;
    int low, high;  // 0: none
  };
  const Case cases[] = {{0, 0.95, 0, 0},   {1, 0.95, 0, 0},     {5, 0.95, 0, 0},       {6, 0.95, 1, 6},
                        {8, 0.95, 1, 8},   {9, 0.95, 2, 8},     {10, 0.95, 2, 9},      {20, 0.95, 6, 15},
                        {25, 0.95, 8, 18}, {100, 0.95, 40, 61}, {7, 0.99, 0, 0},       {8, 0.99, 1, 8},
                        {20, 0.99, 4, 17}, {50, 0.99, 16, 35},  {1000, 0.95, 469, 532}};
  for (const Case& one : cases) {
    Values values(one.count);
    std::iota(values.rbegin(), values.rend(), 1);
    const std::optional<Interval> got = medianInterval(values, one.confidence);
    EXPECT_EQ(one.low, got ? got->low : 0) << one.count;
    EXPECT_EQ(one.high, got ? got->high : 0) << one.count;
  }
}

TEST(Statistics, SharesByWilson) {
  struct Case {
    std::uint64_t hits, trials;
    double low, high;
  };
  // 81 of 263, 15 of 148, 0 of 20: Newcombe, Statistics in Medicine 17 (1998), table I.
  const Case cases[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605},  {0, 20, 0, 0.1611},
                        {1, 10, 0.01788, 0.40415}, {15, 50, 0.19104, 0.43750}, {10, 10, 0.72247, 1}};
  for (const Case& one : cases) expectInterval(one.low, one.high, shareInterval(one.hits, one.trials), 6e-5);
  for (const std::uint64_t trials : {1U, 3U, 10U, 1000U}) {
    EXPECT_EQ(0, shareInterval(0, trials).low);
    EXPECT_EQ(1, shareInterval(trials, trials).high);
  }
  EXPECT_GT(shareInterval(5, 10, 0.99).halfWidth(), shareInterval(5, 10, 0.9).halfWidth());
}

TEST(Statistics, PairsOfThePublishedExample) {
  const Difference got = pairedDifference(maybe(kFirstDrug), maybe(kSecondDrug));
  EXPECT_EQ(10U, got.pairs);
  EXPECT_NEAR(1.58, got.mean, 1e-12);
  EXPECT_NEAR(1.2299954832799, got.deviation, 1e-12);
  expectInterval(0.70011423672302, 2.459885763277, got.interval);
  expectInterval(0.70011423672302, 2.459885763277, got.joint);
  EXPECT_EQ(Verdict::kFirstIsLess, got.verdict);
  EXPECT_EQ(Verdict::kFirstIsMore, pairedDifference(maybe(kSecondDrug), maybe(kFirstDrug)).verdict);
}

// With 5 comparisons each interval is one of 99 %; with 50 the difference can no longer be told.
TEST(Statistics, JointIntervalsAndTheirVerdict) {
  const Difference five = pairedDifference(maybe(kFirstDrug), maybe(kSecondDrug), 5);
  expectInterval(0.70011423672302, 2.459885763277, five.interval);
  expectInterval(0.31594811489517, 2.8440518851048, five.joint);
  EXPECT_EQ(Verdict::kFirstIsLess, five.verdict);
  const Difference fifty = pairedDifference(maybe(kFirstDrug), maybe(kSecondDrug), 50);
  EXPECT_NEAR(-0.27957765844574, fifty.joint->low, 1e-9);
  EXPECT_GT(fifty.interval->low, 0);
  EXPECT_EQ(Verdict::kNoDifference, fifty.verdict);
}

// All of ten joint intervals hold in 95 % of the cases; of ten intervals for themselves 60 % would.
TEST(Statistics, JointIntervalsHoldTogether) {
  kernel::Stream stream = kernel::stream(5, "test/joint");
  int joint = 0, own = 0;
  for (int i = 0; i < 1000; ++i) {
    bool all_joint = true, all_own = true;
    for (int n = 0; n < 10; ++n) {
      Maybe a, b;
      for (int k = 0; k < 8; ++k) {
        a.emplace_back(kernel::normal(stream));
        b.emplace_back(kernel::normal(stream));
      }
      const Difference got = pairedDifference(a, b, 10);
      all_joint = all_joint && got.joint->holds(0);
      all_own = all_own && got.interval->holds(0);
    }
    joint += all_joint;
    own += all_own;
  }
  EXPECT_NEAR(0.953, joint / 1000.0, 0.03);  // (1 - 0.005)^10
  EXPECT_NEAR(0.599, own / 1000.0, 0.06);    // 0.95^10
}

TEST(Statistics, MissingValuesLeavePairsOut) {
  const Difference got = pairedDifference({1, {}, 3, 4, {}, 6, 7}, {2, 2, {}, 6, {}, {}, 10});
  EXPECT_EQ(3U, got.pairs);
  EXPECT_EQ(2U, got.only_a);
  EXPECT_EQ(1U, got.only_b);
  EXPECT_EQ(2, got.mean);
  EXPECT_EQ(1, got.deviation);
}

TEST(Statistics, VerdictsOfPlainCases) {
  struct Case {
    Maybe a, b;
    Verdict verdict;
    std::optional<double> width;  // of the interval, if there is one
  };
  const Case cases[] = {
      {{}, {}, Verdict::kNothingToCompare, {}},
      {{1}, {1}, Verdict::kNothingToCompare, {}},
      {{1, 2}, {{}, 2}, Verdict::kNothingToCompare, {}},
      {{1, 2, {}}, {1, 2, 7}, Verdict::kEqual, 0},
      {{5, 9}, {6, 10}, Verdict::kFirstIsLess, 0},
      {{5, 9, 7}, {4, 8, 6}, Verdict::kFirstIsMore, 0},
      {{1, 2}, {2, 1}, Verdict::kNoDifference, 2 * 12.7062047362},
  };
  for (const Case& one : cases) {
    const Difference got = pairedDifference(one.a, one.b, 3);
    EXPECT_EQ(one.verdict, got.verdict) << one.a.size();
    EXPECT_EQ(one.width.has_value(), got.interval.has_value());
    EXPECT_EQ(one.width.has_value(), got.joint.has_value());
    if (got.interval) {
      EXPECT_NEAR(one.width.value_or(-1), 2 * got.interval->halfWidth(), 1e-9);
    }
  }
  EXPECT_EQ(1, pairedDifference({4}, {5}).mean);
}

TEST(Statistics, IndependentSamplesOfThePublishedExample) {
  const Difference got = independentDifference(kFirstDrug, kSecondDrug);
  EXPECT_EQ(0U, got.pairs);
  EXPECT_EQ(10U, got.only_a);
  EXPECT_NEAR(1.58, got.mean, 1e-12);
  EXPECT_NEAR(2.6850615552638, got.deviation, 1e-12);
  expectInterval(-0.20548323071171, 3.3654832307117, got.interval);
  EXPECT_EQ(Verdict::kNoDifference, got.verdict);
  const Values four(kSecondDrug.begin(), kSecondDrug.begin() + 4);  // 11.82 degrees of freedom
  expectInterval(-1.2535896578654, 1.7035896578654, independentDifference(kFirstDrug, four).interval);
}

TEST(Statistics, IndependentSamplesOfPlainCases) {
  struct Case {
    Values a, b;
    Verdict verdict;
  };
  const Case cases[] = {{{}, {1, 2}, Verdict::kNothingToCompare},      {{1}, {1, 2}, Verdict::kNothingToCompare},
                        {{4, 4}, {4, 4, 4}, Verdict::kEqual},          {{4, 4}, {5, 5}, Verdict::kFirstIsLess},
                        {{5, 5}, {4, 4, 4}, Verdict::kFirstIsMore},    {{4, 4}, {4, 5}, Verdict::kNoDifference},
                        {{1, 2, 3}, {101, 102}, Verdict::kFirstIsLess}};
  for (const Case& one : cases) {
    const Difference got = independentDifference(one.a, one.b, 2);
    EXPECT_EQ(one.verdict, got.verdict) << one.a.size() << " " << one.b.size();
    EXPECT_EQ(one.verdict != Verdict::kNothingToCompare, got.interval.has_value());
  }
}

// What common random numbers are for: noise that both alternatives share goes away in the pairs.
TEST(Statistics, PairsWithCommonNoiseAreNarrower) {
  kernel::Stream stream = kernel::stream(6, "test/common");
  for (int i = 0; i < 50; ++i) {
    Values a, b;
    for (int k = 0; k < 15; ++k) {
      const double common = kernel::normal(stream, 100, 10);
      a.push_back(common + kernel::normal(stream));
      b.push_back(common + kernel::normal(stream) + 3);
    }
    const Difference pairs = pairedDifference(maybe(a), maybe(b)), apart = independentDifference(a, b);
    EXPECT_LT(pairs.interval->halfWidth(), apart.interval->halfWidth() / 2);
    EXPECT_EQ(Verdict::kNoDifference, apart.verdict);
    EXPECT_EQ(Verdict::kFirstIsLess, pairs.verdict);
  }
}

TEST(Statistics, HowManyReplications) {
  struct Case {
    double half_width, confidence;
    std::size_t expected;
  };
  // By trying one n after the other; 10 values give 1.28.
  for (const Case& one : {Case{2, 0.95, 10}, Case{1.5, 0.95, 10}, Case{1, 0.95, 15}, Case{0.5, 0.95, 52},
                          Case{0.2, 0.95, 310}, Case{0.5, 0.99, 89}}) {
    EXPECT_EQ(one.expected, replicationsFor(kFirstDrug, one.half_width, one.confidence)) << one.half_width;
  }
  EXPECT_EQ(2U, replicationsFor({5, 5}, 1e-9));
  EXPECT_EQ(1'000'000'000'000'000U, replicationsFor({0, 1e9}, 1e-9));
  // Far out it is the law of the normal distribution: (1.959964 / 0.0001)^2 * 0.5.
  EXPECT_NEAR(192072941, static_cast<double>(replicationsFor({0, 1}, 1e-4)), 100);
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
