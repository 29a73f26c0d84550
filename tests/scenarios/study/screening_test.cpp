// Screening against a published factorial experiment, fits computed apart from it with exact fractions, and metrics
// made of known effects.
#include "scenarios/study/screening.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/study/design.hpp"
#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Metric = std::function<double(const LevelPoint& point, std::size_t replication)>;

// A factor with levels "0", "1" ...; a quantity has those as numbers.
ScreeningFactor factor(std::string name, std::size_t levels, bool quantity = false) {
  ScreeningFactor out{std::move(name), {}, {}};
  for (std::size_t i = 0; i < levels; ++i) {
    out.levels.push_back(std::to_string(i));
    if (quantity) out.numbers.push_back(static_cast<double>(i));
  }
  return out;
}

std::vector<ScreeningRun> runsOf(const std::vector<LevelPoint>& points, std::size_t replications,
                                 const Metric& metric) {
  std::vector<ScreeningRun> out;
  for (std::size_t replication = 0; replication < replications; ++replication) {
    for (const LevelPoint& point : points) out.push_back({point, replication, metric(point, replication)});
  }
  return out;
}

// Quantities with a level for each point, as a Latin hypercube has them.
struct Hypercube {
  std::vector<ScreeningFactor> factors;
  std::vector<LevelPoint> points;
  std::vector<std::vector<double>> shares;  // of the points
};

Hypercube hypercube(std::size_t factors, std::size_t samples) {
  Hypercube out;
  out.shares = latinHypercube(factors, samples, 1);
  for (std::size_t i = 0; i < factors; ++i) {
    ScreeningFactor quantity{fmt::format("q{}", i), {}, {}};
    for (std::size_t k = 0; k < samples; ++k) {
      quantity.levels.push_back(std::to_string(k));
      quantity.numbers.push_back(100 * out.shares[k][i]);
    }
    out.factors.push_back(std::move(quantity));
  }
  for (std::size_t k = 0; k < samples; ++k) out.points.emplace_back(factors, k);
  return out;
}

const Effect& effect(const Screening& screening, const std::string& name) {
  const auto at = std::find_if(screening.effects.begin(), screening.effects.end(),
                               [&](const Effect& one) { return one.name == name; });
  static const Effect kNone;
  EXPECT_NE(screening.effects.end(), at) << name;
  return at == screening.effects.end() ? kNone : *at;
}

std::vector<std::string> names(const Screening& screening) {
  std::vector<std::string> out;
  for (const Effect& one : screening.effects) out.push_back(one.name);
  return out;
}

double sign(std::size_t level) { return level == 0 ? -1 : 1; }

struct Expected {
  std::string name;
  std::size_t degrees;
  double share, f, p;
};

void expectEffects(const std::vector<Expected>& expected, const Screening& got) {
  EXPECT_EQ("", got.problem);
  EXPECT_EQ(expected.size(), got.effects.size());
  for (const Expected& one : expected) {
    const Effect& found = effect(got, one.name);
    EXPECT_EQ(one.degrees, found.degrees) << one.name;
    EXPECT_NEAR(one.share, found.share, 1e-12) << one.name;
    EXPECT_NEAR(one.f, found.f, 1e-9 * one.f) << one.name;
    EXPECT_NEAR(one.p, found.p, 1e-9) << one.name;
  }
}

