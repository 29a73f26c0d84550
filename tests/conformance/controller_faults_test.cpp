// Controllers that end, stand still, or have a wrong clock, in runs of whole manifests: who leads when (K-T-75), what
// goes on meanwhile, and that such a run, too, is a value that can be saved at any time.
#include <gtest/gtest.h>

#include <sstream>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "sim/cluster/world_parts.hpp"
#include "tests/conformance/training.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::Controller;
using cluster::Recovery;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::planOf;

const std::string kText =
    test::trainingText({.jobs = 2, .completions = 4, .spec = "  failurePolicy: {maxRestarts: 2}\n"});

struct Notes final : Observer {
  std::vector<kernel::Note> faults;
  std::size_t refused = 0;  // requests that came to no webhook
  void onChange(const apiserver::WatchEvent&) override {}
  void onNote(const kernel::Note& note) override {
    if (note.kind == static_cast<std::uint16_t>(cluster::NoteKind::kFault)) faults.push_back(note);
    if (note.text.find("failed calling webhook") != std::string::npos) ++refused;
  }
  // Seconds since the start of the first note that says so; -1: none.
  double when(const std::string& text, TimePoint start) const {
    for (const kernel::Note& note : faults) {
      if (note.text.find(text) != std::string::npos) return std::chrono::duration<double>(note.at - start).count();
    }
    return -1;
  }
};

struct Fixture {
  explicit Fixture(RunPlan plan = planOf(kText)) : run(std::move(plan), hooks()) {}
  RunHooks hooks() {
    RunHooks out;
    out.observers.push_back(&notes);
    return out;
  }
  TimePoint start() const { return run.world().kernel().start(); }
  void to(Duration time) { run.advance(start() + time); }
  double when(const std::string& text) const { return notes.when(text, start()); }
  std::size_t created(api::Kind kind) const { return run.world().server().store().size(kind); }
  const api::JobSetStatus& status() {
    outcome = run.outcome();
    return api::as<api::JobSet>(outcome.jobsets.at(0).last).status;
  }
  Notes notes;
  scenarios::Run run;
  Outcome outcome;
};

struct Gap {
  Controller controller;
  Recovery recovery;
  Duration slower;
  double from, to;  // when there is a leader again, seconds since the start
  friend void PrintTo(const Gap& one, std::ostream* out) { *out << cluster::controllerText(one.controller); }
};
class TakeOver : public testing::TestWithParam<Gap> {};

// Leaders renew at even seconds. A crash at 11 s: the standby has seen the renewal of 10 s; a restarted process looks
// first at 14 s.
TEST_P(TakeOver, K_T_75_ComesWhenTheLeaseHasExpired) {
  const Gap& one = GetParam();
  Fixture f;
  f.to(seconds(11));
  cluster::setFailOver(f.run.world(), one.controller, one.slower);
  ASSERT_TRUE(cluster::crashController(f.run.world(), one.controller, one.recovery, 7));
  EXPECT_FALSE(cluster::hasLeader(f.run.world(), one.controller));
  EXPECT_FALSE(cluster::crashController(f.run.world(), one.controller, one.recovery));
  EXPECT_FALSE(cluster::pauseController(f.run.world(), one.controller, seconds(1)));
  f.run.advance();
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), one.controller));
  EXPECT_GE(f.when("a new leader"), one.from);
  EXPECT_LE(f.when("a new leader"), one.to);
  EXPECT_EQ(f.notes.faults.front().a, 7U);
  EXPECT_EQ(f.status().terminalState, "Completed");
  EXPECT_EQ(f.status().restarts, 0);
  EXPECT_EQ(f.outcome.end_reason, EndReason::kFinished);
}

