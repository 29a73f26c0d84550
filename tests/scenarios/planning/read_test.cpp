// Reading CapacityPlans: what a plan comes to, and what its mistakes are told as.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/jobset.hpp"
#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const char* const kGpuNodes = "  nodes: [{name: gpu, count: {min: 1, max: 9}}]\n";
const char* const kWorkload =
    "  workloads:\n"
    "  - {name: train, arrivals: {meanGap: 1h}, pods: 4, requests: {nvidia.com/gpu: 8}, runTime: exponential(2h)}\n";
const char* const kRest = "  serviceLevels: [{workload: train, startWithin: 30m}]\n  period: {arrivals: 10h}\n";
const std::string kWhole = std::string(kGpuNodes) + kWorkload + kRest;

TEST(ReadPlan, TakesEverythingThatItSays) {
  const CapacityPlan plan = planOf(
      "  nodes:\n"
      "  - {name: gpu, count: {min: 2, max: 40}, price: 12.5, failuresPerThousandNodeDays: 6.5, repair: 4h,\n"
      "     capacity: {cpu: 96, nvidia.com/gpu: 8}, labels: {pool: gpu}, racks: 4}\n"
      "  - {name: cpu, count: 3, mtbf: 1000h}\n"
      "  workloads:\n"
      "  - name: train\n"
      "    arrivals: {meanGap: 2h, hourly: [0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0]}\n"
      "    pods: 4\n"
      "    requests: {nvidia.com/gpu: 8}\n"
      "    nodeSelector: {pool: gpu}\n"
      "    runTime: lognormal(3h,0.5)\n"
      "    checkpoint: {every: 30m, cost: 1m, restore: 5m}\n"
      "    maxRestarts: 7\n"
      "  - {name: other, arrivals: {at: [2h, 1h]}, runTime: 10m}\n"
      "  serviceLevels:\n"
      "  - {workload: train, share: 0.9, startWithin: 30m, ettr: 0.9}\n"
      "  - {finishWithin: 1d}\n"
      "  period: {warmUp: 1d, arrivals: 8d, end: 20d}\n"
      "  search: {confidence: 0.99, runs: 32}\n"
      "  scenario:\n"
      "    scheduler: {gangs: {scope: JobSet}}\n");
  ASSERT_EQ(plan.nodes.size(), 2U);
  EXPECT_EQ(plan.nodes[0].least, 2);
  EXPECT_EQ(plan.nodes[0].most, 40);
  EXPECT_EQ(plan.nodes[0].price, 12.5);
  EXPECT_NEAR(std::chrono::duration<double>(plan.nodes[0].fails->a).count(), 24000.0 * 3600 / 6.5, 1);
  EXPECT_EQ(plan.nodes[0].pool.labels.get("pool"), "gpu");
  EXPECT_EQ(plan.nodes[0].pool.topology.size(), 1U);
  EXPECT_EQ(plan.nodes[1].least, 3);
  EXPECT_EQ(plan.nodes[1].most, 3);
  EXPECT_FALSE(plan.nodes[1].repair);
  ASSERT_EQ(plan.workloads.size(), 2U);
  const Shape& shape = *plan.workloads[0].shape;
  EXPECT_EQ(shape.pods, 4);
  EXPECT_EQ(shape.max_restarts, 7);
  EXPECT_EQ(shape.checkpoint->every, 30min);
  EXPECT_EQ(plan.workloads[0].arrivals.hourly[8], 3);  // of mean 1
  EXPECT_EQ(plan.workloads[1].arrivals.times, (std::vector<Duration>{1h, 2h}));
  EXPECT_EQ(plan.levels[0].ettr, 0.9);
  EXPECT_EQ(plan.levels[1].share, 0.95);
  EXPECT_EQ(plan.levels[1].workload, "");
  EXPECT_EQ(plan.warm_up, 24h);
  EXPECT_EQ(plan.end, 480h);
  EXPECT_EQ(plan.confidence, 0.99);
  EXPECT_EQ(plan.most_runs, 32);
  EXPECT_EQ(plan.scenario.scheduler.gangs.scope, cluster::GangScope::kJobSet);
}

