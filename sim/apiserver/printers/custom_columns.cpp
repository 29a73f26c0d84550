#include "sim/apiserver/printers/custom_columns.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/json_path.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using nlohmann::json;

Cell valueCell(const json& value, const std::string& type, api::TimePoint now) {
  if (type == "date") return sinceText(&value, now);
  if (type == "integer")
    return value.is_number() ? Cell(static_cast<std::int64_t>(value.get<double>())) : Cell(std::monostate{});
  if (type == "number") return value.is_number() ? Cell(value.get<double>()) : Cell(std::monostate{});
  if (type == "boolean") return value.is_boolean() ? Cell(value.get<bool>()) : Cell(std::monostate{});
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Cell cellOf(const CustomColumn& custom, const json& object, api::TimePoint now) {
  for (const std::string& path : custom.paths) {
    const std::vector<const json*> found = atJsonPath(object, path);
    if (!found.empty() && !found.front()->is_null()) return valueCell(*found.front(), custom.column.type, now);
  }
  return custom.absent.empty() ? Cell(std::monostate{}) : Cell(custom.absent);
}

CustomColumn of(std::string name, std::string type, std::string path, std::string description,
                std::int32_t priority = 0) {
  return {{std::move(name), std::move(type), std::move(description), priority, ""}, {std::move(path)}, ""};
}

CustomColumn age() { return of("Age", "date", ".metadata.creationTimestamp", "When the object was created."); }

}  // namespace

Printer customPrinter(std::vector<CustomColumn> columns) {
  Printer out;
  out.columns = {nameColumn()};
  for (const CustomColumn& custom : columns) out.columns.push_back(custom.column);
  out.cells = [columns = std::move(columns)](const api::Object& object, api::TimePoint now) {
    const json document = api::toJson(object);
    Cells cells = {object.meta.name};
    for (const CustomColumn& custom : columns) cells.push_back(cellOf(custom, document, now));
    return cells;
  };
  return out;
}

Printer definedPrinter(const json& columns) {
  std::vector<CustomColumn> out;
  for (const json& column : columns) {
    const auto text = [&](const char* member) { return api::textAt(column, {member}); };
    const json* priority = api::jsonAt(column, {"priority"});
    CustomColumn one = of(text("name"), text("type"), text("jsonPath"), text("description"),
                          priority && priority->is_number_integer() ? priority->get<std::int32_t>() : 0);
    one.column.format = text("format");
    out.push_back(std::move(one));
  }
  return customPrinter(std::move(out));
}

Printer jobSetPrinter() {
  return customPrinter({of("TerminalState", "string", ".status.terminalState", "How the JobSet ended."),
                        of("Restarts", "string", ".status.restarts", "How often it was restarted."),
                        of("Completed", "string", R"(.status.conditions[?(@.type=="Completed")].status)", ""),
                        of("Suspended", "string", ".spec.suspend", "Whether it is suspended."), age()});
}

Printer queuedWorkloadPrinter() {
  return customPrinter(
      {of("Queue", "string", ".spec.queueName", "LocalQueue that the workload was sent to."),
       of("Reserved in", "string", ".status.admission.clusterQueue", "ClusterQueue whose quota it holds."),
       of("Admitted", "string", ".status.conditions[?(@.type=='Admitted')].status", "Whether it may run."),
       of("Finished", "string", ".status.conditions[?(@.type=='Finished')].status", "Whether it is over."), age()});
}

Printer clusterQueuePrinter() {
  CustomColumn cohort = of("Cohort", "string", ".spec.cohortName", "Group of queues that lend to each other.");
  cohort.paths.push_back(".spec.cohort");  // its name before v1beta2
  CustomColumn strategy = of("Strategy", "string", ".spec.queueingStrategy", "Order of the workloads.", 1);
  strategy.absent = "BestEffortFIFO";  // the CRD's default, which nothing here fills in
  return customPrinter({cohort, strategy,
                        of("Pending Workloads", "integer", ".status.pendingWorkloads", "Workloads that wait."),
                        of("Admitted Workloads", "integer", ".status.admittedWorkloads", "Workloads that run.", 1)});
}

Printer localQueuePrinter() {
  return customPrinter({of("ClusterQueue", "string", ".spec.clusterQueue", "Where the quota comes from."),
                        of("Pending Workloads", "integer", ".status.pendingWorkloads", "Workloads that wait."),
                        of("Admitted Workloads", "integer", ".status.admittedWorkloads", "Workloads that run.")});
}

Printer plainPrinter() { return customPrinter({age()}); }

Printer creationTimePrinter() {
  return {{nameColumn(), {"Created At", "date", "When the object was created.", 0, ""}},
          [](const api::Object& object, api::TimePoint) {
            const auto& at = object.meta.creationTimestamp;
            return Cells{object.meta.name, at ? api::formatTime(*at) : std::string(kUnknown)};
          }};
}

}  // namespace jobset_twin::apiserver::printers