INSTANTIATE_TEST_SUITE_P(All, TakeOver,
                         testing::Values(Gap{Controller::kJobSetManager, Recovery::kFailOver, seconds(0), 25, 27},
                                         Gap{Controller::kJobSetManager, Recovery::kRestart, seconds(0), 29, 31},
                                         Gap{Controller::kControllerManager, Recovery::kFailOver, seconds(0), 25, 27},
                                         Gap{Controller::kControllerManager, Recovery::kRestart, seconds(60), 89, 91},
                                         Gap{Controller::kJobController, Recovery::kRestart, seconds(0), 29, 31},
                                         Gap{Controller::kScheduler, Recovery::kFailOver, seconds(20), 45, 47}));

// What a cycle takes beyond its usual time (K-SCH-51) passes in the new scheduler, too.
TEST(TakeOverToo, ANewSchedulerOfALargeClusterGoesOnAfterItsFirstCycle) {
  RunPlan plan = planOf(test::trainingText(
      {.jobs = 4, .completions = 4, .scenario = "  cluster: {nodePools: [{name: node, count: 150}]}\n", .spec = {}}));
  plan.world.timing.scheduler.per_node = milliseconds(1);
  Fixture f(std::move(plan));
  f.to(seconds(11));
  ASSERT_TRUE(cluster::crashController(f.run.world(), Controller::kScheduler, Recovery::kRestart));
  f.run.advance();
  EXPECT_EQ(f.status().terminalState, "Completed");
}

// K-T-75: a leader that stands still for less than its lease stays the leader.
TEST(Pause, K_T_75_ShorterThanTheLeaseChangesNobody) {
  for (const Controller who : {Controller::kJobSetManager, Controller::kControllerManager, Controller::kScheduler}) {
    Fixture f;
    f.to(seconds(11));
    ASSERT_TRUE(cluster::pauseController(f.run.world(), who, seconds(10)));
    f.run.advance();
    EXPECT_EQ(f.when("still leads"), 21);
    EXPECT_EQ(f.when("a new leader"), -1);
    EXPECT_EQ(f.status().terminalState, "Completed");
  }
}

// K-T-75: the old leader wakes, goes on until it cannot renew for renewDeadline, and both have acted meanwhile.
TEST(Pause, K_T_75_LongerThanTheLeaseMakesTwoLeaders) {
  for (const Controller who : {Controller::kJobSetManager, Controller::kControllerManager, Controller::kScheduler,
                               Controller::kJobController}) {
    SCOPED_TRACE(cluster::controllerText(who));
    Fixture f;
    f.to(milliseconds(61000));  // the first Pods of each Job end at this time: both leaders will want to replace them
    ASSERT_TRUE(cluster::pauseController(f.run.world(), who, seconds(30)));
    f.run.advance();
    EXPECT_GE(f.when("a new leader"), 75);
    EXPECT_LE(f.when("a new leader"), 77);
    EXPECT_EQ(f.when("two leaders"), 91);
    EXPECT_EQ(f.when("sees that it lost"), 101);
    EXPECT_EQ(f.status().terminalState, "Completed");
    EXPECT_EQ(f.status().restarts, 0);
    EXPECT_EQ(f.outcome.end_reason, EndReason::kFinished);
    const cluster::OldReplicas& old = f.run.world().parts().old;
    EXPECT_TRUE(old.jobs.empty() && old.jobsets.empty() && old.scheduler.empty() && old.garbage.empty());
    EXPECT_TRUE(old.nodes.empty() && old.claims.empty() && old.endpoints.empty() && old.ttl.empty());
  }
}

// What a dead process was told or asked for does not keep a run alive, and neither does a new one.
TEST(Crash, AfterTheEndChangesNothing) {
  Fixture f;
  f.run.advance();
  const std::size_t pods = f.created(api::Kind::kPod);
  for (const Controller who : {Controller::kJobSetManager, Controller::kControllerManager, Controller::kScheduler}) {
    ASSERT_TRUE(cluster::crashController(f.run.world(), who, Recovery::kRestart));
  }
  for (int i = 0; i < 100000 && f.run.world().kernel().pendingWork() > 0; ++i) f.run.world().step();
  EXPECT_EQ(f.run.world().kernel().pendingWork(), 0U);
  EXPECT_EQ(f.created(api::Kind::kPod), pods);
  EXPECT_EQ(f.status().terminalState, "Completed");
}