// The etch rate of a plasma etching tool by gap, gas flow and power, twice (Montgomery: Design and Analysis of
// Experiments, example 6.1). Its sums of squares are those of the book: 41310.5625 (gap), 217.5625 (flow), 374850.0625
// (power), 2475.0625, 94402.5625, 18.0625 (interactions); 126.5625 of all three together are in our residual, and
// 3875.0625 between the replications are neither in it nor in the total of 527545.875.
TEST(Screening, PublishedFactorial) {
  const double etched[2][8] = {{550, 1037, 633, 1075, 669, 749, 642, 729}, {604, 1052, 601, 1063, 650, 868, 635, 860}};
  const std::vector<LevelPoint> points = fullFactorial({2, 2, 2});
  const auto runs = runsOf(points, 2, [&](const LevelPoint& point, std::size_t replication) {
    return etched[replication][point[0] * 4 + point[1] * 2 + point[2]];
  });
  const Screening got = screen({factor("gap", 2), factor("flow", 2), factor("power", 2)}, runs);
  expectEffects({{"gap", 1, 41310.5625 / 527545.875, 23.1561448991031, 0.00133477771464},
                 {"flow", 1, 217.5625 / 527545.875, 0.121952073991031, 0.735940718934},
                 {"power", 1, 374850.0625 / 527545.875, 210.117748038117, 5.02258204312e-7},
                 {"gap x flow", 1, 2475.0625 / 527545.875, 1.38736687219731, 0.272698865638},
                 {"gap x power", 1, 94402.5625 / 527545.875, 52.9162345852018, 8.59965660231e-5},
                 {"flow x power", 1, 18.0625 / 527545.875, 0.0101247197309417, 0.922326825859}},
                got);
  EXPECT_EQ(16U, got.runs);
  EXPECT_EQ(8U, got.residual_degrees);
  EXPECT_NEAR(0.9729464285925845, got.explained, 1e-12);
  EXPECT_THAT(names(got), ElementsAre("power", "gap x power", "gap", "gap x flow", "flow", "flow x power"));
  EXPECT_THAT(got.confounded, IsEmpty());
  EXPECT_NEAR(101.625, effect(got, "gap").range, 1e-9);
  EXPECT_EQ("1", effect(got, "gap").least);
  EXPECT_EQ("0", effect(got, "gap").most);
  EXPECT_NEAR(306.125, effect(got, "power").range, 1e-9);
  EXPECT_EQ("1", effect(got, "power").most);
  EXPECT_EQ("", effect(got, "gap x power").most);
}

struct Cell {
  LevelPoint point;
  std::size_t replication;
  double value;
};

Screening screenCells(const std::vector<Cell>& cells) {
  std::vector<ScreeningRun> runs;
  for (const Cell& one : cells) runs.push_back({one.point, one.replication, one.value});
  return screen({factor("a", 2), factor("b", 3)}, runs);
}

// Sums of squares of type II with exact fractions: blocks are unlike, so that it matters what is in the model.
TEST(Screening, RunsMayBeMissing) {
  std::vector<Cell> cells = {{{0, 0}, 0, 12}, {{0, 1}, 0, 15}, {{0, 2}, 0, 20}, {{1, 0}, 0, 14}, {{1, 1}, 0, 19},
                             {{1, 2}, 0, 29}, {{0, 0}, 1, 11}, {{0, 2}, 1, 22}, {{1, 0}, 1, 16}, {{1, 1}, 1, 18},
                             {{0, 0}, 7, 13}, {{0, 1}, 7, 17}, {{1, 2}, 7, 31}};
  const Screening got = screenCells(cells);
  expectEffects({{"a", 1, 0.190565270362298, 90.2000588255649, 0.000218794133699},
                 {"b", 2, 0.706072189700599, 167.10220315855, 2.637978781e-5},
                 {"a x b", 2, 0.0264230881905676, 6.25340625973217, 0.0435920515597}},
                got);
  EXPECT_EQ(5U, got.residual_degrees);
  EXPECT_NEAR(5.015873015873016, effect(got, "a").range, 1e-9);
  EXPECT_NEAR(11.928571428571429, effect(got, "b").range, 1e-9);
  EXPECT_NEAR(0.9894365218358213, got.explained, 1e-12);
  // A combination that never completes: what is left of the interaction has one degree.
  std::erase_if(cells, [](const Cell& one) { return one.point == LevelPoint{1, 1}; });
  const Screening less = screenCells(cells);
  expectEffects({{"a", 1, 0.161243928485308, 91.4432234432234, 0.000668084226183},
                 {"b", 2, 0.689687848861253, 195.564821143769, 0.000102480387771},
                 {"a x b", 1, 0.0244269836746326, 13.8528138528139, 0.0204399727316}},
                less);
  EXPECT_EQ(4U, less.residual_degrees);
  EXPECT_NEAR(5.642857142857143, effect(less, "a").range, 1e-9);
  EXPECT_NEAR(11.642857142857142, effect(less, "b").range, 1e-9);
  EXPECT_THAT(less.confounded, IsEmpty());
}

