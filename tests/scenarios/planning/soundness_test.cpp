// The planner's short cuts leave out nothing that would do: cases in which more is not better, Pods do not need each
// other, nodes are not repaired, or only one value of a setting does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/planning/answers.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using testing::HasSubstr;

const std::string kTwoHourly = "[0s, 2h, 4h, 6h, 8h, 10h, 12h, 14h, 16h, 18h, 20h, 22h, 24h, 26h, 28h, 30h]";

std::string jobSet(const std::string& replicated_jobs) {
  return "    object:\n      apiVersion: jobset.x-k8s.io/v1alpha2\n      kind: JobSet\n      metadata: {name: w}\n"
         "      spec: {replicatedJobs: [" +
         replicated_jobs + "]}\n";
}

std::string replicatedJob(const std::string& name, int pods, const std::string& cpu, const std::string& more = "") {
  const std::string count = std::to_string(pods);
  return "{name: " + name + more + ", template: {spec: {parallelism: " + count + ", completions: " + count +
         ", template: {spec: {restartPolicy: Never, containers: [{name: c, image: i, resources: {requests: {cpu: '" +
         cpu + "'}}}]}}}}}";
}

TEST(Soundness, OfWhatIsRuledOut) {
  struct Case {
    std::string what, spec;
    Counts answer;
  };
  const std::vector<Case> cases = {
      {"a node that can be for either is no more than one for each",
       "  nodes:\n"
       "  - {name: both, count: {min: 0, max: 1}, price: 1.9, capacity: {cpu: 4}, labels: {a: has, b: has}}\n"
       "  - {name: only-a, count: {min: 0, max: 1}, price: 1, capacity: {cpu: 4}, labels: {a: has}}\n"
       "  - {name: only-b, count: {min: 0, max: 1}, price: 1, capacity: {cpu: 4}, labels: {b: has}}\n"
       "  workloads:\n"
       "  - {name: a, arrivals: {at: " +
           kTwoHourly +
           "}, nodeSelector: {a: has}, requests: {cpu: 3}, runTime: 1h}\n"
           "  - {name: b, arrivals: {at: " +
           kTwoHourly +
           "}, nodeSelector: {b: has}, requests: {cpu: 3}, runTime: 1h}\n"
           "  serviceLevels: [{share: 0.8, startWithin: 5m}]\n",
       {0, 1, 1}},
      {"nodes that fail all the time are worse than none",
       "  nodes:\n"
       "  - {name: flaky, count: {min: 0, max: 2}, price: 1, capacity: {cpu: 4}, mtbf: 1h, repair: 1m}\n"
       "  - {name: solid, count: {min: 0, max: 2}, price: 3.5, capacity: {cpu: 4}}\n"
       "  workloads: [{name: w, arrivals: {at: [0s, 12h, 24h, 36h, 48h]}, requests: {cpu: 3}, runTime: 8h}]\n"
       "  serviceLevels: [{share: 0.5, finishWithin: 9h}]\n",
       {0, 1}},
      {"Pods that need not run together may run one after the other",
       "  nodes: [{name: node, count: {min: 1, max: 8}, capacity: {cpu: 4}}]\n"
       "  workloads:\n  - name: w\n    arrivals: {at: " +
           kTwoHourly + "}\n" + jobSet(replicatedJob("shard", 4, "3")) +
           "    behaviors: [{runTime: 10m}]\n  serviceLevels: [{share: 0.8, finishWithin: 1h}]\n",
       {1}},
      {"nor those of which one job waits for the other",
       "  nodes: [{name: node, count: {min: 1, max: 4}, capacity: {cpu: 4}}]\n"
       "  workloads:\n  - name: w\n    arrivals: {at: " +
           kTwoHourly + "}\n" +
           jobSet(replicatedJob("first", 2, "3") + ", " +
                  replicatedJob("then", 2, "3", ", dependsOn: [{name: first, status: Complete}]")) +
           "    behaviors: [{runTime: 10m}]\n  serviceLevels: [{share: 0.8, finishWithin: 30m}]\n",
       {2}},
      {"a driver that stays long does not hold its workers' nodes",
       "  nodes: [{name: node, count: {min: 1, max: 16}, capacity: {cpu: 16}}]\n"
       "  workloads:\n  - name: w\n    arrivals: {meanGap: 30m}\n" +
           jobSet(replicatedJob("driver", 1, "100m") + ", " + replicatedJob("workers", 8, "14")) +
           "    behaviors: [{match: {replicatedJob: driver}, runTime: 5h},\n"
           "                {match: {replicatedJob: workers}, runTime: 3m}]\n"
           "  serviceLevels: [{share: 0.7, startWithin: 10m}]\n  period: {warmUp: 2h, arrivals: 1d}\n"
           "  scenario: {scheduler: {gangs: {scope: JobSet}}}\n",
       {8}},
      {"nodes that are never repaired are there until they fail",
       "  nodes: [{name: node, count: {min: 1, max: 20}, capacity: {cpu: 4}, mtbf: 87600h}]\n"
       "  workloads: [{name: w, arrivals: {at: " +
           kTwoHourly +
           "}, pods: 4, requests: {cpu: 3}, runTime: 1h},\n"
           "              {name: v, arrivals: {at: " +
           kTwoHourly +
           "}, pods: 3, requests: {cpu: 3}, runTime: 1h}]\n"
           "  serviceLevels: [{share: 0.8, startWithin: 5m}]\n  scenario: {scheduler: {gangs: {scope: JobSet}}}\n",
       {7}},
      {"what one value of a setting cannot do another can",
       "  nodes: [{name: node, count: {min: 1, max: 10}, capacity: {cpu: 16}}]\n"
       "  workloads: [{name: w, arrivals: {at: " +
           kTwoHourly +
           "}, pods: 8, requests: {cpu: 15}, runTime: 30m}]\n"
           "  serviceLevels: [{share: 0.7, startWithin: 5m}]\n  search: {runs: 8}\n"
           "  settings: [{name: cpu, field: /spec/workloads/w/requests/cpu, values: [15, 1]}]\n",
       {1}},
      {"what is open does not hide what is hardly cheaper",
       "  nodes:\n"
       "  - {name: flaky, count: {min: 0, max: 1}, price: 1, capacity: {cpu: 16}, mtbf: 40h, repair: 10h}\n"
       "  - {name: solid, count: {min: 0, max: 1}, price: 0.96, capacity: {cpu: 3}}\n"
       "  workloads: [{name: w, arrivals: {at: " +
           kTwoHourly +
           "}, requests: {cpu: 3}, runTime: 5m}]\n"
           "  serviceLevels: [{share: 0.7, startWithin: 5m}]\n  search: {tolerance: 0.05, runs: 16}\n",
       {0, 1}},
  };
  for (const Case& one : cases) {
    const Answer answer = answerOf(one.spec);
    ASSERT_TRUE(answer.search.best) << one.what;
    EXPECT_EQ(answer.search.best->counts, one.answer) << one.what;
  }
}

