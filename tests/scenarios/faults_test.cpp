// Faults as a user writes them: every form means the same, mistakes are named with their place, and a run with faults
// is the same run each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/fault_words.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"
#include "scenarios/run.hpp"
#include "scenarios/write_scenario.hpp"
#include "sim/faults/classes.hpp"
#include "tests/scenarios/said.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;
using test::saidWithHints;

constexpr const char* kTrain = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  failurePolicy: {maxRestarts: 3}
  replicatedJobs:
  - name: workers
    replicas: 2
    template:
      spec:
        backoffLimit: 0
        completions: 2
        parallelism: 2
        template:
          spec:
            restartPolicy: Never
            containers: [{name: main, image: busybox, command: [sleep, "100"]}]
)";

Loaded loadWith(const std::vector<std::string>& faults, const std::string& more = {}) {
  LoadOptions options;
  options.faults = faults;
  std::vector<InputFile> files = {{"train.yaml", kTrain}};
  if (!more.empty()) files.push_back({"more.yaml", more});
  return load(files, options, {});
}

Outcome runFaults(const Loaded& loaded) {
  EXPECT_EQ(saidWithHints(loaded.errors), "");
  scenarios::Run run(loaded.plan);
  run.advance();
  return run.outcome();
}

std::vector<std::string> textsOf(const Loaded& loaded) {
  EXPECT_EQ(saidWithHints(loaded.errors), "");
  std::vector<std::string> out;
  for (const faults::Fault& fault : loaded.scenario.faults) out.push_back(fault.name + ": " + faults::faultText(fault));
  return out;
}

TEST(Faults, AllFormsMeanTheSame) {
  const std::vector<std::string> want = {"kill-1: kill pod=default/train/workers/0/1 at=30s"};
  EXPECT_EQ(textsOf(loadWith({"kill pod=default/train/workers/0/1 at=30s"})), want);
  EXPECT_EQ(textsOf(loadWith({"kill   at='30s' pod=\"default/train/workers/0/1\""})), want);
  const std::string scenario = "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  faults:\n  - ";
  EXPECT_EQ(textsOf(loadWith({}, scenario + "kill pod=default/train/workers/0/1 at=30s\n")), want);
  EXPECT_EQ(textsOf(loadWith({}, scenario + "{class: kill, pod: default/train/workers/0/1, at: 30s}\n")), want);
  EXPECT_EQ(textsOf(loadWith({},
                             "apiVersion: jobset-twin.dev/v1alpha1\nkind: Fault\nspec:\n  class: kill\n"
                             "  pod: default/train/workers/0/1\n  at: 30s\n")),
            want);
}

TEST(Faults, NamesComeFromTheClassOrTheDocument) {
  EXPECT_EQ(textsOf(loadWith({"kill any at=1s", "kill any at=2s", "delete any at=3s name=mine"},
                             "apiVersion: jobset-twin.dev/v1alpha1\nkind: Fault\nmetadata: {name: kill-1}\n"
                             "spec: {class: kill, any: true, at: 4s}\n")),
            (std::vector<std::string>{"kill-1: kill any at=4s", "kill-2: kill any at=1s", "kill-3: kill any at=2s",
                                      "mine: delete any at=3s"}));
}

// What is written is read as the same again.
TEST(Faults, AreWrittenBack) {
  const std::vector<std::string> all = {
      "kill pod=train/workers/0/1 at=30s",
      "exit pod=* any container=main code=42 after='JobSet train attempt 1 ready +5s'",
      "delete job=train-workers-0 all gracePeriodSeconds=0 every=1h times=3",
      "node-fail any mtbf=2000h repair=lognormal(4h,0.5)",
      "node-fail domain=rack/rack-1 hazard=weibull(2000h,1.5) for=uniform(1h,2h) name=rack",
      "delete any name=z after='fault rack ended +5s'",
      "node-maintenance node=node-* inTurn=2 notice=1m at=1h for=5m",
      "node-remove any notice=30s mtbf=24h repair=1m",
      "node-slow selector='pool in (a,b)' all speed=0.5 hazard=gamma(1h,2) for=exponential(1h)"};
  const Loaded first = loadWith(all);
  const std::vector<std::string> texts = textsOf(first);
  ASSERT_EQ(texts.size(), all.size());
  Scenario alone;
  alone.faults = first.scenario.faults;
  const api::Documents documents = api::readDocuments(writeScenario(alone), "w.yaml");
  ASSERT_EQ(documents.trees.size(), 1U);
  const ScenarioRead again = readScenario(documents.trees.front());
  EXPECT_EQ(saidWithHints(again.errors), "");
  std::vector<std::string> second;
  for (const faults::Fault& fault : again.scenario.faults)
    second.push_back(fault.name + ": " + faults::faultText(fault));
  EXPECT_EQ(second, texts);
}

