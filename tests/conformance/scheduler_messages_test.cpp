// What kube-scheduler says of Pods that it cannot place, word for word, as `kubectl describe` shows it: the event and
// the condition PodScheduled, through the whole control plane (K-SCH-2, 6, 10, 11, 12 and section 5.3).
//
// Not here: "node(s) didn't match the requested node name", which no Pod meets that the scheduler looks at (K-SCH-6);
// the decisions are compared with plain_scheduler.hpp in tests/sim/cluster/scheduler.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Of one container that sleeps; `container` are further fields of it, `spec` of the Pod's spec, `meta` of metadata.
std::string podObject(const std::string& name, const std::string& container, const std::string& spec = {},
                      const std::string& meta = {}) {
  return fmt::format(
      "{{apiVersion: v1, kind: Pod, metadata: {{name: {}, namespace: default{}}}, spec: {{restartPolicy: Never{}, "
      "containers: [{{name: main, image: busybox, command: [sleep, '1000']{}}}]}}}}",
      name, meta.empty() ? "" : ", " + meta, spec.empty() ? "" : ", " + spec,
      container.empty() ? "" : ", " + container);
}
std::string wants(const std::string& resource, int amount) {
  return fmt::format("resources: {{requests: {{{0}: {1}}}, limits: {{{0}: {1}}}}}", resource, amount);
}

struct Setting {
  std::string pools = "[{name: node, count: 2}]";
  std::string there;  // documents, submitted at the start, each after "---"
  std::string version = "1.36";
  std::string more;  // of the spec
};

// The Pod `p` comes after 10 s.
Ran run(const Setting& setting, const std::string& p, const std::vector<Ran::Meanwhile>& meanwhile = {}) {
  LoadOptions options;
  options.until = std::chrono::seconds(60);
  return Ran(std::vector{InputFile{"-", fmt::format("apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n"
                                                    "  kubernetesVersion: \"{}\"\n  timing: {{zeroJitter: true}}\n"
                                                    "  cluster: {{nodePools: {}}}\n"
                                                    "  manifests: [{{at: 10s, object: {}}}]\n{}{}",
                                                    setting.version, setting.pools, p, setting.more, setting.there)}},
             options, meanwhile);
}

std::string doc(const std::string& object) { return "---\n" + object + "\n"; }

std::vector<api::Event> eventsOf(const Ran& ran, const std::string& pod, const std::string& reason) {
  std::vector<api::Event> out;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != api::Kind::kEvent || change.type != apiserver::WatchType::kAdded) continue;
    const api::Event& event = api::as<api::Event>(change.object);
    if (event.regarding.name == pod && event.reason == reason) out.push_back(event);
  }
  return out;
}

std::string scheduledCondition(const Ran& ran, const std::string& pod) {
  const api::ObjectPtr object = ran.find(kPod, pod);
  if (!object) return "no Pod";
  const api::Condition* condition = api::findCondition(api::as<api::Pod>(object).status.conditions, "PodScheduled");
  return condition ? condition->status + " " + condition->reason + ": " + condition->message : "";
}

void expectMessage(const Ran& ran, const std::string& message) {
  const std::vector<api::Event> events = eventsOf(ran, "p", "FailedScheduling");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].note, message);
  EXPECT_EQ(events[0].type, "Warning");
  EXPECT_EQ(events[0].action, "Scheduling");
  EXPECT_EQ(events[0].reportingController, "default-scheduler");
  EXPECT_EQ(scheduledCondition(ran, "p"), "False Unschedulable: " + message);
}

// "0/2 nodes are available: …. preemption: 0/2 nodes are available: …."
std::string refused(int nodes, const std::string& why, const std::string& preemption) {
  const std::string head = fmt::format("0/{} nodes are available: ", nodes);
  return head + why + ". preemption: " + head + preemption + ".";
}
const std::string kNotHelpful = "2 Preemption is not helpful for scheduling";
const std::string kNoVictim = "2 No preemption victims found for incoming pod";

