#include "scenarios/cli/compare.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/study/compare.hpp"
#include "scenarios/study/results_file.hpp"
#include "scenarios/study/verdict.hpp"
#include "viz/columns.hpp"

namespace jobset_twin::cli {
namespace {

using namespace scenarios::study;

struct CompareOptions {
  std::vector<std::string> files, tolerances, metrics;
  std::string format;
  bool any_direction = false, all = false;
};

std::string changeText(const Moved& row, Unit unit) {
  const Difference& difference = row.difference;
  if (!difference.joint) return "";
  std::string text = differenceText(difference.mean, *difference.joint, unit, true);
  if (row.before && *row.before != 0)
    text += fmt::format(" ({:+.1f} %)", 100 * difference.mean / std::abs(*row.before));
  return text;
}

// A mean, and of how many runs if not of all.
std::string meanText(const std::optional<double>& mean, const Presence& presence, Unit unit) {
  if (!mean) return "-";
  return valueText(*mean, unit) +
         (presence.have < presence.runs ? fmt::format(" ({} of {})", presence.have, presence.runs) : "");
}

std::string verdictOf(const Moved& row) {
  if (row.exceeded) return "beyond its tolerance";
  if (row.fewer) return row.beyond_noise && row.worse ? "worse, and in fewer runs" : "in fewer runs";
  if (row.beyond_noise) return row.worse ? "worse" : "moved";
  switch (row.difference.verdict) {
    case Verdict::kEqual: return "equal";
    case Verdict::kNothingToCompare: return "nothing to compare";
    default: return "within noise";
  }
}

std::string textReport(const Comparison& comparison, bool all) {
  viz::Table table;
  table.header = {"ALTERNATIVE", "METRIC", "A", "B", "B - A (95 %, all together)", "VERDICT"};
  for (const Moved& row : comparison.rows) {
    if (!all && !row.beyond_noise && !row.fewer) continue;
    const MetricInfo* info = findMetric(row.metric);
    const Unit unit = info ? info->unit : Unit::kCount;
    table.rows.push_back({row.label, row.metric, meanText(row.before, row.in_a, unit),
                          meanText(row.after, row.in_b, unit), changeText(row, unit), verdictOf(row)});
  }
  std::size_t moved = 0, fewer = 0;
  for (const Moved& row : comparison.rows) {
    moved += row.beyond_noise ? 1 : 0;
    fewer += row.fewer ? 1 : 0;
  }
  std::string out = table.rows.empty() ? "" : viz::formatTable(table) + "\n";
  out += fmt::format("{} of {} metrics moved beyond noise", moved, comparison.rows.size());
  if (fewer > 0) out += fmt::format(", {} are in fewer runs", fewer);
  if (comparison.same_seeds > 0)
    out += fmt::format("; {} of {} runs with the same seed are the same run", comparison.equal_runs,
                       comparison.same_seeds);
  out += "\n";
  for (const std::string& label : comparison.only_a) out += fmt::format("only in A: {}\n", label);
  for (const std::string& label : comparison.only_b) out += fmt::format("only in B: {}\n", label);
  for (const RunCounts& one : comparison.uneven)
    out += fmt::format("runs of {}: {} in A, {} in B\n", one.label, one.in_a, one.in_b);
  for (const RunCounts& one : comparison.broken)
    out += fmt::format("runs that broke of {}: {} in A, {} in B\n", one.label, one.in_a, one.in_b);
  return out;
}

nlohmann::json numberJson(const std::optional<double>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json(nullptr);
}

nlohmann::json jsonReport(const Comparison& comparison) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Moved& row : comparison.rows) {
    nlohmann::json one = {{"alternative", row.label},        {"metric", row.metric},    {"a", numberJson(row.before)},
                          {"b", numberJson(row.after)},      {"runsA", row.in_a.runs},  {"runsB", row.in_b.runs},
                          {"countA", row.in_a.have},         {"countB", row.in_b.have}, {"paired", row.paired},
                          {"beyondNoise", row.beyond_noise}, {"worse", row.worse},      {"fewer", row.fewer},
                          {"exceeded", row.exceeded}};
    if (row.difference.joint) one["jointInterval95"] = {row.difference.joint->low, row.difference.joint->high};
    rows.push_back(std::move(one));
  }
  const auto counts = [](const std::vector<RunCounts>& of) {
    nlohmann::json out = nlohmann::json::array();
    for (const RunCounts& one : of) out.push_back({{"alternative", one.label}, {"a", one.in_a}, {"b", one.in_b}});
    return out;
  };
  return {{"apiVersion", "jobset-twin.dev/v1alpha1"},
          {"kind", "StudyComparison"},
          {"rows", rows},
          {"onlyA", comparison.only_a},
          {"onlyB", comparison.only_b},
          {"broken", counts(comparison.broken)},
          {"uneven", counts(comparison.uneven)},
          {"lost", comparison.lost},
          {"sameSeeds", comparison.same_seeds},
          {"equalRuns", comparison.equal_runs}};
}

