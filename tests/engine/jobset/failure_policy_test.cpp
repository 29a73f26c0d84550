// JS-F1 to JS-F7: which rule decides, by which Job, and what its action does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/jobset/failure_policy.hpp"
#include "engine/jobset/names.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Failure {
  std::string name, replicated_job;  // "": no label
  double second;
  std::string reason = "BackoffLimitExceeded", message = "m";
};

std::vector<api::ObjectPtr> failedJobs(const std::vector<Failure>& failures) {
  std::vector<api::ObjectPtr> jobs;
  for (const Failure& failure : failures) {
    api::Job body;
    body.status.conditions = {makeCondition("FailureTarget", "True", "Other"),
                              makeCondition("Failed", "True", failure.reason, failure.message, failure.second)};
    const api::MutableObjectPtr job = api::makeObject(std::move(body));
    job->meta.name = failure.name;
    if (!failure.replicated_job.empty()) job->meta.labels.set(kReplicatedJobNameKey, failure.replicated_job);
    jobs.push_back(job);
  }
  return jobs;
}

struct RuleSpec {
  std::string action = "FailJobSet";
  std::vector<std::string> targets, reasons, patterns;
};

struct FailurePolicyRow {
  std::string_view name;
  std::vector<RuleSpec> rules;
  std::vector<Failure> failed;
  std::optional<std::size_t> rule;
  std::string_view job;
};

TEST(JudgeFailure, picks_rule_and_Job) {
  const FailurePolicyRow rows[] = {
      {"no rules: the earliest failure", {}, {{"w-1", "w", 9}, {"w-0", "w", 5}}, std::nullopt, "w-0"},
      {"ties go by name", {}, {{"w-1", "w", 5}, {"w-0", "w", 5}}, std::nullopt, "w-0"},
      {"a bare rule matches any failure", {{}}, {{"w-0", "w", 5}}, 0, "w-0"},
      {"the reason is listed", {{"FailJobSet", {}, {"A", "B"}, {}}}, {{"w-0", "w", 5, "B"}}, 0, "w-0"},
      {"the reason is not listed", {{"FailJobSet", {}, {"A"}, {}}}, {{"w-0", "w", 5, "B"}}, std::nullopt, "w-0"},
      {"any pattern does", {{"FailJobSet", {}, {}, {"zzz", "b+"}}}, {{"w-0", "w", 5, "R", "abbba"}}, 0, "w-0"},
      {"patterns may anchor themselves",
       {{"FailJobSet", {}, {}, {"^b"}}},
       {{"w-0", "w", 5, "R", "abbba"}},
       std::nullopt,
       "w-0"},
      {"reason and pattern must both match",
       {{"FailJobSet", {}, {"R"}, {"zzz"}}},
       {{"w-0", "w", 5, "R", "abc"}},
       std::nullopt,
       "w-0"},
      {"the target is listed", {{"FailJobSet", {"v", "w"}, {}, {}}}, {{"w-0", "w", 5}}, 0, "w-0"},
      {"the target is not listed", {{"FailJobSet", {"v"}, {}, {}}}, {{"w-0", "w", 5}}, std::nullopt, "w-0"},
      {"a Job without the label matches no rule", {{}}, {{"w-0", "", 5}}, std::nullopt, "w-0"},
      {"the first rule wins though another Job failed earlier",
       {{"FailJobSet", {"v"}, {}, {}}, {"FailJobSet", {"w"}, {}, {}}},
       {{"w-0", "w", 5}, {"v-0", "v", 9}},
       0,
       "v-0"},
      {"the earliest of the Jobs that match",
       {{"FailJobSet", {"w"}, {}, {}}},
       {{"v-0", "v", 1}, {"w-1", "w", 6}, {"w-2", "w", 4}},
       0,
       "w-2"},
      {"an invalid pattern matches nothing, the others go on",
       {{"FailJobSet", {}, {}, {"(", "abc"}}},
       {{"w-0", "w", 5, "R", "abc"}},
       0,
       "w-0"},
      {"only an invalid pattern: no match",
       {{"FailJobSet", {}, {}, {"("}}},
       {{"w-0", "w", 5, "R", "("}},
       std::nullopt,
       "w-0"},
  };
  for (const FailurePolicyRow& row : rows) {
    api::FailurePolicy policy;
    for (const RuleSpec& rule : row.rules)
      policy.rules.push_back({"r", rule.action, rule.reasons, rule.patterns, rule.targets});
    const std::vector<api::ObjectPtr> owned = failedJobs(row.failed);
    std::vector<const api::Object*> views;
    for (const api::ObjectPtr& job : owned) views.push_back(job.get());
    std::vector<std::string> warnings;
    const FailureVerdict verdict = judgeFailure(policy, views, warnings);
    EXPECT_EQ(verdict.rule, row.rule) << row.name;
    ASSERT_TRUE(verdict.job) << row.name;
    EXPECT_EQ(verdict.job->meta.name, row.job) << row.name;
    EXPECT_EQ(verdict.action, row.rule ? "FailJobSet" : "RestartJobSet") << row.name;
  }
}

