// What a toy model of Pods and their placement gets wrong (K-GOT-8, 16, 19, 22 to 24, 48), by whole runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One node of 64 processors; the Job's Pod takes 40, and so does a Pod of high priority that comes at 10 s.
std::string preemptedJob(const std::string& fields) {
  const std::string requests = "resources: {requests: {cpu: 40}}";
  return idle(
             "  manifests: [{at: 10s, object: {apiVersion: v1, kind: Pod, metadata: {name: high}, spec: "
             "{priorityClassName: high, restartPolicy: Never, containers: [{name: main, image: busybox, command: "
             "[sleep, '5'], " +
                 requests + "}]}}}]\n",
             1) +
         "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n---\n" +
         jobText(fields + "backoffLimit: 0",
                 "restartPolicy: Never, containers: [{name: main, image: busybox, command: [sh, -c, \"sleep 60; "
                 "true\"], " +
                     requests + "}]");
}

TEST(PodGotchas, KGOT8And24APreemptedPodFailsItsJobUnlessThatIsIgnored) {
  struct Row {
    const char* fields;
    const char* end;
  };
  const Row rows[] = {{"", "Failed BackoffLimitExceeded"},
                      {"podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}, ",
                       "Complete CompletionsReached"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.fields);
    const Ran ran(preemptedJob(row.fields));
    EXPECT_EQ(endOf(ran), row.end);
    const double bound = ran.first(kPod, "high", scheduled());
    EXPECT_THAT(bound, between(40, 43)) << "K-GOT-24: after the victim's grace period";
    EXPECT_THAT(ran.first(kPod, "j-", conditionTrue("DisruptionTarget")), between(10, 10.2));
  }
}

TEST(PodGotchas, KGOT8ADeletionByAUserIsNoDisruption) {
  const Ran ran(idle() + jobText("podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: "
                                 "DisruptionTarget}]}]}, backoffLimit: 0",
                                 container("trap 'exit 1' TERM; sleep 60 & wait")),
                {}, {{std::chrono::seconds(10), [](Ran& now) {
                        now.submit(api::deleteRequest(api::keyOf(*now.all(kPod, "j-").front()), {}));
                      }}});
  EXPECT_EQ(endOf(ran), "Failed BackoffLimitExceeded");
}

TEST(PodGotchas, KGOT16ReadinessReachesTheJobASecondLaterAndThenTheJobSet) {
  const Ran ran(idle() +
                "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: s}\nspec: {replicatedJobs: "
                "[{name: w, template: {spec: {template: {spec: {" +
                container("sleep 20") + "}}}}}]}\n");
  const double pod = ran.first(kPod, "s-w-0", conditionTrue("Ready"));
  const double job = ran.first(kJob, "s-w-0", test::job([](const api::JobStatus& s) { return s.ready == 1; }));
  const double jobset = ran.first(api::Kind::kJobSet, "s", [](const Ran::Change& change) {
    const auto& rows = api::as<api::JobSet>(change.object).status.replicatedJobsStatus;
    return !rows.empty() && rows[0].ready == 1;
  });
  EXPECT_THAT(job - pod, between(1, 1.1));
  EXPECT_THAT(jobset - job, between(0.001, 0.2));
}

