#include "viz/report/report_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "viz/columns.hpp"
#include "viz/timeline.hpp"

namespace jobset_twin::viz::report {
namespace {

using namespace std::chrono_literals;

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", withThousands(static_cast<std::int64_t>(count)), noun, count == 1 ? "" : "s");
}

std::string number(double value) {
  constexpr double kWhole = 100;
  if (value >= kWhole) return withThousands(static_cast<std::int64_t>(value + 0.5));
  return fmt::format("{:.2f}", value);
}

std::string restartName(const RestartRow& row) {
  return fmt::format("{} {}{}", row.object, row.kind == StartKind::kInPlace ? "in place #" : "#", row.number);
}

std::string more(std::size_t all, std::size_t told) {
  if (all <= told) return {};
  return fmt::format("(and {} more)\n", withThousands(static_cast<std::int64_t>(all - told)));
}

std::string consequences(const Alarm& alarm) {
  std::string text;
  const auto add = [&](std::size_t count, std::string_view noun, std::string_view verb) {
    if (count > 0)
      text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", plural(count, noun), verb.empty() ? "" : " ", verb);
  };
  add(alarm.pods_failed, "Pod", "ended");
  add(alarm.jobs_failed, "Job", "failed");
  add(alarm.jobsets_failed, "JobSet", "failed");
  add(alarm.restarts, "restart", "");
  add(alarm.pods_replaced, "Pod", "replaced");
  add(alarm.containers_failed, "container", "failed");
  add(alarm.containers_restarted, "container", "restarted");
  if (alarm.starts_held > 0)
    text += fmt::format("{}{} held up, {}", text.empty() ? "" : ", ", plural(alarm.starts_held, "start"),
                        shortDuration(alarm.held));
  if (alarm.starts_held == 0 && alarm.objects_held > 0)
    text += fmt::format("{}{} held up", text.empty() ? "" : ", ", plural(alarm.objects_held, "object"));
  return text;
}

bool harmless(const Alarm& alarm) {
  return alarm.pods_failed + alarm.jobs_failed + alarm.jobsets_failed + alarm.restarts + alarm.containers_failed +
             alarm.starts_held + alarm.objects_held ==
         0;
}

std::string alarmsText(const RunReport& report, const TextOptions& options) {
  if (report.alarms.empty()) return {};
  Table table;
  table.header = {"CAUSE", "TIMES", "FIRST AT", "LOST", "POD-SECONDS", "NODE-HOURS", "WHAT CAME OF IT"};
  std::size_t harmful = 0;
  while (harmful < report.alarms.size() && !harmless(report.alarms[harmful])) ++harmful;
  for (std::size_t i = 0; i < std::min(harmful, options.most_rows); ++i) {
    const Alarm& alarm = report.alarms[i];
    table.rows.push_back({alarm.text, withThousands(static_cast<std::int64_t>(alarm.times)),
                          clockTime(alarm.first - report.start), alarm.restarts ? shortDuration(alarm.lost) : "-",
                          alarm.pod_seconds > 0 ? number(alarm.pod_seconds) : "-",
                          alarm.pod_seconds > 0 ? number(alarm.node_hours) : "-", consequences(alarm)});
  }
  std::string text;
  if (harmful > 0) text = "Causes, the costliest first\n" + formatTable(table) + more(harmful, options.most_rows);
  for (std::size_t i = harmful; i < std::min(report.alarms.size(), harmful + options.most_rows); ++i)
    text += fmt::format("nothing failed or was held up because of: {}, at {}\n", report.alarms[i].text,
                        clockTime(report.alarms[i].first - report.start));
  return text + more(report.alarms.size() - harmful, options.most_rows) + "\n";
}

std::string delaysText(const RunReport& report, const TextOptions& options) {
  if (report.delays.empty()) return {};
  Table table;
  table.header = {"WHAT HELD THINGS UP", "TIMES",      "OBJECTS", "FIRST AT", "LAST AT", "LONGEST",
                  "BECAUSE OF",          "FOR EXAMPLE"};
  for (std::size_t i = 0; i < std::min(report.delays.size(), options.most_rows); ++i) {
    const Delay& delay = report.delays[i];
    table.rows.push_back(
        {delay.what, withThousands(static_cast<std::int64_t>(delay.times)),
         withThousands(static_cast<std::int64_t>(delay.objects)), clockTime(delay.first - report.start),
         clockTime(delay.last - report.start), delay.longest == Duration{} ? "-" : shortDuration(delay.longest),
         delay.because.empty() ? "-" : delay.because, fmt::format("{}: {}", delay.object, delay.example)});
  }
  return formatTable(table) + more(report.delays.size(), options.most_rows) + "\n";
}

std::string restartsText(const RunReport& report, const TextOptions& options) {
  if (report.restarts.empty()) return "Restarts: none\n\n";
  std::string text = fmt::format(
      "Restarts: {}, {} lost, {} pod-seconds and {} node-hours; {} pod-hours of work before them are done again unless "
      "there were checkpoints\n",
      report.restarts.size(), shortDuration(report.lost), number(report.pod_seconds), number(report.node_hours),
      number(report.pod_seconds_done / 3600));
  Duration detection{}, teardown{}, rescheduling{}, start_up{};
  for (const RestartRow& row : report.restarts) {
    detection += row.detection;
    teardown += row.teardown;
    rescheduling += row.rescheduling;
    start_up += row.start_up;
  }
  if (report.restarts.size() > 1)
    text += fmt::format("of the time lost: detection {}, teardown {}, rescheduling {}, start-up {}\n",
                        shortDuration(detection), shortDuration(teardown), shortDuration(rescheduling),
                        shortDuration(start_up));
  Table table;
  table.header = {"RESTART",      "AT",       "LOST", "DETECTION",   "TEARDOWN",
                  "RESCHEDULING", "START-UP", "PODS", "POD-SECONDS", "CAUSE"};
  for (std::size_t i = 0; i < std::min(report.restarts.size(), options.most_rows); ++i) {
    const RestartRow& row = report.restarts[i];
    table.rows.push_back({restartName(row), clockTime(row.fault - report.start), shortDuration(row.lost),
                          shortDuration(row.detection), shortDuration(row.teardown), shortDuration(row.rescheduling),
                          shortDuration(row.start_up) + (row.ready ? "" : " (not ready: " + row.ended_by + ")"),
                          withThousands(row.pods), number(row.pod_seconds), row.cause});
  }
  return text + formatTable(table) + more(report.restarts.size(), options.most_rows) + "\n";
}

std::string repairsText(const RunReport& report, const TextOptions& options) {
  if (report.repairs.empty()) return {};
  constexpr std::string_view kBefore[] = {"containers of ", "Pods of ", "indexes of "};
  constexpr std::string_view kBy[] = {"by the kubelet", "by the Job controller", "by the Job controller"};
  Table table;
  table.header = {"RESTARTED ALONE", "TIMES",    "LOST",    "DETECTION", "TEARDOWN",
                  "RESCHEDULING",    "START-UP", "LONGEST", "CAUSE"};
  for (std::size_t i = 0; i < std::min(report.repairs.size(), options.most_rows); ++i) {
    const RepairRow& row = report.repairs[i];
    const auto kind = static_cast<std::size_t>(row.kind);
    table.rows.push_back({fmt::format("{}{}, {}", kBefore[kind], row.of, kBy[kind]),
                          withThousands(static_cast<std::int64_t>(row.times)), shortDuration(row.lost),
                          shortDuration(row.detection), shortDuration(row.teardown), shortDuration(row.rescheduling),
                          shortDuration(row.start_up), shortDuration(row.longest),
                          row.cause.empty() ? "it ended, and runs again" : row.cause});
  }
  return formatTable(table) + more(report.repairs.size(), options.most_rows) + "\n";
}

std::string startTitle(const StartRow& row) {
  std::string what;
  switch (row.kind) {
    case StartKind::kFirst: what = "first start"; break;
    case StartKind::kResume: what = "start after its suspension"; break;
    case StartKind::kInPlace: what = fmt::format("restart {} in place", row.number); break;
    case StartKind::kJobSet:
    case StartKind::kJob: what = fmt::format("restart {}", row.number); break;
  }
  return fmt::format("{}, {}: {}", row.object, what,
                     row.ready ? "ready after " + shortDuration(row.took)
                               : fmt::format("not ready before {}, {}", row.ended_by, shortDuration(row.took)));
}

std::string heldText(const std::vector<Held>& held, const RunReport& report) {
  std::string text;
  for (const Held& one : held)
    text += fmt::format("{}{} of it under {}", text.empty() ? "" : ", ", shortDuration(one.time),
                        report.hindrances.at(one.event).name);
  return text;
}

// When each name could first be found, the earliest first.
std::string namesText(const StartRow& row, const RunReport& report) {
  constexpr std::size_t kMostNames = 12;
  auto names = row.names;
  std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return a.second.value_or(TimePoint::max()) < b.second.value_or(TimePoint::max());
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    const auto& [pod, at] = names[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", pod, at ? clockTime(*at - report.start) : "never");
  }
  if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
  return text;
}

std::string startText(const StartRow& row, const RunReport& report) {
  Table table;
  table.header = {"STAGE", "PODS", "MIN", "MEDIAN", "P99", "MAX", "SLOWEST"};
  for (std::size_t i = 0; i < kStages; ++i) {
    const Summary& stage = row.stages[i];
    if (stage.count == 0) continue;
    table.rows.push_back({std::string(stageName(static_cast<Stage>(i))),
                          withThousands(static_cast<std::int64_t>(stage.count)), shortDuration(stage.least),
                          shortDuration(stage.median), shortDuration(stage.p99), shortDuration(stage.most),
                          stage.slowest});
  }
  std::string text = startTitle(row) + "\n";
  if (!table.rows.empty()) text += formatTable(table);
  if (std::any_of(row.names.begin(), row.names.end(), [](const auto& name) { return name.second.has_value(); }))
    text += "names first found: " + namesText(row, report) + "\n";
  if (!row.held.empty()) text += "held up: " + heldText(row.held, report) + "\n";
  if (row.path.empty()) return text + "\n";
  Table path;
  path.header = {"CRITICAL PATH", "TOOK", "SHARE", "STEP"};
  Duration sum{};
  for (const PathStep& step : row.path) {
    sum += step.took;
    if (step.took == Duration{}) continue;
    const double share = row.took.count() > 0
                             ? 100.0 * static_cast<double>(step.took.count()) / static_cast<double>(row.took.count())
                             : 0;
    path.rows.push_back({"+" + shortDuration(sum), shortDuration(step.took), fmt::format("{:.0f} %", share),
                         (step.object.empty() ? step.what : fmt::format("{} {}", step.object, step.what)) +
                             (step.held.empty() ? "" : " (" + heldText(step.held, report) + ")")});
  }
  return text + formatTable(path) + "\n";
}

std::string startsText(const RunReport& report, const TextOptions& options) {
  // The first starts in their order, then the costliest restarts.
  std::vector<const StartRow*> told;
  for (const StartRow& row : report.starts) {
    if (row.kind == StartKind::kFirst || row.kind == StartKind::kResume) told.push_back(&row);
  }
  std::stable_sort(told.begin(), told.end(), [](const StartRow* a, const StartRow* b) { return a->took > b->took; });
  const std::size_t firsts = told.size();
  if (told.size() > options.most_starts) told.resize(options.most_starts);
  for (std::size_t i = 0; i < std::min(report.restarts.size(), options.most_restart_starts); ++i)
    told.push_back(&report.starts[report.restarts[i].start]);
  std::string text =
      "Start-up, the slowest first; each stage from the end of the one before, resolvable from created\n";
  for (const StartRow* row : told) text += startText(*row, report);
  return text + more(firsts + report.restarts.size(), told.size());
}

}  // namespace

std::string shortDuration(Duration duration) {
  const double s = std::chrono::duration<double>(duration).count();
  if (duration < 1ms) return duration == Duration{} ? "0s" : fmt::format("{:.2f}ms", s * 1e3);
  if (duration < 1s) return fmt::format("{:.0f}ms", s * 1e3);
  if (duration < 10s) return fmt::format("{:.2f}s", s);
  if (duration < 60s) return fmt::format("{:.1f}s", s);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration + 500ms).count();
  constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86400;
  if (whole < kHour) return fmt::format("{}m{:02}s", whole / kMinute, whole % kMinute);
  if (whole < kDay) return fmt::format("{}h{:02}m", whole / kHour, whole % kHour / kMinute);
  return fmt::format("{}d{:02}h", whole / kDay, whole % kDay / kHour);
}

std::string reportText(const RunReport& report, const TextOptions& options) {
  std::string text = alarmsText(report, options) + restartsText(report, options) + repairsText(report, options) +
                     delaysText(report, options) + startsText(report, options);
  for (const std::string& line : report.missing) text += "note: " + line + "\n";
  return text;
}

}  // namespace jobset_twin::viz::report