TEST(FailurePolicy, an_invalid_pattern_is_logged) {
  World world(makeJobSet("x").replicatedJob("a").maxRestarts(2).rule("r", "FailJobSet", {}, {}, {"a("}).build());
  world.settle();
  world.fail("x-a-0");
  const Plan plan = world.plan();
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_THAT(plan.warnings[0], HasSubstr("invalid regex for onJobFailureMessagePatterns: \"a(\""));
}

TEST(FailurePolicy, maxRestarts_0_with_a_policy_fails_with_ReachedMaxRestarts_and_negative_likewise) {
  for (const std::int32_t max : {0, -5}) {
    World world(makeJobSet("x").replicatedJob("a").maxRestarts(max).build());
    world.settle();
    world.fail("x-a-0");
    world.settle();
    EXPECT_EQ(world.condition("Failed"), "True ReachedMaxRestarts") << max;
  }
}

TEST(FailurePolicy, restart_counts_and_their_events) {
  World world(makeJobSet("x")
                  .replicatedJob("a", 2)
                  .maxRestarts(1)
                  .rule("host", "RestartJobSetAndIgnoreMaxRestarts", {}, {"PodFailurePolicy"})
                  .build());
  world.settle();
  world.fail("x-a-0", "PodFailurePolicy");
  world.settle();
  EXPECT_EQ(world.status().restarts, 1);
  EXPECT_EQ(world.status().restartsCountTowardsMax, 0);
  world.advance(3);
  world.fail("x-a-1");
  world.settle();
  EXPECT_EQ(world.status().restarts, 2);
  EXPECT_EQ(world.status().restartsCountTowardsMax, 1);
  EXPECT_EQ(world.condition("RestartingJobSet"), "True DefaultFailurePolicy");
  EXPECT_EQ(conditionOf(world.jobset, "RestartingJobSet")->lastTransitionTime, atSecond(1))
      << "a second failure changes reason and message only";
  EXPECT_THAT(
      world.events,
      ElementsAre("Warning FailurePolicy_host applying RestartJobSetAndIgnoreMaxRestarts failure policy action (first "
                  "failed job: x-a-0)",
                  "Warning RestartJobSetAndIgnoreMaxRestartsFailurePolicyAction applying "
                  "RestartJobSetAndIgnoreMaxRestarts failure policy action (first failed job: x-a-0)",
                  "Warning DefaultFailurePolicy applying RestartJobSet failure policy action (first failed job: x-a-1)",
                  "Warning RestartJobSetFailurePolicyAction applying RestartJobSet failure policy action (first failed "
                  "job: x-a-1)"));
}

TEST(FailurePolicy, the_same_failure_again_gives_the_action_event_without_the_condition_event) {
  World world(makeJobSet("x").replicatedJob("a", 1).maxRestarts(5).build());
  for (int i = 0; i < 2; ++i) {
    world.settle();
    world.fail("x-a-0");
    world.settle();
  }
  EXPECT_THAT(world.events, ElementsAre(HasSubstr("Warning DefaultFailurePolicy"),
                                        HasSubstr("Warning RestartJobSetFailurePolicyAction"),
                                        HasSubstr("Warning RestartJobSetFailurePolicyAction")));
  EXPECT_EQ(world.status().restarts, 2);
}

TEST(FailurePolicy, RestartJobAndIgnoreMaxRestarts_counts_only_the_restarts) {
  World world(
      makeJobSet("x").replicatedJob("w", 3).maxRestarts(0).rule("one", "RestartJobAndIgnoreMaxRestarts").build());
  world.config.gates.RestartJob = true;
  world.settle();
  for (int i = 0; i < 3; ++i) {
    world.fail("x-w-2");
    world.settle();
  }
  EXPECT_THAT(world.counts("w").jobRestarts, ElementsAre(0, 0, 3));
  EXPECT_THAT(world.counts("w").jobRestartsCountTowardsMax, IsEmpty());
  EXPECT_EQ(world.condition("Failed"), "");
}

TEST(FailurePolicy, RestartJob_at_the_limit_fails_the_JobSet) {
  World world(makeJobSet("x").replicatedJob("w", 2).maxRestarts(1).rule("one", "RestartJob").build());
  world.config.gates.RestartJob = true;
  world.settle();
  world.fail("x-w-0");
  world.settle();
  world.fail("x-w-1");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "True ReachedMaxRestarts");
}

