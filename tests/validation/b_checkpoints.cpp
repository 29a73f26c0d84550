// B.4. Checkpoints: how long work takes whose container writes them and fails at any moment, also while it writes or
// reads one. The behaviour alone, and JobSets through the whole control plane, failures by faults of the scenario.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/checkpoint_model.hpp"
#include "tests/validation/tools/replications.hpp"
#include "tests/validation/tools/side_by_side.hpp"

namespace jobset_twin::validation {
namespace {

namespace theory = scenarios::theory;

struct CheckpointedWork {
  const char* name;
  theory::CheckpointCase which;
  double work;
  int alone, cluster;  // replications for half-widths of 0.5 %; cluster 0: too many failures to pass them through it
};
const std::vector<CheckpointedWork>& checkpointedWork() {
  static const std::vector<CheckpointedWork> all = {
      {"M=24h d=5m R=10m Ts=500h", {24, 5 * kMinute, 10 * kMinute}, 500, 300, 200},
      {"M=6h d=5m R=10m Ts=500h", {6, 5 * kMinute, 10 * kMinute}, 500, 200, 120},
      {"M=3.09h d=1m R=5m Ts=1000h", {3.093079, kMinute, 5 * kMinute}, 1000, 60, 40},
      {"M=1.8h d=30s R=5m Ts=1000h", {1.8, kMinute / 2, 5 * kMinute}, 1000, 60, 40},
      {"M=1.8h d=5m R=15m Ts=1000h", {1.8, 5 * kMinute, 15 * kMinute}, 1000, 300, 0},
      {"M=0.23h d=30s R=5m Ts=100h", {0.23, kMinute / 2, 5 * kMinute}, 100, 500, 0}};
  return all;
}

void bothFormulas(Report& report, const std::string& id, const CheckpointModel& model, const Estimate& got, double most,
                  const std::string& seeds) {
  report.mean(id + " E, h", theory::checkpointedRun(model.which, model.interval, model.work), got, most, seeds);
  report.mean(id + " E by Daly, h", theory::checkpointedTime(model.which, model.interval, model.work), got, most,
              seeds);
}

void alone(Report& report) {
  for (const CheckpointedWork& one : checkpointedWork()) {
    const CheckpointModel model{one.which, theory::bestInterval(one.which), one.work};
    const int runs = one.alone;
    std::vector<double> times;
    for (int seed = 1; seed <= runs; ++seed) times.push_back(runCheckpoints(model, static_cast<std::uint64_t>(seed)));
    bothFormulas(report, fmt::format("B.4 {}, alone:", one.name), model, meanOf(times), 0.005,
                 seedsText(1, static_cast<std::uint64_t>(runs)));
  }
}

// JobSets of one Pod that runs until a fault kills it; each restart makes the Job, the Pod and the container anew.
std::vector<double> timesInCluster(const CheckpointModel& model, int count, std::uint64_t seed) {
  const Replications what{count, seed, onePodSpec(1'000'000),
                          fmt::format("  duration: 5000h\n  timing: {{profile: zero}}\n  behaviors: [{}]\n  faults: "
                                      "[{{name: broken, class: kill, pod: '*/w/0/0', "
                                      "mtbf: {}ns}}]\n",
                                      checkpointBehavior(model), nanoseconds(model.which.mttf)),
                          1};
  std::vector<double> times;
  for (const scenarios::JobSetOutcome& jobset : runReplications(what))
    times.push_back(secondsBetween(jobset.submitted, jobset.finished) / 3600);
  return times;
}

void inCluster(Report& report) {
  for (const CheckpointedWork& one : checkpointedWork()) {
    if (one.cluster == 0) continue;
    constexpr int kWorlds = 8;
    const CheckpointModel model{one.which, theory::bestInterval(one.which), one.work};
    const auto worlds =
        sideBySide(1, kWorlds, [&](std::uint64_t seed) { return timesInCluster(model, one.cluster / kWorlds, seed); });
    std::vector<double> times;
    for (const std::vector<double>& world : worlds) times.insert(times.end(), world.begin(), world.end());
    bothFormulas(report, fmt::format("B.4 {}, control plane:", one.name), model, meanOf(times), 0.005,
                 seedsText(1, kWorlds));
  }
}

// The interval by trial: the same failures for each of them, and the best is where theory has it, give or take a step.
void sweep(Report& report) {
  const theory::CheckpointCase which = checkpointedWork()[1].which;
  const double best = theory::bestInterval(which), work = 500, factor = 1.3;
  constexpr int kSteps = 5, kRuns = 30;
  const auto mean = [&](double interval) {
    double sum = 0;
    if (report.fast()) {
      for (int seed = 1; seed <= kRuns; ++seed)
        sum += runCheckpoints({which, interval, work}, static_cast<std::uint64_t>(seed));
    } else {
      for (const double time : timesInCluster({which, interval, work}, kRuns, 1)) sum += time;
    }
    return sum / kRuns;
  };
  // On a grid that has the optimum between two of its points.
  const auto point = [&](std::uint64_t number) {
    return best * std::pow(factor, static_cast<double>(number) - kSteps - 0.6);
  };
  const auto means = sideBySide(1, 2 * kSteps, [&](std::uint64_t number) { return std::vector{mean(point(number))}; });
  const auto least = static_cast<std::uint64_t>(std::min_element(means.begin(), means.end()) - means.begin());
  const double found = point(least + 1);
  report.band(fmt::format("B.4 best interval of a sweep, {} runs each, h (exact: {:.4f}; a step: 30 %)", kRuns, best),
              best / factor, best * factor, found, seedsText(1, kRuns));
  // So flat is the bottom that as many runs cannot tell Young's interval from the best.
  std::vector<double> differences;
  for (int seed = 1; seed <= kRuns; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    differences.push_back(runCheckpoints({which, theory::youngInterval(which), work}, s) -
                          runCheckpoints({which, best, work}, s));
  }
  const Estimate difference = meanOf(differences);
  report.band(fmt::format("B.4 Young's interval over the best, 0 in the interval of {} runs, h", kRuns),
              -difference.halfWidth(), difference.halfWidth(), difference.value, seedsText(1, kRuns));
}

}  // namespace

void checkpoints(Report& report) {
  alone(report);
  if (!report.fast()) inCluster(report);
  sweep(report);
}

}  // namespace jobset_twin::validation
