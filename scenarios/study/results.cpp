#include "scenarios/study/results.hpp"

#include <algorithm>

namespace jobset_twin::scenarios::study {
namespace {

void set(RunRow& run, const std::string& name, double value) {
  const auto at = std::lower_bound(run.metrics.begin(), run.metrics.end(), name,
                                   [](const auto& row, const std::string& wanted) { return row.first < wanted; });
  if (at != run.metrics.end() && at->first == name) {
    at->second = value;
  } else {
    run.metrics.insert(at, {name, value});
  }
}

}  // namespace

std::optional<double> RunRow::metric(std::string_view name) const {
  const auto at = std::lower_bound(metrics.begin(), metrics.end(), name,
                                   [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  if (at != metrics.end() && at->first == name) return at->second;
  // Of a family (restarts.<cause>) only members that are not zero are kept.
  const MetricInfo* info = metrics.empty() ? nullptr : findMetric(name);
  return info && info->name.ends_with('>') ? std::optional<double>(0) : std::nullopt;
}

std::uint32_t Results::replications() const {
  std::uint32_t most = 0;
  for (const RunRow& run : runs) most = std::max(most, run.replication + 1);
  return most;
}

std::vector<std::optional<double>> Results::values(std::size_t point, std::string_view metric) const {
  std::vector<std::optional<double>> out(replications());
  for (const RunRow& run : runs) {
    if (run.point == point) out[run.replication] = run.metric(metric);
  }
  return out;
}

void addCounterfactuals(Results& results) {
  std::map<std::uint32_t, std::vector<RunRow*>> by_replication;
  for (RunRow& run : results.runs) {
    if (run.problem.empty()) by_replication[run.replication].push_back(&run);
  }
  for (auto& [replication, runs] : by_replication) {
    if (runs.size() != results.points.size() || runs.size() < 2) continue;
    bool anybody = false;
    for (const RunRow* run : runs) anybody = anybody || run->metric("completed") == 1.0;
    for (RunRow* run : runs) {
      const bool failed = run->metric("failed").value_or(0) > 0;
      set(*run, "gaveUpEarly", failed && anybody ? 1 : 0);
      const std::optional<double> own = run->metric("makespan");
      if (!own) continue;
      // The fewest restarts among those that completed with the same failures, and no later.
      double fewest = run->metric("restarts").value_or(0);
      for (const RunRow* other : runs) {
        const std::optional<double> makespan = other->metric("makespan");
        if (makespan && *makespan <= *own) fewest = std::min(fewest, other->metric("restarts").value_or(0));
      }
      set(*run, "avoidableRestarts", run->metric("restarts").value_or(0) - fewest);
    }
  }
}

}  // namespace jobset_twin::scenarios::study
