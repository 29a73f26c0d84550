// What a toy model of Jobs gets wrong (K-GOT-1 to K-GOT-6, 10 to 12, 15, 17, 18, 20, 21, 40 to 44, 47): limits,
// back-off, suspension, policies, by whole runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::int32_t mostRestarts(const Ran& ran) {
  std::int32_t most = 0;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != kPod) continue;
    for (const api::ContainerStatus& status : api::as<api::Pod>(change.object).status.containerStatuses)
      most = std::max(most, status.restartCount);
  }
  return most;
}

// Behaviours of Pod `index` of j: its first start ends so, every later one succeeds after `later`.
std::string firstStart(const std::string& index, const std::string& run_time, int code,
                       const std::string& later = "60s") {
  const std::string match = index.empty() ? "job: j" : "job: j, podIndex: " + index;
  return "  - {match: {" + match + ", attempt: 0}, runTime: " + run_time + ", exitCode: " + std::to_string(code) +
         "}\n  - {match: {" + match + "}, runTime: " + later + "}\n";
}

TEST(JobGotchas, KGOT1BackoffLimitsZeroAndOneFailAtTheFirstRestart) {
  struct Row {
    int limit;
    const char* policy;
    std::int32_t restarts;
    std::size_t pods;
  };
  for (const Row& row : {Row{0, "OnFailure", 1, 1},
                         {1, "OnFailure", 1, 1},
                         {2, "OnFailure", 2, 1},
                         {0, "Never", 0, 1},
                         {1, "Never", 0, 2}}) {
    SCOPED_TRACE(std::string(row.policy) + " " + std::to_string(row.limit));
    const Ran ran(idle() +
                  jobText("backoffLimit: " + std::to_string(row.limit), container("sleep 5; exit 1", row.policy)));
    EXPECT_EQ(endOf(ran), "Failed BackoffLimitExceeded");
    EXPECT_EQ(mostRestarts(ran), row.restarts);
    EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(row.pods));
  }
}

TEST(JobGotchas, KGOT2And3RestartsAreSummedOverThePodsThatRun) {
  struct Row {
    const char* description;
    int pods, limit;
    std::string behaviors;
    const char* end;
  };
  const Row rows[] = {
      {"K-GOT-2: those of a Pod that has succeeded vanish", 2, 2,
       firstStart("0", "2s", 1, "2s") + firstStart("1", "20s", 1, "2s"), "Complete CompletionsReached"},
      {"both run: two are too many", 2, 2, firstStart("0", "2s", 1) + firstStart("1", "20s", 1),
       "Failed BackoffLimitExceeded"},
      {"K-GOT-3: eight Pods, each once", 8, 6, firstStart("", "3s", 1), "Failed BackoffLimitExceeded"},
      {"five of them", 5, 6, firstStart("", "3s", 1), "Complete CompletionsReached"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Ran ran(idle("  behaviors:\n" + row.behaviors) +
                  jobText(indexedOf(row.pods, "backoffLimit: " + std::to_string(row.limit) + ", "),
                          container("true", "OnFailure")));
    EXPECT_EQ(endOf(ran), row.end);
    EXPECT_EQ(mostRestarts(ran), 1);
  }
}

TEST(JobGotchas, KGOT2ADeletedPodsRestartsBecomeOneFailure) {
  const Ran ran(
      idle("  behaviors:\n" + firstStart("", "2s", 1)) + jobText("backoffLimit: 2", container("true", "OnFailure")), {},
      {{std::chrono::seconds(20),
        [](Ran& now) { now.submit(api::deleteRequest(api::keyOf(*now.all(kPod, "j-").front()), {})); }}});
  EXPECT_EQ(statusOf(ran).failed, 1);
  EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
}

TEST(JobGotchas, KGOT4FailuresSeenTogetherGrowTheBackoffTogether) {
  const Ran ran(idle("  behaviors:\n" + firstStart("", "5s", 1, "2s")) + indexed(4, "true"));
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(8));
  const double failed = ran.times(kPod, "j-", phase("Failed")).back();
  EXPECT_THAT(made[4] - failed, between(78, 81)) << "10 s doubled three times";
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kJob) {
      EXPECT_THAT(api::as<api::Job>(change.object).status.failed, ::testing::AnyOf(0, 4));
    }
  }
}

