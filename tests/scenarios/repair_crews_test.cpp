// Repair crews: so many repairers, who take what failed in the order in which it failed; a repair takes its time from
// when one of them is free, and the next failure is drawn from when it is whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"
#include "scenarios/run.hpp"
#include "scenarios/write_scenario.hpp"

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;

// Whatever runs: it outlasts the faults.
constexpr const char* kRuns = R"(---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  failurePolicy: {maxRestarts: 1000}
  replicatedJobs:
  - name: workers
    template:
      spec:
        template:
          spec:
            restartPolicy: OnFailure
            tolerations: [{operator: Exists}]
            containers: [{name: main, image: busybox, command: [sleep, "36000"]}]
)";

Loaded loadWithCrew(std::int32_t size, const std::vector<std::string>& faults, std::int32_t nodes = 6) {
  LoadOptions options;
  options.faults = faults;
  const std::string scenario = fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 5h\n"
      "  cluster: {{nodePools: [{{count: {}, racks: 2}}]}}\n  repairCrews: [{{name: hall, size: {}}}]\n",
      nodes, size);
  return load({{"scenario.yaml", scenario + kRuns}}, options, {});
}

std::string saidOfCrews(const api::Errors& errors) {
  std::string out;
  for (const api::Error& error : errors) out += api::describe(error) + " (" + error.hint + ")\n";
  return out;
}

Outcome runCrews(const Loaded& loaded) {
  EXPECT_EQ(saidOfCrews(loaded.errors), "");
  scenarios::Run run(loaded.plan);
  run.advance();
  return run.outcome();
}

struct Order {
  std::int32_t size;
  std::vector<Duration> ends;  // of the faults below, in order of their beginnings
};
class RepairCrew : public testing::TestWithParam<Order> {};
TEST_P(RepairCrew, FirstComeFirstServed) {
  const Outcome outcome = runCrews(loadWithCrew(
      GetParam().size,
      {"node-fail node=node-0 at=10s repair=1m crew=hall", "node-slow node=node-1 at=20s for=2m crew=hall speed=0.5",
       "node-fail node=node-2 at=30s repair=30s crew=hall", "node-hang node=node-3 at=40s for=1m crew=hall",
       "node-fail node=node-4 at=50s repair=10s"}));
  ASSERT_EQ(outcome.faults.size(), 5U);
  std::vector<Duration> ends;
  for (const FaultOutcome& fault : outcome.faults) ends.push_back(fault.until.value_or(outcome.start) - outcome.start);
  EXPECT_EQ(ends, GetParam().ends);
}
INSTANTIATE_TEST_SUITE_P(Faults, RepairCrew,
                         testing::Values(Order{1, {70s, 190s, 220s, 280s, 60s}}, Order{2, {70s, 140s, 100s, 160s, 60s}},
                                         Order{3, {70s, 140s, 60s, 120s, 60s}}, Order{4, {70s, 140s, 60s, 100s, 60s}}),
                         [](const auto& row) { return fmt::format("of{}", row.param.size); });

TEST(RepairCrews, RepairANodeOnlyThen) {
  const Loaded loaded = loadWithCrew(
      1, {"node-fail node=node-0 at=10s repair=1m crew=hall", "node-remove node=node-1 at=10s repair=1m crew=hall"});
  ASSERT_EQ(saidOfCrews(loaded.errors), "");
  scenarios::Run run(loaded.plan);
  const auto ready = [&](const std::string& name) {
    const api::ObjectPtr node = run.world().server().store().find({api::Kind::kNode, "", name});
    return node && api::conditionIs(api::as<api::Node>(node).status.conditions, "Ready", "True");
  };
  run.advance(loaded.plan.world.start + 125s);
  EXPECT_FALSE(ready("node-1-r1"));
  run.advance(loaded.plan.world.start + 135s);
  EXPECT_TRUE(ready("node-1-r1"));
  run.advance(loaded.plan.world.start + 5min);
  EXPECT_TRUE(ready("node-0"));
}

