// The timeline: what it says of changes and notes, and how it groups (viz/timeline.hpp).
#include "viz/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "tests/viz/builders.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;
using cluster::NoteKind;
using testing::ElementsAre;
using testing::HasSubstr;

struct Told {
  explicit Told(TimelineMode mode = TimelineMode::kGrouped, bool logs = false)
      : timeline({.mode = mode, .logs = logs, .start = kStart},
                 [this](std::string_view line) { lines.emplace_back(line); }),
        feed(timeline) {}
  // Without the padding before the clock and between object and text.
  std::vector<std::string> take() {
    for (std::string& line : lines) {
      line.erase(0, line.find_first_not_of(' '));
      const std::size_t clock = line.find("  ") + 2;
      for (std::size_t gap = line.find("   ", clock); gap != std::string::npos; gap = line.find("   ", clock))
        line.erase(gap, 1);
    }
    return std::exchange(lines, {});
  }
  std::vector<std::string> lines;
  Timeline timeline;
  Feed feed;
};

scenarios::Outcome endAt(double seconds) {
  scenarios::Outcome outcome;
  outcome.start = kStart;
  outcome.end = at(seconds);
  return outcome;
}

TEST(ClockTime, GrowsWithTheRun) {
  const std::pair<double, const char*> cases[] = {
      {0, "00:00.000"},      {2.134, "00:02.134"},    {59.999, "00:59.999"},      {3599.5, "59:59.500"},
      {3600, "1:00:00.000"}, {86399, "23:59:59.000"}, {86400, "1d 00:00:00.000"}, {266645.25, "3d 02:04:05.250"}};
  for (const auto& [seconds, want] : cases) EXPECT_EQ(clockTime(at(seconds) - kStart), want);
  EXPECT_EQ(clockTime(std::chrono::milliseconds(9780), 1), "00:09.7") << "cut off, not rounded";
  EXPECT_EQ(clockTime(std::chrono::milliseconds(9780), 0), "00:09");
}

TEST(Timeline, TellsALife) {
  Told told(TimelineMode::kFull);
  const auto set = jobSet("w", 1, 2);
  told.feed.added(0, set);
  const auto job = jobOf(*set, "w", 0);
  told.feed.added(0.1, job);
  const auto pod = podOf(*job, 0);
  api::Pod& body = api::as<api::Pod>(*pod);
  told.feed.added(0.2, pod);
  body.nodeName = "n-1";
  told.feed.modified(0.3, pod);
  told.feed.note(0.9, NoteKind::kNameResolvable, "Pod/default/x-w-0-0-abcde", "x-w-0-0.x.default.svc.cluster.local");
  body.status.phase = "Running";
  body.status.conditions = {condition("Ready", "True")};
  told.feed.modified(1, pod);
  told.feed.note(2, NoteKind::kContainer, "Pod/default/x-w-0-0-abcde/main", "container main exits with code 0");
  body.status.phase = "Succeeded";
  body.status.conditions = {condition("Ready", "False")};
  told.feed.modified(2.5, pod);
  api::as<api::Job>(*job).status.conditions = {
      condition("Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods")};
  told.feed.modified(3, job);
  api::as<api::JobSet>(*set).status.conditions = {
      condition("Completed", "True", "AllJobsCompleted", "jobset completed successfully")};
  api::as<api::JobSet>(*set).status.terminalState = "Completed";
  told.feed.modified(3.2, set);
  told.timeline.finish(endAt(4));
  EXPECT_THAT(
      told.take(),
      ElementsAre("00:00.000  jobset/x  created: w (1 Job of 2 Pods)",  //
                  "00:00.100  job/x-w-0  created",                      //
                  "00:00.200  pod/x-w-0-0-abcde  created",              //
                  "00:00.300  pod/x-w-0-0-abcde  scheduled to n-1",     //
                  "00:00.900  pod/x-w-0-0-abcde  resolvable as x-w-0-0.x.default.svc.cluster.local",
                  "00:01.000  pod/x-w-0-0-abcde  Running and Ready",  //
                  "00:02.000  pod/x-w-0-0-abcde  container main exits with code 0",
                  "00:02.500  pod/x-w-0-0-abcde  Succeeded",
                  "00:03.000  job/x-w-0  Complete: CompletionsReached: Reached expected number of succeeded pods",
                  "00:03.200  jobset/x  Completed: AllJobsCompleted: jobset completed successfully",
                  "00:04.000  end of the run: everything that was submitted is over"));
}

