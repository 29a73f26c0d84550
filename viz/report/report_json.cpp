#include "viz/report/report_json.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/time.hpp"

namespace jobset_twin::viz::report {
namespace {

using nlohmann::json;

std::string_view kindName(StartKind kind) {
  constexpr std::string_view kNames[] = {"First", "Resume", "JobSet", "Job", "InPlace"};
  return kNames[static_cast<std::size_t>(kind)];
}

json alarmJson(const Alarm& alarm, TimePoint start) {
  return {{"cause", alarm.text},
          {"times", alarm.times},
          {"firstSeconds", api::secondsOf(alarm.first - start)},
          {"lastSeconds", api::secondsOf(alarm.last - start)},
          {"objects", alarm.objects},
          {"podsFailed", alarm.pods_failed},
          {"jobsFailed", alarm.jobs_failed},
          {"jobSetsFailed", alarm.jobsets_failed},
          {"restarts", alarm.restarts},
          {"containersFailed", alarm.containers_failed},
          {"containersRestarted", alarm.containers_restarted},
          {"podsReplaced", alarm.pods_replaced},
          {"startsHeldUp", alarm.starts_held},
          {"heldUpSeconds", api::secondsOf(alarm.held)},
          {"objectsHeldUp", alarm.objects_held},
          {"lostSeconds", api::secondsOf(alarm.lost)},
          {"podSeconds", alarm.pod_seconds},
          {"nodeHours", alarm.node_hours},
          {"podSecondsDoneAgain", alarm.pod_seconds_done}};
}

json restartJson(const RestartRow& row, TimePoint start) {
  return {{"object", row.object},
          {"kind", kindName(row.kind)},
          {"number", row.number},
          {"cause", row.cause},
          {"causeIndex", row.alarm},
          {"startIndex", row.start},
          {"faultSeconds", api::secondsOf(row.fault - start)},
          {"decidedSeconds", api::secondsOf(row.began - start)},
          {"lostSeconds", api::secondsOf(row.lost)},
          {"detectionSeconds", api::secondsOf(row.detection)},
          {"teardownSeconds", api::secondsOf(row.teardown)},
          {"reschedulingSeconds", api::secondsOf(row.rescheduling)},
          {"startUpSeconds", api::secondsOf(row.start_up)},
          {"ready", row.ready},
          {"endedBy", row.ended_by},
          {"pods", row.pods},
          {"nodes", row.nodes},
          {"podSeconds", row.pod_seconds},
          {"nodeHours", row.node_hours},
          {"podSecondsDoneAgain", row.pod_seconds_done}};
}

json repairJson(const RepairRow& row) {
  constexpr std::string_view kKinds[] = {"Containers", "Replacement", "Index"};
  return {{"kind", kKinds[static_cast<std::size_t>(row.kind)]},
          {"of", row.of},
          {"times", row.times},
          {"cause", row.cause},
          {"causeIndex", row.alarm ? json(*row.alarm) : json(nullptr)},
          {"lostSeconds", api::secondsOf(row.lost)},
          {"detectionSeconds", api::secondsOf(row.detection)},
          {"teardownSeconds", api::secondsOf(row.teardown)},
          {"reschedulingSeconds", api::secondsOf(row.rescheduling)},
          {"startUpSeconds", api::secondsOf(row.start_up)},
          {"longestSeconds", api::secondsOf(row.longest)},
          {"object", row.object},
          {"podSeconds", row.pod_seconds},
          {"nodeHours", row.node_hours},
          {"podSecondsDoneAgain", row.pod_seconds_done}};
}

json delayJson(const Delay& delay, TimePoint start) {
  return {{"what", delay.what},
          {"times", delay.times},
          {"objects", delay.objects},
          {"firstSeconds", api::secondsOf(delay.first - start)},
          {"lastSeconds", api::secondsOf(delay.last - start)},
          {"longestSeconds", api::secondsOf(delay.longest)},
          {"object", delay.object},
          {"example", delay.example},
          {"because", delay.because}};
}

json heldJson(const std::vector<Held>& held, const RunReport& report) {
  json out = json::array();
  for (const Held& one : held) {
    const Hindrance& by = report.hindrances.at(one.event);
    out.push_back({{"by", by.name}, {"causeIndex", by.alarm}, {"seconds", api::secondsOf(one.time)}});
  }
  return out;
}

json startJson(const StartRow& row, const RunReport& report) {
  const TimePoint start = report.start;
  json stages = json::array(), path = json::array(), names = json::array();
  for (const auto& [pod, at] : row.names)
    names.push_back({{"pod", pod}, {"resolvableSeconds", at ? json(api::secondsOf(*at - start)) : json(nullptr)}});
  for (std::size_t i = 0; i < kStages; ++i) {
    const Summary& stage = row.stages[i];
    if (stage.count == 0) continue;
    stages.push_back({{"stage", stageName(static_cast<Stage>(i))},
                      {"pods", stage.count},
                      {"leastSeconds", api::secondsOf(stage.least)},
                      {"medianSeconds", api::secondsOf(stage.median)},
                      {"p99Seconds", api::secondsOf(stage.p99)},
                      {"mostSeconds", api::secondsOf(stage.most)},
                      {"slowest", stage.slowest}});
  }
  for (const PathStep& step : row.path) {
    path.push_back({{"step", step.what},
                    {"object", step.object},
                    {"seconds", api::secondsOf(step.at - start)},
                    {"tookSeconds", api::secondsOf(step.took)},
                    {"heldUpBy", heldJson(step.held, report)}});
  }
  return {{"object", row.object},    {"kind", kindName(row.kind)},
          {"number", row.number},    {"beganSeconds", api::secondsOf(row.began - start)},
          {"ready", row.ready},      {"tookSeconds", api::secondsOf(row.took)},
          {"endedBy", row.ended_by}, {"stages", stages},
          {"criticalPath", path},    {"heldUpBy", heldJson(row.held, report)},
          {"names", names}};
}

}  // namespace

json reportJson(const RunReport& report) {
  json out = {{"lostSeconds", api::secondsOf(report.lost)},
              {"podSeconds", report.pod_seconds},
              {"nodeHours", report.node_hours},
              {"podSecondsDoneAgain", report.pod_seconds_done},
              {"causes", json::array()},
              {"restarts", json::array()},
              {"podRestarts", json::array()},
              {"starts", json::array()},
              {"delays", json::array()},
              {"missing", report.missing}};
  for (const Alarm& alarm : report.alarms) out["causes"].push_back(alarmJson(alarm, report.start));
  for (const RestartRow& row : report.restarts) out["restarts"].push_back(restartJson(row, report.start));
  for (const RepairRow& row : report.repairs) out["podRestarts"].push_back(repairJson(row));
  for (const StartRow& row : report.starts) out["starts"].push_back(startJson(row, report));
  for (const Delay& delay : report.delays) out["delays"].push_back(delayJson(delay, report.start));
  return out;
}

json whyJson(const std::vector<WhyAnswer>& answers, TimePoint start) {
  json out = json::array();
  for (const WhyAnswer& answer : answers) {
    json found = json::array();
    for (const Explanation& one : answer.found) {
      json lines = json::array();
      for (const WhyLine& line : one.lines)
        lines.push_back({{"depth", line.depth},
                         {"seconds", line.at ? json(api::secondsOf(*line.at - start)) : json(nullptr)},
                         {"text", line.text}});
      found.push_back({{"object", one.object}, {"lines", lines}});
    }
    out.push_back({{"asked", answer.asked}, {"found", found}, {"leftOut", answer.left_out}});
  }
  return out;
}

}  // namespace jobset_twin::viz::report
