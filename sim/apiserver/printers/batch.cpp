// batch.cpp - the columns of Jobs and CronJobs.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

std::string completionsText(const api::Job& job) {
  if (job.spec->completions) return fmt::format("{}/{}", job.status.succeeded, *job.spec->completions);
  if (const std::int32_t parallelism = job.spec->parallelism.value_or(0); parallelism > 1)
    return fmt::format("{}/1 of {}", job.status.succeeded, parallelism);
  return fmt::format("{}/1", job.status.succeeded);
}

Cells jobCells(const api::Object& object, api::TimePoint now) {
  const api::Job& job = api::as<api::Job>(object);
  std::string duration;
  if (job.status.startTime)
    duration = api::humanDuration(job.status.completionTime.value_or(now) - *job.status.startTime);
  const ContainerCells containers = containersOf(job.spec->template_.spec->containers);
  return {
      object.meta.name,          jobStatusText(object),
      completionsText(job),      duration,
      ageText(object.meta, now), containers.names,
      containers.images,         job.spec->selector ? api::formatSelector(*job.spec->selector) : std::string(kNone)};
}

Cells cronJobCells(const api::Object& object, api::TimePoint now) {
  const nlohmann::json* suspend = fieldOf(object, {"spec", "suspend"});
  const nlohmann::json* last = fieldOf(object, {"status", "lastScheduleTime"});
  const ContainerCells containers = containersOf(fieldOf(object, {"spec", "jobTemplate", "spec", "template"}));
  return {object.meta.name,
          textOf(object, {"spec", "schedule"}),
          textOf(object, {"spec", "timeZone"}, kNone),
          std::string(!suspend || !suspend->is_boolean() ? kUnset
                      : suspend->get<bool>()             ? "True"
                                                         : "False"),
          countOf(object, {"status", "active"}),
          last && !last->is_null() ? sinceText(last, now) : std::string(kNone),
          ageText(object.meta, now),
          containers.names,
          containers.images,
          selectorText(fieldOf(object, {"spec", "jobTemplate", "spec", "selector"}))};
}

}  // namespace

std::string jobStatusText(const api::Object& job) {
  const auto& conditions = api::as<api::Job>(job).status.conditions;
  const auto holds = [&](std::string_view type) { return api::conditionIs(conditions, type, "True"); };
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (job.meta.deletionTimestamp) return "Terminating";
  for (const char* type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"}) {
    if (holds(type)) return type;
  }
  return "Running";
}

Printer jobPrinter() {
  return {joined({nameColumn(),
                  {"Status", "string", "What has become of the Job.", 0, ""},
                  {"Completions", "string", "Pods that succeeded, of those wanted.", 0, ""},
                  {"Duration", "string", "From the start to the end, or until now.", 0, ""},
                  ageColumn()},
                 templateColumns(true)),
          jobCells};
}

Printer cronJobPrinter() {
  return {joined({nameColumn(),
                  {"Schedule", "string", "When Jobs are made, in cron's notation.", 0, ""},
                  {"Timezone", "string", "Time zone of the schedule.", 0, ""},
                  {"Suspend", "boolean", "No Jobs are made while true.", 0, ""},
                  {"Active", "integer", "Jobs that have not ended.", 0, ""},
                  {"Last Schedule", "string", "How long ago a Job was made.", 0, ""},
                  ageColumn()},
                 templateColumns(true)),
          cronJobCells};
}

}  // namespace jobset_twin::apiserver::printers
