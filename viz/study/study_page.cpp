// A study's report as a page that stands alone.
#include <fmt/format.h>

#include "scenarios/study/verdict.hpp"
#include "viz/study/page.hpp"
#include "viz/study/study_report.hpp"

namespace jobset_twin::viz {
namespace {

using namespace scenarios::study;

Chart::Format formatOf(const std::string& metric) {
  const MetricInfo* info = findMetric(metric);
  switch (info ? info->unit : Unit::kCount) {
    case Unit::kSeconds: return Chart::Format::kSeconds;
    case Unit::kShare: return Chart::Format::kShare;
    case Unit::kMoney: return Chart::Format::kMoney;
    case Unit::kCount: break;
  }
  return Chart::Format::kPlain;
}

PageTable metricTable(const StudyView& view, const std::string& metric) {
  PageTable table;
  table.columns = {
      {"alternative"}, {"runs", true}, {"mean, 95 % interval", true}, {"median", true}, {"95th percentile", true}};
  for (const PointAnalysis& point : view.analysis.points) {
    const auto found = point.metrics.find(metric);
    std::vector<std::string> row = {point.label, "0"};
    if (found != point.metrics.end() && found->second.count > 0) {
      const Summary& summary = found->second;
      const Chart::Format format = formatOf(metric);
      row[1] = std::to_string(summary.count);
      row.push_back(summary.mean_interval
                        ? intervalText(summary.mean, summary.mean_interval->low, summary.mean_interval->high, format)
                        : numberText(summary.mean, format));
      for (const Percentile& one : summary.percentiles) {
        if (one.share < 0.5) continue;
        row.push_back(one.interval ? intervalText(one.value, one.interval->low, one.interval->high, format)
                                   : numberText(one.value, format));
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

PageSection metricSection(const StudyView& view, const std::string& metric, const Chart& chart) {
  PageSection section;
  section.heading = metric;
  if (const MetricInfo* info = findMetric(metric)) section.blocks.emplace_back(PageParagraph{info->doc + "."});
  section.blocks.emplace_back(PageChart{chart, {}});
  section.blocks.emplace_back(metricTable(view, metric));
  std::string verdicts, group;
  for (const PairAnalysis& pair : view.analysis.pairs) {
    if (pair.metric != metric) continue;
    if (pair.group != group) verdicts += pair.group + "\n";
    group = pair.group;
    verdicts += (group.empty() ? "" : "  ") + pair.verdict + "\n";
  }
  if (!verdicts.empty()) {
    section.blocks.emplace_back(
        PageParagraph{"Differences of pairs with the same failures; the intervals hold together at 95 %:"});
    section.blocks.emplace_back(PagePreformatted{std::move(verdicts)});
  }
  for (const BestAnalysis& best : view.analysis.best) {
    if (best.metric != metric) continue;
    section.blocks.emplace_back(PageParagraph{fmt::format("Best by its mean: {}.", bestText(view, best))});
  }
  return section;
}

PageSection screeningSection(const StudyView& view) {
  PageSection section;
  section.heading = "Which factors matter";
  for (const ScreeningAnalysis& one : view.analysis.screenings) {
    if (!one.screening.problem.empty()) {
      section.blocks.emplace_back(PageParagraph{fmt::format("{}: {}", one.metric, one.screening.problem)});
      continue;
    }
    PageTable table;
    table.caption = screeningText(one);
    table.columns = {{"factor"}, {"explains", true}, {"p", true}, {"least with"}, {"most with"}, {"range", true}};
    for (const Effect& effect : one.screening.effects) {
      const bool main = !effect.least.empty();
      table.rows.push_back({effect.name, fmt::format("{:.1f} %", 100 * effect.share),
                            effect.p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", effect.p), effect.least, effect.most,
                            main ? numberText(effect.range, formatOf(one.metric)) : ""});
    }
    section.blocks.emplace_back(std::move(table));
  }
  return section;
}

}  // namespace

std::string studyPage(const StudyView& view, const std::string& command) {
  Page page;
  page.title = view.study.name;
  if (!view.study.description.empty()) page.intro.push_back(view.study.description);
  page.intro.push_back(
      fmt::format("{} alternatives, {} replications, {} runs. Runs of one replication have the same "
                  "failures.",
                  view.results.points.size(), view.results.replications(), view.results.runs.size()));
  const std::vector<Chart> charts = studyCharts(view);
  for (std::size_t i = 0; i < charts.size(); ++i)
    page.sections.push_back(metricSection(view, view.analysis.metrics[i], charts[i]));
  if (!view.analysis.screenings.empty()) page.sections.push_back(screeningSection(view));
  if (!view.study.facts.empty()) {
    PageTable table;
    table.columns = {{"subject"}, {"what is so, and where it stands"}};
    for (const auto& [subject, fact] : view.study.facts) table.rows.push_back({subject, fact});
    page.sections.push_back({"Stated, not measured", {std::move(table)}});
  }
  PageSection again{"Run it again", {PagePreformatted{command}}};
  PageTable commands;
  commands.caption = "One alternative alone; --seed picks the replication";
  commands.columns = {{"alternative"}, {"command"}};
  for (const PointRow& point : view.results.points) commands.rows.push_back({point.label, point.command});
  again.blocks.emplace_back(std::move(commands));
  page.sections.push_back(std::move(again));
  std::string notes;
  for (const std::string& note : view.analysis.notes) notes += note + ". ";
  page.footer = fmt::format("{}jobset-twin {}, study {}, seeds from {} on.", notes, view.results.version,
                            view.results.hash, view.study.seed);
  return htmlOf(page);
}

}  // namespace jobset_twin::viz
