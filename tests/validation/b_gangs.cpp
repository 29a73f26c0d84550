// B. Gangs: the slowest of n, survival, restarts from scratch, maxRestarts. Restarts by the whole control
// plane, without latency; the rest by draws of the same laws.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/lognormal.hpp>

#include "scenarios/theory/gangs.hpp"
#include "sim/kernel/variates.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/replications.hpp"
#include "tests/validation/tools/side_by_side.hpp"

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
  for (const auto& [load, restart] : report.byTier<std::vector<Case>>({{0.5, 0.1}}, {{0.1, 0},
                                                                                     {0.1, 0.1},
                                                                                     {0.5, 0},
                                                                                     {0.5, 0.1},
                                                                                     {1, 0},
                                                                                     {1, 0.1},
                                                                                     {2, 0},
                                                                                     {2, 0.1},
                                                                                     {3, 0},
                                                                                     {3, 0.1},
                                                                                     {5, 0}})) {
    // Restarts grow as e^load, and so does the time: the last takes 150 for each JobSet.
    const int worlds = report.byTier(1, load < 1 || load == 2 ? 8 : load == 1 ? 12 : load == 3 ? 4 : 1);
    const double most = report.byTier(0.06, load < 3 ? 0.03 : load == 3 ? 0.05 : 0.12);
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
    report.mean(id + " E/T", exact.mean, meanOf(times), most, seeds);
    report.mean(id + " restarts", exact.failures, meanOf(restarts), report.byTier(0.2, load == 5 ? 0.12 : 0.11), seeds);
    if (report.fast() || restart > 0 || load == 5) continue;
    double square = 0;
    const double mean = meanOf(times).value;
    for (const double time : times) square += (time - mean) * (time - mean);
    // Of an exponential law so many values give the deviation to 2 %, three times that at most.
    report.band(id + " sd/T, give or take 6 %", exact.deviation * 0.94, exact.deviation * 1.06,
                std::sqrt(square / static_cast<double>(times.size() - 1)), seeds);
  }
}

// How long until the slowest of n is there: draws of the laws that runs take their latencies and failures from.
void slowest(Report& report) {
  struct Law {
    const char* name;
    double (*draw)(kernel::Stream&);
    double (*mean)(int);
  };
  const std::vector<Law> laws = {{"exponential", [](kernel::Stream& s) { return kernel::exponential(s, 1); },
                                  [](int n) { return theory::slowestExponential(n).mean; }},
                                 {"lognormal 0.25", [](kernel::Stream& s) { return kernel::lognormal(s, 1, 0.25); },
                                  [](int n) { return theory::slowestLognormal(n, 0.25); }},
                                 {"lognormal 0.5", [](kernel::Stream& s) { return kernel::lognormal(s, 1, 0.5); },
                                  [](int n) { return theory::slowestLognormal(n, 0.5); }},
                                 {"lognormal 1", [](kernel::Stream& s) { return kernel::lognormal(s, 1, 1); },
                                  [](int n) { return theory::slowestLognormal(n, 1); }},
                                 {"Weibull 0.7", [](kernel::Stream& s) { return kernel::weibull(s, 0.7, 1); },
                                  [](int n) { return theory::slowestWeibull(n, 0.7); }},
                                 {"Weibull 1.5", [](kernel::Stream& s) { return kernel::weibull(s, 1.5, 1); },
                                  [](int n) { return theory::slowestWeibull(n, 1.5); }},
                                 {"Normal", [](kernel::Stream& s) { return kernel::normal(s); },
                                  [](int n) { return theory::slowestOfNormals(n, [](double z) { return z; }); }}};
  constexpr std::string_view kSlowOnly[] = {"lognormal 0.5", "Weibull 1.5", "Normal"};
  for (const Law& law : laws) {
    if (report.fast() && std::find(std::begin(kSlowOnly), std::end(kSlowOnly), law.name) != std::end(kSlowOnly))
      continue;
    for (const int n : report.byTier<std::vector<int>>({8, 1000}, {1, 8, 100, 1000, 4096, 16384})) {
      if (law.mean(n) < 0.01) continue;  // one normal time: 0 on average, of which nothing is 1 %
      // Enough for a half-width of 1 %, or 3 %, of the mean; the widest law needs most where n is small.
      const int runs = report.byTier(n <= 8 ? 20'000 : 4'000, n <= 100 ? 200'000 : 20'000);
      std::vector<double> values;
      for (int run = 1; run <= runs; ++run) {
        kernel::Stream stream = kernel::stream(static_cast<std::uint64_t>(run), "validation/slowest");
        double most = law.draw(stream);
        for (int i = 1; i < n; ++i) most = std::max(most, law.draw(stream));
        values.push_back(most);
      }
      const std::string seeds = seedsText(1, static_cast<std::uint64_t>(runs));
      report.mean(fmt::format("B.1 slowest of {}, {}", n, law.name), law.mean(n), meanOf(values),
                  report.byTier(0.03, n <= 1000 ? 0.015 : 0.01), seeds);
    }
  }
  // New nodes with infant mortality: the first failure comes far sooner than the mean over n.
  for (const double shape : {0.7, 1.5}) {
    constexpr int kMostNodes = 1000;
    const int runs = report.byTier(20'000, 200'000);
    std::vector<double> values;
    for (int run = 1; run <= runs; ++run) {
      kernel::Stream stream = kernel::stream(static_cast<std::uint64_t>(run), "validation/first");
      double least = 1e300;
      for (int i = 0; i < report.byTier(100, kMostNodes); ++i)
        least = std::min(least, kernel::weibull(stream, shape, 1));
      values.push_back(least);
    }
    const int nodes = report.byTier(100, kMostNodes);
    report.mean(fmt::format("B.1 first of {} failures, Weibull {}", nodes, shape),
                theory::firstFailureWeibull(nodes, shape), meanOf(values), report.byTier(0.04, 0.015),
                seedsText(1, static_cast<std::uint64_t>(runs)));
  }
}

