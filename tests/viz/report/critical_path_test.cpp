#include "viz/report/critical_path.hpp"

#include <gmock/gmock.h>

#include "tests/viz/builders.hpp"

namespace jobset_twin::viz::report {
namespace {

using testing::ElementsAre;
using viz::test::at;

std::vector<std::string> names(const std::vector<PathStep>& path) {
  std::vector<std::string> out;
  for (const PathStep& step : path) out.push_back(step.what);
  return out;
}

api::Duration length(const std::vector<PathStep>& path) {
  api::Duration sum{};
  for (const PathStep& step : path) sum += step.took;
  return sum;
}

TEST(CriticalPath, GoesThroughTheLastOfWhatWasWaitedFor) {
  MilestoneGraph graph;
  const auto from = graph.add("from", "", at(0), {});
  const auto early = graph.add("early", "", at(3), {from});
  const auto late = graph.add("late", "", at(5), {from});
  const auto other = graph.add("after early", "", at(4), {early});
  const auto to = graph.add("to", "", at(6), {late, other});
  const std::vector<PathStep> path = graph.longestPath(from, to);
  EXPECT_THAT(names(path), ElementsAre("late", "to"));
  EXPECT_EQ(length(path), at(6) - at(0));
}

TEST(CriticalPath, AStepBeginsWithTheLatestOfItsPredecessors) {
  MilestoneGraph graph;
  const auto from = graph.add("from", "", at(0), {});
  const auto a = graph.add("a", "", at(1), {from});
  const auto b = graph.add("b", "", at(4), {from});
  const auto to = graph.add("to", "", at(10), {a, b});
  EXPECT_EQ(graph.longestPath(from, to).back().took, at(10) - at(4));
}

TEST(CriticalPath, TimesDoNotGoBack) {
  MilestoneGraph graph;
  const auto from = graph.add("from", "", at(2), {});
  const auto a = graph.add("a", "", at(1), {from});
  const auto to = graph.add("to", "", at(3), {a});
  EXPECT_EQ(graph.at(a), at(2));
  EXPECT_EQ(length(graph.longestPath(from, to)), at(3) - at(2));
}

TEST(CriticalPath, WithoutAWayThereIsNone) {
  MilestoneGraph graph;
  const auto from = graph.add("from", "", at(0), {});
  const auto lonely = graph.add("lonely", "", at(1), {});
  EXPECT_TRUE(graph.longestPath(from, lonely).empty());
}

}  // namespace
}  // namespace jobset_twin::viz::report
