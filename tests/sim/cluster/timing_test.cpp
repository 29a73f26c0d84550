// The table of timing parameters: complete, and with the defaults of the reference (section 1 of spec/kubernetes.md).
#include "sim/cluster/timing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <set>
#include <string>

namespace jobset_twin::cluster {
namespace {

double numberOf(const TimingRow& row) {
  return std::visit(
      [](const auto* value) -> double {
        using T = std::remove_cvref_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, Latency>) {
          return std::chrono::duration<double>(value->median).count();
        } else if constexpr (std::is_same_v<T, Duration>) {
          return std::chrono::duration<double>(*value).count();
        } else {
          return static_cast<double>(*value);
        }
      },
      row.value);
}

std::string_view unitOf(const TimingRow& row) {
  constexpr std::string_view kUnits[] = {"duration", "latency", "rate", "count", "bytes", "flag"};
  return kUnits[row.value.index()];
}

TEST(Timing, DefaultsAreThoseOfTheReference) {
  struct Case {
    const char *field, *id;
    double value;  // seconds, or the number
  };
  const Case cases[] = {
      {"kubelet.pleg", "K-T-6", 1},
      {"kubelet.crashBackoff", "K-T-11", 10},
      {"kubelet.crashBackoffMax", "K-T-11", 300},
      {"kubelet.imageBackoff", "K-T-12", 10},
      {"kubelet.imageBackoffMax", "K-T-12", 300},
      {"kubelet.statusRetry", "K-T-9", 10},
      {"kubelet.syncBackoff", "K-T-10", 10},
      {"kubelet.parallelPulls", "K-T-13", 1},
      {"kubelet.evictionMonitor", "K-T-15", 10},
      {"kubelet.pressureTransition", "K-T-15", 300},
      {"nodes.leaseRenew", "K-T-2", 10},
      {"nodes.shutdownGrace", "K-T-18", 0},
      {"nodes.monitorPeriod", "K-T-30", 5},
      {"nodes.monitorGrace", "K-T-31", 50},
      {"nodes.startupGrace", "K-T-32", 60},
      {"nodes.evictionRate", "K-T-33", 0.1},
      {"nodes.secondaryEvictionRate", "K-T-34", 0.01},
      {"nodes.unhealthyZoneThreshold", "K-T-35", 0.55},
      {"nodes.largeZone", "K-T-36", 50},
      {"nodes.taintPoll", "K-T-37", 0.1},
      {"nodes.podGcPeriod", "K-T-39", 20},
      {"nodes.podGcQuarantine", "K-T-39", 40},
      {"nodes.terminatedPodsMax", "K-T-40", 12500},
      {"nodes.drainRetry", "K-NODE-17", 5},
      {"election.lease", "K-T-75", 15},
      {"election.renewDeadline", "K-T-75", 10},
      {"election.retry", "K-T-75", 2},
      {"transport.seats", "K-T-87", 600},
      {"clients.kubeletQps", "K-T-14", 50},
      {"clients.kubeletBurst", "K-T-14", 100},
      {"clients.controllerManagerQps", "K-T-41", 20},
      {"clients.controllerManagerBurst", "K-T-41", 30},
      {"job.workers", "K-T-43", 5},
      {"garbage.workers", "K-T-44", 20},
      {"job.syncBatch", "K-T-50", 1},
      {"job.apiBackoff", "K-T-51", 1},
      {"job.apiBackoffMax", "K-T-51", 60},
      {"job.failureBackoff", "K-T-52", 10},
      {"job.failureBackoffMax", "K-T-52", 600},
      {"job.maxPodsPerSync", "K-T-53", 500},
      {"job.expectationsTimeout", "K-T-55", 300},
      {"scheduler.backoff", "K-T-60", 1},
      {"scheduler.backoffMax", "K-T-60", 10},
      {"scheduler.flushAfter", "K-T-62", 300},
      {"scheduler.flushEvery", "K-T-62", 30},
      {"scheduler.percentageOfNodesToScore", "K-T-64", 0},
      {"clients.schedulerQps", "K-T-65", 50},
      {"clients.schedulerBurst", "K-T-65", 100},
      {"clients.gcQps", "K-API-30", 40},
      {"clients.gcBurst", "K-API-30", 30},
      {"jobset.backoff", "JS-T2", 0.005},
      {"jobset.backoffMax", "JS-T2", 1000},
      {"jobset.inFlightMax", "JS-R13d", 50},
      {"clients.jobsetQps", "JS-T4", 500},
      {"clients.jobsetBurst", "JS-T4", 500},
      {"kueue.requeueBatch", "K-KUE-24", 1},
      {"kueue.statusBatch", "K-KUE-70", 1},
      {"clients.kueueQps", "K-KUE-70", 300},
      {"clients.kueueBurst", "K-KUE-70", 500},
      {"transport.write", "1", 0.008},
      {"transport.watch", "1", 0.003},
      {"network.negativeTtl", "K-DNS-21", 0},
  };
  Timing timing;
  const std::vector<TimingRow> table = timingTable(timing);
  for (const Case& each : cases) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const TimingRow& candidate) { return candidate.field == each.field; });
    ASSERT_NE(row, table.end()) << each.field;
    EXPECT_EQ(row->id, each.id) << each.field;
    EXPECT_DOUBLE_EQ(numberOf(*row), each.value) << each.field;
  }
}

// Every byte of the parameters lies in exactly one row: a parameter that is added without one is noticed by its size.
TEST(Timing, EveryParameterHasARow) {
  Timing timing;
  std::set<std::string_view> fields;
  std::set<const void*> places;
  std::size_t bytes = 0;
  for (const TimingRow& row : timingTable(timing)) {
    EXPECT_TRUE(fields.insert(row.field).second) << row.field;
    EXPECT_FALSE(row.id.empty() || row.text.empty() || row.source.empty()) << row.field;
    EXPECT_NE(row.field.find('.'), std::string_view::npos) << row.field;
    if (row.unit != "rate") {
      EXPECT_EQ(row.unit, unitOf(row)) << row.field;
    }
    std::visit(
        [&](const auto* value) {
          const auto at = reinterpret_cast<std::uintptr_t>(value);
          const auto begin = reinterpret_cast<std::uintptr_t>(&timing);
          EXPECT_TRUE(at >= begin && at < begin + sizeof timing) << row.field;
          EXPECT_TRUE(places.insert(value).second) << row.field << " is in the table twice";
          bytes += sizeof *value;
        },
        row.value);
  }
  // What remains is padding: each struct of the parameters has at most a few bytes of it.
  EXPECT_LE(sizeof timing - bytes, 4U * 10U);
}

TEST(Timing, ZeroJitterLeavesTheMedians) {
  Timing timing;
  Timing still = zeroJitter(timing);
  const std::vector<TimingRow> before = timingTable(timing), after = timingTable(still);
  bool jitter = false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_DOUBLE_EQ(numberOf(before[i]), numberOf(after[i])) << before[i].field;
    if (before[i].unit != "latency") continue;
    EXPECT_EQ(std::get<Latency*>(after[i].value)->sigma, 0) << after[i].field;
    jitter = jitter || std::get<Latency*>(before[i].value)->sigma > 0;
  }
  EXPECT_TRUE(jitter);
}

}  // namespace
}  // namespace jobset_twin::cluster
