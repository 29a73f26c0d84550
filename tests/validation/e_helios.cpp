// E.1. Helios: what the order of a queue does, by two virtual clusters of Venus in September 2020 as they were recorded
// (../shared/data/traces; not part of this repository). First come first served against the shortest first.
#include <filesystem>

#include <fmt/format.h>

#include "tests/validation/sections.hpp"
#include "tests/validation/tools/trace_model.hpp"

namespace jobset_twin::validation {
namespace {

struct TraceMeans {
  double wait = 0, completion = 0;  // seconds
};
TraceMeans meansOf(const std::vector<TraceJob>& jobs, const std::vector<kernel::Duration>& begins) {
  TraceMeans out;
  const auto n = static_cast<double>(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::chrono::duration<double> wait = begins[i] - jobs[i].submitted, runs = jobs[i].runs;
    out.wait += wait.count() / n;
    out.completion += (wait + runs).count() / n;
  }
  return out;
}

}  // namespace

void heliosQueues(Report& report) {
  const std::string path = TWIN_SOURCE_DIR "/../shared/data/traces/helios_venus_2vc_sept.csv";
  if (report.fast() || !std::filesystem::exists(path)) return;
  TraceRun what{readTrace(path), {{"vcvGl", 20}, {"vcvlY", 2}}, false};
  TraceMeans means[2];
  for (const bool shortest : {false, true}) {
    what.shortest_first = shortest;
    const std::vector<kernel::Duration> seen = beginsInCluster(what), told = beginsByRecursion(what);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) equal += seen[i] == told[i] ? 1 : 0;
    report.formula(
        fmt::format("E.1 Helios, two queues of Venus, {}: share of {} jobs that begin when the recursion says",
                    shortest ? "shortest first" : "first come first served", seen.size()),
        1, static_cast<double>(equal) / static_cast<double>(seen.size()), 0);
    means[shortest ? 1 : 0] = meansOf(what.jobs, seen);
  }
  const auto& [fifo, sjf] = means;
  report.band("E.1 the same: completion time, first come over shortest first (published, all queues of Venus: 3.07)",
              1.3, 8, fifo.completion / sjf.completion, "-");
  report.band("E.1 the same: share of it that is waiting, first come (published, all queues of Venus: 0.818)", 0.425,
              0.897, fifo.wait / fifo.completion, "-");
}

}  // namespace jobset_twin::validation
