// Expectations on histories made by hand: what holds, what does not, and what is said about it.
#include "scenarios/expectations.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include <cereal/archives/binary.hpp>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/read_scenario.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart = kernel::kDefaultStart;

std::vector<Expectation> expectations(const std::string& body) {
  const api::Documents documents = api::readDocuments(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec: {expectations: [" + body + "]}\n", "f");
  const ScenarioRead read = readScenario(documents.trees.front());
  EXPECT_TRUE(read.errors.empty()) << api::describe(read.errors.front());
  return read.scenario.expectations;
}

struct Step {
  Duration at;
  apiserver::WatchType type;
  api::ObjectPtr object;
};
constexpr apiserver::WatchType kAdd = apiserver::WatchType::kAdded, kMod = apiserver::WatchType::kModified,
                               kDel = apiserver::WatchType::kDeleted;

// prefix "x-w-0-0-" and suffix: a Pod of an Indexed Job; index "": of a NonIndexed one.
api::ObjectPtr pod(const std::string& prefix, const std::string& suffix, const std::string& index,
                   const std::string& phase, bool ready = false, int restarts = 0) {
  api::Pod body;
  body.status.phase = phase;
  if (ready) {
    api::Condition condition;
    condition.type = "Ready";
    condition.status = "True";
    body.status.conditions.push_back(condition);
  }
  api::ContainerStatus container;
  container.restartCount = restarts;
  body.status.containerStatuses.push_back(container);
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.generateName = prefix;
  object->meta.name = prefix + suffix;
  object->meta.uid = prefix + suffix;
  if (!index.empty()) object->meta.labels.set("batch.kubernetes.io/job-completion-index", index);
  return object;
}

api::ObjectPtr jobset(const std::string& terminal, const std::string& reason, int restarts) {
  api::JobSet body;
  body.spec.mut();
  body.status.terminalState = terminal;
  body.status.restarts = restarts;
  if (!terminal.empty()) {
    api::Condition condition;
    condition.type = terminal;
    condition.status = "True";
    condition.reason = reason;
    body.status.conditions.push_back(condition);
  }
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = object->meta.uid = "x";
  return object;
}

api::ObjectPtr event(const std::string& kind, const std::string& name, const std::string& reason,
                     const std::string& note, int count) {
  api::Event body;
  body.regarding.kind = kind;
  body.regarding.namespace_ = "default";
  body.regarding.name = name;
  body.reason = reason;
  body.note = note;
  body.type = "Warning";
  body.count = count;
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = object->meta.uid = name + "." + reason;
  return object;
}

// A leader that is ready at 3 s and fails at 10 s; two workers, of which one is restarted under another suffix; a
// JobSet that fails.
std::vector<Step> story() {
  return {{0s, kAdd, jobset("", "", 0)},
          {1s, kAdd, pod("x-leader-0-0-", "aaaaa", "0", "Pending")},
          {3s, kMod, pod("x-leader-0-0-", "aaaaa", "0", "Running", true)},
          {4s, kAdd, pod("x-w-0-0-", "bbbbb", "0", "Pending")},
          {4s, kAdd, pod("x-w-0-1-", "ccccc", "1", "Pending")},
          {6s, kMod, pod("x-w-0-0-", "bbbbb", "0", "Running", true)},
          {7s, kMod, pod("x-w-0-0-", "bbbbb", "0", "Failed")},
          {8s, kAdd, pod("x-w-0-0-", "ddddd", "0", "Pending")},
          {8s, kDel, pod("x-w-0-0-", "bbbbb", "0", "Failed")},
          {9s, kMod, pod("x-w-0-0-", "ddddd", "0", "Succeeded", false, 2)},
          {9s, kMod, pod("x-w-0-1-", "ccccc", "1", "Succeeded")},
          {10s, kMod, pod("x-leader-0-0-", "aaaaa", "0", "Failed")},
          {11s, kAdd, pod("plain-", "eeeee", "", "Running")},
          {11s, kAdd, pod("plain-", "fffff", "", "Failed")},
          {12s, kAdd, event("JobSet", "x", "Stopped", "because of leader", 1)},
          {13s, kMod, jobset("Failed", "FailJobSetFailurePolicyAction", 1)}};
}

void tell(ExpectationRecorder& recorder, std::size_t from, std::size_t to) {
  const std::vector<Step> steps = story();
  for (std::size_t i = from; i < std::min(to, steps.size()); ++i) {
    apiserver::WatchEvent change;
    change.type = steps[i].type;
    change.object = steps[i].object;
    change.at = kStart + steps[i].at;
    recorder.onChange(change);
  }
  if (to < steps.size()) return;
  apiserver::WatchEvent again;
  again.type = kMod;
  again.previous = event("JobSet", "x", "Stopped", "because of leader", 1);
  again.object = event("JobSet", "x", "Stopped", "because of leader", 3);
  again.at = kStart + 14s;
  recorder.onChange(again);
  const auto note = [&](cluster::NoteKind kind, const std::string& subject, const std::string& text) {
    recorder.onNote({kStart + 5s, static_cast<std::uint16_t>(kind), subject, text, 0, 0});
  };
  note(cluster::NoteKind::kNameResolvable, "Pod/default/x-leader-0-0-aaaaa", "x-leader-0-0.x");
  note(cluster::NoteKind::kLog, "Pod/default/x-leader-0-0-aaaaa/leader", "Sleeping in 3");
  note(cluster::NoteKind::kLog, "Pod/default/x-leader-0-0-aaaaa/leader", "Sleeping in 2");
}

struct ExpectationRow {
  const char* expectation;
  const char* found;  // "": met
};

TEST(Expectations, Judgements) {
  const ExpectationRow rows[] = {
      {"{object: JobSet/default/x, terminalState: Failed, reason: FailJobSetFailurePolicyAction, restarts: 1}", ""},
      {"{object: JobSet/default/x, terminalState: Completed}", "JobSet/default/x has the terminal state Failed"},
      {"{object: JobSet/default/x, reason: MaxRestarts}",
       "JobSet/default/x has the conditions Failed (FailJobSetFailurePolicyAction)"},
      {"{object: JobSet/default/x, condition: Completed}",
       "JobSet/default/x has the conditions Failed (FailJobSetFailurePolicyAction)"},
      {"{object: JobSet/default/x, restarts: {atMost: 0}}", "JobSet/default/x was restarted 1 time"},
      {"{object: JobSet/default/x, reaches: finished, notBefore: 13s, notAfter: 13s}", ""},
      {"{object: JobSet/default/x, reaches: finished, notAfter: 12s}", "JobSet/default/x finished at 13.000s"},
      {"{object: JobSet/default/x, reaches: succeeded}", "JobSet/default/x never succeeded"},
      {"{object: JobSet/default/x, reaches: succeeded, never: true}", ""},
      {"{object: JobSet/default/x, reaches: failed, never: true}", "JobSet/default/x failed at 13.000s"},
      {"{object: Pod/default/x-leader-0-0, reaches: ready, before: {object: Pod/default/x-w-*, reaches: created}}", ""},
      {"{object: Pod/default/x-w-0-*, reaches: created, before: {object: Pod/default/x-leader-0-0, reaches: ready}}",
       "Pod/default/x-w-0-0 was created at 4.000s, but Pod/default/x-leader-0-0 was ready at 3.000s; 2 of 2 objects"},
      {"{object: JobSet/default/x, reaches: finished, after: {object: Pod/default/x-w-*, reaches: succeeded}}", ""},
      {"{object: Pod/default/x-leader-0-0, reaches: ready, after: {object: Pod/default/x-w-*, reaches: succeeded}}",
       "Pod/default/x-leader-0-0 was ready at 3.000s, but Pod/default/x-w-0-1 succeeded at 9.000s"},
      {"{object: Pod/default/x-leader-0-0, reaches: ready, before: {object: Pod/default/y, reaches: created}}",
       "Pod/default/x-leader-0-0 was ready at 3.000s, but there never was a Pod/default/y (there are: "
       "Pod/default/plain, "
       "Pod/default/x-leader-0-0, Pod/default/x-w-0-0, Pod/default/x-w-0-1)"},
      // A Pod of an Indexed Job is one object over its restarts, and its last instance counts for states.
      {"{object: Pod/default/x-w-*, phase: Succeeded, count: 2}", ""},
      {"{object: Pod/default/x-w-*, phase: Succeeded}", ""},
      {"{object: Pod/default/x-w-0-0, restarts: 2}", ""},
      {"{object: Pod/default/x-w-0-0, reaches: deleted}", ""},
      {"{object: Pod/default/x-w-0-0, reaches: failed, notAfter: 7s}", ""},
      {"{object: Pod/default/x-w-*, reaches: ready, count: {atLeast: 2}}",
       "1 of 2 objects; Pod/default/x-w-0-1 never was ready"},
      // Pods of a NonIndexed Job share a name, and each is an object.
      {"{object: Pod/default/plain, count: 2}", ""},
      {"{object: Pod/default/plain, phase: Failed, count: 1}", ""},
      {"{object: Pod/default/plain-*, phase: Failed}", "Pod/default/plain-eeeee is Running"},
      {"{object: Pod/default/x-leader-1-0, reaches: ready}",
       "there never was a Pod/default/x-leader-1-0 (did you mean Pod/default/x-leader-0-0?)"},
      {"{object: JobSet/default/z, reaches: created, never: true}", ""},
      {"{object: JobSet/default/z, count: 0}", ""},
      {"{object: JobSet/default/x, event: {reason: Stopped, type: Warning, message: leader, times: 3}}", ""},
      {"{object: JobSet/default/x, event: {reason: Stopped, times: {atMost: 2}}}",
       "JobSet/default/x has 3 such Events"},
      {"{object: JobSet/default/x, event: {reason: Resumed}}", "JobSet/default/x has no such Events"},
      {"{object: JobSet/default/x, event: {reason: Stopped}, never: true}", "JobSet/default/x has 3 such Events"},
      {"{object: Pod/default/x-leader-0-0, log: {contains: Sleeping, times: 2}}", ""},
      {"{object: Pod/default/x-leader-0-0, log: {contains: in 9}}", "Pod/default/x-leader-0-0 has no such lines"},
      {"{object: Pod/default/x-leader-0-0, reaches: resolvable, notAfter: 5s}", ""},
      {"{endReason: finished}", ""},
      {"{endReason: stuck}", "the run ended: finished"},
  };
  for (const ExpectationRow& row : rows) {
    const std::vector<Expectation> wanted = expectations(row.expectation);
    ExpectationRecorder recorder(wanted);
    tell(recorder, 0, 1000);
    const std::vector<ExpectationResult> results = judge(wanted, recorder, EndReason::kFinished, kStart);
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].found, row.found) << row.expectation;
    EXPECT_EQ(results[0].met, std::string_view(row.found).empty()) << row.expectation;
    EXPECT_FALSE(results[0].text.empty());
  }
}

