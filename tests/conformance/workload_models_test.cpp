// Workload models end to end (docs/workloads.md): what containers do together while Pods of a JobSet fail, are replaced
// and are restarted, in cases that can be computed by hand; saved and copied in the middle; an elastic JobSet.
//
// The control plane takes no time here (timing profile zero), so that only the models' own times are left.
#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;
using test::between;
using test::Ran;

struct Role {
  std::string name;
  int pods = 1;
  std::string job = "backoffLimit: 0";  // further fields of its Job
};

// A JobSet `x` of these roles, in which all run the model, and the Pod `fails` of the first attempt does so at a time.
std::string textOf(const std::vector<Role>& roles, const std::string& model, const std::string& fails = {},
                   const std::string& jobset = "failurePolicy: {maxRestarts: 2}", const std::string& scenario = {}) {
  std::string text =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {profile: zero, zeroJitter: true}\n"
      "  cluster: {nodePools: [{name: node, count: 4}]}\n" +
      scenario + "  behaviors:\n";
  if (!fails.empty()) text += "  - " + fails + "\n    model: &m\n      " + model + "\n  - {model: *m}\n";
  if (fails.empty()) text += "  - {model: {" + model + "}}\n";
  text += "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: x, namespace: default}\nspec:\n";
  text += "  " + jobset + "\n  replicatedJobs:\n";
  for (const Role& role : roles) {
    text += fmt::format(
        "  - name: {0}\n    template:\n      spec:\n        parallelism: {1}\n        completions: {1}\n        {2}\n"
        "        template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: x, command: "
        "[work]}}]}}}}\n",
        role.name, role.pods, role.job);
  }
  return text;
}

std::string failing(const std::string& role, int pod, const std::string& at) {
  return fmt::format("match: {{replicatedJob: {}, podIndex: {}}}\n    failures: [{{at: {}, attempts: 0, exitCode: 9}}]",
                     role, pod, at);
}

const workload::GroupFigures& figures(const Ran& ran) {
  EXPECT_EQ(ran.outcome.workloads.size(), 1U);
  EXPECT_EQ(ran.outcome.workloads.front().jobset, "default/x");
  return ran.outcome.workloads.front().figures;
}

double secondsOf(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

std::string figure(const Ran& ran, const std::string& name) {
  for (const auto& [what, value] : figures(ran).more) {
    if (what == name) return value;
  }
  return "none";
}

// When a container said so, the first time.
double said(const Ran& ran, const std::string& pod, const std::string& text) {
  const std::vector<double> found = ran.noted(cluster::NoteKind::kLog, pod, text);
  EXPECT_FALSE(found.empty()) << pod << " never said: " << text;
  return found.empty() ? -1 : found.front();
}

constexpr double kNear = 0.002;  // the transport's and the kubelets' smallest steps

const std::string kTraining = "allReduce: {steps: 100, step: 1s, checkpoint: {everySteps: 10, cost: 2s, restore: 5s}}";

TEST(WorkloadModels, TrainingGoesOnFromItsLastCheckpointAfterARestart) {
  const Ran ran(textOf({{"rank", 4}}, kTraining, failing("rank", 2, "25500ms")));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 1);
  const workload::GroupFigures& came = figures(ran);
  EXPECT_EQ(came.model, "allReduce");
  EXPECT_EQ(came.done, 100);
  EXPECT_EQ(came.repeated, 1);  // 20 steps by 20 s and two checkpoints of 2 s; the 21st was done at 25 s
  EXPECT_FALSE(came.ofWorkers());
  EXPECT_NEAR(secondsOf(came.times.useful), 100, kNear);
  EXPECT_NEAR(secondsOf(came.times.lost), 1.5, kNear);
  EXPECT_NEAR(secondsOf(came.times.saving), 9 * 2, kNear);
  EXPECT_NEAR(secondsOf(came.times.restoring), 5, kNear);
  const double began = said(ran, "x-rank-0-", "all 4 ranks are there: beginning with step 0");
  const double again = said(ran, "x-rank-0-", "all 4 ranks are there: restoring the checkpoint of step 20");
  const double done = said(ran, "x-rank-0-", "all 100 steps are done");
  EXPECT_NEAR(done - again, 5 + 80 + 7 * 2, kNear);
  EXPECT_NEAR(secondsOf(came.times.waiting), again - began - 25.5, 0.1);
  EXPECT_NEAR(came.times.goodput(), 100 / (done - began), 0.001);
}

