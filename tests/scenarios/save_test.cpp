// A run is a value: saved and loaded, or copied, at any time, it goes on to the fingerprint and outcome of the
// uninterrupted run; and a file that is not what was saved is an error, whatever is wrong with it.
//
// Scenarios: those below, made to have something of everything under way, every class of faults at once
// (scenarios/faults/everything.yaml), and every file of scenarios/catalogue. Times
// are drawn from a stream; a failure prints them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "engine/api/content.hpp"
#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "sim/faults/classes.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::scenarios {
namespace {

struct Example {
  std::string name, text, gates;
  friend void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }
};

constexpr const char* kRestarts = R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: restarts}
spec:
  behaviors:
  - match: {replicatedJob: driver}
    runTime: {constant: 60s}
  - match: {replicatedJob: workers}
    runTime: {uniform: {min: 40s, max: 80s}}
    readyAfter: 2s
    waitFor: {peers: [driver]}
    checkpoint: {every: 10s, cost: 1s, restore: 2s}
    failures: [{at: 25s, attempts: [0], exitCode: 3}]
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: restarts, namespace: default}
spec:
  ttlSecondsAfterFinished: 20
  failurePolicy: {maxRestarts: 3}
  startupPolicy: {startupPolicyOrder: InOrder}
  replicatedJobs:
  - name: driver
    template:
      spec:
        template: {spec: {restartPolicy: Never, containers: [{name: main, image: train}]}}
  - name: workers
    replicas: 2
    template:
      spec:
        parallelism: 3
        completions: 3
        backoffLimit: 0
        template: {spec: {restartPolicy: Never, containers: [{name: main, image: train}]}}
)";

constexpr const char* kScripts = R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: scripts, namespace: default}
spec:
  successPolicy: {operator: All, targetReplicatedJobs: [client]}
  failurePolicy:
    maxRestarts: 2
    rules: [{name: again, action: RestartJobSet, onJobFailureReasons: [BackoffLimitExceeded]}]
  replicatedJobs:
  - name: server
    template:
      spec:
        template:
          spec:
            restartPolicy: OnFailure
            terminationGracePeriodSeconds: 5
            containers:
            - name: main
              image: bash
              ports: [{containerPort: 80}]
              command: [bash, -c, "trap 'echo bye; exit 0' TERM; for i in $(seq 1 300); do echo tick $i; sleep 1; done"]
  - name: client
    dependsOn: [{name: server, status: Ready}]
    template:
      spec:
        parallelism: 2
        completions: 2
        completionMode: Indexed
        backoffLimit: 1
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: bash
              command:
              - bash
              - -c
              - |
                f() { sleep $1 | cat; }
                i=$((RANDOM % 7))
                f 3 & wait
                while [ $i -lt 20 ]; do i=$((i+1)); sleep 2; done
                if [ $JOB_COMPLETION_INDEX = 1 ] && [ ! -f /data/once ]; then touch /data/once; exit 1; fi
              volumeMounts: [{name: data, mountPath: /data}]
            volumes: [{name: data, emptyDir: {}}]
)";

constexpr const char* kPreemption = R"(
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: batch/v1
kind: Job
metadata: {name: low, namespace: default}
spec:
  parallelism: 4
  completions: 8
  ttlSecondsAfterFinished: 5
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: bash, command: [sleep, "50"], resources: {requests: {cpu: "30"}}}]
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: nowhere, namespace: default}
spec:
  replicatedJobs:
  - name: a
    template:
      spec:
        parallelism: 3
        completions: 3
        template:
          spec:
            priorityClassName: high
            restartPolicy: Never
            containers: [{name: main, image: bash, command: [sleep, "30"], resources: {requests: {cpu: "40"}}}]
)";

