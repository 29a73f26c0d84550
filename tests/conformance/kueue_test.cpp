// Kueue from manifests to their end (spec/kubernetes.md section 8): upstream's examples, order, quota at every instant,
// priorities and preemption, cohorts, evictions, and what of it the run tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/workload.hpp"
#include "tests/conformance/small.hpp"
#include "tests/shared/engine/api/shared.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
namespace kueue = cluster::kueue;

// A ClusterQueue `name` of so many CPUs with a LocalQueue of that name; `more` are further fields of its spec.
std::string queue(const std::string& name, int cpus, const std::string& more = "", const std::string& limits = "") {
  return fmt::format(R"(
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {{name: {0}}}
spec:
  namespaceSelector: {{}}
  resourceGroups:
  - coveredResources: [cpu]
    flavors: [{{name: flavor, resources: [{{name: cpu, nominalQuota: {1}{3}}}]}}]
  {2}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {{name: {0}, namespace: default}}
spec: {{clusterQueue: {0}}}
---
)",
                     name, cpus, more, limits);
}
const std::string kFlavor = R"(
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: flavor}
---
)";
std::string workloadPriorityClass(const std::string& name, int value) {
  return fmt::format(
      "\napiVersion: kueue.x-k8s.io/v1beta2\nkind: WorkloadPriorityClass\nmetadata: {{name: {}}}\nvalue: {}\n---\n",
      name, value);
}

struct Wanted {
  std::string name, queue = "q";
  int cpus = 1;
  std::string script = "sleep 60";
  std::string priority = {};
};
// A JobSet of one Pod, in one line, for manifests or actions.
std::string queuedJobSet(const Wanted& w) {
  const std::string priority = w.priority.empty() ? "" : ", kueue.x-k8s.io/priority-class: " + w.priority;
  return fmt::format(
      "{{apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet, metadata: {{name: {}, namespace: default, labels: "
      "{{kueue.x-k8s.io/queue-name: {}{}}}}}, spec: {{replicatedJobs: [{{name: r, template: {{spec: {{backoffLimit: 0, "
      "template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: busybox, command: [sh, -c, \"{}\"], "
      "resources: {{requests: {{cpu: {}}}}}}}]}}}}}}}}}}]}}}}",
      w.name, w.queue, priority, w.script, w.cpus);
}
// Each at its second.
std::string actions(const std::vector<std::pair<double, std::string>>& at) {
  std::string out = "  actions:\n";
  for (const auto& [second, object] : at)
    out += fmt::format("  - {{at: {}ms, objects: [{}]}}\n", second * 1000, object);
  return out;
}

Ran::Wanted unsuspended() {
  return [](const Ran::Change& change) {
    return change.previous && api::as<api::JobSet>(change.previous).spec->suspend.value_or(false) &&
           !api::as<api::JobSet>(change.object).spec->suspend.value_or(false);
  };
}
Ran::Wanted suspended() {
  return [](const Ran::Change& change) {
    return change.previous && !api::as<api::JobSet>(change.previous).spec->suspend.value_or(false) &&
           api::as<api::JobSet>(change.object).spec->suspend.value_or(false);
  };
}
double started(const Ran& ran, const std::string& name) { return ran.first(api::Kind::kJobSet, name, unsuspended()); }

api::ObjectPtr workloadOf(const Ran& ran, const std::string& job) {
  for (const api::ObjectPtr& object : ran.all(api::Kind::kGeneric)) {
    const api::OwnerReference* owner = api::controllerOf(object->meta);
    if (kueue::kindOf(*object) == "Workload" && owner && owner->name == job) return object;
  }
  return nullptr;
}
// "True QuotaReserved: message" of a condition of a job's Workload.
std::string conditionOf(const Ran& ran, const std::string& job, std::string_view type) {
  const api::ObjectPtr workload = workloadOf(ran, job);
  if (!workload) return "no Workload";
  const std::vector<api::Condition> conditions = kueue::conditionsOf(*workload);
  const api::Condition* condition = api::findCondition(conditions, type);
  return condition ? fmt::format("{} {}: {}", condition->status, condition->reason, condition->message) : "none";
}
// Times at which a condition of a job's Workload became so, with its reason.
std::vector<double> turned(const Ran& ran, const std::string& job, std::string_view type, bool status,
                           const std::string& reason = {}) {
  std::vector<double> out;
  for (const Ran::Change& change : ran.changes) {
    if (kueue::kindOf(*change.object) != "Workload" || !change.previous) continue;
    const api::OwnerReference* owner = api::controllerOf(change.object->meta);
    if (!owner || owner->name != job) continue;
    const std::vector<api::Condition> now = kueue::conditionsOf(*change.object),
                                      before = kueue::conditionsOf(*change.previous);
    const api::Condition *is = api::findCondition(now, type), *was = api::findCondition(before, type);
    if (is && is->status == (status ? "True" : "False") && (!was || was->status != is->status) &&
        (reason.empty() || is->reason == reason))
      out.push_back(ran.seconds(change.at));
  }
  return out;
}
std::vector<std::string> eventsAbout(const Ran& ran, const std::string& kind, const std::string& prefix) {
  std::vector<std::pair<api::TimePoint, std::string>> found;
  for (const api::ObjectPtr& object : ran.all(api::Kind::kEvent)) {
    const api::Event& event = api::as<api::Event>(object);
    if (event.regarding.kind == kind && event.regarding.name.starts_with(prefix))
      found.emplace_back(event.firstTimestamp.value_or(api::TimePoint{}),
                         event.type + " " + event.reason + ": " + event.note);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [at, text] : found) out.push_back(text);
  return out;
}
const json& statusOf(const Ran& ran, std::string_view kind, const std::string& name) {
  static const json none;
  for (const api::ObjectPtr& object : ran.all(api::Kind::kGeneric, name)) {
    if (kueue::kindOf(*object) != kind || object->meta.name != name) continue;
    const json* status = api::jsonAt(api::as<api::Generic>(object).content.get(), {"status"});
    return status ? *status : none;
  }
  return none;
}