TEST(WorkloadModels, WithoutACheckpointARestartBeginsAnew) {
  const Ran ran(textOf({{"rank", 2}}, "allReduce: {steps: 30, step: 1s}", failing("rank", 1, "10500ms")));
  EXPECT_EQ(figures(ran).repeated, 10);
  EXPECT_NEAR(secondsOf(figures(ran).times.lost), 10.5, kNear);
  EXPECT_NEAR(secondsOf(figures(ran).times.useful), 30, kNear);
}

// A Job that replaces its Pod by itself: the others stand in an exchange that will not end, until their watchdog ends
// them; or they meet again as soon as the new one is there.
TEST(WorkloadModels, WhatPeersDoThatHaveLostOneIsTheirPolicy) {
  struct Case {
    const char *policy, *says;
    int failed;
  };
  for (const Case& one : {Case{"onPeerLoss: Exit, timeout: 60s, exitCode: 7", "giving up", 4},
                          {"onPeerLoss: Rejoin", "restoring the checkpoint of step 10", 1}}) {
    const std::string model = fmt::format(
        "allReduce: {{steps: 40, step: 1s, checkpoint: {{everySteps: 10, cost: 0s, restore: 0s}}, {}}}", one.policy);
    const Ran ran(textOf({{"rank", 4, "backoffLimit: 20"}}, model, failing("rank", 3, "12500ms")));
    EXPECT_EQ(ran.jobset("x").terminal_state, "Completed") << one.policy;
    EXPECT_EQ(ran.jobset("x").restarts, 0) << one.policy;
    EXPECT_EQ(ran.times(api::Kind::kPod, "x-rank-0-", test::phase("Failed")).size(), one.failed) << one.policy;
    said(ran, "x-rank-0-", one.says);
    EXPECT_EQ(figures(ran).repeated, 2) << one.policy;
    EXPECT_NEAR(secondsOf(figures(ran).times.useful), 40, kNear) << one.policy;
    EXPECT_NEAR(secondsOf(figures(ran).times.lost), 2.5, kNear) << one.policy;
  }
}

TEST(WorkloadModels, PeersThatWaitForEverLeaveTheRunStuck) {
  const Ran ran(textOf({{"rank", 2, "backoffLimit: 20"}}, "allReduce: {steps: 40, step: 1s, onPeerLoss: Wait}",
                       failing("rank", 1, "5s")));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  ASSERT_FALSE(ran.outcome.stuck.empty());
  EXPECT_THAT(ran.outcome.stuck.front().reason, testing::HasSubstr("waits for those it works with"));
}

// The ranks' own speed: a slow node slows all of them down, from then on.
TEST(WorkloadModels, ASlowNodeSlowsTheWholeGroupDown) {
  const Ran ran(textOf({{"rank", 4}}, "allReduce: {steps: 100, step: 1s}", {}, "failurePolicy: {maxRestarts: 2}",
                       "  faults: [node-slow pod=x/rank/0/0 speed=0.5 at=40s]\n"));
  const double began = said(ran, "x-rank-0-", "all 4 ranks are there");
  EXPECT_NEAR(said(ran, "x-rank-0-", "all 100 steps are done") - 40, 2 * (100 - (40 - began)), 0.1);
}

const std::string kShards =
    "leaderWorker: {leader: boss, shards: 40, shardTime: 10s, notice: 30s, checkpointShards: 8}";
const std::vector<Role> kTeam = {{"boss"}, {"crew", 4, "backoffLimit: 6"}};

TEST(WorkloadModels, ALostWorkersShardGoesToAnotherOnceItIsNoticed) {
  const Ran ran(textOf(kTeam, kShards, failing("crew", 3, "95s")));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 0);
  const workload::GroupFigures& came = figures(ran);
  EXPECT_EQ(came.done, 40);
  EXPECT_EQ(came.repeated, 0);
  EXPECT_EQ(figure(ran, "shards handed out again"), "1");
  const double began = said(ran, "x-boss-0-0", "40 shards to do");
  EXPECT_NEAR(said(ran, "x-boss-0-0", "all 40 shards are done") - began, 95 + 30 + 10, 0.1);
  EXPECT_TRUE(came.ofWorkers());
  EXPECT_NEAR(secondsOf(came.times.useful), 400, kNear);
  EXPECT_NEAR(secondsOf(came.times.lost), 5, kNear);
  // Three from 100 s to 135 s but for one shard, and the one that came instead of the lost one.
  EXPECT_NEAR(secondsOf(came.times.waiting), 3 * 35 - 10 + 40, 1.5);
}

