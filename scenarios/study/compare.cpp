#include "scenarios/study/compare.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "engine/api/time.hpp"
#include "scenarios/study/figures.hpp"
#include "scenarios/study/metric_statistics.hpp"
#include "scenarios/study/shares.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using BySeed = std::map<std::uint64_t, const RunRow*>;

BySeed runsOf(const Results& results, std::size_t point) {
  BySeed out;
  for (const RunRow& run : results.runs) {
    if (run.point == point && run.problem.empty()) out[run.seed] = &run;
  }
  return out;
}

std::optional<std::size_t> pointOf(const Results& results, const std::string& label) {
  for (std::size_t p = 0; p < results.points.size(); ++p) {
    if (results.points[p].label == label) return p;
  }
  return std::nullopt;
}

std::vector<double> valuesOf(const BySeed& runs, const std::string& metric) {
  std::vector<double> out;
  for (const auto& [seed, run] : runs) {
    if (const std::optional<double> value = run->metric(metric)) out.push_back(*value);
  }
  return out;
}

std::optional<double> meanOf(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Presence presenceOf(const std::vector<std::optional<double>>& values) {
  return {values.size(), static_cast<std::size_t>(std::count_if(values.begin(), values.end(),
                                                                [](const auto& value) { return value.has_value(); }))};
}

// With the same seeds the same runs are looked at; with others, fewer may be luck.
bool fewerHave(const Presence& a, const Presence& b, bool paired, std::size_t comparisons) {
  if (paired) return b.have < a.have;
  if (a.have > 0 && (b.have == 0 || (b.have < 2 && a.have >= 2))) return true;
  const auto zerosAndOnes = [](const Presence& of) {
    std::vector<double> out(of.runs, 0.0);
    std::fill_n(out.begin(), of.have, 1.0);
    return out;
  };
  return independentShares(zerosAndOnes(a), zerosAndOnes(b), comparisons).verdict == Verdict::kFirstIsMore;
}

Moved moved(const BySeed& a, const BySeed& b, const std::string& metric, std::size_t comparisons,
            const Tolerances& tolerances) {
  Moved out;
  out.metric = metric;
  out.before = meanOf(valuesOf(a, metric));
  out.after = meanOf(valuesOf(b, metric));
  std::vector<std::optional<double>> in_a, in_b;
  for (const auto& [seed, run] : a) {
    const auto other = b.find(seed);
    if (other == b.end()) continue;
    in_a.push_back(run->metric(metric));
    in_b.push_back(other->second->metric(metric));
  }
  out.paired = in_a.size() >= 2;
  if (out.paired) {
    out.in_a = presenceOf(in_a);
    out.in_b = presenceOf(in_b);
    out.difference = pairedMetric(metric, in_a, in_b, comparisons);
  } else {
    const std::vector<double> all_a = valuesOf(a, metric), all_b = valuesOf(b, metric);
    out.in_a = {a.size(), all_a.size()};
    out.in_b = {b.size(), all_b.size()};
    out.difference = independentMetric(metric, all_a, all_b, comparisons);
  }
  out.fewer = fewerHave(out.in_a, out.in_b, out.paired, comparisons);
  out.beyond_noise = out.difference.verdict == Verdict::kFirstIsLess || out.difference.verdict == Verdict::kFirstIsMore;
  const MetricInfo* info = findMetric(metric);
  const Better better = info ? info->better : Better::kNeither;
  out.worse = out.beyond_noise && ((better == Better::kLess && out.difference.mean > 0) ||
                                   (better == Better::kMore && out.difference.mean < 0));
  const std::optional<Tolerance> tolerance = tolerances.of(metric);
  if (!tolerance || !out.beyond_noise) return out;
  // What is neither better nor worse counts only if it is asked for by name.
  const bool asked = better == Better::kNeither && tolerances.metrics.contains(metric);
  if (!out.worse && !tolerances.any_direction && !asked) return out;
  const double allowed = tolerance->relative ? tolerance->amount * std::abs(*out.before) : tolerance->amount;
  out.exceeded = std::abs(out.difference.mean) > allowed;
  return out;
}

std::size_t brokenRuns(const Results& results, std::size_t point) {
  std::size_t out = 0;
  for (const RunRow& run : results.runs) out += run.point == point && !run.problem.empty() ? 1 : 0;
  return out;
}

std::vector<std::string> lostOf(const Comparison& comparison, const Tolerances& tolerances) {
  std::vector<std::string> out;
  if (!tolerances.given()) return out;
  for (const std::string& label : comparison.only_a) out.push_back(fmt::format("{}: is not in B", label));
  for (const RunCounts& one : comparison.broken) {
    if (one.in_b > one.in_a)
      out.push_back(fmt::format("{}: {} runs of B broke, and {} of A", one.label, one.in_b, one.in_a));
  }
  for (const Moved& row : comparison.rows) {
    if (row.fewer && tolerances.of(row.metric))
      out.push_back(fmt::format("{}: {} of {} runs of B have {}, and {} of {} of A", row.label, row.in_b.have,
                                row.in_b.runs, row.metric, row.in_a.have, row.in_a.runs));
  }
  return out;
}

}  // namespace

