// What reports say of real faults: every class, as its scenario of the catalogue shows it.
#include <algorithm>

#include <gmock/gmock.h>

#include "tests/viz/report/reported.hpp"
#include "viz/report/report_text.hpp"

namespace jobset_twin::viz::report {
namespace {

using test::catalogueText;
using test::Reported;
using test::seconds;
using testing::HasSubstr;

enum class What : std::uint8_t { kRestart, kFails, kReplaces, kContainers, kHoldsStart, kHoldsObjects, kNothing };

struct Case {
  const char* scenario;  // of scenarios/catalogue/faults
  const char* cause;     // how its alarm begins, or has in its text
  What what;
  const char* step = "";   // kHoldsStart: of the critical path; kHoldsObjects: of the delays
  double at_least = 0;     // seconds that it was held
  std::size_t alarms = 1;  // that did harm
};

const Alarm* alarmOf(const RunReport& report, const std::string& cause) {
  for (const Alarm& alarm : report.alarms) {
    if (alarm.text.find(cause) != std::string::npos) return &alarm;
  }
  return nullptr;
}

// Seconds by which the fault held a step of that name up, of the start that it held up longest.
double heldAt(const RunReport& report, const std::string& cause, const std::string& step) {
  double most = 0;
  for (const StartRow& start : report.starts) {
    for (const PathStep& one : start.path) {
      if (one.what != step) continue;
      for (const Held& held : one.held) {
        if (report.hindrances.at(held.event).name.find(cause) != std::string::npos)
          most = std::max(most, seconds(held.time));
      }
    }
  }
  return most;
}

// What was restarted alone is one row, its parts sum to it, and its alarm has the costs.
void expectOneRow(const RunReport& report, RepairKind kind, const Alarm& alarm) {
  ASSERT_EQ(report.repairs.size(), 1U);
  const RepairRow& row = report.repairs.front();
  EXPECT_EQ(row.kind, kind);
  ASSERT_TRUE(row.alarm);
  EXPECT_EQ(&report.alarms[*row.alarm], &alarm);
  EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
  EXPECT_GT(row.lost, Duration{});
  EXPECT_DOUBLE_EQ(row.pod_seconds, alarm.pod_seconds);
  EXPECT_DOUBLE_EQ(row.pod_seconds_done, alarm.pod_seconds_done);
}

class FaultsOfTheCatalogue : public testing::TestWithParam<Case> {};

TEST_P(FaultsOfTheCatalogue, AreNamedAsTheCause) {
  const Case& one = GetParam();
  const Reported run(catalogueText(std::string("faults/") + one.scenario));
  const std::string text = reportText(run.report, {});
  const Alarm* alarm = alarmOf(run.report, one.cause);
  ASSERT_TRUE(alarm) << text;
  EXPECT_EQ(alarm->times, 1U);
  switch (one.what) {
    case What::kRestart: {
      ASSERT_EQ(run.report.restarts.size(), 1U) << text;
      const RestartRow& row = run.report.restarts.front();
      EXPECT_THAT(row.cause, HasSubstr(one.cause));
      EXPECT_EQ(&run.report.alarms[row.alarm], alarm);
      EXPECT_EQ(alarm->restarts, 1U);
      EXPECT_EQ(alarm->lost, row.lost);
      break;
    }
    case What::kFails: EXPECT_EQ(alarm->jobsets_failed, 1U) << text; break;
    case What::kReplaces:
      EXPECT_EQ(alarm->pods_failed, 1U) << text;
      EXPECT_EQ(alarm->pods_replaced, 1U) << text;
      expectOneRow(run.report, RepairKind::kReplacement, *alarm);
      break;
    case What::kContainers:
      EXPECT_GT(alarm->containers_failed, 0U) << text;
      EXPECT_EQ(alarm->containers_restarted, alarm->containers_failed) << text;
      expectOneRow(run.report, RepairKind::kContainers, *alarm);
      break;
    case What::kHoldsStart:
      EXPECT_EQ(alarm->starts_held, 1U) << text;
      EXPECT_GE(heldAt(run.report, one.cause, one.step), one.at_least) << text;
      break;
    case What::kHoldsObjects: {
      const auto delay = std::find_if(run.report.delays.begin(), run.report.delays.end(), [&](const Delay& d) {
        return d.because.find(one.cause) != std::string::npos && d.what.find(one.step) != std::string::npos;
      });
      ASSERT_NE(delay, run.report.delays.end()) << text;
      EXPECT_GE(seconds(delay->longest), one.at_least) << text;
      break;
    }
    case What::kNothing:
      EXPECT_THAT(text, HasSubstr("nothing failed or was held up because of: "));
      EXPECT_EQ(alarm->pods_failed + alarm->starts_held + alarm->objects_held, 0U) << text;
      break;
  }
  std::size_t harmful = 0;
  for (const Alarm& each : run.report.alarms) {
    harmful +=
        each.pods_failed + each.jobs_failed + each.starts_held + each.objects_held + each.containers_failed > 0 ? 1 : 0;
  }
  EXPECT_EQ(harmful, one.what == What::kNothing ? one.alarms - 1 : one.alarms) << text;
  for (const RestartRow& row : run.report.restarts) {
    EXPECT_EQ(row.detection + row.teardown + row.rescheduling + row.start_up, row.lost);
    for (const Duration part : {row.detection, row.teardown, row.rescheduling, row.start_up})
      EXPECT_GE(part, Duration{});
  }
}

std::string nameOfCase(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.scenario;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

using enum What;
constexpr const char* kNames = "names not found";
INSTANTIATE_TEST_SUITE_P(
    Reports, FaultsOfTheCatalogue,
    testing::Values(
        Case{"kill", "fault kill-1 (kill)", kRestart}, Case{"exit", "fault exit-1 (exit)", kFails},
        Case{"oom", "fault oom-1 (oom)", kContainers}, Case{"hang", "fault hang-1 (hang)", kContainers},
        Case{"unready", "fault unready-1 (unready)", kHoldsStart, "ready", 44},
        Case{"crash-loop", "fault crash-loop-1 (crash-loop)", kContainers},
        Case{"delete", "fault delete-1 (delete)", kRestart}, Case{"evict", "fault evict-1 (evict)", kReplaces},
        Case{"pressure-evict", "fault pressure-evict-1 (pressure-evict)", kRestart},
        Case{"preempt", "fault preempt-1 (preempt)", kReplaces},
        Case{"stuck-terminating", "fault stuck-terminating-1 (stuck-terminating)", kHoldsStart, "Failed", 160, 2},
        Case{"image-slow", "fault image-slow-1 (image-slow)", kHoldsStart, "image pulled", 200},
        Case{"image-missing", "fault image-missing-1 (image-missing)", kHoldsStart, "image pulled", 119},
        Case{"node-fail", "fault node-fail-1 (node-fail)", kRestart},
        Case{"node-reboot", "fault node-reboot-1 (node-reboot)", kContainers},
        Case{"node-hang", "fault node-hang-1 (node-hang)", kNothing},
        Case{"node-partition", "fault node-partition-1 (node-partition)", kHoldsObjects, "known late"},
        Case{"node-slow", "fault node-slow-1 (node-slow)", kNothing},
        Case{"gpu-fault", "fault gpu-fault-1 (gpu-fault)", kRestart},
        Case{"node-shutdown", "fault node-shutdown-1 (node-shutdown)", kReplaces},
        Case{"node-maintenance", "fault node-maintenance-1 (node-maintenance)", kReplaces},
        Case{"node-remove", "fault node-remove-1 (node-remove)", kRestart},
        Case{"rack-power", "fault power (node-fail)", kRestart},
        Case{"dns-down", "fault dns-down-1 (dns-down)", kHoldsObjects, kNames, 49},
        Case{"dns-slow", "fault dns-slow-1 (dns-slow)", kHoldsObjects, kNames, 5},
        Case{"dns-stale", "fault dns-stale-1 (dns-stale)", kHoldsObjects, kNames, 44},
        Case{"endpoints-delay", "fault endpoints-delay-1 (endpoints-delay)", kHoldsObjects, kNames, 29},
        Case{"pod-partition", "fault pod-partition-1 (pod-partition)", kHoldsObjects, kNames, 78},
        Case{"api-slow", "fault api-slow-1 (api-slow)", kHoldsStart, "created", 3},
        Case{"api-error", "fault api-error-1 (api-error)", kHoldsStart, "created", 19},
        Case{"api-timeout", "fault api-timeout-1 (api-timeout)", kHoldsStart, "seen ready by the JobSet controller", 7},
        Case{"api-lost-answer", "fault api-lost-answer-1 (api-lost-answer)", kHoldsObjects, "requests refused"},
        Case{"api-outage", "fault api-outage-1 (api-outage)", kHoldsObjects, "known late: the end of Pods", 50},
        Case{"api-overload", "fault api-overload-1 (api-overload)", kHoldsStart, "created", 1},
        Case{"client-limit", "fault client-limit-1 (client-limit)", kHoldsStart, "scheduled", 18},
        Case{"webhook-down", "fault webhook-down-1 (webhook-down)", kHoldsStart, "created", 36, 2},
        Case{"webhook-slow", "fault webhook-slow-1 (webhook-slow)", kHoldsStart, "created", 16},
        Case{"watch-delay", "fault watch-delay-1 (watch-delay)", kHoldsStart, "seen ready by the JobSet controller", 9},
        Case{"watch-freeze", "fault watch-freeze-1 (watch-freeze)", kHoldsStart, "Failed", 79, 2},
        Case{"watch-drop", "fault watch-drop-1 (watch-drop)", kNothing},
        Case{"watch-expire", "fault watch-expire-1 (watch-expire)", kNothing},
        Case{"etcd-compaction", "fault watch-freeze-1 (watch-freeze)", kHoldsStart, "Failed", 49, 2},
        Case{"controller-crash", "fault controller-crash-1 (controller-crash)", kHoldsStart, "created", 15},
        Case{"controller-restart", "fault controller-restart-1 (controller-restart)", kHoldsStart, "Failed", 17, 2},
        Case{"slow-failover", "fault controller-crash-1 (controller-crash)", kHoldsStart, "scheduled", 75},
        Case{"two-leaders", "fault two-leaders-1 (two-leaders)", kHoldsStart, "restart decided", 12, 2},
        Case{"clock-skew", "fault clock-skew-1 (clock-skew)", kNothing, "", 0, 2}),
    nameOfCase);

}  // namespace
}  // namespace jobset_twin::viz::report
