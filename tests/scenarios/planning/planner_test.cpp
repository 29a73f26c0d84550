// Plans from beginning to end, with simulations; runs one after the other, in this process.
#include "scenarios/planning/planner.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/load.hpp"
#include "scenarios/planning/build_scenario.hpp"
#include "scenarios/planning/trials.hpp"
#include "scenarios/theory/queueing.hpp"
#include "scenarios/write_scenario.hpp"
#include "tests/scenarios/planning/answers.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

// One Pod a node, exponential times, a control plane that takes no time: Erlang's formula knows the answer.
TEST(Planner, FindsErlangsServers) {
  const Answer answer = answerOf(
      "  nodes: [{name: node, count: {min: 1, max: 12}, capacity: {cpu: 8, pods: 1}}]\n"
      "  workloads: [{name: job, arrivals: {meanGap: 30m}, requests: {cpu: 8}, runTime: exponential(1h)}]\n"
      "  serviceLevels: [{share: 0.75, startWithin: 1s}]\n"
      "  period: {warmUp: 10h, arrivals: 8d}\n  search: {runs: 32}\n"
      "  scenario: {timing: {profile: zero, scheduler.flushAfter: 100000h}}\n",
      true);
  // At a load of 2, 4 servers make 17 % wait, 3 make 44 %.
  ASSERT_EQ(theory::serversFor(2, 0.25), 4);
  ASSERT_EQ(answer.outcome, Outcome::kMet);
  ASSERT_TRUE(answer.search.best);
  EXPECT_LE(answer.search.least->counts[0], 4);
  EXPECT_GE(answer.search.best->counts[0], 4);
  const study::Interval& interval = answer.search.best->judgement.levels[0].interval;
  EXPECT_TRUE(interval.holds(1 - theory::erlangC(answer.search.best->counts[0], 2)));
  ASSERT_EQ(answer.more_nodes.size(), 1U);
  EXPECT_GT(answer.more_nodes[0].gain.mean, 0);
  ASSERT_EQ(answer.more_load.size(), 3U);
  EXPECT_EQ(answer.more_load[2].judgement.finding, Finding::kMissed);
  EXPECT_EQ(answer.use.front().first, "cpu");
  EXPECT_NEAR(answer.use.front().second, 2.0 / answer.search.best->counts[0], 1e-9);
}

// A gang of four Pods at a time, one Pod a node: fewer than four nodes never, and two gangs must wait for each other.
TEST(Planner, GangsNeedTheirNodesAtOnce) {
  const char* const kSpec =
      "  nodes: [{name: gpu, count: {min: 1, max: 12}, capacity: {nvidia.com/gpu: 8}}]\n"
      "  workloads: [{name: train, arrivals: {at: [0s, 1m, 2h, 121m, 4h, 241m, 6h, 361m, 8h, 481m]}, pods: 4,\n"
      "               requests: {nvidia.com/gpu: 8}, runTime: 1h}]\n"
      "  serviceLevels: [{share: 0.6, startWithin: @}]\n  search: {runs: 8}\n"
      "  scenario: {scheduler: {gangs: {scope: JobSet}}}\n";
  const auto within = [&](const std::string& time) {
    std::string spec = kSpec;
    return answerOf(spec.replace(spec.find('@'), 1, time));
  };
  const Answer patient = within("2h"), hasty = within("5m");
  ASSERT_TRUE(patient.search.best);
  EXPECT_EQ(patient.search.best->counts[0], 4);
  EXPECT_EQ(patient.ruled_out, 3U);
  ASSERT_TRUE(hasty.search.best);
  EXPECT_EQ(hasty.search.best->counts[0], 8);
}