struct Wrong {
  std::string fault, says;
};
void PrintTo(const Wrong& row, std::ostream* out) { *out << row.fault; }

class Refused : public testing::TestWithParam<Wrong> {};
TEST_P(Refused, WithItsPlace) {
  const std::string text = saidWithHints(loadWith({"kill any at=1s", GetParam().fault}).errors);
  EXPECT_NE(text.find(GetParam().says), std::string::npos) << text;
  EXPECT_EQ(text.rfind("--fault:2", 0), 0U) << text;
}
INSTANTIATE_TEST_SUITE_P(
    Faults, Refused,
    testing::Values(
        Wrong{"kil any at=1s", "hint: did you mean \"kill\"?"}, Wrong{"", "a fault without words"},
        Wrong{"at=1s", "begins with what goes wrong"}, Wrong{"kill any at=1", "a duration has a unit: 1s"},
        Wrong{"kill any at=1s at=2s", "at is given twice"},
        Wrong{"kill some at=1s", "\"some\" is neither any, nor all"}, Wrong{"kill any 'at=1s", "a quote is not closed"},
        Wrong{"kill any", "at, after, every, mtbf and hazard"}, Wrong{"kill any at=1s mtbf=1h", "only one of"},
        Wrong{"kill any mtbf=1h every=2h", "a hazard goes on by itself"},
        Wrong{"kill any all at=1s", "exclude each other"},
        Wrong{"node-fail any inTurn=1 at=1s for=1m", "any, all and inTurn exclude each other"},
        Wrong{"node-fail inTurn=0 at=1s for=1m", "1"}, Wrong{"node-fail inTurn=1 at=1s", "turn comes when it is over"},
        Wrong{"node-fail inTurn=1 mtbf=1h for=1m", "each has its turn once"},
        Wrong{"node-fail inTurn=1 every=1h for=1m", "each has its turn once"},
        Wrong{"kill inTurn=1 at=1s", "it is for faults of nodes"},
        Wrong{"dns-down inTurn=1 at=1s", "is about the cluster"},
        Wrong{"kill pod=a/b/c/d/e/f at=1s", "namespace/jobset/replicated job/job index/pod index"},
        Wrong{"kill podd=a at=1s", "hint: did you mean \"pod\"?"},
        Wrong{"kill any at=1s code=3", "kill has no code: it belongs to exit"},
        Wrong{"kill any at=1s for=3s", "kill is done at once"},
        Wrong{"exit any at=1s code=256", "less than or equal to 255"},
        Wrong{"node-slow any at=1s", "node-slow needs it"}, Wrong{"node-fail domain=rack at=1s", "for example rack/r3"},
        Wrong{"node-fail pod=x mtbf=1h", "nodes fail whatever runs there"},
        Wrong{"kill any after='JobSet train reddy'", "did you mean \"ready\"?"},
        Wrong{"kill any at=1s selector='a in b'", "for example app=train"},
        Wrong{"kill any at=1s times=3", "belongs to every"}, Wrong{"kill any at=1s name=A_b", "lowercase RFC 1123"}));

TEST(Faults, TheSameNameTwiceIsAMistake) {
  const std::string text = saidWithHints(loadWith({"kill any at=1s name=x", "kill any at=2s name=x"}).errors);
  EXPECT_NE(text.find("a second fault x: the first is at --fault:1"), std::string::npos) << text;
}

TEST(Faults, HaveColumns) {
  const Loaded loaded = loadWith({"kill pod=a at=soon"});
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.errors.front().line, 1);
  EXPECT_EQ(loaded.errors.front().column, 15);
}