TEST(SchedulerMessages, KSCH11WhatANodeLacks) {
  struct Row {
    std::string pools, there, p, why, preemption;
  };
  const std::string large = "[{name: node, count: 2, capacity: {nvidia.com/gpu: \"8\", google.com/tpu: \"4\"}}]";
  const Row rows[] = {
      {"", "", wants("cpu", 100), "2 Insufficient cpu", kNotHelpful},
      {"", doc(podObject("a", wants("cpu", 40))) + doc(podObject("b", wants("cpu", 40))), wants("cpu", 40),
       "2 Insufficient cpu", kNoVictim},
      {"", "", "resources: {requests: {memory: 1Ti}}", "2 Insufficient memory", kNotHelpful},
      {"", "", "resources: {requests: {cpu: 100, memory: 1Ti}}", "2 Insufficient cpu, 2 Insufficient memory",
       kNotHelpful},
      {"", "", "resources: {requests: {ephemeral-storage: 1Ti}}", "2 Insufficient ephemeral-storage", kNotHelpful},
      {"", "", wants("nvidia.com/gpu", 1), "2 Insufficient nvidia.com/gpu", kNotHelpful},
      {large, doc(podObject("a", wants("nvidia.com/gpu", 5))) + doc(podObject("b", wants("nvidia.com/gpu", 5))),
       wants("nvidia.com/gpu", 4), "2 Insufficient nvidia.com/gpu", kNoVictim},
      {large, "", wants("google.com/tpu", 5), "2 Insufficient google.com/tpu", kNotHelpful},
      {"[{name: node, count: 2, capacity: {pods: \"1\"}}]", doc(podObject("a", "")) + doc(podObject("b", "")), "",
       "2 Too many pods", kNoVictim},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    Setting setting;
    if (!row.pools.empty()) setting.pools = row.pools;
    setting.there = row.there;
    expectMessage(run(setting, podObject("p", row.p)), refused(2, row.why, row.preemption));
  }
}

std::string affinity(const std::string& kind, const std::string& app) {
  return fmt::format(
      "affinity: {{{}: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, "
      "labelSelector: {{matchLabels: {{app: {}}}}}}}]}}}}",
      kind, app);
}
std::string spread(const std::string& key) {
  return fmt::format(
      "topologySpreadConstraints: [{{maxSkew: 1, minDomains: 5, topologyKey: {}, whenUnsatisfiable: DoNotSchedule, "
      "labelSelector: {{matchLabels: {{app: x}}}}}}]",
      key);
}

// Two nodes, with a Pod of app x on each where there are `others`.
TEST(SchedulerMessages, KSCH11WhatANodeIsOrHolds) {
  struct Row {
    std::string container, spec, meta;
    bool others;
    std::string others_spec, why, preemption;
  };
  const std::string port = "ports: [{containerPort: 8080, hostPort: 8080}]";
  const Row rows[] = {
      {"", "nodeSelector: {no: where}", "", false, "", "2 node(s) didn't match Pod's node affinity/selector",
       kNotHelpful},
      {"", affinity("podAffinity", "nobody"), "", false, "", "2 node(s) didn't match pod affinity rules", kNotHelpful},
      {"", affinity("podAntiAffinity", "x"), "", true, "", "2 node(s) didn't match pod anti-affinity rules", kNoVictim},
      {"", "", "labels: {app: p}", true, affinity("podAntiAffinity", "p"),
       "2 node(s) didn't satisfy existing pods anti-affinity rules", kNoVictim},
      {"", spread("kubernetes.io/hostname"), "labels: {app: x}", true, "",
       "2 node(s) didn't match pod topology spread constraints", kNoVictim},
      {"", spread("rack"), "labels: {app: x}", false, "",
       "2 node(s) didn't match pod topology spread constraints (missing required label)", kNotHelpful},
      {port, "", "", true, "", "2 node(s) didn't have free ports for the requested pod ports", kNoVictim},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    Setting setting;
    for (const std::string name : {"a", "b"}) {
      if (!row.others) continue;
      setting.there += doc(podObject(name, wants("cpu", 40) + ", " + port, row.others_spec, "labels: {app: x}"));
    }
    expectMessage(run(setting, podObject("p", row.container, row.spec, row.meta)), refused(2, row.why, row.preemption));
  }
}

TEST(SchedulerMessages, KSCH11TaintsAreNamedUpToOneThirtyFive) {
  const std::string pools =
      "[{name: a, count: 1, taints: [{key: gpu, value: present, effect: NoSchedule}]}, {name: b, count: 1, taints: "
      "[{key: spot, effect: NoExecute}, {key: gpu, value: present, effect: NoSchedule}]}]";
  const std::pair<std::string, std::string> rows[] = {
      {"1.34", "1 node(s) had untolerated taint {gpu: present}, 1 node(s) had untolerated taint {spot: }"},
      {"1.35", "1 node(s) had untolerated taint {gpu: present}, 1 node(s) had untolerated taint {spot: }"},
      {"1.36", "2 node(s) had untolerated taint(s)"},
  };
  for (const auto& [version, why] : rows) {
    SCOPED_TRACE(version);
    Setting setting;
    setting.pools = pools;
    setting.version = version;
    expectMessage(run(setting, podObject("p", "")), refused(2, why, kNotHelpful));
  }
}