TEST(WorkloadModels, WithItsLeaderAJobSetLosesWhatWasNotWrittenDown) {
  const Ran ran(textOf(kTeam, kShards, failing("boss", 0, "35s")));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 1);
  const workload::GroupFigures& came = figures(ran);
  EXPECT_EQ(came.repeated, 4);  // twelve were done, eight written down
  EXPECT_NEAR(secondsOf(came.times.useful), 400, kNear);
  EXPECT_NEAR(secondsOf(came.times.lost), 4 * 10 + 4 * 5, 0.1);
  said(ran, "x-boss-0-0", "8 of 40 shards were written down as done");
  const double again = said(ran, "x-boss-0-0", "were written down");
  EXPECT_NEAR(said(ran, "x-boss-0-0", "all 40 shards are done") - again, 80, 1);
}

TEST(WorkloadModels, ALeaderThatIsSlowHoldsItsWorkersBack) {
  const std::vector<Role> ten = {{"boss"}, {"crew", 10}};
  const std::string model = "leaderWorker: {leader: boss, shards: 100, shardTime: 10s, takeIn: 2s, shardsEach: 2";
  const Ran free(textOf(ten, model + "}")), bound(textOf(ten, model + ", maxInFlight: 12}"));
  for (const Ran* ran : {&free, &bound}) {
    const double began = said(*ran, "x-boss-0-0", "100 shards to do");
    EXPECT_NEAR(said(*ran, "x-boss-0-0", "all 100 shards are done") - began, 10 + 100 * 2, 0.1);
    EXPECT_NEAR(secondsOf(figures(*ran).times.useful), 1000, kNear);
  }
  EXPECT_GT(std::stoi(figure(free, "most results that waited for the leader")), 50);
  EXPECT_LE(std::stoi(figure(bound, "most results that waited for the leader")), 12);
  EXPECT_EQ(figure(free, "held back"), "none");
  EXPECT_GT(std::stod(figure(bound, "held back")), 100);
}

std::string elasticText(const std::string& gates) {
  return textOf({{"boss"}, {"crew", 2}},
                "leaderWorker: {leader: boss, shards: 100, shardTime: 10s, notice: 5s, "
                "elastic: {min: 2, max: 8, shardsPerWorker: 10, every: 30s}}",
                {}, "failurePolicy: {maxRestarts: 0}", gates);
}

// JS-R12: the leader changes the JobSet, the JobSet controller its Job, the Job controller the Pods.
TEST(WorkloadModels, AnElasticLeaderReallyScalesItsJobSet) {
  const Ran ran(elasticText("  featureGates: {ElasticJobSet: true}\n"));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(figures(ran).done, 100);
  said(ran, "x-boss-0-0", "asking for 8 workers");
  said(ran, "x-boss-0-0", "asking for 2 workers");
  const auto parallelism = [](std::int32_t wanted) {
    return [wanted](const Ran::Change& change) { return api::as<api::Job>(change.object).spec->parallelism == wanted; };
  };
  const double grown = ran.first(api::Kind::kJob, "x-crew-0", parallelism(8));
  const double shrunk = ran.first(api::Kind::kJob, "x-crew-0", [&](const Ran::Change& change) {
    return api::as<api::Job>(change.object).spec->parallelism < 8 && ran.seconds(change.at) > grown;
  });
  EXPECT_LT(grown, 2);
  EXPECT_GT(shrunk, 30);
  EXPECT_EQ(ran.times(api::Kind::kPod, "x-crew-0-7", test::created()).size(), 1U);
  EXPECT_EQ(ran.times(api::Kind::kPod, "x-crew-0-7", test::deleting()).size(), 1U);
  EXPECT_NEAR(secondsOf(figures(ran).times.useful), 1000, kNear);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(WorkloadModels, ALostServerSendsTheTrainingBackToItsCheckpoint) {
  const Ran ran(textOf(
      {{"ps", 2}, {"crew", 2}},
      "parameterServer: {servers: ps, steps: 40, step: 10s, checkpointSteps: 8, restore: 20s}", failing("ps", 1, "55s"),
      "successPolicy: {operator: All, targetReplicatedJobs: [crew]}\n  failurePolicy: {maxRestarts: 1}"));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 1);
  const workload::GroupFigures& came = figures(ran);
  EXPECT_EQ(came.done, 40);
  EXPECT_EQ(came.repeated, 2);  // ten were done, eight saved
  EXPECT_NEAR(secondsOf(came.times.useful), 400, 0.1);
  EXPECT_NEAR(secondsOf(came.times.lost), 2 * 10 + 2 * 5, 0.1);
  EXPECT_NEAR(secondsOf(came.times.restoring), 2 * 20, 0.5);
}

