// Gangs while things change: JobSets that scale, suspend and finish in parts, rooms that are made and lost, topologies
// and JobSets that are heard of late; and PodGroups that are odd (K-SCH-3, 4, 40, 44, 60 to 62).
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "tests/conformance/ran.hpp"

namespace jobset_twin::scenarios::test {
namespace {

struct Set {
  std::string name = "g";
  int completions = 8, parallelism = 8, cpu = 6, grace = 30;
  std::string pod_fields = {}, command = "sleep, '600'";
};

std::string gangJobSet(const Set& set) {
  return fmt::format(R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: {}}}
spec:
  replicatedJobs:
  - name: rank
    template:
      spec:
        completions: {}
        parallelism: {}
        backoffLimit: 3
        template:
          spec:
            restartPolicy: Never
            terminationGracePeriodSeconds: {}
            {}
            containers: [{{name: c, image: r/x:1, command: [{}], resources: {{requests: {{cpu: "{}"}}}}}}]
---)",
                     set.name, set.completions, set.parallelism, set.grace,
                     set.pod_fields.empty() ? "{}" : set.pod_fields, set.command, set.cpu);
}

std::string eightCpuScenario(int nodes, const std::string& spec) {
  return fmt::format(
      "\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: s}}\nspec:\n"
      "  cluster: {{nodePools: [{{name: node, count: {}, capacity: {{cpu: \"8\"}}}}]}}\n{}",
      nodes, spec);
}
constexpr const char* kGangs = "  scheduler: {gangs: {scope: JobSet}}\n";
constexpr const char* kClasses = R"(
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---)";

Ran run(std::string text, int seconds) {
  // A field list that is empty stands for none.
  for (std::size_t at; (at = text.find("            {}\n")) != std::string::npos;) text.erase(at, 15);
  LoadOptions options;
  options.until = std::chrono::seconds(seconds);
  return Ran(text, options);
}

std::size_t placed(const Ran& ran, const std::string& name, std::optional<double> until = std::nullopt) {
  const std::vector<double> times = ran.times(api::Kind::kPod, name + "-", [](const Ran::Change& change) {
    return !api::as<api::Pod>(change.object).nodeName.empty() && change.previous &&
           api::as<api::Pod>(change.previous).nodeName.empty();
  });
  return static_cast<std::size_t>(
      std::count_if(times.begin(), times.end(), [&](double at) { return !until || at <= *until; }));
}

TEST(GangChanges, PodsThatComeAfterOthersHaveSucceededGoAlone) {
  const Ran ran = run(
      gangJobSet({.completions = 3, .parallelism = 2, .command = "sleep, '20'"}) + eightCpuScenario(2, kGangs), 300);
  EXPECT_EQ(ran.jobset("g").terminal_state, "Completed");
}

TEST(GangChanges, AResumedJobSetIsAGangAgain) {
  const Ran ran =
      run(gangJobSet({.grace = 60, .command = "sh, '-c', 'trap : TERM; sleep 600'"}) +
              eightCpuScenario(12, std::string(kGangs) +
                                       "  actions: [{at: 60s, suspend: JobSet/default/g}, {at: 65s, resume: "
                                       "JobSet/default/g}]\n"),
          200);
  EXPECT_EQ(placed(ran, "g", 60), 8U);
  EXPECT_EQ(placed(ran, "g", 100), 8U) << "four nodes are free, and eight are needed";
  EXPECT_EQ(placed(ran, "g"), 16U);
}

TEST(GangChanges, ASmallerGangIsTriedAgain) {
  const Ran ran = run(
      gangJobSet({}) + eightCpuScenario(6, std::string(kGangs) +
                                               "  featureGates: {ElasticJobSet: true}\n  actions: [{at: 30s, scale: "
                                               "JobSet/default/g, replicatedJob: rank, to: {parallelism: 4}}]\n"),
      100);
  EXPECT_EQ(placed(ran, "g", 30), 0U);
  EXPECT_GE(placed(ran, "g"), 4U);
  std::size_t running = 0;  // the Job controller chooses which of the others go
  for (const api::ObjectPtr& pod : ran.all(api::Kind::kPod, "g-"))
    running += api::as<api::Pod>(pod).status.phase == "Running" ? 1 : 0;
  EXPECT_EQ(running, 4U);
}

TEST(GangChanges, ALabelOfItsTopologyBringsItBack) {
  std::string actions;
  for (int i = 0; i < 8; ++i) {
    actions += fmt::format(
        "  - {{at: 30s, patch: Node/node-{}, merge: {{metadata: {{labels: {{example.com/rack: r}}}}}}}}\n", i);
  }
  const Ran ran =
      run(gangJobSet({}) + eightCpuScenario(8,
                                            "  scheduler: {gangs: {scope: JobSet, topologyKey: example.com/rack}}\n"
                                            "  actions:\n" +
                                                actions),
          100);
  EXPECT_EQ(placed(ran, "g", 30), 0U);
  EXPECT_EQ(placed(ran, "g", 40), 8U);
}