TEST(PodGotchas, KGOT19WhatNeverEndsFailsNothingByItself) {
  struct Row {
    const char* description;
    std::string pod;
  };
  const Row rows[] = {
      {"unschedulable", "nodeSelector: {no: where}, " + container("true")},
      {"a sidecar in a crash loop", container("sleep 100000") + ", initContainers: [{name: side, image: busybox, "
                                                                "restartPolicy: Always, command: ['false']}]"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    LoadOptions options;
    options.until = std::chrono::hours(2);
    const Ran ran(idle() + jobText("backoffLimit: 0", row.pod), options);
    EXPECT_EQ(endOf(ran), "");
    const Ran limited(idle() + jobText("backoffLimit: 0, activeDeadlineSeconds: 600", row.pod), options);
    EXPECT_EQ(endOf(limited), "Failed DeadlineExceeded") << "the Job's own deadline ends it";
  }
}

TEST(PodGotchas, KGOT22TwoHalfPlacedJobSetsWaitForEachOtherForEver) {
  std::string text;
  for (const std::string name : {"a", "b"}) {
    text += "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: " + name +
            "}\nspec: {replicatedJobs: [{name: w, template: {spec: {" + indexedOf(8, "") +
            ", template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, resources: "
            "{requests: {cpu: 40}}}]}}}}}]}\n";
  }
  const Ran ran(idle("  behaviors:\n  - {match: {}, runTime: 10s, waitFor: {peers: ['*']}}\n", 10) + text);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  EXPECT_THAT(ran.times(kPod, "a-", scheduled()), SizeIs(::testing::Lt(8U)));
  EXPECT_THAT(ran.times(kPod, "b-", scheduled()), SizeIs(::testing::Lt(8U)));
  EXPECT_THAT(ran.times(kPod, "", scheduled()), SizeIs(10));
}

TEST(PodGotchas, KGOT23AnUnschedulablePodWaitsForAnEventOrFiveMinutes) {
  LoadOptions options;
  options.until = std::chrono::minutes(10);
  const Ran ran(idle() + jobText("activeDeadlineSeconds: 590", "nodeSelector: {no: where}, " + container("true")),
                options);
  std::vector<double> tried;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == api::Kind::kEvent && api::as<api::Event>(change.object).reason == "FailedScheduling")
      tried.push_back(ran.seconds(change.at));
  }
  ASSERT_THAT(tried, SizeIs(2));
  EXPECT_LT(tried[0], 1);
  EXPECT_THAT(tried[1], between(300, 331));
}

TEST(PodGotchas, KGOT48APodWhoseSecondContainerHasNotStartedIsPending) {
  const Ran ran(
      idle("  images: {'large:1': 1Gi}\n", 8, ", kubelet.imagesPresent: false, kubelet.defaultImageBytes: 1") +
      jobText("",
              "restartPolicy: Never, containers: [{name: one, image: busybox, command: [sleep, '60']}, "
              "{name: two, image: 'large:1', command: [sleep, '5']}]"));
  const double one = ran.first(kPod, "j-", [](const Ran::Change& change) {
    for (const api::ContainerStatus& status : api::as<api::Pod>(change.object).status.containerStatuses) {
      if (status.name == "one" && status.state.running) return true;
    }
    return false;
  });
  const double running = ran.first(kPod, "j-", phase("Running"));
  EXPECT_GT(running - one, 5);
  const auto told = ran.times(kJob, "j", test::job([](const api::JobStatus& s) { return s.ready == 1; }));
  EXPECT_TRUE(told.empty() || told.front() > running);
}

TEST(PodGotchas, KPOD41AnInitContainersFailureIsNoFailureOfTheOthers) {
  for (const std::string codes : {"In, values: [137]", "NotIn, values: [1]"}) {
    SCOPED_TRACE(codes);
    const Ran ran(idle() + jobText("backoffLimit: 0, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: "
                                   "{operator: " +
                                       codes + "}}]}",
                                   "restartPolicy: Never, initContainers: [{name: i, image: 'b:1', command: [sh, -c, "
                                   "\"exit 1\"]}], containers: [{name: main, image: 'b:1', command: [sleep, '5']}]"));
    EXPECT_EQ(endOf(ran), "Failed BackoffLimitExceeded");
  }
}