// --- upstream's examples

class KueueManifests : public jobset_twin::shared::SharedTest {
 protected:
  static InputFile file(const std::string& name) {
    return {name, jobset_twin::shared::fileText(jobset_twin::shared::sharedFolder() / "manifests/kueue" / name)};
  }
};

TEST_F(KueueManifests, AJobSetAndJobsShareAQuota) {  // K-KUE-2, 3, 11, 12, 17, 25
  // 9 CPUs: the JobSet wants 3, each Job 3 (3 Pods): of four Jobs one has to wait.
  std::vector<InputFile> files = {file("single-clusterqueue-setup.yaml"), file("sample-jobset.yaml")};
  for (int i = 0; i < 4; ++i) files.push_back(file("sample-job.yaml"));
  const Ran ran(files);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_TRUE(ran.loaded.warnings.empty()) << api::describe(ran.loaded.warnings.front());
  ASSERT_EQ(ran.outcome.jobsets.size(), 1U);
  const JobSetOutcome& jobset = ran.outcome.jobsets.front();
  EXPECT_EQ(jobset.terminal_state, "Completed");
  EXPECT_TRUE(jobset.name.starts_with("sleep-job-"));

  const api::ObjectPtr workload = workloadOf(ran, jobset.name);
  ASSERT_TRUE(workload);
  EXPECT_THAT(workload->meta.name, ::testing::MatchesRegex("jobset-sleep-job-[a-z0-9]+-[0-9a-f]+"));
  EXPECT_EQ(workload->meta.labels.get(kueue::kJobUid), jobset.last->meta.uid);
  EXPECT_EQ(conditionOf(ran, jobset.name, "QuotaReserved"),
            "True QuotaReserved: Quota reserved in ClusterQueue "
            "cluster-queue");
  EXPECT_EQ(conditionOf(ran, jobset.name, "Admitted"), "True Admitted: The workload is admitted");
  EXPECT_EQ(conditionOf(ran, jobset.name, "Finished"), "True Succeeded: jobset completed successfully");
  const std::string name = "default/" + workload->meta.name;
  EXPECT_THAT(eventsAbout(ran, "JobSet", jobset.name),
              ::testing::IsSupersetOf({"Normal CreatedWorkload: Created Workload: " + name,
                                       std::string("Normal Started: Admitted by clusterQueue cluster-queue"),
                                       "Normal FinishedWorkload: Workload '" + name + "' is declared finished"}));
  EXPECT_THAT(eventsAbout(ran, "Workload", workload->meta.name),
              ::testing::Contains(HasSubstr("Normal Admitted: Admitted by ClusterQueue cluster-queue, wait time since "
                                            "reservation was 0s")));

  std::vector<double> starts;
  for (const api::ObjectPtr& job : ran.all(api::Kind::kJob, "sample-job-")) {
    EXPECT_TRUE(api::conditionIs(api::as<api::Job>(job).status.conditions, "Complete", "True"));
    EXPECT_TRUE(workloadOf(ran, job->meta.name)->meta.name.starts_with("job-sample-job-"));
    starts.push_back(turned(ran, job->meta.name, "Admitted", true).at(0));
  }
  std::sort(starts.begin(), starts.end());
  ASSERT_EQ(starts.size(), 4U);
  EXPECT_GT(starts[3], 60.0) << "the last one waits until another has slept its minute";
  const json& status = statusOf(ran, "ClusterQueue", "cluster-queue");
  EXPECT_EQ(status["pendingWorkloads"], 0);
  EXPECT_EQ(status["admittedWorkloads"], 0);
  EXPECT_EQ(status["flavorsUsage"][0]["resources"][0]["total"], "0");
  EXPECT_EQ(status["conditions"][0]["message"], "Can admit new workloads");
}