TEST(Faults, AKilledPodFailsAndIsInTheResult) {
  const Outcome outcome = runFaults(loadWith({"kill pod=workers/1/0 at=30s name=now"}));
  ASSERT_EQ(outcome.jobsets.size(), 1U);
  EXPECT_EQ(outcome.jobsets.front().restarts, 1);
  ASSERT_EQ(outcome.faults.size(), 1U);
  const FaultOutcome& fault = outcome.faults.front();
  EXPECT_EQ(fault.name, "now");
  EXPECT_EQ(fault.class_, "kill");
  EXPECT_EQ(fault.unit, "default/train/workers/1/0");
  EXPECT_EQ(fault.at - outcome.start, 30s);
  EXPECT_FALSE(fault.until);
  ASSERT_EQ(fault.targets.size(), 1U);
  EXPECT_TRUE(fault.targets.front().starts_with("Pod/default/train-workers-1-0-")) << fault.targets.front();
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(Faults, AfterAnEventOfAnAttempt) {
  const Outcome outcome = runFaults(
      loadWith({"kill pod=0/0 after='JobSet train ready +10s'", "kill pod=1/1 after='JobSet train attempt 1 ready'"}));
  EXPECT_EQ(outcome.jobsets.front().restarts, 2);
  ASSERT_EQ(outcome.faults.size(), 2U);
  EXPECT_GT(outcome.faults[1].at, outcome.faults[0].at);
  ASSERT_TRUE(outcome.jobsets.front().ready);
  EXPECT_GE(outcome.faults[0].at - *outcome.jobsets.front().ready, 10s);
  EXPECT_LT(outcome.faults[0].at - *outcome.jobsets.front().ready, 11s);
}

// Each waits for the first start or end of another that its pattern fits, never for its own.
TEST(Faults, AfterAnotherFault) {
  const Outcome outcome =
      runFaults(loadWith({"node-slow node=node-0 speed=0.9 at=10s for=20s name=first",
                          "node-slow node=node-1 speed=0.9 at=15s name=second",
                          "node-slow node=node-2 speed=0.9 after='fault first started +1s' name=a",
                          "node-slow node=node-2 speed=0.9 after='fault first ended' name=b",
                          "node-slow node=node-2 speed=0.9 after='Fault/s* started +2s' name=c",
                          "node-slow node=node-3 speed=0.9 after='fault b started +500ms' name=d"}));
  std::map<std::string, Duration> at;
  for (const FaultOutcome& fault : outcome.faults) at[fault.name] = fault.at - outcome.start;
  EXPECT_EQ(at, (std::map<std::string, Duration>{
                    {"first", 10s}, {"second", 15s}, {"a", 11s}, {"b", 30s}, {"c", 17s}, {"d", 30500ms}}));
  const auto error = [](const std::vector<std::string>& faults) { return saidWithHints(loadWith(faults).errors); };
  EXPECT_NE(error({"kill any at=1s name=power", "kill any after='fault powr started'"}).find("did you mean \"power\"?"),
            std::string::npos);
  EXPECT_NE(error({"kill any at=1s name=x", "kill any after='fault x ended'"}).find("has no end"), std::string::npos);
  EXPECT_NE(error({"kill any name=x after='fault x started'"}).find("which there is not"), std::string::npos);
}

TEST(Faults, AreExpected) {
  const std::string head =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  faults:\n"
      "  - {name: slow, class: node-slow, node: node-0, speed: 0.9, at: 10s, for: 20s}\n"
      "  - {name: gone, class: node-slow, node: node-1, speed: 0.9, every: 20s, times: 3, for: 5s}\n"
      "  - {name: late, class: delete, any: true, at: 10h}\n"
      "  - {name: next, class: node-slow, node: node-2, speed: 0.9, after: {object: Fault/slow, reaches: ended, delay: "
      "1s}}\n"
      "  expectations:\n  - ";
  const auto found = [&](const std::string& expectation) {
    const Outcome outcome = runFaults(loadWith({}, head + expectation + "\n"));
    return outcome.expectations.empty() ? "none" : outcome.expectations.front().found;
  };
  EXPECT_EQ(found("{object: Fault/gone, strikes: 3}"), "");
  EXPECT_EQ(found("{object: Fault/*, strikes: {atLeast: 5, atMost: 5}}"), "");
  EXPECT_EQ(found("{object: Fault/*, strikes: {atLeast: 6}}"), "struck 5 times");
  EXPECT_EQ(found("{object: Fault/late, strikes: 0}"), "");
  EXPECT_EQ(found("{object: Fault/late, reaches: started, never: true}"), "");
  EXPECT_EQ(found("{object: Fault/*, reaches: started, count: 3}"), "");
  EXPECT_EQ(found("{object: Fault/slow, reaches: ended, notBefore: 30s, notAfter: 30s}"), "");
  EXPECT_EQ(found("{object: Fault/next, reaches: started, notBefore: 31s, notAfter: 31s}"), "");
  EXPECT_EQ(found("{object: Fault/slow, reaches: started, after: {object: JobSet/default/train, reaches: ready}}"), "");
  EXPECT_EQ(found("{object: JobSet/default/train, reaches: finished, after: {object: Fault/slow, reaches: ended}}"),
            "");
  EXPECT_NE(found("{object: Fault/slow, reaches: ended, before: {object: Fault/slow, reaches: started}}"), "");
  EXPECT_NE(found("{object: Fault/slwo, strikes: 1}").find("did you mean Fault/slow?"), std::string::npos);
  const auto wrong = [&](const std::string& expectation) {
    return saidWithHints(loadWith({}, head + expectation + "\n").errors);
  };
  EXPECT_NE(wrong("{object: Fault/slow, reaches: ready}").find("a fault has the moments started and ended"),
            std::string::npos);
  EXPECT_NE(wrong("{object: JobSet/default/train, reaches: started}").find("moments of faults"), std::string::npos);
  EXPECT_NE(wrong("{object: JobSet/default/train, strikes: 1}").find("strikes is about faults"), std::string::npos);
  EXPECT_NE(wrong("{object: Fault/slow, phase: Running}").find("of a fault there are"), std::string::npos);
}

TEST(Faults, EveryAndTimes) {
  const Outcome outcome = runFaults(loadWith({"delete any every=20s times=3"}));
  ASSERT_EQ(outcome.faults.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome.faults[static_cast<std::size_t>(i)].at - outcome.start, (i + 1) * 20s);
}

// Two at a time, in the order of their numbers; the next when one is whole again.
TEST(Faults, InTurn) {
  LoadOptions options;
  options.faults = {"node-slow node=node-* inTurn=2 speed=0.9 at=10s for=15s"};
  options.nodes = 11;
  const Outcome outcome = runFaults(load({{"train.yaml", kTrain}}, options, {}));
  ASSERT_EQ(outcome.faults.size(), 11U);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(outcome.faults[i].unit, fmt::format("node-{}", i));
    EXPECT_EQ(outcome.faults[i].at - outcome.start, 10s + static_cast<int>(i / 2) * 15s) << i;
  }
}

