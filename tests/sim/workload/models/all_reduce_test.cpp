// Synchronous training: steps, checkpoints, lost and slow ranks, exchanges by placement.
#include "sim/workload/models/all_reduce.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/workload/models/drive.hpp"

namespace jobset_twin::workload {
namespace {

using namespace std::chrono_literals;

AllReduceSpec hundredSteps() {
  AllReduceSpec spec;
  spec.steps = 100;
  spec.step = constantly(1s);
  spec.checkpoint_every = 10;
  spec.checkpoint_cost = 2s;
  spec.restore = 5s;
  spec.timeout = 60s;
  return spec;
}

Driven<AllReduce> gang(const AllReduceSpec& spec, std::int32_t ranks, double from = 0) {
  Driven<AllReduce> out{AllReduce(spec, ranks, kernel::stream(1, "group")), {}, {}, {}, {}};
  for (std::int32_t rank = 0; rank < ranks; ++rank) out.join(from + rank, {0, rank});
  return out;
}

void expectTimes(const GroupTimes& times, double useful, double lost, double saving, double restoring, double waiting) {
  EXPECT_NEAR(secondsOf(times.useful), useful, 1e-6);
  EXPECT_NEAR(secondsOf(times.lost), lost, 1e-6);
  EXPECT_NEAR(secondsOf(times.saving), saving, 1e-6);
  EXPECT_NEAR(secondsOf(times.restoring), restoring, 1e-6);
  EXPECT_NEAR(secondsOf(times.waiting), waiting, 1e-6);
}

TEST(AllReduce, WaitsForAllThenStepsAndSaves) {
  auto run = gang(hundredSteps(), 4);  // the last comes at 3 s
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 2}), 3 + 100 + 9 * 2);  // nothing is saved after the last step
  EXPECT_EQ(run.ended.size(), 4U);
  EXPECT_EQ(run.ended.at({0, 3}).second, 0);
  const GroupFigures figures = run.model.figures(run.now);
  EXPECT_EQ(figures.done, 100);
  expectTimes(figures.times, 100, 0, 18, 0, 3);
}

TEST(AllReduce, ALostRankCostsWhatIsNotSavedAndThePeersGiveUp) {
  auto run = gang(hundredSteps(), 2, 0);  // begins at 1 s
  run.leave(1 + 10 + 2 + 4.5, {0, 1});    // 4.5 steps after the first checkpoint
  run.runUntil(at(100));
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 17.5 + 60);
  EXPECT_EQ(run.ended.at({0, 0}).second, 1);
  // What gave up has really ended; then both are started again.
  run.leave(100, {0, 0});
  run.join(110, {0, 0});
  run.join(120, {0, 1});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 120 + 5 + 90 + 8 * 2);
  const GroupFigures figures = run.model.figures(run.now);
  EXPECT_EQ(figures.repeated, 4);
  expectTimes(figures.times, 100, 4.5, 18, 5, 1 + (120 - 17.5));
}

TEST(AllReduce, WhatComesBackBeforeThePeersHaveEndedDoesNotHelpThem) {
  auto run = gang(hundredSteps(), 2, 0);
  run.leave(5, {0, 1});
  run.join(10, {0, 1});
  run.runUntil(at(70));
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 65);
  EXPECT_EQ(run.endOf({0, 1}), -1);  // it is new: it waits for the other
  run.leave(66, {0, 0});
  run.join(80, {0, 0});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 1}), 80 + 100 + 18);  // there was no checkpoint yet
}

TEST(AllReduce, PeersThatRejoinGoOnAtOnce) {
  AllReduceSpec spec = hundredSteps();
  spec.on_loss = PeerLoss::kRejoin;
  auto run = gang(spec, 2, 0);
  run.leave(1 + 10 + 2 + 3, {0, 1});
  run.join(40, {0, 1});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 40 + 5 + 90 + 8 * 2);
}

TEST(AllReduce, PeersThatWaitDoSoForEver) {
  AllReduceSpec spec = hundredSteps();
  spec.on_loss = PeerLoss::kWait;
  auto run = gang(spec, 2, 0);
  run.leave(5, {0, 1});
  run.join(10, {0, 1});
  EXPECT_FALSE(run.model.wake());
}

TEST(AllReduce, AnElasticGroupMeetsAgainAtItsLastCheckpoint) {
  AllReduceSpec spec = hundredSteps();
  auto run = gang(spec, 2, 0);
  run.runUntil(at(1 + 10 + 2 + 3));
  run.take(run.model.resize(run.now, {3}));
  run.join(20, {0, 2});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 2}), 20 + 5 + 90 + 8 * 2);
  expectTimes(run.model.figures(run.now).times, 100, 3, 18, 5, 1 + 4);
}

