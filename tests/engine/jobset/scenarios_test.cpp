// The scenario table of spec/jobset.md section 14, as far as Jobs as plain values can show it; each test is named by
// its row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/jobset/names.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string label(const World& world, const std::string& job, std::string_view key) {
  return std::string(world.jobs.at(job)->meta.labels.get(key));
}

TEST(Scenario, S01_two_replicated_jobs_all_Jobs_complete) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("b", 1).build());
  world.settle();
  for (const std::string& job : world.jobNames()) world.complete(job);
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "True AllJobsCompleted");
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.status().terminalState, "Completed");
  EXPECT_THAT(world.events, ElementsAre("Normal AllJobsCompleted jobset completed successfully"));
  EXPECT_EQ(conditionOf(world.jobset, "Completed")->message, "jobset completed successfully");
}

TEST(Scenario, S02_all_but_one_Job_complete) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("b", 1).build());
  world.settle();
  world.complete("x-a-0");
  world.complete("x-b-0");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "");
  EXPECT_EQ(world.counts("a").succeeded, 1);
  EXPECT_THAT(world.events, IsEmpty());
}

TEST(Scenario, S03_success_Any_with_targets_only_a_target_completes_the_JobSet) {
  World world(makeJobSet("x").replicatedJob("a", 1).replicatedJob("b", 2).success("Any", {"b"}).build());
  world.settle();
  world.complete("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "");
  world.complete("x-b-1");
  world.pass();
  EXPECT_EQ(world.condition("Completed"), "True AllJobsCompleted");
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0", "x-b-1")) << "active Jobs go in the next pass";
  world.pass();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-1"));
}

TEST(Scenario, S04_success_All_with_a_target_completes_while_others_run) {
  World world(makeJobSet("x").replicatedJob("a", 1).replicatedJob("b", 2).success("All", {"a"}).build());
  world.settle();
  world.complete("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "True AllJobsCompleted");
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0"));
}

TEST(Scenario, S05_no_failure_policy_one_Job_fails) {
  World world(makeJobSet("x").replicatedJob("a", 3).build());
  world.settle();
  world.advance(5);
  world.fail("x-a-2");
  world.advance(1);
  world.fail("x-a-0");
  world.pass();
  EXPECT_EQ(world.condition("Failed"), "True FailedJobs");
  EXPECT_EQ(conditionOf(world.jobset, "Failed")->message,
            "jobset failed due to one or more job failures (first failed job: x-a-2)");
  EXPECT_EQ(world.status().terminalState, "Failed");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-2")) << "failed Jobs are kept for their logs";
  EXPECT_THAT(
      world.events,
      ElementsAre("Warning FailedJobs jobset failed due to one or more job failures (first failed job: x-a-2)"));
}

TEST(Scenario, S06_maxRestarts_3_fail_4_times) {
  World world(makeJobSet("x").replicatedJob("a", 2).maxRestarts(3).build());
  std::vector<std::string> attempts;
  for (int i = 0; i < 4; ++i) {
    world.settle();
    attempts.push_back(label(world, "x-a-1", kRestartAttemptKey));
    world.fail("x-a-1");
    world.settle();
  }
  EXPECT_THAT(attempts, ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(world.status().restarts, 3);
  EXPECT_EQ(world.status().restartsCountTowardsMax, 3);
  EXPECT_EQ(world.condition("Failed"), "True ReachedMaxRestarts");
  EXPECT_EQ(conditionOf(world.jobset, "Failed")->message,
            "jobset failed due to reaching max number of restarts (first failed job: x-a-1)");
  EXPECT_EQ(world.condition("RestartingJobSet"), "False JobSetFailed");
}

TEST(Scenario, S07_maxRestarts_3_fail_once_then_succeed) {
  World world(makeJobSet("x").replicatedJob("a", 2).maxRestarts(3).build());
  world.settle();
  world.fail("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("RestartingJobSet"), "True DefaultFailurePolicy");
  world.ready("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("RestartingJobSet"), "True DefaultFailurePolicy") << "until all are ready";
  world.ready("x-a-1");
  world.settle();
  EXPECT_EQ(world.condition("RestartingJobSet"), "False JobsReady");
  world.complete("x-a-0");
  world.complete("x-a-1");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "True AllJobsCompleted");
  EXPECT_EQ(world.condition("RestartingJobSet"), "False JobSetCompleted");
  EXPECT_EQ(world.status().restarts, 1);
  EXPECT_THAT(
      world.events,
      ElementsAre("Warning DefaultFailurePolicy applying RestartJobSet failure policy action (first failed job: x-a-0)",
                  "Warning RestartJobSetFailurePolicyAction applying RestartJobSet failure policy action (first failed "
                  "job: x-a-0)",
                  "Normal JobsReady all jobs are ready", "Normal AllJobsCompleted jobset completed successfully",
                  "Normal JobSetCompleted jobset completed successfully"));
}

TEST(Scenario, S08_FailJobSet_rule_on_target_leader_leader_fails) {
  World world(makeJobSet("x")
                  .replicatedJob("leader")
                  .replicatedJob("worker", 2)
                  .maxRestarts(3)
                  .rule("lead", "FailJobSet", {"leader"})
                  .build());
  world.settle();
  world.fail("x-leader-0");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "True FailJobSetFailurePolicyAction");
  EXPECT_EQ(conditionOf(world.jobset, "Failed")->message,
            "applying FailJobSet failure policy action (first failed job: x-leader-0)");
  EXPECT_EQ(world.status().restarts, 0);
}

TEST(Scenario, S09_FailJobSet_rule_on_target_leader_worker_fails) {
  World world(makeJobSet("x")
                  .replicatedJob("leader")
                  .replicatedJob("worker", 2)
                  .maxRestarts(3)
                  .rule("lead", "FailJobSet", {"leader"})
                  .build());
  world.settle();
  world.fail("x-worker-0");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.condition("RestartingJobSet"), "True DefaultFailurePolicy");
  EXPECT_EQ(world.status().restarts, 1);
}

TEST(Scenario, S10_rule_with_a_reason_Job_fails_by_another) {
  World world(
      makeJobSet("x").replicatedJob("a").maxRestarts(1).rule("pods", "FailJobSet", {}, {"PodFailurePolicy"}).build());
  world.settle();
  world.fail("x-a-0", "BackoffLimitExceeded");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.status().restarts, 1);
}

TEST(Scenario, S11_message_pattern_found_in_the_middle) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .maxRestarts(1)
                  .rule("oom", "FailJobSet", {}, {}, {"nothing", "exit code 1[0-9]7"})
                  .build());
  world.settle();
  world.fail("x-a-0", "PodFailurePolicy",
             "Container main for pod default/x-a-0-0-abcde failed with exit code 137 matching FailJob rule at index 0");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "True FailJobSetFailurePolicyAction");
}