TEST_F(KueueManifests, TopologiesAreNamedAsNotModelled) {
  const Ran ran({file("sample-queues.yaml"), file("sample-job-required.yaml")});
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  std::string said;
  for (const api::Error& warning : ran.loaded.warnings) said += warning.text + "\n";
  EXPECT_THAT(said, HasSubstr("Topology/default: topology-aware scheduling is not modelled"));
  EXPECT_THAT(said, HasSubstr("ResourceFlavor/tas-flavor: spec.topologyName: topology-aware scheduling"));
  EXPECT_THAT(said, HasSubstr("annotation kueue.x-k8s.io/podset-required-topology"));
  for (const api::ObjectPtr& pod : ran.all(api::Kind::kPod)) {
    const api::PodSpec& spec = *api::as<api::Pod>(pod).spec;
    EXPECT_EQ(spec.nodeSelector.get("cloud.provider.com/node-group"), "tas-group") << "of its flavor";
    EXPECT_EQ(pod->meta.labels.get("kueue.x-k8s.io/podset"), "main");
  }
}

TEST_F(KueueManifests, WhatElseIsNotModelledIsNamed) {
  struct Case {
    std::string file, says;
  };
  for (const Case& one : std::vector<Case>{
           {"minimal-cq.yaml", "spec.admissionChecksStrategy: admission checks are not modelled"},
           {"admission-fair-sharing-setup.yaml", "spec.admissionScope: admission fair sharing is not modelled"},
           {"sample-job-partial-admission.yaml", "nothing holds it back, as Kueue is not here"},
           {"resource-flavor-taints.yaml", ""},
       }) {
    const Loaded loaded = load({file(one.file)}, {}, {});
    std::string said;
    for (const api::Error& warning : loaded.warnings) said += warning.text + "\n";
    EXPECT_THAT(said, HasSubstr(one.says)) << one.file;
  }
  const Loaded partial =
      load({file("single-clusterqueue-setup.yaml"), file("sample-job-partial-admission.yaml")}, {}, {});
  ASSERT_EQ(partial.warnings.size(), 2U) << "the command of the container, too";
  EXPECT_THAT(partial.warnings.back().text, HasSubstr("partial admission is not modelled"));
}

// --- order

TEST(Kueue, AHeadThatDoesNotFitBlocksAStrictQueueAndNoOther) {  // K-KUE-24
  for (const bool strict : {true, false}) {
    SCOPED_TRACE(strict ? "StrictFIFO" : "BestEffortFIFO");
    const std::string spec = actions({{1, queuedJobSet({"first", "q", 6})},
                                      {5, queuedJobSet({"large", "q", 8})},
                                      {10, queuedJobSet({"small", "q", 2})}});
    const Ran ran(kFlavor + queue("q", 8, strict ? "queueingStrategy: StrictFIFO" : "") + idle(spec));
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
    EXPECT_THAT(started(ran, "first"), between(1.0, 1.4));
    const double ended = ran.first(api::Kind::kJobSet, "first", conditionTrue("Completed"));
    if (strict) {
      EXPECT_THAT(started(ran, "large"), between(ended, ended + 0.3)) << "tried as soon as the quota is free";
      EXPECT_GT(started(ran, "small"), started(ran, "large") + 60);
    } else {
      EXPECT_THAT(started(ran, "small"), between(10, 10.4)) << "it goes past";
      EXPECT_THAT(started(ran, "large"), between(70, 74))
          << "when the small one is done, and a second later (K-KUE-24)";
    }
    const auto waits = eventsAbout(ran, "Workload", "jobset-large-");
    ASSERT_FALSE(waits.empty());
    EXPECT_EQ(waits.front(),
              "Warning WaitingForQuota: couldn't assign flavors to pod set r: insufficient unused quota for cpu in "
              "flavor flavor, 6 more needed");
  }
}

TEST(Kueue, HigherPriorityGoesFirstAndIsFixedAtCreation) {  // K-KUE-2, 21
  const std::string spec = actions({{1, queuedJobSet({"first", "q", 4})},
                                    {3, queuedJobSet({"low", "q", 4})},
                                    {5, queuedJobSet({"high", "q", 4, "sleep 60", "high"})}});
  const Ran ran(kFlavor + workloadPriorityClass("high", 100) + queue("q", 4) + idle(spec));
  EXPECT_LT(started(ran, "high"), started(ran, "low"));
  EXPECT_EQ(kueue::readWorkload(workloadOf(ran, "high"), nullptr).priority, 100);
  EXPECT_EQ(kueue::readWorkload(workloadOf(ran, "low"), nullptr).priority, 0);
}

TEST(Kueue, AWorkloadThatCanNeverFitIsStuckAndTheRunSaysSo) {
  const Ran ran(kFlavor + queue("q", 4) + "\n" + queuedJobSet({"large", "q", 5}));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  ASSERT_EQ(ran.outcome.stuck.size(), 1U);
  EXPECT_THAT(ran.outcome.stuck.front().reason,
              HasSubstr("insufficient quota for cpu in flavor flavor, previously considered podsets requests (0) + "
                        "current podset request (5) > maximum capacity (4)"));
  EXPECT_THAT(conditionOf(ran, "large", "QuotaReserved"), ::testing::StartsWith("False ExceedsMaxQuota"));
}