TEST(ReadPlan, PeriodEndsWithWhatIsGiven) {
  const CapacityPlan plan = planOf(
      "  nodes: [{name: node, count: 1}]\n  workloads: [{name: w, runTime: 1m, arrivals: {at: [5h, 3h]}}]\n"
      "  serviceLevels: [{startWithin: 1m}]\n");
  EXPECT_GT(plan.arrivals_end, 5h);
  EXPECT_LT(plan.arrivals_end, 5h + 1s);
  EXPECT_GT(plan.end, 30h);
}

TEST(ReadPlan, TellsEachMistakeAtItsPlace) {
  struct Case {
    std::string spec, field, text;
    int line;
  };
  const std::vector<Case> cases = {
      {std::string(kWorkload) + kRest, "spec.nodes", "Required value", 4},
      {"  nodes: [{name: gpu}]\n", "spec.nodes[0].count", "Required value", 4},
      {"  nodes: [{name: gpu, count: {min: 5, max: 2}}]\n", "spec.nodes[0].count", "max must not be less than min", 4},
      {"  nodes: [{name: gpu, count: 2, cuont: 3}]\n", "spec.nodes[0].cuont", "unknown field", 4},
      {"  nodes: [{name: gpu, count: 2, mtbf: 1h, hazard: 2h}]\n", "spec.nodes[0]", "at most one of mtbf", 4},
      {"  nodes: [{name: gpu, count: 2, repair: 1h}]\n", "spec.nodes[0].repair", "do not fail", 4},
      {"  nodes: [{name: gpu, count: 2, spares: {}}]\n", "spec.nodes[0].spares.down", "how often nodes fail", 4},
      {"  nodes: [{name: gpu, count: {max: 2}, spares: {down: 0.1}}]\n", "spec.nodes[0].spares", "count that is a", 4},
      {"  nodes: [{name: gpu, count: 2, spares: {down: 2}}]\n", "spec.nodes[0].spares.down", "less than or equal to 1",
       4},
      {"  nodes: [{name: gpu, count: 2, capacity: {cpu: x}}]\n", "spec.nodes[0].capacity.cpu", "quantities must match",
       4},
      {"  nodes: [{name: gpu, count: 2}, {name: gpu, count: 2}]\n", "spec.nodes[1].name", "Duplicate value", 4},
      {std::string(kGpuNodes) + kWorkload + "  period: {arrivals: 1h}\n", "spec.serviceLevels", "Required value", 4},
      {std::string(kGpuNodes) + kWorkload + "  serviceLevels: [{startWithin: 1m}]\n", "spec.period.arrivals",
       "for how long", 4},
      {std::string(kGpuNodes) + kWorkload + "  serviceLevels: [{workload: trian, startWithin: 1m}]\n",
       "spec.serviceLevels[0].workload", "Not found", 7},
      {std::string(kGpuNodes) + kWorkload + "  serviceLevels: [{workload: train}]\n",
       "spec.serviceLevels[0].startWithin", "what is to be reached", 7},
      {std::string(kGpuNodes) + kWorkload + "  serviceLevels: [{share: 1, startWithin: 1m}]\n",
       "spec.serviceLevels[0].share", "less than 1", 7},
      {kWhole + "  period2: {}\n", "spec.period2", "unknown field", 9},
      {kWhole + "  scenario: {cluster: {}}\n", "spec.scenario.cluster", "the plan's nodes are the cluster", 9},
      {kWhole + "  scenario: {timing: {kubelet.sandbxo: 1s}}\n", "spec.scenario.timing.kubelet.sandbxo",
       "spec.scenario.timing.kubelet.sandbxo", 9},
      {std::string(kGpuNodes) + "  workloads: [{name: w, arrivals: {meanGap: 1h}}]\n" + kRest,
       "spec.workloads[0].runTime", "Required value", 5},
      {std::string(kGpuNodes) + "  workloads: [{name: w, runTime: 1h, arrivals: {}}]\n" + kRest,
       "spec.workloads[0].arrivals", "exactly one of", 5},
      {std::string(kGpuNodes) + "  workloads: [{name: w, runTime: 1h, arrivals: {meanGap: 1h, hourly: [1]}}]\n" + kRest,
       "spec.workloads[0].arrivals.hourly", "24 hours", 5},
      {std::string(kGpuNodes) + "  workloads: [{name: w, apply: x.yaml, arrivals: {meanGap: 1h}}]\n" + kRest,
       "spec.workloads[0].apply", "x.yaml cannot be read", 5},
      {kWhole + "  settings: [{name: s, field: /spec/workloads/train/maxRestarts, values: [1, -1]}]\n",
       "spec.workloads[0].maxRestarts", "greater than or equal to 0", 9},
      {kWhole + "  settings: [{name: s, field: /spec/workloads/tarin/pods, values: [1, 2]}]\n", "spec.settings[0]",
       "none is \"tarin\"", 9},
      {kWhole + "  settings: [{name: s, object: JobSet/other, field: /spec/suspend, values: [true, false]}]\n",
       "spec.settings[0]", "nothing to set", 9},
      {kWhole + "  queues: [{name: q}]\n", "spec.queues[0].nominalQuota", "Required value", 9},
      {kWhole + "  queues: [{name: q, nominalQuota: {cpu: 1}, borrowingLimit: {cpu: 1}}]\n",
       "spec.queues[0].borrowingLimit", "without a cohortName", 9},
      {kWhole + "  queues: [{name: q, nominalQuota: {cpu: 1}, cohortName: c, borrowingLimit: {memory: 1}}]\n",
       "spec.queues[0].borrowingLimit.memory", "without a nominalQuota", 9},
      {std::string(kGpuNodes) +
           "  queues: [{name: q, nominalQuota: {cpu: 1}}, {name: q, nominalQuota: {cpu: 1}}]\n"
           "  workloads: [{name: train, runTime: 1h, queue: p, arrivals: {meanGap: 1h}}]\n" +
           kRest,
       "spec.workloads[0].queue", "Not found", 6},
      {std::string(kGpuNodes) + "  queues: [{name: q, nominalQuota: {cpu: 1}}, {name: q, nominalQuota: {cpu: 1}}]\n" +
           kWorkload + kRest,
       "spec.queues[1].name", "Duplicate value", 5},
      {std::string(kGpuNodes) +
           "  queues: [{name: q, nominalQuota: {memory: 1}}]\n"
           "  workloads: [{name: train, runTime: 1h, queue: q, requests: {cpu: 1}, arrivals: {meanGap: 1h}}]\n" +
           kRest,
       "spec.workloads[0].queue", "no nominalQuota for cpu", 6},
      {kWhole + "  search: {confidence: 1}\n", "spec.search.confidence", "0.9999", 9},
  };
  for (const Case& one : cases) {
    const PlanRead read = readPlan(planText(one.spec));
    ASSERT_FALSE(read.errors.empty()) << one.spec;
    bool found = false;
    std::string all;
    for (const api::Error& error : read.errors) {
      all += api::describe(error) + " [" + error.field + "]\n";
      found = found || (error.field == one.field && error.file == "plan.yaml" && error.line == one.line &&
                        error.text.find(one.text) != std::string::npos);
    }
    EXPECT_TRUE(found) << "wanted line " << one.line << ", " << one.field << ": " << one.text << "; got\n" << all;
  }
}

