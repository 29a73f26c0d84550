// What the validation stands on: intervals, the queue model by hand-made cases, verdicts, the table of its page.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/validation/tools/cluster_model.hpp"
#include "tests/validation/tools/markdown.hpp"
#include "tests/validation/tools/queue_model.hpp"
#include "tests/validation/tools/side_by_side.hpp"
#include "tests/validation/tools/statistics.hpp"

namespace jobset_twin::validation {
namespace {

TEST(Statistics, Intervals) {
  const Estimate mean = meanOf({1, 2, 3, 4});  // t(3 degrees, 99.9 %) = 12.924, sd 1.290994
  EXPECT_DOUBLE_EQ(mean.value, 2.5);
  EXPECT_NEAR(mean.halfWidth(), 12.92398 * 1.2909944 / 2, 1e-4);
  EXPECT_TRUE(mean.covers(10.8));
  EXPECT_FALSE(mean.covers(11));
  const Estimate none = shareOf(0, 100), all = shareOf(100, 100);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - std::pow(0.0005, 0.01), 1e-9);
  EXPECT_EQ(all.high, 1);
  EXPECT_NEAR(all.low, std::pow(0.0005, 0.01), 1e-9);
  std::vector<double> values = {5, 1, 4, 2, 3};
  EXPECT_EQ(quantileOf(values, 0.5), 3);
  EXPECT_EQ(quantileOf(values, 0.95), 5);
}

TEST(SideBySide, InOrderWhateverTheProcesses) {
  const auto values = byValue(sideBySide(5, 7, [](std::uint64_t seed) {
    return std::vector<double>{static_cast<double>(seed), static_cast<double>(seed * seed)};
  }));
  EXPECT_EQ(values, (std::vector<std::vector<double>>{{5, 6, 7, 8, 9, 10, 11}, {25, 36, 49, 64, 81, 100, 121}}));
  EXPECT_THROW(sideBySide(1, 4, [](std::uint64_t) -> std::vector<double> { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_THROW(byValue({{1, 2}, {3}}), std::runtime_error);
}

TEST(Recursion, FirstComeFirstServed) {
  using std::chrono::seconds;
  const auto at = [](int second) { return kernel::TimePoint(seconds(second)); };
  // Arrivals at 0, 1, 2, 9 that run for 5, 2, 4, 1 s; where they began in a cluster does not count.
  const std::vector<Customer> seen = {
      {at(0), at(0), at(5)}, {at(1), at(7), at(9)}, {at(2), at(2), at(6)}, {at(9), at(20), at(21)}};
  const auto begins = [&](int servers) {
    std::vector<std::int64_t> out;
    for (const Customer& one : byRecursion(seen, servers)) out.push_back((one.began - at(0)) / seconds(1));
    return out;
  };
  EXPECT_EQ(begins(1), (std::vector<std::int64_t>{0, 5, 7, 11}));
  EXPECT_EQ(begins(2), (std::vector<std::int64_t>{0, 1, 3, 9}));
}

TEST(Recursion, TheUrgentFirst) {
  using std::chrono::seconds;
  const auto at = [](int second) { return kernel::TimePoint(seconds(second)); };
  // Arrivals at 0, 1, 2, 9 and 30 that run for 5, 2, 4, 1 and 1 s; those at 2 and 9 are urgent.
  const std::vector<Customer> seen = {{at(0), at(0), at(5), false},
                                      {at(1), at(7), at(9), false},
                                      {at(2), at(2), at(6), true},
                                      {at(9), at(20), at(21), true},
                                      {at(30), at(30), at(31), false}};
  std::vector<std::int64_t> begins;
  for (const Customer& one : byPriority(seen)) begins.push_back((one.began - at(0)) / seconds(1));
  EXPECT_EQ(begins, (std::vector<std::int64_t>{0, 10, 5, 9, 30}));
}

QueueModel constantQueue(int servers, std::int64_t circulating) {
  QueueModel model;
  model.circulating = circulating;
  model.stations.resize(2);
  for (StationModel& station : model.stations) station.law = {ServiceLaw::Kind::kConstant, 0};
  model.stations[0].servers = servers;
  model.stations[0].mean_service = 3;
  model.stations[0].routes = {0, 1};
  model.stations[1].servers = 100;
  model.stations[1].mean_service = 1;
  model.stations[1].routes = {1, 0};
  return model;
}

// Two customers share one server for 3 s each, and are elsewhere for 1 s in between: a cycle of 6 s.
TEST(QueueModel, WhatGoesRoundIsCounted) {
  const QueueFigures figures = runQueue(constantQueue(1, 2), {1, 600, 6000, false, false});
  EXPECT_DOUBLE_EQ(figures.stations[0].number, 2 - 2.0 / 6);
  EXPECT_DOUBLE_EQ(figures.stations[0].queue_length, 4.0 / 6);
  EXPECT_DOUBLE_EQ(figures.stations[1].number, 2.0 / 6);
  EXPECT_DOUBLE_EQ(figures.stations[0].empty, 0);
  EXPECT_NEAR(figures.stations[0].wait, 2, 0.01);
  EXPECT_NEAR(figures.stations[0].time, 5, 0.01);
  EXPECT_DOUBLE_EQ(figures.number, 2);
}

TEST(QueueModel, LittlesLawHoldsExactly) {
  QueueModel model;
  model.stations.resize(1);
  model.arrivals = {{0.7, 0}};
  const QueueFigures figures = runQueue(model, {5, 0, 2000, false, true});
  EXPECT_GT(figures.time_sum, 0);
  EXPECT_EQ(figures.time_sum, figures.number_integral);
}

TEST(QueueModel, PreemptedWorkIsKept) {
  QueueModel model;
  model.stations.resize(1);
  model.stations[0].discipline = StationModel::Discipline::kPreemptiveResume;
  model.arrivals = {{0.3, 0}, {0.3, 0}};
  const QueueFigures resume = runQueue(model, {1, 100, 20'000, false, false});
  model.stations[0].discipline = StationModel::Discipline::kFifo;
  const QueueFigures fifo = runQueue(model, {1, 100, 20'000, false, false});
  EXPECT_LT(resume.classes[0].time, fifo.classes[0].time);
  EXPECT_GT(resume.classes[1].time, fifo.classes[1].time);
  EXPECT_NEAR(resume.empty, fifo.empty, 1e-9);  // the same work, whatever its order
}

TEST(Report, VerdictsAskForCoverageAndWidth) {
  Report report(Tier::kFast, {"B.3"});
  EXPECT_TRUE(report.wants("B"));
  EXPECT_TRUE(report.wants("B.3"));
  EXPECT_FALSE(report.wants("B.1"));
  EXPECT_FALSE(report.wants("A"));
  report.mean("narrow", 10, {10.01, 9.95, 10.07, 20}, 0.01, "1");
  report.mean("noisy", 10, {10.01, 8, 12, 20}, 0.01, "1");
  report.mean("off", 10, {10.2, 10.15, 10.25, 20}, 0.01, "1");
  report.known("as is known");
  report.band("known", 1, 2, 3, "1");
  EXPECT_EQ(report.misses(), 2);
  EXPECT_EQ(report.rows()[0].verdict, "pass");
  EXPECT_EQ(report.rows()[1].verdict, "miss: half-width over 1 %");
  EXPECT_EQ(report.rows()[2].verdict, "miss: not in 10.15..10.25");
  EXPECT_EQ(report.rows()[3].verdict, "miss: as is known");
}

TEST(Markdown, RowsTakeThePlaceOfTheirOldOnes) {
  const Row old{"B.3 x", "1", "2", "-", "1", "miss: y"}, other{"A.1 z", "1", "1", "-", "1", "pass"};
  const std::string first = withRows("text\n<!-- results -->\n", {old, other}, Tier::kSlow);
  EXPECT_EQ(first,
            "text\n<!-- results -->\n\n| id | tier | expected | got | half-width | seeds | verdict |\n"
            "|---|---|---|---|---|---|---|\n| A.1 z | slow | 1 | 1 | - | 1 | pass |\n"
            "| B.3 x | slow | 1 | 2 | - | 1 | miss: y |\n");
  Row fresh = old;
  fresh.verdict = "pass";
  const std::string second = withRows(first, {fresh}, Tier::kSlow);
  EXPECT_NE(second.find("| B.3 x | slow | 1 | 2 | - | 1 | pass |"), std::string::npos);
  EXPECT_EQ(second.find("miss"), std::string::npos);
  EXPECT_NE(withRows(second, {fresh}, Tier::kFast).find("| B.3 x | fast |"), std::string::npos);
  using Ids = std::vector<std::string>;
  const Report all(Tier::kSlow, {}), section(Tier::kSlow, {"A"});
  Row more = fresh;
  more.id = "B.3 y";
  EXPECT_EQ(pageDiffers(second, {fresh, other}, all, Tier::kSlow), Ids());
  EXPECT_EQ(pageDiffers(second, {more}, all, Tier::kSlow),
            (Ids{"not in the table: B.3 y", "in the table, but no row any more: A.1 z",
                 "in the table, but no row any more: B.3 x"}));
  EXPECT_EQ(pageDiffers(second, {other}, section, Tier::kSlow), Ids());
  EXPECT_EQ(pageDiffers(second, {}, all, Tier::kFast), Ids());
}

}  // namespace
}  // namespace jobset_twin::validation
