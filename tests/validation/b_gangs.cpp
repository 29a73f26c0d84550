// B. Gangs: the slowest of n, survival, restarts from scratch, maxRestarts, checkpoints. Restarts by the whole control
// plane, without latency; the rest by draws of the same laws.
#include <cmath>

#include <fmt/format.h>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/replications.hpp"

namespace jobset_twin::validation {
namespace {

namespace theory = scenarios::theory;

// Work of 100 s whose failures come at a constant rate; zero latency, so that attempts follow each other at once.
std::string worksAndFails(double load, const std::string& more = {}) {
  return fmt::format(
      "  timing: {{profile: zero{}}}\n"
      "  behaviors: [{{runTime: 100s, failures: [{{after: {{exponential: {{mean: {}us}}}}}}]}}]\n",
      more, static_cast<std::int64_t>(std::llround(100e6 / load)));
}

void maxRestarts(Report& report) {
  struct Cell {
    double load;
    int restarts;
  };
  const auto cells = report.byTier<std::vector<Cell>>(
      {{0.5, 0}, {1, 1}, {1, 3}},
      {{0.5, 0}, {0.5, 1}, {0.5, 3}, {0.5, 10}, {1, 0}, {1, 1}, {1, 3}, {1, 10}, {2, 0}, {2, 1}, {2, 3}, {2, 10}});
  const int count = report.byTier(1000, 10'000);
  constexpr int kPerWorld = 1000;
  for (const auto& [load, restarts] : cells) {
    std::uint64_t completed = 0;
    for (int world = 0; world < count / kPerWorld; ++world) {
      const Replications what{kPerWorld, static_cast<std::uint64_t>(world + 1), onePodSpec(restarts),
                              worksAndFails(load), 1};
      for (const scenarios::JobSetOutcome& jobset : runReplications(what))
        completed += jobset.terminal_state == "Completed" ? 1 : 0;
    }
    // 10,000 replications at the least likely cell: 8 % of it.
    report.mean(fmt::format("B.3 maxRestarts={} lT={} P(completed)", restarts, load),
                theory::completesWithin(restarts, load, 1), shareOf(completed, static_cast<std::uint64_t>(count)),
                report.byTier(0.12, 0.09), seedsText(1, static_cast<std::uint64_t>(count / kPerWorld)));
  }
}

// The mean time and number of restarts until 100 s of work are done in one go; R: a container's start, but the first.
void fromScratch(Report& report) {
  struct Case {
    double load, restart;
  };
  for (const auto& [load, restart] :
       report.byTier<std::vector<Case>>({{0.5, 0.1}}, {{0.1, 0}, {0.5, 0}, {0.5, 0.1}, {1, 0}, {1, 0.1}})) {
    const int worlds = report.byTier(1, load < 1 ? 8 : 12);
    std::vector<double> times, restarts;
    for (int world = 1; world <= worlds; ++world) {
      const std::string start = restart > 0 ? fmt::format(", kubelet.containerStart: {}ms", restart * 100'000) : "";
      const Replications what{1000, static_cast<std::uint64_t>(world), onePodSpec(1'000'000),
                              worksAndFails(load, start), 1};
      for (const scenarios::JobSetOutcome& jobset : runReplications(what)) {
        times.push_back(secondsBetween(jobset.submitted, jobset.finished) / 100 - restart);
        restarts.push_back(jobset.restarts);
      }
    }
    const theory::RestartFigures exact = theory::restartFromScratch(1, load, restart);
    const std::string id = fmt::format("B.3 lT={} R={}T", load, restart),
                      seeds = seedsText(1, static_cast<std::uint64_t>(worlds));
    report.mean(id + " E/T", exact.mean, meanOf(times), report.byTier(0.06, 0.03), seeds);
    report.mean(id + " restarts", exact.failures, meanOf(restarts), report.byTier(0.2, 0.11), seeds);
  }
}

}  // namespace

void sectionB(Report& report) {
  if (report.wants("B.3")) {
    maxRestarts(report);
    fromScratch(report);
  }
}

}  // namespace jobset_twin::validation