// 40 + 3 a + b(level) + 5 a c with a and c of -1 and 1 and b of -2, 0 or 8, and luck of the replication: mean squares
// are 9 of a, 56 / 3 of b, 25 of the interaction.
TEST(Screening, KnownEffectsWithoutNoise) {
  const double of_b[] = {-2, 0, 8};
  const auto runs = runsOf(fullFactorial({2, 3, 2}), 3, [&](const LevelPoint& point, std::size_t replication) {
    const double a = sign(point[0]), c = sign(point[2]);
    return 40 + 3 * a + of_b[point[1]] + 5 * a * c + 1000.0 * static_cast<double>(replication);
  });
  const Screening got = screen({factor("a", 2), factor("b", 3), factor("c", 2)}, runs);
  EXPECT_EQ("", got.problem);
  const double total = 9 + 56.0 / 3 + 25;
  for (const auto& [name, square, range] :
       {std::tuple{"a", 9.0, 6.0}, {"b", 56.0 / 3, 10.0}, {"c", 0.0, 0.0}, {"a x c", 25.0, 0.0}, {"a x b", 0.0, 0.0}}) {
    const Effect& found = effect(got, name);
    EXPECT_NEAR(square / total, found.share, 1e-12) << name;
    EXPECT_NEAR(range, found.range, 1e-9) << name;
    EXPECT_EQ(square > 0 ? 0 : 1, found.p) << name;
    EXPECT_EQ(square > 0, std::isinf(found.f)) << name;
  }
  EXPECT_EQ("0", effect(got, "b").least);
  EXPECT_EQ("2", effect(got, "b").most);
  EXPECT_EQ("", effect(got, "c").most);
  EXPECT_DOUBLE_EQ(1, got.explained);
  EXPECT_EQ("a x c", got.effects[0].name);
  EXPECT_EQ("b", got.effects[1].name);
  EXPECT_EQ("a", got.effects[2].name);
}

// p of a factor without effect is uniform; that of one with an effect of half a deviation is small.
TEST(Screening, NullFactorsAreFoundByChanceOnly) {
  kernel::Stream stream = kernel::stream(1, "test/null");
  int null_found = 0, interaction_found = 0, real_found = 0;
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto runs = runsOf(fullFactorial({2, 3}), 10, [&](const LevelPoint& point, std::size_t) {
      return 0.5 * sign(point[0]) + kernel::normal(stream);
    });
    const Screening got = screen({factor("real", 2), factor("null", 3)}, runs);
    null_found += effect(got, "null").p < 0.05;
    interaction_found += effect(got, "real x null").p < 0.05;
    real_found += effect(got, "real").p < 0.05;
    sum += effect(got, "null").p;
  }
  EXPECT_NEAR(0.05, null_found / 1000.0, 0.028);  // four standard errors
  EXPECT_NEAR(0.05, interaction_found / 1000.0, 0.028);
  EXPECT_NEAR(0.5, sum / 1000, 0.037);
  EXPECT_GT(real_found, 900);
}

TEST(Screening, LuckOfAReplicationIsNoNoise) {
  kernel::Stream stream = kernel::stream(2, "test/blocks");
  std::vector<double> luck(8);
  for (double& one : luck) one = kernel::normal(stream, 0, 100);
  auto runs = runsOf(fullFactorial({2, 2}), 8, [&](const LevelPoint& point, std::size_t replication) {
    return luck[replication] + sign(point[0]) + kernel::normal(stream, 0, 0.5);
  });
  const std::vector<ScreeningFactor> factors = {factor("a", 2), factor("b", 2)};
  const Screening blocks = screen(factors, runs);
  EXPECT_LT(effect(blocks, "a").p, 1e-6);
  EXPECT_EQ(32U - 8 - 3, blocks.residual_degrees);
  EXPECT_NEAR(2, effect(blocks, "a").range, 0.5);
  for (ScreeningRun& run : runs) run.replication = 0;
  EXPECT_GT(effect(screen(factors, runs), "a").p, 0.5);
}

