#include "viz/report/why.hpp"

#include <gmock/gmock.h>

#include "tests/viz/builders.hpp"
#include "tests/viz/report/reported.hpp"

namespace jobset_twin::viz::report {
namespace {

using namespace viz::test;
using cluster::NoteKind;
using testing::HasSubstr;
using testing::Not;

// Two Jobs of four Pods on node n-1, which a fault takes down: the Pods are evicted, the Jobs fail, the JobSet
// restarts.
struct NodeCrash {
  NodeCrash() : ledger(kStart), feed(ledger) {
    api::as<api::Node>(*node).status.conditions = {condition("Ready", "True")};
    feed.added(0, node);
    feed.added(0, set);
    for (int i = 0; i < 2; ++i) {
      jobs.push_back(jobOf(*set, "w", i));
      api::OwnerReference owner;
      owner.apiVersion = "jobset.x-k8s.io/v1alpha2";
      owner.kind = "JobSet";
      owner.name = "x";
      owner.uid = set->meta.uid;
      owner.controller = true;
      jobs.back()->meta.ownerReferences.mut().push_back(owner);
      feed.added(1, jobs.back());
      for (int j = 0; j < 4; ++j) {
        pods.push_back(podOf(*jobs.back(), j));
        api::as<api::Pod>(*pods.back()).nodeName = "n-1";
        api::as<api::Pod>(*pods.back()).status.phase = "Running";
        feed.added(2, pods.back());
      }
    }
    feed.note(100, NoteKind::kFault, "Node/n-1", "fault dead (node-fail): the node loses its power", 1, 1);
    api::as<api::Node>(*node).status.conditions = {
        condition("Ready", "Unknown", "NodeStatusUnknown", "stopped posting")};
    feed.modified(150, node);
    for (const auto& pod : pods) {
      api::as<api::Pod>(*pod).status.conditions = {condition("DisruptionTarget", "True", "DeletionByTaintManager",
                                                             "Taint manager: deleting due to NoExecute taint")};
      feed.modified(450, pod);
      pod->meta.deletionTimestamp = at(450);
      feed.modified(450, pod);
    }
    for (const auto& job : jobs) {
      api::as<api::Job>(*job).status.conditions = {condition("Failed", "True", "BackoffLimitExceeded", "the limit")};
      feed.modified(460, job);
    }
    api::as<api::JobSet>(*set).status.restarts = 1;
    feed.modified(461, set);
    ledger.finish(at(500));
  }
  Ledger ledger;
  Feed feed;
  api::MutableObjectPtr node = object<api::Node>("n-1"), set = jobSet("w", 2, 4);
  std::vector<api::MutableObjectPtr> jobs, pods;
};

TEST(OneCause, ANodeThatTakesItsPodsJobsAndJobSetWithItIsOneAlarm) {
  const NodeCrash crash;
  const RunReport report = makeReport(crash.ledger);
  ASSERT_EQ(report.alarms.size(), 1U);
  const Alarm& alarm = report.alarms.front();
  EXPECT_THAT(alarm.text, HasSubstr("node/n-1: fault dead (node-fail)"));
  EXPECT_EQ(alarm.times, 1U);
  EXPECT_EQ(alarm.pods_failed, 8U);
  EXPECT_EQ(alarm.jobs_failed, 2U);
  EXPECT_EQ(alarm.restarts, 1U);
  ASSERT_EQ(report.restarts.size(), 1U);
  EXPECT_EQ(report.restarts.front().detection, at(460) - at(100)) << "from the fault";
  EXPECT_EQ(report.restarts.front().pods, 8U);
  EXPECT_EQ(report.restarts.front().nodes, 1U);
}

TEST(Why, APodsEndIsTracedToTheFault) {
  const NodeCrash crash;
  const std::string text = whyText(why(crash.ledger, "Pod/x-w-1-2", "default"), kStart);
  EXPECT_THAT(text, HasSubstr("deleted by the taint eviction controller"));
  EXPECT_THAT(text, HasSubstr("because node/n-1: is not Ready"));
  EXPECT_THAT(text, HasSubstr("because node/n-1: fault dead (node-fail)"));
  EXPECT_THAT(text, Not(HasSubstr("somebody")));
}

TEST(Why, TheJobSetAndTheNodeTellTheSameStory) {
  const NodeCrash crash;
  const std::string set = whyText(why(crash.ledger, "jobset/x", "default"), kStart);
  EXPECT_THAT(set, HasSubstr("restart 1"));
  EXPECT_THAT(set, HasSubstr("because node/n-1: fault dead"));
  const std::string node = whyText(why(crash.ledger, "node/n-1", "default"), kStart);
  EXPECT_THAT(node, HasSubstr("is not Ready"));
  EXPECT_THAT(node, HasSubstr("8 Pods ended"));
}

TEST(Why, AnUnknownNameNamesTheNearest) {
  const NodeCrash crash;
  for (const auto& [asked, hint] : {std::pair{"Pod/x-w-1-22", "did you mean x-w-1-2?"},
                                    {"Job/x-w-00", "did you mean x-w-0?"},
                                    {"node/n1", "did you mean n-1?"},
                                    {"js/y", "x"}}) {
    const WhyAnswer answer = why(crash.ledger, asked, "default");
    EXPECT_FALSE(answer.problem.empty()) << asked;
    EXPECT_THAT(answer.hint, HasSubstr(hint)) << asked;
  }
  EXPECT_THAT(why(crash.ledger, "x-w-0", "default").problem, HasSubstr("it takes Pod/NAME"));
  EXPECT_THAT(why(crash.ledger, "Service/x", "default").problem, HasSubstr("it takes Pod/NAME"));
  EXPECT_FALSE(why(crash.ledger, "pod/other/x-w-1-2", "default").problem.empty());
}

TEST(Why, AContainerThatAFaultEndsIsTold) {
  Ledger ledger(kStart);
  Feed feed(ledger);
  const auto pod = viz::test::pod("p", {"main"});
  feed.added(0, pod);
  // The kubelet tells of the exit before the injector tells of the fault.
  feed.note(5, NoteKind::kContainer, "Pod/default/p/main", "container main exits with code 137", 137);
  feed.note(5, NoteKind::kFault, "Pod/default/p", "fault k (kill): its containers killed", 1, 0);
  api::as<api::Pod>(*pod).status.phase = "Failed";
  feed.modified(6, pod);
  ledger.finish(at(10));
  const std::string text = whyText(why(ledger, "po/p", "default"), kStart);
  EXPECT_THAT(text, HasSubstr("container main exits with code 137"));
  EXPECT_THAT(text, HasSubstr("because pod/p: fault k (kill): its containers killed"));
}

// One node of 3 CPUs.
std::string onOneNode(int pods, const std::string& cpu) {
  return test::jobSetText(1, pods, "exec sleep 5") + "              resources: {requests: {cpu: \"" + cpu + "\"}}\n" +
         R"(---
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: small}
spec:
  duration: 5m
  cluster: {nodePools: [{name: a, count: 1, capacity: {cpu: "3", memory: 8Gi}}]}
)";
}