// --- evictions

TEST(Kueue, PreemptionSuspendsTheVictimAndReleasesQuotaOnceItsJobsAreInactive) {  // K-EX-9, K-KUE-43, K-GOT-38, 39
  const std::string spec = actions(
      {{1, queuedJobSet({"low", "q", 4, "sleep 600"})}, {100, queuedJobSet({"high", "q", 4, "sleep 60", "high"})}});
  const Ran ran(
      kFlavor + workloadPriorityClass("high", 100) + queue("q", 4, "preemption: {withinClusterQueue: LowerPriority}") +
      "\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n  cluster: "
      "{nodePools: [{name: node, count: 1, capacity: {cpu: \"4\"}}]}\n" +
      spec);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  ASSERT_EQ(turned(ran, "low", "Evicted", true, "Preempted").size(), 1U);
  EXPECT_THAT(turned(ran, "low", "Evicted", true)[0], between(100, 100.3));
  EXPECT_THAT(ran.first(api::Kind::kJobSet, "low", suspended()), between(100, 100.4));
  const double released = turned(ran, "low", "QuotaReserved", false).at(0);
  EXPECT_THAT(released, between(100.1, 102)) << "long before its Pod has ended";
  EXPECT_THAT(started(ran, "high"), between(released, released + 0.3));
  const double gone = ran.first(api::Kind::kPod, "low-", deleted());
  EXPECT_THAT(gone, between(129, 134)) << "sh does not handle SIGTERM: its whole grace period";
  EXPECT_GE(ran.first(api::Kind::kPod, "high-", scheduled()), gone - 1.5) << "K-GOT-38: until then it has no room";
  EXPECT_EQ(ran.jobset("low").restarts, 0) << "K-GOT-39";
  EXPECT_EQ(turned(ran, "low", "Admitted", true).size(), 2U);
  EXPECT_EQ(ran.times(api::Kind::kPod, "low-", created()).size(), 2U) << "it begins anew";
  const std::string uid = workloadOf(ran, "high")->meta.uid;
  EXPECT_THAT(eventsAbout(ran, "Workload", "jobset-low-"),
              ::testing::Contains(::testing::StartsWith(
                  "Normal EvictedDueToPreempted: Preempted to accommodate a workload (UID: " + uid)));
  EXPECT_EQ(conditionOf(ran, "low", "Evicted").substr(0, 33), "False QuotaReserved: Previously: ");
  EXPECT_EQ(conditionOf(ran, "low", "Requeued").substr(0, 14), "True Preempted");
}

TEST(Kueue, ADeactivatedWorkloadStaysOutUntilItIsActiveAgain) {  // K-KUE-53
  const auto active = [](bool value) {
    return [value](Ran& ran) {
      for (const auto& [key, object] : ran.run->world().server().store().all(api::Kind::kGeneric)) {
        if (kueue::kindOf(*object) != "Workload") continue;
        ran.submit(api::patchRequest(api::keyOf(*object), kueue::mergePatch({{"spec", {{"active", value}}}})));
      }
    };
  };
  const std::string later = actions({{250, "{apiVersion: v1, kind: ConfigMap, metadata: {name: later}}"}});
  const Ran ran(kFlavor + queue("q", 4) + queuedJobSet({"job", "q", 4}) + "\n---\n" + idle(later), {},
                {{std::chrono::seconds(20), active(false)}, {std::chrono::seconds(200), active(true)}});
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_THAT(ran.first(api::Kind::kJobSet, "job", suspended()), between(20, 20.4));
  const std::vector<double> starts = ran.times(api::Kind::kJobSet, "job", unsuspended());
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_THAT(starts[1], between(200, 201));
  EXPECT_EQ(turned(ran, "job", "Evicted", true, "Deactivated").size(), 1U);
  EXPECT_THAT(conditionOf(ran, "job", "Requeued"), ::testing::StartsWith("True Reactivated"));
  EXPECT_EQ(ran.jobset("job").terminal_state, "Completed");
}

TEST(Kueue, AStoppedQueueAdmitsNothingAndADrainedOneEvicts) {  // K-KUE-53
  for (const std::string policy : {"Hold", "HoldAndDrain"}) {
    for (const std::string target : {"ClusterQueue/q", "LocalQueue/default/q"}) {
      SCOPED_TRACE(policy + " of " + target);
      const std::string change = "  - {at: 20s, patch: " + target + ", merge: {spec: {stopPolicy: " + policy +
                                 "}}}\n  - {at: 300s, patch: " + target + ", merge: {spec: {stopPolicy: None}}}\n";
      const Ran ran(
          kFlavor + queue("q", 8) +
          idle(actions({{1, queuedJobSet({"before", "q", 4, "sleep 100"})}, {30, queuedJobSet({"after", "q", 4})}}) +
               change));
      EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
      const bool drains = policy == "HoldAndDrain";
      EXPECT_EQ(ran.times(api::Kind::kJobSet, "before", suspended()).size(), drains ? 1U : 0U);
      EXPECT_THAT(started(ran, "after"), between(300, 302));
      const std::string reason = target[0] == 'C' ? "ClusterQueueStopped" : "LocalQueueStopped";
      EXPECT_EQ(turned(ran, "before", "Evicted", true, reason).size(), drains ? 1U : 0U);
      if (drains) {
        EXPECT_THAT(ran.times(api::Kind::kJobSet, "before", unsuspended()).back(), between(300, 302));
      }
    }
  }
}