TEST(Expectations, FromAMinuteOnTimesAreSaidAsTheyAreWritten) {
  const std::vector<Expectation> wanted = expectations("{object: JobSet/default/x, reaches: finished, notAfter: 12s}");
  ExpectationRecorder recorder(wanted);
  tell(recorder, 0, 1000);
  const auto found = [&](Duration earlier) {
    return judge(wanted, recorder, EndReason::kFinished, kStart - earlier)[0].found;
  };
  EXPECT_EQ(found(46999ms), "JobSet/default/x finished at 59.999s");
  EXPECT_EQ(found(47s), "JobSet/default/x finished at 1m0s");
  EXPECT_EQ(found(4001428us), "JobSet/default/x finished at 17.001s");
  EXPECT_EQ(found(4001428571ns + 1h), "JobSet/default/x finished at 1h0m17.001s");
}

TEST(Expectations, OrderDecidesWithinOneInstant) {
  const std::vector<Expectation> wanted = expectations(
      "{object: Pod/default/x-w-0-0, reaches: created, before: {object: Pod/default/x-w-0-1, reaches: created}},"
      "{object: Pod/default/x-w-0-1, reaches: created, before: {object: Pod/default/x-w-0-0, reaches: created}}");
  ExpectationRecorder recorder(wanted);
  tell(recorder, 0, 1000);
  const std::vector<ExpectationResult> results = judge(wanted, recorder, EndReason::kFinished, kStart);
  EXPECT_TRUE(results[0].met);
  EXPECT_FALSE(results[1].met);
}

