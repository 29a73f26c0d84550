// The scheduler's queue and its binding through the whole control plane: order, gates, hints, nominations, throughput
// (K-SCH-1, 2, 3, 4, 40, 51).
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/conformance/small.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string podOfSpec(const std::string& name, const std::string& spec, int cpu = 1, const std::string& labels = {}) {
  return fmt::format(
      "{{apiVersion: v1, kind: Pod, metadata: {{name: {}, namespace: default, labels: {{{}}}}}, spec: {{restartPolicy: "
      "Never{}, containers: [{{name: main, image: busybox, command: [sleep, '1000'], resources: {{requests: {{cpu: "
      "{}}}}}}}]}}}}",
      name, labels, spec.empty() ? "" : ", " + spec, cpu);
}

Ran run(const std::string& pools, const std::string& more, const std::vector<std::string>& objects, int until = 90) {
  std::string text =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  timing: {zeroJitter: true}\n"
      "  cluster: {nodePools: " +
      pools + "}\n" + more;
  for (const std::string& object : objects) text += "---\n" + object + "\n";
  LoadOptions options;
  options.until = std::chrono::seconds(until);
  return Ran(text, options);
}

// What the condition PodScheduled said, one after the other: Events of one reason are a series that keeps its first
// note.
std::vector<std::string> refusals(const Ran& ran, const std::string& pod) {
  std::vector<std::string> out;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != kPod || change.object->meta.name != pod) continue;
    const api::Condition* said = api::findCondition(api::as<api::Pod>(change.object).status.conditions, "PodScheduled");
    if (said && said->status == "False" && (out.empty() || out.back() != said->message)) out.push_back(said->message);
  }
  return out;
}

TEST(SchedulerRules, KSCH1ByPriorityThenInTheOrderOfTheirComing) {
  const Ran ran = run("[{name: node, count: 1}]",
                      "  actions: [{at: 1s, cordon: Node/node-0}, {at: 30s, uncordon: Node/node-0}]\n"
                      "  manifests: [{at: 10s, object: " +
                          podOfSpec("a", "") + "}, {at: 11s, object: " + podOfSpec("b", "") +
                          "}, {at: 12s, object: " + podOfSpec("c", "priorityClassName: high") + "}]\n",
                      {"{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 9}"});
  std::vector<std::string> order;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == kPod && !api::as<api::Pod>(change.object).nodeName.empty() && change.previous &&
        api::as<api::Pod>(change.previous).nodeName.empty())
      order.push_back(change.object->meta.name);
  }
  EXPECT_THAT(order, ElementsAre("c", "a", "b"));
}

TEST(SchedulerRules, KSCH2TheLastGateThatGoesLetsThePodIn) {
  const std::string gates = "schedulingGates: [{name: a/a}, {name: b/b}]";
  const Ran ran =
      run("[{name: node, count: 1}]",
          "  actions:\n  - {at: 20s, patch: Pod/default/p, merge: {spec: {schedulingGates: [{name: b/b}]}}}\n"
          "  - {at: 30s, patch: Pod/default/p, merge: {spec: {schedulingGates: []}}}\n",
          {podOfSpec("p", gates)});
  EXPECT_THAT(ran.first(kPod, "p", scheduled()), between(30, 30.1));
  EXPECT_THAT(refusals(ran, "p"), ElementsAre("Scheduling is blocked due to non-empty scheduling gates"));
}

