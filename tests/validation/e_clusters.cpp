// E. Other clusters, as far as no trace of theirs is needed: MegaScale's recovery, ByteRobust's spares.
#include <cmath>

#include <fmt/format.h>
#include <boost/math/distributions/binomial.hpp>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/fault_model.hpp"
#include "tests/validation/tools/training_model.hpp"

namespace jobset_twin::validation {
namespace {

// 25 min lost for each failure, 3.75 h between two: a tenth of the time.
void recovery(Report& report) {
  const TrainingModel model{{3.75, 0, 25.0 / 60}, 1.0 / 60, report.byTier(250.0, 1000.0), 2};
  const std::size_t worlds = report.byTier<std::size_t>(2, 4);
  const Estimate got = workShareOf(model, worlds, report.byTier(4, 8));
  const std::string seeds = seedsText(1, worlds);
  // A failure may strike while the training recovers, too, and costs only what was done of that.
  report.mean("E.5 3.75 h between failures, 25 min to recover: share of time that is work", workShare(model), got, 0.04,
              seeds);
  report.band("E.5 the same, published: 0.90", 0.89, 0.91, got.value, seeds);
}

// 1,024 nodes of which each is out of order with chance p: so many spares are enough for 99 % of the time.
void spares(Report& report) {
  struct Case {
    double p;
    int spares;
  };
  constexpr int kNodes = 1024;
  constexpr double kRepair = 1;  // hours
  for (const auto& [p, spares] :
       report.byTier<std::vector<Case>>({{0.001, 4}}, {{0.0005, 3}, {0.001, 4}, {0.002, 6}, {0.005, 11}, {0.01, 18}})) {
    const double mttf = kRepair * (1 - p) / p;
    const int from = 24, to = from + report.byTier(2'000, 20'000);
    scenarios::RunPlan plan = planWith(
        fmt::format(
            "  duration: {}h\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: forever}}]\n"
            "  cluster: {{nodePools: [{{name: node, count: {}}}, {{name: own, count: 1}}]}}\n"
            "  faults: [{{class: node-fail, node: node-*, any: true, mtbf: {}ms, repair: {{exponential: {{mean: "
            "{}h}}}}}}]\n",
            to, kNodes, std::llround(mttf * 3600e3), kRepair),
        gangDocument("clock", 1, 0, "nodeSelector: {kubernetes.io/hostname: own-0}, "), {}, 1);
    const scenarios::TimePoint start = plan.world.start;
    const std::vector<double> shares =
        timeAt(runPlan(std::move(plan)).faults, start + std::chrono::hours(from), start + std::chrono::hours(to));
    double sum = 0;
    int least = 0;
    for (; sum + shares[static_cast<std::size_t>(least)] < 0.99; ++least)
      sum += shares[static_cast<std::size_t>(least)];
    report.formula(fmt::format("E.5 spares for 1,024 nodes, each down {} of the time: enough for 99 % of it", p),
                   spares, least, 0);
  }
}

}  // namespace

void sectionE(Report& report) {
  if (!report.wants("E.5")) return;
  recovery(report);
  spares(report);
}

}  // namespace jobset_twin::validation
