// The order of a pass (section 4) and what its steps are made of, beyond the scenario table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/suspend.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Reconcile, an_absent_or_deleted_JobSet_is_left_alone) {
  EXPECT_TRUE(reconcile({}, atSecond(1), {}).steps.empty());
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .editMeta([](api::ObjectMeta& m) { m.deletionTimestamp = atSecond(0); })
                  .build());
  const Plan plan = world.plan();
  EXPECT_THAT(plan.steps, IsEmpty());
  EXPECT_FALSE(plan.status_update);
}

TEST(Reconcile, the_first_pass_creates_the_Service_then_claims_then_Jobs_in_spec_order) {
  World world(makeJobSet("x").replicatedJob("b", 2).replicatedJob("a", 1).claim("data", "Delete").build());
  const Plan plan = world.plan();
  EXPECT_THAT(stepNames(plan),
              ElementsAre("create headless Service", "create volume claims", "create Jobs of b", "create Jobs of a"));
  EXPECT_THAT(targets(plan, api::Verb::kCreate), ElementsAre("x", "data-x", "x-b-0", "x-b-1", "x-a-0"));
  EXPECT_EQ(plan.steps[0].mode, StepMode::kOne);
  EXPECT_EQ(plan.steps[0].on_failure.reason, "HeadlessServiceCreationFailed");
  EXPECT_EQ(plan.steps[1].mode, StepMode::kSequence);
  EXPECT_TRUE(plan.steps[1].on_failure_each);
  EXPECT_TRUE(plan.steps[1].requests[0].tolerate_already_exists);
  EXPECT_EQ(plan.steps[1].on_failure.reason, "PVCCreationFailed");
  EXPECT_EQ(plan.steps[2].mode, StepMode::kConcurrent);
  ASSERT_TRUE(plan.status_update) << "the counts of the replicated jobs";
  const auto& counts = api::as<api::JobSet>(plan.status_update).status.replicatedJobsStatus;
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "b") << "descending by name";
  EXPECT_EQ(counts[1].name, "a");
  EXPECT_THAT(plan.events, IsEmpty());
}

TEST(Reconcile, claims_of_one_policy_form_a_group) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .claim("d1", "Delete")
                  .claim("d2", "Retain")
                  .editSpec([](api::JobSetSpec& s) {
                    s.volumeClaimPolicies[0].templates.push_back(s.volumeClaimPolicies[0].templates[0]);
                    s.volumeClaimPolicies[0].templates[1].metadata.name = "d1b";
                  })
                  .build());
  const Plan plan = world.plan();
  std::vector<std::int32_t> groups;
  for (const StepRequest& request : plan.steps.at(1).requests) groups.push_back(request.group);
  EXPECT_THAT(groups, ElementsAre(0, 0, 1));
}

TEST(Reconcile, failure_beats_success_in_the_same_pass) {
  World world(makeJobSet("x").replicatedJob("a", 2).success("Any").maxRestarts(2).build());
  world.settle();
  world.complete("x-a-0");
  world.fail("x-a-1");
  world.settle();
  EXPECT_EQ(world.condition("Completed"), "");
  EXPECT_EQ(world.status().restarts, 1);
  EXPECT_EQ(world.created, 4) << "a restart deletes completed Jobs too";
}

TEST(Reconcile, a_failing_pass_only_changes_the_status_and_deletes_previous_Jobs) {
  World world(makeJobSet("x").replicatedJob("a", 2).maxRestarts(2).build());
  world.settle();
  world.terminating = {"x-a-1"};
  world.fail("x-a-0");
  world.settle();
  world.services.clear();
  world.fail("x-a-0");
  const Plan plan = world.plan();
  EXPECT_THAT(stepNames(plan), IsEmpty()) << "x-a-1 is going already; the Service waits for the next pass";
  EXPECT_TRUE(plan.status_update);
}

