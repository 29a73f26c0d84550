// The worked timelines of the reference (K-EX-1, 2, 3, 5, 6, 8, 10): a cluster without jitter shows each of their
// times, within what the text leaves open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::SizeIs;

TEST(WorkedTimelines, KEX1FourPodsOfTenSeconds) {
  const Ran ran(idle() + indexed(4, "sleep 10"));
  const double t0 = ran.first(kJob, "j", created());
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(4));  // batches of 1, 2, 1: the next when the one before has been answered
  EXPECT_THAT(made[0] - t0, between(0.005, 0.04));
  EXPECT_LT(made[0] + 0.005, made[1]);
  EXPECT_LT(made[2] - made[1], 0.005);
  EXPECT_LT(made[2] + 0.005, made[3]);
  EXPECT_THAT(ran.times(kPod, "j-", scheduled()), Each(between(t0 + 0.015, t0 + 0.1)));
  const std::vector<double> ready = ran.times(kPod, "j-", conditionTrue("Ready"));
  ASSERT_THAT(ready, SizeIs(4));
  EXPECT_THAT(ready, Each(between(t0 + 1.5, t0 + 2)));
  EXPECT_EQ(ran.times(kPod, "j-", phase("Running")), ready);
  EXPECT_THAT(ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.active == 4; })) - t0,
              between(0.03, 0.1));
  EXPECT_THAT(ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.ready == 4; })) - ready[0],
              between(1, 1.1));
  const std::vector<double> ends = ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 0");
  ASSERT_THAT(ends, SizeIs(4));
  EXPECT_THAT(ends, Each(between(t0 + 10.8, t0 + 12.2)));
  const std::vector<double> succeeded = ran.times(kPod, "j-", phase("Succeeded"));
  ASSERT_THAT(succeeded, SizeIs(4));
  EXPECT_THAT(succeeded, Each(between(ends.front(), ends.back() + 1.1)));
  const double met = ran.first(kJob, "j", conditionTrue("SuccessCriteriaMet"));
  const double complete = ran.first(kJob, "j", conditionTrue("Complete"));
  EXPECT_THAT(met - succeeded.front(), between(1, 1.2));
  EXPECT_THAT(complete - met, between(0, 0.2));
  EXPECT_THAT(complete - t0, between(12.4, 14.5));
}

TEST(WorkedTimelines, KEX2ReplacementsAfterTenAndTwentySeconds) {
  const Ran ran(idle() + indexed(1, "sleep 5; exit 1", "backoffLimit: 2, "));
  const std::vector<double> failures = ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 1");
  const std::vector<double> made = ran.times(kPod, "j-", created());
  const std::vector<double> seen = ran.times(kPod, "j-", phase("Failed"));
  const std::vector<double> running = ran.times(kPod, "j-", phase("Running"));
  ASSERT_THAT(failures, SizeIs(3));
  ASSERT_THAT(made, SizeIs(3));
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_THAT(seen[0] - failures[0], between(0.5, 1));
  EXPECT_THAT(ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.failed == 1; })) - seen[0],
              between(1, 1.2));
  // finishedAt has whole seconds: up to a second less than from the failure itself.
  EXPECT_THAT(made[1] - failures[0], between(9, 11));
  EXPECT_THAT(running[1] - failures[0], between(10.5, 13));
  EXPECT_THAT(made[2] - failures[1], between(19, 21));
  const api::ObjectPtr job_ = ran.find(kJob, "j");
  EXPECT_EQ(api::as<api::Job>(job_).status.failed, 3) << "K-JOB-43: strictly more than backoffLimit";
}