TEST(JobGotchas, KGOT5OneFlappingIndexDelaysTheOthers) {
  struct Row {
    const char* description;
    std::string fields, third;  // third: when index 2 succeeds
    double first, second;       // replacements, after the first failure
  };
  const Row rows[] = {{"the second failure of the Job", "", "100s", 22, 22},
                      {"each index has its own", "backoffLimitPerIndex: 5, ", "100s", 10, 12},
                      {"a success in between", "", "3500ms", 1.9, 12}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Ran ran(
        idle("  behaviors:\n" + firstStart("0", "3s", 1) + firstStart("1", "5s", 1) + firstStart("2", row.third, 0)) +
        indexed(3, "true", row.fields));
    const std::vector<double> made = ran.times(kPod, "j-", created());
    ASSERT_THAT(made, SizeIs(5));
    const double failed = ran.noted(cluster::NoteKind::kContainer, "j-0-", "exits with code 1").front();
    EXPECT_THAT(made[3] - failed, between(row.first - 1.1, row.first + 1.2));
    EXPECT_THAT(made[4] - failed, between(row.second - 1.1, row.second + 1.2));
  }
}

TEST(JobGotchas, KGOT6ABackoffThatIsOverBeforeTheFailureIsSeenDelaysNothing) {
  // The kubelet looks at its containers twice a minute only.
  const Ran ran(idle("  behaviors:\n" + firstStart("", "5s", 1, "2s"), 8, ", kubelet.pleg: 30s") + indexed(1, "true"));
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(2));
  const double failed = ran.noted(cluster::NoteKind::kContainer, "j-0-", "exits with code 1").front();
  const double seen = ran.times(kPod, "j-", phase("Failed")).front();
  ASSERT_GT(seen - failed, 10) << "the set-up";
  EXPECT_THAT(made[1] - seen, between(1, 1.2)) << "the batch period alone";
}

TEST(JobGotchas, KGOT7ADeletedPodHasFailedAtOnceWhateverItDoesThen) {
  struct Row {
    const char* description;
    std::string fields;
    std::int32_t failed;
    bool before_its_end;  // replaced
  };
  for (const Row& row :
       {Row{"TerminatingOrFailed", "", 1, true}, {"Failed", "podReplacementPolicy: Failed, ", 0, false}}) {
    SCOPED_TRACE(row.description);
    const Ran ran(idle() + indexed(1, "trap 'sleep 20; exit 0' TERM; sleep 10 & wait; sleep 10 & wait", row.fields), {},
                  {{std::chrono::seconds(5),
                    [](Ran& now) { now.submit(api::deleteRequest(api::keyOf(*now.all(kPod, "j-").front()), {})); }}});
    EXPECT_EQ(statusOf(ran).failed, row.failed);
    EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
    const std::vector<double> made = ran.times(kPod, "j-", created());
    const std::vector<double> gone = ran.times(kPod, "j-", deleted());
    ASSERT_THAT(gone, SizeIs(1));
    // With the policy Failed its exit with 0 completes the index.
    ASSERT_THAT(made, SizeIs(row.before_its_end ? 2 : 1));
    if (row.before_its_end) {
      EXPECT_LT(made[1], gone[0]);
    }
  }
}