// What a liveness probe kills has not succeeded, though it exits with 0.
TEST(PodGotchas, KPOD31AContainerThatAProbeKillsDoesNotCompleteItsJob) {
  LoadOptions options;
  options.until = std::chrono::minutes(10);
  const Ran ran(idle() + jobText("",
                                 "restartPolicy: OnFailure, containers: [{name: main, image: 'b:1', command: [sh, "
                                 "-c, \"trap 'exit 0' TERM; touch /tmp/ok; sleep 15; rm /tmp/ok; sleep 1000 & "
                                 "wait\"], livenessProbe: {periodSeconds: 5, failureThreshold: 1, exec: {command: "
                                 "[cat, /tmp/ok]}}}]"),
                options);
  EXPECT_EQ(endOf(ran), "Failed BackoffLimitExceeded") << "after its restarts";
}

TEST(PodGotchas, KPOD4WhatAManifestBringsReachesTheContainers) {
  const std::string job = jobText(
      "backoffLimit: 0",
      "restartPolicy: Never, volumes: [{name: v, configMap: {name: cm}}], containers: [{name: main, image: 'b:1', "
      "volumeMounts: [{name: v, mountPath: /v}], env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}], "
      "command: [sh, -c, \"test $K = abc && test $(cat /v/a) = one\"]}]");
  const std::string cm = "apiVersion: v1, kind: ConfigMap, metadata: {name: cm, namespace: default}, data: {a: one}";
  const std::string secret = "apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, data: {k: YWJj}";
  {
    SCOPED_TRACE("from the start");
    const Ran ran(idle() + job + "---\n{" + cm + "}\n---\n{" + secret + "}\n");
    EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
    EXPECT_LT(ran.first(kPod, "j-", phase("Succeeded")), 5);
  }
  {
    SCOPED_TRACE("later");
    const Ran ran(idle("  manifests: [{at: 30s, object: {" + cm + "}}, {at: 60s, object: {" + secret + "}}]\n") + job);
    EXPECT_EQ(endOf(ran), "Complete CompletionsReached");
    EXPECT_THAT(ran.first(kPod, "j-", phase("Succeeded")), between(60, 90));
  }
}

TEST(PodGotchas, KPOD23FirstAtOnceThenAfter10And20SecondsAndForgottenAfterTenMinutes) {
  LoadOptions options;
  options.until = std::chrono::seconds(800);
  const Ran ran(idle("  behaviors:\n  - {match: {job: j, attempt: [0, 1, 2]}, runTime: 5s, exitCode: 1}\n  - {match: "
                     "{job: j, attempt: 3}, runTime: 700s, exitCode: 1}\n  - {match: {job: j}, runTime: 5s, exitCode: "
                     "1}\n") +
                    jobText("backoffLimit: 100", container("true", "OnFailure")),
                options);
  const std::vector<double> ends = ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 1");
  const double work[] = {5, 5, 700, 5, 5}, wait[] = {0, 10, 20, 0, 10};
  ASSERT_THAT(ends.size(), ::testing::Ge(6U));
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_THAT(ends[i + 1] - ends[i] - work[i], between(wait[i], wait[i] + 1.3)) << i;
}

// What a Pod held is free when it has ended, before its object is gone.
TEST(PodGotchas, KPOD48RoomIsFreeAtTheTerminalPhase) {
  std::string job = indexed(2, "trap 'sleep 20; exit 0' TERM; sleep 600 & wait");
  job.insert(job.find("command:"), "resources: {requests: {cpu: 40}}, ");
  LoadOptions options;
  options.until = std::chrono::seconds(60);
  const auto remove = [](Ran& ran) {
    for (const api::ObjectPtr& pod : ran.run->world().server().list(kPod, "default")) {
      if (!api::as<api::Pod>(pod).nodeName.empty()) ran.submit(api::deleteRequest(api::keyOf(*pod), {}));
    }
  };
  const Ran ran(idle({}, 1) + job, options, {{std::chrono::seconds(10), remove}});
  const std::vector<double> bound = ran.times(kPod, "j-", scheduled());
  ASSERT_GE(bound.size(), 2U);
  EXPECT_GT(bound[1], ran.first(kPod, "j-", phase("Succeeded")));
  EXPECT_LT(bound[1], ran.first(kPod, "j-", deleted()));
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