// A drain that a budget holds up, an eviction by taint after a toleration, a node that is deleted under its Pods.
constexpr const char* kNodes = R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: nodes}
spec:
  cluster: {nodePools: [{name: node, count: 4}]}
  actions:
  - {at: 20s, drain: Node/node-0, timeout: 3m}
  - {at: 30s, taint: Node/node-1, add: [{key: repair, effect: NoExecute}]}
  - {at: 40s, delete: Node/node-2}
  - {at: 60s, delete: PodDisruptionBudget/default/keep}
  - {at: 150s, uncordon: Node/node-0}
  - {at: 150s, taint: Node/node-1, remove: [{key: repair}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: keep, namespace: default}
spec: {minAvailable: 12, selector: {matchLabels: {app: train}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: nodes, namespace: default}
spec:
  parallelism: 12
  completions: 12
  completionMode: Indexed
  backoffLimit: 100
  template:
    metadata: {labels: {app: train}}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 5
      tolerations: [{key: repair, operator: Exists, effect: NoExecute, tolerationSeconds: 45}]
      containers: [{name: main, image: x, command: [sleep, "200"]}]
)";

std::vector<Example> examples() {
  std::vector<Example> out = {
      {"restarts", kRestarts, ""}, {"scripts", kScripts, ""}, {"preemption", kPreemption, ""}, {"nodes", kNodes, ""}};
  const std::filesystem::path root = std::filesystem::path(TWIN_SOURCE_DIR) / "scenarios";
  const std::filesystem::path folder = root / "catalogue";
  if (!std::filesystem::exists(folder)) return out;
  std::vector<std::filesystem::path> files = {root / "faults/everything.yaml"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    out.push_back({file.string(), text.str(), ""});
  }
  return out;
}

RunPlan planOf(const Example& example) {
  LoadOptions options;
  options.feature_gates = example.gates;
  if (example.name == "preemption") options.nodes = 2;
  const Loaded loaded =
      load({{example.name, example.text}}, options, [](const std::string& path) -> std::optional<std::string> {
        std::ifstream in(path);
        if (!in) return std::nullopt;
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
      });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << example.name << ": " << api::describe(error);
  return loaded.plan;
}

std::string saved(const Run& run) {
  std::ostringstream out;
  run.save(out);
  return out.str();
}

// What must be the same.
std::string resultOf(const Run& run) {
  const Outcome outcome = run.outcome();
  std::string text = fmt::format("{} {} {} events, end {}\n", outcome.fingerprint, endReasonText(outcome.end_reason),
                                 outcome.events_processed, api::formatMicroTime(outcome.end));
  for (const std::string& warning : outcome.warnings) text += "warning " + warning + "\n";
  for (const StuckObject& stuck : outcome.stuck) text += "stuck " + stuck.object + ": " + stuck.reason + "\n";
  for (const JobSetOutcome& jobset : outcome.jobsets) {
    text += fmt::format("JobSet {} {} restarts {} events {}\n", jobset.name, jobset.terminal_state, jobset.restarts,
                        jobset.events.size());
    for (const auto& at : {jobset.submitted, jobset.ready, jobset.finished})
      text += (at ? api::formatMicroTime(*at) : "-") + " ";
  }
  for (const ExpectationResult& expectation : outcome.expectations) {
    text += fmt::format("\n{}: {} {}", expectation.text, expectation.met, expectation.found);
  }
  for (const FaultOutcome& fault : outcome.faults) {
    text += fmt::format("\nfault {} {} {} {} {}", fault.name, fault.unit, fault.text,
                        fault.at.time_since_epoch().count(), fault.until ? fault.until->time_since_epoch().count() : 0);
  }
  for (const WorkloadOutcome& one : outcome.workloads) {
    const workload::GroupFigures& figures = one.figures;
    text += fmt::format("\n{} {} {} {}, goodput {}, lost {}", one.jobset, figures.model, figures.done, figures.repeated,
                        figures.times.goodput(), figures.times.lost.count());
    for (const auto& [what, value] : figures.more) text += fmt::format("; {}: {}", what, value);
  }
  std::uint64_t sum = 0;
  for (const api::ObjectPtr& object : outcome.objects) sum = sum * 31 + api::contentHash(*object).first;
  return text + fmt::format("\n{} objects {:x}", outcome.objects.size(), sum);
}

class Save : public testing::TestWithParam<Example> {};

TEST_P(Save, GoesOnTheSameFromAnyTime) {
  const RunPlan plan = planOf(GetParam());
  scenarios::Run whole(plan);
  whole.advance();
  const std::string want = resultOf(whole);
  const std::int64_t length = (whole.outcome().end - whole.outcome().start).count();
  ASSERT_GT(length, 0);
  kernel::Stream times = kernel::stream(20260101, "save/" + GetParam().name.substr(GetParam().name.rfind('/') + 1));
  std::vector<std::int64_t> at;
  for (int i = 0; i < 20; ++i)
    at.push_back(static_cast<std::int64_t>(kernel::below(times, static_cast<std::uint64_t>(length))));
  std::sort(at.begin(), at.end());
  scenarios::Run original(plan);
  for (const std::int64_t t : at) {
    SCOPED_TRACE(fmt::format("T = {} ns", t));
    original.advance(plan.world.start + Duration(t));
    const std::string bytes = saved(original);
    scenarios::Run copy = original;
    std::istringstream in(bytes);
    scenarios::Run loaded(plan);
    loaded.load(in);
    EXPECT_TRUE(saved(loaded) == bytes) << "what was loaded is not what was saved";
    loaded.advance();
    EXPECT_EQ(resultOf(loaded), want);
    copy.advance();
    EXPECT_EQ(resultOf(copy), want);
    EXPECT_TRUE(saved(original) == bytes) << "a copy that ran on disturbed the original";
  }
  original.advance();
  EXPECT_EQ(resultOf(original), want);
}

TEST_P(Save, RunToATimeAndThenFromThere) {
  RunPlan plan = planOf(GetParam());
  scenarios::Run whole(plan);
  whole.advance();
  RunPlan first = plan;
  first.until = (whole.outcome().end - whole.outcome().start) / 3;
  scenarios::Run half(first);
  half.advance();
  ASSERT_EQ(half.outcome().end_reason, EndReason::kUntil);
  std::istringstream in(saved(half));
  scenarios::Run rest(plan);
  rest.load(in);
  rest.advance();
  EXPECT_EQ(resultOf(rest), resultOf(whole));
}

std::string exampleName(const testing::TestParamInfo<Example>& row) {
  std::string name;
  const std::filesystem::path file = row.param.name;
  if (file.parent_path().filename() == "faults") name = "fault_";
  for (const char c : file.stem().string()) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Scenarios, Save, testing::ValuesIn(examples()), exampleName);

std::string errorOf(Run& run, const std::string& bytes) {
  std::istringstream in(bytes);
  try {
    run.load(in);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(SaveErrors, DamageIsSaidAndChangesNothing) {
  const RunPlan plan = planOf({"restarts", kRestarts, ""});
  scenarios::Run run(plan);
  run.advance(plan.world.start + std::chrono::seconds(30));
  const std::string bytes = saved(run);
  scenarios::Run target(plan);
  const std::string before = saved(target);
  EXPECT_NE(errorOf(target, "").find("not a saved state"), std::string::npos);
  EXPECT_NE(errorOf(target, std::string(5000, 'x')).find("not a saved state"), std::string::npos);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_NE(errorOf(target, bytes.substr(0, bytes.size() * i / 50)), "") << i;
  kernel::Stream places = kernel::stream(1, "damage");
  for (int i = 0; i < 200; ++i) {
    std::string damaged = bytes;
    const std::size_t place = kernel::below(places, damaged.size());
    damaged[place] = static_cast<char>(damaged[place] ^ static_cast<char>(1 + kernel::below(places, 255)));
    EXPECT_NE(errorOf(target, damaged), "") << "byte " << place;
  }
  EXPECT_TRUE(saved(target) == before);
  EXPECT_EQ(errorOf(target, bytes), "");
}

// Of the scenario with faults of every class: that they are all there, and struck.
TEST(SaveExamples, HaveFaultsOfEveryClass) {
  const std::vector<Example> all = examples();
  const auto everything = std::find_if(all.begin(), all.end(), [](const Example& example) {
    return example.name.ends_with("scenarios/faults/everything.yaml");
  });
  ASSERT_NE(everything, all.end());
  scenarios::Run run(planOf(*everything));
  run.advance();
  const Outcome outcome = run.outcome();
  for (const ExpectationResult& result : outcome.expectations) EXPECT_TRUE(result.met) << result.text << result.found;
  std::set<std::string> struck;
  for (const FaultOutcome& fault : outcome.faults) struck.insert(fault.class_);
  for (const faults::ClassInfo& info : faults::faultClasses())
    EXPECT_TRUE(struck.contains(std::string(info.verb))) << info.verb;
}

TEST(SaveErrors, AnotherScenarioOrSeed) {
  const RunPlan plan = planOf({"restarts", kRestarts, ""});
  scenarios::Run run(plan);
  const std::string bytes = saved(run);
  RunPlan seed = plan, timing = plan, gates = plan, nodes = plan, behavior = plan;
  seed.world.seed = 2;
  timing.world.timing.kubelet.pleg += Duration(1);
  gates.world.jobset.gates.RestartJob = true;
  nodes.setup.pop_back();
  behavior.world.kubelet.behaviors.front().exit_code = 5;
  for (const RunPlan& other : {seed, timing, gates, nodes, behavior}) {
    scenarios::Run target(other);
    EXPECT_NE(errorOf(target, bytes).find("another scenario"), std::string::npos);
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
