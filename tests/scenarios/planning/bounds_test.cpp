#include "scenarios/planning/bounds.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/theory/queueing.hpp"
#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using testing::HasSubstr;

CapacityPlan planWith(const std::string& nodes, const std::string& workloads, const std::string& levels) {
  return planOf("  nodes: [" + nodes + "]\n  workloads: [" + workloads + "]\n  serviceLevels: [" + levels +
                "]\n  period: {arrivals: 20d}\n");
}

// One Pod a node, exponential times: Erlang's formula, and the published answers for a load of 90.
TEST(Bounds, NameTheServersOfErlangC) {
  struct Case {
    const char* share;
    int servers;
  };
  for (const auto& [share, servers] : {Case{"0.8", 101}, {"0.9", 105}, {"0.95", 108}, {"0.99", 114}}) {
    const CapacityPlan plan =
        planWith("{name: node, count: {min: 1, max: 200}, capacity: {cpu: 8, pods: 1}}",
                 "{name: job, arrivals: {meanGap: 40s}, requests: {cpu: 8}, runTime: exponential(1h)}",
                 std::string("{share: ") + share + ", startWithin: 0s}");
    const Bounds bounds(plan, {});
    int least = 1;
    while (!bounds.likely({least})) ++least;
    EXPECT_EQ(least, servers) << share;
    EXPECT_THAT(bounds.whyNever({89}), HasSubstr("on average"));
    EXPECT_EQ(bounds.whyNever({91}), "");
    EXPECT_NEAR(bounds.likelyShare({servers}, 0), 1 - theory::erlangC(servers, 90), 1e-9);
  }
}

TEST(Bounds, UseIsDemandOverWhatIsUp) {
  const CapacityPlan plan =
      planWith("{name: node, count: {min: 1, max: 9}, capacity: {cpu: 10, nvidia.com/gpu: 8}, mtbf: 30h, repair: 10h}",
               "{name: job, arrivals: {meanGap: 1h}, pods: 2, requests: {cpu: 1, nvidia.com/gpu: 4}, runTime: 3h}",
               "{startWithin: 1h}");
  const Bounds bounds(plan, {});
  const auto use = bounds.use({4});
  ASSERT_GE(use.size(), 2U);
  EXPECT_EQ(use[0].first, "nvidia.com/gpu");
  EXPECT_NEAR(use[0].second, 24.0 / (4 * 8 * 0.75), 1e-9);
  EXPECT_EQ(use[1].first, "cpu");
  EXPECT_NEAR(use[1].second, 6.0 / (4 * 10 * 0.75), 1e-9);
  EXPECT_NEAR(bounds.use({4}, 1.5)[0].second, 1.5, 1e-9);
}

TEST(Bounds, CountCheckpointsAndShares) {
  const CapacityPlan plan = planWith(
      "{name: node, count: 9}",
      "{name: job, arrivals: {meanGap: 1h}, runTime: 100m, checkpoint: {every: 20m, cost: 5m}}", "{startWithin: 1h}");
  EXPECT_NEAR(Bounds(plan, {}).loads()[0].hours, 2, 1e-9);  // four are written
}

TEST(Placement, IsBoundByEachResource) {
  const CapacityPlan plan = planWith(
      "{name: big, count: 9, capacity: {cpu: 8, memory: 64Gi, nvidia.com/gpu: 8}, labels: {pool: a}}, "
      "{name: tainted, count: 9, capacity: {cpu: 8}, taints: [{key: x, effect: NoSchedule}]}, "
      "{name: small, count: 9, capacity: {cpu: 8, memory: 8Gi}}",
      "{name: job, arrivals: {meanGap: 1h}, pods: 6, requests: {cpu: 4, memory: 6Gi}, runTime: 1h}, "
      "{name: gpu, arrivals: {meanGap: 1h}, pods: 2, requests: {nvidia.com/gpu: 5}, nodeSelector: {pool: a}, "
      "runTime: 1h}",
      "{startWithin: 1h}");
  const std::vector<NodeKind> kinds = nodeKinds(plan);
  const Bounds bounds(plan, {});
  const std::vector<PlacedGroup>& job = bounds.loads()[0].gang;
  ASSERT_EQ(job.size(), 1U);
  // A Pod of 5 GPUs leaves 3 of a node that no other can use.
  EXPECT_EQ(bounds.loads()[1].gang[0].slots, (std::vector<std::int64_t>{1, 0, 0}));
  EXPECT_EQ(job[0].slots, (std::vector<std::int64_t>{2, 0, 1}));
  struct Case {
    std::vector<double> nodes;
    double share;
  };
  for (const auto& [nodes, share] : {Case{{3, 0, 0}, 1},
                                     {{2, 0, 0}, 4.0 / 6},
                                     {{0, 9, 0}, 0},
                                     {{1, 9, 4}, 1},
                                     {{1, 0, 3}, 5.0 / 6},
                                     {{2, 0, 1}, 5.0 / 6}})
    EXPECT_NEAR(placementBound(job, kinds, nodes).share, share, 1e-6) << nodes[0] << " " << nodes[2];
  EXPECT_THAT(bounds.whyNever({1, 9, 9}), HasSubstr("one JobSet of gpu alone needs more"));
  EXPECT_EQ(bounds.whyNever({9, 0, 0}), "");
}

TEST(Bounds, KnowWhatNoNumberOfNodesReaches) {
  const auto hopeless = [](const std::string& rate, const std::string& cost, const std::string& run_time) {
    return Bounds(planWith("{name: node, count: {min: 1500, max: 2000}, capacity: {nvidia.com/gpu: 8}, repair: 1h, "
                           "failuresPerThousandNodeDays: " +
                               rate + "}",
                           "{name: llm, arrivals: {at: [0s]}, pods: 1500, requests: {nvidia.com/gpu: 8}, runTime: " +
                               run_time + ", checkpoint: {every: 45m, cost: " + cost + ", restore: 5m}}",
                           "{ettr: 0.9, share: 0.9}"),
                  {})
        .hopeless();
  };
  const auto found = hopeless("6.5", "5m", "30d");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].steady.mttf(), 24000 / (1500 * 6.5), 1e-6);
  EXPECT_EQ(found[0].escapes.size(), 4U);
  EXPECT_TRUE(hopeless("0.9", "5m", "30d").empty());
  EXPECT_TRUE(hopeless("6.5", "10s", "30d").empty());
  // A short run may be lucky: that is for simulations to say.
  EXPECT_TRUE(hopeless("6.5", "5m", "10h").empty());
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