TEST(Scenario, S12_reason_matches_message_does_not) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .maxRestarts(1)
                  .rule("oom", "FailJobSet", {}, {"PodFailurePolicy"}, {"^exit code 137"})
                  .build());
  world.settle();
  world.fail("x-a-0", "PodFailurePolicy", "failed with exit code 137");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.status().restarts, 1);
}

TEST(Scenario, S13_two_rules_both_match_different_failed_Jobs) {
  World world(makeJobSet("x")
                  .replicatedJob("a", 3)
                  .replicatedJob("b")
                  .maxRestarts(5)
                  .rule("first", "RestartJobSetAndIgnoreMaxRestarts", {"a"})
                  .rule("second", "FailJobSet", {"b"})
                  .build());
  world.settle();
  world.fail("x-b-0");
  world.advance(1);
  world.fail("x-a-2");
  world.advance(1);
  world.fail("x-a-0");
  world.pass();
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.condition("RestartingJobSet"), "True FailurePolicy_first");
  EXPECT_EQ(conditionOf(world.jobset, "RestartingJobSet")->message,
            "applying RestartJobSetAndIgnoreMaxRestarts failure policy action (first failed job: x-a-2)");
}

TEST(Scenario, S14_RestartJobSetAndIgnoreMaxRestarts_five_failures) {
  World world(
      makeJobSet("x").replicatedJob("a", 2).maxRestarts(1).rule("again", "RestartJobSetAndIgnoreMaxRestarts").build());
  for (int i = 0; i < 5; ++i) {
    world.settle();
    world.fail("x-a-0");
    world.settle();
  }
  EXPECT_EQ(world.status().restarts, 5);
  EXPECT_EQ(world.status().restartsCountTowardsMax, 0);
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.jobs.size(), 2U);
}

