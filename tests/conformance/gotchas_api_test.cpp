// What a toy model of the API server and its clients gets wrong (K-GOT-26 to K-GOT-30, 33, 45, 46), by whole runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

TEST(ApiGotchas, KGOT26ARawDeletionOfAJobLeavesItsPodsBehind) {
  const Ran ran(idle() + indexed(2, "sleep 30"), {}, {{seconds(10), [](Ran& now) {
                                                         now.submit(api::deleteRequest({kJob, "default", "j"}, {}));
                                                       }}});
  EXPECT_EQ(ran.find(kJob, "j"), nullptr);
  EXPECT_THAT(ran.times(kPod, "j-", deleted()), IsEmpty());
  const std::vector<api::ObjectPtr> pods = ran.all(kPod, "j-");
  ASSERT_THAT(pods, SizeIs(2));
  for (const api::ObjectPtr& pod : pods) {
    EXPECT_EQ(api::as<api::Pod>(pod).status.phase, "Succeeded") << "they run on";
    EXPECT_THAT(*pod->meta.ownerReferences, IsEmpty());
    EXPECT_THAT(pod->meta.finalizers, IsEmpty()) << "K-JOB-82";
  }
}

TEST(ApiGotchas, KGOT27AForegroundDeletionLastsAsLongAsThePods) {
  const std::string job = jobText("", "terminationGracePeriodSeconds: 3600, " + container("sleep 100000; true"));
  std::string again = "  - at: 20s\n    object:\n      ";
  for (const char c : job) {
    again += c;
    if (c == '\n') again += "      ";
  }
  const Ran ran(idle("  actions:\n  - {at: 10s, delete: Job/default/j, propagation: Foreground}\n" + again + "\n") +
                job);
  EXPECT_THAT(ran.outcome.warnings,
              ::testing::Contains(HasSubstr("object is being deleted: jobs.batch \"j\" already exists")));
  EXPECT_THAT(ran.first(kPod, "j-", deleted()), between(3610, 3613));
  EXPECT_THAT(ran.first(kJob, "j", deleted()) - ran.first(kPod, "j-", deleted()), between(0, 0.2));
}

TEST(ApiGotchas, KGOT28AConflictOfAStatusWriteIsTriedAgainASecondLater) {
  // Somebody touches the Job every 5 ms around the time of its end.
  std::string touches;
  for (int i = 0; i < 500; ++i) {
    touches += "  - {at: " + std::to_string(12000 + 5 * i) +
               "ms, patch: Job/default/j, merge: {metadata: {labels: {n: '" + std::to_string(i) + "'}}}}\n";
  }
  const Ran ran(idle("  actions:\n" + touches) + indexed(1, "sleep 10"));
  const std::vector<double> refused =
      ran.noted(cluster::NoteKind::kRequestFailed, "Job default/j", "the object has been modified");
  EXPECT_THAT(refused, Each(between(12, 15)));
  EXPECT_THAT(refused, ::testing::Not(IsEmpty()));
  ASSERT_TRUE(ran.find(kJob, "j"));
  const double complete = ran.first(kJob, "j", conditionTrue("Complete"));
  EXPECT_THAT(complete - refused.back(), between(0.9, 2.3));
}

TEST(ApiGotchas, KGOT30ATtlDeletesInTheForeground) {
  const Ran ran(idle() + indexed(2, "sleep 3", "ttlSecondsAfterFinished: 5, "));
  const double finished = ran.first(kJob, "j", conditionTrue("Complete"));
  const double going = ran.first(kJob, "j", deleting());
  EXPECT_THAT(going - finished, between(4, 5.1)) << "the condition's time has whole seconds";
  EXPECT_LE(ran.times(kPod, "j-", deleted()).back(), ran.first(kJob, "j", deleted()));
}

TEST(ApiGotchas, KGOT33MostOfManyEventsAboutAnObjectAreDropped) {
  const Ran ran(idle() + indexed(60, "sleep 5"));
  std::map<std::string, int> told, times;
  for (const api::ObjectPtr& event : ran.all(api::Kind::kEvent)) {
    const api::Event& e = api::as<api::Event>(event);
    if (e.regarding.kind != "Job") continue;
    ++told[e.reason];
    times[e.reason] += e.count;
  }
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(60));
  EXPECT_EQ(told["SuccessfulCreate"], 10) << "K-T-77: from the tenth on they are told together";
  EXPECT_EQ(times["SuccessfulCreate"], 25) << "K-T-77: the rest is dropped";
  EXPECT_EQ(told["Completed"], 0);
}