// An event that helps brings the Pod back at once: the back-off delays nothing in an idle cluster (K-SCH-4). One that
// does not help does not.
TEST(SchedulerRules, KSCH3HintsBringAPodBack) {
  const std::string near =
      "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, "
      "labelSelector: {matchLabels: {app: x}}}]}}";
  struct Row {
    std::string description, pools, more, spec;
    int cpu;
    double from, to;  // when it is scheduled; 0: never
  };
  const std::string plain = "[{name: node, count: 1}]";
  const std::string tainted = "[{name: node, count: 1, taints: [{key: k, effect: NoSchedule}]}]";
  const auto action = [](const std::string& what) { return "  actions: [{at: 30s, " + what + "}]\n"; };
  std::string admitted;  // what every Pod has, and may not lose
  for (const char* key : {"not-ready", "unreachable"}) {
    admitted +=
        fmt::format("{}{{key: node.kubernetes.io/{}, operator: Exists, effect: NoExecute, tolerationSeconds: 300}}",
                    admitted.empty() ? "" : ", ", key);
  }
  const Row rows[] = {
      {"a label", plain, action("patch: Node/node-0, merge: {metadata: {labels: {disk: ssd}}}"),
       "nodeSelector: {disk: ssd}", 1, 30, 30.1},
      {"a taint", tainted, action("taint: Node/node-0, remove: [{key: k}]"), "", 1, 30, 30.1},
      {"its own tolerations", tainted,
       action("patch: Pod/default/p, merge: {spec: {tolerations: [" + admitted + ", {key: k, operator: Exists}]}}"), "",
       1, 30, 30.1},
      {"room", plain, action("delete: Pod/default/other, gracePeriodSeconds: 1"), "", 63, 31, 33},
      {"a Pod to be near to", plain, "  manifests: [{at: 30s, object: " + podOfSpec("new", "", 1, "app: x") + "}]\n",
       near, 1, 30, 30.1},
      {"another label", plain, action("patch: Node/node-0, merge: {metadata: {labels: {disk: ssd}}}"), "", 100, 0, 0},
      {"another Pod", plain, "  manifests: [{at: 30s, object: " + podOfSpec("new", "", 1, "app: z") + "}]\n", near, 1,
       0, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Ran ran =
        run(row.pools, row.more,
            {podOfSpec("other", "tolerations: [{operator: Exists}]", 10), podOfSpec("p", row.spec, row.cpu)});
    EXPECT_THAT(refusals(ran, "p"), SizeIs(1)) << "no attempt in vain";
    if (row.from == 0) {
      EXPECT_THAT(ran.times(kPod, "p", scheduled()), SizeIs(0));
    } else {
      EXPECT_THAT(ran.first(kPod, "p", scheduled()), between(row.from, row.to));
    }
  }
}

// While its victim ends, the preemptor is tried again, but evicts nobody else.
TEST(SchedulerRules, KSCH40ANominatedPodDoesNotPreemptTwice) {
  const auto on = [](int node) { return fmt::format("nodeSelector: {{kubernetes.io/hostname: node-{}}}", node); };
  const Ran ran = run("[{name: node, count: 2}]",
                      "  manifests: [{at: 20s, object: " + podOfSpec("p", "priorityClassName: high", 40) +
                          "}]\n  actions: [{at: 30s, delete: Pod/default/tiny, gracePeriodSeconds: 1}]\n",
                      {"{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 9}",
                       podOfSpec("a", on(0), 40), podOfSpec("b", on(1), 40), podOfSpec("tiny", on(0))});
  EXPECT_THAT(refusals(ran, "p"),
              ElementsAre("0/2 nodes are available: 2 Insufficient cpu.",
                          "0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to a terminating "
                          "pod on the nominated node."));
  EXPECT_THAT(ran.times(kPod, "", deleting()), SizeIs(::testing::Ge(2U)));
  EXPECT_THAT(ran.first(kPod, "p", scheduled()), between(49, 53)) << "after the victim's grace period";
}

TEST(SchedulerRules, KSCH51BindingsAreAsFastAsTheClientMay) {
  std::vector<std::string> pods;
  for (int i = 0; i < 400; ++i) pods.push_back(podOfSpec("p" + std::to_string(i), "", 0));
  const Ran ran = run("[{name: node, count: 8}]", "", pods);
  const std::vector<double> times = ran.times(kPod, "p", [](const Ran::Change& change) {
    return change.previous && api::as<api::Pod>(change.previous).nodeName.empty() &&
           !api::as<api::Pod>(change.object).nodeName.empty();
  });
  ASSERT_THAT(times, SizeIs(400));
  EXPECT_THAT(times.back() - times.front(), between(5.5, 6.5)) << "100 at once, then 50 a second";
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
