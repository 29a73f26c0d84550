// Preemption through the whole control plane: whom PodDisruptionBudgets save, and what victims and preemptors are told
// (K-SCH-42, 43, 44).
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string podOfApp(const std::string& name, const std::string& app, int cpu, const std::string& spec) {
  return fmt::format(
      "{{apiVersion: v1, kind: Pod, metadata: {{name: {}, namespace: default, labels: {{app: {}}}}}, spec: "
      "{{restartPolicy: Never{}, containers: [{{name: main, image: busybox, command: [sleep, '1000'], resources: "
      "{{requests: {{cpu: {}}}}}}}]}}}}",
      name, app, spec.empty() ? "" : ", " + spec, cpu);
}
std::string budget(const std::string& fields) {
  return "---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guard, namespace: default}, spec: "
         "{" +
         fields + "}}\n";
}

// Two nodes of 64 CPUs: a Pod of 40 on each, `first` on node-0 and `last` on node-1, which is more important by its
// age; after 30 s one of 40 with a higher priority. Who had to go?
struct PreemptionCase {
  std::string budget;  // a document, or ""
  std::string more;    // of the spec
  std::string schedulers;
};
Ran run(const PreemptionCase& one) {
  const auto on = [](int node) { return fmt::format("nodeSelector: {{kubernetes.io/hostname: node-{}}}", node); };
  LoadOptions options;
  options.until = std::chrono::minutes(3);
  return Ran(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n"
      "  cluster: {nodePools: [{name: node, count: 2}]}\n"
      "  manifests:\n  - {at: 10s, object: " +
          podOfApp("last", "b", 40, on(1)) + "}\n  - {at: 40s, object: " +
          podOfApp("p", "p", 40, "priorityClassName: high" + one.schedulers) + "}\n" + one.more +
          "---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1000}\n---\n" +
          podOfApp("first", "a", 40, on(0)) + "\n" + one.budget,
      options);
}

std::vector<std::string> preemptedPods(const Ran& ran) {
  std::vector<std::string> out;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != api::Kind::kEvent || change.type != apiserver::WatchType::kAdded) continue;
    const api::Event& event = api::as<api::Event>(change.object);
    if (event.reason == "Preempted") out.push_back(event.regarding.name);
  }
  return out;
}
std::string nodeOf(const Ran& ran, const std::string& pod) {
  const api::ObjectPtr object = ran.find(kPod, pod);
  return object ? api::as<api::Pod>(object).nodeName : "gone";
}

TEST(SchedulerPreemption, KSCH43TheBudgetThatWouldBeViolatedSavesThePod) {
  // Without budgets the younger Pod goes.
  const std::pair<PreemptionCase, std::string> rows[] = {
      {{}, "last"},
      {{budget("minAvailable: 1, selector: {matchLabels: {app: b}}"), "", ""}, "first"},
      {{budget("minAvailable: 0, selector: {matchLabels: {app: b}}"), "", ""}, "last"},
      {{budget("minAvailable: 1, selector: {matchLabels: {app: a}}"), "", ""}, "last"},
      // Both are protected: the budget is violated all the same.
      {{budget("minAvailable: 2, selector: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}"), "", ""},
       "last"},
      // Nothing is selected by an empty selector here, unlike by the eviction subresource.
      {{budget("minAvailable: 2, selector: {}"), "", ""}, "last"},
  };
  for (const auto& [one, victim] : rows) {
    SCOPED_TRACE(one.budget);
    const Ran ran = run(one);
    EXPECT_THAT(preemptedPods(ran), ElementsAre(victim));
    EXPECT_EQ(nodeOf(ran, "p"), victim == "first" ? "node-0" : "node-1");
    EXPECT_EQ(nodeOf(ran, victim), "gone");
  }
}

// K-SCH-42: on one node the Pod that the budget protects comes back first, though it is less important.
TEST(SchedulerPreemption, KSCH42ProtectedPodsAreRestoredFirst) {
  for (const bool guarded : {false, true}) {
    const std::string low = "priorityClassName: low", lower = "priorityClassName: lower";
    LoadOptions options;
    options.until = std::chrono::minutes(3);
    const Ran ran(
        "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n"
        "  cluster: {nodePools: [{name: node, count: 1}]}\n  manifests:\n  - {at: 30s, object: " +
            podOfApp("p", "p", 30, "priorityClassName: high") +
            "}\n---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: "
            "1000}\n---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: low}, "
            "value: 10}\n---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: "
            "lower}, value: 5}\n---\n" +
            podOfApp("low", "a", 30, low) + "\n---\n" + podOfApp("lower", "b", 30, lower) + "\n" +
            (guarded ? budget("minAvailable: 1, selector: {matchLabels: {app: b}}") : ""),
        options);
    EXPECT_THAT(preemptedPods(ran), ElementsAre(guarded ? "low" : "lower"));
  }
}

TEST(SchedulerPreemption, KSCH44WhatVictimAndPreemptorAreTold) {
  for (const std::string profile : {"default-scheduler", "urgent"}) {
    SCOPED_TRACE(profile);
    const Ran ran =
        run({"", "  scheduler: {profiles: [{}, {schedulerName: urgent}]}\n", ", schedulerName: " + profile});
    const std::string uid = ran.find(kPod, "p")->meta.uid;
    std::vector<api::Event> events;
    std::string condition, nominated;
    double told = -1, deleting = -1, gone = -1, bound = -1;
    for (const Ran::Change& change : ran.changes) {
      if (change.object->kind() == api::Kind::kEvent && change.type == apiserver::WatchType::kAdded) {
        const api::Event& event = api::as<api::Event>(change.object);
        if (event.reason == "Preempted") events.push_back(event);
      }
      if (change.object->kind() != kPod) continue;
      const api::Pod& pod = api::as<api::Pod>(change.object);
      const double at = ran.seconds(change.at);
      if (change.object->meta.name == "p") {
        if (!pod.status.nominatedNodeName.empty()) nominated = pod.status.nominatedNodeName;
        if (!pod.nodeName.empty() && bound < 0) bound = at;
      } else if (change.object->meta.name == "last") {
        const api::Condition* found = api::findCondition(pod.status.conditions, "DisruptionTarget");
        if (found && told < 0) {
          told = at;
          condition = found->status + " " + found->reason + ": " + found->message;
        }
        if (change.object->meta.deletionTimestamp && deleting < 0) deleting = at;
        if (change.type == apiserver::WatchType::kDeleted) gone = at;
      }
    }
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].note, "Preempted by pod " + uid + " on node node-1");
    EXPECT_EQ(events[0].type + " " + events[0].action + " " + events[0].reportingController,
              "Normal Preempting " + profile);
    EXPECT_EQ(condition,
              "True PreemptionByScheduler: " + profile + ": preempting to accommodate a higher priority pod");
    EXPECT_EQ(nominated, "node-1");
    EXPECT_LE(told, deleting);
    EXPECT_THAT(gone - deleting, between(29, 32)) << "sleep as PID 1 uses its grace period";
    EXPECT_THAT(bound - gone, between(-1, 1)) << "not before the victim has ended";
  }
}

// A profile without DefaultPreemption evicts nobody.
TEST(SchedulerPreemption, AProfileWithoutPreemption) {
  const Ran ran = run({"", "  scheduler: {profiles: [{plugins: {postFilter: {disabled: [{name: '*'}]}}}]}\n", ""});
  EXPECT_THAT(preemptedPods(ran), IsEmpty());
  EXPECT_EQ(nodeOf(ran, "p"), "");
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