TEST(WorkedTimelines, KEX3OneOfEightFailsTheJob) {
  struct Row {
    const char* description;
    std::string others;
    double gone, failed, failed_until;  // after the failure
  };
  const Row rows[] = {{"SIGTERM is ignored", "sleep 1000; true", 32, 32, 34.5},
                      {"handlers exit at once", "trap 'exit 1' TERM; sleep 1000 & wait", 2, 2.4, 5}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Ran ran(idle() + indexed(8, "if [ $JOB_COMPLETION_INDEX = 3 ]; then sleep 5; exit 1; fi; " + row.others,
                                   "backoffLimit: 0, "));
    const std::vector<double> failures = ran.noted(cluster::NoteKind::kContainer, "j-3-", "exits with code 1");
    ASSERT_THAT(failures, SizeIs(1));
    const double failure = failures[0];
    EXPECT_THAT(ran.first(kJob, "j", conditionTrue("FailureTarget")) - failure, between(1.4, 2.5));
    EXPECT_THAT(ran.times(kPod, "j-", deleting()), AllOf(SizeIs(7), Each(between(failure + 1.4, failure + 2.5))));
    EXPECT_THAT(ran.times(kPod, "j-", deleted()),
                AllOf(SizeIs(7), Each(between(failure + row.gone, failure + row.gone + 3))));
    EXPECT_THAT(ran.first(kJob, "j", conditionTrue("Failed")) - failure, between(row.failed, row.failed_until));
    const api::Job& ended = api::as<api::Job>(ran.find(kJob, "j"));
    EXPECT_EQ(ended.status.failed, 8) << "K-JOB-40: the killed ones count";
    EXPECT_EQ(api::findCondition(ended.status.conditions, "Failed")->reason, "BackoffLimitExceeded");
    int told = 0;
    for (const api::ObjectPtr& event : ran.all(api::Kind::kEvent)) {
      if (api::as<api::Event>(event).reason == "SuccessfulDelete") ++told;
    }
    EXPECT_EQ(told, 7);
  }
}

TEST(WorkedTimelines, KEX5SuspendAndResume) {
  const std::string job_of_four = indexed(4, "sleep 1000; true");
  const std::string suspend = "  actions: [{at: 10s, suspend: Job/default/j}";
  {
    SCOPED_TRACE("suspend");
    const Ran ran(idle(suspend + "]\n") + job_of_four);
    EXPECT_THAT(ran.times(kPod, "j-", deleting()), AllOf(SizeIs(4), Each(between(10, 10.2))));
    for (const Ran::Change& change : ran.changes) {
      if (change.object->kind() == kPod && deleting()(change)) {
        EXPECT_TRUE(change.object->meta.finalizers.empty()) << "K-JOB-30: finalizer first";
      }
    }
    const double stored = ran.first(kJob, "j", conditionTrue("Suspended"));
    EXPECT_THAT(stored, between(10, 10.2));
    EXPECT_THAT(
        ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.terminating == 4; })) - stored,
        between(0, 1.2));
    EXPECT_THAT(ran.noted(cluster::NoteKind::kContainer, "j-", "killed at the end of its grace period"),
                AllOf(SizeIs(4), Each(between(40, 40.5))));
    EXPECT_THAT(ran.times(kPod, "j-", deleted()), AllOf(SizeIs(4), Each(between(40.5, 42.5))));
    const api::JobStatus& status = api::as<api::Job>(ran.find(kJob, "j")).status;
    EXPECT_EQ(status.active, 0);
    EXPECT_EQ(status.terminating, 0);
    EXPECT_EQ(status.failed, 0) << "K-GOT-11";
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  }
  {
    SCOPED_TRACE("resumed after 5 s");
    LoadOptions options;
    options.until = std::chrono::minutes(1);
    const Ran ran(idle(suspend + ", {at: 15s, resume: Job/default/j}]\n") + job_of_four, options);
    const std::vector<double> made = ran.times(kPod, "j-", created());
    ASSERT_THAT(made, SizeIs(8)) << "K-GOT-13: new ones while the old ones terminate";
    EXPECT_THAT((std::vector<double>(made.begin() + 4, made.end())), Each(between(15, 15.2)));
    EXPECT_THAT(ran.times(kPod, "j-", deleted()), AllOf(SizeIs(4), Each(between(40.5, 42.5))));
    const api::JobStatus& status = api::as<api::Job>(ran.find(kJob, "j")).status;
    EXPECT_EQ(ran.seconds(*status.startTime), 15);
    EXPECT_EQ(status.active, 4);
  }
}

