// Spares by probability: published and computed figures (docs/validation.md E.5, E.6), and the two ways against each
// other.
#include "scenarios/planning/spares.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

TEST(Spares, AreThePercentileOfABinomial) {
  struct Case {
    double down;
    int spares;
  };
  for (const auto& [down, spares] : {Case{0.0005, 3}, {0.001, 4}, {0.002, 6}, {0.005, 11}, {0.01, 18}})
    EXPECT_EQ(binomialSpares(1024, down, 0.99), spares) << down;
  // Four spares are right from just above one share of failed nodes to another.
  EXPECT_EQ(binomialSpares(1024, 8.0480e-4, 0.99), 3);
  EXPECT_EQ(binomialSpares(1024, 8.0482e-4, 0.99), 4);
  EXPECT_EQ(binomialSpares(1024, 1.25079e-3, 0.99), 4);
  EXPECT_EQ(binomialSpares(1024, 1.25081e-3, 0.99), 5);
  EXPECT_EQ(binomialSpares(1024, 0, 0.99), 0);
}

// 608 GPUs in nodes of four, of which one in all fails each 1.9 hours: so many GPUs were published for a month.
TEST(Spares, ForAMonthOfAJobOf608Gpus) {
  constexpr double kMonth = 730, kNodes = 152, kMtbf = 1.9 * kNodes;
  EXPECT_EQ(4 * periodSpares(152, kMtbf, 2.2, kMonth, 0.99), 32);
  EXPECT_EQ(4 * periodSpares(152, kMtbf, 5.0 / 60, kMonth, 0.99), 12);
}

// Without spares the first failure is the end: an exponential time.
TEST(Spares, NoneLastUntilTheFirstFailure) {
  EXPECT_NEAR(lastsWith(0, 100, 1000, 10, 7), std::exp(-0.7), 1e-12);
  // One spare and no repair: two failures, of 101 and then of 100 nodes.
  const double a = 0.101, b = 0.1, t = 7, both = (a * std::exp(-b * t) - b * std::exp(-a * t)) / (a - b);
  EXPECT_NEAR(lastsWith(1, 100, 1000, 1e12, t), both, 1e-9);
  double before = 0;
  for (int spares = 0; spares < 6; ++spares) {
    const double now = lastsWith(spares, 100, 1000, 10, 100);
    EXPECT_GT(now, before);
    before = now;
  }
}

TEST(Spares, AreAsTheRuleOfTheTypeSays) {
  const auto spares = [](const std::string& rest) {
    return sparesOf(planOf("  nodes: [{name: gpu, count: 1024, " + rest + "}]\n").nodes.front());
  };
  EXPECT_EQ(spares("spares: {down: 0.002}"), 6);
  EXPECT_EQ(spares("spares: {share: 0.999, down: 0.002}"), binomialSpares(1024, 0.002, 0.999));
  // Down for 2 hours of 1,000.
  EXPECT_EQ(spares("mtbf: 998h, repair: 2h, spares: {}"), 6);
  EXPECT_EQ(spares("mtbf: 998h, repair: 2h, spares: {period: 30d}"), periodSpares(1024, 998, 2, 720, 0.99));
}

TEST(Distributions, HaveMeans) {
  const auto mean = [](const std::string& law) {
    const CapacityPlan plan =
        planOf("  nodes: [{name: gpu, count: 1, hazard: '" + law + "', repair: 1h, spares: {}}]\n");
    return meanSeconds(*plan.nodes.front().fails);
  };
  EXPECT_DOUBLE_EQ(mean("100s"), 100);
  EXPECT_DOUBLE_EQ(mean("uniform(10s,20s)"), 15);
  EXPECT_DOUBLE_EQ(mean("exponential(1h)"), 3600);
  EXPECT_DOUBLE_EQ(mean("gamma(10s,3)"), 30);
  EXPECT_NEAR(mean("lognormal(100s,1)"), 100 * std::exp(0.5), 1e-9);
  EXPECT_NEAR(mean("weibull(100s,2)"), 100 * std::sqrt(std::acos(-1)) / 2, 1e-9);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