// The chain that a reader needs to see why a JobSet failed when it did.
TEST(Timeline, ExplainsAFailure) {
  Told told(TimelineMode::kDecisions);
  const auto set = jobSet("leader", 1, 2);
  api::as<api::JobSet>(*set).spec.mut().failurePolicy =
      api::FailurePolicy{3, "", {{"leaderFails", "FailJobSet", {}, {}, {"leader"}}}};
  told.feed.added(0, set);
  const auto job = jobOf(*set, "leader", 0);
  told.feed.added(0.1, job);
  told.feed.note(10, NoteKind::kContainer, "Pod/default/x-leader-0-0-abcde/main", "container main exits with code 1",
                 1);
  told.feed.note(10.5, NoteKind::kDecision, "Job default/x-leader-0",
                 "1 failed Pod is more than backoffLimit 0 → failing; deleting 1 Pod");
  told.feed.note(10.6, NoteKind::kContainer, "Pod/default/x-leader-0-1-abcde/main",
                 "container main does not end at SIGTERM");
  told.feed.note(11, NoteKind::kDecision, "Job default/x-leader-0", "Failed waits for 1 terminating Pod");
  const auto failed =
      condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
  api::as<api::Job>(*job).status.conditions = {condition("FailureTarget", "True", failed.reason, failed.message)};
  told.feed.modified(11.5, job);
  told.feed.note(40.6, NoteKind::kContainer, "Pod/default/x-leader-0-1-abcde/main",
                 "container main exits with code 137: killed", 137, 1);
  api::as<api::Job>(*job).status.conditions.push_back(failed);
  told.feed.modified(41, job);
  api::as<api::JobSet>(*set).status.terminalState = "Failed";
  api::as<api::JobSet>(*set).status.conditions = {
      condition("Failed", "True", "FailJobSetFailurePolicyAction", "applying it")};
  told.feed.modified(41.1, set);
  told.feed.note(41.1, NoteKind::kDecision, "JobSet/default/x", "delete active Jobs", 1);
  told.feed.note(41.2, NoteKind::kDecision, "JobSet/default/x", "delete active Jobs", 1);
  EXPECT_THAT(
      told.take(),
      ElementsAre(
          "00:00.000  jobset/x  created: leader (1 Job of 2 Pods)",
          "00:10.000  pod/x-leader-0-0-abcde  container main exits with code 1",
          "00:10.500  job/x-leader-0  1 failed Pod is more than backoffLimit 0 → failing; deleting 1 Pod",
          "00:10.600  pod/x-leader-0-1-abcde  container main does not end at SIGTERM",
          "00:11.000  job/x-leader-0  Failed waits for 1 terminating Pod",
          "00:11.500  job/x-leader-0  FailureTarget: BackoffLimitExceeded: Job has reached the specified backoff limit",
          "00:41.000  job/x-leader-0  Failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
          "00:41.100  jobset/x  failure policy: rule 1 of 1 (leaderFails) matches job x-leader-0: FailJobSet",
          "00:41.100  jobset/x  Failed: FailJobSetFailurePolicyAction: applying it",
          "00:41.100  jobset/x  controller: delete active Jobs"));
}