TEST(Scenario, S15_gate_RestartJob_one_worker_only) {
  World world(makeJobSet("x").replicatedJob("w", 3).maxRestarts(2).rule("one", "RestartJob").build(),
              configWith(&FeatureGates::RestartJob));
  world.settle();
  const std::string uid_0 = world.jobs["x-w-0"]->meta.uid, uid_1 = world.jobs["x-w-1"]->meta.uid,
                    uid_2 = world.jobs["x-w-2"]->meta.uid;
  world.fail("x-w-1");
  world.settle();
  EXPECT_EQ(world.jobs["x-w-0"]->meta.uid, uid_0);
  EXPECT_NE(world.jobs["x-w-1"]->meta.uid, uid_1);
  EXPECT_EQ(world.jobs["x-w-2"]->meta.uid, uid_2);
  EXPECT_THAT(world.counts("w").jobRestarts, ElementsAre(0, 1, 0));
  EXPECT_THAT(world.counts("w").jobRestartsCountTowardsMax, ElementsAre(0, 1, 0));
  EXPECT_EQ(world.status().restarts, 0);
  EXPECT_EQ(world.condition("RestartingJobSet"), "");
  EXPECT_EQ(label(world, "x-w-1", kJobRestartAttemptKey), "1");
  EXPECT_EQ(label(world, "x-w-0", kJobRestartAttemptKey), "0");
  EXPECT_THAT(
      world.events,
      ElementsAre(
          "Warning RestartJobFailurePolicyAction applying RestartJob failure policy action (first failed job: x-w-1)"));
}

TEST(Scenario, S16_two_RestartJob_and_then_one_RestartJobSet_with_maxRestarts_2) {
  World world(makeJobSet("x")
                  .replicatedJob("w", 3)
                  .replicatedJob("lead")
                  .maxRestarts(2)
                  .rule("one", "RestartJob", {"w"})
                  .build(),
              configWith(&FeatureGates::RestartJob));
  world.settle();
  world.fail("x-w-1");
  world.settle();
  world.fail("x-w-2");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
  world.fail("x-lead-0");
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "True ReachedMaxRestarts");
  EXPECT_EQ(world.status().restarts, 0);
}

TEST(Scenario, S17_Recreate_a_Job_that_hangs_keeps_only_itself_back) {
  World world(makeJobSet("x").replicatedJob("w", 3).maxRestarts(2).build());
  world.settle();
  world.terminating = {"x-w-1"};
  world.fail("x-w-0");
  world.settle();
  EXPECT_EQ(label(world, "x-w-0", kRestartAttemptKey), "1");
  EXPECT_EQ(label(world, "x-w-1", kRestartAttemptKey), "0");
  EXPECT_EQ(label(world, "x-w-2", kRestartAttemptKey), "1");
  world.finishDeletion("x-w-1");
  world.settle();
  EXPECT_EQ(label(world, "x-w-1", kRestartAttemptKey), "1");
}

TEST(Scenario, S18_BlockingRecreate_a_Job_that_hangs_keeps_all_back) {
  World world(makeJobSet("x").replicatedJob("w", 3).maxRestarts(2).strategy("BlockingRecreate").build());
  world.settle();
  world.terminating = {"x-w-1"};
  world.fail("x-w-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-w-1"));
  world.finishDeletion("x-w-1");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-w-0", "x-w-1", "x-w-2"));
}

TEST(Scenario, S19_InOrder_first_never_ready) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("b", 2).inOrder().build());
  world.settle();
  world.ready("x-a-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-1"));
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "True InOrderStartupPolicyInProgress");
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "");
}

TEST(Scenario, S20_InOrder_both_become_ready) {
  World world(makeJobSet("x").replicatedJob("a", 1).replicatedJob("b", 1).inOrder().build());
  world.settle();
  world.advance(10);
  world.ready("x-a-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0"));
  world.ready("x-b-0");
  world.settle();
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "False InOrderStartupPolicyInProgress");
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "True InOrderStartupPolicyCompleted");
  EXPECT_EQ(conditionOf(world.jobset, "StartupPolicyInProgress")->lastTransitionTime, atSecond(1))
      << "untouched by the flip";
  EXPECT_EQ(conditionOf(world.jobset, "StartupPolicyCompleted")->lastTransitionTime, atSecond(11));
  EXPECT_THAT(world.events, ElementsAre("Normal InOrderStartupPolicyInProgress in order startup policy is in progress",
                                        "Normal InOrderStartupPolicyCompleted in order startup policy has completed"));
}