TEST(AllReduce, TheSlowestRankSetsThePace) {
  AllReduceSpec spec = hundredSteps();
  spec.checkpoint_every = 0;
  auto run = gang(spec, 2, 0);
  run.speed(1 + 10.25, {0, 1}, 0.5);
  run.speed(1 + 10.25 + 1.5 + 2 * 20, {0, 1}, 1);
  run.runToEnd();
  EXPECT_NEAR(run.endOf({0, 0}), 1 + 10.25 + 1.5 + 40 + 69, 1e-6);
}

// A speed that changes just as a checkpoint is due does not do away with it.
TEST(AllReduce, ASpeedThatChangesAtACheckpointLeavesItWhereItIs) {
  for (const double before : {0.0, 0.5}) {
    auto run = gang(hundredSteps(), 2, 0);
    run.runUntil(at(1 + 10 - before - 0.001));
    run.now = at(1 + 10 - before);
    run.take(run.model.setSpeed(run.now, {0, 1}, 0.5));
    run.take(run.model.setSpeed(run.now, {0, 1}, 1));
    run.runToEnd();
    EXPECT_NEAR(run.endOf({0, 0}), 1 + 100 + 9 * 2, 1e-6) << before;
    expectTimes(run.model.figures(run.now).times, 100, 0, 18, 0, 1);
  }
}

TEST(AllReduce, WorkBeyondTheEndOfTimeIsNotDone) {
  AllReduceSpec spec = hundredSteps();
  Communication endless;
  endless.bytes = std::int64_t{1} << 62;
  endless.cluster = 1;
  for (const auto& [law, exchange] :
       {std::pair(constantly(1'000'000h), Communication{}), std::pair(forEver(), Communication{}),
        std::pair(constantly(10s), endless), std::pair(forEver(), endless)}) {
    spec.step = law;
    spec.communication = exchange;
    spec.checkpoint_every = 0;
    auto run = gang(spec, 2);
    EXPECT_EQ(run.model.wake(), TimePoint::max());
    run.speed(1000, {0, 1}, 0.5);
    run.leave(2000, {0, 1});
    EXPECT_EQ(run.model.figures(run.now).done, 0);
    expectTimes(run.model.figures(run.now).times, 0, 2000 - 1, 0, 0, 1);
  }
}

// After a loss those that have come back wait for the others no longer than for an answer.
TEST(AllReduce, WhoWaitsTooLongForALostRankGivesUp) {
  auto run = gang(hundredSteps(), 3, 0);  // begins at 2 s
  run.leave(5, {0, 2});
  run.runUntil(at(65));
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 65);
  run.leave(65, {0, 0});
  run.leave(65, {0, 1});
  run.ended.clear();
  run.join(100, {0, 0});
  run.join(130, {0, 1});
  run.runUntil(at(189));
  EXPECT_DOUBLE_EQ(run.endOf({0, 0}), 160);
  EXPECT_EQ(run.ended.at({0, 0}).second, 1);
  EXPECT_EQ(run.endOf({0, 1}), -1);
  run.leave(189, {0, 0});
  run.join(189.5, {0, 0});
  run.join(189.5, {0, 2});
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf({0, 1}), 189.5 + 100 + 18);
}

TEST(AllReduce, BeforeAnythingIsLostRanksWaitForEachOtherWithoutALimit) {
  auto run = gang(hundredSteps(), 2, 1000);
  EXPECT_DOUBLE_EQ((run.runToEnd(), run.endOf({0, 0})), 1001 + 100 + 18);
  Driven<AllReduce> alone{AllReduce(hundredSteps(), 2, kernel::stream(1, "group")), {}, {}, {}, {}};
  alone.join(0, {0, 0});
  EXPECT_FALSE(alone.model.wake());
}

TEST(AllReduce, ExchangesTakeTheWidestWayThatTheRingTakes) {
  Communication c;
  c.bytes = 1'000'000'000;
  c.host = 4e9;
  c.rack = 2e9;
  c.zone = 5e8;
  struct Case {
    const char* what;
    std::vector<MemberPlace> members;
    double seconds;
  };
  const MemberPlace a{"h1", "r1", "b1", "z1"};
  const Case cases[] = {
      {"alone: nothing to exchange", {a}, 0},
      {"one host", {a, a}, 0.25},
      {"one rack", {a, {"h2", "r1", "b1", "z1"}}, 0.5},
      {"one block, of which nothing is said: as the zone", {a, {"h2", "r2", "b1", "z1"}}, 2},
      {"another zone, of which nothing is said: as the widest known", {a, {"h2", "r2", "b2", "z2"}}, 2},
      {"four in a rack: 2 * 3/4 of the bytes", {a, a, a, {"h2", "r1", "b1", "z1"}}, 0.75},
      {"no racks known", {{"h1", "", "", ""}, {"h2", "", "", ""}}, 2},
  };
  for (const Case& one : cases) {
    EXPECT_NEAR(secondsOf(exchangeTime(c, one.members)), one.seconds, 1e-9) << one.what;
  }
  EXPECT_EQ(exchangeTime({}, cases[2].members), Duration{});
}

