// A. Queueing theory through the whole control plane, without latency: the figures of M/M/c, and nodes that fail and
// are repaired. The queues alone are in a_queues.cpp.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "scenarios/theory/queueing.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/cluster_model.hpp"
#include "tests/validation/tools/side_by_side.hpp"

namespace jobset_twin::validation {
namespace {

namespace theory = scenarios::theory;

struct CustomerMeans {
  double wait = 0, time = 0, waited = 0;
};
// The first fifth is not measured.
CustomerMeans meansOf(const std::vector<Customer>& customers) {
  const auto unit = static_cast<double>(kMeanService.count());
  const std::size_t skipped = customers.size() / 5;
  CustomerMeans sum;
  for (std::size_t i = skipped; i < customers.size(); ++i) {
    const Customer& one = customers[i];
    sum.wait += static_cast<double>((one.began - one.arrived).count()) / unit;
    sum.time += static_cast<double>((one.ended - one.arrived).count()) / unit;
    sum.waited += one.began > one.arrived ? 1 : 0;
  }
  const auto measured = static_cast<double>(customers.size() - skipped);
  return {sum.wait / measured, sum.time / measured, sum.waited / measured};
}

// The share of customers that begin when the recursion says.
double shareOfEqual(const std::vector<Customer>& seen, const std::vector<Customer>& told) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) equal += seen[i].began == told[i].began ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(seen.size());
}

struct QueueCase {
  const char* entry;
  int servers;
  double load;
  std::size_t runs;
  int jobsets;        // in each run
  bool times, share;  // so many that means are good to 3 %: of the time in the system, the share that wait
};

void queueInCluster(Report& report, const QueueCase& one) {
  const double rate = one.servers * one.load;
  constexpr std::uint64_t kElsewhere = 1'000'000;  // seeds of the recursion alone
  const std::size_t alone = report.byTier<std::size_t>(100'000, 1'500'000);
  const auto replication = [&](std::uint64_t seed) -> std::vector<double> {
    const std::vector<Customer> seen = runArrivals({one.servers, rate, one.jobsets, seed});
    const std::vector<Customer> told = byRecursion(seen, one.servers);
    const CustomerMeans got = meansOf(seen), same = meansOf(told);
    const CustomerMeans many = meansOf(byRecursion(drawnCustomers(rate, 0, alone, kElsewhere + seed), one.servers));
    return {shareOfEqual(seen, told), got.time, got.waited, many.wait + (got.wait - same.wait),
            many.time + (got.time - same.time)};
  };
  const auto values = byValue(sideBySide(1, one.runs, replication));
  const std::string id = fmt::format("{} M/M/{} rho={}, control plane:", one.entry, one.servers, one.load),
                    seeds = seedsText(1, one.runs);
  report.formula(id + fmt::format(" share of {} that begin when the recursion says",
                                  one.runs * static_cast<std::size_t>(one.jobsets)),
                 1, meanOf(values[0]).value, 0);
  const theory::QueueFigures exact = theory::markovQueue(one.servers, rate, 1);
  if (one.times) report.mean(id + " W", exact.time_in_system, meanOf(values[1]), 0.03, seeds);
  if (one.share) report.mean(id + " P(wait)", exact.waits, meanOf(values[2]), 0.03, seeds);
  const double most = report.byTier(0.1, 0.01);
  report.mean(id + " Wq, against the recursion", exact.queue_wait, meanOf(values[3]), most, seeds);
  report.mean(id + " W, against the recursion", exact.time_in_system, meanOf(values[4]), most, seeds);
}

}  // namespace