TEST(Reconcile, deletions_skip_what_is_going_and_tolerate_what_is_gone) {
  World world(makeJobSet("x").replicatedJob("a", 3).maxRestarts(2).build());
  world.settle();
  world.editJob("x-a-1", [](api::Object& object, api::Job&) { object.meta.deletionTimestamp = atSecond(0); });
  world.fail("x-a-0");
  world.pass();
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("delete previous Jobs"));
  EXPECT_THAT(targets(plan, api::Verb::kDelete), ElementsAre("x-a-0", "x-a-2"));
  EXPECT_EQ(plan.steps[0].mode, StepMode::kConcurrent);
  EXPECT_TRUE(plan.steps[0].requests[0].tolerate_not_found);
  EXPECT_EQ(plan.steps[0].requests[0].request.delete_options.propagation, api::Propagation::kForeground);
  EXPECT_EQ(plan.steps[0].requests[0].request.delete_options.preconditionUid, "");
}

TEST(Reconcile, a_previous_Job_blocks_only_its_own_name) {
  World world(makeJobSet("x").replicatedJob("a", 3).maxRestarts(2).build());
  world.settle();
  world.jobs.erase("x-a-2");
  world.fail("x-a-0");
  world.pass();
  const Plan plan = world.plan();
  EXPECT_THAT(stepNames(plan), ElementsAre("delete previous Jobs", "create Jobs of a")) << "in the same pass";
  EXPECT_THAT(targets(plan, api::Verb::kCreate), ElementsAre("x-a-2"));
}

struct LabelRow {
  std::string_view name;
  bool gate;
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: removed
  std::string_view error;
};

TEST(Reconcile, an_edited_label_of_one_Job_wedges_the_JobSet) {
  const LabelRow rows[] = {
      {"attempt missing", false, kRestartAttemptKey, std::nullopt, "strconv.Atoi: parsing \"\": invalid syntax"},
      {"attempt no number", false, kRestartAttemptKey, "one", "strconv.Atoi: parsing \"one\": invalid syntax"},
      {"without the gate other labels do not matter", false, kJobIndexKey, std::nullopt, ""},
      {"gate: replicated job missing", true, kReplicatedJobNameKey, std::nullopt,
       "missing label jobset.sigs.k8s.io/replicatedjob-name"},
      {"gate: index missing", true, kJobIndexKey, std::nullopt, "missing label jobset.sigs.k8s.io/job-index"},
      {"gate: index no number", true, kJobIndexKey, "x", "strconv.Atoi: parsing \"x\": invalid syntax"},
      {"gate: index too large", true, kJobIndexKey, "2", "job index 2 is out of bounds for replicated job a"},
      {"gate: index negative", true, kJobIndexKey, "-1", "job index -1 is out of bounds for replicated job a"},
      {"gate: own attempt missing is current", true, kJobRestartAttemptKey, std::nullopt, ""},
      {"gate: own attempt no number", true, kJobRestartAttemptKey, "n", "strconv.Atoi: parsing \"n\": invalid syntax"},
  };
  for (const LabelRow& row : rows) {
    Config config;
    config.gates.RestartJob = row.gate;
    World world(makeJobSet("x").replicatedJob("a", 2).build(), config);
    world.settle();
    world.services.clear();
    world.complete("x-a-1");
    world.editJob("x-a-0", [&](api::Object& object, api::Job&) {
      if (row.value) object.meta.labels.set(row.key, *row.value);
      if (!row.value) object.meta.labels.erase(row.key);
    });
    const Plan plan = world.plan();
    EXPECT_EQ(plan.error, row.error) << row.name;
    if (row.error.empty()) continue;
    EXPECT_THAT(plan.steps, IsEmpty()) << row.name;
    EXPECT_FALSE(plan.status_update) << row.name;
  }
}

struct ReadyRow {
  std::string_view name;
  std::optional<std::int32_t> parallelism, completions;
  std::int32_t succeeded, ready;
  bool want;
};