// E[max of n exponentials] = H_n (validation B.1); one draw a step must show it.
TEST(AllReduce, AStepTakesAsLongAsTheSlowestOfAllItsRanks) {
  AllReduceSpec spec;
  spec.steps = 40'000;
  spec.step = exponentially(1s);
  auto run = gang(spec, 100, 0);
  run.runToEnd();
  const double mean = (run.endOf({0, 0}) - 99) / static_cast<double>(spec.steps);
  EXPECT_NEAR(mean, 5.187378, 4 * 1.278665 / 200);
}

// Steps are independent, also where one takes many draws: the variance of a sum of ten is ten times that of one.
TEST(AllReduce, StepsAreIndependentOfEachOther) {
  AllReduceSpec spec;
  spec.checkpoint_every = 1;
  spec.step = exponentially(1s);
  spec.step.kind = TimeDistribution::Kind::kGamma;
  spec.step.sigma = 1;
  constexpr int kSums = 1'000, kEach = 10;
  spec.steps = kSums * kEach;
  auto run = gang(spec, 64, 0);
  double sum = 0, squares = 0, sums = 0, squares_of_sums = 0, before = 63, began = 63;
  for (int step = 0; step < spec.steps;) {
    run.runUntil(*run.model.wake());  // saving takes no time: every other wake is the end of a step
    const double now = secondsOf(run.now.time_since_epoch());
    if (run.model.figures(run.now).done == step) continue;
    sum += now - before;
    squares += (now - before) * (now - before);
    before = now;
    if (++step % kEach != 0) continue;
    sums += now - began;
    squares_of_sums += (now - began) * (now - began);
    began = now;
  }
  const auto variance = [](double count, double of, double of_squares) {
    return of_squares / count - of / count * (of / count);
  };
  const double one = variance(spec.steps, sum, squares), many = variance(kSums, sums, squares_of_sums);
  EXPECT_NEAR(one, 1.6293, 0.1);  // the sum of 1 / k^2 up to 64
  EXPECT_NEAR(many / one, kEach, 2.5);
}

TEST(AllReduce, SlowestOfAgreesWithTheLargestOfSingleDraws) {
  struct Case {
    TimeDistribution::Kind kind;
    Duration a, b;
    double sigma;
  };
  for (const Case& one : {Case{TimeDistribution::Kind::kUniform, 1s, 3s, 0},
                          {TimeDistribution::Kind::kLognormal, 1s, {}, 0.5},
                          {TimeDistribution::Kind::kWeibull, 1s, {}, 1.5},
                          {TimeDistribution::Kind::kGamma, 1s, {}, 2},
                          {TimeDistribution::Kind::kEmpirical, {}, {}, 0},
                          {TimeDistribution::Kind::kConstant, 2s, {}, 0}}) {
    TimeDistribution law;
    law.kind = one.kind;
    law.a = one.a;
    law.b = one.b;
    law.sigma = one.sigma;
    law.measured = std::make_shared<const MeasuredTimes>(MeasuredTimes{1s, 2s, 3s, 10s, 20s});
    kernel::Stream together = kernel::stream(3, "together"), single = kernel::stream(3, "single");
    constexpr int kRounds = 20'000, kRanks = 16;
    double sum = 0, squares = 0, plain = 0;
    for (int round = 0; round < kRounds; ++round) {
      const double value = secondsOf(slowestOf(law, kRanks, together));
      sum += value;
      squares += value * value;
      Duration largest{};
      for (int rank = 0; rank < kRanks; ++rank) largest = std::max(largest, draw(law, single));
      plain += secondsOf(largest);
    }
    const double mean = sum / kRounds, error = std::sqrt(std::max(0.0, squares / kRounds - mean * mean) / kRounds);
    EXPECT_NEAR(mean, plain / kRounds, 6 * error + 1e-9) << static_cast<int>(one.kind);
  }
}

}  // namespace
}  // namespace jobset_twin::workload
