#include "scenarios/study/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "scenarios/study/metric_statistics.hpp"

namespace jobset_twin::scenarios::study {
namespace {

// How many replications the study's precisions ask for, by the first so many. A point of which fewer than two runs have
// the metric is not precise, and asks for all there may be: nothing tells how many it takes.
std::uint32_t wantedBy(const Study& study, const Results& results, std::uint32_t replications,
                       std::vector<std::string>& not_reached) {
  std::size_t wanted = 0;
  not_reached.clear();
  for (const Precision& precision : study.replications.until) {
    for (std::size_t p = 0; p < results.points.size(); ++p) {
      std::vector<std::optional<double>> first = results.values(p, precision.metric);
      first.resize(replications);
      std::vector<double> values;
      for (const std::optional<double>& value : first) {
        if (value) values.push_back(*value);
      }
      const Summary summary = summariseMetric(precision.metric, values, {});
      const double half = precision.relative ? precision.half_width * std::abs(summary.mean) : precision.half_width;
      if (summary.mean_interval && summary.mean_interval->halfWidth() <= half) continue;
      not_reached.push_back(fmt::format("{} of {}", precision.metric, results.points[p].label));
      if (!summary.mean_interval || half <= 0) {
        wanted = study.replications.most;
        continue;
      }
      // Those without a value take their share of further replications.
      const double share = static_cast<double>(replications) / static_cast<double>(values.size());
      const double needed = static_cast<double>(replicationsForMetric(precision.metric, values, half)) * share;
      wanted = std::max(wanted, static_cast<std::size_t>(std::min(std::ceil(needed), 1e9)));
    }
  }
  return static_cast<std::uint32_t>(std::min<std::size_t>(wanted, study.replications.most));
}

// How many replications there are to be next; no more than there were, if these are enough.
std::uint32_t nextOf(const Study& study, const Results& results, SweepEnd& end) {
  const std::uint32_t wanted = wantedBy(study, results, end.replications, end.not_reached);
  // Not more than twice as many at once: the first guess of a spread is a rough one.
  const std::uint32_t next = std::min(wanted, 2 * end.replications), most = study.replications.most;
  if (next > end.replications) return next;
  // The guess may fall short of what is asked for by a few.
  if (!end.not_reached.empty() && end.replications < most)
    return end.replications + std::min(std::max(1u, end.replications / 10), most - end.replications);
  // What a call before has left beyond is made whole: each alternative has the same replications in the end.
  return std::max(end.replications, results.replications());
}

}  // namespace

SweepEnd sweep(const Study& study, const Work& work, const Farm& farm, const Shard& shard, const SweepHooks& hooks,
               Results& results) {
  const auto points = static_cast<std::uint32_t>(results.points.size());
  std::set<std::uint64_t> there;
  for (const RunRow& run : results.runs) there.insert(run.number(points));
  SweepEnd end;
  end.replications = study.replications.least;
  std::size_t done = 0;
  while (true) {
    std::vector<Task> tasks;
    std::vector<std::uint32_t> replication_of;
    for (std::uint32_t replication = 0; replication < end.replications; ++replication) {
      for (std::uint32_t point = 0; point < points; ++point) {
        const std::uint64_t number = std::uint64_t{replication} * points + point;
        if (number % shard.count != shard.index || there.contains(number)) continue;
        tasks.push_back({point, study.seed + replication});
        replication_of.push_back(replication);
      }
    }
    const std::size_t before = done, planned = done + tasks.size();
    FarmHooks farm_hooks;
    farm_hooks.stopped = hooks.stopped;
    farm_hooks.tick = [&] {
      if (hooks.tick) hooks.tick(done, planned);
    };
    farm_hooks.done = [&](std::size_t index, Finished finished) {
      RunRow run;
      run.point = tasks[index].point;
      run.replication = replication_of[index];
      run.seed = tasks[index].seed;
      run.problem = std::move(finished.problem);
      run.events = finished.figures.events;
      run.fingerprint = std::move(finished.figures.fingerprint);
      run.end_reason = std::move(finished.figures.end_reason);
      run.metrics = std::move(finished.figures.metrics);
      there.insert(run.number(points));
      ++done;
      if (hooks.done) hooks.done(run);
      results.runs.push_back(std::move(run));
    };
    farm(tasks, work, farm_hooks);
    std::sort(results.runs.begin(), results.runs.end(),
              [&](const RunRow& a, const RunRow& b) { return a.number(points) < b.number(points); });
    end.stopped = done - before < tasks.size();
    if (end.stopped || study.replications.until.empty()) return end;
    const std::uint32_t next = nextOf(study, results, end);
    if (next == end.replications) return end;
    end.replications = next;
  }
}

}  // namespace jobset_twin::scenarios::study