// K-T-89: what creates Pods meanwhile is refused, and tries again. Standbys serve the webhooks, too.
TEST(Crash, K_T_89_WithoutAStandbyNobodyAnswersForTheWebhooks) {
  for (const Recovery recovery : {Recovery::kRestart, Recovery::kFailOver}) {
    Fixture f;
    f.to(seconds(61));  // Pods end now, and others are to take their place
    ASSERT_TRUE(cluster::crashController(f.run.world(), Controller::kJobSetManager, recovery));
    f.run.advance();
    EXPECT_EQ(f.notes.refused > 0, recovery == Recovery::kRestart);
    EXPECT_EQ(f.status().terminalState, "Completed");
  }
}

// A lease can be had only from an API server that answers.
TEST(Crash, K_T_75_DuringAnOutageWaitsForItsEnd) {
  Fixture f;
  f.to(seconds(11));
  ASSERT_TRUE(cluster::crashController(f.run.world(), Controller::kScheduler, Recovery::kFailOver));
  apiserver::ApiFault outage;
  outage.effect = apiserver::ApiEffect::kOutage;
  cluster::WorldParts& p = f.run.world().parts();
  const apiserver::FaultId id = p.transport.beginFault(p.kernel, p.server, outage);
  f.to(seconds(50));
  EXPECT_FALSE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  p.transport.endFault(p.kernel, p.server, id);
  f.to(seconds(53));
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  f.run.advance();
  EXPECT_EQ(f.status().terminalState, "Completed");
}

apiserver::FaultId beginOutage(scenarios::Run& run) {
  apiserver::ApiFault outage;
  outage.effect = apiserver::ApiEffect::kOutage;
  cluster::WorldParts& p = run.world().parts();
  return p.transport.beginFault(p.kernel, p.server, outage);
}
void endOutage(scenarios::Run& run, apiserver::FaultId id) {
  cluster::WorldParts& p = run.world().parts();
  p.transport.endFault(p.kernel, p.server, id);
}

constexpr Controller kProcesses[] = {Controller::kJobSetManager, Controller::kControllerManager,
                                     Controller::kScheduler};

// K-T-75: the first renewal in vain is at 12 s, the last one before the deadline at 20 s, the end at 22 s. A process
// that is started again looks at the lease when it can, and waits for it to expire; kube-controller-manager does not
// even start without the API server, and its container backs off (K-T-11).
struct Cut {
  Duration ends;
  bool survive;
  double leads[2][2];  // kube-controller-manager, then the others: when they lead again
};
TEST(Outage, K_T_75_LeadersThatCannotRenewEnd) {
  for (const Cut& one :
       {Cut{milliseconds(19500), true, {}}, Cut{seconds(20), true, {}},
        Cut{milliseconds(20500), false, {{40, 42}, {40, 42}}}, Cut{seconds(24), false, {{40, 42}, {40, 42}}},
        Cut{milliseconds(26500), false, {{53, 55}, {42, 44}}}, Cut{seconds(60), false, {{76, 78}, {76, 78}}}}) {
    SCOPED_TRACE(api::formatDuration(one.ends));
    Fixture f;
    f.to(seconds(11));
    const apiserver::FaultId id = beginOutage(f.run);
    f.to(std::min<Duration>(one.ends, seconds(23)));
    if (one.ends < seconds(23)) endOutage(f.run, id);
    f.to(seconds(23));
    for (const Controller who : kProcesses) EXPECT_EQ(cluster::hasLeader(f.run.world(), who), one.survive);
    f.to(std::max<Duration>(one.ends, seconds(23)));
    if (one.ends >= seconds(23)) endOutage(f.run, id);
    f.run.advance();
    EXPECT_EQ(f.when("could not renew its lease for 10s"), one.survive ? -1 : 22);
    for (const Controller who : kProcesses) {
      double at = -1;
      for (const kernel::Note& note : f.notes.faults) {
        if (note.subject == cluster::controllerText(who) && note.text.find("a new leader") != std::string::npos)
          at = std::chrono::duration<double>(note.at - f.start()).count();
      }
      const double* leads = one.leads[who == Controller::kControllerManager ? 0 : 1];
      if (one.survive) {
        EXPECT_EQ(at, -1);
      } else {
        EXPECT_GE(at, leads[0]) << cluster::controllerText(who);
        EXPECT_LE(at, leads[1]) << cluster::controllerText(who);
      }
    }
    EXPECT_EQ(f.status().terminalState, "Completed");
    EXPECT_EQ(f.status().restarts, 0);
    EXPECT_EQ(f.outcome.end_reason, EndReason::kFinished);
  }
}