// A factor that changes no run, such as a timeout that never passes, has exactly no effect, however much noise there
// is.
TEST(Screening, FactorThatTheMetricDoesNotSee) {
  const auto runs = runsOf(fullFactorial({3, 3}), 7, [](const LevelPoint& point, std::size_t replication) {
    kernel::Stream stream = kernel::stream(replication, fmt::format("test/unseen/{}", point[0]));
    return 1000 + kernel::normal(stream) + static_cast<double>(point[0]);
  });
  const Screening got = screen({factor("a", 3), factor("unseen", 3)}, runs);
  EXPECT_GT(effect(got, "a").share, 0);
  for (const char* none : {"unseen", "a x unseen"}) {
    EXPECT_EQ(0, effect(got, none).share);
    EXPECT_EQ(1, effect(got, none).p);
    EXPECT_EQ("", effect(got, none).most);
  }
}

TEST(Screening, OneAtATimeHasNoInteractions) {
  const double of_b[] = {0, 7, -4};
  kernel::Stream stream = kernel::stream(3, "test/one at a time");
  const auto runs = runsOf(oneAtATime({2, 3, 2}), 5, [&](const LevelPoint& point, std::size_t) {
    return 10 + 2 * sign(point[0]) + of_b[point[1]] + kernel::normal(stream, 0, 1e-3);
  });
  const Screening got = screen({factor("a", 2), factor("b", 3), factor("c", 2)}, runs);
  EXPECT_EQ("", got.problem);
  EXPECT_THAT(got.confounded, ElementsAre("a x b", "a x c", "b x c"));
  EXPECT_THAT(names(got), ElementsAre("b", "a", "c"));
  EXPECT_NEAR(4, effect(got, "a").range, 0.01);
  EXPECT_NEAR(11, effect(got, "b").range, 0.01);
  EXPECT_EQ("2", effect(got, "b").least);
  EXPECT_EQ("1", effect(got, "b").most);
  EXPECT_EQ(2U, effect(got, "b").degrees);
  EXPECT_EQ(25U - 5 - 4, got.residual_degrees);
}

TEST(Screening, InteractionsThatLeaveNoResidualAreLeftOut) {
  const auto metric = [](const LevelPoint& point, std::size_t) {
    return 10.0 * static_cast<double>(point[0]) + static_cast<double>(point[1] * point[1]);
  };
  const std::vector<ScreeningFactor> factors = {factor("a", 2), factor("b", 3)};
  const Screening once = screen(factors, runsOf(fullFactorial({2, 3}), 1, metric));
  EXPECT_THAT(once.confounded, ElementsAre("a x b"));
  EXPECT_EQ(2U, once.residual_degrees);
  EXPECT_THAT(names(once), ElementsAre("a", "b"));
  EXPECT_THAT(screen(factors, runsOf(fullFactorial({2, 3}), 2, metric)).confounded, IsEmpty());
}

// Two factors that always change together: neither can be told, the third can.
TEST(Screening, FactorsThatGoTogetherAreConfounded) {
  const auto runs = runsOf({{0, 0, 0}, {1, 1, 0}, {0, 0, 1}, {1, 1, 1}}, 2, [](const LevelPoint& point, std::size_t) {
    return 5.0 * static_cast<double>(point[0]) + static_cast<double>(point[2]);
  });
  const Screening got = screen({factor("a", 2), factor("b", 2), factor("c", 2)}, runs);
  EXPECT_EQ("", got.problem);
  EXPECT_THAT(got.confounded, ElementsAre("a", "b", "a x b", "a x c", "b x c"));
  EXPECT_THAT(names(got), ElementsAre("c"));
  EXPECT_NEAR(1, effect(got, "c").range, 1e-9);
  EXPECT_NEAR(1.0 / 26, effect(got, "c").share, 1e-12);  // what is confounded is in the model, and not noise
  EXPECT_NEAR(1, got.explained, 1e-12);
}