TEST(SchedulerMessages, KSCH10ACordonedNodeIsUnschedulableNotTainted) {
  for (const std::string version : {"1.34", "1.36"}) {
    Setting setting;
    setting.version = version;
    setting.more = "  actions: [{at: 1s, cordon: Node/node-0}, {at: 1s, cordon: Node/node-1}]\n";
    expectMessage(run(setting, podObject("p", "")), refused(2, "2 node(s) were unschedulable", kNotHelpful));
  }
}

// The example of the reference, and reasons in the order of strings: 10 comes before 2.
TEST(SchedulerMessages, KSCH11SeveralReasons) {
  Setting setting;
  setting.pools = "[{name: a, count: 1, taints: [{key: k, effect: NoSchedule}]}, {name: b, count: 4}]";
  for (const std::string name : {"a", "b", "c", "d"}) setting.there += doc(podObject(name, wants("cpu", 40)));
  expectMessage(
      run(setting, podObject("p", wants("cpu", 40))),
      "0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 Insufficient cpu. preemption: 0/5 nodes "
      "are available: 1 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming "
      "pod.");
  setting.pools = "[{name: a, count: 10, taints: [{key: k, effect: NoSchedule}]}, {name: b, count: 2}]";
  setting.there.clear();
  expectMessage(run(setting, podObject("p", wants("cpu", 100))),
                refused(12, "10 node(s) had untolerated taint(s), 2 Insufficient cpu",
                        "12 Preemption is not helpful for scheduling"));
}

TEST(SchedulerMessages, KSCH11NoNodesAtAll) {
  Setting setting;
  setting.pools = "[{name: node, count: 0}]";
  expectMessage(run(setting, podObject("p", "")), "no nodes available to schedule pods");
}

std::string claim(const std::string& fields) {
  return doc(
      "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: default}, spec: {accessModes: "
      "[ReadWriteOnce], resources: {requests: {storage: 1Gi}}, " +
      fields + "}}");
}
const std::string kMounts = "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]";

TEST(SchedulerMessages, KSCH11ClaimsAndTheirVolumes) {
  const std::string volume =
      doc("{apiVersion: v1, kind: PersistentVolume, metadata: {name: local}, spec: {capacity: {storage: 1Gi}, "
          "accessModes: [ReadWriteOnce], local: {path: /d}, nodeAffinity: {required: {nodeSelectorTerms: "
          "[{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node-1]}]}]}}}}");
  const std::string immediate =
      doc("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: none}, provisioner: "
          "kubernetes.io/no-provisioner, volumeBindingMode: Immediate}");
  struct Row {
    std::string there, spec, why;
  };
  const Row rows[] = {
      {"", kMounts, "persistentvolumeclaim \"c\" not found"},
      {immediate + claim("storageClassName: none"), kMounts, "pod has unbound immediate PersistentVolumeClaims"},
      {volume + claim("storageClassName: \"\""), kMounts + ", nodeSelector: {kubernetes.io/hostname: node-0}",
       "1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) didn't match Pod's node affinity/selector"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    Setting setting;
    setting.there = row.there;
    expectMessage(run(setting, podObject("p", "", row.spec)), refused(2, row.why, kNotHelpful));
  }
  Setting setting;
  setting.there = volume + claim("storageClassName: \"\"");
  const Ran ran = run(setting, podObject("p", "", kMounts));
  EXPECT_THAT(eventsOf(ran, "p", "FailedScheduling"), IsEmpty());
  EXPECT_EQ(api::as<api::Pod>(ran.find(kPod, "p")).nodeName, "node-1") << "where its volume is";
}

std::string priorityClass(const std::string& name, int value, const std::string& more = {}) {
  return doc(
      fmt::format("{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: {}}}, value: {}{}}}",
                  name, value, more));
}

TEST(SchedulerMessages, KSCH11WhyPreemptionDoesNotHelp) {
  const std::string classes = priorityClass("low", 1) + priorityClass("high", 1000) +
                              priorityClass("polite", 500, ", preemptionPolicy: Never") + priorityClass("middle", 500);
  struct Row {
    std::string of, more, preemption;
  };
  const Row rows[] = {
      {"polite", "", "preemption: not eligible due to preemptionPolicy=Never."},
      {"middle", "", "preemption: 0/1 nodes are available: 1 Insufficient cpu."},
      {"low", "", "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."},
      {"middle", "  scheduler: {profiles: [{plugins: {postFilter: {disabled: [{name: DefaultPreemption}]}}}]}\n", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.of + row.more);
    Setting setting;
    setting.pools = "[{name: node, count: 1}]";
    setting.more = row.more;
    setting.there = classes + doc(podObject("a", wants("cpu", 40), "priorityClassName: high")) +
                    doc(podObject("b", wants("cpu", 10), "priorityClassName: low"));
    expectMessage(
        run(setting, podObject("p", wants("cpu", 40), "priorityClassName: " + row.of)),
        "0/1 nodes are available: 1 Insufficient cpu." + (row.preemption.empty() ? "" : " " + row.preemption));
  }
}

// The event is cut, the condition is not.
TEST(SchedulerMessages, KSCH11LongEventsAreCut) {
  Setting setting;
  setting.version = "1.34";
  setting.pools = "[";
  for (int i = 0; i < 30; ++i) {
    setting.pools += fmt::format(
        "{}{{name: n{}, count: 1, taints: [{{key: key-{:02}, value: some-value, effect: "
        "NoSchedule}}]}}",
        i == 0 ? "" : ", ", i, i);
  }
  setting.pools += "]";
  const Ran ran = run(setting, podObject("p", ""));
  const std::vector<api::Event> events = eventsOf(ran, "p", "FailedScheduling");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].note, SizeIs(1024));
  EXPECT_TRUE(events[0].note.ends_with(" ..."));
  const std::string condition = scheduledCondition(ran, "p");
  EXPECT_TRUE(condition.ends_with("30 Preemption is not helpful for scheduling.")) << condition;
  EXPECT_NE(condition.find(events[0].note.substr(0, 1020)), std::string::npos);
}