TEST(JobGotchas, KGOT10JobSetWaitsForFailedNotForFailureTarget) {
  const Ran ran(idle() +
                "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: s}\nspec: {failurePolicy: "
                "{maxRestarts: 1}, replicatedJobs: [{name: w, template: {spec: {" +
                indexedOf(2, "backoffLimit: 0, ") + ", template: {spec: {" +
                container("if [ $JOB_COMPLETION_INDEX = 0 -a $(date +%s) -lt 1767225620 ]; then sleep 5; exit 1; fi; "
                          "if [ $(date +%s) -lt 1767225620 ]; then sleep 1000; fi; sleep 5") +
                "}}}}}]}\n");
  const double failure = ran.noted(cluster::NoteKind::kContainer, "s-w-0-0-", "exits with code 1").front();
  EXPECT_THAT(ran.first(kJob, "s-w-0", conditionTrue("FailureTarget")) - failure, between(1.4, 2.5));
  const double restarted = ran.first(api::Kind::kJobSet, "s", [](const Ran::Change& change) {
    return api::as<api::JobSet>(change.object).status.restarts == 1;
  });
  EXPECT_THAT(restarted - failure, between(31.5, 35)) << "the other Pod's grace period";
  EXPECT_EQ(ran.jobset("s").terminal_state, "Completed");
}

TEST(JobGotchas, KGOT11CompletedIndexesOutliveASuspension) {
  const std::string script = "if [ $JOB_COMPLETION_INDEX -lt 2 ]; then sleep 2; else sleep 15; fi";
  const Ran ran(idle("  actions: [{at: 10s, suspend: Job/default/j}, {at: 60s, resume: Job/default/j}]\n") +
                indexed(4, script));
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(6)) << "two of four once more";
  EXPECT_EQ(statusOf(ran).failed, 0);
  EXPECT_EQ(statusOf(ran).succeeded, 4);
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kJob && ran.seconds(change.at) > 10) {
      EXPECT_THAT(api::as<api::Job>(change.object).status.completedIndexes, ::testing::StartsWith("0"));
    }
  }
}

TEST(JobGotchas, KGOT12ASuspendedPodThatExitsWithZeroIsNotCounted) {
  const Ran ran(idle("  actions: [{at: 10s, suspend: Job/default/j}, {at: 20s, resume: Job/default/j}]\n") +
                indexed(2, "trap 'exit 0' TERM; sleep 15 & wait"));
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(4)) << "both indexes once more";
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kJob && ran.seconds(change.at) < 20) {
      EXPECT_EQ(api::as<api::Job>(change.object).status.succeeded, 0);
    }
  }
  EXPECT_EQ(statusOf(ran).succeeded, 2);
}

TEST(JobGotchas, KGOT15AReplacementHasTheSameIndexAndHostnameAndAnotherNameAndAddress) {
  const Ran ran(idle("  behaviors:\n  - {match: {job: j, attempt: [0, 1]}, runTime: 2s, exitCode: 1}\n") +
                indexed(1, "sleep 2"));
  EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
  EXPECT_EQ(statusOf(ran).failed, 2) << "Pods, so more than completions";
  std::set<std::string> names, uids, addresses, ranks;
  for (const api::ObjectPtr& object : ran.all(kPod, "j-")) {
    const api::Pod& pod = api::as<api::Pod>(object);
    names.insert(object->meta.name);
    uids.insert(object->meta.uid);
    addresses.insert(pod.status.podIP);
    ranks.insert(pod.hostname + " " + std::string(object->meta.labels.get("batch.kubernetes.io/job-completion-index")) +
                 " " + std::string(object->meta.annotations.get("batch.kubernetes.io/job-completion-index")));
  }
  EXPECT_THAT(names, SizeIs(3));
  EXPECT_THAT(uids, SizeIs(3));
  EXPECT_THAT(addresses, SizeIs(3));
  EXPECT_THAT(ranks, ::testing::ElementsAre("j-0 0 0"));
}

TEST(JobGotchas, KGOT17NoParallelismAndNoCompletions) {
  const Ran none(idle() + jobText("parallelism: 0, completions: 2, activeDeadlineSeconds: 5", container("true")));
  EXPECT_THAT(none.times(kPod, "j-", created()), IsEmpty());
  EXPECT_EQ(none.seconds(*statusOf(none).startTime), 0);
  EXPECT_EQ(endOf(none), "Failed DeadlineExceeded");
  EXPECT_THAT(none.first(kJob, "j", conditionTrue("Failed")), between(5, 5.2));
  EXPECT_EQ(api::findCondition(statusOf(none).conditions, "Suspended"), nullptr);

  const Ran empty(idle() + jobText("completions: 0", container("true")));
  EXPECT_THAT(empty.times(kPod, "j-", created()), IsEmpty());
  EXPECT_EQ(endOf(empty), "Complete CompletionsReached");
  EXPECT_LT(empty.first(kJob, "j", conditionTrue("Complete")), 0.2);
}