TEST(WorkedTimelines, KEX6AThousandPodsAtTwentyRequestsPerSecond) {
  // All end at the same second, 150 s after the start.
  const Ran ran(idle({}, 20) + indexed(1000, "sleep $((1767225750 - $(date +%s)))"));
  const std::vector<double> made = ran.times(kPod, "j-", created());
  ASSERT_THAT(made, SizeIs(1000));
  EXPECT_THAT(made[499], between(22, 25)) << "(500 - 30) / 20";
  EXPECT_GT(ran.first(kJob, "j", job([](const api::JobStatus& status) { return status.active == 500; })), made[499]);
  EXPECT_THAT(made[999], between(46, 53));
  EXPECT_LT(ran.times(kPod, "j-", scheduled()).back() - made[999], 1) << "50 requests per second keep up";
  const std::vector<double> ends = ran.noted(cluster::NoteKind::kContainer, "j-", "exits with code 0");
  ASSERT_THAT(ends, SizeIs(1000));
  EXPECT_LT(ends.back() - ends.front(), 1.1);
  EXPECT_THAT(ran.first(kJob, "j", conditionTrue("Complete")) - ends.front(), between(46, 56));
}

TEST(WorkedTimelines, KEX8ANodeIsAddedForAnUnschedulablePod) {
  const std::string node =
      "  manifests: [{at: 20s, object: {apiVersion: v1, kind: Node, metadata: {name: large}, status: {capacity: {cpu: "
      "128, memory: "
      "1Ti, pods: 110}, allocatable: {cpu: 128, memory: 1Ti, pods: 110}, conditions: [{type: Ready, status: "
      "\"True\"}]}}}]\n";
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {restartPolicy: Never, containers: [{name: main, image: "
      "busybox, "
      "command: [sleep, '5'], resources: {requests: {cpu: 100}}}]}\n";
  const Ran ran(idle(node) + pod);
  const double added = ran.first(api::Kind::kNode, "large", created());
  EXPECT_THAT(ran.first(kPod, "p", scheduled()) - added, between(0.02, 0.1)) << "its taint goes first";
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST(WorkedTimelines, KEX10AnEarlyLookUpIsRememberedForThirtySeconds) {
  const std::string late =
      "apiVersion: v1\nkind: Service\nmetadata: {name: late}\nspec: {clusterIP: None, publishNotReadyAddresses: true, "
      "selector: "
      "{app: late}}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec: {restartPolicy: Never, containers: [{name: main, "
      "image: busybox, "
      "command: [sh, -c, 'until nslookup h.late; do sleep 1; done; echo found it; sleep 5']}]}\n";
  const std::string leader =
      "  manifests: [{at: 2500ms, object: {apiVersion: v1, kind: Pod, metadata: {name: leader, labels: {app: late}}, "
      "spec: {hostname: "
      "h, subdomain: late, restartPolicy: Never, containers: [{name: main, image: busybox, command: [sleep, "
      "'60']}]}}}]\n";
  for (const std::string ttl : {"30s", "0s"}) {
    SCOPED_TRACE(ttl);
    const Ran ran(idle(leader, 8, ", network.negativeTtl: " + ttl) + late);
    const std::vector<double> asked = ran.noted(cluster::NoteKind::kLookUp, "worker");
    const std::vector<double> there = ran.noted(cluster::NoteKind::kNameResolvable, "leader");
    const std::vector<double> found = ran.noted(cluster::NoteKind::kLog, "worker", "found it");
    ASSERT_FALSE(asked.empty());
    ASSERT_THAT(there, SizeIs(1));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(there[0] - asked[0], between(1, 3)) << "the set-up: about 2 s after the first look-up";
    if (ttl == "30s") {
      EXPECT_THAT(found[0] - asked[0], between(30, 31.1)) << "the next retry after 30 s";
    } else {
      EXPECT_THAT(found[0] - there[0], between(0, 1.1)) << "the next retry";
    }
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