// A node that is taken back with notice is drained first; who comes for it has a name that does not grow.
TEST(Faults, NodesThatAreRemovedWithNotice) {
  LoadOptions options;
  options.faults = {"node-remove node=node-0* notice=15s at=10s every=40s times=2 repair=5s name=gone",
                    "node-remove node=node-1 notice=1h at=10s repair=5s name=late"};
  options.nodes = 6;
  const Loaded loaded = load({{"train.yaml", kTrain}}, options, {});
  ASSERT_EQ(saidWithHints(loaded.errors), "");
  scenarios::Run run(loaded.plan);
  const auto node = [&](const std::string& name) {
    return run.world().server().store().find({api::Kind::kNode, "", name});
  };
  const TimePoint start = loaded.plan.world.start;
  run.advance(start + 12s);
  ASSERT_TRUE(node("node-0"));
  EXPECT_TRUE(api::as<api::Node>(*node("node-0")).spec.unschedulable);
  run.advance(start + 26s);
  EXPECT_FALSE(node("node-0"));
  run.advance(start + 31s);
  ASSERT_TRUE(node("node-0-r0"));
  EXPECT_FALSE(api::as<api::Node>(*node("node-0-r0")).spec.unschedulable);
  run.advance(start + 75s);
  EXPECT_FALSE(node("node-0-r0"));
  EXPECT_TRUE(node("node-0-r2")) << "not node-0-r0-r2";
  EXPECT_TRUE(api::as<api::Node>(*node("node-1")).spec.unschedulable);
}