// JobSets whose Pods run for times of such a law: one is done when its slowest Pod is.
void slowestInCluster(Report& report) {
  struct Case {
    int pods;
    const char *name, *law;
    double mean;  // of the slowest, in units of 100 s
  };
  const auto cases = report.byTier<std::vector<Case>>(
      {{8, "exponential", "exponential(100s)", theory::slowestExponential(8).mean}},
      {{8, "exponential", "exponential(100s)", theory::slowestExponential(8).mean},
       {100, "exponential", "exponential(100s)", theory::slowestExponential(100).mean},
       {100, "lognormal 0.5", "lognormal(100s,0.5)", theory::slowestLognormal(100, 0.5)},
       {100, "Weibull 0.7", "weibull(100s,0.7)", theory::slowestWeibull(100, 0.7)}});
  const std::size_t worlds = report.byTier<std::size_t>(1, 8);
  for (const auto& [pods, name, law, mean] : cases) {
    const auto all = sideBySide(1, worlds, [&, pods = pods, law = law](std::uint64_t seed) {
      const Replications what{
          8000 / pods, seed,
          fmt::format("{{network: {{enableDNSHostnames: false}}, replicatedJobs: [{{name: w, template: {{spec: "
                      "{{completions: {0}, parallelism: {0}, template: {{spec: {{restartPolicy: Never, containers: "
                      "[{{name: c, image: x}}]}}}}}}}}}}]}}",
                      pods),
          fmt::format("  timing: {{profile: zero}}\n  behaviors: [{{runTime: \"{}\"}}]\n", law), pods};
      std::vector<double> times;
      for (const scenarios::JobSetOutcome& jobset : runReplications(what))
        times.push_back(secondsBetween(jobset.submitted, jobset.finished) / 100);
      return times;
    });
    report.mean(fmt::format("B.1 JobSet of {} Pods, {}, control plane", pods, name), mean, meanOf(flat(all)),
                report.byTier(0.06, 0.04), seedsText(1, worlds));
  }
}

// The mean and deviation of the slowest of n, by the law's distribution function, up to where it ends.
struct Moments {
  double mean = 0, deviation = 0;
};
template <class Law>
Moments slowestOf(int n, const Law& law) {
  constexpr int kParts = 200'000;
  const double end = boost::math::quantile(boost::math::complement(law, 1e-14)), part = end / kParts;
  double mean = 0, square = 0;
  for (int i = 0; i < kParts; ++i) {
    const double x = (i + 0.5) * part, above = 1 - std::pow(boost::math::cdf(law, x), n);
    mean += above * part;
    square += 2 * x * above * part;
  }
  return {mean, std::sqrt(square - mean * mean)};
}

