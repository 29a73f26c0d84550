// Which runs a study needs, in which order, how many replications, and what a stop or a part leaves for later.
#include "scenarios/study/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/study/merge.hpp"
#include "tests/scenarios/study/sample.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> numbers(const Results& results) {
  std::vector<std::string> out;
  for (const RunRow& run : results.runs)
    out.push_back(std::to_string(run.number(results.points.size())) + ":" + results.points[run.point].label + "/" +
                  std::to_string(run.seed));
  return out;
}

TEST(Sweep, ReplicationsHaveOneSeedForAllAlternatives) {
  EXPECT_THAT(numbers(sampleResults(3)), ElementsAre("0:a/1", "1:b/1", "2:a/2", "3:b/2", "4:a/3", "5:b/3"));
}

TEST(Sweep, GoesOnWithWhatIsThere) {
  Results results = emptySample();
  SweepHooks hooks;
  std::size_t runs = 0;
  hooks.done = [&](const RunRow&) { ++runs; };
  hooks.stopped = [&] { return runs == 3; };
  const SweepEnd stopped = sweep(sampleStudy(4), sampleFigures, plainFarm(), {}, hooks, results);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(results.runs.size(), 3U);
  runs = 0;
  hooks.stopped = {};
  const SweepEnd end = sweep(sampleStudy(4), sampleFigures, plainFarm(), {}, hooks, results);
  EXPECT_FALSE(end.stopped);
  EXPECT_EQ(runs, 5U);
  EXPECT_EQ(numbers(results), numbers(sampleResults(4)));
}

TEST(Sweep, PartsAreDisjointAndMergeToTheWhole) {
  std::vector<Part> parts;
  std::size_t runs = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    parts.push_back({"part", sampleResults(5, {i, 3})});
    runs += parts.back().results.runs.size();
  }
  EXPECT_EQ(runs, 10U);
  const api::Result<Merged> merged = merge(std::move(parts));
  ASSERT_TRUE(merged);
  EXPECT_THAT(merged->missing, IsEmpty());
  EXPECT_EQ(numbers(merged->results), numbers(sampleResults(5)));
}

TEST(Sweep, AddsReplicationsUntilIntervalsAreNarrow) {
  // The luck of replications is spread over 0..19: its deviation is 5.8, so 1.5 s takes some sixty replications.
  Study study = sampleStudy(10);
  study.replications = {10, 500, {{"makespan", 1.5, false}}};
  Results results = emptySample();
  const SweepEnd end = sweep(study, sampleFigures, plainFarm(), {}, {}, results);
  EXPECT_THAT(end.not_reached, IsEmpty());
  EXPECT_GT(end.replications, 40U);
  EXPECT_LT(end.replications, 90U);
  EXPECT_EQ(results.runs.size(), 2 * end.replications);
  // Relative, and out of reach.
  study.replications = {10, 40, {{"makespan", 0.001, true}}};
  results = emptySample();
  const SweepEnd most = sweep(study, sampleFigures, plainFarm(), {}, {}, results);
  EXPECT_EQ(most.replications, 40U);
  EXPECT_THAT(most.not_reached, ElementsAre("makespan of a", "makespan of b"));
}

// The metric has a value in fewer than two runs of `b`, or it is 1 in all: neither is precise.
TEST(Sweep, WhatIsNotKnownIsNotPrecise) {
  struct Case {
    const char* metric;
    double half_width;
    bool relative;
    std::uint32_t replications;
    std::vector<std::string> not_reached;
  };
  const Case cases[] = {
      {"makespan", 1000, false, 40, {"makespan of b"}},   // b has none
      {"completed", 0.01, true, 40, {"completed of a"}},  // 1 in all runs: to be known to 1 % takes 183
      {"completed", 0.05, false, 37, {}},                 // 36 of 36 are 1 [0.90 .. 1]
      {"failed", 0.05, true, 40, {"failed of a"}},        // nothing is 5 % of none
      {"restarts", 0.01, true, 10, {}}};                  // the same number in all runs
  for (const Case& one : cases) {
    Study study = sampleStudy(10);
    study.replications = {10, 40, {{one.metric, one.half_width, one.relative}}};
    Results results = emptySample();
    const Work work = [](const Task& task) {
      RunFigures out;
      out.metrics = {{"restarts", 2}};
      if (task.point == 0) out.metrics = {{"completed", 1}, {"failed", 0}, {"makespan", 100}, {"restarts", 2}};
      if (task.point == 1) out.metrics.insert(out.metrics.begin(), {{"completed", 1}, {"failed", 0}});
      return out;
    };
    const SweepEnd end = sweep(study, work, plainFarm(), {}, {}, results);
    std::vector<std::string> of_one = end.not_reached;
    std::erase_if(of_one,
                  [&](const std::string& text) { return !one.not_reached.empty() && text != one.not_reached[0]; });
    EXPECT_THAT(of_one, ElementsAreArray(one.not_reached)) << one.metric;
    EXPECT_NEAR(end.replications, one.replications, 2) << one.metric;
  }
}