int compareFiles(const CompareOptions& options, const Invocation& invocation) {
  const Diagnostics& diagnostics = invocation.diagnostics;
  if (options.files.size() != 2)
    return usageError(invocation, "compare", fmt::format("compare takes two files, got {}", options.files.size()));
  Tolerances tolerances;
  tolerances.any_direction = options.any_direction;
  for (const std::string& text : options.tolerances) {
    const auto tolerance = parseTolerance(text);
    if (!tolerance) return usageError(invocation, "compare", "--tolerance: " + tolerance.errors().front().text);
    if (tolerance->first.empty()) {
      tolerances.all = tolerance->second;
    } else {
      tolerances.metrics[tolerance->first] = tolerance->second;
    }
  }
  for (const std::string& metric : options.metrics) {
    if (!findMetric(metric))
      return usageError(invocation, "compare", fmt::format("--metric: there is no metric '{}'", metric));
  }
  const api::Result<Results> a = readResults(options.files[0]), b = readResults(options.files[1]);
  diagnostics.errors(a.errors());
  diagnostics.errors(b.errors());
  if (!a || !b) return kBadInput;
  const Comparison comparison = compare(*a, *b, tolerances, options.metrics);
  if (comparison.rows.empty()) {
    diagnostics.error(
        "the two have no alternative and metric in common",
        fmt::format("{} is of study {}, {} of {}", options.files[0], a->study, options.files[1], b->study));
    return kBadInput;
  }
  Output out;
  out.write(options.format == "json" ? documentText(jsonReport(comparison), "json")
                                     : textReport(comparison, options.all));
  if (const std::string problem = out.finish(); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  std::size_t exceeded = 0;
  for (const Moved& row : comparison.rows) exceeded += row.exceeded ? 1 : 0;
  if (exceeded > 0) diagnostics.error(fmt::format("{} metrics moved further than their tolerance", exceeded));
  for (const std::string& text : comparison.lost) diagnostics.error(text);
  return exceeded > 0 || !comparison.lost.empty() ? kUnmet : kDone;
}

}  // namespace

void addCompare(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("compare", "Show which metrics moved beyond noise between two results of a study");
  command->footer(
      "  jobset-twin compare before.sqlite after.sqlite\n"
      "  jobset-twin compare before.sqlite after.sqlite --tolerance 5% --tolerance makespan=30s   # 2 if exceeded\n");
  const auto options = std::make_shared<CompareOptions>();
  command->add_option("FILE", options->files, "Results that whatif wrote: A and B")->type_name("FILE")->group("");
  addFormat(*command, options->format, {"table", "json"});
  command
      ->add_option("--tolerance", options->tolerances,
                   "How far a mean may get worse: 5%, makespan=2%, makespan=30s (may repeat); further is exit code 2, "
                   "as is what B lacks")
      ->type_name("TOLERANCE")
      ->allow_extra_args(false)
      ->group(kWorld);
  command->add_option("--metric", options->metrics, "Only this metric (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(kWorld);
  command->add_flag("--any-direction", options->any_direction, "Tolerances hold for what gets better, too")
      ->group(kWorld);
  command->add_flag("--all", options->all, "Show metrics that did not move, too")->group(kOutput);
  addGeneralFlags(*command, invocation);
  command->callback([&invocation, options] {
    invocation.command = [&invocation, options] { return compareFiles(*options, invocation); };
  });
}

}  // namespace jobset_twin::cli