TEST(GangChanges, OfAJobSetThatIsHeardOfLateIsAGangAllTheSame) {
  const Ran ran = run(gangJobSet({}) +
                          "\napiVersion: jobset-twin.dev/v1alpha1\nkind: Fault\nmetadata: {name: late}\nspec: {class: "
                          "watch-delay, component: scheduler, kind: JobSet, latency: 10s, at: 0s, for: 5m}\n---" +
                          eightCpuScenario(6, kGangs),
                      100);
  EXPECT_EQ(placed(ran, "g"), 0U);
}

// Two of four must go; while they do nobody else has to, whatever else becomes free.
class GangMakesRoom : public testing::TestWithParam<const char*> {};

TEST_P(GangMakesRoom, Once) {
  std::string text = kClasses;
  const int graces[] = {10, 40, 60, 60};
  for (int i = 0; i < 4; ++i) {
    text += gangJobSet({.name = fmt::format("low{}", i),
                        .completions = 1,
                        .parallelism = 1,
                        .grace = graces[i],
                        .command = "sh, '-c', 'trap : TERM; sleep 600'"});
  }
  text += gangJobSet({.name = "small", .completions = 1, .parallelism = 1, .cpu = 1, .command = "sleep, '52'"});
  const bool native = std::string(GetParam()).find("GenericWorkload") != std::string::npos;
  if (native) {
    text +=
        "\napiVersion: scheduling.k8s.io/v1alpha2\nkind: PodGroup\nmetadata: {name: hi}\nspec: {schedulingPolicy: "
        "{gang: {minCount: 2}}}\n---";
  }
  std::string late = gangJobSet({.name = "hi",
                                 .completions = 2,
                                 .parallelism = 2,
                                 .pod_fields = std::string("priorityClassName: high") +
                                               (native ? "\n            schedulingGroup: {podGroupName: hi}" : "")});
  late.erase(late.rfind("---"));
  std::string indented = "  manifests:\n  - at: 30s\n    object:\n";
  std::istringstream lines(late);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) indented += "      " + line + "\n";
  }
  const Ran ran = run(text + eightCpuScenario(4, std::string(GetParam()) + indented), 300);
  EXPECT_EQ(preemptions(ran), 2U);
  EXPECT_EQ(placed(ran, "hi"), 2U);
  for (const api::ObjectPtr& pod : ran.all(api::Kind::kPod, "hi-"))
    EXPECT_EQ(api::as<api::Pod>(pod).status.nominatedNodeName, "") << "cleared by the binding";
}

INSTANTIATE_TEST_SUITE_P(
    Ways, GangMakesRoom,
    testing::Values(kGangs, "  featureGates: {GenericWorkload: true, GangScheduling: true}\n",
                    "  featureGates: {GenericWorkload: true, GangScheduling: true, WorkloadAwarePreemption: true}\n"),
    [](const auto& one) {
      const std::string what = one.param;
      return what.find("Aware") != std::string::npos     ? "AsAWhole"
             : what.find("Generic") != std::string::npos ? "Native"
                                                         : "Option";
    });

TEST(GangChanges, WhoeverLeavesItsNominatedRoomLetsOthersIn) {  // K-SCH-3
  const auto pod = [](const char* name, int cpu, const char* priority) {
    return fmt::format(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {}}}, spec: {{restartPolicy: Never, "
        "terminationGracePeriodSeconds: 200, {}containers: [{{name: c, image: r/x:1, command: [sh, '-c', 'trap : TERM; "
        "sleep 600'], resources: {{requests: {{cpu: \"{}\"}}}}}}]}}}}",
        name, priority, cpu);
  };
  const Ran ran = run(
      kClasses + eightCpuScenario(
                     1, fmt::format("  manifests:\n  - {{at: 0s, object: {}}}\n  - {{at: 30s, object: {}}}\n"
                                    "  - {{at: 40s, object: {}}}\n"
                                    "  actions: [{{at: 45s, delete: Pod/default/hi}}]\n",
                                    pod("low", 6, ""), pod("hi", 7, "priorityClassName: high, "), pod("mid", 1, ""))),
      100);
  EXPECT_EQ(placed(ran, "mid", 44), 0U);
  EXPECT_LT(ran.first(api::Kind::kPod, "mid",
                      [](const Ran::Change& change) { return !api::as<api::Pod>(change.object).nodeName.empty(); }),
            46);
}

TEST(GangChanges, JobSetsThatWaitForNoRoomAreNoDeadlock) {
  std::string text;
  for (const char* name : {"one", "two"}) {
    text += fmt::format(R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: {}}}
spec:
  replicatedJobs:
  - name: runs
    template: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [
      {{name: c, image: r/x:1, command: [sleep, infinity]}}]}}}}}}}}
  - name: waits
    template: {{spec: {{template: {{spec: {{restartPolicy: Never, nodeSelector: {{disk: none}}, containers: [
      {{name: c, image: r/x:1, command: [sleep, infinity]}}]}}}}}}}}