TEST(Reconcile, a_Job_is_ready_by_the_smaller_of_parallelism_and_completions) {
  const ReadyRow rows[] = {
      {"all ready", 3, 3, 0, 3, true},
      {"one not", 3, 3, 0, 2, false},
      {"succeeded Pods count", 3, 3, 2, 1, true},
      {"fewer completions than parallelism", 5, 2, 0, 2, true},
      {"more completions than parallelism", 2, 9, 0, 2, true},
      {"no completions", 2, std::nullopt, 0, 2, true},
      {"no completions, not all", 2, std::nullopt, 0, 1, false},
      {"parallelism 0 is ready at once", 0, 3, 0, 0, true},
  };
  for (const ReadyRow& row : rows) {
    World world(makeJobSet("x").replicatedJob("a").build());
    world.settle();
    world.editJob("x-a-0", [&](api::Object&, api::Job& job) {
      job.spec.mut().parallelism = row.parallelism;
      job.spec.mut().completions = row.completions;
      job.status.succeeded = row.succeeded;
      job.status.ready = row.ready;
    });
    world.settle();
    EXPECT_EQ(world.counts("a").ready, row.want ? 1 : 0) << row.name;
  }
}

TEST(Reconcile, FailureTarget_and_SuccessCriteriaMet_alone_are_still_active) {
  World world(makeJobSet("x").replicatedJob("a", 2).build());
  world.settle();
  world.editJob("x-a-0", [](api::Object&, api::Job& job) {
    job.status.conditions.push_back(makeCondition("FailureTarget", "True"));
  });
  world.editJob("x-a-1", [](api::Object&, api::Job& job) {
    job.status.conditions.push_back(makeCondition("SuccessCriteriaMet", "True"));
    job.status.conditions.push_back(makeCondition("Failed", "False"));
  });
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
  EXPECT_EQ(world.counts("a").active, 2);
}

TEST(Reconcile, equal_counts_in_another_order_cause_no_write_but_another_write_sorts_them) {
  World world(makeJobSet("x").replicatedJob("a").replicatedJob("b").build());
  world.settle();
  world.editJobSet([](api::Object&, api::JobSet& body) {
    std::swap(body.status.replicatedJobsStatus[0], body.status.replicatedJobsStatus[1]);
  });
  EXPECT_FALSE(world.plan().status_update);
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = true; });
  const Plan plan = world.plan();
  ASSERT_TRUE(plan.status_update);
  EXPECT_EQ(api::as<api::JobSet>(plan.status_update).status.replicatedJobsStatus[0].name, "b");
}

TEST(Reconcile, a_finished_JobSet_still_counts_its_Jobs) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("b").success("Any", {"b"}).build());
  world.settle();
  world.complete("x-b-0");
  world.pass();
  EXPECT_EQ(world.counts("a").active, 2);
  world.settle();
  EXPECT_EQ(world.counts("a").active, 0);
  EXPECT_EQ(world.jobs.size(), 1U);
}

TEST(Reconcile, Jobs_are_built_with_all_labels_and_annotations_over_the_users) {
  World world(makeJobSet("x")
                  .replicatedJob("w", 2)
                  .jobLabel("team", "ml")
                  .jobLabel(kJobIndexKey, "mine")
                  .jobAnnotation("note", "n")
                  .podLabel("app", "p")
                  .podAnnotation("sidecar", "no")
                  .editMeta([](api::ObjectMeta& m) { m.uid = "u-1"; })
                  .build());
  world.settle();
  const api::ObjectPtr job = world.jobs["x-w-1"];
  const api::ObjectMeta& pod = api::as<api::Job>(job).spec->template_.metadata;
  const std::map<std::string_view, std::string> want = {{kJobSetNameKey, "x"},
                                                        {kJobSetUidKey, "u-1"},
                                                        {kReplicatedJobNameKey, "w"},
                                                        {kRestartAttemptKey, "0"},
                                                        {kReplicatedJobReplicasKey, "2"},
                                                        {kGlobalReplicasKey, "2"},
                                                        {kJobIndexKey, "1"},
                                                        {kJobKeyKey, jobKey("default", "x-w-1")},
                                                        {kJobGlobalIndexKey, "1"},
                                                        {kGroupNameKey, "default"},
                                                        {kGroupReplicasKey, "2"},
                                                        {kJobGroupIndexKey, "1"}};
  for (const api::StringMap* map : {&job->meta.labels, &job->meta.annotations, &pod.labels, &pod.annotations}) {
    for (const auto& [key, value] : want) EXPECT_EQ(map->get(key), value) << key;
    EXPECT_FALSE(map->contains(kJobRestartAttemptKey));
  }
  EXPECT_EQ(job->meta.labels.size(), want.size() + 1);
  EXPECT_EQ(job->meta.labels.get("team"), "ml");
  EXPECT_EQ(job->meta.annotations.get("note"), "n");
  EXPECT_EQ(pod.labels.get("app"), "p");
  EXPECT_FALSE(pod.labels.contains("team"));
  EXPECT_EQ(pod.annotations.get("sidecar"), "no");
  EXPECT_EQ(api::as<api::Job>(job).spec->suspend, false) << "explicit";
  const api::OwnerReference* owner = api::controllerOf(job->meta);
  ASSERT_TRUE(owner);
  EXPECT_EQ(*owner, (api::OwnerReference{"jobset.x-k8s.io/v1alpha2", "JobSet", "x", "u-1", true, true}));
}