// Steps of the model allReduce end when the slowest rank has ended: mean and deviation of one, from sums of many.
void slowestStep(Report& report) {
  constexpr int kRanks = 48, kSteps = 100;
  struct Case {
    const char *name, *law;
    Moments exact;  // in units of 100 s
  };
  const Case cases[] = {
      {"exponential", "{exponential: {mean: 100s}}", slowestOf(kRanks, boost::math::exponential(1.0))},
      {"lognormal 0.5", "{lognormal: {median: 100s, sigma: 0.5}}", slowestOf(kRanks, boost::math::lognormal(0, 0.5))},
      {"gamma 2", "{gamma: {scale: 100s, shape: 2}}", slowestOf(kRanks, boost::math::gamma_distribution<>(2, 1))}};
  const std::size_t worlds = report.byTier<std::size_t>(2, 16);
  constexpr int kEach = 60;
  for (const Case& one : cases) {
    const std::vector<double> steps = flat(sideBySide(1, worlds, [&](std::uint64_t seed) {
      const Replications what{
          kEach, seed,
          fmt::format("{{network: {{enableDNSHostnames: false}}, replicatedJobs: [{{name: w, template: {{spec: "
                      "{{completions: {0}, parallelism: {0}, template: {{spec: {{restartPolicy: Never, containers: "
                      "[{{name: c, image: x}}]}}}}}}}}}}]}}",
                      kRanks),
          fmt::format("  timing: {{profile: zero}}\n  behaviors: [{{model: {{allReduce: {{steps: {}, step: {}}}}}}}]\n",
                      kSteps, one.law),
          kRanks};
      std::vector<double> out;
      for (const scenarios::JobSetOutcome& jobset : runReplications(what))
        out.push_back(secondsBetween(jobset.submitted, jobset.finished) / 100 / kSteps);
      return out;
    }));
    const Estimate mean = meanOf(steps);
    double square = 0;
    for (const double step : steps) square += (step - mean.value) * (step - mean.value);
    const double deviation = std::sqrt(square / static_cast<double>(steps.size() - 1) * kSteps);
    const std::string id = fmt::format("B.1 step of {} ranks, {}, allReduce:", kRanks, one.name),
                      seeds = seedsText(1, worlds);
    report.mean(id + " mean", one.exact.mean, mean, report.byTier(0.015, 0.005), seeds);
    // A deviation from n values: 3.29 / sqrt(2 n) of it on either side.
    const double spread = 3.29 / std::sqrt(2.0 * static_cast<double>(steps.size()));
    report.band(id + fmt::format(" sd (exact: {:.4f})", one.exact.deviation), one.exact.deviation * (1 - spread),
                one.exact.deviation * (1 + spread), deviation, seeds);
  }
}

// The first of n exponential failures by draws of the law: it holds the sampler to the formula, not nodes of a cluster,
// which D.1 does.
void survival(Report& report) {
  struct Case {
    int nodes;
    double rate, hours;
  };
  for (const auto& [nodes, rate, hours] : report.byTier<std::vector<Case>>(
           {{128, 6.5, 24}},
           {{128, 6.5, 24}, {1024, 6.5, 24}, {2048, 6.5, 1.8}, {2048, 2.34, 24}, {10'000, 1, 24}, {16384, 6.5, 1}})) {
    const double exact = theory::gangSurvival(nodes, rate, hours);
    const int runs = report.byTier(10'000, exact < 0.001 ? 400'000 : 40'000);
    std::uint64_t survived = 0;
    for (int run = 1; run <= runs; ++run) {
      kernel::Stream stream = kernel::stream(static_cast<std::uint64_t>(run), "validation/survival");
      bool alive = true;
      for (int node = 0; alive && node < nodes; ++node) alive = kernel::exponential(stream, 24'000 / rate) > hours;
      survived += alive ? 1 : 0;
    }
    report.mean(fmt::format("B.2 {} nodes, rate {}, {} h: P(no failure)", nodes, rate, hours), exact,
                shareOf(survived, static_cast<std::uint64_t>(runs)),
                exact < 0.001   ? 0.9
                : exact < 0.005 ? 0.6
                : exact < 0.1   ? 0.22
                                : report.byTier(0.05, 0.025),
                seedsText(1, static_cast<std::uint64_t>(runs)));
  }
}

}  // namespace

void sectionB(Report& report) {
  if (report.wants("B.1")) {
    slowest(report);
    slowestInCluster(report);
    slowestStep(report);
  }
  if (report.wants("B.2")) survival(report);
  if (report.wants("B.3")) {
    maxRestarts(report);
    fromScratch(report);
  }
  if (report.wants("B.4")) {
    checkpoints(report);
    checkpointStudies(report);
  }
}

}  // namespace jobset_twin::validation