TEST(WorkloadModels, AStageDoesALostWorkersItemAgain) {
  const Ran ran(textOf({{"first", 2, "backoffLimit: 3"}, {"second"}},
                       "pipeline: {items: 10, stages: [{replicatedJob: first, itemTime: 10s}, "
                       "{replicatedJob: second, itemTime: 1s, bytes: 1000, bandwidth: 1000}]}",
                       failing("first", 1, "15s")));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 0);
  const workload::GroupFigures& came = figures(ran);
  EXPECT_EQ(came.done, 10);
  EXPECT_EQ(came.repeated, 1);
  EXPECT_NEAR(secondsOf(came.times.lost), 5, kNear);
  EXPECT_NEAR(secondsOf(came.times.useful), 10 * 10 + 10 * (1 + 1), kNear);
  EXPECT_THAT(figure(ran, "stage first"), testing::StartsWith("10 items through"));
}

// Containers that serve on when the work is done end with the JobSet.
TEST(WorkloadModels, WhoStaysIsEndedWithTheJobSet) {
  std::string text = textOf({{"launcher"}, {"rank", 2}}, "allReduce: {steps: 10, step: 1s}, stay: [rank]", {},
                            "successPolicy: {operator: All, targetReplicatedJobs: [launcher]}");
  const Ran ran(text);
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.times(api::Kind::kPod, "x-rank-0-", test::phase("Succeeded")).size(), 0U);
  EXPECT_EQ(ran.times(api::Kind::kPod, "x-rank-0-", test::deleting()).size(), 2U);
}

// A JobSet that does something else for longer.
const std::string kOther =
    "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: other, namespace: default}\nspec: "
    "{replicatedJobs: [{name: o, template: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, "
    "image: x, command: [sleep, '3600']}]}}}}}]}\n";

// A group ends with its JobSet: what comes after that is no waiting.
TEST(WorkloadModels, TimesAreCountedNoLongerThanThereIsAJobSet) {
  struct Case {
    const char *what, *actions, *jobset;
    double waiting;
    bool deleted;
  };
  for (const Case& one :
       {Case{"deleted", "  actions: [{delete: JobSet/x, at: 60s}]\n", "failurePolicy: {maxRestarts: 2}", 1, true},
        {"failed", "  faults: [exit pod=x/rank/0/1 code=3 at=60s]\n", "failurePolicy: {maxRestarts: 0}", 1, false}}) {
    std::string text =
        textOf({{"rank", 2}}, "allReduce: {steps: 1000, step: 1s}", {}, one.jobset, one.actions) + kOther;
    text.replace(text.find("- {model:"), 8, "- {match: {jobSet: x}, model");
    const Ran ran(text);
    EXPECT_GT(ran.seconds(ran.outcome.end), 3600) << one.what;
    const workload::GroupTimes& times = figures(ran).times;
    EXPECT_NEAR(secondsOf(times.lost), 60, 1) << one.what;
    EXPECT_LT(secondsOf(times.waiting), one.waiting) << one.what;
    EXPECT_EQ(secondsOf(times.useful), 0) << one.what;
    EXPECT_EQ(ran.outcome.workloads.front().deleted, one.deleted) << one.what;
  }
}

