#include "scenarios/study/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "scenarios/study/metric_statistics.hpp"
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

struct PairOf {
  std::size_t a = 0, b = 0;
  std::string group, a_name, b_name;
};

// All pairs of few, else each with the first.
void addPairs(const std::vector<std::size_t>& points, const std::function<std::string(std::size_t)>& name,
              const std::string& group, std::vector<PairOf>& out) {
  constexpr std::size_t kAllPairsMax = 5;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t k = i + 1; k < points.size(); ++k) {
      if (i > 0 && points.size() > kAllPairsMax) continue;
      out.push_back({points[i], points[k], group, name(points[i]), name(points[k])});
    }
  }
}

// "policy" of "FailJobSet", "mtbf=30m" of a value.
std::string levelText(const Results& results, std::size_t point, std::size_t factor) {
  const std::string& level = results.points[point].levels[factor];
  const bool value = results.points[point].numbers[factor].has_value();
  return value ? fmt::format("{}={}", results.factors[factor], level) : level;
}

std::vector<PairOf> pairsOf(const Study& study, const Results& results) {
  std::vector<PairOf> out;
  const auto label = [&](std::size_t p) { return results.points[p].label; };
  if (!study.baseline.empty()) {
    std::size_t base = 0;
    while (base < results.points.size() && results.points[base].label != study.baseline) ++base;
    for (std::size_t p = 0; p < results.points.size(); ++p) {
      if (p != base) out.push_back({base, p, "", label(base), label(p)});
    }
    return out;
  }
  // By the levels of all factors but the first, in order of appearance.
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t p = 0; p < results.points.size(); ++p) {
    std::string group;
    for (std::size_t f = 1; f < results.factors.size(); ++f)
      group += (group.empty() ? "" : ", ") + levelText(results, p, f);
    if (groups[group].empty()) order.push_back(group);
    groups[group].push_back(p);
  }
  // Points of a Latin hypercube have nothing in common: their differences are what screening is for.
  if (study.design == DesignKind::kLatinHypercube) return out;
  const bool whole = std::all_of(groups.begin(), groups.end(), [](const auto& one) { return one.second.size() > 1; });
  if (results.factors.size() > 1 && whole) {
    for (const std::string& group : order)
      addPairs(
          groups[group], [&](std::size_t p) { return levelText(results, p, 0); }, group, out);
    return out;
  }
  std::vector<std::size_t> all(results.points.size());
  for (std::size_t p = 0; p < all.size(); ++p) all[p] = p;
  addPairs(all, label, "", out);
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
    const Difference difference = pairedMetric(metric, values[out.point], values[p], whole.size() - 1);
    const bool worse = difference.verdict == (sign > 0 ? Verdict::kFirstIsLess : Verdict::kFirstIsMore);
    if (!worse) (difference.verdict == Verdict::kEqual ? out.alike : out.not_worse).push_back(p);
  }
  return out;
}

ScreeningAnalysis screeningOf(const Results& results, const std::string& metric) {
  ScreeningAnalysis out;
  out.metric = metric;
  out.all_runs = results.runs.size();
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
  if (runs.size() * 2 < results.runs.size()) {
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
    for (const std::string& name : names) {
      point.metrics[name] = summariseMetric(name, present(results.values(p, name)));
    }
    out.points.push_back(std::move(point));
  }
  const std::vector<PairOf> pairs = pairsOf(study, results);
  for (const std::string& metric : out.metrics) {
    std::vector<Values> values;
    for (std::size_t p = 0; p < results.points.size(); ++p) values.push_back(results.values(p, metric));
    for (const PairOf& one : pairs) {
      PairAnalysis pair{
          one.a, one.b, one.group, metric, pairedMetric(metric, values[one.a], values[one.b], pairs.size()), {}};
      pair.verdict = verdictText(metric, one.a_name, one.b_name, pair.difference);
      out.pairs.push_back(std::move(pair));
    }
    if (std::optional<BestAnalysis> best = bestOf(results, metric, values)) out.best.push_back(std::move(*best));
    if (results.factors.size() >= 2) out.screenings.push_back(screeningOf(results, metric));
  }
  addNotes(results, out);
  return out;
}

}  // namespace jobset_twin::scenarios::study