TEST(FailurePolicy, one_failed_Job_is_restarted_per_pass) {
  World world(makeJobSet("x").replicatedJob("w", 3).maxRestarts(9).rule("one", "RestartJob").build());
  world.config.gates.RestartJob = true;
  world.settle();
  world.fail("x-w-2");
  world.fail("x-w-0");
  world.pass();
  EXPECT_THAT(world.counts("w").jobRestarts, ElementsAre(1, 0, 0));
  world.settle();
  EXPECT_THAT(world.counts("w").jobRestarts, ElementsAre(1, 0, 1));
  EXPECT_EQ(world.events.size(), 2U);
}

TEST(FailurePolicy, a_RestartJobSet_does_not_reset_the_counts_of_single_Jobs) {
  World world(makeJobSet("x")
                  .replicatedJob("w", 2)
                  .replicatedJob("lead")
                  .maxRestarts(9)
                  .rule("one", "RestartJob", {"w"})
                  .build());
  world.config.gates.RestartJob = true;
  world.settle();
  world.fail("x-w-1");
  world.settle();
  world.fail("x-lead-0");
  world.settle();
  EXPECT_EQ(world.status().restarts, 1);
  EXPECT_THAT(world.counts("w").jobRestarts, ElementsAre(0, 1));
  EXPECT_EQ(world.jobs["x-w-1"]->meta.labels.get(kJobRestartAttemptKey), "1");
  EXPECT_EQ(world.jobs["x-w-1"]->meta.labels.get(kRestartAttemptKey), "1");
  world.config.gates.RestartJob = false;
  world.settle();
  EXPECT_THAT(world.counts("w").jobRestarts, IsEmpty()) << "dropped with the gate off";
}

struct ErrorRow {
  std::string_view name;
  std::string action;
  bool gate;
  std::function<void(api::Object&)> edit;
  std::string_view error;
};

TEST(FailurePolicy, actions_that_cannot_be_applied_are_errors_without_a_status_write) {
  const ErrorRow rows[] = {
      {"RestartJob with the gate off", "RestartJob", false, nullptr,
       "RestartJob failure policy action cannot be used when the feature gate RestartJob is disabled"},
      {"RestartJobAndIgnoreMaxRestarts with the gate off", "RestartJobAndIgnoreMaxRestarts", false, nullptr,
       "RestartJobAndIgnoreMaxRestarts failure policy action cannot be used when the feature gate RestartJob is "
       "disabled"},
      {"an unknown action", "Explode", false, nullptr,
       "failed to find a corresponding action for the FailurePolicyRuleAction Explode"},
  };
  for (const ErrorRow& row : rows) {
    World world(makeJobSet("x").replicatedJob("w", 2).maxRestarts(3).rule("r", row.action).build());
    world.config.gates.RestartJob = row.gate;
    world.settle();
    world.fail("x-w-0");
    const Plan plan = world.plan();
    EXPECT_EQ(plan.error, row.error) << row.name;
    EXPECT_FALSE(plan.status_update) << row.name;
    EXPECT_THAT(plan.events, IsEmpty()) << row.name;
  }
}

TEST(FailurePolicy, restarting_a_Job_beyond_its_array_is_an_error) {
  World world(makeJobSet("x").replicatedJob("w", 3).maxRestarts(9).rule("r", "RestartJob").build());
  world.config.gates.RestartJob = true;
  world.settle();
  world.editJob("x-w-2", [](api::Object& object, api::Job&) { object.meta.labels.erase(kJobRestartAttemptKey); });
  world.editJobSet([](api::Object&, api::JobSet& body) { body.status.replicatedJobsStatus[0].jobRestarts = {0, 0}; });
  world.fail("x-w-2");
  EXPECT_EQ(world.plan().error, "failed job x-w-2 has index 2 out of bounds for replicated job w (replicas: 2)");
}

TEST(FailurePolicy, messages_name_the_first_failed_Job) {
  World world(makeJobSet("x").replicatedJob("w", 2).maxRestarts(1).build());
  world.settle();
  world.fail("x-w-1");
  const Plan plan = world.plan();
  ASSERT_FALSE(plan.events.empty());
  EXPECT_EQ(firstFailedJobIn(plan.events.front().note), "x-w-1");
  for (const std::string_view none : {"", "jobset failed due to reaching max number of restarts",
                                      "(first failed job: x) and more", "first failed job: x"})
    EXPECT_EQ(firstFailedJobIn(none), "") << none;
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
