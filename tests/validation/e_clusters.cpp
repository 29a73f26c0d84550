// E. Other clusters, as far as no trace of theirs is needed: MegaScale's recovery, spares of ByteRobust and Delta, Blue
// Waters' repairs.
#include <cmath>

#include <fmt/format.h>
#include <boost/math/distributions/binomial.hpp>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/fault_model.hpp"
#include "tests/validation/tools/side_by_side.hpp"
#include "tests/validation/tools/training_model.hpp"

namespace jobset_twin::validation {
namespace {

// 25 min lost for each failure, 3.75 h between two: a tenth of the time.
void recoveryAtMegaScale(Report& report) {
  const TrainingModel model{{3.75, 0, 25.0 / 60}, 1.0 / 60, report.byTier(250.0, 1000.0), 2};
  const std::size_t worlds = report.byTier<std::size_t>(2, 4);
  const Estimate got = workShareOf(model, worlds, report.byTier(4, 8));
  const std::string seeds = seedsText(1, worlds);
  // A failure may strike while the training recovers, too, and costs only what was done of that.
  report.mean("E.5 3.75 h between failures, 25 min to recover: share of time that is work", workShare(model), got, 0.04,
              seeds);
  report.band("E.5 the same, published: 0.90", 0.89, 0.91, got.value, seeds);
}

// How many of these nodes, which fail and are repaired in so many hours, may be down at once without more of them being
// down for longer than the rest of the share of the time.
int sparesBySimulation(int nodes, double mttf, double repair, double share, int measured) {
  constexpr int kWarmUp = 24;
  const int to = kWarmUp + measured;
  scenarios::RunPlan plan = planWith(
      fmt::format("  duration: {}h\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: forever}}]\n"
                  "  cluster: {{nodePools: [{{name: node, count: {}}}, {{name: own, count: 1}}]}}\n"
                  "  faults: [{{class: node-fail, node: node-*, any: true, mtbf: {}ms, repair: {{exponential: {{mean: "
                  "{}s}}}}}}]\n",
                  to, nodes, std::llround(mttf * 3600e3), std::llround(repair * 3600)),
      gangDocument("clock", 1, 0, "nodeSelector: {kubernetes.io/hostname: own-0}, "), {}, 1);
  const scenarios::TimePoint start = plan.world.start;
  const std::vector<double> shares =
      timeAt(runPlan(std::move(plan)).faults, start + std::chrono::hours(kWarmUp), start + std::chrono::hours(to));
  double sum = 0;
  int least = 0;
  for (; sum + shares[static_cast<std::size_t>(least)] < share; ++least) sum += shares[static_cast<std::size_t>(least)];
  return least;
}

// 1,024 nodes of which each is out of order with chance p: so many spares are enough for 99 % of the time.
void spares(Report& report) {
  struct Case {
    double p;
    int spares;
  };
  for (const auto& [p, spares] :
       report.byTier<std::vector<Case>>({{0.001, 4}}, {{0.0005, 3}, {0.001, 4}, {0.002, 6}, {0.005, 11}, {0.01, 18}})) {
    report.formula(fmt::format("E.5 spares for 1,024 nodes, each down {} of the time: enough for 99 % of it", p),
                   spares, sparesBySimulation(1024, (1 - p) / p, 1, 0.99, report.byTier(2'000, 20'000)), 0);
  }
}

// NCSA's Delta: 608 H100, four to a node, of which one has an error each 1.9 h. How the paper repairs is not told, so
// the nodes that are down are counted as they fail and are repaired here.
void deltaSpares(Report& report) {
  struct Case {
    const char* name;
    double repair;
    int low, high;  // GPUs
  };
  if (report.fast()) return;
  constexpr int kGpus = 608, kEach = 4;
  report.known("how failures and repairs are drawn is not published; whole nodes by exponential laws need fewer");
  for (const auto& [name, repair, low, high] :
       {Case{"2.2 h (published: 31)", 2.2, 27, 35}, Case{"5 min (published: 12)", 5.0 / 60, 9, 15}}) {
    const int nodes = sparesBySimulation(kGpus / kEach, 1.9 * kGpus / kEach, repair, 0.999, 50'000);
    report.band(fmt::format("E.6 spare GPUs for 608, for 99.9 % of the time, repair of {}", name), low, high,
                nodes * kEach, "1");
  }
  report.known({});
}

// Blue Waters in 261 days: which share of the failures, and of the hours of repair, is whose.
void sharesOfRepair(Report& report) {
  if (report.fast()) return;
  constexpr const char* kNames[] = {"hardware", "software"};
  constexpr std::size_t kWorlds = 20;
  const auto values = byValue(sideBySide(1, kWorlds, [&](std::uint64_t seed) -> std::vector<double> {
    double failures = 0, hours = 0, counts[2] = {}, repairs[2] = {};
    for (const scenarios::FaultOutcome& fault :
         runPlan(planWith("  duration: 261d\n  timing: {profile: zero}\n  behaviors: [{runTime: forever}]\n"
                          "  cluster: {nodePools: [{name: node, count: 1000}]}\n",
                          gangDocument("clock", 1, 1'000'000), {"blue-waters"}, seed))
             .faults) {
      if (!fault.until) continue;
      const double took = std::chrono::duration<double, std::ratio<3600>>(*fault.until - fault.at).count();
      failures += 1;
      hours += took;
      for (std::size_t i = 0; i < 2; ++i) {
        if (fault.name != kNames[i]) continue;
        counts[i] += 1;
        repairs[i] += took;
      }
    }
    return {counts[0] / failures, counts[1] / failures, repairs[0] / hours, repairs[1] / hours};
  }));
  constexpr double kPublished[] = {0.42, 0.2, 0.23, 0.53};
  for (std::size_t i = 0; i < values.size(); ++i) {
    report.mean(fmt::format("E.7 Blue Waters, {}: share of {} (calibrated)", kNames[i % 2],
                            i < 2 ? "failures" : "hours of repair"),
                kPublished[i], meanOf(values[i]), 0.1, seedsText(1, kWorlds));
  }
}

}  // namespace

void sectionE(Report& report) {
  if (report.wants("E.1")) heliosQueues(report);
  if (report.wants("E.5")) {
    recoveryAtMegaScale(report);
    spares(report);
  }
  if (report.wants("E.6")) deltaSpares(report);
  if (report.wants("E.7")) sharesOfRepair(report);
}

}  // namespace jobset_twin::validation
