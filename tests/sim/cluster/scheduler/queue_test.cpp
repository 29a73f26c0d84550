// The scheduler's queue: how long a Pod that found no place waits (K-T-60, K-T-61), and how many nodes a cycle looks at
// (K-T-64).
#include <gtest/gtest.h>

#include "sim/cluster/scheduler/queue.hpp"
#include "sim/cluster/scheduler/scores.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;

TEST(SchedulingQueue, KT61BackoffsEndWithAWholeSecond) {
  SchedulingQueue queue;
  const QueueTiming timing;
  const kernel::TimePoint t0{1000s};
  queue.add(0, 0, 0, t0, kernel::EventClass::kWork);
  queue.pop();
  queue.putBack(0, 0, true, t0 + 300ms, timing, kernel::EventClass::kWork);  // K-T-60: 1 s, until 1001.3 s
  EXPECT_EQ(queue.nextBackoffEnd(timing), t0 + 2s);
  queue.finishBackoffs(t0 + 1999ms, timing);
  EXPECT_EQ(queue.state(0), QueueState::kBackoff);
  queue.finishBackoffs(t0 + 2s, timing);
  EXPECT_EQ(queue.state(0), QueueState::kActive);
}

TEST(SchedulingQueue, KT60FromOneSecondToTen) {
  const std::int64_t wanted[] = {1, 2, 4, 8, 10, 10};
  for (std::uint32_t n = 1; n <= 6; ++n) {
    QueuedPod pod;
    pod.unschedulable_count = n;
    EXPECT_EQ(backoffOf(pod, {}), std::chrono::seconds(wanted[n - 1])) << n;
  }
}

TEST(Scores, KT64HowManyNodesThatFitAreEnough) {
  const std::pair<std::size_t, std::size_t> rows[] = {{99, 99}, {100, 100}, {1000, 420}, {5000, 500}, {10000, 500}};
  for (const auto& [nodes, wanted] : rows) EXPECT_EQ(feasibleNodesToFind(nodes, 0), wanted) << nodes;
}

}  // namespace
}  // namespace jobset_twin::cluster