TEST(ApiGotchas, KGOT45AChangeAndItsReversalWithinTheWatchDelayDoNothing) {
  const std::string quick = "  actions: [{at: 10s, suspend: Job/default/j}, {at: 10001ms, resume: Job/default/j}]\n";
  const Ran ran(idle(quick, 8, ", transport.watch: 50ms") + indexed(2, "sleep 30"));
  EXPECT_THAT(ran.times(kPod, "j-", created()), SizeIs(2));
  EXPECT_THAT(ran.times(kPod, "j-", deleting()), IsEmpty());
  EXPECT_EQ(api::findCondition(api::as<api::Job>(ran.find(kJob, "j")).status.conditions, "Suspended"), nullptr);
}

TEST(ApiGotchas, KGOT46AForegroundCascadeCostsThreeCallsForEachDependent) {
  const Ran ran(idle("  actions: [{at: 60s, delete: Job/default/j, propagation: Foreground}]\n", 8,
                     ", clients.controllerManagerQps: 500, clients.controllerManagerBurst: 1000") +
                indexed(200, "sleep 5"));
  const double took = ran.first(kJob, "j", deleted()) - 60;
  EXPECT_THAT(took, between(13, 17)) << "(3 * 200 - 30) / 40 s";
}

TEST(ApiGotchas, KAPI35ANamespaceGoesWhenAllThatIsInItHasGone) {
  const std::string input =
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: "
      "JobSet\nmetadata: {name: s, namespace: team}\nspec: {replicatedJobs: [{name: w, template: {spec: {" +
      indexedOf(2, "backoffLimit: 6, ") + ", template: {spec: {" + container("sleep 600; true") + "}}}}}]}\n";
  const Ran ran(idle("  actions: [{at: 20s, delete: Namespace/team}]\n") + input);
  EXPECT_THAT(ran.times(kPod, "s-w-0-", created()), AllOf(SizeIs(2), Each(Le(20))));
  EXPECT_THAT(ran.times(kPod, "s-w-0-", deleting()), AllOf(SizeIs(2), Each(between(20, 20.4))));
  const std::vector<double> gone = ran.times(kPod, "s-w-0-", deleted());
  EXPECT_THAT(gone, AllOf(SizeIs(2), Each(between(50, 52.5))));
  const double space = ran.first(api::Kind::kGeneric, "team", deleted());
  EXPECT_THAT(space, between(gone.back(), 55));
  EXPECT_EQ(ran.find(api::Kind::kJobSet, "s", "team"), nullptr);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

// What it waits for stands in its conditions (kubernetes pkg/controller/namespace/deletion).
TEST(ApiGotchas, KAPI35ANamespaceThatWaitsSaysForWhat) {
  const std::string input =
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "
      "kept, namespace: team, finalizers: [example.com/hold]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, "
      "namespace: team}\nspec: {" +
      container("sleep 600; true") + "}\n";
  const Ran ran(idle("  actions: [{at: 20s, delete: Namespace/team}]\n") + input);
  const api::ObjectPtr space = ran.find(api::Kind::kGeneric, "Namespace/team", "");
  ASSERT_TRUE(space);
  std::map<std::string, nlohmann::json> conditions;
  for (const nlohmann::json& one : *api::jsonAt(api::as<api::Generic>(space).content.get(), {"status", "conditions"}))
    conditions[one.at("type")] = one;
  EXPECT_EQ(conditions.size(), 5U);
  // The Pod has gone meanwhile.
  EXPECT_EQ(conditions["NamespaceContentRemaining"].at("message"),
            "Some resources are remaining: configmaps. has 1 resource instances");
  EXPECT_EQ(conditions["NamespaceFinalizersRemaining"].at("message"),
            "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances");
  EXPECT_EQ(conditions["NamespaceFinalizersRemaining"].at("status"), "True");
  EXPECT_EQ(conditions["NamespaceDeletionContentFailure"].at("status"), "False");
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
