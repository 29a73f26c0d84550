#include "scenarios/study/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "scenarios/study/verdict.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using Values = std::vector<std::optional<double>>;

std::vector<double> present(const Values& values) {
  std::vector<double> out;
  for (const std::optional<double>& value : values) {
    if (value) out.push_back(*value);
  }
  return out;
}

// Shown when the study names none: what people ask first, and what differs.
std::vector<std::string> usualMetrics(const Results& results) {
  constexpr std::size_t kShownMax = 8;
  constexpr const char* kFirst[] = {
      "completed", "makespan", "timeToReady", "queueing",          "restarts",       "ettr",          "lostWork",
      "cost",      "slo",      "gaveUpEarly", "avoidableRestarts", "gpuUtilisation", "cpuUtilisation"};
  std::vector<std::string> out;
  for (const char* name : kFirst) {
    std::set<double> seen;
    for (const RunRow& run : results.runs) {
      if (const std::optional<double> value = run.metric(name)) seen.insert(*value);
    }
    const bool always = std::string_view(name) == "completed" || std::string_view(name) == "makespan";
    if ((seen.size() > 1 || (always && !seen.empty())) && out.size() < kShownMax) out.emplace_back(name);
  }
  return out;
}

std::vector<std::pair<std::size_t, std::size_t>> pairsOf(const Study& study, const Results& results) {
  constexpr std::size_t kAllPairsMax = 5;
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const std::size_t count = results.points.size();
  if (study.baseline.empty() && count <= kAllPairsMax) {
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = a + 1; b < count; ++b) out.emplace_back(a, b);
    }
    return out;
  }
  std::size_t base = 0;
  for (std::size_t p = 0; p < count; ++p) {
    if (results.points[p].label == study.baseline) base = p;
  }
  for (std::size_t p = 0; p < count; ++p) {
    if (p != base) out.emplace_back(base, p);
  }
  return out;
}

std::optional<BestAnalysis> bestOf(const Results& results, const std::string& metric,
                                   const std::vector<Values>& values) {
  const MetricInfo* info = findMetric(metric);
  if (!info || info->better == Better::kNeither || results.points.size() < 3) return std::nullopt;
  const double sign = info->better == Better::kLess ? 1 : -1;
  BestAnalysis out;
  out.metric = metric;
  std::optional<double> least;
  std::vector<std::size_t> whole;
  for (std::size_t p = 0; p < values.size(); ++p) {
    const std::vector<double> there = present(values[p]);
    if (there.empty() || there.size() < values[p].size()) continue;
    whole.push_back(p);
    const double mean = sign * summarise(there, {}).mean;
    if (least && mean >= *least) continue;
    least = mean;
    out.point = p;
  }
  if (whole.size() < 2) return std::nullopt;
  for (const std::size_t p : whole) {
    if (p == out.point) continue;
    const Difference difference = pairedDifference(values[out.point], values[p], whole.size() - 1);
    const bool worse = difference.verdict == (sign > 0 ? Verdict::kFirstIsLess : Verdict::kFirstIsMore);
    if (!worse) out.not_worse.push_back(p);
  }
  return out;
}

ScreeningAnalysis screeningOf(const Results& results, const std::string& metric) {
  ScreeningAnalysis out;
  out.metric = metric;
  std::vector<ScreeningFactor> factors;
  for (std::size_t f = 0; f < results.factors.size(); ++f) {
    ScreeningFactor factor;
    factor.name = results.factors[f];
    bool numbers = true;
    for (const PointRow& point : results.points) {
      if (std::find(factor.levels.begin(), factor.levels.end(), point.levels[f]) != factor.levels.end()) continue;
      factor.levels.push_back(point.levels[f]);
      numbers = numbers && point.numbers[f].has_value();
      factor.numbers.push_back(point.numbers[f].value_or(0));
    }
    if (!numbers) factor.numbers.clear();
    factors.push_back(std::move(factor));
  }
  std::vector<ScreeningRun> runs;
  for (const RunRow& run : results.runs) {
    const std::optional<double> value = run.metric(metric);
    if (!value) continue;
    ScreeningRun row{{}, run.replication, *value};
    for (std::size_t f = 0; f < factors.size(); ++f) {
      const std::vector<std::string>& levels = factors[f].levels;
      row.levels.push_back(static_cast<std::size_t>(
          std::find(levels.begin(), levels.end(), results.points[run.point].levels[f]) - levels.begin()));
    }
    runs.push_back(std::move(row));
  }
  if (runs.size() < results.runs.size() && runs.size() * 2 < results.runs.size()) {
    out.screening.problem = fmt::format("only {} of {} runs have it", runs.size(), results.runs.size());
    return out;
  }
  out.screening = screen(factors, runs);
  return out;
}

void addNotes(const Results& results, Analysis& out) {
  std::size_t broken = 0;
  std::string example;
  for (const RunRow& run : results.runs) {
    if (run.problem.empty()) continue;
    if (broken++ == 0)
      example = fmt::format("{} with seed {}: {}", results.points[run.point].label, run.seed, run.problem);
  }
  if (broken > 0) out.notes.push_back(fmt::format("{} runs broke, and are left out; the first: {}", broken, example));
  if (results.replications() < 10)
    out.notes.push_back(
        fmt::format("{} replications are few: intervals are wide, and lean on normal means", results.replications()));
}

}  // namespace

Analysis analyse(const Study& study, const Results& results) {
  Analysis out;
  out.metrics = study.metrics.empty() ? usualMetrics(results) : study.metrics;
  for (std::size_t p = 0; p < results.points.size(); ++p) {
    PointAnalysis point;
    point.label = results.points[p].label;
    std::set<std::string> names;
    for (const RunRow& run : results.runs) {
      if (run.point != p) continue;
      ++point.runs;
      point.broken += run.problem.empty() ? 0 : 1;
      if (run.problem.empty()) ++point.ends[run.end_reason];
      for (const auto& [name, value] : run.metrics) names.insert(name);
    }
    for (const std::string& name : names) point.metrics[name] = summarise(present(results.values(p, name)));
    out.points.push_back(std::move(point));
  }
  const auto pairs = pairsOf(study, results);
  for (const std::string& metric : out.metrics) {
    std::vector<Values> values;
    for (std::size_t p = 0; p < results.points.size(); ++p) values.push_back(results.values(p, metric));
    for (const auto& [a, b] : pairs) {
      PairAnalysis pair{a, b, metric, pairedDifference(values[a], values[b], pairs.size()), {}};
      pair.verdict = verdictText(metric, results.points[a].label, results.points[b].label, pair.difference);
      out.pairs.push_back(std::move(pair));
    }
    if (std::optional<BestAnalysis> best = bestOf(results, metric, values)) out.best.push_back(std::move(*best));
    if (results.factors.size() >= 2) out.screenings.push_back(screeningOf(results, metric));
  }
  addNotes(results, out);
  return out;
}

}  // namespace jobset_twin::scenarios::study
