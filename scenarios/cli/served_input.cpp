#include "scenarios/cli/served_input.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/saved_run.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/serve/system_objects.hpp"
#include "sim/cluster/left_out.hpp"

namespace jobset_twin::cli {

using nlohmann::json;

std::optional<ServedPlan> planOf(ServedInput& input, Diagnostics& diagnostics) {
  const std::vector<scenarios::InputFile>& files = input.run.files;
  for (const scenarios::InputFile& file : files) diagnostics.addSource(file.name, file.text);
  scenarios::Loaded loaded = input.run.load();
  diagnostics.errors(loaded.errors);
  if (!loaded.errors.empty()) return std::nullopt;
  const AdmissionReport report = admit(loaded.plan, files);
  diagnostics.errors(report.errors);
  if (!report.errors.empty()) return std::nullopt;
  diagnostics.warnings(loaded.warnings);
  for (const std::string& part : input.without) cluster::leaveOut(loaded.plan.world.left_out, part);
  scenarios::addSystemObjects(loaded.plan, input.authority);
  return ServedPlan{std::move(loaded.plan), std::move(loaded.scenario)};
}

json servedJson(const ServedInput& input) {
  json out = inputJson(input.run);
  out["program"] = kVersion;
  out["without"] = input.without;
  out["authority"] = input.authority;
  if (input.run.options.start) out["start"] = input.run.options.start->time_since_epoch().count();
  return out;
}

ServedInput servedFrom(const json& saved) {
  ServedInput out;
  out.run = inputFrom(saved);
  out.without = saved.at("without").get<std::vector<std::string>>();
  out.authority = saved.at("authority").get<std::string>();
  cluster::LeftOut parts;
  for (const std::string& part : out.without) {
    if (!cluster::leaveOut(parts, part)) throw std::runtime_error(fmt::format("there is no part {}", part));
  }
  if (saved.contains("start"))
    out.run.options.start = api::TimePoint(api::Duration(saved["start"].get<std::int64_t>()));
  return out;
}

}  // namespace jobset_twin::cli
