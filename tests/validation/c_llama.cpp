// C. The interruptions of Llama 3's training: the streams of scenarios/faults/llama3-interruptions.yaml against the
// published counts, how often a JobSet may restart, and which cost of checkpoints and restarts leaves 90 % of the time.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <boost/math/distributions/poisson.hpp>

#include "scenarios/theory/gangs.hpp"
#include "sim/faults/classes.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/fault_model.hpp"
#include "tests/validation/tools/replications.hpp"
#include "tests/validation/tools/side_by_side.hpp"
#include "tests/validation/tools/training_model.hpp"

namespace jobset_twin::validation {
namespace {

namespace theory = scenarios::theory;

constexpr double kNodes = 2048, kRacks = 128, kDays = 54, kTotal = 419, kHours = kDays * 24;
constexpr double kMttf = kHours / kTotal;  // hours

// The published counts, by the names of the faults.
struct Cause {
  const char* name;
  double count;
};
constexpr Cause kCauses[] = {{"faulty-gpu", 148},
                             {"hbm3-memory", 72},
                             {"software-bug", 54},
                             {"switch-or-cable", 35},
                             {"host-maintenance", 32},
                             {"sram-memory", 19},
                             {"gpu-system-processor", 17},
                             {"nic", 7},
                             {"nccl-watchdog", 7},
                             {"silent-data-corruption", 6},
                             {"gpu-thermal-or-sensor", 6},
                             {"ssd", 3},
                             {"power-supply", 3},
                             {"server-chassis", 2},
                             {"io-board", 2},
                             {"dependency", 2},
                             {"cpu", 2},
                             {"system-memory", 2}};
constexpr std::size_t kCauseCount = std::size(kCauses);

// C.1: what the file's rates come to.
void rates(Report& report) {
  double per_hour = 0;
  for (const faults::Fault& fault : profileOf("llama3-interruptions")) {
    const double mean = std::chrono::duration<double, std::ratio<3600>>(fault.trigger.hazard->a).count();
    per_hour += (fault.target.domain.empty() ? kNodes : kRacks) / mean;
  }
  constexpr double kRounded = 1e-6;  // its times have two decimals
  report.formula("C.1 of the profile: failures a day", 7.759259259, per_hour * 24, kRounded);
  report.formula("C.1 of the profile: h between two", 3.093078759, 1 / per_hour, kRounded);
  report.formula("C.1 of the profile: failures in 1,000 node-days", 3.788701, per_hour * 24 * 1000 / kNodes, kRounded);
}

// 54 days of 2,048 nodes and a JobSet of one Pod that stands for all: its container fails as often as 2,048.
std::vector<double> countsOf(std::uint64_t seed) {
  scenarios::RunPlan plan = planWith(
      fmt::format("  duration: {}d\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: forever}}]\n"
                  "  cluster: {{nodePools: [{{name: node, count: {}, racks: {}, capacity: {{nvidia.com/gpu: 8}}}}]}}\n",
                  kDays, kNodes, kRacks),
      gangDocument("train", 1, 1'000'000), {"llama3-interruptions"}, seed);
  for (faults::Fault& fault : plan.faults) {
    if (faults::classInfo(fault.class_).scope == faults::Scope::kPods) fault.trigger.hazard->a /= 2048;
  }
  std::vector<double> counts(kCauseCount, 0.0);
  for (const scenarios::FaultOutcome& fault : runPlan(std::move(plan)).faults) {
    for (std::size_t i = 0; i < kCauseCount; ++i) counts[i] += fault.name == kCauses[i].name ? 1 : 0;
  }
  return counts;
}

// Of one run against the published shares; causes of less than five are one class.
double chiSquare(const std::vector<double>& counts) {
  double total = 0, square = 0, few = 0, few_published = 0;
  for (const double count : counts) total += count;
  const auto add = [&](double count, double published) {
    const double expected = total * published / kTotal;
    square += (count - expected) * (count - expected) / expected;
  };
  for (std::size_t i = 0; i < kCauseCount; ++i) {
    if (kCauses[i].count >= 5) {
      add(counts[i], kCauses[i].count);
    } else {
      few += counts[i];
      few_published += kCauses[i].count;
    }
  }
  add(few, few_published);
  return square;
}

void streams(Report& report) {
  const auto runs = report.byTier<std::size_t>(6, 1000);
  const auto replications = sideBySide(1, runs, countsOf);
  const std::string seeds = seedsText(1, runs);
  std::vector<double> totals;
  double farthest = 0;
  for (const std::vector<double>& one : replications) {
    double sum = 0;
    for (const double count : one) sum += count;
    totals.push_back(sum);
  }
  const auto n = static_cast<double>(runs);
  for (std::size_t i = 0; i < kCauseCount; ++i) {
    double sum = 0;
    for (const std::vector<double>& one : replications) sum += one[i];
    farthest = std::max(farthest, std::abs(sum - n * kCauses[i].count) / std::sqrt(n * kCauses[i].count));
  }
  report.mean("C.3 strikes in 54 days (calibrated)", kTotal, meanOf(totals), report.byTier(0.15, 0.006), seeds);
  report.band("C.3 the cause farthest from its count, in standard errors (18 causes; 0.1 %: 4.0)", 0, 4.0, farthest,
              seeds);
  report.band("C.3 chi-square of one run against the shares by counts (11 degrees of freedom; 0.1 %: 31.3)", 0, 31.3,
              chiSquare(replications.front()), "1");
  if (report.fast()) return;
  double mean = 0, square = 0;
  std::uint64_t within = 0;
  for (const double total : totals) {
    mean += total / n;
    within += total >= 379 && total <= 460 ? 1 : 0;
  }
  for (const double total : totals) square += (total - mean) * (total - mean);
  report.band("C.3 standard deviation of a run (Poisson: 20.5)", 19, 22, std::sqrt(square / (n - 1)), seeds);
  const boost::math::poisson law(kTotal);
  report.mean("C.3 share of runs with 379 to 460", boost::math::cdf(law, 460) - boost::math::cdf(law, 378),
              shareOf(within, runs), 0.03, seeds);
}

// The training itself, in small: a gang of 128 nodes of 160 restarts for each strike on a node that it uses, unless it
// is down. What it restarts for is predicted from the published counts: those of a switch or cable by racks, as it has
// Pods in all of the ten.
void restarts(Report& report) {
  constexpr int kGang = 128, kCluster = 160, kRacksHere = 10;
  constexpr double kOfSwitches = 35;
  const double each = (kTotal - kOfSwitches) * kGang / kNodes + kOfSwitches * kRacksHere / kRacks;
  const auto runs = report.byTier<std::size_t>(6, 100);
  const std::vector<double> counts = flat(sideBySide(1, runs, [&](std::uint64_t seed) {
    const scenarios::Outcome outcome = runPlan(planWith(
        fmt::format("  duration: {}d\n  behaviors: [{{runTime: forever}}]\n"
                    "  timing: {{clients: {{controllerManagerQps: 500, controllerManagerBurst: 500, gcQps: 500, "
                    "gcBurst: 500, schedulerQps: 500, schedulerBurst: 500}}}}\n"
                    "  cluster: {{nodePools: [{{name: node, count: {}, racks: {}, capacity: {{cpu: 1, nvidia.com/gpu: "
                    "1}}}}]}}\n",
                    kDays, kCluster, kRacksHere),
        gangDocument("train", kGang, 1'000'000, {}, ", nvidia.com/gpu: 1"), {"llama3-interruptions"}, seed));
    return std::vector<double>{static_cast<double>(outcome.jobsets.at(0).restarts)};
  }));
  double sum = 0;
  for (const double count : counts) sum += count;
  const double expected = each * static_cast<double>(runs), spread = 3.29 * std::sqrt(expected);
  report.band(
      fmt::format("C.3 restarts of a gang of {} nodes in {} times 54 days (Poisson: {:.1f} each)", kGang, runs, each),
      std::floor(expected - spread), std::ceil(expected + spread), sum, seedsText(1, runs));
}

// JobSets of one Pod for 54 days, or less: who has failed by then has had one failure more than maxRestarts.
void exhausted(Report& report) {
  struct Cell {
    int restarts;
    double most;
  };
  const double failures = report.byTier(5.0, kTotal);
  const int count = report.byTier(400, 120);
  const auto cells = report.byTier<std::vector<Cell>>(
      {{4, 0.25}, {8, 0.06}}, {{378, 3.5}, {398, 0.9}, {419, 0.35}, {439, 0.2}, {460, 0.1}, {480, 0.07}});
  const auto hits = sideBySide(1, cells.size(), [&](std::uint64_t number) {
    const Replications what{
        count, number, onePodSpec(cells[number - 1].restarts),
        fmt::format("  duration: {}d\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: forever}}]\n"
                    "  faults: [{{name: broken, class: kill, pod: '*/w/0/0', mtbf: {}us}}]\n",
                    kDays, std::llround(kHours / failures * 3600e6)),
        1};
    double left = 0;
    for (const scenarios::JobSetOutcome& jobset : runReplications(what))
      left += jobset.terminal_state == "Failed" ? 0 : 1;
    return std::vector{left};
  });
  for (std::size_t i = 0; i < cells.size(); ++i) {
    report.mean(
        fmt::format("C.3 {} failures expected, maxRestarts={}: share of JobSets left", failures, cells[i].restarts),
        boost::math::cdf(boost::math::poisson(failures), cells[i].restarts),
        shareOf(static_cast<std::uint64_t>(hits[i][0]), static_cast<std::uint64_t>(count)), cells[i].most,
        std::to_string(i + 1));
  }
}

// The share of the time that is work, at the best interval: by write (s) and restart (min), exact.
constexpr double kWrites[] = {0.1, 1, 5, 10, 20, 30, 60, 120}, kRestarts[] = {1, 2, 5, 10};
constexpr double kGrid[std::size(kWrites)][std::size(kRestarts)] = {
    {0.990417, 0.985094, 0.969298, 0.943532}, {0.981356, 0.976082, 0.960430, 0.934900},
    {0.965116, 0.959930, 0.944537, 0.919430}, {0.953067, 0.947945, 0.932744, 0.907950},
    {0.936198, 0.931167, 0.916235, 0.891880}, {0.923390, 0.918428, 0.903701, 0.879679},
    {0.894914, 0.890105, 0.875832, 0.852551}, {0.855661, 0.851062, 0.837416, 0.815155}};
// In each column the last one that leaves 90 %.
constexpr std::size_t kLastEnough[std::size(kRestarts)] = {5, 5, 5, 3};

TrainingModel trainingOf(double write_s, double restart_min, double work) {
  TrainingModel model{{kMttf, write_s / 3600, restart_min * kMinute}, 0, work, 2};
  model.interval = theory::bestInterval(model.which);
  return model;
}

// Which pairs support the published "more than 90 %".
void supporting(Report& report) {
  double farthest = 0;
  for (std::size_t r = 0; r < std::size(kRestarts); ++r) {
    double longest = 0;
    for (std::size_t w = 0; w < std::size(kWrites); ++w) {
      const TrainingModel model = trainingOf(kWrites[w], kRestarts[r], 1);
      const double share = 1 / theory::checkpointedTime(model.which, model.interval, 1);
      farthest = std::max(farthest, std::abs(share - kGrid[w][r]));
      if (share > 0.9) longest = std::max(longest, kWrites[w]);
    }
    report.formula(fmt::format("C.3 restart {} min: longest write of the grid that leaves 90 %, s", kRestarts[r]),
                   kWrites[kLastEnough[r]], longest, 0);
  }
  report.band("C.3 grid of 32: the share farthest from its exact value (6 digits)", 0, 5.1e-7, farthest, "-");
}

// The simulation on both sides of the boundary.
void boundary(Report& report) {
  const std::size_t worlds = report.byTier<std::size_t>(2, 8);
  for (std::size_t r = 0; r < std::size(kRestarts); ++r) {
    if (report.fast() && kRestarts[r] != 5) continue;
    for (std::size_t w = kLastEnough[r]; w <= kLastEnough[r] + report.byTier<std::size_t>(0, 1); ++w) {
      const bool enough = w == kLastEnough[r];
      const TrainingModel model = trainingOf(kWrites[w], kRestarts[r], report.byTier(250.0, 1000.0));
      const Estimate got = workShareOf(model, worlds, report.byTier(4, 14));
      const std::string id = fmt::format("C.3 write {:.0f} s, restart {} min:", kWrites[w], kRestarts[r]);
      const std::string seeds = seedsText(1, worlds);
      report.mean(id + " share of time that is work", workShare(model), got, report.byTier(0.03, 0.0022), seeds);
      if (report.fast()) continue;
      report.band(id + (enough ? " more than 0.9" : " less than 0.9"), enough ? 0.9 : 0, enough ? 1 : 0.9, got.value,
                  seeds);
    }
  }
}

}  // namespace

void sectionC(Report& report) {
  if (report.wants("C.1")) rates(report);
  if (!report.wants("C.3")) return;
  streams(report);
  restarts(report);
  exhausted(report);
  supporting(report);
  boundary(report);
}

}  // namespace jobset_twin::validation
