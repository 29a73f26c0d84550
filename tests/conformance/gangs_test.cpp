// Pods that are scheduled together or not at all: by the scheduler's option, and by PodGroups (K-SCH-60 to 62,
// K-GOT-22, K-SCH-45).
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/conformance/ran.hpp"

namespace jobset_twin::scenarios::test {
namespace {

// A JobSet whose replicated job `rank` has that many Pods, one to a node; they work 60 s once all are there.
std::string jobSet(const std::string& name, int pods, const std::string& pod_fields = "",
                   const std::string& more = "") {
  return fmt::format(R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: {0}}}
spec:
  {3}
  replicatedJobs:
  - name: rank
    template:
      spec:
        completions: {1}
        parallelism: {1}
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            terminationGracePeriodSeconds: 0
            {2}
            containers:
            - {{name: c, image: i, command: [train], resources: {{requests: {{cpu: "6"}}}}}}
---)",
                     name, pods, pod_fields, more.empty() ? "suspend: false" : more);
}

std::string trainingScenario(int nodes, const std::string& spec) {
  return fmt::format(R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {{name: s}}
spec:
  cluster:
    nodePools: [{{name: node, count: {}, capacity: {{cpu: "8"}}, racks: {}}}]
  behaviors:
  - match: {{container: c}}
    model: {{allReduce: {{steps: 6, step: 10s}}}}
{}
)",
                     nodes, std::max(1, nodes / 4), spec);
}

std::size_t bound(const Ran& ran, const std::string& jobset) {
  std::size_t count = 0;
  for (const api::ObjectPtr& pod : ran.all(api::Kind::kPod, jobset + "-"))
    count += api::as<api::Pod>(pod).nodeName.empty() ? 0 : 1;
  return count;
}

std::set<std::string> racksOf(const Ran& ran, const std::string& jobset) {
  std::set<std::string> racks;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != api::Kind::kPod || !change.object->meta.name.starts_with(jobset + "-")) continue;
    const std::string& node = api::as<api::Pod>(change.object).nodeName;
    if (node.empty()) continue;
    racks.insert(std::string(ran.find(api::Kind::kNode, node, "")->meta.labels.get("topology.jobset-twin.dev/rack")));
  }
  return racks;
}

std::string stuckReason(const Ran& ran, const std::string& object) {
  for (const StuckObject& stuck : ran.outcome.stuck) {
    if (stuck.object.starts_with(object)) return stuck.reason;
  }
  return {};
}

std::string eventNotes(const Ran& ran, const std::string& about) {
  std::string notes;
  for (const api::ObjectPtr& object : ran.all(api::Kind::kEvent)) {
    const api::Event& event = api::as<api::Event>(object);
    if (event.reason == "FailedScheduling" && event.regarding.name.starts_with(about)) notes += event.note + "\n";
  }
  return notes;
}

TEST(Gangs, WithoutThemTwoHalfPlacedJobSetsDeadlockAndTheRunSaysSo) {  // K-GOT-22
  const Ran ran(jobSet("left", 8) + jobSet("right", 8) + trainingScenario(12, ""));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  EXPECT_GT(bound(ran, "left"), 0U);
  EXPECT_LT(bound(ran, "left"), 8U);
  EXPECT_EQ(bound(ran, "left") + bound(ran, "right"), 12U);
  EXPECT_NE(stuckReason(ran, "JobSet/default/left").find("deadlock: "), std::string::npos)
      << stuckReason(ran, "JobSet/default/left");
  EXPECT_NE(stuckReason(ran, "JobSet/default/left").find("right"), std::string::npos);
}

TEST(Gangs, OfJobSetsGetAllTheirNodesOrNone) {
  const Ran ran(jobSet("left", 8) + jobSet("right", 8) + trainingScenario(12, "  scheduler: {gangs: {scope: JobSet}}"));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
  for (const char* name : {"left", "right"}) EXPECT_EQ(ran.jobset(name).terminal_state, "Completed") << name;
  // Whenever none of its bindings is under way a JobSet has all of its nodes or none.
  std::map<std::string, std::set<std::string>> nodes;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != api::Kind::kPod || api::as<api::Pod>(change.object).nodeName.empty()) continue;
    nodes[change.object->meta.name.substr(0, 4)].insert(change.object->meta.uid);
  }
  EXPECT_EQ(nodes["left"].size(), 8U);
}

