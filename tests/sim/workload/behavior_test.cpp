// Behaviours of a scenario: run time, failures at a time, by hazard and by attempt, waiting, checkpoints.
#include "sim/workload/behavior.hpp"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>
#include <cereal/archives/binary.hpp>
#include <cereal/types/vector.hpp>

#include "sim/workload/machine.hpp"
#include "sim/workload/memory_host.hpp"

namespace jobset_twin::workload {
namespace {

using std::chrono::seconds;

TimeDistribution constant(Duration value) { return {TimeDistribution::Kind::kConstant, value, {}, 0, {}}; }

double inSeconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

Behavior runs(Duration time) {
  Behavior behavior;
  behavior.run_time = constant(time);
  return behavior;
}

FailureSpec failsAt(Duration at, std::vector<std::int32_t> attempts = {}, std::int32_t code = 1) {
  FailureSpec failure;
  failure.at = at;
  failure.attempts = std::move(attempts);
  failure.exit_code = code;
  return failure;
}

struct Ended {
  double after = -1;  // seconds
  std::int32_t code = -1;
  Duration checkpointed{};
  std::vector<std::string> log;
};

// Runs it alone: names and peers are there from the given times on.
Ended run(const Behavior& behavior, std::int32_t attempt = 0, Duration checkpointed = {}, double names_at = 0,
          double peers_at = 0, std::uint64_t seed = 1) {
  Ended ended;
  BehaviorRun state = BehaviorRun::start(behavior, kernel::stream(seed, "container"), attempt, checkpointed);
  AskAnswer answer;
  Duration now{};
  for (int i = 0; i < 10'000; ++i) {
    const Ask ask = state.advance(answer, ended.log);
    answer = {};
    if (ask.kind == AskKind::kSleep) {
      now += ask.duration;
    } else if (ask.kind == AskKind::kLookUp) {
      if (inSeconds(now) >= names_at) answer.addresses = {"10.0.0.1"};
    } else if (ask.kind == AskKind::kPeers) {
      answer.ok = inSeconds(now) >= peers_at;
    } else if (ask.kind == AskKind::kExit) {
      ended.code = ask.exit_code;
      ended.after = inSeconds(now);
      break;
    } else {
      break;
    }
  }
  ended.checkpointed = state.checkpointed;
  return ended;
}

TEST(BehaviorRun, EndsWhenItShould) {
  Behavior endless;
  Behavior coded = runs(seconds(5));
  coded.exit_code = 42;
  Behavior fails = runs(seconds(100));
  fails.failures = {failsAt(seconds(30), {}, 3)};
  Behavior late = runs(seconds(20));
  late.failures = {failsAt(seconds(30))};
  Behavior two = runs(seconds(100));
  two.failures = {failsAt(seconds(60), {}, 6), failsAt(seconds(40), {}, 4)};
  Behavior once = runs(seconds(100));
  once.failures = {failsAt(seconds(10), {0}), failsAt(seconds(20), {2}, 9)};
  Behavior hazard = runs(seconds(100));
  hazard.failures.resize(1);
  hazard.failures[0].after = constant(seconds(15));
  hazard.failures[0].exit_code = 7;
  Behavior endless_fails;
  endless_fails.failures = {failsAt(seconds(70), {}, 2)};
  struct Row {
    const char* name;
    Behavior behavior;
    std::int32_t attempt;
    double after;
    std::int32_t code;
  };
  const Row rows[] = {
      {"runs its time", runs(seconds(10)), 0, 10, 0},
      {"ends with its exit code", coded, 0, 5, 42},
      {"without a run time it runs until it is stopped", endless, 0, -1, -1},
      {"fails at a time", fails, 0, 30, 3},
      {"a failure after the end is none", late, 0, 20, 0},
      {"the first of two failures decides", two, 0, 40, 4},
      {"fails in the first attempt", once, 0, 10, 1},
      {"not in the second", once, 1, 100, 0},
      {"otherwise in the third", once, 2, 20, 9},
      {"fails after a drawn time", hazard, 5, 15, 7},
      {"an endless one can fail", endless_fails, 0, 70, 2},
      {"no time at all", runs(seconds(0)), 0, 0, 0},
  };
  for (const Row& row : rows) {
    const Ended ended = run(row.behavior, row.attempt);
    EXPECT_DOUBLE_EQ(ended.after, row.after) << row.name;
    EXPECT_EQ(ended.code, row.code) << row.name;
  }
}

TEST(BehaviorRun, WaitsForNamesAndThenForPeers) {
  Behavior behavior = runs(seconds(10));
  behavior.wait_for_names = {"leader.svc"};
  behavior.wait_for_peers = {"workers", "*"};
  EXPECT_DOUBLE_EQ(run(behavior).after, 10);
  EXPECT_DOUBLE_EQ(run(behavior, 0, {}, 7).after, 17);
  EXPECT_DOUBLE_EQ(run(behavior, 0, {}, 7, 20).after, 30);
  EXPECT_DOUBLE_EQ(run(behavior, 0, {}, 6.5).after, 17);  // it looks each second

  BehaviorRun state = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, {});
  std::vector<std::string> log;
  Ask ask = state.advance({}, log);
  EXPECT_EQ(ask.kind, AskKind::kLookUp);
  EXPECT_EQ(ask.name, "leader.svc");
  ask = state.advance({}, log);
  EXPECT_EQ(ask.kind, AskKind::kSleep);
  EXPECT_TRUE(ask.idle);  // only the world can change it
  EXPECT_FALSE(state.began);
  (void)state.advance({}, log);
  AskAnswer found;
  found.addresses = {"10.0.0.1"};
  ask = state.advance(found, log);
  EXPECT_EQ(ask.kind, AskKind::kPeers);
  EXPECT_EQ(ask.name, "workers");
  ask = state.advance({}, log);
  EXPECT_EQ(ask.kind, AskKind::kPeers);
  EXPECT_EQ(ask.name, "");  // the whole JobSet
  ask = state.advance({}, log);
  EXPECT_TRUE(state.began);
  EXPECT_EQ(ask.duration, seconds(10));
}

TEST(BehaviorRun, ChecksPointsAndResumes) {
  Behavior behavior = runs(seconds(100));
  behavior.checkpoint = CheckpointSpec{seconds(30), seconds(2), seconds(5)};
  EXPECT_DOUBLE_EQ(run(behavior).after, 106);  // three checkpoints

  behavior.failures = {failsAt(seconds(70), {0}, 1)};
  const Ended first = run(behavior);
  EXPECT_DOUBLE_EQ(first.after, 74);
  EXPECT_EQ(first.code, 1);
  EXPECT_EQ(first.checkpointed, seconds(60));
  EXPECT_EQ(first.log, (std::vector<std::string>{"checkpoint written at 30.000 s of work",
                                                 "checkpoint written at 60.000 s of work"}));

  const Ended second = run(behavior, 1, first.checkpointed);
  EXPECT_DOUBLE_EQ(second.after, 5 + 30 + 2 + 10);
  EXPECT_EQ(second.code, 0);
  EXPECT_EQ(second.log.front(), "restoring the checkpoint at 60.000 s of work");

  behavior.checkpoint.reset();
  EXPECT_DOUBLE_EQ(run(behavior, 1, first.checkpointed).after, 100) << "without checkpoints nothing is kept";
}

TEST(BehaviorRun, AHazardStrikesDuringCheckpointsToo) {
  Behavior behavior = runs(seconds(100));
  behavior.checkpoint = CheckpointSpec{seconds(30), seconds(10), seconds(5)};
  struct Case {
    int hazard, checkpointed, after, kept;
  };
  for (const Case& one : {Case{35, 0, 35, 0},    // while the first is written
                          Case{45, 0, 45, 30},   // in the work after it
                          Case{3, 30, 3, 30},    // while it is read
                          Case{40, 30, 40, 30},  // while the second is written, 5 + 30 s after the start
                          Case{500, 60, 5 + 30 + 10 + 10, 90}}) {
    behavior.failures.resize(1);
    behavior.failures[0].after = constant(seconds(one.hazard));
    behavior.failures[0].exit_code = 7;
    const Ended ended = run(behavior, 1, seconds(one.checkpointed));
    EXPECT_DOUBLE_EQ(ended.after, one.after);
    EXPECT_EQ(ended.code, one.hazard == 500 ? 0 : 7) << one.hazard;
    EXPECT_EQ(ended.checkpointed, seconds(one.kept)) << one.hazard;
  }
}

TEST(BehaviorRun, AFailureCountsWorkOfThisContainer) {
  Behavior behavior = runs(seconds(100));
  behavior.checkpoint = CheckpointSpec{seconds(40), seconds(0), seconds(0)};
  behavior.failures = {failsAt(seconds(50))};
  EXPECT_DOUBLE_EQ(run(behavior, 1, seconds(40)).after, 50);
}

TEST(BehaviorRun, DrawsFromItsStream) {
  Behavior behavior;
  const auto spread = [&](TimeDistribution distribution) {
    behavior.run_time = distribution;
    std::vector<double> times;
    for (std::uint64_t seed = 0; seed < 400; ++seed) times.push_back(run(behavior, 0, {}, 0, 0, seed).after);
    EXPECT_EQ(run(behavior, 0, {}, 0, 0, 3).after, times[3]);
    std::sort(times.begin(), times.end());
    EXPECT_LT(times.front(), times.back());
    return times;
  };
  const auto uniform = spread({TimeDistribution::Kind::kUniform, seconds(10), seconds(20), 0, {}});
  EXPECT_GE(uniform.front(), 10);
  EXPECT_LE(uniform.back(), 20);
  EXPECT_NEAR(uniform[200], 15, 1);
  const auto exponential = spread({TimeDistribution::Kind::kExponential, seconds(60), {}, 0, {}});
  EXPECT_NEAR(exponential[200], 60 * std::log(2.0), 8);
  const auto lognormal = spread({TimeDistribution::Kind::kLognormal, seconds(60), {}, 0.5, {}});
  EXPECT_NEAR(lognormal[200], 60, 8);
}

TEST(BehaviorRun, AFailureThatDoesNotApplyDrawsAllTheSame) {
  Behavior behavior;
  behavior.failures.resize(2);
  for (FailureSpec& failure : behavior.failures)
    failure.after = TimeDistribution{TimeDistribution::Kind::kUniform, seconds(1), seconds(1000), 0, {}};
  behavior.failures[0].attempts = {5};
  Behavior both = behavior;
  both.failures[0].attempts.clear();
  both.failures[0].after = constant(seconds(5000));  // no number taken
  const BehaviorRun a = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, {});
  const BehaviorRun b = BehaviorRun::start(behavior, kernel::stream(1, "c"), 1, {});
  EXPECT_EQ(a.fails_in, b.fails_in);
  EXPECT_NE(a.fails_in, BehaviorRun::start(both, kernel::stream(1, "c"), 0, {}).fails_in);
}