---)",
                        name);
  }
  const Ran ran = run(text + eightCpuScenario(6, ""), 600);
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  for (const StuckObject& stuck : ran.outcome.stuck)
    EXPECT_EQ(stuck.reason.find("deadlock"), std::string::npos) << stuck.object;
}

struct Odd {
  const char *what, *kind, *spec, *error;
};

TEST(PodGroupErrors, AreSaidBeforeTheRun) {  // scheduling.k8s.io/v1alpha2 validation
  const Odd rows[] = {
      {"no spec", "PodGroup", "{}", "spec is required, and an object"},
      {"a text", "PodGroup", "{spec: none}", "spec is required, and an object"},
      {"no policy", "PodGroup", "{spec: {}}", "spec.schedulingPolicy must have exactly one of basic and gang"},
      {"two policies", "PodGroup", "{spec: {schedulingPolicy: {basic: {}, gang: {minCount: 2}}}}",
       "spec.schedulingPolicy must have exactly one of basic and gang"},
      {"a list", "PodGroup", "{spec: {schedulingPolicy: [gang]}}",
       "spec.schedulingPolicy must have exactly one of basic and gang"},
      {"a text for a number", "PodGroup", "{spec: {schedulingPolicy: {gang: {minCount: \"4\"}}}}",
       "spec.schedulingPolicy.gang.minCount must be a positive integer"},
      {"none", "PodGroup", "{spec: {schedulingPolicy: {gang: {minCount: 0}}}}",
       "spec.schedulingPolicy.gang.minCount must be a positive integer"},
      {"too many", "PodGroup", "{spec: {schedulingPolicy: {gang: {minCount: 4294967297}}}}",
       "spec.schedulingPolicy.gang.minCount must be a positive integer"},
      {"no templates", "Workload", "{spec: {}}", "spec.podGroupTemplates must have a template"},
      {"a bad template", "Workload", "{spec: {podGroupTemplates: [{name: a}]}}",
       "spec.podGroupTemplates[0].schedulingPolicy must have exactly one of basic and gang"},
  };
  for (const Odd& row : rows) {
    std::string fields(row.spec);
    fields = fields.substr(1, fields.size() - 2);
    const std::string text =
        fmt::format("{{apiVersion: scheduling.k8s.io/v1alpha2, kind: {}, metadata: {{name: g}}{}{}}}\n---{}", row.kind,
                    fields.empty() ? "" : ", ", fields,
                    eightCpuScenario(2, "  featureGates: {GenericWorkload: true, GangScheduling: true}\n"));
    const Loaded loaded = load({{"-", text}}, {}, {});
    ASSERT_FALSE(loaded.errors.empty()) << row.what;
    EXPECT_EQ(loaded.errors[0].text, fmt::format("{}/default/g: {}", row.kind, row.error)) << row.what;
  }
}

TEST(PodGroupStatus, MayBeAnythingAndIsKept) {
  for (const char* conditions : {"[{type: 3}]", "[{type: PodGroupScheduled, status: true}]", "none",
                                 "[{type: PodGroupScheduled, status: \"True\"}]", "[3]", "{a: b}"}) {
    const std::string text =
        fmt::format(
            "{{apiVersion: scheduling.k8s.io/v1alpha2, kind: PodGroup, metadata: {{name: hi}}, spec: "
            "{{disruptionMode: {{podGroup: {{}}}}, schedulingPolicy: {{gang: {{minCount: 2}}}}}}, status: "
            "{{conditions: {}}}}}\n---",
            conditions) +
        gangJobSet({.completions = 2, .parallelism = 2, .pod_fields = "schedulingGroup: {podGroupName: hi}"}) +
        eightCpuScenario(
            2, "  featureGates: {GenericWorkload: true, GangScheduling: true, WorkloadAwarePreemption: true}\n");
    const Ran ran = run(text, 30);
    EXPECT_EQ(placed(ran, "g"), 2U) << conditions;
  }
}

TEST(SchedulerBackoff, ALaterOneMayEndEarlier) {  // K-SCH-4
  const std::string pods =
      "  manifests:\n"
      "  - {at: 0s, object: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: "
      "r/x:1, "
      "command: [sleep, '600']}]}}}\n"
      "  - {at: 12s, object: {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: c, image: "
      "r/x:1, "
      "command: [sleep, '600']}]}}}\n"
      "  faults: [{class: api-error, reason: \"500\", client: kube-scheduler, kind: Pod, verbs: bind, at: 0s, for: "
      "12500ms}]\n";
  const Ran ran = run(eightCpuScenario(2, pods), 60);
  EXPECT_LT(ran.first(api::Kind::kPod, "b",
                      [](const Ran::Change& change) { return !api::as<api::Pod>(change.object).nodeName.empty(); }),
            15);
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