TEST(Gangs, ThatDoNotFitAreToldHowManyDo) {
  const Ran ran(jobSet("left", 8) + trainingScenario(6, "  scheduler: {gangs: {scope: JobSet}}"));
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kStuck);
  EXPECT_EQ(bound(ran, "left"), 0U);
  EXPECT_NE(eventNotes(ran, "left").find("all or nothing: only 6 of the 8 Pods that are still needed fit"),
            std::string::npos)
      << eventNotes(ran, "left");
  EXPECT_NE(eventNotes(ran, "left").find("0/6 nodes are available: 6 Insufficient cpu."), std::string::npos);
}

TEST(Gangs, OfReplicatedJobsAreIndependentOfEachOther) {
  const std::string two = R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x}
spec:
  replicatedJobs:
  - name: small
    template: &t
      spec: {completions: 2, parallelism: 2, backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [
        {name: d, image: i, command: [sleep, "5"], resources: {requests: {cpu: "6"}}}]}}}
  - name: large
    template:
      spec: {completions: 9, parallelism: 9, backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [
        {name: d, image: i, command: [sleep, "5"], resources: {requests: {cpu: "6"}}}]}}}
---)";
  std::string text = two;
  text.erase(text.find("&t"), 2);
  const Ran whole(text + trainingScenario(4, "  scheduler: {gangs: {scope: JobSet}}"));
  EXPECT_EQ(bound(whole, "x"), 0U);
  const Ran each(text + trainingScenario(4, "  scheduler: {gangs: {scope: ReplicatedJob}}"));
  EXPECT_EQ(bound(each, "x-small"), 2U);
  EXPECT_EQ(bound(each, "x-large"), 0U);
}

TEST(Gangs, OfARestartedJobSetAreGangsAgainAndAReplacedPodGoesAlone) {
  const std::string fault = R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Fault
metadata: {name: dies}
spec: {class: kill, pod: left/rank/0/3, at: 40s}
---)";
  const Ran ran(jobSet("left", 8, "", "failurePolicy: {maxRestarts: 2}") + fault +
                trainingScenario(8, "  scheduler: {gangs: {scope: JobSet}}"));
  EXPECT_EQ(ran.jobset("left").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("left").restarts, 1);
}

TEST(Gangs, KeepTogetherInOneDomainOrTheSmallest) {
  for (const char* where : {"topologyKey: topology.jobset-twin.dev/rack", "compact: true"}) {
    const Ran ran(jobSet("four", 4) +
                  trainingScenario(16, fmt::format("  scheduler: {{gangs: {{scope: JobSet, {}}}}}", where)));
    EXPECT_EQ(ran.jobset("four").terminal_state, "Completed") << where;
    EXPECT_EQ(racksOf(ran, "four").size(), 1U) << where;
  }
  // More than a rack holds: one way they wait for ever, the other they go where there is room.
  const Ran strict(
      jobSet("five", 5) +
      trainingScenario(16, "  scheduler: {gangs: {scope: JobSet, topologyKey: topology.jobset-twin.dev/rack}}"));
  EXPECT_EQ(bound(strict, "five"), 0U);
  EXPECT_NE(eventNotes(strict, "five").find("0/4 placements are available, first placement status: all or nothing"),
            std::string::npos)
      << eventNotes(strict, "five");
  const Ran compact(jobSet("five", 5) + trainingScenario(16, "  scheduler: {gangs: {scope: JobSet, compact: true}}"));
  EXPECT_EQ(compact.jobset("five").terminal_state, "Completed");
}

TEST(Gangs, PassOverExclusiveJobSetsAndSplitOrderedOnes) {
  std::string exclusive = jobSet("x", 4);
  exclusive.replace(
      exclusive.find("{name: x}"), 9,
      "{name: x, annotations: {alpha.jobset.sigs.k8s.io/exclusive-topology: topology.jobset-twin.dev/rack}}");
  const Ran ran(exclusive + trainingScenario(4, "  scheduler: {gangs: {scope: JobSet}}"));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  ASSERT_EQ(ran.loaded.warnings.size(), 1U);
  EXPECT_NE(ran.loaded.warnings[0].text.find("cannot be scheduled all at once"), std::string::npos);
}

// --- PodGroups

std::string podGroup(const std::string& name, int least, const std::string& more = "") {
  return fmt::format(R"(
apiVersion: scheduling.k8s.io/v1alpha2
kind: PodGroup
metadata: {{name: {}}}
spec: {{schedulingPolicy: {{gang: {{minCount: {}}}}}{}}}
---)",
                     name, least, more);
}
constexpr const char* kGatesOfSpec = "  featureGates: {GenericWorkload: true, GangScheduling: true}\n";