TEST(BehaviorRun, GoesOnAfterAnArchive) {
  Behavior behavior = runs(seconds(100));
  behavior.checkpoint = CheckpointSpec{seconds(30), seconds(2), seconds(5)};
  behavior.failures = {failsAt(seconds(95), {}, 4)};
  behavior.wait_for_names = {"a", "b"};
  for (int stop = 0; stop < 14; ++stop) {
    BehaviorRun state = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, {});
    std::vector<std::string> log, log_loaded;
    AskAnswer answer;
    answer.addresses = {"x"};
    for (int i = 0; i < stop; ++i) (void)state.advance(answer, log);
    std::stringstream bytes;
    cereal::BinaryOutputArchive{bytes}(state);
    BehaviorRun loaded;
    cereal::BinaryInputArchive{bytes}(loaded);
    loaded.spec = behavior;
    log.clear();
    for (int i = 0; i < 14; ++i) {
      const Ask a = state.advance(answer, log), b = loaded.advance(answer, log_loaded);
      ASSERT_EQ(a.kind, b.kind);
      EXPECT_EQ(a.duration, b.duration);
      EXPECT_EQ(a.exit_code, b.exit_code);
      if (a.kind == AskKind::kExit) break;
    }
    EXPECT_EQ(log, log_loaded);
  }
}