std::optional<Tolerance> Tolerances::of(const std::string& metric) const {
  const auto found = metrics.find(metric);
  return found == metrics.end() ? all : found->second;
}

api::Result<std::pair<std::string, Tolerance>> parseTolerance(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string metric = equals == std::string::npos ? "" : text.substr(0, equals);
  std::string amount = equals == std::string::npos ? text : text.substr(equals + 1);
  if (equals != std::string::npos && !findMetric(metric)) {
    std::vector<std::string> names;
    for (const MetricInfo& info : metricInfos()) names.push_back(info.name);
    const std::string nearest = api::nearestName(metric, names);
    return api::plainError("Invalid", fmt::format("there is no metric '{}'{}", metric,
                                                  nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
  }
  Tolerance out;
  out.relative = amount.ends_with('%');
  if (out.relative) amount.pop_back();
  char* end = nullptr;
  out.amount = std::strtod(amount.c_str(), &end);
  const bool number = !amount.empty() && end == amount.c_str() + amount.size();
  if (out.relative && number) out.amount /= 100;
  std::optional<api::Duration> time;
  if (!number && !out.relative) {
    if (const api::Result<api::Duration> read = api::parseDuration(amount)) time = *read;
  }
  if (time) out.amount = api::secondsOf(*time);
  if (!(number || time) || !(out.amount >= 0) || std::isinf(out.amount))
    return api::plainError("Invalid",
                           fmt::format("must be 5%, makespan=2%, makespan=30s or restarts=0.5, got '{}'", text));
  if (metric.empty() && !out.relative)
    return api::plainError("Invalid",
                           fmt::format("an amount is of one metric: write makespan={}, or a share of all: 5%", amount));
  if (const std::string problem = notATime(metric); time && !problem.empty())
    return api::plainError("Invalid", fmt::format("{}: '{}' does not fit", problem, amount));
  return std::pair(metric, out);
}

Comparison compare(const Results& a, const Results& b, const Tolerances& tolerances,
                   const std::vector<std::string>& metrics) {
  Comparison out;
  struct Shared {
    std::string label;
    BySeed a, b;
    std::vector<std::string> metrics;
  };
  std::vector<Shared> shared;
  std::size_t comparisons = 0;
  for (std::size_t p = 0; p < a.points.size(); ++p) {
    const std::string& label = a.points[p].label;
    const std::optional<std::size_t> other = pointOf(b, label);
    if (!other) {
      out.only_a.push_back(label);
      continue;
    }
    Shared one{label, runsOf(a, p), runsOf(b, *other), {}};
    const RunCounts broken{label, brokenRuns(a, p), brokenRuns(b, *other)};
    if (broken.in_a + broken.in_b > 0) out.broken.push_back(broken);
    if (one.a.size() != one.b.size()) out.uneven.push_back({label, one.a.size(), one.b.size()});
    // Also what only one of them has: of a family only members above zero are kept, and what no run has any more is
    // what one wants to know.
    std::set<std::string> names;
    for (const auto& [seed, run] : one.a) {
      for (const auto& [name, value] : run->metrics) names.insert(name);
      const auto same = one.b.find(seed);
      if (same == one.b.end()) continue;
      ++out.same_seeds;
      out.equal_runs += same->second->fingerprint == run->fingerprint ? 1 : 0;
    }
    for (const auto& [seed, run] : one.b) {
      for (const auto& [name, value] : run->metrics) names.insert(name);
    }
    for (const std::string& name : names) {
      if (metrics.empty() || std::find(metrics.begin(), metrics.end(), name) != metrics.end())
        one.metrics.push_back(name);
    }
    comparisons += one.metrics.size();
    shared.push_back(std::move(one));
  }
  for (const PointRow& point : b.points) {
    if (!pointOf(a, point.label)) out.only_b.push_back(point.label);
  }
  for (const Shared& one : shared) {
    for (const std::string& metric : one.metrics) {
      Moved row = moved(one.a, one.b, metric, std::max<std::size_t>(1, comparisons), tolerances);
      row.label = one.label;
      out.rows.push_back(std::move(row));
    }
  }
  out.lost = lostOf(out, tolerances);
  return out;
}

}  // namespace jobset_twin::scenarios::study