struct PodGroupCase {
  const char* what;
  int nodes, pods, least;
  bool has_group;
  std::size_t bound;
  const char* status;   // of PodGroupScheduled; "": no such condition
  const char* message;  // among what the Pods are told; "": nothing
};
void PrintTo(const PodGroupCase& one, std::ostream* out) { *out << one.what; }

class PodGroups : public testing::TestWithParam<PodGroupCase> {};

TEST_P(PodGroups, AreScheduledByMinCount) {  // K-SCH-61
  const PodGroupCase& c = GetParam();
  const Ran ran((c.has_group ? podGroup("g", c.least) : "") +
                    jobSet("x", c.pods, "schedulingGroup: {podGroupName: g}") + trainingScenario(c.nodes, kGatesOfSpec),
                {}, {});
  std::set<std::string> nodes;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == api::Kind::kPod && !api::as<api::Pod>(change.object).nodeName.empty())
      nodes.insert(change.object->meta.uid);
  }
  EXPECT_EQ(nodes.size(), c.bound);
  EXPECT_NE((eventNotes(ran, "x") + stuckReason(ran, "Pod/default/x")).find(c.message), std::string::npos)
      << eventNotes(ran, "x") << stuckReason(ran, "Pod/default/x");
  if (!c.has_group) return;
  const nlohmann::json content =
      api::as<api::Generic>(ran.find(api::Kind::kGeneric, "PodGroup.scheduling.k8s.io/g")).content.get();
  std::string status;
  if (content.contains("status")) status = content["status"]["conditions"][0].value("status", "");
  EXPECT_EQ(status, c.status) << content.dump();
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PodGroups,
    testing::Values(PodGroupCase{"all fit", 4, 4, 4, true, 4, "True", ""},
                    PodGroupCase{"too few nodes", 3, 4, 4, true, 0, "False", "pod group is unschedulable"},
                    PodGroupCase{"those without a node are told why", 3, 4, 4, true, 0, "False",
                                 "0/3 nodes are available: 3 Insufficient cpu."},
                    PodGroupCase{"enough fit", 3, 4, 3, true, 3, "True",
                                 "0/3 nodes are available: 3 Insufficient cpu."},
                    PodGroupCase{"too few Pods", 8, 4, 5, true, 0, "",
                                 "waiting for minCount pods from a gang to appear in scheduling queue"},
                    PodGroupCase{"no group", 8, 4, 0, false, 0, "",
                                 "waiting for pods's pod group \"g\" to appear in scheduling queue"}),
    [](const auto& one) {
      std::string name = one.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST(PodGroup, HasNoEffectWithoutItsGates) {  // K-SCH-60
  const Ran ran(podGroup("g", 4) + jobSet("x", 4, "schedulingGroup: {podGroupName: g}") + trainingScenario(3, ""));
  EXPECT_EQ(bound(ran, "x"), 3U);
  EXPECT_EQ(ran.loaded.warnings.size(), 2U);
}

TEST(PodGroup, GatesNeedTheirRelease) {
  const auto problem = [](const std::string& spec) {
    const Loaded loaded = load({{"-", jobSet("x", 4) + trainingScenario(3, spec)}}, {}, {});
    return loaded.errors.empty() ? std::string() : loaded.errors[0].text;
  };
  EXPECT_EQ(problem(std::string(kGatesOfSpec) + "  kubernetesVersion: \"1.35\"\n"),
            "feature gate GangScheduling is of Kubernetes 1.36, not 1.35");
  EXPECT_EQ(problem("  featureGates: {GangScheduling: true}\n"),
            "feature gate GangScheduling needs GenericWorkload=true");
}

TEST(PodGroup, OfEachJobIsMadeByTheJobController) {  // K-SCH-62
  const Ran ran(jobSet("x", 4) + trainingScenario(4,
                                                  "  featureGates: {GenericWorkload: true, GangScheduling: true, "
                                                  "WorkloadWithJob: true}\n"));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  std::vector<std::string> reasons;
  for (const api::ObjectPtr& object : ran.all(api::Kind::kEvent)) {
    const api::Event& event = api::as<api::Event>(object);
    if (event.regarding.kind == "Job" && event.reason.ends_with("Created")) reasons.push_back(event.note);
  }
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_TRUE(reasons[0].starts_with("Created PodGroup x-rank-0-") ||
              reasons[1].starts_with("Created PodGroup x-rank-0-"));
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != api::Kind::kPod) continue;
    ASSERT_TRUE(api::as<api::Pod>(change.object).spec->schedulingGroup.has_value());
  }
  const Ran few(jobSet("x", 4) + trainingScenario(3,
                                                  "  featureGates: {GenericWorkload: true, GangScheduling: true, "
                                                  "WorkloadWithJob: true}\n"));
  EXPECT_EQ(bound(few, "x"), 0U);
}

