#include "scenarios/planning/verdict.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::planning {
namespace {

TEST(Verdict, NeedsEvidenceInEitherDirection) {
  struct Case {
    std::string what;
    double wanted;
    std::vector<Tally> runs;
    Finding finding;
  };
  const std::vector<Case> cases = {
      {"nothing", 0.9, {}, Finding::kOpen},
      {"nobody to judge", 0.9, {{0, 0}, {0, 0}}, Finding::kOpen},
      {"one run says nothing about runs", 0.9, {{1000, 1000}}, Finding::kOpen},
      {"few JobSets that all did", 0.95, {{5, 5}, {5, 5}, {5, 5}}, Finding::kOpen},
      {"many JobSets that all did", 0.95, {{50, 50}, {50, 50}, {50, 50}}, Finding::kMet},
      {"alike runs, clearly less", 0.95, {{80, 100}, {82, 100}, {81, 100}}, Finding::kMissed},
      // The JobSets of a run share its luck: 1,500 JobSets, but three runs that went very differently.
      {"runs that differ", 0.9, {{500, 500}, {500, 500}, {440, 500}}, Finding::kOpen},
      {"near what is wanted", 0.9, {{90, 100}, {91, 100}, {92, 100}, {90, 100}}, Finding::kOpen},
  };
  for (const Case& one : cases)
    EXPECT_EQ(judgeLevel(one.wanted, one.runs, 0.95, 0.95).finding, one.finding) << one.what;
}

TEST(Verdict, IntervalIsExactWhereRunsAreAlike) {
  // The lower end after n of n: (1 - confidence)^(1/n).
  const LevelFinding found = judgeLevel(0.5, {{10, 10}, {10, 10}}, 0.95, 0.95);
  EXPECT_NEAR(found.interval.low, std::pow(0.05, 1.0 / 20), 1e-9);
  EXPECT_EQ(found.interval.high, 1);
  EXPECT_EQ(found.judged, 20U);
}

TEST(Verdict, OfACandidateIsThatOfItsWorstLevel) {
  Observed good, bad;
  good.levels = {{100, 100}, {100, 100}};
  bad.levels = {{100, 100}, {10, 100}};
  const std::vector<double> wanted = {0.9, 0.9};
  EXPECT_EQ(judge(wanted, {good, good, good}, 0.95).finding, Finding::kMet);
  const Judgement missed = judge(wanted, {bad, bad, bad}, 0.95);
  EXPECT_EQ(missed.finding, Finding::kMissed);
  EXPECT_EQ(missed.worst(), 1U);
  EXPECT_EQ(judge(wanted, {good, bad}, 0.95).finding, Finding::kOpen);
}

TEST(Verdict, LooksGrowAndShareTheChanceToBeWrong) {
  EXPECT_EQ(looks(64), (std::vector<std::size_t>{4, 8, 16, 32, 64}));
  EXPECT_EQ(looks(10), (std::vector<std::size_t>{4, 8, 10}));
  EXPECT_EQ(looks(2), (std::vector<std::size_t>{2}));
  EXPECT_NEAR(lookConfidence(0.95, 5), 0.99, 1e-12);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