TEST(JobGotchas, KGOT18WithoutCompletionsTheFirstSuccessEndsCreationOnly) {
  for (const int limit : {0, 6}) {
    SCOPED_TRACE(limit);
    // The two Pods are alike but for who comes first.
    const Ran ran(idle() +
                  "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {accessModes: "
                  "[ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n---\n" +
                  jobText("parallelism: 2, backoffLimit: " + std::to_string(limit),
                          "volumes: [{name: d, persistentVolumeClaim: {claimName: c}}], restartPolicy: Never, "
                          "containers: [{name: main, image: busybox, volumeMounts: [{name: d, mountPath: /d}], "
                          "command: [sh, -c, \"if mkdir /d/first; then sleep 3; else sleep 8; exit 1; fi\"]}]"));
    EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(2));
    EXPECT_EQ(statusOf(ran).succeeded, 1);
    EXPECT_EQ(statusOf(ran).failed, 1);
    EXPECT_EQ(endOf(ran), limit == 0 ? "Failed BackoffLimitExceeded" : "Complete CompletionsReached");
  }
}

TEST(JobGotchas, KGOT20DeadlinesCountFromATruncatedStart) {
  const std::string late = jobText("activeDeadlineSeconds: 10", container("sleep 100"));
  std::string entry = "  manifests:\n  - at: 900ms\n    object:\n      ";
  for (const char c : late) {
    entry += c;
    if (c == '\n') entry += "      ";
  }
  const Ran ran(idle(entry + "\n") + "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n");
  EXPECT_THAT(ran.first(kJob, "j", created()), between(0.9, 0.95));
  EXPECT_THAT(ran.first(kJob, "j", conditionTrue("FailureTarget")), between(10, 10.2)) << "9.1 s after the start";
}

TEST(JobGotchas, KGOT21PodsOfABatchComeInAnyOrder) {
  const std::string scenario =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec: {cluster: {nodePools: [{count: 4}]}}\n---\n";
  const Ran ran(scenario + indexed(31, "sleep 1"));
  std::vector<int> order;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kPod && created()(change))
      order.push_back(
          std::stoi(std::string(change.object->meta.labels.get("batch.kubernetes.io/job-completion-index"))));
  }
  ASSERT_THAT(order, SizeIs(31));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  int from = 0;
  for (int size = 1; from < 31; size *= 2) {  // a batch comes whole before the next
    EXPECT_THAT(std::vector<int>(order.begin() + from, order.begin() + from + size),
                Each(::testing::AllOf(::testing::Ge(from), ::testing::Lt(from + size))));
    from += size;
  }
}

std::string withSidecar(const std::string& main, const std::string& sidecar, const std::string& policy) {
  return container(main, policy) +
         ", initContainers: [{name: side, image: busybox, restartPolicy: Always, command: [sh, -c, \"" + sidecar +
         "\"]}]";
}

TEST(JobGotchas, KGOT40ASidecarDoesNotKeepAJobAliveButItsRestartsCount) {
  const Ran alive(idle() + jobText("backoffLimit: 0", withSidecar("sleep 5", "sleep 1000; true", "Never")));
  EXPECT_EQ(endOf(alive), "Complete CompletionsReached");
  for (const char* policy : {"OnFailure", "Never"}) {
    SCOPED_TRACE(policy);
    const Ran restarts(idle() + jobText("backoffLimit: 1", withSidecar("sleep 40", "sleep 3; exit 1", policy)));
    EXPECT_EQ(endOf(restarts),
              policy == std::string("OnFailure") ? "Failed BackoffLimitExceeded" : "Complete CompletionsReached");
  }
}

