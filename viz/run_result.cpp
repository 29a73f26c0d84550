#include "viz/run_result.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/write.hpp"

namespace jobset_twin::viz {
namespace {

using nlohmann::json;
using scenarios::Outcome;

json secondsOrNull(const Outcome& outcome, const std::optional<scenarios::TimePoint>& at) {
  return at ? json(secondsSince(outcome.start, *at)) : json(nullptr);
}

json textsOf(const std::vector<std::string>& texts) {
  json out = json::array();
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

// An Event of either form. `seconds` is when it was recorded last.
json eventOf(const Outcome& outcome, const api::Event& event) {
  std::int32_t count = std::max(1, event.count);
  std::optional<scenarios::TimePoint> at = event.eventTime ? event.eventTime : event.lastTimestamp;
  if (event.series) {
    count = std::max(count, event.series->count);
    if (event.series->lastObservedTime) at = event.series->lastObservedTime;
  }
  return {{"type", event.type},
          {"reason", event.reason},
          {"message", event.note},
          {"count", count},
          {"seconds", secondsOrNull(outcome, at)}};
}

json jobSetOf(const Outcome& outcome, const scenarios::JobSetOutcome& jobset) {
  json row = {{"namespace", jobset.namespace_},
              {"name", jobset.name},
              {"terminalState", jobset.terminal_state},
              {"restarts", jobset.restarts},
              {"submittedSeconds", secondsOrNull(outcome, jobset.submitted)},
              {"readySeconds", secondsOrNull(outcome, jobset.ready)},
              {"finishedSeconds", secondsOrNull(outcome, jobset.finished)},
              {"deleted", jobset.deleted},
              {"conditions", json::array()},
              {"events", json::array()}};
  if (jobset.last) {
    json object = api::toJson(*jobset.last);
    const auto conditions = object.find("status");
    if (conditions != object.end() && conditions->contains("conditions"))
      row["conditions"] = (*conditions)["conditions"];
  }
  for (const api::ObjectPtr& event : jobset.events)
    row["events"].push_back(eventOf(outcome, api::as<api::Event>(event)));
  return row;
}

json faultOf(const Outcome& outcome, const scenarios::FaultOutcome& fault) {
  return {{"name", fault.name},
          {"class", fault.class_},
          {"unit", fault.unit},
          {"targets", textsOf(fault.targets)},
          {"text", fault.text},
          {"atSeconds", secondsOrNull(outcome, fault.at)},
          {"untilSeconds", secondsOrNull(outcome, fault.until)}};
}

bool shown(const api::Object& object, ObjectsShown objects) {
  return objects == ObjectsShown::kAll || (objects == ObjectsShown::kWorkloads && isWorkload(object));
}

json workloadOf(const scenarios::WorkloadOutcome& workload) {
  const workload::GroupFigures& figures = workload.figures;
  const workload::GroupTimes& times = figures.times;
  const auto seconds = [](api::Duration time) { return std::chrono::duration<double>(time).count(); };
  json out = {{"jobSet", workload.jobset},
              {"behavior", workload.behavior},
              {"deleted", workload.deleted},
              {"model", figures.model},
              {"unit", figures.unit},
              {"done", figures.done},
              {"wanted", figures.wanted},
              {"repeated", figures.repeated},
              {"goodput", times.goodput()},
              {"timesOf", figures.ofWorkers() ? "workers" : "group"},
              {"usefulSeconds", seconds(times.useful)},
              {"lostSeconds", seconds(times.lost)},
              {"savingSeconds", seconds(times.saving)},
              {"restoringSeconds", seconds(times.restoring)},
              {"waitingSeconds", seconds(times.waiting)},
              {"figures", json::object()}};
  for (const auto& [what, value] : figures.more) out["figures"][what] = value;
  return out;
}

}  // namespace

double secondsSince(scenarios::TimePoint start, scenarios::TimePoint at) {
  return static_cast<double>((at - start).count()) / 1e9;
}

bool isWorkload(const api::Object& object) {
  switch (object.kind()) {
    case api::Kind::kJobSet:
    case api::Kind::kJob:
    case api::Kind::kPod:
    case api::Kind::kService:
    case api::Kind::kPersistentVolumeClaim: return true;
    default: return false;
  }
}

std::string objectKeyText(const api::Object& object) {
  if (object.meta.namespace_.empty()) return fmt::format("{}/{}", api::kindNameOf(object), object.meta.name);
  return fmt::format("{}/{}/{}", api::kindNameOf(object), object.meta.namespace_, object.meta.name);
}

std::string objectName(const api::Object& object) {
  const std::string_view version = api::apiVersionOf(object), kind = api::kindNameOf(object);
  const api::KindInfo* known = api::findKind(version, kind);
  const std::string word = known ? std::string(known->singular) : api::lowerCase(kind);
  const std::string group = api::groupOf(version);
  const std::string& name = object.meta.name.empty() ? object.meta.generateName : object.meta.name;
  return group.empty() ? fmt::format("{}/{}", word, name) : fmt::format("{}.{}/{}", word, group, name);
}

std::vector<std::string> objectNames(const Outcome& outcome, ObjectsShown objects) {
  std::vector<std::string> names;
  for (const api::ObjectPtr& object : outcome.objects) {
    if (shown(*object, objects)) names.push_back(objectName(*object));
  }
  return names;
}

json runResult(const Outcome& outcome, const RunResultOptions& options) {
  json out = {{"apiVersion", "jobset-twin.dev/v1alpha1"},
              {"kind", "RunResult"},
              {"version", options.version},
              {"fingerprint", outcome.fingerprint},
              {"seed", outcome.seed},
              {"startTime", api::formatTime(outcome.start)},
              {"endTime", api::formatMicroTime(outcome.end)},
              {"endReason", scenarios::endReasonText(outcome.end_reason)},
              {"simulatedSeconds", secondsSince(outcome.start, outcome.end)},
              {"eventsProcessed", outcome.events_processed},
              {"warnings", textsOf(outcome.warnings)},
              {"stuck", json::array()},
              {"jobSets", json::array()},
              {"podNames", json::array()},
              {"faults", json::array()},
              {"workloads", json::array()},
              {"expectations", json::array()},
              {"metrics", json::object()},
              {"objects", json::object()}};
  if (!options.scenario_hash.empty()) out["scenarioHash"] = options.scenario_hash;
  for (const auto& stuck : outcome.stuck) out["stuck"].push_back({{"object", stuck.object}, {"reason", stuck.reason}});
  for (const auto& jobset : outcome.jobsets) out["jobSets"].push_back(jobSetOf(outcome, jobset));
  for (const auto& pod : outcome.pod_names) {
    out["podNames"].push_back({{"pod", pod.pod},
                               {"names", textsOf(pod.names)},
                               {"resolvableSeconds", secondsOrNull(outcome, pod.first_resolvable)},
                               {"deleted", pod.deleted}});
  }
  for (const auto& fault : outcome.faults) out["faults"].push_back(faultOf(outcome, fault));
  for (const auto& workload : outcome.workloads) out["workloads"].push_back(workloadOf(workload));
  for (const auto& expectation : outcome.expectations) {
    out["expectations"].push_back({{"text", expectation.text}, {"met", expectation.met}, {"found", expectation.found}});
  }
  for (const auto& [name, value] : outcome.metrics) out["metrics"][name] = value;
  for (const api::ObjectPtr& object : outcome.objects) {
    if (shown(*object, options.objects)) out["objects"][objectKeyText(*object)] = api::toJson(*object);
  }
  return out;
}

}  // namespace jobset_twin::viz
