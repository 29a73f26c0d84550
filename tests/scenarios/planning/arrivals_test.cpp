#include "scenarios/planning/arrivals.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using namespace std::chrono_literals;

CapacityPlan planWith(const std::string& workloads, const std::string& period = "arrivals: 100d") {
  return planOf("  nodes: [{name: node, count: 1}]\n  serviceLevels: [{startWithin: 1m}]\n  period: {" + period +
                "}\n  workloads:\n" + workloads);
}

TEST(Arrivals, PoissonHasItsRate) {
  const CapacityPlan plan = planWith("  - {name: w, arrivals: {meanGap: 15m}, runTime: exponential(1h)}\n");
  const std::vector<Arrival> arrivals = arrivalsOf(plan, 1);
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 9600, 4 * std::sqrt(9600));
  double hours = 0;
  for (const Arrival& one : arrivals) hours += std::chrono::duration<double, std::ratio<3600>>(*one.run_time).count();
  EXPECT_NEAR(hours / static_cast<double>(arrivals.size()), 1, 0.05);
  EXPECT_EQ(arrivalRate(plan, plan.workloads[0]), 4);
}

TEST(Arrivals, HourlyWeightsMakeADay) {
  const CapacityPlan plan = planWith(
      "  - {name: w, runTime: 1m, arrivals: {meanGap: 6m, "
      "hourly: [0,0,0,0,0,0,1,1,1,1,1,1,3,3,3,3,3,3,0,0,0,0,0,0]}}\n");
  std::map<int, int> by_quarter;
  for (const Arrival& one : arrivalsOf(plan, 3)) ++by_quarter[static_cast<int>((one.at % 24h) / 6h)];
  EXPECT_EQ(by_quarter[0], 0);
  EXPECT_EQ(by_quarter[3], 0);
  EXPECT_NEAR(by_quarter[2], 18000, 4 * std::sqrt(18000));
  EXPECT_NEAR(by_quarter[1], 6000, 4 * std::sqrt(6000));
}

// What other workloads and nodes there are changes nothing; neither does more load change the first run times.
TEST(Arrivals, BelongToTheirWorkload) {
  const std::string first = "  - {name: a, arrivals: {meanGap: 1h}, runTime: exponential(1h)}\n";
  const CapacityPlan alone = planWith(first, "arrivals: 5d");
  const CapacityPlan both = planWith("  - {name: b, arrivals: {meanGap: 1h}, runTime: 1m}\n" + first, "arrivals: 5d");
  std::vector<Arrival> of_both = arrivalsOf(both, 7);
  std::erase_if(of_both, [](const Arrival& one) { return one.workload == 0; });
  const std::vector<Arrival> of_alone = arrivalsOf(alone, 7), grown = arrivalsOf(alone, 7, 2);
  ASSERT_EQ(of_both.size(), of_alone.size());
  for (std::size_t i = 0; i < of_alone.size(); ++i) {
    EXPECT_EQ(of_both[i].at, of_alone[i].at);
    EXPECT_EQ(of_both[i].run_time, of_alone[i].run_time);
    EXPECT_EQ(grown[i].run_time, of_alone[i].run_time);
  }
  EXPECT_NE(arrivalsOf(alone, 8)[0].at, of_alone[0].at);
  EXPECT_NEAR(static_cast<double>(grown.size()), 240, 60);
  EXPECT_EQ(of_alone[0].namespaceIn(alone), "a-1");
}

TEST(Arrivals, GivenTimesAreRepeatedByMoreLoad) {
  const CapacityPlan plan = planWith("  - {name: w, runTime: 1m, arrivals: {at: [1h, 2h, 3h, 4h]}}\n", "arrivals: 5h");
  EXPECT_EQ(arrivalsOf(plan, 1).size(), 4U);
  const std::vector<Arrival> twice = arrivalsOf(plan, 1, 2);
  EXPECT_EQ(twice.size(), 8U);
  for (const Arrival& one : twice) EXPECT_EQ(one.at % 1h, 0ns);
  EXPECT_EQ(arrivalsOf(plan, 1, 3.0).size(), 12U);
  std::size_t half = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) half += arrivalsOf(plan, seed, 1.5).size();
  EXPECT_NEAR(static_cast<double>(half), 600, 40);
  EXPECT_NEAR(arrivalRate(plan, plan.workloads[0]), 4.0 / 5, 1e-9);
}

TEST(Arrivals, AreInOrderOfTime) {
  const CapacityPlan plan = planWith(
      "  - {name: a, arrivals: {meanGap: 1h}, runTime: 1m}\n  - {name: b, arrivals: {at: [50h, 7h]}, runTime: 1m}\n",
      "arrivals: 3d");
  const std::vector<Arrival> arrivals = arrivalsOf(plan, 1);
  for (std::size_t i = 1; i < arrivals.size(); ++i) EXPECT_LE(arrivals[i - 1].at, arrivals[i].at);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
