// What results say: summaries, verdicts in words, the best and what cannot be told from it, what moved between two.
#include "scenarios/study/analysis.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/study/compare.hpp"
#include "scenarios/study/verdict.hpp"
#include "tests/scenarios/study/sample.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> verdicts(const Analysis& analysis) {
  std::vector<std::string> out;
  for (const PairAnalysis& pair : analysis.pairs) out.push_back(pair.verdict);
  return out;
}

TEST(Analysis, PairsWithTheSameLuckTellWhatLuckHides) {
  // The makespans differ by exactly 10 s in each pair, and by far more between replications.
  Results results = sampleResults(30);
  addCounterfactuals(results);
  const Analysis analysis = analyse(sampleStudy(30), results);
  EXPECT_THAT(
      verdicts(analysis),
      ElementsAre(HasSubstr("no difference in completed seen (+10.0 [-4.3 .. 26.5]"),
                  "b finishes 10.0 s ± 0 ms earlier than a (of 27 pairs; 3 more have no makespan of one of the two)",
                  "b has 1 ± 0 restarts less than a"));
  EXPECT_EQ(analysis.points[0].runs, 30U);
  EXPECT_EQ(analysis.points[0].metrics.at("makespan").count, 27U);
  EXPECT_DOUBLE_EQ(analysis.points[0].metrics.at("completed").mean, 0.9);
  EXPECT_GT(analysis.points[0].metrics.at("makespan").mean_interval->halfWidth(), 1);
}

TEST(Analysis, CounterfactualsComeFromRunsWithTheSameSeed) {
  Results results = sampleResults(30);
  addCounterfactuals(results);
  for (const RunRow& run : results.runs) {
    // a gave up with seeds 10, 20 and 30, where b completed.
    EXPECT_EQ(run.metric("gaveUpEarly"), run.point == 0 && run.seed % 10 == 0 ? 1 : 0);
    // b finishes earlier, with a restart less.
    if (!run.metric("makespan")) continue;
    EXPECT_EQ(run.metric("avoidableRestarts"), run.point == 0 ? 1 : 0);
  }
  // A replication that is not whole says nothing.
  Results part = sampleResults(2);
  part.runs.pop_back();
  addCounterfactuals(part);
  EXPECT_TRUE(part.runs[0].metric("gaveUpEarly"));
  EXPECT_FALSE(part.runs[2].metric("gaveUpEarly"));
}

// Intervals between checkpoints whose times differ by less than luck does.
Results flat(double slope, std::uint32_t replications) {
  Results out = emptySample();
  out.points.clear();
  for (int p = 0; p < 5; ++p)
    out.points.push_back({"tau=" + std::to_string(p), {std::to_string(p)}, {static_cast<double>(p)}, ""});
  Study study = sampleStudy(replications);
  const auto work = [&](const Task& task) {
    RunFigures figures;
    const double noise = static_cast<double>((task.seed * 7919 + task.point * 104729) % 1009) / 100;
    const double away = static_cast<double>(task.point) - 2;
    figures.metrics = {{"completed", 1}, {"makespan", 1000 + slope * away * away + noise}};
    return figures;
  };
  sweep(study, work, plainFarm(), {}, {}, out);
  return out;
}

TEST(Analysis, WhatCannotBeToldApartIsSaidToBeSo) {
  Study study = sampleStudy(30);
  study.metrics = {"makespan"};
  const Analysis cannot = analyse(study, flat(0.2, 30));
  ASSERT_EQ(cannot.best.size(), 1U);
  EXPECT_EQ(cannot.best[0].not_worse.size(), 4U);
  const Analysis can = analyse(study, flat(20, 30));
  EXPECT_EQ(can.best[0].point, 2U);
  EXPECT_THAT(can.best[0].not_worse, IsEmpty());
}

