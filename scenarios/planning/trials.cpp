#include "scenarios/planning/trials.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "scenarios/planning/workload_jobset.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

bool reaches(const Level& level, const study::WorkloadFigures& figures) {
  // Virtual time is exact; a figure in seconds is not quite.
  constexpr double kSlack = 1e-6;
  if (level.start_within && !(figures.started && *figures.started <= api::secondsOf(*level.start_within) + kSlack))
    return false;
  const bool completed = figures.state == "Completed";
  if (level.finish_within &&
      !(completed && figures.finished && *figures.finished <= api::secondsOf(*level.finish_within) + kSlack))
    return false;
  return !level.ettr || (completed && figures.ettr && *figures.ettr >= *level.ettr);
}

// What a level promises of the merit; absent: nothing.
std::optional<double> promised(const Level& level, Merit merit) {
  if (merit == Merit::kEttr) return level.ettr;
  const std::optional<Duration>& time = merit == Merit::kFinish ? level.finish_within : level.start_within;
  // A JobSet that must start at once is as late as it is in seconds.
  return time ? std::optional(std::max(1.0, api::secondsOf(*time))) : std::nullopt;
}

double meritOf(Merit merit, double promise, double end, const study::WorkloadFigures* figures) {
  const bool completed = figures && figures->state == "Completed";
  if (merit == Merit::kEttr) return completed ? figures->ettr.value_or(0) : 0;
  if (merit == Merit::kFinish) return (completed && figures->finished ? -*figures->finished : -end) / promise;
  return (figures && figures->started ? -*figures->started : -end) / promise;
}

}  // namespace

Merit meritOf(const CapacityPlan& plan) {
  const auto any = [&](auto member) {
    return std::any_of(plan.levels.begin(), plan.levels.end(),
                       [&](const Level& level) { return (level.*member).has_value(); });
  };
  if (any(&Level::ettr)) return Merit::kEttr;
  return any(&Level::finish_within) ? Merit::kFinish : Merit::kStart;
}

std::string meritName(Merit merit) {
  return merit == Merit::kEttr     ? "mean ETTR"
         : merit == Merit::kFinish ? "mean time to the end, as a share of the promised one"
                                   : "mean time to start, as a share of the promised one";
}

Observed observedOf(const CapacityPlan& plan, const std::vector<Arrival>& arrivals, const study::RunFigures& figures) {
  std::map<std::string, const study::WorkloadFigures*> by_namespace;
  for (const study::WorkloadFigures& one : figures.workloads)
    if (one.kind == "JobSet") by_namespace.emplace(one.namespace_, &one);
  Observed out;
  out.levels.resize(plan.levels.size());
  std::vector<std::pair<double, int>> held(plan.workloads.size());
  const Merit merit = meritOf(plan);
  std::vector<double> merits(plan.levels.size(), 0);
  for (const Arrival& arrival : arrivals) {
    const auto found = by_namespace.find(arrival.namespaceIn(plan));
    const study::WorkloadFigures* one = found == by_namespace.end() ? nullptr : found->second;
    if (one && one->queued && one->finished) {
      held[arrival.workload].first += (*one->finished - *one->queued) / 3600;
      ++held[arrival.workload].second;
    }
    if (!one || !one->finished) ++out.unfinished;
    if (arrival.at < plan.warm_up) continue;
    for (std::size_t i = 0; i < plan.levels.size(); ++i) {
      const Level& level = plan.levels[i];
      if (!level.isAbout(plan.workloads[arrival.workload].name)) continue;
      ++out.levels[i].judged;
      if (const std::optional<double> promise = promised(level, merit))
        merits[i] += meritOf(merit, *promise, api::secondsOf(plan.end), one);
      if (one && reaches(level, *one)) ++out.levels[i].met;
    }
  }
  int judged = 0;
  for (std::size_t i = 0; i < merits.size(); ++i) {
    if (out.levels[i].judged == 0 || !promised(plan.levels[i], merit)) continue;
    out.merit += merits[i] / static_cast<double>(out.levels[i].judged);
    ++judged;
  }
  if (judged > 0) out.merit /= judged;
  for (const auto& [hours, count] : held) out.held.push_back(count > 0 ? hours / count : 0);
  return out;
}

Evaluate onFarm(const Prepared& prepared, study::Farm farm, TrialHooks hooks) {
  return [&prepared, farm = std::move(farm), hooks = std::move(hooks)](const std::vector<Trial>& trials) {
    std::vector<study::Task> tasks;
    for (std::size_t i = 0; i < trials.size(); ++i) tasks.push_back({static_cast<std::uint32_t>(i), trials[i].seed});
    study::FigureOptions options;
    options.gpu = kGpu;
    for (const NodeType& type : prepared.plan.nodes) options.prices[type.pool.name] = type.price.value_or(0);
    const study::Work work = [&](const study::Task& task) {
      return study::runForFigures(runPlanOf(prepared, trials[task.point]), options);
    };
    std::vector<std::optional<Observed>> done(trials.size());
    std::size_t count = 0;
    std::string problem;
    study::FarmHooks farm_hooks;
    farm_hooks.done = [&](std::size_t task, study::Finished finished) {
      if (!finished.problem.empty()) {
        problem = fmt::format("a run of seed {} broke: {}", trials[task].seed, finished.problem);
        return;
      }
      const Trial& trial = trials[task];
      done[task] = observedOf(prepared.plan, arrivalsOf(prepared.plan, trial.seed, trial.growth), finished.figures);
      ++count;
      if (hooks.progress) hooks.progress(count, trials.size());
    };
    farm_hooks.stopped = [&] { return !problem.empty() || (hooks.stopped && hooks.stopped()); };
    farm(tasks, work, farm_hooks);
    if (!problem.empty()) throw std::runtime_error(problem);
    std::vector<Observed> out;
    for (std::optional<Observed>& one : done) {
      if (!one) break;  // stopped: what follows would have other seeds than the others'
      out.push_back(std::move(*one));
    }
    return out;
  };
}

}  // namespace jobset_twin::scenarios::planning
