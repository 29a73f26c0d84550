// JS-C1 to JS-C3: how conditions change, and which events and metrics come of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/jobset/conditions.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ConditionChange {
  std::string_view name;
  std::vector<api::Condition> before;
  std::string_view type;
  bool status;
  std::string_view reason, message;
  bool changes;
  std::vector<std::string> after;  // "type status reason second"
};

std::string line(const api::Condition& c) {
  return c.type + " " + c.status + " " + c.reason + " " +
         std::to_string((*c.lastTransitionTime - atSecond(0)) / std::chrono::seconds(1));
}

TEST(Conditions, change_by_the_rules_of_JS_C1) {
  const ConditionChange rows[] = {
      {"absent and True: added", {}, "Suspended", true, "R", "m", true, {"Suspended True R 9"}},
      {"absent and False: not added", {}, "Suspended", false, "R", "m", false, {}},
      {"identical: nothing",
       {makeCondition("Suspended", "True", "R", "m", 3)},
       "Suspended",
       true,
       "R",
       "m",
       false,
       {"Suspended True R 3"}},
      {"only the reason differs: time kept",
       {makeCondition("Suspended", "True", "Q", "m", 3)},
       "Suspended",
       true,
       "R",
       "m",
       true,
       {"Suspended True R 3"}},
      {"only the message differs: time kept",
       {makeCondition("Suspended", "True", "R", "n", 3)},
       "Suspended",
       true,
       "R",
       "m",
       true,
       {"Suspended True R 3"}},
      {"status differs: new time",
       {makeCondition("Suspended", "True", "R", "m", 3)},
       "Suspended",
       false,
       "R",
       "m",
       true,
       {"Suspended False R 9"}},
      {"startup completed flips in progress in place",
       {makeCondition("StartupPolicyInProgress", "True", "P", "p", 3)},
       "StartupPolicyCompleted",
       true,
       "R",
       "m",
       true,
       {"StartupPolicyInProgress False P 3", "StartupPolicyCompleted True R 9"}},
      {"startup in progress flips completed in place",
       {makeCondition("StartupPolicyInProgress", "False", "P", "p", 3),
        makeCondition("StartupPolicyCompleted", "True", "C", "c", 4)},
       "StartupPolicyInProgress",
       true,
       "R",
       "m",
       true,
       {"StartupPolicyInProgress True R 9", "StartupPolicyCompleted False C 4"}},
      {"a False other is left alone",
       {makeCondition("StartupPolicyInProgress", "False", "P", "p", 3)},
       "StartupPolicyCompleted",
       true,
       "R",
       "m",
       true,
       {"StartupPolicyInProgress False P 3", "StartupPolicyCompleted True R 9"}},
      {"other pairs do not exclude each other",
       {makeCondition("Completed", "True", "P", "p", 3)},
       "Failed",
       true,
       "R",
       "m",
       true,
       {"Completed True P 3", "Failed True R 9"}},
  };
  for (const ConditionChange& row : rows) {
    StatusDraft draft(makeJobSet("x").editStatus([&](api::JobSetStatus& s) { s.conditions = row.before; }).raw(),
                      atSecond(9.7));
    EXPECT_EQ(setCondition(draft, row.type, row.status, row.reason, row.message, "Normal"), row.changes) << row.name;
    EXPECT_EQ(draft.changed, row.changes) << row.name;
    std::vector<std::string> after;
    for (const api::Condition& c : draft.status.conditions) {
      after.push_back(line(c));
      EXPECT_EQ(c.observedGeneration, 0) << row.name;
    }
    EXPECT_EQ(after, row.after) << row.name;
    EXPECT_EQ(draft.events.size(), row.changes ? 1U : 0U)
        << row.name << ": one event for one change, none for the flip";
  }
}

TEST(Conditions, a_terminal_state_ends_the_restart_with_an_event_of_its_own) {
  const auto restarting = [](api::JobSetStatus& s) {
    s.conditions = {makeCondition("RestartingJobSet", "True", "DefaultFailurePolicy", "m", 3)};
  };
  StatusDraft completed(makeJobSet("x").editStatus(restarting).raw(), atSecond(9));
  setCompleted(completed);
  EXPECT_EQ(completed.status.terminalState, "Completed");
  EXPECT_THAT(eventLines(completed.events), ElementsAre("Normal AllJobsCompleted jobset completed successfully",
                                                        "Normal JobSetCompleted jobset completed successfully"));
  ASSERT_EQ(completed.metrics.size(), 1U);
  EXPECT_EQ(completed.metrics[0].name, "jobset_completed_total");
  EXPECT_EQ(completed.metrics[0].jobset_name, "x");
  EXPECT_EQ(completed.metrics[0].namespace_, "default");

  StatusDraft failed(makeJobSet("x").editStatus(restarting).raw(), atSecond(9));
  setFailed(failed, "Why", "because");
  EXPECT_EQ(failed.status.terminalState, "Failed");
  EXPECT_THAT(eventLines(failed.events), ElementsAre("Warning Why because", "Normal JobSetFailed jobset failed"));
  EXPECT_EQ(failed.metrics.at(0).name, "jobset_failed_total");
}

TEST(Conditions, RestartingJobSet_that_is_False_already_changes_its_reason_with_an_event) {
  const auto ready = [](api::JobSetStatus& s) {
    s.conditions = {makeCondition("RestartingJobSet", "False", "JobsReady", "all jobs are ready", 3)};
  };
  StatusDraft draft(makeJobSet("x").editStatus(ready).raw(), atSecond(9));
  setSuspended(draft);
  EXPECT_THAT(eventLines(draft.events),
              ElementsAre("Normal SuspendedJobs jobset is suspended", "Normal JobSetSuspended jobset is suspended"));
  EXPECT_EQ(line(draft.status.conditions[0]), "RestartingJobSet False JobSetSuspended 3");
  StatusDraft never(makeJobSet("x").raw(), atSecond(9));
  setSuspended(never);
  EXPECT_EQ(never.events.size(), 1U) << "never restarted: no such condition";
}

TEST(Conditions, of_a_pass_are_truncated_to_whole_seconds) {
  World world(makeJobSet("x").replicatedJob("a").suspended().build());
  world.now = atSecond(12.999);
  world.pass();
  EXPECT_EQ(conditionOf(world.jobset, "Suspended")->lastTransitionTime, atSecond(12));
}

TEST(Conditions, metrics_and_events_belong_to_the_status_write) {
  World world(makeJobSet("x").replicatedJob("a").build());
  world.settle();
  world.complete("x-a-0");
  const Plan plan = world.plan();
  ASSERT_TRUE(plan.status_update);
  EXPECT_EQ(plan.metrics.size(), 1U);
  world.carryOut(plan);
  const Plan idle = world.plan();
  EXPECT_FALSE(idle.status_update);
  EXPECT_TRUE(idle.metrics.empty());
  EXPECT_THAT(eventLines(idle.events), IsEmpty());
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