TEST(Why, APendingPodSaysWhatTheSchedulerSays) {
  const test::Reported run(onOneNode(1, "4"));
  const std::string text = whyText(why(*run.ledger, "Pod/x-workers-0-0", "default"), run.outcome.start);
  EXPECT_THAT(text, HasSubstr("the scheduler finds no node: 0/1 nodes are available: 1 Insufficient cpu"));
  ASSERT_EQ(run.report.delays.size(), 1U);
  EXPECT_THAT(run.report.delays.front().what, HasSubstr("no node for Pods of workers of jobset/x"));
}

std::string withActions(const std::string& actions) {
  return test::jobSetText(1, 2, "exec sleep 600") +
         "---\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata: {name: acted}\nspec:\n  cluster: "
         "{nodePools: "
         "[{name: node, count: 2}]}\n  actions:\n" +
         actions;
}

TEST(Why, SuspensionsResumesAndDeletionsAreCauses) {
  const test::Reported run(
      withActions("  - {at: 1m, suspend: JobSet/x}\n  - {at: 2m, resume: JobSet/x}\n  - {at: 3m, delete: JobSet/x}\n"));
  const auto text = [&](const char* of) { return whyText(why(*run.ledger, of, "default"), run.outcome.start); };
  EXPECT_THAT(text("JobSet/x"),
              ::testing::ContainsRegex("01:00.0.*suspended(.|\n)*02:00.0.*resumed(.|\n)*03:00.0.*is deleted"));
  EXPECT_THAT(text("Job/x-workers-0"), HasSubstr("because jobset/x: is suspended, at 01:00"));
  EXPECT_THAT(text("Job/x-workers-0"), HasSubstr("because jobset/x: is deleted, at 03:00"));
  const std::string pods = text("Pod/x-workers-0-0");
  EXPECT_THAT(pods, HasSubstr("because job/x-workers-0 was resumed, at 02:00"));
  EXPECT_THAT(pods, HasSubstr("because job/x-workers-0 was created, at 00:00"));
  EXPECT_THAT(pods, HasSubstr("because job/x-workers-0: is suspended, at 01:00"));
  EXPECT_THAT(run.report.alarms, ::testing::IsEmpty()) << "nothing went wrong";
}

TEST(Why, ADrainAndATaintAreCauses) {
  for (const char* action : {"  - {at: 1m, drain: Node/node-0}\n  - {at: 1m, drain: Node/node-1}\n",
                             "  - {at: 1m, taint: Node/node-0, add: [{key: a, value: b, effect: NoExecute}]}\n  - {at: 1m, taint: "
                             "Node/node-1, add: [{key: a, value: b, effect: NoExecute}]}\n"}) {
    const test::Reported run(withActions(action), [] {
      scenarios::LoadOptions options;
      options.until = std::chrono::minutes(5);
      return options;
    }());
    ASSERT_EQ(run.report.alarms.size(), 1U) << action;
    EXPECT_THAT(run.report.alarms.front().text,
                ::testing::AnyOf(HasSubstr("drained or tainted"), HasSubstr("is cordoned"),
                                 HasSubstr("is tainted a=b:NoExecute")));
    EXPECT_EQ(run.report.alarms.front().pods_failed, 2U) << action;
  }
}

TEST(Why, APodThatWaitedSaysWhatMadeRoom) {
  const test::Reported run(onOneNode(2, "2"));
  std::string text;
  for (const char* pod : {"Pod/x-workers-0-0", "Pod/x-workers-0-1"})
    text += whyText(why(*run.ledger, pod, "default"), run.outcome.start);
  EXPECT_THAT(text, HasSubstr("the scheduler found no node before: 0/1 nodes are available"));
  EXPECT_THAT(text, HasSubstr(" made room on a-0"));
  ASSERT_EQ(run.report.delays.size(), 1U);
  EXPECT_EQ(run.report.delays.front().objects, 1U);
  EXPECT_GT(test::seconds(run.report.delays.front().longest), 5);
}

}  // namespace
}  // namespace jobset_twin::viz::report