// The older JobSet of a name is the first row, whatever their UIDs are.
TEST(WorkloadModels, AJobSetOfTheSameNameIsAnotherGroup) {
  const std::string jobset = textOf({{"rank", 2}}, "allReduce: {steps: 100, step: 1s}");
  const std::string again = jobset.substr(jobset.find("---\n") + 4);
  std::string text = jobset;
  text.replace(text.find("  behaviors:"), 0,
               "  actions: [{delete: JobSet/x, at: 30s}, {apply: again.yaml, at: 40s}]\n");
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    LoadOptions options;
    options.seed = seed;
    const Loaded loaded = load({{"x.yaml", text}}, options, [&](const std::string&) { return std::optional(again); });
    ASSERT_TRUE(loaded.errors.empty()) << api::describe(loaded.errors.front());
    scenarios::Run run(loaded.plan);
    run.advance();
    const Outcome outcome = run.outcome();
    ASSERT_EQ(outcome.workloads.size(), 2U);
    EXPECT_TRUE(outcome.workloads[0].deleted) << seed;
    EXPECT_EQ(outcome.workloads[0].figures.done, 0) << seed;
    EXPECT_FALSE(outcome.workloads[1].deleted) << seed;
    EXPECT_EQ(outcome.workloads[1].figures.done, 100) << seed;
  }
}

// JS-R12: whoever is added to one replicated job has nobody's number of another.
TEST(WorkloadModels, AGroupThatGrowsInTwoReplicatedJobsIsWholeAgain) {
  std::string text = textOf({{"a", 3, "completionMode: Indexed"}, {"b", 4, "completionMode: Indexed"}},
                            "allReduce: {steps: 100, step: 1s, onPeerLoss: Rejoin}", {},
                            "failurePolicy: {maxRestarts: 2}", "  featureGates: {ElasticJobSet: true}\n");
  const auto grown = [](const char* name, int pods) {
    return fmt::format(
        "{{name: {0}, groupName: default, replicas: 1, template: {{metadata: {{}}, spec: {{completionMode: Indexed, "
        "completions: {1}, parallelism: {1}, template: {{metadata: {{}}, spec: {{restartPolicy: Never, containers: "
        "[{{name: main, image: x, command: [work]}}]}}}}}}}}}}",
        name, pods);
  };
  text.replace(text.find("  behaviors:"), 0,
               "  actions: [{at: 30s, patch: JobSet/x, merge: {spec: {replicatedJobs: [" + grown("a", 8) + ", " +
                   grown("b", 5) + "]}}}]\n");
  const Ran ran(text);
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  said(ran, "x-a-0-0", "all 13 ranks are there");
  EXPECT_EQ(figures(ran).done, 100);
}

// A rank that hangs does not come back: those that wait for it end, until its Job has no retries left, and the restart
// of the JobSet starts all anew.
TEST(WorkloadModels, RanksThatWaitForOneThatHangsGiveUp) {
  const Ran ran(textOf({{"rank", 2, "backoffLimit: 3"}}, "allReduce: {steps: 100, step: 1s, timeout: 60s}", {},
                       "failurePolicy: {maxRestarts: 2}", "  faults: [hang pod=x/rank/0/1 at=30s]\n"));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 1);
  said(ran, "x-rank-0-0", "not all ranks have come back for too long: giving up");
}

// Work beyond the end of time is not done at once.
TEST(WorkloadModels, LongWorkIsNotDoneWithinTheRun) {
  for (const std::string model :
       {"allReduce: {steps: 20000, step: 300h}", "allReduce: {steps: 50, step: {weibull: {scale: 1s, shape: 0.05}}}",
        "allReduce: {steps: 9, step: 1s, communication: {bytes: '1e40', bandwidth: {rack: 1}}}",
        "leaderWorker: {leader: a, shards: 10, shardTime: 2500000h}",
        "parameterServer: {servers: a, steps: 10, step: 2500000h, exchange: 2500000h}",
        "pipeline: {items: 10, stages: [{replicatedJob: a, itemTime: 2500000h}, "
        "{replicatedJob: b, itemTime: 1s}]}"}) {
    const Ran ran(textOf({{"a"}, {"b", 4}}, model, {}, "failurePolicy: {maxRestarts: 2}", "  duration: 20h\n"));
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kUntil) << model;
    EXPECT_EQ(figures(ran).done, 0) << model;
  }
}