// 100 s of work, a checkpoint of 2 s after each 30 s, 5 s to read one.
TEST(BehaviorRun, TellsWhereItsTimeWent) {
  struct Row {
    const char* name;
    int resumed, stopped;  // seconds: of work at its start; how long it is let run, at most
    double useful, lost, saving, restoring;
  };
  const Row rows[] = {
      {"to its end", 0, 1000, 100, 0, 6, 0},
      {"from a checkpoint to its end", 60, 1000, 40, 0, 2, 5},
      {"stopped before the first checkpoint", 0, 20, 0, 20, 0, 0},
      {"stopped while it is written", 0, 31, 0, 30, 1, 0},
      {"stopped after the second one", 0, 70, 60, 6, 4, 0},
      {"stopped while one is read", 60, 3, 0, 0, 0, 3},
      {"stopped some time after that", 60, 15, 0, 10, 0, 5},
  };
  for (const Row& row : rows) {
    Behavior behavior = runs(seconds(100));
    behavior.checkpoint = CheckpointSpec{seconds(30), seconds(2), seconds(5)};
    BehaviorRun state = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, seconds(row.resumed));
    std::vector<std::string> log;
    Duration now{};
    bool finished = false;
    while (now <= seconds(row.stopped) && !finished) {
      const Ask ask = state.advance({}, log);
      finished = ask.kind == AskKind::kExit;
      if (now + ask.duration > seconds(row.stopped)) break;
      now += ask.duration;
    }
    const Duration ran = finished ? now : Duration(seconds(row.stopped));
    const GroupTimes times = timesOf(state, ran, seconds(row.resumed), finished);
    EXPECT_EQ(inSeconds(times.useful), row.useful) << row.name;
    EXPECT_EQ(inSeconds(times.lost), row.lost) << row.name;
    EXPECT_EQ(inSeconds(times.saving), row.saving) << row.name;
    EXPECT_EQ(inSeconds(times.restoring), row.restoring) << row.name;
    EXPECT_EQ(times.total(), ran) << row.name;
  }
}