TEST(Analysis, WithManyAlternativesEachIsHeldAgainstTheBaseline) {
  Results results = flat(20, 12);
  results.points.push_back(results.points.back());
  results.points.back().label = "one more";
  Study study = sampleStudy(12);
  study.metrics = {"makespan"};
  EXPECT_EQ(analyse(study, results).pairs.size(), 5U);
  study.baseline = "tau=3";
  for (const PairAnalysis& pair : analyse(study, results).pairs) EXPECT_EQ(pair.a, 3U);
}

// Of n runs: a never completes, b always does.
Analysis opposite(std::uint32_t replications) {
  Results results = emptySample();
  const auto work = [](const Task& task) {
    RunFigures figures;
    figures.metrics = {{"completed", task.point}, {"restarts", 2.0 - task.point}};
    return figures;
  };
  Study study = sampleStudy(replications);
  study.metrics = {"completed"};
  sweep(study, work, plainFarm(), {}, {}, results);
  return analyse(study, results);
}

TEST(Analysis, SharesThatAreAllAlikeAreNoCertainty) {
  // Six pairs of six that point the same way: 2 / 2^6 is less than 5 %; of five it is more.
  EXPECT_THAT(verdicts(opposite(2)),
              ElementsAre("b and a: no difference in completed seen (+100.0 [-68.4 .. 100.0] points)"));
  EXPECT_THAT(verdicts(opposite(5)), ElementsAre(HasSubstr("no difference in completed seen")));
  EXPECT_THAT(verdicts(opposite(6)),
              ElementsAre(HasSubstr("b completes 100.0 [8.1 .. 100.0] points more often than a")));
  const Analysis ten = opposite(10);
  const Interval all = *ten.points[1].metrics.at("completed").mean_interval;
  EXPECT_NEAR(all.low, 0.692, 0.001);
  EXPECT_EQ(all.high, 1);
  EXPECT_NEAR(ten.points[0].metrics.at("completed").mean_interval->high, 0.308, 0.001);
  EXPECT_EQ(ten.points[0].metrics.at("restarts").mean_interval->halfWidth(), 0);  // no share
}

TEST(Analysis, ScreeningSaysHowManyRunsHaveTheMetric) {
  Results results = sampleResults(30);  // a has 27 makespans of 30
  results.factors.push_back("size");
  for (PointRow& point : results.points) {
    point.levels.push_back("1");
    point.numbers.push_back(1);
  }
  const Analysis analysis = analyse(sampleStudy(30), results);
  ASSERT_EQ(analysis.screenings.size(), 3U);
  EXPECT_EQ(analysis.screenings[1].screening.runs, 57U);
  EXPECT_EQ(analysis.screenings[1].all_runs, 60U);
}

TEST(Verdict, WhatStandsBehindAValue) {
  struct Case {
    double value, low, high;
    Unit unit;
    std::string text;
  };
  const Case cases[] = {{0.5, 0.338, 0.662, Unit::kShare, " ± 16.2"},
                        {1, 0.692, 1, Unit::kShare, " [69.2 .. 100.0]"},
                        {0, -0.0, 0.308, Unit::kShare, " [0.0 .. 30.8]"},
                        {736, 720.7, 751.3, Unit::kSeconds, " ± 15.3 s"}};
  for (const Case& one : cases) EXPECT_EQ(reachText(one.value, {one.low, one.high}, one.unit), one.text);
  EXPECT_EQ(differenceText(-0.2, {-0.5, 0}, Unit::kShare, false), "20.0 [0.0 .. 50.0] points");
  EXPECT_EQ(differenceText(-0.2, {-0.5, 0}, Unit::kShare, true), "-20.0 [-50.0 .. 0.0] points");
  EXPECT_EQ(differenceText(44, {6, 82}, Unit::kSeconds, true), "+44.0 s ± 38.0 s");
}