const char* const kJobSet =
    "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: logs}\nspec:\n"
    "  failurePolicy: {maxRestarts: 3}\n"
    "  replicatedJobs: [{name: w, template: {spec: {parallelism: 2, completions: 2, template: {spec: {restartPolicy: "
    "Never, containers: [{name: c, image: x}]}}}}}]\n";

TEST(ReadPlan, ManifestsOfAFileAreItsWorkload) {
  const CapacityPlan plan = planOf(
      std::string(kGpuNodes) +
          "  workloads: [{name: w, apply: jobset.yaml, arrivals: {meanGap: 1h}, behaviors: [{runTime: 5m}, {}]}]\n"
          "  serviceLevels: [{startWithin: 1m}]\n  period: {arrivals: 1h}\n"
          "  scenario: {defaults: {runTime: 7m}}\n",
      {{"jobset.yaml", kJobSet}});
  EXPECT_FALSE(plan.workloads[0].shape);
  ASSERT_EQ(plan.workloads[0].objects.size(), 1U);
  EXPECT_EQ(plan.workloads[0].behaviors[1].run_time->a, 7min);
}

TEST(ReadPlan, SettingsChangeThePlanAndItsManifests) {
  const std::string text =
      planText(std::string(kGpuNodes) +
               "  workloads:\n  - {name: w, apply: jobset.yaml, arrivals: {meanGap: 1h}}\n"
               "  serviceLevels: [{startWithin: 1m}]\n  period: {arrivals: 1h}\n"
               "  settings:\n"
               "  - {name: restarts, object: JobSet/logs, field: /spec/failurePolicy/maxRestarts, values: [3, 9]}\n"
               "  - {name: gap, field: /spec/workloads/w/arrivals/meanGap, values: [1h, 2h, 3h]}\n");
  const Files files = {{"jobset.yaml", kJobSet}};
  const PlanRead read = readPlan(text, files);
  ASSERT_TRUE(read.errors.empty()) << api::describe(read.errors.front());
  ASSERT_EQ(read.plan.settings.size(), 2U);
  const PlanRead changed = withSettings(planTree(text), planFiles(files), {1, 2});
  ASSERT_TRUE(changed.errors.empty()) << api::describe(changed.errors.front());
  EXPECT_EQ(changed.plan.workloads[0].arrivals.gap, 3h);
  EXPECT_EQ(api::as<api::JobSet>(changed.plan.workloads[0].objects[0]).spec->failurePolicy->maxRestarts, 9);
}