TEST(PodGroup, StaysInOneDomainOfItsTopology) {
  const std::string gates =
      "  featureGates: {GenericWorkload: true, GangScheduling: true, TopologyAwareWorkloadScheduling: true}\n";
  const std::string rack = ", schedulingConstraints: {topology: [{key: topology.jobset-twin.dev/rack}]}";
  const Ran ran(podGroup("g", 4, rack) + jobSet("x", 4, "schedulingGroup: {podGroupName: g}") +
                trainingScenario(16, gates));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(racksOf(ran, "x").size(), 1U);
  const Ran five(podGroup("g", 5, rack) + jobSet("x", 5, "schedulingGroup: {podGroupName: g}") +
                 trainingScenario(16, gates));
  EXPECT_EQ(bound(five, "x"), 0U);
  EXPECT_NE(
      eventNotes(five, "x").find("0/4 placements are available, first placement status: pod group is unschedulable"),
      std::string::npos)
      << eventNotes(five, "x");
}

std::string priorities() {
  return R"(
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: low}
value: 1
---)";
}

// A gang of high priority comes while one of low priority has all nodes but two.
Ran preempting(const std::string& gates, const std::string& mode) {
  const std::string late = fmt::format(R"(
  manifests:
  - at: 30s
    objects:
    - apiVersion: scheduling.k8s.io/v1alpha2
      kind: PodGroup
      metadata: {{name: hp}}
      spec: {{priorityClassName: high, schedulingPolicy: {{gang: {{minCount: 3}}}}}}
    - apiVersion: batch/v1
      kind: Job
      metadata: {{name: hp}}
      spec:
        completions: 3
        parallelism: 3
        completionMode: Indexed
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            priorityClassName: high
            schedulingGroup: {{podGroupName: hp}}
            containers: [{{name: d, image: i, command: [sleep, "30"], resources: {{requests: {{cpu: "6"}}}}}}]
)");
  return Ran(priorities() + podGroup("lp", 4, mode + ", priorityClassName: low") +
             jobSet("lp", 4, "schedulingGroup: {podGroupName: lp}\n            priorityClassName: low") +
             trainingScenario(6, gates + late));
}

TEST(PodGroup, PreemptsPodByPodUnlessItsGateIsOn) {  // K-SCH-45
  const Ran plain = preempting(kGatesOfSpec, "");
  EXPECT_EQ(preemptions(plain), 1U);
  const std::string gates =
      "  featureGates: {GenericWorkload: true, GangScheduling: true, WorkloadAwarePreemption: true}\n";
  const Ran pods = preempting(gates, "");
  EXPECT_EQ(preemptions(pods), 1U);
  const Ran whole = preempting(gates, ", disruptionMode: PodGroup");
  EXPECT_EQ(preemptions(whole), 4U);
  for (const Ran* ran : {&plain, &pods, &whole}) {
    const api::ObjectPtr job = ran->find(api::Kind::kJob, "hp");
    ASSERT_TRUE(job);
    EXPECT_TRUE(api::conditionIs(api::as<api::Job>(job).status.conditions, "Complete", "True"));
  }
}

TEST(Gangs, GoOnFromASavedRunAsIfNothingHadHappened) {
  const std::string text = jobSet("left", 8) + jobSet("right", 8) +
                           trainingScenario(12, "  scheduler: {gangs: {scope: JobSet, compact: true}}");
  const Ran whole(text);
  for (const int seconds : {1, 2, 3, 20, 70}) {
    Loaded loaded = load({{"-", text}}, {}, {});
    ASSERT_TRUE(loaded.errors.empty());
    scenarios::Run first(loaded.plan);
    first.advance(loaded.plan.world.start + std::chrono::seconds(seconds));
    std::stringstream state;
    first.save(state);
    scenarios::Run second(loaded.plan);
    second.load(state);
    second.advance();
    EXPECT_EQ(second.outcome().fingerprint, whole.outcome.fingerprint) << seconds;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