void queuesInCluster(Report& report) {
  const auto cases = report.byTier<std::vector<QueueCase>>(
      {{"A.1", 1, 0.5, 10, 200, false, false}, {"A.2", 4, 0.7, 10, 200, false, false}},
      {{"A.1", 1, 0.5, 40, 5'000, true, true},
       {"A.1", 1, 0.8, 40, 3'000, false, true},
       {"A.2", 2, 0.8, 40, 3'000, false, true},
       {"A.2", 4, 0.7, 40, 7'500, true, true},
       {"A.2", 10, 0.9, 40, 3'000, false, false}});
  for (const QueueCase& one : cases) {
    if (report.wants(one.entry)) queueInCluster(report, one);
  }
}

// Two classes of JobSets at one node, by PriorityClasses. Where the urgent wait, who begins when is what the recursion
// says. Where they preempt, they find a cluster of their own; the others work again from the beginning, which for
// exponential times is as long on average as going on.
void prioritiesInCluster(Report& report) {  // A.6
  constexpr double kUrgent = 0.3, kOthers = 0.5, kRate = kUrgent + kOthers;
  constexpr std::uint64_t kElsewhere = 1'000'000;
  const std::size_t runs = report.byTier<std::size_t>(4, 40);
  const int jobsets = report.byTier(100, 3'000);
  const std::string seeds = seedsText(1, runs);
  const auto meanOfClass = [](const std::vector<Customer>& customers, bool urgent) {
    std::vector<Customer> some;
    std::copy_if(customers.begin(), customers.end(), std::back_inserter(some),
                 [&](const Customer& one) { return one.urgent == urgent; });
    return meansOf(some);
  };
  const std::vector<double> exact = theory::waitsByPriority({kUrgent, kOthers}, 1);
  const auto waits = byValue(sideBySide(1, runs, [&](std::uint64_t seed) -> std::vector<double> {
    const std::vector<Customer> seen = runArrivals({1, kRate, jobsets, seed, kUrgent / kRate, false});
    const std::vector<Customer> told = byPriority(seen);
    std::vector<double> out = {shareOfEqual(seen, told)};
    if (report.fast()) return out;  // a few hundred tell nothing of means
    const std::vector<Customer> many = byPriority(drawnCustomers(kRate, kUrgent / kRate, 1'500'000, kElsewhere + seed));
    for (const bool urgent : {true, false})
      out.push_back(meanOfClass(many, urgent).wait + meanOfClass(seen, urgent).wait - meanOfClass(told, urgent).wait);
    return out;
  }));
  std::string id = "A.6 preemptionPolicy Never, control plane:";
  report.formula(
      id + fmt::format(" share of {} that begin when the recursion says", runs * static_cast<std::size_t>(jobsets)), 1,
      meanOf(waits[0]).value, 0);
  if (!report.fast()) {
    report.mean(id + " Wq1, against the recursion", exact[0], meanOf(waits[1]), 0.01, seeds);
    report.mean(id + " Wq2, against the recursion", exact[1], meanOf(waits[2]), 0.02, seeds);
  }

  const std::vector<double> times = theory::timesByPreemption({kUrgent, kOthers}, 1);
  const auto preempted = byValue(sideBySide(1, runs, [&](std::uint64_t seed) -> std::vector<double> {
    const std::vector<Customer> seen = runArrivals({1, kRate, jobsets, seed, kUrgent / kRate, true});
    std::vector<Customer> urgent;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(urgent), [](const Customer& one) { return one.urgent; });
    return {shareOfEqual(urgent, byRecursion(urgent, 1)), meansOf(urgent).time, meanOfClass(seen, false).time};
  }));
  id = "A.6 preemption, control plane:";
  report.formula(id + " share of the urgent that begin as if they were alone", 1, meanOf(preempted[0]).value, 0);
  if (report.fast()) return;
  report.mean(id + " W1", times[0], meanOf(preempted[1]), 0.05, seeds);
  report.mean(id + " W2", times[1], meanOf(preempted[2]), 0.15, seeds);
}

void repairsInCluster(Report& report) {  // A.4
  using std::chrono::hours;
  struct RepairCase {
    int crews;    // 0: no limit
    double most;  // half-width of the mean number down, which wanders most with a crew that just keeps up
  };
  const std::size_t runs = report.byTier<std::size_t>(8, 20);
  for (const auto& [crews, most] :
       report.byTier<std::vector<RepairCase>>({{3, 1.5}}, {{1, 0.02}, {2, 0.05}, {3, 0.05}, {0, 0.015}})) {
    const auto exact = theory::machineRepair(100, 1.0 / 1000, 1.0 / 24, crews == 0 ? 100 : crews);
    const auto values = byValue(sideBySide(1, runs, [&, crew = crews](std::uint64_t seed) -> std::vector<double> {
      const RepairFigures got = runRepairs({100, crew, hours(1000), hours(24), hours(report.byTier(1'000, 10'000)),
                                            hours(report.byTier(5'000, 100'000)), seed});
      return {100 - got.not_ready, got.down};
    }));
    const std::string id = fmt::format("A.4 100 nodes, crews={}, control plane:",
                                       crews == 0 ? "any" : std::to_string(crews)),
                      seeds = seedsText(1, runs);
    report.mean(id + " Ready nodes", 100 - exact.down, meanOf(values[0]), report.byTier(0.06, 0.01), seeds);
    report.mean(id + " mean down", exact.down, meanOf(values[1]), most, seeds);
  }
}

}  // namespace jobset_twin::validation
