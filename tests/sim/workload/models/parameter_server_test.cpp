// Parameter servers: what bounds the rate, synchronous rounds with backups, what a lost server or worker costs.
#include "sim/workload/models/parameter_server.hpp"

#include <gtest/gtest.h>

#include "tests/sim/workload/models/drive.hpp"

namespace jobset_twin::workload {
namespace {

using namespace std::chrono_literals;

constexpr Member serverOf(std::int32_t rank) { return {ParameterServer::kServers, rank}; }
constexpr Member workerOf(std::int32_t rank) { return {ParameterServer::kWorkers, rank}; }

ParameterServerSpec steps(std::int64_t count) {
  ParameterServerSpec spec;
  spec.steps = count;
  spec.step = constantly(10s);
  spec.exchange = 100ms;
  return spec;
}

Driven<ParameterServer> group(const ParameterServerSpec& spec, std::int32_t servers, std::int32_t workers) {
  Driven<ParameterServer> out{ParameterServer(spec, servers, workers, kernel::stream(1, "group")), {}, {}, {}, {}};
  for (std::int32_t rank = 0; rank < servers; ++rank) out.join(0, serverOf(rank));
  for (std::int32_t rank = 0; rank < workers; ++rank) out.join(0, workerOf(rank));
  return out;
}

TEST(ParameterServer, TheServersOrTheWorkersBoundTheRate) {
  // Ten workers: one step each in 10.1 s and more while they queue; 1,000: the servers serve ten a second.
  auto few = group(steps(1000), 2, 10), many = group(steps(10'000), 2, 1000);
  few.runToEnd();
  many.runToEnd();
  EXPECT_NEAR(few.endOf(workerOf(0)), 100 * 10.1 + 0.9, 1);
  EXPECT_NEAR(many.endOf(workerOf(0)), 10 + 1000, 1);
  EXPECT_EQ(few.ended.size(), 10U);  // servers go on until they are told to end
}

TEST(ParameterServer, SynchronousRoundsTakeAsLongAsTheSlowestButTheBackups) {
  for (const auto& [backups, round] : {std::make_pair(0, 20.1), std::make_pair(1, 10.3)}) {
    ParameterServerSpec spec = steps(10);
    spec.synchronous = true;
    spec.backups = backups;
    auto run = group(spec, 1, 4);
    run.speed(0, workerOf(3), 0.5);
    run.runToEnd();
    EXPECT_NEAR(run.endOf(workerOf(0)), 10 * round, 1.5) << backups;
    EXPECT_EQ(run.model.figures(run.now).done, 10);
  }
}

TEST(ParameterServer, ALostWorkerCostsItsStepOnly) {
  ParameterServerSpec spec = steps(20);
  spec.exchange = {};
  auto run = group(spec, 1, 2);
  run.leave(55, workerOf(1));
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(workerOf(0)), 150);  // ten by both, ten by one
  EXPECT_EQ(run.model.figures(run.now).repeated, 0);
}

TEST(ParameterServer, ALostServerTakesWhatIsNotSavedWithIt) {
  ParameterServerSpec spec = steps(40);
  spec.exchange = {};
  spec.checkpoint_every = 8;
  spec.restore = 20s;
  auto run = group(spec, 2, 2);
  run.leave(55, serverOf(1));  // ten steps are done, eight are saved
  run.join(100, serverOf(1));
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(workerOf(0)), 100 + 20 + 160);
  const GroupFigures figures = run.model.figures(run.now);
  EXPECT_EQ(figures.repeated, 2);
  // Of both workers together.
  EXPECT_DOUBLE_EQ(secondsOf(figures.times.useful), 400);
  EXPECT_DOUBLE_EQ(secondsOf(figures.times.lost), 30);
  EXPECT_DOUBLE_EQ(secondsOf(figures.times.restoring), 40);
  EXPECT_DOUBLE_EQ(secondsOf(figures.times.waiting), 90);
  EXPECT_EQ(figures.times.total(), 2 * (run.now - TimePoint{}));
}

// Three workers have done their part of the round when an elastic JobSet takes the fourth away.
TEST(ParameterServer, ARoundIsCompleteOnceTheLastThatIsMissingIsNotWantedAnyMore) {
  ParameterServerSpec spec = steps(2);
  spec.synchronous = true;
  auto run = group(spec, 1, 4);
  run.speed(0, workerOf(3), 0.25);
  run.runUntil(at(15));
  run.take(run.model.resize(run.now, {1, 3}));
  run.leave(16, workerOf(3));
  run.runToEnd();
  EXPECT_NEAR(run.endOf(workerOf(0)), 15 + 10 + 0.3, 0.2);
}

TEST(ParameterServer, ServersMayEndWithTheWork) {
  ParameterServerSpec spec = steps(4);
  spec.servers_end = true;
  auto run = group(spec, 1, 1);
  run.runToEnd();
  EXPECT_GT(run.endOf(serverOf(0)), 40);
}

TEST(ParameterServer, WorkBeyondTheEndOfTimeIsNotDone) {
  ParameterServerSpec endless_steps = steps(4), endless_exchanges = steps(4);
  endless_steps.step = forEver();
  endless_exchanges.exchange = Duration::max();
  for (const ParameterServerSpec& spec : {endless_steps, endless_exchanges}) {
    auto run = group(spec, 1, 2);
    run.runUntil(at(1000));
    EXPECT_EQ(run.model.wake(), TimePoint::max());
    run.speed(1000, workerOf(1), 0.5);
    run.leave(2000, workerOf(1));
    EXPECT_EQ(run.model.figures(run.now).done, 0);
    EXPECT_TRUE(run.ended.empty());
  }
}

}  // namespace
}  // namespace jobset_twin::workload