// Who has its notice already cannot be told to go once more, and takes nobody's place twice.
TEST(Faults, NodesThatAreLeavingAreNotHitAgain) {
  LoadOptions options;
  options.faults = {"node-remove node=node-0 notice=20s at=10s repair=5s name=first",
                    "node-remove node=node-0 notice=20s at=15s repair=5s name=second",
                    "node-maintenance node=node-0 notice=1s at=16s for=1s name=third"};
  options.nodes = 6;
  const Loaded loaded = load({{"train.yaml", kTrain}}, options, {});
  ASSERT_EQ(saidWithHints(loaded.errors), "");
  const Outcome outcome = runFaults(loaded);
  ASSERT_EQ(outcome.faults.size(), 1U);
  EXPECT_EQ(outcome.faults[0].name, "first");
  EXPECT_EQ(outcome.warnings.size(), 2U);
}

// The node whose turn it is goes while it is drained, and the next while it is down: no turn waits for them.
TEST(Faults, InTurnGoesOnWhenTheNodeIsGone) {
  const Outcome outcome = runFaults(loadWith({"node-maintenance node=node-* inTurn=1 at=10s notice=10s for=5s name=up",
                                              "node-remove node=node-0 at=13s", "node-remove node=node-1 at=24s"}));
  std::vector<std::pair<std::string, Duration>> turns;
  for (const FaultOutcome& fault : outcome.faults)
    if (fault.name == "up") turns.emplace_back(fault.unit, fault.at - outcome.start);
  ASSERT_GE(turns.size(), 3U);
  turns.resize(3);
  EXPECT_EQ(turns, (std::vector<std::pair<std::string, Duration>>{{"node-0", 10s}, {"node-1", 13s}, {"node-2", 24s}}));
}

TEST(Faults, ThatHitNothingAreWarnings) {
  const auto warning = [](const std::string& fault) {
    const Outcome outcome = runFaults(loadWith({fault}));
    EXPECT_TRUE(outcome.faults.empty()) << fault;
    EXPECT_EQ(outcome.warnings.size(), 1U) << fault;
    return outcome.warnings.empty() ? "" : outcome.warnings.front();
  };
  EXPECT_NE(warning("kill pod=train/worker/0/1 at=30s").find("the nearest is train/workers/0/1"), std::string::npos);
  EXPECT_NE(warning("node-hang node=nod-1 at=30s").find("the nearest is node-1"), std::string::npos);
  EXPECT_NE(warning("node-hang domain=rak/rack-1 at=30s").find("the nearest is rack/rack-1"), std::string::npos);
  EXPECT_NE(warning("kill any at=1h").find("the run was over before 1h0m0s"), std::string::npos);
  EXPECT_NE(warning("kill any after='JobSet trian ready'").find("never happened"), std::string::npos);
}

// A fault of later keeps nobody waiting, and a hazard none at all.
TEST(Faults, DoNotKeepARunAlive) {
  const Outcome plain = runFaults(loadWith({}));
  EXPECT_EQ(plain.end_reason, EndReason::kFinished);
  const Outcome faulty = runFaults(loadWith({"node-fail node=node-0 at=1h", "node-hang any mtbf=9000h for=1m"}));
  EXPECT_EQ(faulty.end_reason, EndReason::kFinished);
  EXPECT_EQ(faulty.end, plain.end);
}

// The same failures hit every alternative: another JobSet on the nodes changes nothing about when they fail.
TEST(Faults, OfNodesGoByNodeTime) {
  const std::vector<std::string> law = {"node-hang mtbf=2m for=1s name=h"};
  const auto times = [](const Outcome& outcome, TimePoint until) {
    std::vector<std::pair<std::string, TimePoint>> out;
    for (const FaultOutcome& fault : outcome.faults) {
      if (fault.at < until) out.emplace_back(fault.unit, fault.at);
    }
    return out;
  };
  std::string other = kTrain;
  other.replace(other.find("\"100\""), 5, "\"400\"");
  LoadOptions options;
  options.faults = law;
  options.nodes = 6;
  const Outcome one = runFaults(load({{"a.yaml", kTrain}}, options, {}));
  const Outcome two = runFaults(load({{"a.yaml", other}}, options, {}));
  const TimePoint until = std::min(one.end, two.end);
  EXPECT_FALSE(times(one, until).empty());
  EXPECT_EQ(times(one, until), times(two, until));
}

// Every class is found by its word and says what it does; every field belongs to somebody.
TEST(FaultClasses, AreWhole) {
  for (const faults::ClassInfo& info : faults::faultClasses()) {
    EXPECT_EQ(faults::findClass(info.verb), &info);
    EXPECT_FALSE(info.doc.empty());
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