TEST(ReadTrace, MapsColumnsAndPicksLines) {
  const char* const kTrace =
      "# a comment\nid,tenant,submit,gpus,nodes,seconds\n"
      "1,a,2000000,16,2,60.5\n2,b,1000000,8,1,10\n3,a,500000,4,1,1h\n";
  const std::string spec = std::string(kGpuNodes) +
                           "  workloads:\n"
                           "  - name: jobs\n"
                           "    arrivals:\n"
                           "      trace: {file: t.csv, submit: submit, submitUnit: us, runTime: seconds, pods: nodes,\n"
                           "              gpus: gpus, where: {tenant: a}}\n"
                           "  serviceLevels: [{startWithin: 1m}]\n";
  const CapacityPlan plan = planOf(spec, {{"t.csv", kTrace}});
  const std::vector<TraceRow>& rows = plan.workloads[0].arrivals.rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at, 500ms);
  EXPECT_EQ(rows[0].run_time, 1h);
  EXPECT_EQ(rows[1].at, 2s);
  EXPECT_EQ(rows[1].run_time, 60500ms);
  EXPECT_EQ(rows[1].pods, 2);
  EXPECT_EQ(rows[1].gpus, 16);

  const auto problem = [&](const std::string& trace) {
    const PlanRead read = readPlan(planText(spec), {{"t.csv", trace}});
    return read.errors.empty() ? std::string() : api::describe(read.errors.front());
  };
  EXPECT_THAT(problem("tenant,submit,gpus,nodes,secs\n"), HasSubstr("t.csv:1: has no column \"seconds\""));
  EXPECT_THAT(problem("tenant,submit,gpus,nodes,seconds\na,1,1,0,5\n"),
              HasSubstr("t.csv:2: column \"nodes\": \"0\" is not a whole number of 1 or more"));
  EXPECT_THAT(problem("tenant,submit,gpus,nodes,seconds\na,x,1,1,5\n"), HasSubstr("is not a time"));
  EXPECT_THAT(problem("tenant,submit,gpus,nodes,seconds\na,1,1\n"), HasSubstr("has 3 cells, the header has 5"));
  EXPECT_THAT(problem("tenant,submit,gpus,nodes,seconds\nb,1,1,1,5\n"), HasSubstr("no line that `where` fits"));

  PlanReadOptions other = planFiles({{"other.csv", "tenant,submit,gpus,nodes,seconds\na,7000000,1,1,5\n"}});
  other.trace = "other.csv";
  EXPECT_EQ(readCapacityPlan(planTree(planText(spec)), other).plan.workloads[0].arrivals.rows[0].at, 7s);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