TEST(Expectations, ASavedRecorderGoesOnAsTheOriginal) {
  const std::vector<Expectation> wanted = expectations(
      "{object: JobSet/default/x, event: {reason: Stopped, times: 3}}, {object: Pod/default/x-w-*, phase: Succeeded, "
      "count: 2},"
      "{object: Pod/default/x-leader-0-0, reaches: ready, notAfter: 3s}");
  for (std::size_t cut = 0; cut <= story().size(); ++cut) {
    ExpectationRecorder first(wanted);
    tell(first, 0, cut == story().size() ? cut - 1 : cut);
    std::stringstream file;
    cereal::BinaryOutputArchive{file}(first);
    ExpectationRecorder second(wanted);
    cereal::BinaryInputArchive{file}(second);
    tell(second, cut == story().size() ? cut - 1 : cut, 1000);
    for (const ExpectationResult& result : judge(wanted, second, EndReason::kFinished, kStart)) {
      EXPECT_TRUE(result.met) << cut << ": " << result.text << ": " << result.found;
    }
  }
}

TEST(Expectations, NothingIsKeptWithoutExpectations) {
  ExpectationRecorder recorder{std::vector<Expectation>{}};
  tell(recorder, 0, 1000);
  EXPECT_FALSE(recorder.watches());
  EXPECT_TRUE(recorder.records().empty());
  EXPECT_TRUE(recorder.seen().empty());
}

TEST(Expectations, InWords) {
  EXPECT_EQ(describeExpectation(
                expectations("{object: Pod/d/x-*, count: {atLeast: 2}, reaches: ready, notAfter: 30s, before: {object: "
                             "Pod/d/y, reaches: created}}")[0]),
            "Pod/d/x-* (at least 2 of them) was ready not after 30s before Pod/d/y was created");
  EXPECT_EQ(describeExpectation(expectations("{object: JobSet/d/x, terminalState: Failed, restarts: 0}")[0]),
            "JobSet/d/x ends Failed, is restarted 0 times");
}

TEST(Expectations, Patterns) {
  EXPECT_TRUE(matchesPattern("Pod/default/x-*", "Pod/default/x-1"));
  EXPECT_TRUE(matchesPattern("*/default/*-0", "Pod/default/a-0-0"));
  EXPECT_TRUE(matchesPattern("a", "a"));
  EXPECT_FALSE(matchesPattern("a", "ab"));
  EXPECT_FALSE(matchesPattern("Pod/default/x", "Pod/default/x-1"));
}

}  // namespace
}  // namespace jobset_twin::scenarios