std::string stateOf(const Outcome& outcome) {
  std::string out = outcome.fingerprint;
  for (const WorkloadOutcome& one : outcome.workloads) {
    const workload::GroupTimes& t = one.figures.times;
    out += fmt::format("\n{} {} of {}, {} again, {} {} {} {} {}", one.jobset, one.figures.done, one.figures.wanted,
                       one.figures.repeated, t.useful.count(), t.lost.count(), t.saving.count(), t.restoring.count(),
                       t.waiting.count());
    for (const auto& [what, value] : one.figures.more) out += "\n" + what + ": " + value;
  }
  return out;
}

TEST(WorkloadModels, SavedOrCopiedInTheMiddleTheyGoOnTheSame) {
  const std::string random = "{lognormal: {median: 9s, sigma: 0.4}}";
  const std::string texts[] = {
      textOf({{"rank", 4}},
             "allReduce: {steps: 90, step: {gamma: {scale: 500ms, shape: 2}}, checkpoint: "
             "{everySteps: 10, cost: 2s, restore: 5s}}",
             failing("rank", 2, "25500ms")),
      textOf(kTeam,
             "leaderWorker: {leader: boss, shards: 60, shardsEach: 2, takeIn: 500ms, maxInFlight: 7, shardTime: " +
                 random + ", checkpointShards: 8}",
             failing("boss", 0, "35s")),
      textOf(kTeam, "leaderWorker: {leader: boss, shards: 60, shardTime: " + random + "}", failing("crew", 2, "35s")),
      elasticText("  featureGates: {ElasticJobSet: true}\n"),
      textOf({{"ps", 2}, {"crew", 3}},
             "parameterServer: {servers: ps, steps: 40, synchronous: true, backups: 1, exchange: 300ms, "
             "checkpointSteps: 8, restore: 20s, serversEnd: true, step: " +
                 random + "}",
             failing("ps", 1, "55s")),
      textOf({{"first", 2, "backoffLimit: 3"}, {"second"}},
             "pipeline: {items: 30, stages: [{replicatedJob: first, buffer: 2, itemTime: " + random +
                 "}, {replicatedJob: second, itemTime: {weibull: {scale: 6s, shape: 1.5}}}]}",
             failing("first", 1, "15s")),
      textOf({{"rank", 2, "backoffLimit: 3"}}, "allReduce: {steps: 100, step: 1s, timeout: 20s}", {},
             "failurePolicy: {maxRestarts: 2}", "  faults: [hang pod=x/rank/0/1 at=10s]\n"),
      textOf({{"rank", 2}}, "allReduce: {steps: 100, step: 1s}", {}, "failurePolicy: {maxRestarts: 2}",
             "  actions: [{delete: JobSet/x, at: 20s}, {delete: JobSet/other, at: 200s}]\n") +
          kOther};
  for (const std::string& text : texts) {
    const Loaded loaded = load({{"-", text}}, {}, {});
    ASSERT_TRUE(loaded.errors.empty()) << api::describe(loaded.errors.front());
    scenarios::Run whole(loaded.plan);
    whole.advance();
    const std::string want = stateOf(whole.outcome());
    for (const auto at : {3s, 24s, 31s, 36s, 58s, 90s}) {
      SCOPED_TRACE(fmt::format("{} s of {}", at.count(), text.substr(text.find("model"), 200)));
      scenarios::Run original(loaded.plan);
      original.advance(loaded.plan.world.start + at);
      std::ostringstream saved;
      original.save(saved);
      scenarios::Run copy = original;
      std::istringstream in(saved.str());
      scenarios::Run resumed(loaded.plan);
      resumed.load(in);
      for (scenarios::Run* one : {&original, &copy, &resumed}) {
        one->advance();
        EXPECT_EQ(stateOf(one->outcome()), want);
      }
    }
  }
}

// A saved run of another model is not taken for this one's.
TEST(WorkloadModels, AnotherModelIsAnotherConfiguration) {
  const auto planOf = [](const std::string& steps) {
    return load({{"-", textOf({{"rank", 2}}, "allReduce: {steps: " + steps + ", step: 1s}")}}, {}, {}).plan;
  };
  scenarios::Run original(planOf("100"));
  original.advance(planOf("100").world.start + 20s);
  std::ostringstream saved;
  original.save(saved);
  std::istringstream in(saved.str());
  scenarios::Run other(planOf("101"));
  EXPECT_ANY_THROW(other.load(in));
}

}  // namespace
}  // namespace jobset_twin::scenarios