TEST(SchedulerMessages, KSCH2GatedPodsWaitWithoutAnEvent) {
  const Ran ran = run({}, podObject("p", "", "schedulingGates: [{name: example.com/wait}]"));
  EXPECT_EQ(scheduledCondition(ran, "p"),
            "False SchedulingGated: Scheduling is blocked due to non-empty scheduling gates");
  EXPECT_THAT(eventsOf(ran, "p", "FailedScheduling"), IsEmpty());
}

TEST(SchedulerMessages, KSCH6APodOfNobodysProfileWaitsInSilence) {
  const Ran ran = run({}, podObject("p", "", "schedulerName: nobody"));
  EXPECT_EQ(scheduledCondition(ran, "p"), "");
  EXPECT_THAT(eventsOf(ran, "p", "FailedScheduling"), IsEmpty());
  EXPECT_EQ(api::as<api::Pod>(ran.find(kPod, "p")).nodeName, "");
}

TEST(SchedulerMessages, KSCH6ADeletedPodIsSkipped) {
  Setting setting;
  setting.more =
      "  actions: [{at: 21s, delete: Pod/default/p}, {at: 23s, patch: Pod/default/p, merge: {spec: {schedulingGates: "
      "[]}}}]\n";
  const Ran ran =
      run(setting, podObject("p", "", "schedulingGates: [{name: example.com/wait}]", "finalizers: [example.com/keep]"));
  const std::vector<api::Event> events = eventsOf(ran, "p", "FailedScheduling");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].note, "skip schedule deleting pod: default/p");
}

TEST(SchedulerMessages, KSCH12SuccessAndTheProfileThatSaysSo) {
  Setting setting;
  setting.more = "  scheduler: {profiles: [{}, {schedulerName: packing}]}\n";
  const std::pair<std::string, std::string> rows[] = {{"", "default-scheduler"}, {"schedulerName: packing", "packing"}};
  for (const auto& [spec, controller] : rows) {
    const Ran ran = run(setting, podObject("p", "", spec));
    const std::vector<api::Event> events = eventsOf(ran, "p", "Scheduled");
    ASSERT_THAT(events, SizeIs(1));
    const std::string node = api::as<api::Pod>(ran.find(kPod, "p")).nodeName;
    EXPECT_EQ(events[0].note, "Successfully assigned default/p to " + node);
    EXPECT_EQ(events[0].type + " " + events[0].action + " " + events[0].reportingController,
              "Normal Binding " + controller);
    EXPECT_THAT(scheduledCondition(ran, "p"), ::testing::StartsWith("True"));
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