TEST(Timeline, NamesTheRuleOfARestart) {
  Told told(TimelineMode::kDecisions);
  const auto set = jobSet("w", 2, 1);
  api::as<api::JobSet>(*set).spec.mut().failurePolicy =
      api::FailurePolicy{1, "", {{"other", "FailJobSet", {}, {}, {"leader"}}}};
  told.feed.added(0, set);
  const auto job = jobOf(*set, "w", 1);
  told.feed.added(0, job);
  const auto fail = [&](double seconds) {
    api::as<api::Job>(*job).status.conditions = {condition("Failed", "True", "BackoffLimitExceeded", "limit")};
    told.feed.modified(seconds, job);
    told.take();
  };
  fail(5);
  api::JobSetStatus& status = api::as<api::JobSet>(*set).status;
  status.restarts = status.restartsCountTowardsMax = 1;
  told.feed.modified(6, set);
  EXPECT_THAT(
      told.take(),
      ElementsAre("00:06.000  jobset/x  failure policy: no rule matches, the default for job x-w-1: RestartJobSet",
                  "00:06.000  jobset/x  restarts all Jobs: restart 1 (1 of maxRestarts 1 used)"));
  // The Job of the first attempt is no reason for what happens in the second.
  const auto again = jobOf(*set, "w", 0);
  told.feed.added(7, again);
  api::as<api::Job>(*again).status.conditions = {condition("Failed", "True", "BackoffLimitExceeded", "limit")};
  told.feed.modified(8, again);
  told.take();
  status.terminalState = "Failed";
  told.feed.modified(9, set);
  EXPECT_THAT(
      told.take(),
      ElementsAre("00:09.000  jobset/x  failure policy: no rule matches, the default for job x-w-0: RestartJobSet, "
                  "but maxRestarts (1) is used up"));
}

TEST(Timeline, ReadinessIsToldOncePerStart) {
  Told told;
  const auto set = jobSet("w", 1, 1);
  told.feed.added(0, set);
  told.take();
  api::JobSetStatus& status = api::as<api::JobSet>(*set).status;
  const auto is = [&](double seconds, std::int32_t ready, std::int32_t active) {
    status.replicatedJobsStatus.assign(1, {});
    status.replicatedJobsStatus[0].name = "w";
    status.replicatedJobsStatus[0].ready = ready;
    status.replicatedJobsStatus[0].active = active;
    told.feed.modified(seconds, set);
  };
  is(1, 1, 1);
  is(2, 0, 1);  // a container is restarted
  is(3, 1, 1);
  is(4, 0, 0);  // suspended
  is(5, 1, 1);
  EXPECT_THAT(told.take(), ElementsAre("00:01.000  jobset/x  w: 1 Job ready", "00:05.000  jobset/x  w: 1 Job ready"));
}

TEST(Timeline, SaysWhatAPodWaitsForBeforeItRuns) {
  Told told;
  told.feed.added(0, test::pod("p", {"a"}));
  const auto pulling = object<api::Event>("e");
  api::Event& event = api::as<api::Event>(*pulling);
  event.type = "Normal";
  event.reason = "Pulling";
  event.note = "Pulling image \"big\"";
  event.regarding.kind = "Pod";
  event.regarding.namespace_ = "default";
  event.regarding.name = "p";
  told.feed.added(1, pulling);
  EXPECT_THAT(told.take(), ElementsAre("00:00.000  pod/p  created", "00:01.000  pod/p  pulling image \"big\""));
}