struct PlacementKeysRow {
  std::string_view name;
  std::string jobset_key, jobset_flag, template_key, template_flag;
  std::string job_key, job_flag, pod_key, pod_flag;
  bool selector;
};

TEST(Reconcile, exclusive_placement_annotations_are_copied_by_JS_N4) {
  const PlacementKeysRow rows[] = {
      {"none", "", "", "", "", "", "", "", "", false},
      {"on the JobSet", "rack", "", "", "", "rack", "", "rack", "", false},
      {"on the template", "", "", "zone", "", "zone", "", "zone", "", false},
      {"the template wins", "rack", "", "zone", "", "zone", "", "zone", "", false},
      {"both on the JobSet", "rack", "true", "", "", "rack", "true", "rack", "true", true},
      {"both on the template", "", "", "zone", "true", "zone", "true", "zone", "true", true},
      {"the flag alone on the JobSet is not copied", "", "true", "", "", "", "", "", "", false},
      {"exclusive on the JobSet, the flag alone on the template: the Job has both, the Pods one", "rack", "", "",
       "true", "rack", "true", "rack", "", true},
  };
  for (const PlacementKeysRow& row : rows) {
    JobSetBuilder builder = makeJobSet("x").replicatedJob("w");
    if (!row.jobset_key.empty()) builder.annotation(kExclusiveKey, row.jobset_key);
    if (!row.jobset_flag.empty()) builder.annotation(kNodeSelectorStrategyKey, row.jobset_flag);
    if (!row.template_key.empty()) builder.jobAnnotation(kExclusiveKey, row.template_key);
    if (!row.template_flag.empty()) builder.jobAnnotation(kNodeSelectorStrategyKey, row.template_flag);
    World world(builder.build());
    world.settle();
    const api::ObjectPtr job = world.jobs["x-w-0"];
    const api::PodTemplateSpec& pod = api::as<api::Job>(job).spec->template_;
    EXPECT_EQ(job->meta.annotations.get(kExclusiveKey), row.job_key) << row.name;
    EXPECT_EQ(job->meta.annotations.get(kNodeSelectorStrategyKey), row.job_flag) << row.name;
    EXPECT_EQ(pod.metadata.annotations.get(kExclusiveKey), row.pod_key) << row.name;
    EXPECT_EQ(pod.metadata.annotations.get(kNodeSelectorStrategyKey), row.pod_flag) << row.name;
    EXPECT_FALSE(job->meta.labels.contains(kExclusiveKey)) << row.name;
    EXPECT_EQ(pod.spec->nodeSelector.contains(kNamespacedJobKey), row.selector) << row.name;
    EXPECT_EQ(pod.spec->tolerations.size(), row.selector ? 1U : 0U) << row.name;
  }
}

TEST(Reconcile, Jobs_of_one_replicated_job_share_their_Pod_spec) {
  World world(makeJobSet("x").replicatedJob("w", 2).build());
  world.settle();
  EXPECT_TRUE(api::as<api::Job>(world.jobs["x-w-0"])
                  .spec->template_.spec.sameAs(api::as<api::Job>(world.jobs["x-w-1"]).spec->template_.spec));
}