TEST(JobGotchas, KGOT41ADeadlineOfThePodIsRetriedAndOneOfTheJobIsNot) {
  const Ran of_pod(idle() + jobText("backoffLimit: 1", "activeDeadlineSeconds: 5, " + container("sleep 100")));
  EXPECT_THAT(of_pod.times(kPod, "j-", created()), SizeIs(2));
  EXPECT_EQ(endOf(of_pod), "Failed BackoffLimitExceeded");
  for (const api::ObjectPtr& pod : of_pod.all(kPod, "j-"))
    EXPECT_EQ(api::as<api::Pod>(pod).status.reason, "DeadlineExceeded");
  const Ran of_job(idle() + jobText("activeDeadlineSeconds: 5", container("sleep 100")));
  EXPECT_THAT(of_job.times(kPod, "j-", created()), SizeIs(1));
  EXPECT_EQ(endOf(of_job), "Failed DeadlineExceeded");
}

TEST(JobGotchas, KGOT42WithoutAMaximumTheOtherIndexesRunToTheirEnd) {
  struct Row {
    std::string fields;
    const char* end;
    std::int32_t succeeded;
  };
  for (const Row& row : {Row{"backoffLimitPerIndex: 0, ", "Failed FailedIndexes", 3},
                         {"backoffLimitPerIndex: 0, maxFailedIndexes: 0, ", "Failed MaxFailedIndexesExceeded", 0}}) {
    SCOPED_TRACE(row.fields);
    const Ran ran(idle() + indexed(4, "if [ $JOB_COMPLETION_INDEX = 1 ]; then exit 3; fi; sleep 20", row.fields));
    EXPECT_EQ(endOf(ran), row.end);
    EXPECT_EQ(statusOf(ran).succeeded, row.succeeded);
    if (row.succeeded > 0) {
      EXPECT_EQ(statusOf(ran).failedIndexes, "1");
    }
  }
}

TEST(JobGotchas, KGOT43NotInMatchesEveryOtherFailureAndNeverZero) {
  struct Row {
    int code;
    const char* end;
  };
  for (const Row& row : {Row{0, "Complete CompletionsReached"},
                         {42, "Failed BackoffLimitExceeded"},
                         {1, "Failed PodFailurePolicy"},
                         {137, "Failed PodFailurePolicy"},
                         {143, "Failed PodFailurePolicy"}}) {
    SCOPED_TRACE(row.code);
    const Ran ran(idle() + jobText("backoffLimit: 0, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: "
                                   "{operator: NotIn, values: [42]}}]}",
                                   container("sleep 2; exit " + std::to_string(row.code))));
    EXPECT_EQ(endOf(ran), row.end);
  }
}

TEST(JobGotchas, KGOT44ASuccessPolicyCompletesWithPodsThatAreNeitherSucceededNorFailed) {
  const Ran ran(idle() + indexed(4, "if [ $JOB_COMPLETION_INDEX = 0 ]; then sleep 3; else sleep 1000; fi",
                                 "successPolicy: {rules: [{succeededIndexes: '0'}]}, "));
  EXPECT_EQ(endOf(ran), "Complete SuccessPolicy");
  EXPECT_EQ(statusOf(ran).succeeded, 1);
  EXPECT_EQ(statusOf(ran).failed, 0);
  const double met = ran.first(kJob, "j", conditionTrue("SuccessCriteriaMet"));
  EXPECT_THAT(ran.first(kJob, "j", conditionTrue("Complete")) - met, between(29, 34))
      << "K-JOB-56: after they are gone";
}

TEST(JobGotchas, KGOT47RestartRulesLeaveTheJobAlone) {
  const Ran ran(idle("  behaviors:\n  - {match: {job: j, attempt: [0, 1]}, runTime: 2s, exitCode: 42}\n  - {match: "
                     "{job: j}, runTime: 2s}\n") +
                jobText("backoffLimit: 0",
                        "restartPolicy: Never, containers: [{name: main, image: busybox, restartPolicy: Never, "
                        "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]}]"));
  EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
  EXPECT_EQ(statusOf(ran).failed, 0);
  EXPECT_EQ(mostRestarts(ran), 2);
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(1));
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