// A process that is cut off by itself ends alone.
TEST(Outage, K_T_75_APartitionEndsTheLeaderBehindIt) {
  Fixture f;
  f.to(seconds(11));
  apiserver::ApiFault cut;
  cut.effect = apiserver::ApiEffect::kUnreachable;
  cut.client = "kube-scheduler*";
  cut.component = targetOf(cluster::Component::kScheduler);
  cluster::WorldParts& p = f.run.world().parts();
  const apiserver::FaultId id = p.transport.beginFault(p.kernel, p.server, cut);
  f.to(seconds(40));
  EXPECT_FALSE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), Controller::kControllerManager));
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), Controller::kJobSetManager));
  p.transport.endFault(p.kernel, p.server, id);
  f.to(seconds(60));
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  f.run.advance();
  EXPECT_EQ(f.status().terminalState, "Completed");
}

// A leader that stood still, and wakes in an outage, has not lost its lease yet: it tries to renew it.
TEST(Outage, K_T_75_ALeaderThatWakesInAnOutageTriesFirst) {
  Fixture f;
  f.to(seconds(11));
  ASSERT_TRUE(cluster::pauseController(f.run.world(), Controller::kScheduler, seconds(8)));
  f.to(seconds(13));
  const apiserver::FaultId id = beginOutage(f.run);
  f.to(seconds(28));
  EXPECT_TRUE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  f.to(seconds(30));
  EXPECT_FALSE(cluster::hasLeader(f.run.world(), Controller::kScheduler));
  endOutage(f.run, id);
  f.run.advance();
  EXPECT_EQ(f.status().terminalState, "Completed");
}

// K-T-11: whoever ends again and again is started again later and later.
TEST(Crash, K_T_11_AProcessThatCrashesAgainBacksOff) {
  Fixture f;
  f.to(seconds(1));
  std::vector<double> gaps;
  for (int i = 0; i < 4; ++i) {
    while (!cluster::hasLeader(f.run.world(), Controller::kScheduler)) ASSERT_TRUE(f.run.world().step());
    const TimePoint crashed = f.run.world().kernel().now();
    ASSERT_TRUE(cluster::crashController(f.run.world(), Controller::kScheduler, Recovery::kRestart));
    while (!cluster::hasLeader(f.run.world(), Controller::kScheduler)) ASSERT_TRUE(f.run.world().step());
    gaps.push_back(std::chrono::duration<double>(f.run.world().kernel().now() - crashed).count());
  }
  const double waits[] = {0, 10, 20, 40};
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    EXPECT_GE(gaps[i], waits[i] + 18);
    EXPECT_LE(gaps[i], waits[i] + 20);
  }
}

