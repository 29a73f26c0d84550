// The in-place restart agent (JS-I6).
#include "sim/workload/restart_agent.hpp"

#include <sstream>

#include <gtest/gtest.h>
#include <cereal/archives/binary.hpp>

namespace jobset_twin::workload {
namespace {

using Attempt = std::optional<std::int32_t>;

AskAnswer status(Attempt previous, Attempt current, bool in_place = true) {
  AskAnswer answer;
  answer.in_place = in_place;
  answer.previous_attempt = previous;
  answer.current_attempt = current;
  return answer;
}

// An agent that has looked once, with this status, and has its annotation written.
RestartAgent begun(const AskAnswer& first) {
  RestartAgent agent;
  std::vector<std::string> log;
  EXPECT_EQ(agent.advance({}, log).kind, AskKind::kWatchJobSet);
  const Ask annotate = agent.advance(first, log);
  EXPECT_EQ(annotate.kind, AskKind::kAnnotate);
  EXPECT_EQ(annotate.name, std::to_string(agent.attempt));
  EXPECT_EQ(agent.advance({}, log).kind, AskKind::kWatchJobSet);
  EXPECT_FALSE(agent.barrier_down);
  return agent;
}

TEST(RestartAgent, ItsAttemptIsTheNextOne) {
  EXPECT_EQ(begun(status({}, {})).attempt, 0);
  EXPECT_EQ(begun(status({}, 0)).attempt, 1);
  EXPECT_EQ(begun(status(3, 4)).attempt, 5);
}

TEST(RestartAgent, WhatItDoesWhenTheStatusChanges) {
  struct Row {
    const char* name;
    Attempt current_at_start;
    AskAnswer seen;
    bool exits, barrier_down;
  };
  const Row rows[] = {
      {"nothing is known yet", {}, status({}, {}), false, false},
      {"all Pods have its attempt", {}, status({}, 0), false, true},
      {"others are behind", 0, status({}, 0), false, false},
      {"others have caught up", 0, status(0, 1), false, true},
      {"its attempt is over", {}, status(0, 0), true, false},
      {"an older attempt is over", 1, status(1, 1), false, false},
      {"a later one is over", 0, status(4, 4), true, false},
      {"its attempt is over, and the next is there", {}, status(0, 1), true, false},
      {"the JobSet does not restart in place", {}, status({}, {}, false), false, true},
      {"nor does it exit then", {}, status(0, 0, false), false, true},
  };
  for (const Row& row : rows) {
    RestartAgent agent = begun(status({}, row.current_at_start));
    std::vector<std::string> log;
    const Ask ask = agent.advance(row.seen, log);
    EXPECT_EQ(ask.kind, row.exits ? AskKind::kExit : AskKind::kWatchJobSet) << row.name;
    EXPECT_EQ(ask.exit_code, row.exits ? 1 : 0) << row.name;
    EXPECT_EQ(agent.barrier_down, row.barrier_down) << row.name;
  }
}

TEST(RestartAgent, WritesNoAttemptWhileTheJobSetDoesNotRestartInPlace) {
  RestartAgent agent;
  std::vector<std::string> log;
  (void)agent.advance({}, log);
  EXPECT_EQ(agent.advance(status({}, {}, false), log).kind, AskKind::kWatchJobSet);
  EXPECT_TRUE(agent.barrier_down);
  const Ask annotate = agent.advance(status({}, {}), log);  // the annotation that disabled it is gone
  EXPECT_EQ(annotate.kind, AskKind::kAnnotate);
  EXPECT_EQ(annotate.name, "0");
  EXPECT_EQ(log.size(), 2U);
}

TEST(RestartAgent, ABarrierStaysDownUntilTheAttemptIsOver) {
  RestartAgent agent = begun(status({}, {}));
  agent.restart_exit_code = 77;
  std::vector<std::string> log;
  (void)agent.advance(status({}, 0), log);
  (void)agent.advance(status({}, 1), log);
  EXPECT_TRUE(agent.barrier_down);
  const Ask ask = agent.advance(status(0, 1), log);
  EXPECT_EQ(ask.kind, AskKind::kExit);
  EXPECT_EQ(ask.exit_code, 77);
}

TEST(RestartAgent, RemembersWhatItWasTold) {
  RestartAgent agent;
  agent.remember(status(2, 3));
  EXPECT_TRUE(agent.sameAsLast(status(2, 3)));
  EXPECT_FALSE(agent.sameAsLast(status(3, 3)));
  EXPECT_FALSE(agent.sameAsLast(status({}, 3)));
  EXPECT_FALSE(agent.sameAsLast(status(2, 3, false)));
}

TEST(RestartAgent, GoesOnAfterAnArchive) {
  RestartAgent agent = begun(status({}, 4));
  agent.remember(status({}, 4));
  std::stringstream bytes;
  cereal::BinaryOutputArchive{bytes}(agent);
  RestartAgent loaded;
  cereal::BinaryInputArchive{bytes}(loaded);
  EXPECT_EQ(loaded.attempt, 5);
  EXPECT_TRUE(loaded.sameAsLast(status({}, 4)));
  std::vector<std::string> log;
  (void)loaded.advance(status(4, 5), log);
  EXPECT_TRUE(loaded.barrier_down);
}

}  // namespace
}  // namespace jobset_twin::workload