// Stopped at any run, and gone on with: the same runs as without a stop.
TEST(Sweep, AStudyThatGoesOnUntilItIsPreciseEndsEven) {
  Study study = sampleStudy(10);
  study.replications = {10, 500, {{"makespan", 1.5, false}}};
  Results whole = emptySample();
  sweep(study, sampleFigures, plainFarm(), {}, {}, whole);
  for (const std::size_t stop : {5U, 27U, 33U, 41U, 99U}) {
    Results results = emptySample();
    SweepHooks hooks;
    std::size_t runs = 0;
    hooks.done = [&](const RunRow&) { ++runs; };
    hooks.stopped = [&] { return runs == stop; };
    sweep(study, sampleFigures, plainFarm(), {}, hooks, results);
    sweep(study, sampleFigures, plainFarm(), {}, {}, results);
    EXPECT_EQ(numbers(results), numbers(whole)) << stop;
  }
  // More than is wanted was there, and uneven: it is made whole.
  Results more = sampleResults(150);
  more.runs.pop_back();
  const SweepEnd end = sweep(study, sampleFigures, plainFarm(), {}, {}, more);
  EXPECT_EQ(end.replications, 150U);
  EXPECT_EQ(numbers(more), numbers(sampleResults(150)));
}

TEST(Sweep, ARunThatBrokeIsARowWithoutMetrics) {
  Results results = emptySample();
  const Farm broken = [](const std::vector<Task>& tasks, const Work& work, const FarmHooks& hooks) {
    for (std::size_t i = 0; i < tasks.size(); ++i)
      hooks.done(i, tasks[i].seed == 2 && tasks[i].point == 1 ? Finished{{}, "ended by signal 11"}
                                                              : Finished{work(tasks[i]), ""});
  };
  sweep(sampleStudy(3), sampleFigures, broken, {}, {}, results);
  ASSERT_EQ(results.runs.size(), 6U);
  EXPECT_EQ(results.runs[3].problem, "ended by signal 11");
  EXPECT_THAT(results.runs[3].metrics, IsEmpty());
}

TEST(Merge, PartsOfOtherStudiesAndRunsThatDifferAreRefused) {
  const auto merged = [](const std::function<void(Results&)>& spoil) {
    Results other = sampleResults(2);
    spoil(other);
    const api::Result<Merged> out = merge({{"a.sqlite", sampleResults(2)}, {"b.sqlite", std::move(other)}});
    return out ? "merged, " + std::to_string(out->results.runs.size()) : api::describe(out.errors().front());
  };
  EXPECT_EQ(merged([](Results&) {}), "merged, 4");
  EXPECT_THAT(merged([](Results& r) { r.hash = "other"; }), HasSubstr("b.sqlite: is of study sample (other)"));
  EXPECT_THAT(merged([](Results& r) { r.version = "2"; }), HasSubstr("b.sqlite: is of version 2"));
  EXPECT_THAT(merged([](Results& r) { r.runs[1].fingerprint = "x"; }),
              HasSubstr("b.sqlite: run 1 has fingerprint x, and 1/1 in a.sqlite"));
  Results few = sampleResults(3);
  few.runs.erase(few.runs.begin() + 2);
  const api::Result<Merged> out = merge({{"a.sqlite", few}});
  ASSERT_TRUE(out);
  EXPECT_THAT(out->missing, ElementsAre(2));
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