// One level of b goes with a: of b there is a part that could be told, but that is not b.
TEST(Screening, FactorsThatGoTogetherInPart) {
  const std::vector<LevelPoint> points = {{0, 0, 0}, {0, 1, 0}, {1, 2, 0}, {0, 0, 1}, {0, 1, 1}, {1, 2, 1}};
  const auto runs =
      runsOf(points, 2, [](const LevelPoint& point, std::size_t) { return static_cast<double>(point[1] + point[2]); });
  const Screening got = screen({factor("a", 2), factor("b", 3), factor("c", 2)}, runs);
  EXPECT_THAT(got.confounded, ElementsAre("a", "b", "a x b", "a x c", "b x c"));
  EXPECT_THAT(names(got), ElementsAre("c"));
}

// The half of a 2^3 with c = a b: main effects are confounded with interactions, which are left out.
TEST(Screening, FractionOfAFactorial) {
  const auto runs = runsOf({{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {1, 1, 1}}, 3,
                           [](const LevelPoint& point, std::size_t) { return sign(point[0]) + 2 * sign(point[2]); });
  const Screening got = screen({factor("a", 2), factor("b", 2), factor("c", 2)}, runs);
  EXPECT_THAT(got.confounded, ElementsAre("a x b", "a x c", "b x c"));
  EXPECT_NEAR(0.8, effect(got, "c").share, 1e-12);
  EXPECT_NEAR(0.2, effect(got, "a").share, 1e-12);
}

// Here a factor is an interaction of the others in part: that part of the interaction must not take what the factor
// does.
TEST(Screening, InteractionThatIsInPartAnotherFactor) {
  struct Case {
    std::size_t number;  // of the factor
    std::vector<LevelPoint> points;
  };
  const Case cases[] = {{0, {{0, 0, 0}, {1, 0, 1}, {1, 1, 0}, {0, 1, 1}, {0, 2, 0}, {1, 2, 1}}},
                        {1, {{1, 1, 0}, {0, 0, 0}, {0, 1, 2}, {0, 1, 1}, {1, 1, 1}, {1, 1, 2}}}};
  for (const Case& one : cases) {
    const auto runs = runsOf(one.points, 3, [&](const LevelPoint& point, std::size_t) {
      return 5.0 * static_cast<double>(point[one.number]);
    });
    const Screening got = screen({factor("a", 2), factor("b", 3), factor("c", 3)}, runs);
    EXPECT_THAT(got.confounded, ElementsAre("a x b", "a x c", "b x c"));
    EXPECT_EQ(one.number == 0 ? "a" : "b", got.effects.front().name);
    EXPECT_EQ(1U, got.effects.front().degrees);
    EXPECT_EQ(0, got.effects.front().p);
    EXPECT_NEAR(5, got.effects.front().range, 1e-9);
  }
}

TEST(Screening, FactorThatNeverVaried) {
  const auto runs = runsOf(fullFactorial({2, 1, 2}), 2,
                           [](const LevelPoint& point, std::size_t) { return static_cast<double>(point[0]); });
  const Screening got = screen({factor("a", 2), factor("same", 3), factor("c", 2)}, runs);
  EXPECT_EQ("", got.problem);
  EXPECT_THAT(got.confounded, ElementsAre("same"));
  EXPECT_THAT(names(got), ElementsAre("a", "c", "a x c"));
}

TEST(Screening, WhatCountsAsAQuantity) {
  struct Case {
    std::size_t levels;
    bool numbers;
    std::size_t degrees;  // of the main effect: of a quantity its slope and its square
  };
  for (const Case& one : {Case{2, true, 1}, Case{4, true, 3}, Case{5, true, 2}, Case{9, true, 2}, Case{9, false, 8}}) {
    const auto runs = runsOf(fullFactorial({one.levels, 2}), 3, [](const LevelPoint& point, std::size_t replication) {
      return static_cast<double>(point[0] + replication * point[1]);
    });
    const Screening got = screen({factor("a", one.levels, one.numbers), factor("b", 2)}, runs);
    EXPECT_EQ(one.degrees, effect(got, "a").degrees) << one.levels;
    EXPECT_EQ(one.levels > 4 && one.numbers ? 1 : one.levels - 1, effect(got, "a x b").degrees) << one.levels;
  }
}

// One quantity alone has a level for each point as well, but its three levels are categories: runs are enough for that.
TEST(Screening, SingleQuantity) {
  const auto runs = runsOf(fullFactorial({3}), 4, [](const LevelPoint& point, std::size_t replication) {
    return point[0] == 1 ? 5.0 : static_cast<double>(replication % 2);
  });
  EXPECT_EQ(2U, effect(screen({factor("a", 3, true)}, runs), "a").degrees);
}

// On a circle the squares of both coordinates say the same: then it is better without.
TEST(Screening, SquaresThatAreConfoundedAreLeftOut) {
  std::vector<ScreeningFactor> factors = {{"x", {}, {}}, {"y", {}, {}}};
  std::vector<LevelPoint> points;
  for (std::size_t i = 0; i < 12; ++i) {
    const double angle = 0.1 + 0.5 * static_cast<double>(i);
    for (std::size_t k = 0; k < 2; ++k) {
      factors[k].levels.push_back(std::to_string(i));
      factors[k].numbers.push_back(k == 0 ? std::cos(angle) : std::sin(angle));
    }
    points.push_back({i, i});
  }
  const auto runs =
      runsOf(points, 2, [&](const LevelPoint& point, std::size_t) { return factors[0].numbers[point[0]]; });
  const Screening got = screen(factors, runs);
  EXPECT_THAT(got.confounded, IsEmpty());
  EXPECT_EQ(1U, effect(got, "x").degrees);
  EXPECT_GT(effect(got, "x").share, 0.9);
}

// Slopes of 300 and -100 over the whole of two quantities, and an interaction, without noise: all found, with the right
// direction and size.
TEST(Screening, LatinHypercubeOfQuantities) {
  const Hypercube cube = hypercube(4, 40);
  const auto runs = runsOf(cube.points, 2, [&](const LevelPoint& point, std::size_t replication) {
    const std::vector<double>& at = cube.shares[point[0]];
    return 300 * at[0] - 100 * at[2] + 1000 * (at[0] - 0.5) * (at[1] - 0.5) + 7.0 * static_cast<double>(replication);
  });
  const Screening got = screen(cube.factors, runs);
  EXPECT_EQ("", got.problem);
  EXPECT_THAT(got.confounded, IsEmpty());
  EXPECT_EQ(10U, got.effects.size());
  EXPECT_EQ(80U - 2 - 14, got.residual_degrees);  // four slopes, four squares, six interactions
  EXPECT_NEAR(1, got.explained, 1e-9);
  EXPECT_EQ(0, effect(got, "q0 x q1").p);
  EXPECT_GT(effect(got, "q0").share, 0.3);
  EXPECT_GT(effect(got, "q0 x q1").share, 0.2);
  for (const char* none : {"q3", "q0 x q2", "q2 x q3"}) EXPECT_EQ(0, effect(got, none).share) << none;
  const auto level = [&](const std::string& text) { return cube.shares[std::stoul(text)]; };
  const double low = level(effect(got, "q2").most)[2], high = level(effect(got, "q2").least)[2];
  EXPECT_LT(low, 1.0 / 40);
  EXPECT_GT(high, 39.0 / 40);
  EXPECT_NEAR(100 * (high - low), effect(got, "q2").range, 1e-9);
  EXPECT_GT(level(effect(got, "q0").most)[0], 39.0 / 40);
}

// A metric that is best in the middle has no slope; with points to spare its bend is found.
TEST(Screening, QuantityThatIsBestInTheMiddle) {
  Hypercube cube = hypercube(2, 20);
  cube.factors[0].levels.push_back("never seen");
  cube.factors[0].numbers.push_back(1e6);
  const auto runs = runsOf(cube.points, 3, [&](const LevelPoint& point, std::size_t replication) {
    const std::vector<double>& at = cube.shares[point[0]];
    return 400 * std::pow(at[0] - 0.5, 2) + static_cast<double>(replication);
  });
  const Screening got = screen(cube.factors, runs);
  EXPECT_NEAR(1, got.explained, 1e-9);
  EXPECT_EQ(2U, effect(got, "q0").degrees);
  EXPECT_GT(effect(got, "q0").share, 0.9);
  EXPECT_EQ(0, effect(got, "q1").share);
  EXPECT_NEAR(0.5, cube.shares[std::stoul(effect(got, "q0").least)][0], 0.05);
  EXPECT_NE("never seen", effect(got, "q0").most);
}

// Fewer points: first no squares, then no interactions either.
TEST(Screening, SmallLatinHypercubes) {
  struct Case {
    std::size_t points, degrees, interactions;
  };
  // Three slopes, squares and interactions take 9 points and the mean; 3 more are to spare for the squares.
  for (const Case& one : {Case{13, 2, 3}, Case{12, 1, 3}, Case{7, 1, 3}, Case{5, 1, 0}}) {
    const Hypercube cube = hypercube(3, one.points);
    const auto runs = runsOf(cube.points, 4, [&](const LevelPoint& point, std::size_t replication) {
      return 50 * cube.shares[point[0]][0] + std::sin(static_cast<double>(replication + 10 * point[0]));
    });
    const Screening got = screen(cube.factors, runs);
    EXPECT_EQ("", got.problem) << one.points;
    EXPECT_EQ(one.degrees, effect(got, "q0").degrees) << one.points;
    EXPECT_EQ(3 + one.interactions, got.effects.size()) << one.points;
    EXPECT_EQ(3 - one.interactions, got.confounded.size()) << one.points;
    EXPECT_EQ("q0", got.effects.front().name) << one.points;
  }
}

TEST(Screening, WhatCannotBeFitted) {
  const std::vector<ScreeningFactor> two = {factor("a", 2), factor("b", 2)};
  const auto constant = [](const LevelPoint&, std::size_t) { return 0.1; };
  const auto luck = [](const LevelPoint&, std::size_t replication) { return 0.1 + static_cast<double>(replication); };
  const auto some = [](const LevelPoint& point, std::size_t) { return static_cast<double>(point[0]); };
  struct Case {
    std::vector<ScreeningFactor> factors;
    std::vector<ScreeningRun> runs;
    std::string problem;
  };
  const Case cases[] = {
      {two, {}, "there are no runs"},
      {{}, {{{}, 0, 1}, {{}, 1, 2}}, "there are no factors"},
      {two, runsOf(fullFactorial({2, 2}), 3, constant), "the metric is the same in all runs"},
      {two, runsOf(fullFactorial({2, 2}), 3, luck),
       "no factor makes a difference: the metric is the same in all runs of a replication"},
      {two, runsOf({{0, 0}}, 1, some), "too few runs: 1 of them for 1 parameters"},
      {two, runsOf(oneAtATime({2, 2}), 1, some), "too few runs: 3 of them for 3 parameters"},
      {{factor("a", 3), factor("b", 2)}, runsOf({{0, 0}, {1, 1}}, 1, some), "too few runs: 2 of them for 3 parameters"},
      {two, runsOf({{0, 0}, {1, 1}}, 3, some), "confounded: no factor varies apart from the others"},
  };
  for (const Case& one : cases) {
    const Screening got = screen(one.factors, one.runs);
    EXPECT_EQ(one.problem, got.problem);
    EXPECT_THAT(got.effects, IsEmpty()) << one.problem;
    EXPECT_EQ(one.runs.size(), got.runs);
  }
}

// What is large about all values must not drown what is small about effects, nor make effects of rounding.
TEST(Screening, SmallEffectsOnLargeValues) {
  const auto runs = runsOf(fullFactorial({2, 3}), 4, [](const LevelPoint& point, std::size_t replication) {
    return 1e9 + 1e-3 * static_cast<double>(point[0]) + 1e6 * static_cast<double>(replication);
  });
  const Screening got = screen({factor("a", 2), factor("b", 3)}, runs);
  EXPECT_EQ("", got.problem);
  EXPECT_EQ("a", got.effects.front().name);
  EXPECT_NEAR(1, effect(got, "a").share, 1e-3);
  EXPECT_NEAR(1e-3, effect(got, "a").range, 1e-6);
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
