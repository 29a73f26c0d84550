// The formulas of scenarios/theory against values computed apart from them, with exact fractions and 40 digits.
#include <cmath>

#include <gtest/gtest.h>

#include "scenarios/theory/gangs.hpp"
#include "scenarios/theory/queueing.hpp"

namespace jobset_twin::scenarios::theory {
namespace {

void expectClose(double expected, double got, double tolerance = 1e-9) {
  EXPECT_NEAR(got / expected, 1, tolerance) << expected << " expected, got " << got;
}

TEST(Theory, ErlangAndMarkovQueues) {  // A.2
  struct Case {
    int servers;
    double load, lost, waits, wait, time, queue, number;
  };
  const Case cases[] = {
      {2, 0.8, 0.329896907216495, 0.711111111111111, 1.77777777777778, 2.77777777777778, 2.84444444444444,
       4.44444444444444},
      {4, 0.7, 0.18372422236676, 0.428654318232537, 0.357211931860448, 1.35721193186045, 1.00019340920925,
       3.80019340920925},
      {4, 0.9, 0.270685067145244, 0.787753264295362, 1.96938316073841, 2.96938316073841, 7.08977937865826,
       10.6897793786583},
      {8, 0.8, 0.144393889853395, 0.457644925442016, 0.28602807840126, 1.28602807840126, 1.83057970176806,
       8.23057970176806},
      {10, 0.9, 0.167963226291586, 0.668731524107697, 0.668731524107697, 1.6687315241077, 6.01858371696927,
       15.0185837169693},
      {64, 0.95, 0.0666090583405468, 0.588010931909982, 0.183753416221869, 1.18375341622187, 11.1722077062897,
       71.9722077062897},
      {100, 0.9, 0.0269573804643592, 0.216940480906366, 0.0216940480906366, 1.02169404809064, 1.9524643281573,
       91.9524643281573},
      {100, 0.95, 0.0488042061786778, 0.506456853913021, 0.101291370782604, 1.1012913707826, 9.62268022434739,
       104.622680224347},
      {1000, 0.98, 0.0138312101291112, 0.412200292365281, 0.0206100146182641, 1.02061001461826, 20.1978143258988,
       1000.1978143259},
  };
  for (const Case& one : cases) {
    const double rate = one.servers * one.load;
    expectClose(one.lost, erlangB(one.servers, rate));
    const QueueFigures got = markovQueue(one.servers, rate, 1);
    expectClose(one.waits, got.waits);
    expectClose(one.wait, got.queue_wait);
    expectClose(one.time, got.time_in_system);
    expectClose(one.queue, got.queue_length);
    expectClose(one.number, got.number_in_system);
  }
  expectClose(4, markovQueue(1, 0.8, 1).queue_wait);  // A.1
  expectClose(1 / 0.05, markovQueue(1, 0.95, 1).time_in_system);
  expectClose(0.476672, waitLongerThan(1, 2, 1.6, 1), 2e-6);
  expectClose(0.246013, waitLongerThan(1, 10, 9, 1), 2e-6);
  expectClose(0.121661064, erlangB(10, 8), 5e-9);
  EXPECT_EQ(101, serversFor(90, 0.2));
  EXPECT_EQ(105, serversFor(90, 0.1));
  EXPECT_EQ(108, serversFor(90, 0.05));
  EXPECT_EQ(114, serversFor(90, 0.01));
}

TEST(Theory, OtherQueues) {
  expectClose(2, generalQueue(0.8, 1, 0).queue_wait);  // A.3
  expectClose(5.436563656918090, generalQueue(0.8, 1, std::exp(1.0) - 1).queue_wait);
  expectClose(8.8, generalQueue(0.8, 1, 4).number_in_system);
  struct Crew {
    int crews;
    double up, down, none;
  };
  for (const Crew& one : {Crew{1, 0.416667, 58.333333, 8.1897e-15}, Crew{2, 0.825403, 17.459748, 0.00432590},
                          Crew{3, 0.960513, 3.948672, 0.0652291}, Crew{4, 0.973291, 2.670900, 0.0869539},
                          Crew{100, 1 / 1.024, 2.4 / 1.024, 0.0933264}}) {  // A.4
    const RepairFigures got = machineRepair(100, 1.0 / 1000, 1.0 / 24, one.crews);
    expectClose(one.up, got.up, 2e-6);
    expectClose(one.down, got.down, 2e-7);
    expectClose(one.none, got.none_down, 1e-5);
  }
  const NetworkFigures network = openNetwork({1, 0, 0}, {{0, 0.6, 0.4}, {0.2, 0, 0}, {0.1, 0, 0}}, {2, 1, 1});  // A.5
  expectClose(25.0 / 21, network.arrival_rates[0]);
  expectClose(25.0 / 17, network.numbers[0]);
  expectClose(2.5, network.numbers[1]);
  expectClose(10.0 / 11, network.numbers[2]);
  expectClose(25.0 / 17 + 2.5 + 10.0 / 11, network.time_in_system);
  expectClose(17.0 / 42 * 2 / 7 * 11 / 21, network.empty);
  const auto waits = waitsByPriority({0.3, 0.5}, 1), times = timesByPreemption({0.3, 0.5}, 1);  // A.6
  expectClose(8.0 / 7, waits[0]);
  expectClose(40.0 / 7, waits[1]);
  expectClose(10.0 / 7, times[0]);
  expectClose(50.0 / 7, times[1]);
  const FiniteQueue finite = finiteQueue(10, 0.9);  // A.7
  expectClose(0.050814, finite.blocked, 1e-5);
  expectClose(0.145732, finite.empty, 5e-6);
  expectClose(3.969441, finite.number_in_system, 5e-7);
}

TEST(Theory, SlowestOfMany) {  // B.1
  struct Case {
    int n;
    double mean, deviation, median, p99;
  };
  const Case cases[] = {
      {1, 1, 1, 0.693147180559945, 4.60517018598809},
      {8, 2.71785714285714, 1.23588917470548, 2.48896338568136, 6.68021884868603},
      {100, 5.18737751763962, 1.27866488971305, 4.9751468405858, 9.20536966402307},
      {1000, 7.48547086055035, 1.28216011741185, 7.27461475313521, 11.5079095309224},
      {4096, 8.89510389696632, 1.28245466041616, 8.68436369880073, 12.9179166203433},
      {16384, 10.2813067100085, 1.28252603620924, 10.0705946015196, 14.3042100613277},
  };
  for (const Case& one : cases) {
    expectClose(one.mean, slowestExponential(one.n).mean);
    expectClose(one.deviation, slowestExponential(one.n).deviation);
    expectClose(one.median, slowestExponentialQuantile(one.n, 0.5));
    expectClose(one.p99, slowestExponentialQuantile(one.n, 0.99));
  }
  // Known to the last of the digits that are printed.
  expectClose(1.648721271, slowestLognormal(1, 1));
  expectClose(2.138940484, slowestLognormal(8, 0.5));
  expectClose(5.084405499, slowestLognormal(8, 1));
  expectClose(27.375202, slowestLognormal(1000, 1), 2e-8);
  expectClose(55.674607, slowestLognormal(16384, 1), 2e-8);
  expectClose(3.241436, slowestOfNormals(1000, [](double z) { return z; }), 2e-7);
  expectClose(17.892053, slowestWeibull(1000, 0.7), 5e-8);
  expectClose(1.906255, slowestWeibull(8, 1.5), 5e-7);
  expectClose(6.556301e-05, firstFailureWeibull(1000, 0.7), 1e-7);
  expectClose(9.027453e-03, firstFailureWeibull(1000, 1.5), 1e-7);
}

TEST(Theory, FailuresOfGangs) {  // B.2, B.3
  expectClose(0.435178, gangSurvival(128, 6.5, 24), 2e-6);
  expectClose(4.53999e-05, gangSurvival(10000, 1, 24), 2e-6);
  expectClose(28.846153846153847, 1 / gangFailureRate(128, 6.5));
  struct Case {
    double load, mean, with_cost, failures, deviation;
  };
  const Case cases[] = {
      {0.1, 1.05170918075648, 1.06222627256404, 0.105170918075648, 0.19198295368087},
      {0.5, 1.29744254140026, 1.36231466847027, 0.648721270700128, 0.527486711714777},
      {1, 1.71828182845905, 1.89011001130495, 1.71828182845905, 0.975957192715213},
      {2, 3.19452804946533, 3.83343365935839, 6.38905609893065, 2.45162831794614},
      {3, 6.36184564106256, 8.27039933338132, 19.0855369231877, 5.59678054235557},
      {5, 29.4826318205153, 44.223947730773, 147.413159102577, 28.6644966491867},
  };
  for (const Case& one : cases) {
    // T = 100, so that the units show.
    expectClose(one.mean * 100, restartFromScratch(100, one.load / 100, 0).mean);
    expectClose(one.with_cost * 100, restartFromScratch(100, one.load / 100, 10).mean);
    expectClose(one.failures, restartFromScratch(100, one.load / 100, 0).failures);
    expectClose(one.deviation * 100, restartFromScratch(100, one.load / 100, 0).deviation);
  }
  expectClose(0.606530659712633, completesWithin(0, 100, 0.005));
  expectClose(0.840338699848815, completesWithin(3, 100, 0.01));
  expectClose(0.798012211536129, completesWithin(10, 100, 0.02));
}

TEST(Theory, Checkpoints) {  // B.4, hours
  struct Case {
    CheckpointCase which;
    double work, young, daly, best, with_young, with_daly, with_best;
  };
  constexpr double kMinute = 1.0 / 60;
  const Case cases[] = {
      {{24, 5 * kMinute, 10 * kMinute},
       500,
       2,
       1.94483024691358,
       1.94483455544432,
       547.899163774157,
       547.881782457036,
       547.881782456927},
      {{6, 5 * kMinute, 10 * kMinute},
       500,
       1,
       0.945216049382716,
       0.945233366646109,
       610.369394728006,
       610.216406835007,
       610.216406818873},
      {{3.093079, kMinute, 5 * kMinute},
       1000,
       0.321095987725374,
       0.310080998019421,
       0.310082336876398,
       1141.84087132198,
       1141.77106393678,
       1141.77106393571},
      {{1.8, kMinute / 2, 5 * kMinute},
       1000,
       0.173205080756888,
       0.167694073833214,
       0.167694648742242,
       1155.04391614078,
       1154.98761349808,
       1154.98761349745},
      {{1.8, 5 * kMinute, 15 * kMinute},
       1000,
       0.547722557505166,
       0.493575753383523,
       0.493633900542403,
       1585.5380346325,
       1583.16537205624,
       1583.16536904377},
      {{0.23, kMinute / 2, 5 * kMinute},
       100,
       0.061913918736689,
       0.0564829886214247,
       0.056487531172435,
       190.63496120181,
       190.436512830416,
       190.436512679174},
  };
  for (const Case& one : cases) {
    expectClose(one.young, youngInterval(one.which));
    expectClose(one.daly, dalyInterval(one.which));
    expectClose(one.best, bestInterval(one.which));
    expectClose(one.with_young, checkpointedTime(one.which, one.young, one.work));
    expectClose(one.with_daly, checkpointedTime(one.which, one.daly, one.work));
    expectClose(one.with_best, checkpointedTime(one.which, one.best, one.work));
  }

  // With a beginning and an end, by hand: without failures, with one interval, and with a last part that is shorter.
  expectClose(110, checkpointedRun({1e18, 5, 3}, 40, 100));
  expectClose(restartFromScratch(1, 2, 0).mean, checkpointedRun({0.5, 9, 9}, 1, 1));
  const double first = std::expm1(2.5), last = std::exp(0.25) * std::expm1(1);
  expectClose(first + last, checkpointedRun({1, 0.5, 0.25}, 2, 3));
}

}  // namespace
}  // namespace jobset_twin::scenarios::theory