TEST(Timeline, SaysWhatWentWrong) {
  Told told;
  const auto pod = test::pod("p", {"a"});
  told.feed.added(0, pod);
  api::PodStatus& status = api::as<api::Pod>(*pod).status;
  status.conditions = {
      condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")};
  told.feed.modified(1, pod);
  told.feed.modified(2, pod);  // nothing new
  told.feed.note(3, NoteKind::kLookUp, "Pod/default/p",
                 "leader-0.x does not exist; the nearest name that does is x-leader-0-0.x");
  status.phase = "Failed";
  status.conditions.clear();
  status.containerStatuses = {terminated("a", 3, "Error")};
  told.feed.modified(4, pod);
  told.feed.note(5, NoteKind::kRequestFailed, "JobSet/team/y", "the pass ended with an error");
  EXPECT_THAT(
      told.take(),
      ElementsAre(
          "00:00.000  pod/p  created",
          "00:01.000  pod/p  cannot be scheduled: 0/3 nodes are available: 3 Insufficient cpu.",
          "00:03.000  pod/p  looks up a name: leader-0.x does not exist; the nearest name that does is x-leader-0-0.x",
          "00:04.000  pod/p  Failed (container a exit code 3)",
          "00:05.000  jobset/team/y  the pass ended with an error"));
}

TEST(Timeline, LogsOnlyWhenAskedFor) {
  for (const bool logs : {false, true}) {
    Told told(TimelineMode::kNone, logs);
    told.feed.added(0, test::pod("p", {"a"}));
    told.feed.note(1, NoteKind::kLog, "Pod/default/p/a", "Sleeping in\t10\n\x1b[2J");
    told.timeline.finish(endAt(2));
    EXPECT_EQ(told.take(),
              logs ? std::vector<std::string>{"00:01.000  pod/p/a  Sleeping in 10\\n[2J"} : std::vector<std::string>{});
  }
}

TEST(Timeline, PlainTextWhereAsked) {
  std::vector<std::string> lines;
  Timeline timeline({.utf8 = false, .start = kStart}, [&](std::string_view line) { lines.emplace_back(line); });
  Feed(timeline).note(1, NoteKind::kWarning, "JobSet/default/x", "a → b…");
  EXPECT_THAT(lines, ElementsAre(testing::EndsWith("a -> b...")));
  Timeline colored({.color = true, .start = kStart}, [&](std::string_view line) { lines.emplace_back(line); });
  Feed(colored).note(1, NoteKind::kWarning, "JobSet/default/x", "bad");
  EXPECT_THAT(lines.back(), HasSubstr("\x1b[31mbad\x1b[0m"));
}

// --- grouping

struct Large : Told {
  explicit Large(int pods) {
    set = jobSet("workers", 1, pods);
    feed.added(0, set);
    job = jobOf(*set, "workers", 0);
    feed.added(0, job);
    for (int i = 0; i < pods; ++i) {
      all.push_back(podOf(*job, i));
      feed.added(1 + i * 0.001, all.back());
    }
    created = take();
  }
  void start(int from, int to, double seconds) {
    for (int i = from; i < to; ++i) {
      api::as<api::Pod>(*all[static_cast<std::size_t>(i)]).status.phase = "Running";
      feed.modified(seconds + (i - from) * 0.01, all[static_cast<std::size_t>(i)]);
    }
  }
  api::MutableObjectPtr set, job;
  std::vector<api::MutableObjectPtr> all;
  std::vector<std::string> created;
};

TEST(Grouping, FiftyAreToldOneByOne) {
  Large told(50);
  EXPECT_EQ(told.created.size(), 52U);
  told.start(0, 50, 2);
  EXPECT_EQ(told.take().size(), 50U);
}

TEST(Grouping, MoreAreCountedAfterTheFirst) {
  Large told(60);
  EXPECT_THAT(told.created,
              ElementsAre("00:00.000  jobset/x  created: workers (1 Job of 60 Pods)",
                          "00:00.000  job/x-workers-0  created", "00:01.000  pod/x-workers-0-0-abcde  created",
                          "00:01.059  workers: 60 of 60 Pods created 00:01.0–00:01.0; last pod/x-workers-0-59-abcde"));
  told.start(0, 60, 2);
  EXPECT_THAT(told.take(),
              ElementsAre("00:02.000  pod/x-workers-0-0-abcde  Running",
                          "00:02.590  workers: 60 of 60 Running 00:02.0–00:02.5; last pod/x-workers-0-59-abcde"));
}

TEST(Grouping, APhaseIsOverTenSecondsAfterItsLast) {
  Large told(10000);
  told.start(0, 9998, 2);
  EXPECT_THAT(told.take(), ElementsAre("00:02.000  pod/x-workers-0-0-abcde  Running"));
  told.feed.note(111, NoteKind::kWarning, "JobSet/default/x", "still the same phase");
  EXPECT_EQ(told.take().size(), 1U);
  told.feed.note(120, NoteKind::kWarning, "JobSet/default/x", "later");
  EXPECT_THAT(
      told.take(),
      ElementsAre("01:51.000  workers: 9,998 of 10,000 Running 00:02.0–01:41.9; last pod/x-workers-0-9997-abcde",
                  "02:00.000  jobset/x  later"));
  told.start(9998, 10000, 200);
  EXPECT_THAT(told.take(), ElementsAre("03:20.000  pod/x-workers-0-9998-abcde  Running",
                                       "03:20.010  pod/x-workers-0-9999-abcde  Running"));
}

TEST(Grouping, FailuresAreToldUpToTheLimit) {
  Large told(100);
  for (int i = 0; i < 70; ++i) {
    told.feed.note(5 + i * 0.01, NoteKind::kContainer, fmt::format("Pod/default/x-workers-0-{}-abcde/main", i),
                   "container main exits with code 1", 1);
  }
  told.timeline.finish(endAt(9));
  const auto lines = told.take();
  ASSERT_EQ(lines.size(), 52U);
  EXPECT_EQ(lines[50],
            "00:05.690  workers: 70 of 100 containers exit with code 1 00:05.0–00:05.6; last pod/x-workers-0-69-abcde");
}

TEST(Grouping, TheSameLineAgainIsCounted) {
  Large told(2);
  for (int i = 0; i < 30; ++i) {
    told.feed.note(5 + i, NoteKind::kLookUp, "Pod/default/x-workers-0-0-abcde", "leader does not exist");
  }
  told.timeline.finish(endAt(60));
  EXPECT_THAT(
      told.take(),
      ElementsAre("00:05.000  pod/x-workers-0-0-abcde  looks up a name: leader does not exist",
                  "00:34.000  workers: 30 look-ups without an answer 00:05.0–00:34.0; last pod/x-workers-0-0-abcde",
                  testing::_));
}

// A JobSet whose only Job fails again and again, each time in the same way.
void restartOnce(Told& told, const api::MutableObjectPtr& set, int restart) {
  const double t = restart * 10.0;
  const auto job = jobOf(*set, "w", 0);
  told.feed.added(t, job);
  api::as<api::Job>(*job).status.conditions = {condition("Failed", "True", "BackoffLimitExceeded", "too many")};
  told.feed.modified(t + 5, job);
  api::as<api::JobSet>(*set).status.restarts = restart + 1;
  told.feed.modified(t + 6, set);
  told.feed.deleted(t + 7, job);
}

TEST(Repeats, RestartsThatSayNothingNewAreCounted) {
  Told told;
  const auto set = jobSet("w", 1, 1);
  told.feed.added(0, set);
  for (int restart = 0; restart < 100; ++restart) restartOnce(told, set, restart);
  const std::size_t before = told.take().size();
  EXPECT_LT(before, 60U);
  api::as<api::JobSet>(*set).status.terminalState = "Failed";
  api::as<api::JobSet>(*set).status.conditions = {condition("Failed", "True", "ReachedMaxRestarts", "at last")};
  told.feed.modified(2000, set);
  const std::vector<std::string> lines = told.take();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_THAT(lines[0], testing::HasSubstr("jobset/x: restarts 6 to 100 went like those before: "));
  EXPECT_THAT(lines.back(), testing::HasSubstr("ReachedMaxRestarts"));
}

TEST(Repeats, WhatIsLeftOutIsSaidAtTheEnd) {
  Told told;
  const auto set = jobSet("w", 1, 1);
  told.feed.added(0, set);
  for (int restart = 0; restart < 10; ++restart) restartOnce(told, set, restart);
  told.take();
  told.timeline.finish(endAt(100));
  EXPECT_THAT(told.take().front(), testing::HasSubstr("restarts 6 to 10 went like those before"));
}

TEST(Repeats, FullTellsThemAll) {
  Told told(TimelineMode::kFull);
  const auto set = jobSet("w", 1, 1);
  told.feed.added(0, set);
  for (int restart = 0; restart < 50; ++restart) restartOnce(told, set, restart);
  EXPECT_GT(told.take().size(), 150U);
}

TEST(Timeline, ColumnsDoNotMoveWhenAnHourIsOver) {
  Told told(TimelineMode::kFull);
  const auto set = jobSet("w", 1, 1);
  told.feed.added(0, set);
  told.feed.note(3599, NoteKind::kWarning, "JobSet/default/x", "before");
  told.feed.note(36001, NoteKind::kWarning, "JobSet/default/x", "after");
  ASSERT_EQ(told.lines.size(), 3U);
  EXPECT_EQ(told.lines[1].find("jobset/x"), told.lines[2].find("jobset/x"));
}

TEST(Grouping, FullTellsAll) {
  Told told(TimelineMode::kFull);
  const auto set = jobSet("w", 1, 500);
  told.feed.added(0, set);
  const auto job = jobOf(*set, "w", 0);
  told.feed.added(0, job);
  for (int i = 0; i < 500; ++i) told.feed.added(1, podOf(*job, i));
  EXPECT_EQ(told.take().size(), 502U);
}

}  // namespace
}  // namespace jobset_twin::viz