TEST(Reconcile, names_that_only_look_like_children_do_not_count_as_present) {
  World world(makeJobSet("x").replicatedJob("a", 2).replicatedJob("a-1", 1).build());
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-a-1", "x-a-1-0"));
  for (const char* odd : {"x-a-00", "x-a-7", "x-b-0", "xx-a-0", "x-a-"}) {
    const api::MutableObjectPtr copy = api::edit(world.jobs["x-a-0"]);
    copy->meta.name = odd;
    world.jobs[odd] = copy;
  }
  world.jobs.erase("x-a-1");
  EXPECT_THAT(targets(world.plan(), api::Verb::kCreate), ElementsAre("x-a-1"));
}

TEST(Reconcile, an_unfinished_InOrder_JobSet_flips_back_without_any_restart) {
  World world(makeJobSet("x").replicatedJob("a").replicatedJob("b").inOrder().build());
  world.settle();
  world.ready("x-a-0");
  world.settle();
  world.ready("x-b-0");
  world.settle();
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "True InOrderStartupPolicyCompleted");
  world.notReady("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("StartupPolicyInProgress"), "True InOrderStartupPolicyInProgress");
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "False InOrderStartupPolicyCompleted");
  world.ready("x-a-0");
  world.settle();
  EXPECT_EQ(world.condition("StartupPolicyCompleted"), "True InOrderStartupPolicyCompleted");
}

TEST(Reconcile, suspension_during_a_restart_goes_on_with_it) {
  World world(makeJobSet("x").replicatedJob("a", 2).maxRestarts(2).build());
  world.settle();
  world.terminating = {"x-a-1"};
  world.fail("x-a-0");
  world.pass();
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = true; });
  world.settle();
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-a-0"]).spec->suspend, true);
  EXPECT_EQ(world.jobs["x-a-0"]->meta.labels.get(kRestartAttemptKey), "1");
  EXPECT_EQ(world.condition("RestartingJobSet"), "False JobSetSuspended");
  world.finishDeletion("x-a-1");
  world.settle();
  EXPECT_EQ(api::as<api::Job>(world.jobs["x-a-1"]).spec->suspend, true);
}

TEST(Reconcile, while_suspended_dependsOn_still_holds) {
  World world(makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("a", "Ready").suspended().build());
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0"));
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = false; });
  world.settle();
  EXPECT_EQ(world.condition("Suspended"), "False ResumeJobs") << "at once, though b waits (JS-O4)";
  world.ready("x-a-0");
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0", "x-b-0"));
}

TEST(Reconcile, a_job_that_depends_on_itself_never_starts) {
  World world(makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("b", "Ready").build());
  world.settle();
  EXPECT_THAT(world.jobNames(), ElementsAre("x-a-0"));
}

TEST(Reconcile, resuming_a_started_Job_first_clears_its_start_time) {
  World world(makeJobSet("x").replicatedJob("a").suspended().build());
  world.settle();
  world.editJob("x-a-0", [](api::Object&, api::Job& job) { job.status.startTime = atSecond(0); });
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().suspend = false; });
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("resume Jobs"));
  const Step& step = plan.steps[0];
  EXPECT_EQ(step.mode, StepMode::kSequence);
  ASSERT_EQ(step.requests.size(), 2U);
  EXPECT_EQ(step.requests[0].request.verb, api::Verb::kUpdateStatus);
  EXPECT_FALSE(api::as<api::Job>(step.requests[0].request.object).status.startTime);
  EXPECT_EQ(step.requests[0].request.object->meta.resourceVersion, world.jobs["x-a-0"]->meta.resourceVersion);
  EXPECT_EQ(step.requests[1].request.verb, api::Verb::kUpdate);
  EXPECT_EQ(step.requests[1].resource_version_from, 0U);
  EXPECT_EQ(api::as<api::Job>(step.requests[1].request.object).spec->suspend, false);
}