TEST(Scenario, S21_InOrder_restart_after_completion) {
  World world(makeJobSet("x").replicatedJob("a", 1).replicatedJob("b", 1).inOrder().maxRestarts(3).build());
  world.settle();
  world.ready("x-a-0");
  world.settle();
  world.ready("x-b-0");
  world.settle();
  world.advance(3);
  world.fail("x-b-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0"));
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "True InOrderStartupPolicyInProgress");
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "False InOrderStartupPolicyCompleted");
  EXPECT_EQ(conditionOf(world.jobset, "StartupPolicyInProgress")->lastTransitionTime, atSecond(4));
  world.ready("x-a-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0"));
}

TEST(Scenario, S22_dependsOn_chain_of_Ready_and_Complete) {
  World world(makeJobSet("x")
                  .replicatedJob("a", 2)
                  .replicatedJob("b", 1)
                  .dependsOn("a", "Complete")
                  .replicatedJob("c", 1)
                  .dependsOn("b", "Ready")
                  .build());
  world.settle();
  world.ready("x-a-0");
  world.ready("x-a-1");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-1"));
  world.complete("x-a-0");
  world.settle();
  EXPECT_EQ(world.jobs.size(), 2U);
  world.complete("x-a-1");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-1", "x-b-0"));
  world.ready("x-b-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-1", "x-b-0", "x-c-0"));
  world.notReady("x-b-0");
  world.settle();
  EXPECT_EQ(world.jobs.size(), 4U) << "a dependency that is lost removes nothing (JS-O2)";
}

TEST(Scenario, S23_dependsOn_two_names) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .replicatedJob("b")
                  .replicatedJob("c")
                  .dependsOn("a", "Ready")
                  .dependsOn("b", "Complete")
                  .build());
  world.settle();
  world.ready("x-a-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0"));
  world.complete("x-b-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0", "x-c-0"));
}

TEST(Scenario, S24_created_suspended_InOrder) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("b", 2).inOrder().suspended().build());
  world.settle();
  EXPECT_EQ(world.jobs.size(), 4U);
  for (const auto& [name, job] : world.jobs) EXPECT_EQ(api::as<api::Job>(job).spec->suspend, true) << name;
  EXPECT_EQ(world.condition("Suspended"), "True SuspendedJobs");
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "");
  EXPECT_EQ(world.counts("a").suspended, 2);
}

TEST(Scenario, S25_suspend_while_running_then_resume_with_a_changed_template) {
  World world(makeJobSet("x")
                  .replicatedJob("a", 2)
                  .editPod([](api::PodSpec& pod) { pod.nodeSelector.set("flavor", "old"); })
                  .build());
  world.settle();
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = true; });
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "True SuspendedJobs");
  EXPECT_EQ(world.counts("a").suspended, 2);
  EXPECT_EQ(world.counts("a").active, 0);
  world.editJobSet([](api::Object&, api::JobSet& body) {
    api::JobSetSpec& spec = body.spec.mut();
    spec.suspend = false;
    api::PodTemplateSpec& pod = spec.replicatedJobs[0].template_.spec.mut().template_;
    pod.metadata.labels.set("quota", "blue");
    pod.spec.mut().nodeSelector.clear();
    pod.spec.mut().nodeSelector.set("pool", "new");
    api::Toleration toleration;
    toleration.key = "gpu";
    toleration.operator_ = "Exists";
    pod.spec.mut().tolerations.push_back(toleration);
  });
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "False ResumeJobs");
  for (const auto& [name, job] : world.jobs) {
    const api::JobSpec& spec = *api::as<api::Job>(job).spec;
    EXPECT_EQ(spec.suspend, false);
    EXPECT_EQ(spec.template_.metadata.labels.get("quota"), "blue");
    EXPECT_EQ(spec.template_.metadata.labels.get(kJobSetNameKey), "x");
    EXPECT_EQ(spec.template_.spec->nodeSelector, (api::StringMap{{"flavor", "old"}, {"pool", "new"}}))
        << "old keys stay (JS-O5)";
    ASSERT_EQ(spec.template_.spec->tolerations.size(), 1U);
  }
  EXPECT_THAT(world.events,
              ElementsAre("Normal SuspendedJobs jobset is suspended", "Normal ResumeJobs jobset is resumed"));
}

