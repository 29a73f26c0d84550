// Stages: the slowest sets the pace, buffers hold back, a lost worker's item is done again.
#include "sim/workload/models/pipeline.hpp"

#include <gtest/gtest.h>

#include "tests/sim/workload/models/drive.hpp"

namespace jobset_twin::workload {
namespace {

using namespace std::chrono_literals;

PipelineSpec stages(std::int64_t items, std::vector<Duration> times) {
  PipelineSpec spec;
  spec.items = items;
  for (const Duration time : times) spec.stages.push_back({"", constantly(time), 0, 0, 0});
  return spec;
}

Driven<Pipeline> group(const PipelineSpec& spec) {
  Driven<Pipeline> out{Pipeline(spec, kernel::stream(1, "group")), {}, {}, {}, {}};
  for (std::size_t stage = 0; stage < spec.stages.size(); ++stage) out.join(0, {static_cast<std::int32_t>(stage), 0});
  return out;
}

TEST(Pipeline, TheSlowestStageSetsThePace) {
  auto run = group(stages(100, {1s, 3s, 2s}));
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 100);  // nothing holds it back
  EXPECT_DOUBLE_EQ(run.endOf({1, 0}), 1 + 300);
  EXPECT_DOUBLE_EQ(run.endOf({2, 0}), 1 + 300 + 2);
  EXPECT_TRUE(run.model.done());
}

TEST(Pipeline, ABufferHoldsTheStageBeforeBack) {
  PipelineSpec spec = stages(100, {1s, 3s});
  spec.stages[0].buffer = 5;
  auto run = group(spec);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({1, 0}), 1 + 300);
  // Its last item leaves when five wait and a sixth is begun: 94 have left the second stage by then.
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 1 + 3 * 94);
}

TEST(Pipeline, ReadingTakesTheVolumeOverTheBandwidth) {
  PipelineSpec spec = stages(10, {1s});
  spec.stages[0].bytes = 500;
  spec.stages[0].bandwidth = 1000;
  auto run = group(spec);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 15);
}

TEST(Pipeline, ALostWorkersItemIsDoneAgain) {
  auto run = group(stages(10, {10s, 1s}));
  run.join(0, {0, 1});
  run.leave(15, {0, 1});
  run.runToEnd();
  EXPECT_EQ(run.model.figures(run.now).repeated, 1);
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 90);  // two by 10 s, eight more by one
  EXPECT_DOUBLE_EQ(secondsOf(run.model.figures(run.now).times.lost), 5);
  run.join(120, {0, 1});  // its stage is over
  EXPECT_DOUBLE_EQ(run.endOf({0, 1}), 120);
}

TEST(Pipeline, AStageThatNobodyWorksInHoldsUpTheRest) {
  Driven<Pipeline> run{Pipeline(stages(3, {1s, 1s}), kernel::stream(1, "group")), {}, {}, {}, {}};
  run.join(0, {0, 0});
  run.runUntil(at(10));
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 3);
  EXPECT_FALSE(run.model.done());
  run.join(100, {1, 0});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({1, 0}), 103);
  EXPECT_DOUBLE_EQ(secondsOf(run.model.figures(run.now).times.useful), 6);
  EXPECT_DOUBLE_EQ(secondsOf(run.model.figures(run.now).times.waiting), 0);  // nobody was there to wait
}

TEST(Pipeline, WorkBeyondTheEndOfTimeIsNotDone) {
  PipelineSpec endless_work = stages(10, {10s, 1s}), endless_reading = endless_work;
  endless_work.stages[0].item = forEver();
  endless_reading.stages[0].bytes = std::int64_t{1} << 62;
  endless_reading.stages[0].bandwidth = 1;
  for (const PipelineSpec& spec : {endless_work, endless_reading}) {
    auto run = group(spec);
    EXPECT_EQ(run.model.wake(), TimePoint::max());
    run.speed(1000, {0, 0}, 0.5);
    EXPECT_EQ(run.model.wake(), TimePoint::max());
    run.leave(2000, {0, 0});
    EXPECT_EQ(run.model.figures(run.now).done, 0);
  }
}

}  // namespace
}  // namespace jobset_twin::workload
