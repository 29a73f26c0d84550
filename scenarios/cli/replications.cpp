#include "scenarios/cli/replications.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/progress.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/single_run.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/study/statistics.hpp"
#include "viz/columns.hpp"
#include "viz/tables.hpp"

namespace jobset_twin::cli {
namespace {

using nlohmann::json;
namespace study = scenarios::study;

// Of each JobSet, how often it ended how, and when.
struct JobSetSeries {
  std::map<std::string, std::size_t> states;  // terminalState; "" for none
  std::vector<double> finished;
  std::vector<double> restarts;
};

// Of each group of containers that worked together.
struct WorkloadSeries {
  std::vector<double> goodput, lost, waiting;  // 0 to 1, seconds, seconds
};

struct Series {
  std::vector<json> runs;  // seed, fingerprint, endReason, simulatedSeconds
  std::vector<double> ends;
  std::vector<std::string> order;  // JobSets, as they were first submitted
  std::map<std::string, JobSetSeries> jobsets;
  std::map<std::string, WorkloadSeries> workloads;  // "default/x allReduce", and a number from the second on
  std::map<std::string, std::pair<std::size_t, std::string>> unmet;  // expectation: how often, an example
  scenarios::Outcome first;
  bool interrupted = false;
};

void take(Series& series, scenarios::Outcome outcome) {
  const double end = viz::secondsSince(outcome.start, outcome.end);
  series.ends.push_back(end);
  series.runs.push_back({{"seed", outcome.seed},
                         {"fingerprint", outcome.fingerprint},
                         {"endReason", scenarios::endReasonText(outcome.end_reason)},
                         {"simulatedSeconds", end}});
  for (const scenarios::JobSetOutcome& jobset : outcome.jobsets) {
    const std::string name = fmt::format("{}/{}", jobset.namespace_, jobset.name);
    if (!series.jobsets.contains(name)) series.order.push_back(name);
    JobSetSeries& row = series.jobsets[name];
    ++row.states[jobset.terminal_state];
    if (jobset.finished) row.finished.push_back(viz::secondsSince(outcome.start, *jobset.finished));
    row.restarts.push_back(jobset.restarts);
  }
  std::map<std::string, int> groups;
  for (const scenarios::WorkloadOutcome& workload : outcome.workloads) {
    std::string name = fmt::format("{} {}", workload.jobset, workload.figures.model);
    if (const int number = ++groups[name]; number > 1) name += fmt::format(" {}", number);
    WorkloadSeries& row = series.workloads[name];
    row.goodput.push_back(workload.figures.times.goodput());
    row.lost.push_back(std::chrono::duration<double>(workload.figures.times.lost).count());
    row.waiting.push_back(std::chrono::duration<double>(workload.figures.times.waiting).count());
  }
  for (const scenarios::ExpectationResult& expectation : outcome.expectations) {
    if (expectation.met) continue;
    auto& [count, example] = series.unmet[expectation.text];
    if (count++ == 0) example = fmt::format("seed {}: {}", outcome.seed, expectation.found);
  }
  if (series.runs.size() == 1) series.first = std::move(outcome);
}

// What is told of one series.
struct Told {
  study::Summary summary;
  double median = 0, p95 = 0;
  std::optional<study::Interval> median_interval;
};

Told tell(std::vector<double> values) {
  Told out;
  // Percentiles apart: an interval by resampling would cost more than the rest, and nobody would see it.
  out.summary = study::summarise(values, {});
  if (values.empty()) return out;
  out.median_interval = study::medianInterval(values);
  std::sort(values.begin(), values.end());
  out.median = study::percentileOf(values, 0.5);
  out.p95 = study::percentileOf(values, 0.95);
  return out;
}

json toldJson(const Told& told) {
  const auto range = [](const std::optional<study::Interval>& interval) {
    return interval ? json::array({interval->low, interval->high}) : json(nullptr);
  };
  const study::Summary& summary = told.summary;
  if (summary.count == 0) return {{"count", 0}};
  return {{"count", summary.count},
          {"median", told.median},
          {"p95", told.p95},
          {"mean", summary.mean},
          {"least", summary.least},
          {"most", summary.most},
          {"medianInterval95", range(told.median_interval)},
          {"meanInterval95", range(summary.mean_interval)}};
}

json documentOf(const Series& series, const RunOptions& options, const std::string& hash) {
  json document = viz::runResult(series.first, {objectsShown(options.objects), kVersion, hash});
  json jobsets = json::array();
  for (const std::string& name : series.order) {
    const JobSetSeries& row = series.jobsets.at(name);
    json states = json::object();
    for (const auto& [state, count] : row.states) states[state] = count;
    jobsets.push_back({{"name", name},
                       {"terminalStates", states},
                       {"finishedSeconds", toldJson(tell(row.finished))},
                       {"restarts", toldJson(tell(row.restarts))}});
  }
  json workloads = json::array();
  for (const auto& [name, row] : series.workloads) {
    workloads.push_back({{"name", name},
                         {"goodput", toldJson(tell(row.goodput))},
                         {"lostSeconds", toldJson(tell(row.lost))},
                         {"waitingSeconds", toldJson(tell(row.waiting))}});
  }
  json unmet = json::array();
  for (const auto& [text, found] : series.unmet)
    unmet.push_back({{"text", text}, {"runs", found.first}, {"example", found.second}});
  document["replications"] = {{"count", series.runs.size()}, {"endSeconds", toldJson(tell(series.ends))},
                              {"jobSets", jobsets},          {"workloads", workloads},
                              {"unmetExpectations", unmet},  {"runs", series.runs}};
  return document;
}

std::string secondsText(double seconds) { return fmt::format("{:.3f} s", seconds); }

viz::Row timesRow(const std::string& what, const std::vector<double>& values) {
  const Told told = tell(values);
  const study::Summary& summary = told.summary;
  if (summary.count == 0) return {what, "0", "", "", "", "", ""};
  const std::string interval =
      told.median_interval ? fmt::format("{:.3f} .. {:.3f} s", told.median_interval->low, told.median_interval->high)
                           : std::string("(needs 6 runs)");
  return {what,
          std::to_string(summary.count),
          secondsText(told.median),
          interval,
          secondsText(told.p95),
          summary.mean_interval
              ? fmt::format("{} +- {:.3f}", secondsText(summary.mean), summary.mean_interval->high - summary.mean)
              : secondsText(summary.mean),
          fmt::format("{:.3f} .. {:.3f} s", summary.least, summary.most)};
}

// Goodput in per cent, times in seconds.
viz::Row workloadRow(const std::string& what, const std::vector<double>& values, double factor, const char* unit) {
  const Told told = tell(values);
  const study::Summary& summary = told.summary;
  const auto number = [&](double value) { return fmt::format("{:.1f}", value * factor); };
  return {what, std::to_string(summary.count), fmt::format("{} {}", number(told.median), unit),
          summary.mean_interval ? fmt::format("{} +- {} {}", number(summary.mean),
                                              number(summary.mean_interval->high - summary.mean), unit)
                                : fmt::format("{} {}", number(summary.mean), unit),
          fmt::format("{} .. {} {}", number(summary.least), number(summary.most), unit)};
}

std::string workloadTable(const Series& series) {
  if (series.workloads.empty()) return {};
  viz::Table table;
  table.header = {"WORKLOAD", "N", "MEDIAN", "MEAN (95%)", "RANGE"};
  for (const auto& [name, row] : series.workloads) {
    table.rows.push_back(workloadRow("goodput of " + name, row.goodput, 100, "%"));
    table.rows.push_back(workloadRow("work lost by " + name, row.lost, 1, "s"));
    table.rows.push_back(workloadRow("waiting of " + name, row.waiting, 1, "s"));
  }
  return "\n" + viz::formatTable(table);
}

std::string tableOf(const Series& series) {
  viz::Table table;
  table.header = {"TIME OF", "N", "MEDIAN", "95% INTERVAL OF IT", "P95", "MEAN (95%)", "RANGE"};
  table.rows.push_back(timesRow("end of the run", series.ends));
  std::string states;
  for (const std::string& name : series.order) {
    const JobSetSeries& row = series.jobsets.at(name);
    table.rows.push_back(timesRow("finish of " + name, row.finished));
    states += fmt::format("{}:", name);
    for (const auto& [state, count] : row.states)
      states += fmt::format(" {} {}", count, state.empty() ? "not finished" : state);
    const study::Summary restarts = study::summarise(row.restarts, {});
    states += fmt::format("; restarts: mean {:.2f}, at most {:.0f}\n", restarts.mean, restarts.most);
  }
  std::string unmet;
  for (const auto& [text, found] : series.unmet) {
    unmet += fmt::format("expectation not met in {} of {} runs: {} ({})\n", found.first, series.runs.size(), text,
                         found.second);
  }
  return viz::formatTable(table) + workloadTable(series) + (states.empty() ? "" : "\n" + states) +
         (unmet.empty() ? "" : "\n" + unmet);
}

}  // namespace

int runReplications(const RunOptions& options, RunInput& input, Invocation& invocation) {
  const Diagnostics& diagnostics = invocation.diagnostics;
  scenarios::Loaded loaded;
  if (!loadForRun(input, loaded, invocation.diagnostics)) return kBadInput;
  Output out(options.output);
  if (const std::string problem = out.problem(); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  const std::uint64_t first_seed = loaded.plan.world.seed;
  Series series;
  Progress progress(diagnostics.quiet == 0);
  const Interruptible guard;
  for (std::uint64_t i = 0; i < options.replications && !series.interrupted; ++i) {
    progress.setLabel(fmt::format("run {} of {}: ", i + 1, options.replications));
    scenarios::RunPlan plan = loaded.plan;
    plan.world.seed = first_seed + i;
    scenarios::RunHooks hooks;
    hooks.interrupted = Interruptible::flag();
    hooks.progress = [&progress](const scenarios::Run& run) { progress.show(run); };
    scenarios::Run run(std::move(plan), std::move(hooks));
    run.advance();
    scenarios::Outcome outcome = run.outcome();
    series.interrupted = outcome.end_reason == scenarios::EndReason::kInterrupted;
    if (!series.interrupted) {
      take(series, std::move(outcome));
    } else if (series.runs.empty()) {
      series.first = std::move(outcome);  // as far as it came: all there is to show
    }
  }
  progress.clear();
  const std::string hash = scenarioHash(input.files, input.options);
  if (!series.runs.empty() || series.interrupted) {  // what there is is shown also after Ctrl-C
    if (!options.forPeople()) {
      out.write(documentText(documentOf(series, options, hash), options.format));
    } else if (series.runs.empty()) {
      viz::TableOptions tables;
      tables.wide = true;
      tables.utf8 = usesUtf8();
      out.write(viz::tables(series.first, tables));
    } else {
      out.write(fmt::format("{}\njobset-twin {}, scenario {}, seeds {} to {}; again: {}\n", tableOf(series), kVersion,
                            hash, first_seed, first_seed + series.runs.size() - 1,
                            rerunText(invocation.arguments, first_seed)));
    }
    if (const std::string problem = out.finish(); !problem.empty()) {
      diagnostics.error(problem);
      return kBadInput;
    }
  }
  if (series.interrupted) {
    diagnostics.error(fmt::format("interrupted after {} of {} runs{}", series.runs.size(), options.replications,
                                  series.runs.empty() ? ": what is shown is the first one, as far as it came" : ""));
    return kInterrupted;
  }
  for (const auto& [text, found] : series.unmet) {
    diagnostics.error(fmt::format("expectation not met in {} of {} runs: {}: {}", found.first, series.runs.size(), text,
                                  found.second));
  }
  return series.unmet.empty() ? kDone : kUnmet;
}

}  // namespace jobset_twin::cli