TEST(Planner, SaysWhatCannotBeMetAndWhatIsClosest) {
  const Answer tooLarge = answerOf(
      "  nodes: [{name: gpu, count: {min: 1, max: 3}, capacity: {nvidia.com/gpu: 8}}]\n"
      "  workloads: [{name: train, arrivals: {at: [0s]}, pods: 4, requests: {nvidia.com/gpu: 8}, runTime: 1h}]\n"
      "  serviceLevels: [{startWithin: 1h}]\n");
  EXPECT_EQ(tooLarge.outcome, Outcome::kCannot);
  EXPECT_THAT(tooLarge.why_not, HasSubstr("one JobSet of train alone needs more"));

  const Answer tooSoon = answerOf(
      "  nodes: [{name: node, count: {min: 1, max: 3}}]\n"
      "  workloads: [{name: job, arrivals: {meanGap: 10m}, runTime: 'lognormal(10m,0.1)'}]\n"
      "  serviceLevels: [{finishWithin: 5m}]\n  period: {arrivals: 10h}\n");
  EXPECT_EQ(tooSoon.outcome, Outcome::kCannot);
  ASSERT_TRUE(tooSoon.search.closest);
  EXPECT_EQ(tooSoon.search.closest->judgement.levels[0].share, 0);

  const Answer hopeless = answerOf(
      "  nodes: [{name: gpu, count: {min: 1500, max: 1600}, failuresPerThousandNodeDays: 6.5, repair: 1h}]\n"
      "  workloads: [{name: llm, arrivals: {at: [0s]}, pods: 1500, requests: {cpu: 64}, runTime: 30d,\n"
      "               checkpoint: {every: 45m, cost: 5m, restore: 5m}}]\n"
      "  serviceLevels: [{share: 0.9, ettr: 0.9}]\n");
  EXPECT_EQ(hopeless.outcome, Outcome::kCannot);
  EXPECT_EQ(hopeless.hopeless.size(), 1U);
  EXPECT_EQ(hopeless.runs, 0U);
}

// Nodes that fail, one JobSet of eight hours at a time, which has to begin again from scratch: with checkpoints it
// hardly matters. Two intervals that theory sees within 0.2 % of each other are not told apart.
TEST(Planner, ChoosesSettingsAndDoesNotSeparateWhatIsAlike) {
  const Answer answer = answerOf(
      "  nodes: [{name: gpu, count: 2, mtbf: 8h, repair: 10m}]\n"
      "  workloads: [{name: train, arrivals: {at: [0s, 3d, 6d, 9d, 12d, 15d, 18d, 21d]}, pods: 1, requests: {cpu: "
      "40},\n"
      "               runTime: 12h, checkpoint: {every: 1h, cost: 1m, restore: 1m}}]\n"
      "  serviceLevels: [{share: 0.5, finishWithin: 2d}]\n  search: {runs: 8}\n"
      "  settings: [{name: checkpoint, field: /spec/workloads/train/checkpoint/every, values: [11h, 30m, 31m]}]\n");
  ASSERT_TRUE(answer.settings);
  const std::vector<Combination>& found = answer.settings->combinations;
  ASSERT_EQ(found.size(), 3U);
  EXPECT_NE(found[0].text, "checkpoint 11h");
  EXPECT_EQ(found[2].text, "checkpoint 11h");
  EXPECT_TRUE(found[2].separated);
  EXPECT_FALSE(found[1].separated);
  EXPECT_EQ(answer.outcome, Outcome::kMet);
}

// Eight nodes; a flood of small JobSets, and a gang that needs six nodes at once. Only a quota keeps them free for it.
TEST(Planner, ChoosesQuotas) {
  const char* const kSpec =
      "  nodes: [{name: node, count: 8, capacity: {cpu: 10}}]\n"
      "  queues:\n"
      "  - {name: small, nominalQuota: {cpu: 80}}\n"
      "  - {name: large, nominalQuota: {cpu: 80}, queueingStrategy: StrictFIFO}\n"
      "  workloads:\n"
      "  - {name: flood, queue: small, arrivals: {meanGap: 6m}, requests: {cpu: 10}, runTime: 40m}\n"
      "  - {name: gang, queue: large, arrivals: {at: [5h, 10h, 15h, 20h]}, pods: 6, requests: {cpu: 10}, runTime: "
      "30m}\n"
      "  serviceLevels: [{workload: gang, share: 0.5, startWithin: 1m}]\n"
      "  settings: [{name: quota, field: /spec/queues/small/nominalQuota/cpu, values: [80, 20]}]\n"
      "  period: {arrivals: 21h, end: 60h}\n  search: {runs: 8}\n"
      "  scenario: {scheduler: {gangs: {scope: JobSet}}}\n";
  const Answer answer = answerOf(kSpec);
  ASSERT_TRUE(answer.settings);
  EXPECT_EQ(answer.settings->combinations[0].text, "quota 20");
  EXPECT_TRUE(answer.settings->combinations[1].separated);
  EXPECT_EQ(answer.outcome, Outcome::kMet);
  // What is printed is what ran: quotas and queues are in it.
  const CapacityPlan plan = planOf(kSpec);
  const std::string printed = writeScenario(scenarioOf(plan, {{8}, 1, 3}));
  const Loaded loaded = load({{"printed", printed}}, {}, {});
  ASSERT_TRUE(loaded.errors.empty()) << api::describe(loaded.errors.front());
  const study::RunFigures alone = study::runForFigures(loaded.plan, {});
  const study::RunFigures planned = study::runForFigures(runPlanOf(*prepare(plan), {{8}, 1, 3}), {});
  const auto starts = [](const study::RunFigures& figures) {
    std::map<std::string, double> out;
    for (const study::WorkloadFigures& one : figures.workloads)
      if (one.kind == "JobSet" && one.state == "Completed") out[one.namespace_] = one.started.value_or(-1);
    return out;
  };
  const std::map<std::string, double> found = starts(alone), wanted = starts(planned);
  EXPECT_EQ(wanted.size(), arrivalsOf(plan, 3).size());
  ASSERT_EQ(found.size(), wanted.size());
  for (const auto& [name, at] : wanted) EXPECT_NEAR(found.at(name), at, 5) << name;
}

