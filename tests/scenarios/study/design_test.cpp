#include "scenarios/study/design.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobset_twin::scenarios::study {
namespace {

using testing::ElementsAre;

double closest(const std::vector<SharePoint>& points) {
  double least = std::numeric_limits<double>::infinity();
  for (const SharePoint& a : points) {
    for (const SharePoint& b : points) {
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
      if (&a != &b) least = std::min(least, std::sqrt(sum));
    }
  }
  return least;
}

TEST(Design, CountOfTheFullFactorial) {
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  struct Case {
    std::vector<std::size_t> levels;
    std::optional<std::size_t> count;
  };
  const Case cases[] = {{{}, 1},
                        {{7}, 7},
                        {{2, 3, 4}, 24},
                        {std::vector<std::size_t>(63, 2), std::size_t{1} << 63},
                        {std::vector<std::size_t>(64, 2), {}},
                        {{most, 1}, most},
                        {{most, 2}, {}},
                        {{std::size_t{1} << 32, std::size_t{1} << 32}, {}},
                        {{(std::size_t{1} << 32) - 1, (std::size_t{1} << 32) + 1}, most}};
  for (const Case& one : cases) EXPECT_EQ(one.count, countOfFullFactorial(one.levels)) << one.levels.size();
}

TEST(Design, FullFactorialVariesTheFirstFactorSlowest) {
  EXPECT_THAT(fullFactorial({2, 1, 3}), ElementsAre(LevelPoint{0, 0, 0}, LevelPoint{0, 0, 1}, LevelPoint{0, 0, 2},
                                                    LevelPoint{1, 0, 0}, LevelPoint{1, 0, 1}, LevelPoint{1, 0, 2}));
  EXPECT_THAT(fullFactorial({}), ElementsAre(LevelPoint{}));
  const std::vector<LevelPoint> points = fullFactorial({4, 3, 2, 5});
  EXPECT_EQ(120U, std::set<LevelPoint>(points.begin(), points.end()).size());
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end()));
}

TEST(Design, OneAtATimeLeavesTheBaseByOneFactor) {
  EXPECT_THAT(oneAtATime({3, 1, 2}),
              ElementsAre(LevelPoint{0, 0, 0}, LevelPoint{1, 0, 0}, LevelPoint{2, 0, 0}, LevelPoint{0, 0, 1}));
  EXPECT_THAT(oneAtATime({}), ElementsAre(LevelPoint{}));
}

TEST(Design, LatinHypercubeHasOnePointInEachStratum) {
  struct Case {
    std::size_t factors, samples;
  };
  for (const Case& one : {Case{0, 3}, Case{1, 1}, Case{3, 0}, Case{1, 7}, Case{5, 40}, Case{2, 1001}, Case{1, 30000}}) {
    const std::vector<SharePoint> points = latinHypercube(one.factors, one.samples, 3);
    ASSERT_EQ(one.samples, points.size());
    for (std::size_t factor = 0; factor < one.factors; ++factor) {
      std::vector<int> found(one.samples);
      for (const SharePoint& point : points) {
        ASSERT_EQ(one.factors, point.size());
        ASSERT_GE(point[factor], 0);
        ASSERT_LT(point[factor], 1);
        ++found[static_cast<std::size_t>(std::floor(point[factor] * static_cast<double>(one.samples)))];
      }
      EXPECT_EQ(std::vector<int>(one.samples, 1), found) << one.samples << " samples, factor " << factor;
    }
  }
}

TEST(Design, LatinHypercubeIsAFunctionOfItsArguments) {
  EXPECT_EQ(latinHypercube(4, 20, 7), latinHypercube(4, 20, 7));
  EXPECT_NE(latinHypercube(4, 20, 7), latinHypercube(4, 20, 8));
}

// No factor is in order, nor goes with another: the largest of these correlations would be 1 then, and is 0.6 at most
// in a million of shuffled designs of 100 samples.
TEST(Design, LatinHypercubeShufflesEachFactor) {
  const std::vector<SharePoint> points = latinHypercube(3, 100, 5);
  const auto correlation = [&](auto&& a, auto&& b) {
    double sum = 0;
    for (std::size_t i = 0; i < points.size(); ++i) sum += (a(i) - 0.5) * (b(i) - 0.5);
    return std::abs(sum / static_cast<double>(points.size()) * 12);
  };
  const auto place = [](std::size_t i) { return static_cast<double>(i) / 100; };
  for (std::size_t factor = 0; factor < 3; ++factor) {
    const auto own = [&](std::size_t i) { return points[i][factor]; };
    const auto next = [&](std::size_t i) { return points[i][(factor + 1) % 3]; };
    EXPECT_LT(correlation(own, place), 0.6);
    EXPECT_LT(correlation(own, next), 0.6);
  }
}

// Within a stratum points lie anywhere: their places are not all the same, and are half a stratum on average.
TEST(Design, LatinHypercubeFillsItsStrata) {
  double sum = 0, least = 1, most = 0;
  for (const SharePoint& point : latinHypercube(1, 2000, 1)) {
    const double scaled = point[0] * 2000, within = scaled - std::floor(scaled);
    sum += within;
    least = std::min(least, within);
    most = std::max(most, within);
  }
  EXPECT_NEAR(0.5, sum / 2000, 4 * std::sqrt(1.0 / 12 / 2000));
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.99);
}

// The choice among 50 designs: with a single one, all but a few of these seeds have points that are closer.
TEST(Design, LatinHypercubeKeepsItsPointsApart) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) EXPECT_GT(closest(latinHypercube(2, 20, seed)), 0.09) << seed;
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