// One repairer for a whole domain, and never more repairs at once than there are repairers.
TEST(RepairCrews, LimitHazards) {
  constexpr Duration kRepair = 5min;
  for (const std::int32_t size : {1, 2, 3}) {
    SCOPED_TRACE(size);
    const Outcome outcome =
        runCrews(loadWithCrew(size, {"node-slow any speed=0.9 mtbf=20m for=5m crew=hall name=nodes",
                                     "node-slow domain=rack/* any speed=0.9 mtbf=30m for=5m crew=hall name=racks"}));
    ASSERT_GT(outcome.faults.size(), 30U);
    std::map<std::string, TimePoint> whole;
    std::vector<TimePoint> ends;
    bool waited = false;
    for (const FaultOutcome& fault : outcome.faults) {
      if (!fault.until) continue;  // still waits at the end
      waited = waited || *fault.until - fault.at > kRepair;
      const auto before = whole.find(fault.name + fault.unit);
      if (before != whole.end()) {
        EXPECT_GT(fault.at, before->second) << "it failed before it was whole";
      }
      whole.insert_or_assign(fault.name + fault.unit, *fault.until);
      ends.push_back(*fault.until);
    }
    EXPECT_TRUE(waited);
    EXPECT_TRUE(std::is_sorted(ends.begin(), ends.end())) << "all take as long: first come first served";
    for (std::size_t i = static_cast<std::size_t>(size); i < ends.size(); ++i)
      EXPECT_GE(ends[i] - ends[i - static_cast<std::size_t>(size)], kRepair) << i;
  }
}

// A larger crew than is ever needed is as none; the failures of a unit are drawn from its own stream whoever repairs.
TEST(RepairCrews, LargeOnesAreAsNone) {
  const auto times = [](const Outcome& outcome) {
    std::vector<std::tuple<std::string, TimePoint, std::optional<TimePoint>>> out;
    for (const FaultOutcome& fault : outcome.faults) out.emplace_back(fault.unit, fault.at, fault.until);
    return out;
  };
  const std::string law = "node-slow any speed=0.9 mtbf=20m for=exponential(5m) name=x";
  EXPECT_EQ(times(runCrews(loadWithCrew(100, {law + " crew=hall"}))), times(runCrews(loadWithCrew(100, {law}))));
}

TEST(RepairCrews, Mistakes) {
  const auto error = [](const std::string& fault) { return saidOfCrews(loadWithCrew(1, {fault}).errors); };
  EXPECT_NE(error("node-fail node=node-0 at=1s repair=1m crew=hal").find("--fault:1"), std::string::npos);
  EXPECT_NE(error("node-fail node=node-0 at=1s repair=1m crew=hal").find("did you mean \"hall\"?"), std::string::npos);
  EXPECT_NE(error("node-fail node=node-0 at=1s crew=hall").find("how long its crew takes"), std::string::npos);
  EXPECT_NE(error("kill any at=1s crew=hall").find("kill has no crew: it belongs to node-fail"), std::string::npos);
  const api::Documents twice = api::readDocuments(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n"
      "  repairCrews: [{name: a, size: 1}, {name: a, size: 2}, {name: b, size: 0}]\n",
      "s.yaml");
  const std::string text = saidOfCrews(readScenario(twice.trees.front()).errors);
  EXPECT_NE(text.find("there are two crews a"), std::string::npos) << text;
  EXPECT_NE(text.find("repairCrews[2].size"), std::string::npos) << text;
}

TEST(RepairCrews, AreWrittenBack) {
  const Loaded loaded = loadWithCrew(3, {"node-fail any mtbf=1000h repair=exponential(24h) crew=hall"});
  ASSERT_EQ(saidOfCrews(loaded.errors), "");
  const api::Documents documents = api::readDocuments(writeScenario(loaded.scenario), "w.yaml");
  const ScenarioRead again = readScenario(documents.trees.front());
  EXPECT_EQ(saidOfCrews(again.errors), "");
  ASSERT_EQ(again.scenario.repair_crews.size(), 1U);
  EXPECT_EQ(again.scenario.repair_crews.front().name, "hall");
  EXPECT_EQ(again.scenario.repair_crews.front().size, 3);
  ASSERT_EQ(again.scenario.faults.size(), 1U);
  EXPECT_EQ(faults::faultText(again.scenario.faults.front()), faults::faultText(loaded.scenario.faults.front()));
}

}  // namespace
}  // namespace jobset_twin::scenarios