TEST(Soundness, ReasonsAreNamed) {
  struct Case {
    std::string spec, why;
  };
  const std::string kLevel = "  serviceLevels: [{share: 0.8, startWithin: 5m}]\n  period: {arrivals: 2d}\n";
  const std::vector<Case> cases = {
      {"  nodes: [{name: node, count: {min: 0, max: 0}}]\n"
       "  workloads: [{name: w, arrivals: {meanGap: 1h}, requests: {cpu: 1}, runTime: 5m}]\n" +
           kLevel,
       "no node has room for a Pod of w"},
      {"  nodes: [{name: node, count: 4, capacity: {cpu: 8}}]\n"
       "  workloads: [{name: w, arrivals: {meanGap: 1h}, requests: {cpu: 9}, runTime: 5m}]\n" +
           kLevel,
       "no node has room for a Pod of w"},
      {"  nodes: [{name: node, count: 4, capacity: {cpu: 8}}]\n  queues: [{name: q, nominalQuota: {cpu: 12}}]\n"
       "  workloads: [{name: w, queue: q, pods: 4, arrivals: {meanGap: 1h}, requests: {cpu: 4}, runTime: 5m}]\n" +
           kLevel,
       "one JobSet of w asks for more cpu than queue q may ever use: 75 % of it"},
      {"  nodes: [{name: node, count: 4, capacity: {cpu: 8}}]\n  queues: [{name: q, nominalQuota: {cpu: 4}}]\n"
       "  workloads: [{name: w, queue: q, arrivals: {meanGap: 30m}, requests: {cpu: 4}, runTime: 1h}]\n" +
           kLevel,
       "w asks for more cpu on average than queue q may use: 50 % of it can be given"},
      {"  nodes: [{name: node, count: 4}]\n"
       "  workloads: [{name: w, arrivals: {meanGap: 1h}, runTime: 10m}]\n"
       "  serviceLevels: [{finishWithin: 5m}]\n  period: {arrivals: 2d}\n",
       "w runs for longer than it may take"},
  };
  for (const Case& one : cases) {
    const Answer answer = answerOf(one.spec);
    EXPECT_EQ(answer.outcome, Outcome::kCannot) << one.why;
    EXPECT_THAT(answer.why_not, HasSubstr(one.why));
    EXPECT_EQ(answer.runs, 0U) << one.why;
  }
}

// Neither value leaves a way: that is said before any run.
TEST(Soundness, TheoryLooksAtAllSettings) {
  const Answer answer = answerOf(
      "  nodes: [{name: gpu, count: 150, capacity: {nvidia.com/gpu: 8}, failuresPerThousandNodeDays: 65, repair: "
      "12h}]\n"
      "  workloads: [{name: llm, arrivals: {at: [0s]}, pods: 150, requests: {nvidia.com/gpu: 8}, runTime: 30d,\n"
      "               checkpoint: {every: 5m, cost: 5m, restore: 5m}}]\n"
      "  settings: [{name: write, field: /spec/workloads/llm/checkpoint/cost, values: [5m, 4m]}]\n"
      "  serviceLevels: [{workload: llm, share: 0.9, ettr: 0.9}]\n");
  EXPECT_EQ(answer.hopeless.size(), 1U);
  EXPECT_EQ(answer.runs, 0U);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
