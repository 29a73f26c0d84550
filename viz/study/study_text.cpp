// The text of a study's report.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/study/verdict.hpp"
#include "viz/columns.hpp"
#include "viz/study/study_report.hpp"

namespace jobset_twin::viz {
namespace {

using namespace scenarios::study;

Unit unitOf(const std::string& metric) {
  const MetricInfo* info = findMetric(metric);
  return info ? info->unit : Unit::kCount;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// "12m30s ± 8.1 s", and of how many runs if not of all.
std::string meanText(const Summary& summary, Unit unit, std::size_t runs) {
  std::string text = valueText(summary.mean, unit);
  if (summary.mean_interval && summary.mean_interval->halfWidth() > 0)
    text += reachText(summary.mean, *summary.mean_interval, unit);
  if (summary.count < runs) text += fmt::format(" ({} of {})", summary.count, runs);
  return text;
}

Row cellsOf(const PointAnalysis& point, const std::vector<std::string>& metrics, bool wide) {
  Row row = {point.label, std::to_string(point.runs)};
  for (const std::string& metric : metrics) {
    const auto found = point.metrics.find(metric);
    if (found == point.metrics.end() || found->second.count == 0) {
      row.emplace_back("-");
      if (wide) row.insert(row.end(), 2, "-");
      continue;
    }
    const Unit unit = unitOf(metric);
    row.push_back(meanText(found->second, unit, point.runs - point.broken));
    if (!wide) continue;
    for (const Percentile& percentile : found->second.percentiles) {
      if (percentile.share != 0.5 && percentile.share != 0.95) continue;
      std::string text = valueText(percentile.value, unit);
      if (percentile.interval)
        text += fmt::format(" [{} .. {}]", valueText(percentile.interval->low, unit),
                            valueText(percentile.interval->high, unit));
      row.push_back(std::move(text));
    }
  }
  return row;
}

std::string summaryTable(const StudyView& view, bool wide) {
  std::string out;
  // A terminal shows few columns at a time; the wide form shows one metric with its percentiles.
  const std::size_t each = wide ? 1 : 4;
  const std::vector<std::string>& metrics = view.analysis.metrics;
  for (std::size_t from = 0; from < metrics.size(); from += each) {
    const std::vector<std::string> part(
        metrics.begin() + static_cast<std::ptrdiff_t>(from),
        metrics.begin() + static_cast<std::ptrdiff_t>(std::min(from + each, metrics.size())));
    Table table;
    table.header = {"ALTERNATIVE", "RUNS"};
    for (const std::string& metric : part) {
      table.header.push_back(upper(metric));
      if (wide) table.header.insert(table.header.end(), {"MEDIAN", "P95"});
    }
    for (const PointAnalysis& point : view.analysis.points) table.rows.push_back(cellsOf(point, part, wide));
    out += (from == 0 ? "" : "\n") + formatTable(table);
  }
  return out;
}

// What the report says of the first few metrics, it says of all in its wide form.
constexpr std::size_t kMetricsTold = 3;
constexpr const char* kMore = "(-o wide has the other metrics)\n";

std::string pairLines(const StudyView& view, bool all) {
  std::string out;
  std::size_t shown = 0;
  for (const std::string& metric : view.analysis.metrics) {
    std::string lines, group;
    for (const PairAnalysis& pair : view.analysis.pairs) {
      if (pair.metric != metric) continue;
      if (pair.group != group) lines += fmt::format("  {}\n", pair.group);
      group = pair.group;
      lines += fmt::format("  {}{}\n", group.empty() ? "" : "  ", pair.verdict);
    }
    if (lines.empty()) continue;
    if (!all && shown++ == kMetricsTold) return out + kMore;
    out += fmt::format("{}:\n{}", metric, lines);
  }
  return out;
}

std::string bestLines(const StudyView& view, bool all) {
  std::string out;
  for (std::size_t i = 0; i < view.analysis.best.size() && (all || i < kMetricsTold); ++i) {
    const BestAnalysis& best = view.analysis.best[i];
    out += fmt::format("best {}: {}\n", best.metric, bestText(view, best));
  }
  return out;
}

std::string screeningTable(const ScreeningAnalysis& one) {
  if (!one.screening.problem.empty()) return fmt::format("{}: not screened: {}\n", one.metric, one.screening.problem);
  Table table;
  table.header = {"FACTOR", "EXPLAINS", "P", "FROM", "TO", "RANGE"};
  constexpr std::size_t kEffectsMax = 8;
  for (const Effect& effect : one.screening.effects) {
    if (table.rows.size() == kEffectsMax) break;
    const bool main = !effect.least.empty();
    table.rows.push_back({effect.name, fmt::format("{:.1f} %", 100 * effect.share),
                          effect.p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", effect.p), main ? effect.least : "",
                          main ? effect.most : "", main ? valueText(effect.range, unitOf(one.metric)) : ""});
  }
  std::string out = fmt::format("{}\n{}", screeningText(one), formatTable(table));
  if (!one.screening.confounded.empty())
    out += fmt::format("this design cannot tell: {}\n", fmt::join(one.screening.confounded, ", "));
  return out;
}

std::string endsLines(const StudyView& view) {
  std::string out;
  for (const PointAnalysis& point : view.analysis.points) {
    std::string words;
    for (const auto& [name, summary] : point.metrics) {
      if (!name.starts_with("failed.")) continue;
      std::size_t runs = 0;
      for (const RunRow& run : view.results.runs) {
        runs += view.results.points[run.point].label == point.label && run.metric(name).value_or(0) > 0 ? 1 : 0;
      }
      if (runs > 0) words += fmt::format("; {} in {} runs", name.substr(7), runs);
    }
    for (const auto& [end, count] : point.ends) {
      if (end != "finished") words += fmt::format("; {} runs ended as {}", count, end);
    }
    if (!words.empty()) out += fmt::format("  {}: {}\n", point.label, words.substr(2));
  }
  return out.empty() ? out : "not completed:\n" + out;
}

}  // namespace

std::string bestText(const StudyView& view, const BestAnalysis& best) {
  const auto labels = [&](const std::vector<std::size_t>& points) {
    std::string text;
    for (const std::size_t p : points) text += (text.empty() ? "" : "; ") + view.analysis.points[p].label;
    return text;
  };
  std::string text = view.analysis.points[best.point].label;
  if (!best.alike.empty()) text += fmt::format("; the same in every pair: {}", labels(best.alike));
  if (!best.not_worse.empty()) text += fmt::format("; not seen to be worse: {}", labels(best.not_worse));
  return text;
}

std::string screeningText(const ScreeningAnalysis& one) {
  std::string text = fmt::format("{}: {:.0f} % of what differs within replications is explained", one.metric,
                                 100 * one.screening.explained);
  if (one.screening.runs < one.all_runs)
    text += fmt::format(", of the {} of {} runs that have it", one.screening.runs, one.all_runs);
  return text;
}

std::string studyText(const StudyView& view, const StudyTextOptions& options) {
  const std::uint32_t replications = view.results.replications();
  std::string out = fmt::format("study {}: {} alternatives, {} replications, {} runs\n\n", view.study.name,
                                view.results.points.size(), replications, view.results.runs.size());
  out += summaryTable(view, options.wide);
  if (const std::string ends = endsLines(view); !ends.empty()) out += "\n" + ends;
  if (const std::string pairs = pairLines(view, options.wide); !pairs.empty())
    out +=
        "\nDifferences, of pairs with the same failures; all intervals of a metric hold together at 95 %\n\n" + pairs;
  if (const std::string best = bestLines(view, options.wide); !best.empty()) out += "\n" + best;
  std::string screenings;
  std::size_t told = 0;
  for (const ScreeningAnalysis& one : view.analysis.screenings) {
    if (!options.wide && told++ == kMetricsTold) {
      screenings += std::string("\n") + kMore;
      break;
    }
    screenings += "\n" + screeningTable(one);
  }
  if (!screenings.empty()) out += "\nWhich factors matter\n" + screenings;
  const std::vector<Chart> charts = studyCharts(view);
  const std::size_t first = view.analysis.metrics.size() > 1 && view.analysis.metrics.front() == "completed" ? 1 : 0;
  if (charts.size() > first) out += "\n" + textOf(charts[first], options.columns, options.utf8);
  if (!view.study.facts.empty()) {
    out += "\nStated, not measured\n";
    for (const auto& [subject, fact] : view.study.facts) out += fmt::format("  {}: {}\n", subject, fact);
  }
  for (const std::string& note : view.analysis.notes) out += fmt::format("\nnote: {}\n", note);
  return out;
}

}  // namespace jobset_twin::viz
