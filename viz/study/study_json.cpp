// A study's results as a JSON document and as CSV.
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "viz/study/study_report.hpp"

namespace jobset_twin::viz {
namespace {

using namespace scenarios::study;
using nlohmann::json;

json intervalJson(const std::optional<Interval>& interval) {
  return interval ? json::array({interval->low, interval->high}) : json(nullptr);
}

json summaryJson(const Summary& summary) {
  json out = {{"count", summary.count}};
  if (summary.count == 0) return out;
  out["mean"] = summary.mean;
  out["meanInterval95"] = intervalJson(summary.mean_interval);
  out["deviation"] = summary.deviation;
  out["least"] = summary.least;
  out["most"] = summary.most;
  json percentiles = json::array();
  for (const Percentile& one : summary.percentiles)
    percentiles.push_back({{"share", one.share}, {"value", one.value}, {"interval95", intervalJson(one.interval)}});
  out["percentiles"] = percentiles;
  return out;
}

const char* verdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNothingToCompare: return "nothingToCompare";
    case Verdict::kNoDifference: return "noDifferenceSeen";
    case Verdict::kFirstIsLess: return "more";
    case Verdict::kFirstIsMore: return "less";
    case Verdict::kEqual: return "equal";
  }
  return "";
}

json screeningJson(const ScreeningAnalysis& one) {
  json effects = json::array();
  for (const Effect& effect : one.screening.effects) {
    json row = {
        {"name", effect.name}, {"degrees", effect.degrees}, {"share", effect.share}, {"f", effect.f}, {"p", effect.p}};
    if (!effect.least.empty()) row.update({{"range", effect.range}, {"least", effect.least}, {"most", effect.most}});
    effects.push_back(std::move(row));
  }
  return {{"metric", one.metric},
          {"explained", one.screening.explained},
          {"runs", one.screening.runs},
          {"allRuns", one.all_runs},
          {"effects", effects},
          {"confounded", one.screening.confounded},
          {"problem", one.screening.problem}};
}

std::string csvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

json studyJson(const StudyView& view) {
  json points = json::array();
  for (std::size_t p = 0; p < view.analysis.points.size(); ++p) {
    const PointAnalysis& point = view.analysis.points[p];
    json levels = json::object();
    for (std::size_t f = 0; f < view.results.factors.size(); ++f)
      levels[view.results.factors[f]] = view.results.points[p].levels[f];
    json metrics = json::object();
    for (const auto& [name, summary] : point.metrics) metrics[name] = summaryJson(summary);
    points.push_back({{"label", point.label},
                      {"levels", levels},
                      {"runs", point.runs},
                      {"broken", point.broken},
                      {"ends", point.ends},
                      {"metrics", metrics},
                      {"command", view.results.points[p].command}});
  }
  json pairs = json::array();
  for (const PairAnalysis& pair : view.analysis.pairs) {
    const Difference& d = pair.difference;
    json row = {{"a", view.analysis.points[pair.a].label},
                {"b", view.analysis.points[pair.b].label},
                {"group", pair.group},
                {"metric", pair.metric},
                {"pairs", d.pairs},
                {"onlyA", d.only_a},
                {"onlyB", d.only_b},
                {"verdict", verdictWord(d.verdict)},
                {"text", pair.verdict}};
    if (d.pairs > 0) row["meanDifference"] = d.mean;
    row["interval95"] = intervalJson(d.interval);
    row["jointInterval95"] = intervalJson(d.joint);
    pairs.push_back(std::move(row));
  }
  json best = json::array();
  for (const BestAnalysis& one : view.analysis.best) {
    json others = json::array(), alike = json::array();
    for (const std::size_t p : one.not_worse) others.push_back(view.analysis.points[p].label);
    for (const std::size_t p : one.alike) alike.push_back(view.analysis.points[p].label);
    best.push_back({{"metric", one.metric},
                    {"label", view.analysis.points[one.point].label},
                    {"alike", alike},
                    {"notWorse", others}});
  }
  json screenings = json::array();
  for (const ScreeningAnalysis& one : view.analysis.screenings) screenings.push_back(screeningJson(one));
  json facts = json::object();
  for (const auto& [subject, fact] : view.study.facts) facts[subject] = fact;
  return {{"apiVersion", "jobset-twin.dev/v1alpha1"},
          {"kind", "StudyResult"},
          {"study", view.results.study},
          {"hash", view.results.hash},
          {"version", view.results.version},
          {"seed", view.study.seed},
          {"replications", view.results.replications()},
          {"runs", view.results.runs.size()},
          {"metrics", view.analysis.metrics},
          {"alternatives", points},
          {"differences", pairs},
          {"best", best},
          {"screening", screenings},
          {"facts", facts},
          {"notes", view.analysis.notes}};
}

std::string studyCsv(const Results& results) {
  std::set<std::string> metrics;
  for (const RunRow& run : results.runs) {
    for (const auto& [name, value] : run.metrics) metrics.insert(name);
  }
  std::string out = "run,alternative,replication,seed";
  for (const std::string& factor : results.factors) out += "," + csvCell(factor);
  out += ",endReason,fingerprint,problem";
  for (const std::string& metric : metrics) out += "," + csvCell(metric);
  out += "\r\n";
  for (const RunRow& run : results.runs) {
    const PointRow& point = results.points[run.point];
    out +=
        fmt::format("{},{},{},{}", run.number(results.points.size()), csvCell(point.label), run.replication, run.seed);
    for (const std::string& level : point.levels) out += "," + csvCell(level);
    out += fmt::format(",{},{},{}", run.end_reason, run.fingerprint, csvCell(run.problem));
    for (const std::string& metric : metrics) {
      const std::optional<double> value = run.metric(metric);
      out += value ? fmt::format(",{}", *value) : ",";
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace jobset_twin::viz