TEST(Kueue, PodsThatAreNeverReadyAreEvictedAndComeBackLaterAndLater) {  // K-GOT-37, K-KUE-50, 51
  // 4 nodes of 2 CPUs: the quota has room for a Pod of 4, no node does.
  const Ran ran(kFlavor + queue("q", 8) + queuedJobSet({"job", "q", 4}) +
                    "\n---\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 100m\n  timing: "
                    "{zeroJitter: true}\n  cluster: {nodePools: [{name: node, count: 4, capacity: {cpu: \"2\"}}]}\n",
                {});
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kUntil);
  const std::vector<double> evicted = turned(ran, "job", "Evicted", true, "PodsReadyTimeout"),
                            admitted = turned(ran, "job", "Admitted", true);
  ASSERT_EQ(evicted.size(), 3U);
  ASSERT_EQ(admitted.size(), 4U);
  EXPECT_THAT(evicted[0] - admitted[0], between(1799, 1802));
  EXPECT_THAT(admitted[1] - evicted[0], between(59, 63)) << "after 60 s";
  EXPECT_THAT(admitted[2] - evicted[1], between(119, 123)) << "after 120 s";
  EXPECT_THAT(admitted[3] - evicted[2], between(239, 243));
}

TEST(Kueue, ALimitOfTimeoutsDeactivates) {  // K-KUE-51
  const Ran ran(
      kFlavor + queue("q", 8) + queuedJobSet({"job", "q", 4}) +
      "\n---\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  kueue: {waitForPodsReady: {timeout: "
      "2m, requeuingStrategy: {backoffLimitCount: 1}}}\n  timing: {zeroJitter: true}\n  cluster: {nodePools: "
      "[{name: node, count: 4, capacity: {cpu: \"2\"}}]}\n");
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  EXPECT_EQ(turned(ran, "job", "Evicted", true, "PodsReadyTimeout").size(), 1U);
  EXPECT_EQ(turned(ran, "job", "Evicted", true).size(), 2U);
  EXPECT_THAT(
      conditionOf(ran, "job", "Evicted"),
      "True Deactivated: The workload is deactivated due to exceeding the maximum number of re-queuing retries");
}