TEST(Verdict, ValuesReadAsPeopleSayThem) {
  struct Case {
    double value;
    Unit unit;
    std::string text;
  };
  const Case cases[] = {
      {0.25, Unit::kSeconds, "250 ms"}, {59.04, Unit::kSeconds, "59.0 s"},  {125, Unit::kSeconds, "2m05s"},
      {7560, Unit::kSeconds, "2h06m"},  {300'000, Unit::kSeconds, "3d11h"}, {-125, Unit::kSeconds, "-2m05s"},
      {0.871, Unit::kShare, "87.1 %"},  {12.5, Unit::kMoney, "12.50"},      {3, Unit::kCount, "3"},
      {3.257, Unit::kCount, "3.26"},    {1234.5, Unit::kCount, "1234"},     {0.00123, Unit::kCount, "0.00123"}};
  for (const Case& one : cases) EXPECT_EQ(valueText(one.value, one.unit), one.text);
}

TEST(Compare, MovedBeyondNoiseAndBeyondTolerance) {
  const Results before = sampleResults(30);
  Results after = sampleResults(30);
  const auto rows = [&](const Tolerances& tolerances) {
    std::vector<std::string> out;
    for (const Moved& row : compare(before, after, tolerances, {}).rows) {
      if (row.beyond_noise)
        out.push_back(row.label + " " + row.metric + (row.worse ? " worse" : "") + (row.exceeded ? " exceeded" : ""));
    }
    return out;
  };
  EXPECT_THAT(rows({}), IsEmpty());
  for (RunRow& run : after.runs) {
    if (run.point != 1) continue;
    for (auto& [name, value] : run.metrics) value *= name == "makespan" ? 1.03 : 1;
    run.fingerprint += "x";
  }
  Tolerances five{Tolerance{0.05, true}, {}, false}, two{Tolerance{0.02, true}, {}, false};
  EXPECT_THAT(rows({}), ElementsAre("b makespan worse"));
  EXPECT_THAT(rows(five), ElementsAre("b makespan worse"));
  EXPECT_THAT(rows(two), ElementsAre("b makespan worse exceeded"));
  const Comparison comparison = compare(before, after, two, {});
  EXPECT_EQ(comparison.same_seeds, 60U);
  EXPECT_EQ(comparison.equal_runs, 30U);
  // The other way round it is better, and only counts if asked.
  const auto back = [&](bool any) {
    Tolerances tolerances = two;
    tolerances.any_direction = any;
    std::size_t exceeded = 0;
    for (const Moved& row : compare(after, before, tolerances, {}).rows) exceeded += row.exceeded ? 1 : 0;
    return exceeded;
  };
  EXPECT_EQ(back(false), 0U);
  EXPECT_EQ(back(true), 1U);
}

// What B no longer has is no less a change than what moved.
TEST(Compare, WhatIsNotThereAnyMoreIsLost) {
  struct Case {
    const char* name;
    std::function<void(Results&)> spoil;
    std::vector<std::string> lost;  // with a tolerance of everything
  };
  const auto dropMakespans = [](Results& results, std::uint64_t from_seed, std::uint32_t point) {
    for (RunRow& run : results.runs)
      if (run.point == point && run.seed >= from_seed)
        std::erase_if(run.metrics, [](const auto& metric) { return metric.first == "makespan"; });
  };
  const Case cases[] = {
      {"nothing", [](Results&) {}, {}},
      {"no makespan",
       [&](Results& b) { dropMakespans(b, 0, 1); },
       {"b: 0 of 30 runs of B have makespan, and 30 of 30 of A"}},
      {"one less",
       [&](Results& b) { dropMakespans(b, 30, 1); },
       {"b: 29 of 30 runs of B have makespan, and 30 of 30 of A"}},
      {"no alternative", [](Results& b) { b.points[1].label = "c"; }, {"b: is not in B"}},
      {"broken",
       [](Results& b) {
         b.runs[1].problem = "ended by signal 11";
         b.runs[1].metrics.clear();
       },
       {"b: 1 runs of B broke, and 0 of A"}},
      {"other seeds",
       [](Results& b) {
         for (RunRow& run : b.runs) run.seed += 1000;
       },
       {}},
      {"other seeds, few makespans",
       [&](Results& b) {
         dropMakespans(b, 4, 1);
         for (RunRow& run : b.runs) run.seed += 1000;
       },
       {"b: 3 of 30 runs of B have makespan, and 30 of 30 of A"}},
  };
  const Results before = sampleResults(30);
  const Tolerances all{Tolerance{0.5, true}, {}, false};
  for (const Case& one : cases) {
    Results after = before;
    one.spoil(after);
    EXPECT_THAT(compare(before, after, all, {}).lost, ElementsAreArray(one.lost)) << one.name;
    EXPECT_THAT(compare(before, after, {}, {}).lost, IsEmpty()) << one.name;
    // The other way round it is a gain.
    const bool other_label = std::string_view(one.name) == "no alternative";
    EXPECT_EQ(compare(after, before, all, {}).lost.size(), other_label ? 1U : 0U) << one.name;
  }
}

TEST(Compare, MembersOfFamiliesThatAreNotThereAreZero) {
  const Results before = sampleResults(30);
  Results after = before;
  for (RunRow& run : after.runs)
    if (run.point == 1) run.metrics.emplace_back("restarts.application", 2);
  Tolerances none;
  none.metrics["restarts.application"] = {0, false};
  const auto told = [&](const Results& a, const Results& b) {
    std::vector<std::string> out;
    for (const Moved& row : compare(a, b, none, {"restarts.application"}).rows)
      out.push_back(row.label + " " + valueText(row.before.value_or(-1), Unit::kCount) + " " +
                    valueText(row.after.value_or(-1), Unit::kCount) + (row.exceeded ? " exceeded" : "") +
                    (row.fewer ? " fewer" : ""));
    return out;
  };
  EXPECT_THAT(told(before, after), ElementsAre("b 0 2 exceeded"));
  EXPECT_THAT(told(after, before), ElementsAre("b 2 0"));
}

TEST(Compare, ToldIsWhereOneHasFewerRuns) {
  const Results before = sampleResults(30);
  Results after = before;
  std::erase_if(after.runs, [](const RunRow& run) { return run.point == 1 && run.seed % 2 == 0; });
  const Comparison comparison = compare(before, after, {}, {});
  ASSERT_EQ(comparison.uneven.size(), 1U);
  EXPECT_EQ(comparison.uneven[0].label, "b");
  EXPECT_EQ(comparison.uneven[0].in_a, 30U);
  EXPECT_EQ(comparison.uneven[0].in_b, 15U);
  EXPECT_THAT(compare(before, before, {}, {}).uneven, IsEmpty());
}

TEST(Compare, TolerancesAreReadStrictly) {
  const auto read = [](const std::string& text) {
    const auto tolerance = parseTolerance(text);
    if (!tolerance) return tolerance.errors().front().text;
    return tolerance->first + (tolerance->second.relative ? " rel " : " abs ") +
           std::to_string(tolerance->second.amount);
  };
  EXPECT_EQ(read("5%"), " rel 0.050000");
  EXPECT_EQ(read("makespan=30s"), "makespan abs 30.000000");
  EXPECT_EQ(read("restarts=0.5"), "restarts abs 0.500000");
  EXPECT_THAT(read("makspan=5%"), HasSubstr("did you mean makespan?"));
  for (const char* alone : {"5", "5s"}) EXPECT_THAT(read(alone), HasSubstr("an amount is of one metric")) << alone;
  EXPECT_THAT(read("restarts=30s"), HasSubstr("restarts is a count, not a time: '30s' does not fit"));
  EXPECT_THAT(read("ettr=30s"), HasSubstr("ettr is a share of 1, not a time"));
  for (const char* wrong : {"", "%", "makespan=", "makespan=-3s", "x%", "makespan=inf"})
    EXPECT_THAT(read(wrong), HasSubstr("must be")) << wrong;
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
