#include "scenarios/cli/explain.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/timing_profile.hpp"
#include "sim/cluster/timing.hpp"
#include "viz/columns.hpp"

namespace jobset_twin::cli {
namespace {

std::string durationText(api::Duration duration) { return api::formatDuration(duration); }

std::string valueText(const cluster::TimingRow& row) {
  return std::visit(
      [](const auto* value) -> std::string {
        using T = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, cluster::Duration>) {
          return durationText(*value);
        } else if constexpr (std::is_same_v<T, cluster::Latency>) {
          return value->sigma == 0 ? durationText(value->median)
                                   : fmt::format("{} (sigma {})", durationText(value->median), value->sigma);
        } else if constexpr (std::is_same_v<T, bool>) {
          return *value ? "true" : "false";
        } else {
          return fmt::format("{}", *value);
        }
      },
      row.value);
}

nlohmann::json valueJson(const cluster::TimingRow& row) {
  const auto seconds = [](api::Duration duration) { return static_cast<double>(duration.count()) / 1e9; };
  return std::visit(
      [&](const auto* value) -> nlohmann::json {
        using T = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, cluster::Duration>) {
          return seconds(*value);
        } else if constexpr (std::is_same_v<T, cluster::Latency>) {
          return {{"medianSeconds", seconds(value->median)}, {"sigma", value->sigma}};
        } else {
          return *value;
        }
      },
      row.value);
}

std::string explainTiming(const std::string& format) {
  cluster::Timing timing = scenarios::usualTiming();
  const std::vector<cluster::TimingRow> rows = cluster::timingTable(timing);
  if (format == "json" || format == "yaml") {
    nlohmann::json out = {
        {"apiVersion", "jobset-twin.dev/v1alpha1"}, {"kind", "TimingTable"}, {"rows", nlohmann::json::array()}};
    for (const cluster::TimingRow& row : rows) {
      out["rows"].push_back({{"id", row.id},
                             {"field", fmt::format("timing.{}", row.field)},
                             {"unit", row.unit},
                             {"default", valueJson(row)},
                             {"text", row.text},
                             {"source", row.source}});
    }
    return documentText(out, format);
  }
  viz::Table table;
  table.header = {"ID", "SCENARIO FIELD", "DEFAULT", "UNIT", "WHAT", "SOURCE"};
  for (const cluster::TimingRow& row : rows) {
    table.rows.push_back({std::string(row.id), fmt::format("timing.{}", row.field), valueText(row),
                          std::string(row.unit), std::string(row.text), std::string(row.source)});
  }
  return viz::formatTable(table) +
         "\nA latency is drawn anew each time, around its median (lognormal, sigma). timing: zeroJitter in a scenario "
         "sets every sigma\n"
         "to 0, as the worked timelines of the reference have it.\n";
}

int explain(const std::string& topic, const std::string& format, const Invocation& invocation) {
  if (topic.empty()) return usageError(invocation, "explain", "explain needs a topic; there is timing");
  Output out;
  out.write(explainTiming(format));
  if (const std::string problem = out.finish(); !problem.empty()) {
    invocation.diagnostics.error(problem);
    return kBadInput;
  }
  return kDone;
}

}  // namespace

void addExplain(CLI::App& app, Invocation& invocation) {
  struct Options {
    std::string topic, format;
  };
  CLI::App* command = app.add_subcommand("explain", "Explain what the simulation assumes: its timing parameters");
  command->footer("  jobset-twin explain timing\n  jobset-twin explain timing -o json\n");
  const auto options = std::make_shared<Options>();
  addWord(*command, "TOPIC", options->topic, {"timing"}, "What to explain")->group("");
  options->topic.clear();
  addFormat(*command, options->format, {"table", "json", "yaml"});
  addGeneralFlags(*command, invocation);
  command->callback([&invocation, options] {
    invocation.command = [&invocation, options] { return explain(options->topic, options->format, invocation); };
  });
}

}  // namespace jobset_twin::cli