TEST(Reconcile, a_resumed_template_wins_over_our_own_label_and_tolerations_with_seconds_pile_up) {
  api::Toleration plain, timed;
  plain.key = "a";
  timed.key = "b";
  timed.tolerationSeconds = 5;
  api::JobSpec job;
  job.template_.metadata.labels = {{"jobset.sigs.k8s.io/job-index", "0"}, {"kept", "k"}};
  job.template_.spec.mut().tolerations = {plain, timed, plain};
  job.template_.spec.mut().schedulingGates = {{"g1"}};
  api::PodTemplateSpec pod_template;
  pod_template.metadata.labels = {{"jobset.sigs.k8s.io/job-index", "user"}};
  pod_template.spec.mut().tolerations = {timed, plain};
  pod_template.spec.mut().schedulingGates = {{"g2"}, {"g1"}};
  const api::JobSpec resumed = resumedSpec(job, pod_template);
  EXPECT_EQ(resumed.template_.metadata.labels,
            (api::StringMap{{"jobset.sigs.k8s.io/job-index", "user"}, {"kept", "k"}}));
  EXPECT_THAT(resumed.template_.spec->tolerations, ElementsAre(plain, timed, timed));
  EXPECT_THAT(resumed.template_.spec->schedulingGates, ElementsAre(api::NamedRef{"g1"}, api::NamedRef{"g2"}));
}

TEST(Reconcile, elastic_patches_name_only_what_differs) {
  World world(makeJobSet("x").replicatedJob("w", 1, 2).build(), configWith(&FeatureGates::ElasticJobSet));
  world.settle();
  world.editJobSet([&](api::Object&, api::JobSet& body) {
    body.spec.mut().replicatedJobs[0].template_.spec.mut().parallelism = 4;
    body.spec.mut().replicatedJobs[0].template_.spec.mut().completions = 4;
  });
  world.editJob("x-w-0", [](api::Object&, api::Job& job) { job.spec.mut().parallelism = 4; });
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("scale Jobs"));
  const StepRequest& request = plan.steps[0].requests[0];
  EXPECT_EQ(std::get<api::MergePatch>(request.request.patch).body.get().dump(), R"({"spec":{"completions":4}})");
  EXPECT_EQ(request.error_prefix, "failed to patch job \"x-w-0\" for scaling: ");
  EXPECT_EQ(request.request.patch_resource_version, 0) << "no optimistic lock";
}

TEST(Reconcile, elastic_with_neither_count_set_patches_in_every_pass) {
  World world(makeJobSet("x")
                  .replicatedJob("w")
                  .counts(std::nullopt, std::nullopt)
                  .editJob([](api::JobSpec& s) { s.completionMode = "NonIndexed"; })
                  .build(),
              configWith(&FeatureGates::ElasticJobSet));
  world.pass();
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("scale Jobs"));
  EXPECT_EQ(std::get<api::MergePatch>(plan.steps[0].requests[0].request.patch).body.get().dump(),
            R"({"spec":{"completions":null,"parallelism":null}})");
  world.carryOut(plan);
  EXPECT_THAT(stepNames(world.plan()), ElementsAre("scale Jobs"));
}

TEST(Reconcile, elastic_ignores_a_template_whose_counts_differ) {
  World world(makeJobSet("x").replicatedJob("w", 1, 2).build(), configWith(&FeatureGates::ElasticJobSet));
  world.settle();
  world.editJobSet(
      [&](api::Object&, api::JobSet& body) { body.spec.mut().replicatedJobs[0].template_.spec.mut().parallelism = 4; });
  EXPECT_THAT(stepNames(world.plan()), IsEmpty());
}

TEST(Reconcile, a_Job_that_is_scaled_and_suspended_in_one_pass_is_updated_from_the_patched_version) {
  World world(makeJobSet("x").replicatedJob("w", 1, 2).build(), configWith(&FeatureGates::ElasticJobSet));
  world.settle();
  world.editJobSet([&](api::Object&, api::JobSet& body) {
    body.spec.mut().suspend = true;
    body.spec.mut().replicatedJobs[0].template_.spec.mut().parallelism = 4;
    body.spec.mut().replicatedJobs[0].template_.spec.mut().completions = 4;
  });
  const Plan plan = world.plan();
  ASSERT_THAT(stepNames(plan), ElementsAre("scale Jobs", "suspend Jobs"));
  const StepRequest& update = plan.steps[1].requests[0];
  EXPECT_EQ(update.resource_version_from, 0U);
  EXPECT_EQ(update.resource_version_from_step, 0U);
  EXPECT_EQ(api::as<api::Job>(update.request.object).spec->parallelism, 4);
  EXPECT_EQ(api::as<api::Job>(update.request.object).spec->suspend, true);
}

