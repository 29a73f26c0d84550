// Controllers that end, stand still, or have a wrong clock, in runs of whole manifests: who leads when (K-T-75), what
// goes on meanwhile, and that such a run, too, is a value that can be saved at any time.
#include <gtest/gtest.h>

#include <sstream>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::Controller;
using cluster::Recovery;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kText = R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: crashes}
spec:
  behaviors:
  - match: {replicatedJob: workers}
    runTime: {constant: 60s}
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train, namespace: default}
spec:
  failurePolicy: {maxRestarts: 2}
  replicatedJobs:
  - name: workers
    replicas: 2
    template:
      spec:
        parallelism: 2
        completions: 4
        backoffLimit: 2
        template: {spec: {restartPolicy: Never, containers: [{name: main, image: train}]}}
)";

RunPlan planOf(const std::string& text) {
  Loaded loaded = load({InputFile{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  loaded.plan.world.timing = cluster::zeroJitter(loaded.plan.world.timing);
  return loaded.plan;
}

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