TEST(Kueue, AdmissionWaitsForPodsToBeReady) {  // K-KUE-52
  const std::string spec = "  kueue: {waitForPodsReady: {blockAdmission: true}}\n" +
                           actions({{1, queuedJobSet({"first", "q", 1})}, {1.2, queuedJobSet({"second", "q", 1})}});
  const Ran ran(kFlavor + queue("q", 8) + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  const double ready = turned(ran, "first", "PodsReady", true).at(0);
  EXPECT_GT(ready, 2.0);
  EXPECT_THAT(started(ran, "second"), between(ready, ready + 0.3));
}

TEST(Kueue, TheWorkloadGoesWithItsJob) {  // K-KUE-3
  const std::string spec =
      actions({{1, queuedJobSet({"job", "q", 4, "sleep 600"})}, {30, queuedJobSet({"next", "q", 4})}}) +
      "  - {at: 60s, delete: JobSet/default/job}\n";
  const Ran ran(kFlavor + queue("q", 4) + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_FALSE(workloadOf(ran, "job"));
  EXPECT_THAT(started(ran, "next"), between(60, 62));
}

TEST(Kueue, DeletingTheWorkloadStopsTheJobAndANewOneIsMade) {  // K-KUE-18
  const auto remove = [](Ran& ran) {
    for (const auto& [key, object] : ran.run->world().server().store().all(api::Kind::kGeneric)) {
      if (kueue::kindOf(*object) == "Workload") ran.submit(api::deleteRequest(api::keyOf(*object), {}));
    }
  };
  const Ran ran(kFlavor + queue("q", 4) + queuedJobSet({"job", "q", 4}) + "\n---\n" + idle(), {},
                {{std::chrono::seconds(20), remove}});
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_EQ(ran.times(api::Kind::kJobSet, "job", suspended()).size(), 1U);
  EXPECT_EQ(ran.times(api::Kind::kJobSet, "job", unsuspended()).size(), 2U);
  EXPECT_EQ(ran.jobset("job").terminal_state, "Completed");
}

TEST(Kueue, AJobIsStoppedAndStartedAgainToo) {  // a Job's template may change only while it has no start time
  for (const std::string version : {"1.34", "1.36"}) {
    SCOPED_TRACE(version);
    LoadOptions options;
    options.kubernetes_version = version;
    const std::string low =
        "{apiVersion: batch/v1, kind: Job, metadata: {name: low, namespace: default, labels: "
        "{kueue.x-k8s.io/queue-name: q}}, spec: {template: {spec: {restartPolicy: Never, nodeSelector: {disk: ssd}, "
        "containers: [{name: c, image: busybox, command: [sh, -c, \"sleep 100\"], resources: {requests: {cpu: "
        "4}}}]}}}}";
    const std::string flavor =
        "\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ResourceFlavor\nmetadata: {name: flavor}\nspec: {nodeLabels: "
        "{type: "
        "a}}\n---\n";
    const Ran ran(flavor + workloadPriorityClass("high", 100) +
                      queue("q", 4, "preemption: {withinClusterQueue: LowerPriority}") +
                      "\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n"
                      "  cluster: {nodePools: [{name: node, count: 4, labels: {type: a, disk: ssd}}]}\n" +
                      actions({{1, low}, {20, queuedJobSet({"high", "q", 4, "sleep 60", "high"})}}),
                  options);
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
    const auto flip = [](bool to) {
      return [to](const Ran::Change& change) {
        return change.previous && api::as<api::Job>(change.previous).spec->suspend.value_or(false) != to &&
               api::as<api::Job>(change.object).spec->suspend.value_or(false) == to;
      };
    };
    EXPECT_EQ(ran.times(api::Kind::kJob, "low", flip(true)).size(), 1U);
    EXPECT_EQ(ran.times(api::Kind::kJob, "low", flip(false)).size(), 2U);
    bool restored = false;
    for (const Ran::Change& change : ran.changes) {
      if (change.object->kind() != api::Kind::kJob || change.object->meta.name != "low") continue;
      const api::Job& job = api::as<api::Job>(change.object);
      const api::StringMap& selector = job.spec->template_.spec->nodeSelector;
      EXPECT_EQ(selector.get("disk"), "ssd");
      EXPECT_TRUE(job.spec->suspend.value_or(false) || selector.get("type") == "a");
      restored = restored ||
                 (turned(ran, "low", "Evicted", true).at(0) < ran.seconds(change.at) && !selector.contains("type"));
    }
    EXPECT_TRUE(restored);
    EXPECT_TRUE(
        api::conditionIs(api::as<api::Job>(ran.find(api::Kind::kJob, "low")).status.conditions, "Complete", "True"));
  }
}

// --- cohorts

TEST(Kueue, QueuesOfACohortBorrowAndTakeBack) {  // K-KUE-30 to 32, 40 to 43
  const std::string cohort = "cohortName: team\n  preemption: {reclaimWithinCohort: Any}";
  const std::string spec = actions({{1, queuedJobSet({"a-own", "a", 4, "sleep 600"})},
                                    {5, queuedJobSet({"a-borrowed", "a", 4, "sleep 600"})},
                                    {50, queuedJobSet({"b-own", "b", 4, "sleep 60"})}});
  const Ran ran(kFlavor + queue("a", 4, cohort) + queue("b", 4, cohort) + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_THAT(started(ran, "a-borrowed"), between(5, 5.4));
  EXPECT_EQ(turned(ran, "a-own", "Evicted", true).size(), 0U);
  ASSERT_EQ(turned(ran, "a-borrowed", "Evicted", true, "Preempted").size(), 1U);
  EXPECT_THAT(conditionOf(ran, "a-borrowed", "Preempted"), HasSubstr("due to reclamation within the cohort; preemptor "
                                                                     "path: /team/b; preemptee path: /team/a"));
  EXPECT_THAT(started(ran, "b-own"), between(50, 53));
  EXPECT_THAT(ran.times(api::Kind::kJobSet, "a-borrowed", unsuspended()).back(), between(110, 116))
      << "it borrows again when b is done";
}

TEST(Kueue, LimitsOfBorrowingAndLendingHold) {
  const std::string spec = actions(
      {{1, queuedJobSet({"a1", "a", 4})}, {2, queuedJobSet({"a2", "a", 2})}, {3, queuedJobSet({"a3", "a", 1})}});
  const std::string cohort = "cohortName: team";
  for (const auto& [a, b] :
       std::vector<std::pair<std::string, std::string>>{{", borrowingLimit: 2", ""}, {"", ", lendingLimit: 2"}}) {
    const Ran ran(kFlavor + queue("a", 4, cohort, a) + queue("b", 6, cohort, b) + idle(spec));
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
    EXPECT_THAT(started(ran, "a2"), between(2, 2.4));
    EXPECT_GT(started(ran, "a3"), 60);
  }
}

TEST(Kueue, AStrictHeadKeepsItsOwnQuotaFromBorrowers) {  // K-KUE-43: what it waits for is reserved in the cycle
  const std::string spec = actions({{1, queuedJobSet({"a1", "a", 3})},
                                    {2, queuedJobSet({"a2", "a", 4})},  // waits for a1
                                    {3, queuedJobSet({"b1", "b", 1})}});
  const Ran ran(kFlavor + queue("a", 4, "cohortName: team\n  queueingStrategy: StrictFIFO") +
                queue("b", 0, "cohortName: team") + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  EXPECT_GT(started(ran, "b1"), started(ran, "a2")) << "the one CPU that is left of a's is not lent meanwhile";
}

TEST(Kueue, WhatAParkedWorkloadKeptIsFreeInTheNextCycle) {  // K-KUE-23, 24
  // `waits` wants its own quota back, which it may not take, and keeps what is left of it for the cycle in which both
  // come back. That cycle has no room for `small`; nothing else happens until `long` has ended.
  const std::string spec = actions({{1, queuedJobSet({"long", "b", 6, "sleep 3600"})},
                                    {5, queuedJobSet({"short", "b", 2, "sleep 600"})},
                                    {20, queuedJobSet({"waits", "a", 4})},
                                    {30, queuedJobSet({"small", "b", 2})}});
  const Ran ran(kFlavor + queue("a", 4, "cohortName: team") + queue("b", 4, "cohortName: team") + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  const double ended = ran.first(api::Kind::kJobSet, "short", conditionTrue("Completed"));
  EXPECT_THAT(started(ran, "small"), between(ended + 1, ended + 1.5)) << "after the batch of a second";
  EXPECT_GT(started(ran, "waits"), 3600);
}

TEST(Kueue, APreemptorThatLostItsRoomGoesBackToItsPlace) {  // K-KUE-21
  // `other` takes its own quota while `victim` stops for `first`, which has nobody left to preempt and is parked.
  const std::string policy =
      "cohortName: team\n  preemption: {withinClusterQueue: LowerPriority, reclaimWithinCohort: LowerPriority, "
      "borrowWithinCohort: {policy: LowerPriority}}";
  const std::string spec = actions({{1, queuedJobSet({"victim", "a", 4, "sleep 3600"})},
                                    {60, queuedJobSet({"first", "a", 6, "sleep 600", "middle"})},
                                    {60.03, queuedJobSet({"other", "b", 4, "sleep 600", "high"})},
                                    {180, queuedJobSet({"later", "a", 6, "sleep 600", "high"})}});
  const Ran ran(kFlavor + workloadPriorityClass("middle", 10) + workloadPriorityClass("high", 100) +
                queue("a", 4, policy) + queue("b", 4, policy) + idle(spec));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  ASSERT_GE(turned(ran, "victim", "Evicted", true, "Preempted").size(), 2U) << "the test shows nothing";
  EXPECT_LT(turned(ran, "victim", "Evicted", true, "Preempted")[0], 62);
  EXPECT_THAT(started(ran, "other"), between(60, 61));
  EXPECT_GT(started(ran, "first"), started(ran, "later") + 600) << "the higher priority goes first";
  EXPECT_EQ(turned(ran, "first", "Evicted", true).size(), 0U);
}

TEST(Kueue, APreemptorStaysTheFirstOnlyOfABestEffortQueue) {  // K-KUE-21
  for (const bool strict : {true, false}) {
    SCOPED_TRACE(strict ? "StrictFIFO" : "BestEffortFIFO");
    const std::string policy = std::string("preemption: {withinClusterQueue: LowerPriority}") +
                               (strict ? "\n  queueingStrategy: StrictFIFO" : "");
    const std::string spec = actions({{1, queuedJobSet({"low", "q", 4, "sleep 600"})},
                                      {100, queuedJobSet({"middle", "q", 4, "sleep 60", "middle"})},
                                      {100.03, queuedJobSet({"high", "q", 4, "sleep 60", "high"})}});
    const Ran ran(kFlavor + workloadPriorityClass("middle", 10) + workloadPriorityClass("high", 100) +
                  queue("q", 4, policy) + idle(spec));
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
    EXPECT_LT(turned(ran, "low", "Evicted", true, "Preempted").at(0), 100.1) << "before the higher one is there";
    EXPECT_EQ(turned(ran, "middle", "Admitted", true).front() > turned(ran, "high", "Admitted", true).front(), strict);
  }
}

// --- quota at every instant

// Usage of each ClusterQueue, from the admissions that are stored.
class Quota {
 public:
  void take(const Ran::Change& change) {
    if (kueue::kindOf(*change.object) != "Workload") return;
    const std::string key = change.object->meta.name;
    used_.erase(key);
    if (change.type == apiserver::WatchType::kDeleted) return;
    const kueue::Workload workload = kueue::readWorkload(change.object, nullptr);
    if (!workload.is(kueue::kQuotaReserved) || workload.is(kueue::kFinished) || !workload.admission) return;
    for (const auto& [of, amount] : kueue::usageOf(workload)) used_[key] = {workload.admission->cluster_queue, amount};
  }
  kueue::Amount of(const std::string& queue) const {
    kueue::Amount sum = 0;
    for (const auto& [key, used] : used_) sum += used.first == queue ? used.second : 0;
    return sum;
  }

 private:
  std::map<std::string, std::pair<std::string, kueue::Amount>> used_;
};

// Jobs of random size, length, time and priority for two queues of a cohort and one that stands alone.
TEST(Kueue, QuotaHoldsAndStrictOrderIsKeptAtEveryInstant) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<std::pair<double, std::string>> at;
    for (int i = 0; i < 60; ++i) {
      const std::string queue = std::vector<std::string>{"a", "b", "alone"}[random() % 3];
      const std::string priority = std::vector<std::string>{"", "", "high"}[random() % 3];
      at.emplace_back(static_cast<double>(random() % 200),
                      queuedJobSet({fmt::format("j{}", i), queue, static_cast<int>(1 + random() % 4),
                                    fmt::format("sleep {}", 5 + random() % 60), priority}));
    }
    std::sort(at.begin(), at.end());
    LoadOptions options;
    options.seed = seed;
    const std::string cohort =
        "cohortName: team\n  preemption: {reclaimWithinCohort: Any, withinClusterQueue: "
        "LowerPriority}";
    const Ran ran(kFlavor + workloadPriorityClass("high", 10) + queue("a", 4, cohort, ", borrowingLimit: 2") +
                      queue("b", 6, cohort, ", lendingLimit: 3") + queue("alone", 4, "queueingStrategy: StrictFIFO") +
                      "\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  cluster: {nodePools: [{name: "
                      "node, count: 6, capacity: {cpu: \"4\"}}]}\n" +
                      actions(at),
                  options);
    EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
    for (const JobSetOutcome& jobset : ran.outcome.jobsets)
      EXPECT_EQ(jobset.terminal_state, "Completed") << jobset.name;
    Quota quota;
    kueue::Amount most_a = 0, most_b = 0;
    std::map<std::string, std::pair<kueue::Rank, api::TimePoint>> strict;  // when it was admitted there
    for (const Ran::Change& change : ran.changes) {
      quota.take(change);
      ASSERT_LE(quota.of("a"), 6000) << "4 and 2 borrowed";
      ASSERT_LE(quota.of("b"), 10000);
      ASSERT_LE(quota.of("a") + quota.of("b"), 10000);
      ASSERT_LE(quota.of("alone"), 4000);
      most_a = std::max(most_a, quota.of("a"));
      most_b = std::max(most_b, quota.of("b"));
      if (kueue::kindOf(*change.object) != "Workload") continue;
      const kueue::Workload workload = kueue::readWorkload(change.object, nullptr);
      if (workload.queue == "alone" && workload.is(kueue::kQuotaReserved))
        strict.try_emplace(workload.key, kueue::rankOf(workload, false), change.at);
    }
    // Whoever was in the queue in time, and is before another in order, was admitted before it; writes of one moment
    // may come in any order.
    for (const auto& [key, one] : strict) {
      for (const auto& [other_key, other] : strict) {
        const bool goes_first = one.first < other.first && one.first.since + std::chrono::seconds(2) < other.second;
        EXPECT_FALSE(goes_first && one.second > other.second + std::chrono::milliseconds(200))
            << key << " was overtaken by " << other_key;
      }
    }
    EXPECT_GT(strict.size(), 10U);
    EXPECT_GT(most_a, 4000) << "nothing was borrowed: the test shows nothing";
    EXPECT_GT(most_b, 3000);
  }
}

TEST(Kueue, ManyLikeWorkloadsPassThroughManyQueues) {
  std::string text = kFlavor;
  for (int i = 0; i < 20; ++i) text += queue(fmt::format("q{}", i), 2, "cohortName: all");
  for (int i = 0; i < 200; ++i)
    text += "\n" + queuedJobSet({fmt::format("j{}", i), fmt::format("q{}", i % 20)}) + "\n---";
  const Ran ran(text);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  Quota quota;
  for (const Ran::Change& change : ran.changes) {
    quota.take(change);
    kueue::Amount sum = 0;
    for (int i = 0; i < 20; ++i) sum += quota.of(fmt::format("q{}", i));
    ASSERT_LE(sum, 40'000);
  }
}

TEST(Kueue, ASavedRunGoesOnAsTheOriginal) {
  const std::string cohort = "cohortName: team\n  preemption: {reclaimWithinCohort: Any}";
  const std::string text = kFlavor + queue("a", 4, cohort) + queue("b", 4, cohort) +
                           idle(actions({{1, queuedJobSet({"a1", "a", 4, "sleep 90"})},
                                         {2, queuedJobSet({"a2", "a", 4, "sleep 90"})},
                                         {30, queuedJobSet({"b1", "b", 3})},
                                         {31, queuedJobSet({"b2", "b", 3})}}));
  const Loaded loaded = load({{"-", text}}, {}, {});
  scenarios::Run whole(loaded.plan);
  whole.advance();
  for (const double second : {1.03, 2.5, 30.04, 30.3, 31.02, 100.0}) {
    scenarios::Run part(loaded.plan);
    part.advance(loaded.plan.world.start + std::chrono::milliseconds(static_cast<int>(second * 1000)));
    std::stringstream file;
    part.save(file);
    scenarios::Run again(loaded.plan);
    again.load(file);
    again.advance();
    EXPECT_EQ(again.outcome().fingerprint, whole.outcome().fingerprint) << second;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