TEST(Reconcile, success_policy_edge_cases) {
  struct Row {
    std::string_view name;
    std::function<void(api::JobSetSpec&)> change;
    std::string completes;
    bool done;
  };
  const Row rows[] = {
      {"no policy is All", [](api::JobSetSpec& s) { s.successPolicy.reset(); }, "x-a-0", false},
      {"All of a target without replicas: any success of any Job",
       [](api::JobSetSpec& s) {
         s.successPolicy = api::SuccessPolicy{"All", {"none"}};
       },
       "x-a-0", true},
      {"Any",
       [](api::JobSetSpec& s) {
         s.successPolicy = api::SuccessPolicy{"Any", {}};
       },
       "x-a-0", true},
      {"Any of another target",
       [](api::JobSetSpec& s) {
         s.successPolicy = api::SuccessPolicy{"Any", {"b"}};
       },
       "x-a-0", false},
      {"All of two targets",
       [](api::JobSetSpec& s) {
         s.successPolicy = api::SuccessPolicy{"All", {"a", "b"}};
       },
       "x-a-0", false},
  };
  for (const Row& row : rows) {
    const api::ObjectPtr built = makeJobSet("x").replicatedJob("a").replicatedJob("b").replicatedJob("none", 0).build();
    const api::MutableObjectPtr jobset = api::edit(built);
    row.change(api::as<api::JobSet>(*jobset).spec.mut());
    World world(jobset);
    world.settle();
    world.complete(row.completes);
    world.settle();
    EXPECT_EQ(world.condition("Completed").empty(), !row.done) << row.name;
  }
}

TEST(Reconcile, quirk_B7_an_absent_success_policy_is_a_crash_at_the_first_success) {
  World world(makeJobSet("x").replicatedJob("a", 2).build());
  world.config.quirks.b7_nil_success_policy = true;
  world.settle();
  world.editJobSet([](api::Object&, api::JobSet& body) { body.spec.mut().successPolicy.reset(); });
  EXPECT_EQ(world.plan().error, "");
  world.complete("x-a-0");
  EXPECT_EQ(world.plan().error, "panic: runtime error: invalid memory address or nil pointer dereference [recovered]");
  EXPECT_FALSE(world.plan().status_update);
  world.config.quirks = {};
  EXPECT_EQ(world.plan().error, "");
}

TEST(Reconcile, quirk_B8_own_creations_are_errors) {
  const auto tolerated = [](const Config& config) {
    std::vector<bool> out;
    const World world(makeJobSet("x").replicatedJob("a", 1).build(), config);
    for (const Step& step : world.plan().steps) out.push_back(step.requests.at(0).tolerate_own);
    return out;
  };
  EXPECT_THAT(tolerated({}), ElementsAre(true, true)) << "the Service and the Job";
  Config config;
  config.quirks.b8_stale_creates = true;
  EXPECT_THAT(tolerated(config), ElementsAre(false, false));
}

TEST(Reconcile, an_absent_network_behaves_as_its_default) {
  World world(makeJobSet("x").replicatedJob("a").raw());
  world.settle();
  ASSERT_TRUE(world.services.contains("x"));
  EXPECT_TRUE(api::as<api::Service>(world.services["x"]).spec.publishNotReadyAddresses);
}

TEST(Reconcile, TTL_without_a_finish_time_is_an_error) {
  World world(makeJobSet("x")
                  .replicatedJob("a")
                  .ttl(1)
                  .editStatus([](api::JobSetStatus& s) {
                    s.conditions = {makeCondition("Completed", "True")};
                    s.conditions[0].lastTransitionTime.reset();
                  })
                  .build());
  EXPECT_EQ(world.plan().error,
            "error checking if ttl expired: unable to find the time when the JobSet default/x finished");
}

TEST(Reconcile, a_finished_JobSet_without_TTL_asks_for_nothing_more) {
  World world(makeJobSet("x").replicatedJob("a").build());
  world.settle();
  world.complete("x-a-0");
  world.settle();
  const Plan plan = world.plan();
  EXPECT_FALSE(plan.requeue_after);
  EXPECT_FALSE(plan.status_update);
  EXPECT_THAT(plan.steps, IsEmpty());
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