TEST(Scenario, S26_resume_with_InOrder_stays_Suspended_until_all_have_started) {
  World world(makeJobSet("x").replicatedJob("a").replicatedJob("b").inOrder().suspended().build());
  world.settle();
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = false; });
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "True SuspendedJobs");
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-a-0"]).spec->suspend, false);
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-b-0"]).spec->suspend, true);
  world.ready("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "True SuspendedJobs");
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-b-0"]).spec->suspend, false);
  world.ready("x-b-0");
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "False ResumeJobs");
}

TEST(Scenario, S28_Service_deleted_while_running) {
  World world(makeJobSet("x").replicatedJob("a").build());
  world.settle();
  const std::string uid = world.jobs["x-a-0"]->meta.uid;
  world.services.clear();
  const Plan plan = world.pass();
  EXPECT_THAT(stepNames(plan), ElementsAre("create headless Service"));
  EXPECT_TRUE(world.services.contains("x"));
  EXPECT_EQ(world.jobs["x-a-0"]->meta.uid, uid);
}

TEST(Scenario, S29_network_settings) {
  World off(makeJobSet("x")
                .replicatedJob("a")
                .editSpec([](api::JobSetSpec& s) {
                  s.network = api::Network{false, std::nullopt, ""};
                })
                .build());
  off.settle();
  EXPECT_TRUE(off.services.empty());
  EXPECT_EQ(api::as<api::Job>(off.jobs["x-a-0"]).spec->template_.spec->subdomain, "");

  World on(makeJobSet("x")
               .replicatedJob("a")
               .editSpec([](api::JobSetSpec& s) {
                 s.network = api::Network{std::nullopt, false, "net"};
               })
               .build());
  on.settle();
  ASSERT_TRUE(on.services.contains("net"));
  const api::ServiceSpec& service = api::as<api::Service>(on.services["net"]).spec;
  EXPECT_FALSE(service.publishNotReadyAddresses);
  EXPECT_EQ(service.clusterIP, "None");
  EXPECT_EQ(service.selector, (api::StringMap{{std::string(kJobSetNameKey), "x"}}));
  EXPECT_EQ(ownerJobSetUid(on.services["net"]->meta), "uid-of-x");
  EXPECT_EQ(api::as<api::Job>(on.jobs["x-a-0"]).spec->template_.spec->subdomain, "net");
}

TEST(Scenario, S30_generateName_the_Service_is_named_after_the_final_name) {
  World world(makeJobSet("train-7xk2p")
                  .replicatedJob("a")
                  .editMeta([](api::ObjectMeta& m) { m.generateName = "train-"; })
                  .build());
  world.settle();
  EXPECT_TRUE(world.services.contains("train-7xk2p"));
  EXPECT_EQ(api::as<api::Job>(world.jobs["train-7xk2p-a-0"]).spec->template_.spec->subdomain, "train-7xk2p");
}

TEST(Scenario, S31_TTL_5_s_after_Completed_and_after_Failed) {
  for (const bool completes : {true, false}) {
    World world(makeJobSet("x").replicatedJob("a").ttl(5).build());
    world.settle();
    world.now = atSecond(10.75);
    if (completes) world.complete("x-a-0");
    if (!completes) world.fail("x-a-0");
    world.pass();
    const Plan waiting = world.pass();
    ASSERT_TRUE(waiting.requeue_after) << completes;
    EXPECT_EQ(*waiting.requeue_after, std::chrono::milliseconds(4250))
        << "from the whole second of the transition time";
    world.now = atSecond(14.999);
    world.pass();
    EXPECT_TRUE(world.jobset);
    world.now = atSecond(15);
    const Plan last = world.pass();
    EXPECT_THAT(stepNames(last), ElementsAre("delete JobSet after its time to live"));
    EXPECT_EQ(last.steps[0].requests[0].request.delete_options.propagation, api::Propagation::kForeground);
    EXPECT_FALSE(last.steps[0].requests[0].tolerate_not_found);
    EXPECT_FALSE(world.jobset);
  }
}

TEST(Scenario, S32_managedBy_another_is_left_untouched) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .editSpec([](api::JobSetSpec& s) { s.managedBy = "kueue.x-k8s.io/multikueue"; })
                  .build());
  const Plan plan = world.pass();
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_FALSE(plan.status_update);
  World own(makeJobSet("x")
                .replicatedJob("a")
                .editSpec([](api::JobSetSpec& s) { s.managedBy = std::string(kControllerName); })
                .build());
  own.settle();
  EXPECT_EQ(own.jobs.size(), 1U);
}