// Saved at any time, also while a process is down, paused, or has two leaders: the same fingerprint.
TEST(Crash, CanBeSavedAtAnyTime) {
  const RunPlan plan = planOf(kText);
  const auto disturb = [](scenarios::Run& run) {
    const TimePoint start = run.world().kernel().start();
    run.advance(start + seconds(1));
    cluster::CrashPoint point;
    point.verb = api::Verb::kUpdateStatus;
    point.match = 2;
    cluster::armCrash(run.world(), Controller::kJobSetManager, Recovery::kRestart, point);
    run.advance(start + seconds(59));
    cluster::crashController(run.world(), Controller::kScheduler, Recovery::kFailOver);
    cluster::pauseController(run.world(), Controller::kControllerManager, seconds(25));
    cluster::setClockSkew(run.world(), Controller::kJobController, seconds(-3));
    run.advance(start + seconds(100));
    cluster::pauseController(run.world(), Controller::kJobSetManager, seconds(25));
  };
  scenarios::Run whole(plan);
  disturb(whole);
  whole.advance();
  const std::string expected = whole.outcome().fingerprint;
  EXPECT_EQ(whole.outcome().jobsets.at(0).terminal_state, "Completed");
  for (const int at : {101, 110, 116, 118, 124, 126, 131, 136, 140, 170}) {
    scenarios::Run before(plan);
    disturb(before);
    before.advance(before.world().kernel().start() + seconds(at));
    std::stringstream file;
    before.save(file);
    scenarios::Run after(plan);
    after.load(file);
    after.advance();
    EXPECT_EQ(after.outcome().fingerprint, expected) << at;
    scenarios::Run copy = before;
    copy.advance();
    EXPECT_EQ(copy.outcome().fingerprint, expected) << at;
  }
}

// ... also in an outage, while processes give up, back off and look at leases.
TEST(Outage, CanBeSavedAtAnyTime) {
  const RunPlan plan = planOf(kText);
  constexpr auto kEnds = seconds(27);
  const auto to = [](scenarios::Run& run, Duration time) { run.advance(run.world().kernel().start() + time); };
  const auto begin = [&](scenarios::Run& run) {
    to(run, seconds(11));
    return beginOutage(run);
  };
  const auto finish = [&](scenarios::Run& run, apiserver::FaultId id, bool over) {
    if (!over) {
      to(run, kEnds);
      endOutage(run, id);
    }
    run.advance();
    return run.outcome().fingerprint;
  };
  scenarios::Run whole(plan);
  const apiserver::FaultId id = begin(whole);
  const std::string expected = finish(whole, id, false);
  EXPECT_EQ(whole.outcome().jobsets.at(0).terminal_state, "Completed");
  for (const int at : {12, 21, 23, 26, 28, 35, 43, 50, 54}) {
    const bool over = seconds(at) > kEnds;
    scenarios::Run before(plan);
    begin(before);
    if (over) {
      to(before, kEnds);
      endOutage(before, id);
    }
    to(before, seconds(at));
    std::stringstream file;
    before.save(file);
    scenarios::Run after(plan);
    after.load(file);
    EXPECT_EQ(finish(after, id, over), expected) << at;
    EXPECT_EQ(finish(before, id, over), expected) << at;
  }
}

// The Job controller writes its own time: startTime, and what activeDeadlineSeconds is measured by.
TEST(ClockSkew, MovesWhatTheJobControllerWritesAndCompares) {
  std::string text = kText;
  text.replace(text.find("backoffLimit: 2"), 15, "activeDeadlineSeconds: 100");
  RunPlan plan = planOf(text);
  Fixture f(plan);
  cluster::setClockSkew(f.run.world(), Controller::kControllerManager, seconds(-30));
  f.to(seconds(10));
  const api::ObjectPtr job = f.run.world().server().store().find({api::Kind::kJob, "default", "train-workers-0"});
  ASSERT_TRUE(job);
  EXPECT_LT(*api::as<api::Job>(job).status.startTime, f.start() - seconds(25));
  EXPECT_GE(*job->meta.creationTimestamp, f.start());  // the API server's clock is right
  // The clock is set right: 30 s of the deadline are gone at once.
  cluster::setClockSkew(f.run.world(), Controller::kControllerManager, seconds(0));
  f.to(seconds(69));
  ASSERT_TRUE(cluster::crashController(f.run.world(), Controller::kJobController, Recovery::kFailOver));
  f.run.advance();
  EXPECT_GT(f.status().restarts, 0);
}

}  // namespace
}  // namespace jobset_twin::scenarios
