// What theory says of a gang with checkpoints: the published case of 12,000 GPUs and its two ways out
// (docs/validation.md D.2).
#include "scenarios/planning/steady.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::planning {
namespace {

constexpr double kMinute = 1.0 / 60;

TEST(Steady, EttrIsTheRenewalValue) {
  struct Case {
    double nodes, failures, interval, write, ettr;
  };
  for (const auto& [nodes, failures, interval, write, ettr] : {Case{1024, 6.5, 60, 0.5, 0.839887},
                                                               {2048, 6.5, 60, 5, 0.642937},
                                                               {2048, 6.5, 30, 0.5, 0.812987},
                                                               {2048, 2.34, 60, 0.5, 0.880470}})
    EXPECT_NEAR(steadyEttr({nodes, failures, write * kMinute, 5 * kMinute}, interval * kMinute), ettr, 1e-6);
}

TEST(Steady, BestIntervalIsBest) {
  const SteadyCase which{1500, 6.5, 5 * kMinute, 5 * kMinute};
  const BestCheckpoint best = bestCheckpoint(which);
  for (const double factor : {0.5, 0.9, 1.1, 2.0}) EXPECT_LT(steadyEttr(which, best.interval * factor), best.ettr);
  EXPECT_NEAR(bestCheckpoint({1500, 6.5, 0, 5 * kMinute}).ettr, bestCheckpoint({1500, 6.5, 1e-7, 5 * kMinute}).ettr,
              1e-3);
}

TEST(Steady, NamesTheTwoEscapesOfTwelveThousandGpus) {
  const SteadyCase now{1500, 6.5, 5 * kMinute, 5 * kMinute};
  EXPECT_LT(bestCheckpoint(now).ettr, 0.76);
  const std::vector<Escape> ways = escapes(now, 0.9);
  ASSERT_EQ(ways.size(), 4U);
  // The published ways out: a failure rate of about 1, or a write time of about 10 s.
  EXPECT_EQ(ways[0].unit, "per 1,000 node-days");
  ASSERT_TRUE(ways[0].needed);
  EXPECT_NEAR(*ways[0].needed, 1, 0.1);
  EXPECT_NEAR(bestCheckpoint({1500, *ways[0].needed, now.write, now.restart}).ettr, 0.9, 1e-6);
  ASSERT_TRUE(ways[1].needed);
  EXPECT_EQ(ways[1].unit, "s");
  EXPECT_GT(*ways[1].needed, 10);
  EXPECT_LT(*ways[1].needed, 25);
  // Restarts that cost nothing are no way out.
  EXPECT_EQ(ways[2].what, "time that a restart costs");
  EXPECT_FALSE(ways[2].needed);
  EXPECT_LT(ways[2].ettr_at_none, 0.9);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