TEST(Scenario, S33_a_Job_of_a_same_named_owner_with_another_UID_is_no_child) {
  World world(makeJobSet("x").replicatedJob("a").build());
  const api::MutableObjectPtr foreign = api::makeObject(api::Job{});
  foreign->meta.name = "x-a-0";
  foreign->meta.namespace_ = "default";
  api::OwnerReference owner{"jobset.x-k8s.io/v1alpha2", "JobSet", "x", "another-uid", true, true};
  foreign->meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>({owner});
  world.jobs["x-a-0"] = foreign;
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("create headless Service", "create Jobs of a"));
  const Step& create = plan.steps[1];
  EXPECT_FALSE(create.requests[0].tolerate_already_exists);
  EXPECT_EQ(create.requests[0].error_prefix, "job \"x-a-0\" creation failed with error: ");
  EXPECT_EQ(create.on_failure.type, "Warning");
  EXPECT_EQ(create.on_failure.reason, "JobCreationFailed");
}

TEST(Scenario, S34_coordinator_on_every_Job_and_Pod_template) {
  World world(makeJobSet("x").replicatedJob("lead", 1, 2).replicatedJob("w", 2).coordinator("lead", 0, 1).build());
  world.settle();
  ASSERT_EQ(world.jobs.size(), 3U);
  for (const auto& [name, job] : world.jobs) {
    const api::ObjectMeta& pod = api::as<api::Job>(job).spec->template_.metadata;
    for (const api::StringMap* map : {&job->meta.labels, &job->meta.annotations, &pod.labels, &pod.annotations}) {
      EXPECT_EQ(map->get(kCoordinatorKey), "x-lead-0-1.x") << name;
    }
  }
}

TEST(Scenario, S37_node_selector_strategy) {
  World world(makeJobSet("x")
                  .replicatedJob("w", 2)
                  .annotation(kExclusiveKey, "rack")
                  .annotation(kNodeSelectorStrategyKey, "true")
                  .build());
  world.settle();
  const api::PodSpec& pod = *api::as<api::Job>(world.jobs["x-w-1"]).spec->template_.spec;
  EXPECT_EQ(pod.nodeSelector.get(kNamespacedJobKey), "default_x-w-1");
  ASSERT_EQ(pod.tolerations.size(), 1U);
  EXPECT_EQ(pod.tolerations[0],
            (api::Toleration{std::string(kNoScheduleTaintKey), "Exists", "", "NoSchedule", std::nullopt}));
}

TEST(Scenario, S38_volume_claims_Delete_and_Retain) {
  const auto mount = [](std::string_view name) {
    return [name](api::PodSpec& pod) {
      api::VolumeMount mounted;
      mounted.name = name;
      pod.containers[0].volumeMounts.push_back(mounted);
    };
  };
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .editPod(mount("data"))
                  .editPod(mount("out"))
                  .replicatedJob("b")
                  .editPod(mount("out"))
                  .claim("data", "Delete")
                  .claim("out", "Retain")
                  .build());
  world.settle();
  ASSERT_EQ(world.claims.size(), 2U);
  EXPECT_EQ(ownerJobSetUid(world.claims["data-x"]->meta), "uid-of-x");
  EXPECT_EQ(ownerJobSetUid(world.claims["out-x"]->meta), "");
  EXPECT_EQ(world.claims["out-x"]->meta.labels.get(kJobSetNameKey), "x");
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-a-0"]).spec->template_.spec->volumes.size(), 2U);
  const std::vector<api::Volume>& volumes = api::as<api::Job>(world.jobs["x-b-0"]).spec->template_.spec->volumes;
  ASSERT_EQ(volumes.size(), 1U);
  EXPECT_EQ(volumes[0].name, "out");
  EXPECT_EQ(volumes[0].persistentVolumeClaim->claimName, "out-x");
}

TEST(Scenario, S39_elastic_2_to_4_to_1) {
  World world(makeJobSet("x").replicatedJob("w", 2, 2).build(), configWith(&FeatureGates::ElasticJobSet));
  world.settle();
  for (const std::int32_t count : {4, 1}) {
    world.editJobSet([&](api::Object&, api::JobSet& body) {
      api::JobSpec& spec = body.spec.mut().replicatedJobs[0].template_.spec.mut();
      spec.parallelism = count;
      spec.completions = count;
    });
    world.settle();
    for (const auto& [name, job] : world.jobs) {
      EXPECT_EQ(api::as<api::Job>(job).spec->parallelism, count) << name;
      EXPECT_EQ(api::as<api::Job>(job).spec->completions, count) << name;
    }
  }
  EXPECT_EQ(world.created, 2);
  EXPECT_EQ(world.deleted, 0);
}

