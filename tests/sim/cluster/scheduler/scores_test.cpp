// The scoring formulas with numbers worked out by hand (K-SCH-15, 21 to 27, 31); whole decisions are compared in
// decisions_test.cpp.
#include "sim/cluster/scheduler/scores.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::cluster {
namespace {

using Uses = std::vector<ResourceUse>;  // requested with the Pod, allocatable, weight

TEST(Scores, KSCH21And22LeastAndMostAllocated) {
  struct Row {
    Uses uses;
    Score least, most;
  };
  const Row rows[] = {
      {{{0, 1000}}, 100, 0},
      {{{1000, 1000}}, 0, 100},
      {{{333, 1000}}, 66, 33},                   // integers
      {{{1500, 1000}}, 0, 100},                  // more than there is
      {{{500, 1000}, {250, 1000}}, 62, 37},      // (50 + 75) / 2, (50 + 25) / 2
      {{{500, 1000, 3}, {0, 1000, 1}}, 62, 37},  // (3 * 50 + 100) / 4, 3 * 50 / 4
      {{{500, 1000}, {500, 0}}, 50, 50},         // a node without the resource
      {{}, 0, 0},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(leastAllocated(row.uses), row.least);
    EXPECT_EQ(mostAllocated(row.uses), row.most);
  }
}

TEST(Scores, KSCH23RequestedToCapacityRatio) {
  const std::vector<ShapePoint> full{{0, 0}, {100, 10}}, empty{{0, 10}, {100, 0}}, hill{{20, 0}, {60, 10}, {80, 4}};
  struct Row {
    Uses uses;
    const std::vector<ShapePoint>& shape;
    Score score;
  };
  const Row rows[] = {
      {{{500, 1000}}, full, 50},
      {{{500, 1000}}, empty, 50},
      {{{2000, 1000}}, full, 100},                    // as if all of it
      {{{100, 1000}}, hill, 0},                       // before the first point
      {{{400, 1000}}, hill, 50},                      // between 20 and 60
      {{{700, 1000}}, hill, 70},                      // between 100 and 40
      {{{900, 1000}}, hill, 40},                      // after the last point
      {{{250, 1000}, {750, 1000}}, full, 50},         // (25 + 75) / 2
      {{{250, 1000}, {500, 1000}}, full, 38},         // 37.5, rounded
      {{{100, 1000, 9}, {600, 1000, 1}}, hill, 100},  // what has no score does not count
  };
  for (const Row& row : rows) EXPECT_EQ(requestedToCapacityRatio(row.uses, row.shape), row.score);
}

TEST(Scores, KSCH24BalancedAllocation) {
  const Uses even{{500, 1000}, {500, 1000}}, odd{{1000, 1000}, {0, 1000}}, three{{0, 10}, {0, 10}, {9, 10}};
  EXPECT_EQ(balancedAllocation(even, odd, false), 100);
  EXPECT_EQ(balancedAllocation(odd, even, false), 50);  // 1 - |1 - 0| / 2
  EXPECT_EQ(balancedAllocation(even, odd, true), 100);  // 50 + (50 + 100 - 50) / 2
  EXPECT_EQ(balancedAllocation(odd, even, true), 50);   // 50 + (50 + 50 - 100) / 2
  EXPECT_EQ(balancedAllocation(even, even, true), 75);
  EXPECT_EQ(balancedAllocation(three, three, false), 57);  // 1 - 0.9 * sqrt(2) / 3
}

TEST(Scores, KSCH25To28Normalising) {
  std::vector<Score> scores{0, 1, 4};
  normalizeByMax(scores, false);
  EXPECT_EQ(scores, (std::vector<Score>{0, 25, 100}));
  scores = {0, 1, 4};
  normalizeByMax(scores, true);
  EXPECT_EQ(scores, (std::vector<Score>{100, 75, 0}));
  scores = {0, 0};
  normalizeByMax(scores, false);
  EXPECT_EQ(scores, (std::vector<Score>{0, 0}));
  normalizeByMax(scores, true);
  EXPECT_EQ(scores, (std::vector<Score>{100, 100}));
  scores = {-10, 0, 30};
  normalizeByRange(scores);
  EXPECT_EQ(scores, (std::vector<Score>{0, 25, 100}));
  scores = {7, 7};
  normalizeByRange(scores);
  EXPECT_EQ(scores, (std::vector<Score>{0, 0}));
}

TEST(Scores, KSCH27ImageLocality) {
  constexpr std::int64_t kMiB = 1024 * 1024;
  EXPECT_EQ(imageLocality(0, 1), 0);
  EXPECT_EQ(imageLocality(23 * kMiB, 1), 0);
  EXPECT_EQ(imageLocality(512 * kMiB, 1), 50);  // (512 - 23) / (1000 - 23)
  EXPECT_EQ(imageLocality(5000 * kMiB, 1), 100);
  EXPECT_EQ(imageLocality(1000 * kMiB, 2), 49);
  EXPECT_EQ(spreadBytes(1000, 1, 4), 250);
}

TEST(Scores, KSCH31Spread) {
  std::vector<Score> scores{0, 5, 10, kIgnored};
  normalizeSpread(scores);
  EXPECT_EQ(scores, (std::vector<Score>{100, 50, 0, 0}));
  scores = {4, 8};
  normalizeSpread(scores);
  EXPECT_EQ(scores, (std::vector<Score>{100, 50}));  // 100 * (8 + 4 - 8) / 8
  scores = {0, 0};
  normalizeSpread(scores);
  EXPECT_EQ(scores, (std::vector<Score>{100, 100}));
}

TEST(Scores, KSCH15APercentageThatIsSet) {
  struct Row {
    std::size_t nodes;
    std::int32_t percentage;
    std::size_t wanted;
  };
  for (const Row& row : {Row{1000, 30, 300}, Row{1000, 5, 100}, Row{99, 5, 99}, Row{1000, 100, 1000}, Row{5624, 0, 337},
                         Row{5625, 0, 281}, Row{100'000, 0, 5000}}) {
    EXPECT_EQ(feasibleNodesToFind(row.nodes, row.percentage), row.wanted) << row.nodes << " " << row.percentage;
  }
}

}  // namespace
}  // namespace jobset_twin::cluster