TEST(BehaviorMachine, SignalsEndIt) {
  MemoryHost host;
  Behavior behavior = runs(seconds(100));
  Machine handles;
  handles.run = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, {});
  const MachineStep first = handles.resume(host);
  ASSERT_TRUE(first.wake);
  EXPECT_EQ(*first.wake - host.now(), Duration(seconds(100)));
  handles.signal(15);
  EXPECT_EQ(handles.resume(host).exit_code, 143);

  behavior.handles_term = false;
  Machine ignores;
  ignores.run = BehaviorRun::start(behavior, kernel::stream(1, "c"), 0, {});
  (void)ignores.resume(host);
  ignores.signal(15);
  EXPECT_FALSE(ignores.resume(host).exit_code == 143);
}

TEST(FixedRunMachine, RunsItsTimeAndEndsBySignal) {
  MemoryHost host;
  Machine machine;
  machine.run = FixedRun{seconds(60), 3, false};
  EXPECT_EQ(*machine.resume(host).wake - host.now(), Duration(seconds(60)));
  EXPECT_EQ(machine.resume(host).exit_code, 3);
  machine.run = FixedRun{seconds(60), 3, false};
  (void)machine.resume(host);
  machine.signal(15);
  EXPECT_EQ(machine.resume(host).exit_code, 143);
}

}  // namespace
}  // namespace jobset_twin::workload