TEST(Scenario, S43_three_groups) {
  World world(makeJobSet("x")
                  .replicatedJob("a", 2)
                  .group("g1")
                  .replicatedJob("b", 3)
                  .group("g2")
                  .replicatedJob("c", 2)
                  .group("g1")
                  .replicatedJob("d")
                  .group("g3")
                  .build());
  world.settle();
  EXPECT_EQ(label(world, "x-c-1", kGroupNameKey), "g1");
  EXPECT_EQ(label(world, "x-c-1", kGroupReplicasKey), "4");
  EXPECT_EQ(label(world, "x-c-1", kJobGroupIndexKey), "3");
  EXPECT_EQ(label(world, "x-c-1", kJobGlobalIndexKey), "6");
  EXPECT_EQ(label(world, "x-c-1", kGlobalReplicasKey), "8");
  EXPECT_EQ(label(world, "x-b-2", kJobGroupIndexKey), "2");
  EXPECT_EQ(label(world, "x-d-0", kGroupReplicasKey), "1");
}

TEST(Scenario, S44_a_stale_JobSet_writes_with_its_old_version) {
  World world(makeJobSet("x").replicatedJob("a", 2).maxRestarts(3).build());
  world.settle();
  world.fail("x-a-0");
  const Observed stale = world.observe();
  world.pass();  // counts the restart
  const Plan again = reconcile(stale, world.now, world.config);
  ASSERT_TRUE(again.status_update);
  EXPECT_EQ(again.status_update->meta.resourceVersion, stale.jobset->meta.resourceVersion) << "so it meets a Conflict";
  EXPECT_NE(again.status_update->meta.resourceVersion, world.jobset->meta.resourceVersion);
  world.settle();
  EXPECT_EQ(world.status().restarts, 1);
}

TEST(Scenario, S45_status_write_fails_after_Jobs_were_created) {
  World world(makeJobSet("x").replicatedJob("a", 2).inOrder().build());
  Plan plan = world.plan();
  ASSERT_TRUE(plan.status_update);
  plan.status_update = nullptr;
  plan.events.clear();
  world.carryOut(plan);
  world.settle();
  EXPECT_EQ(world.created, 2);
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "True InOrderStartupPolicyInProgress");
  EXPECT_EQ(world.events.size(), 1U);
}

TEST(Scenario, S46_two_Jobs_fail_in_the_same_second) {
  World world(makeJobSet("x").replicatedJob("a", 3).maxRestarts(3).build());
  world.settle();
  world.fail("x-a-2");
  world.fail("x-a-1");
  world.settle();
  EXPECT_EQ(world.status().restarts, 1);
  EXPECT_EQ(conditionOf(world.jobset, "RestartingJobSet")->message,
            "applying RestartJobSet failure policy action (first failed job: x-a-1)");
}

TEST(Scenario, S47_a_Job_fails_in_attempt_1_while_Jobs_of_attempt_0_terminate) {
  World world(makeJobSet("x").replicatedJob("a", 3).maxRestarts(3).build());
  world.settle();
  world.terminating = {"x-a-2"};
  world.fail("x-a-0");
  world.settle();
  world.fail("x-a-1");
  world.settle();
  EXPECT_EQ(world.status().restarts, 2);
  EXPECT_EQ(label(world, "x-a-0", kRestartAttemptKey), "2");
  EXPECT_EQ(label(world, "x-a-2", kRestartAttemptKey), "0");
  world.finishDeletion("x-a-2");
  world.settle();
  EXPECT_EQ(label(world, "x-a-2", kRestartAttemptKey), "2");
  EXPECT_EQ(world.status().restarts, 2);
}

TEST(Scenario, S48_zero_replicated_jobs_never_finish) {
  World world(makeJobSet("x").build());
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "");
  EXPECT_TRUE(world.services.contains("x"));
}

TEST(Scenario, S48_replicas_0_in_one_of_two) {
  World world(makeJobSet("x").replicatedJob("none", 0).replicatedJob("a", 1).build());
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0"));
  world.complete("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "True AllJobsCompleted");
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