TEST(Planner, SparesAloneNeedNoRuns) {
  const Answer answer =
      answerOf("  nodes: [{name: gpu, count: 1024, price: 2, spares: {down: 0.002}}, {name: cpu, count: 3}]\n");
  EXPECT_EQ(answer.outcome, Outcome::kMet);
  EXPECT_EQ(answer.spares, (std::vector<std::int32_t>{6, 0}));
  EXPECT_EQ(answer.search.best->counts, (Counts{1030, 3}));
  EXPECT_EQ(answer.search.best->price, 2060);
}

// The same candidate and seed make the same run, and the printed scenario is that run.
TEST(Trials, AreScenariosThatCanBeRunAlone) {
  const CapacityPlan plan = planOf(
      "  nodes: [{name: gpu, count: {min: 1, max: 4}, mtbf: 30h, repair: 1h}]\n"
      "  workloads: [{name: a, arrivals: {meanGap: 1h}, requests: {cpu: 8}, runTime: exponential(1h)},\n"
      "              {name: b, arrivals: {meanGap: 2h}, pods: 2, requests: {cpu: 8}, runTime: 20m}]\n"
      "  serviceLevels: [{startWithin: 1m}]\n  period: {arrivals: 20h}\n");
  const api::Result<Prepared> prepared = prepare(plan);
  ASSERT_TRUE(prepared) << api::describe(prepared.errors().front());
  const Trial trial{{3}, 1, 5};
  const study::RunFigures first = study::runForFigures(runPlanOf(*prepared, trial), {});
  const study::RunFigures again = study::runForFigures(runPlanOf(*prepared, trial), {});
  EXPECT_EQ(first.fingerprint, again.fingerprint);
  EXPECT_EQ(first.workloads.size(), arrivalsOf(plan, 5).size());
  const Observed observed = observedOf(plan, arrivalsOf(plan, 5), first);
  EXPECT_EQ(observed.levels[0].judged, first.workloads.size());
  EXPECT_GT(observed.held[0], 0);
}

TEST(Trials, WhatHasNotComeIsMissing) {
  const CapacityPlan plan = planOf(
      "  nodes: [{name: node, count: 1}]\n  workloads: [{name: w, arrivals: {at: [0s, 1h, 2h, 3h, 4h]}, runTime: 1m}]\n"
      "  serviceLevels: [{startWithin: 30s}, {finishWithin: 2m}, {ettr: 0.5}]\n  period: {warmUp: 30m}\n");
  study::RunFigures figures;
  const auto add = [&](int number, const std::string& state, std::optional<double> started,
                       std::optional<double> finished, std::optional<double> ettr) {
    study::WorkloadFigures one;
    one.kind = "JobSet";
    one.namespace_ = "w-" + std::to_string(number);
    one.state = state;
    one.queued = started;
    one.started = started;
    one.finished = finished;
    one.ettr = ettr;
    figures.workloads.push_back(one);
  };
  add(1, "Completed", 1, 2, 1);                                              // during the warm-up
  add(2, "Completed", 30, 120, 0.5);                                         // just in time
  add(3, "Failed", 1, 60, 1);                                                // it started in time
  add(4, "Completed", 31, 121, 0.4);                                         // just too late
  const Observed observed = observedOf(plan, arrivalsOf(plan, 1), figures);  // nothing is known of the fifth
  for (const Tally& tally : observed.levels) EXPECT_EQ(tally.judged, 4U);
  EXPECT_EQ(observed.levels[0].met, 2U);
  EXPECT_EQ(observed.levels[1].met, 1U);
  EXPECT_EQ(observed.levels[2].met, 1U);
  EXPECT_EQ(observed.unfinished, 1U);
  EXPECT_EQ(meritOf(plan), Merit::kEttr);
  EXPECT_NEAR(observed.merit, (0.5 + 0.4) / 4, 1e-12);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
