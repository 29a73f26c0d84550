// A. Queueing theory: queues alone (tools/queue_model.hpp) against exact formulas.
#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "scenarios/theory/queueing.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/queue_model.hpp"
#include "tests/validation/tools/side_by_side.hpp"

namespace jobset_twin::validation {
namespace {

using scenarios::theory::erlangB;
using Kind = ServiceLaw::Kind;
using Discipline = StationModel::Discipline;

struct Goal {
  std::string what;
  double expected;
  std::function<double(QueueFigures&)> of;
};

constexpr std::size_t kReplications = 20, kPilots = 8;
constexpr std::uint64_t kPilotSeed = 1001;

// Runs the model often and long enough, by a pilot with other seeds, for intervals of `half_width`.
void compare(Report& report, const std::string& id, const QueueModel& model, double warm_up, double pilot,
             const std::vector<Goal>& goals, double half_width, bool keep_times = false) {
  const auto measure = [&](std::uint64_t first, std::size_t count, double time) {
    return byValue(sideBySide(first, count, [&](std::uint64_t seed) {
      QueueFigures figures = runQueue(model, {seed, warm_up, time, keep_times, false});
      std::vector<double> values;
      for (const Goal& goal : goals) values.push_back(goal.of(figures));
      return values;
    }));
  };
  double effort = 1;
  const std::vector<std::vector<double>> tried = measure(kPilotSeed, kPilots, pilot);
  for (std::size_t i = 0; i < goals.size(); ++i) {
    // 5.41 and 3.88: Student's t of 7 and 19 degrees of freedom at 99.9 %.
    const double half = meanOf(tried[i]).halfWidth() / 5.41 * std::sqrt(static_cast<double>(kPilots)) * 3.88 /
                        std::sqrt(static_cast<double>(kReplications));
    const double reserve = report.byTier(1.5, 3.0);  // a pilot's own error
    effort = std::max(effort, reserve * std::pow(half / (half_width * std::abs(goals[i].expected)), 2));
  }
  std::vector<std::vector<double>> values = measure(1, kReplications, pilot * effort);
  // A pilot may have promised too much. The intervals' widths alone say so, never where they lie.
  for (int again = 0; again < 2; ++again) {
    double widest = 0;
    for (std::size_t i = 0; i < goals.size(); ++i)
      widest = std::max(widest, meanOf(values[i]).halfWidth() / (half_width * std::abs(goals[i].expected)));
    if (widest <= 1) break;
    effort *= 1.3 * widest * widest;
    values = measure(1, kReplications, pilot * effort);
  }
  for (std::size_t i = 0; i < goals.size(); ++i) {
    report.mean(id + " " + goals[i].what, goals[i].expected, meanOf(values[i]), half_width,
                seedsText(1, kReplications));
  }
}

QueueModel oneStation(double arrival_rate, int servers, ServiceLaw law = {Kind::kExponential}) {
  QueueModel model;
  model.stations.resize(1);
  model.stations[0].servers = servers;
  model.stations[0].law = law;
  model.arrivals = {{arrival_rate, 0}};
  return model;
}
// 20/(1 - load)^2 service times, of which `servers` pass at a time; and 20 at least.
double warmUp(double load, int servers = 1) { return 20 + 20 / ((1 - load) * (1 - load)) / servers; }

std::vector<Goal> usualGoals(const scenarios::theory::QueueFigures& theory) {
  return {{"Wq", theory.queue_wait, [](QueueFigures& f) { return f.stations[0].wait; }},
          {"W", theory.time_in_system, [](QueueFigures& f) { return f.stations[0].time; }},
          {"Lq", theory.queue_length, [](QueueFigures& f) { return f.stations[0].queue_length; }},
          {"L", theory.number_in_system, [](QueueFigures& f) { return f.stations[0].number; }}};
}

void singleServer(Report& report) {  // A.1
  const double half_width = report.byTier(0.03, 0.01);
  for (const double load : report.byTier<std::vector<double>>({0.5, 0.8}, {0.5, 0.8, 0.9})) {
    std::vector<Goal> goals = usualGoals(scenarios::theory::markovQueue(1, load, 1));
    const double rest = 1 - load;
    goals.push_back(
        {"p95 of W", -std::log(0.05) / rest, [](QueueFigures& f) { return quantileOf(f.stations[0].times, 0.95); }});
    if (load > 0.5)
      goals.push_back({"median of Wq", -std::log(0.5 / load) / rest,
                       [](QueueFigures& f) { return quantileOf(f.stations[0].waits, 0.5); }});
    goals.push_back({"P(N=0)", rest, [](QueueFigures& f) { return f.stations[0].empty; }});
    compare(report, fmt::format("A.1 M/M/1 rho={}", load), oneStation(load, 1), warmUp(load), 20'000, goals, half_width,
            true);
  }
  const QueueFigures run = runQueue(oneStation(0.8, 1), {1, 0, 50'000, false, true});
  report.formula("A.1 Little's law in one run, rho=0.8", static_cast<double>(run.time_sum),
                 static_cast<double>(run.number_integral), 1e-9);
}

void severalServers(Report& report) {  // A.2
  struct Case {
    int servers;
    double load;
  };
  const auto cases = report.byTier<std::vector<Case>>(
      {{2, 0.8}, {4, 0.7}},
      {{2, 0.8}, {4, 0.7}, {4, 0.9}, {8, 0.8}, {10, 0.9}, {64, 0.95}, {100, 0.9}, {100, 0.95}, {1000, 0.98}});
  for (const auto& [servers, load] : cases) {
    const double rate = servers * load;
    std::vector<Goal> goals = usualGoals(scenarios::theory::markovQueue(servers, rate, 1));
    if (report.fast()) goals = {goals[0], goals[1], goals[3]};
    goals.push_back({"P(wait)", scenarios::theory::erlangC(servers, rate), [](QueueFigures& f) {
                       return static_cast<double>(f.stations[0].waited) / static_cast<double>(f.stations[0].served);
                     }});
    // Rare waits among many customers take most of the effort.
    const bool rare = servers >= 64;
    compare(report, fmt::format("A.2 M/M/{} rho={}", servers, load), oneStation(rate, servers), warmUp(load, servers),
            rare ? 2'000 : 10'000, goals, report.byTier(0.03, rare ? 0.02 : 0.01));
  }
  QueueModel loss = oneStation(8, 10);
  loss.stations[0].room = 10;
  compare(report, "A.2 M/M/10/10 load 8", loss, 100, 2'000,
          {{"P(lost)", erlangB(10, 8),
            [](QueueFigures& f) {
              return static_cast<double>(f.stations[0].blocked) / static_cast<double>(f.stations[0].arrived);
            }}},
          report.byTier(0.03, 0.01));
}

// The fewest servers with which no larger share of customers waits, by trial: each number of them has the same
// arrivals.
void fewestServers(Report& report) {  // A.2
  constexpr double kLoad = 90;
  struct Case {
    double share;
    int exact;
    double time;  // service times that are measured: neighbours differ by a twentieth of the share and more
  };
  if (report.fast()) return;
  for (const auto& [share, exact, time] :
       std::vector<Case>{{0.2, 101, 4'000}, {0.1, 105, 4'000}, {0.05, 108, 8'000}, {0.01, 114, 20'000}}) {
    const int first = exact - 3;
    const auto waits = byValue(sideBySide(1, kReplications, [&, time = time](std::uint64_t seed) {
      std::vector<double> values;
      for (int servers = first; servers <= first + 6; ++servers) {
        const QueueFigures figures =
            runQueue(oneStation(kLoad, servers), {seed, warmUp(kLoad / servers, servers), time, false, false});
        values.push_back(static_cast<double>(figures.stations[0].waited) /
                         static_cast<double>(figures.stations[0].served));
      }
      return values;
    }));
    std::size_t least = 0;
    while (least < waits.size() && meanOf(waits[least]).value > share) ++least;
    report.formula(fmt::format("A.2 load 90, fewest servers with which at most {} wait, by trial", share), exact,
                   first + static_cast<int>(least), 0);
  }
}

void anyService(Report& report) {  // A.3
  struct Case {
    const char* name;
    ServiceLaw law;
    double variation;
    double most;  // half-width, slow tier
  };
  const std::vector<Case> all = {{"M/D/1", {Kind::kConstant}, 0, 0.01},
                                 {"M/E4/1", {Kind::kErlang, 4}, 0.25, 0.01},
                                 {"M/E2/1", {Kind::kErlang, 2}, 0.5, 0.01},
                                 {"M/LN(1)/1", {Kind::kLognormal, 1}, std::exp(1.0) - 1, 0.01},
                                 {"M/H2/1", {Kind::kHyperexponential, 4}, 4, 0.01},
                                 {"M/LN(1.5)/1", {Kind::kLognormal, 1.5}, std::exp(2.25) - 1, 0.03}};
  for (const Case& one : all) {
    const bool heavy = one.variation > 1;
    if (report.fast() && heavy) continue;
    for (const double load : report.byTier<std::vector<double>>({0.8}, {0.5, 0.8})) {
      const auto theory = scenarios::theory::generalQueue(load, 1, one.variation);
      std::vector<Goal> goals = usualGoals(theory);
      goals = {goals[0], goals[3]};
      if (one.variation == 0 && load == 0.8) {
        goals.push_back({"P(N=0)", 0.2, [](QueueFigures& f) { return f.stations[0].empty; }});
      }
      compare(report, fmt::format("A.3 {} rho={}", one.name, load), oneStation(load, 1, one.law), warmUp(load), 20'000,
              goals, report.byTier(0.03, one.most));
    }
  }
}

void repairCrew(Report& report) {  // A.4
  constexpr int kMachines = 100;
  for (const int crews : {1, 2, 3, 4, kMachines}) {
    const auto theory = scenarios::theory::machineRepair(kMachines, 1.0 / 1000, 1.0 / 24, crews);
    QueueModel model;
    model.circulating = kMachines;
    model.stations.resize(2);
    model.stations[0].servers = kMachines;
    model.stations[0].mean_service = 1000;
    model.stations[0].routes = {0, 1};
    model.stations[1].servers = crews;
    model.stations[1].mean_service = 24;
    model.stations[1].routes = {1, 0};
    compare(report, fmt::format("A.4 100 machines, crews={}", crews == kMachines ? "any" : std::to_string(crews)),
            model, 20'000, 200'000,
            {{"share up", theory.up, [](QueueFigures& f) { return f.stations[0].number / kMachines; }},
             {"mean down", theory.down, [](QueueFigures& f) { return f.stations[1].number; }}},
            report.byTier(0.03, 0.01));
  }
}

void networks(Report& report) {  // A.5
  const double half_width = report.byTier(0.03, 0.01);
  const auto network = [&](const std::string& id, const std::vector<double>& outside,
                           const std::vector<std::vector<double>>& routes, const std::vector<double>& rates) {
    QueueModel model;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      StationModel station;
      station.mean_service = 1 / rates[i];
      station.routes = routes[i];
      model.stations.push_back(station);
      if (outside[i] > 0) model.arrivals.push_back({outside[i], static_cast<std::uint32_t>(i)});
    }
    const auto theory = scenarios::theory::openNetwork(outside, routes, rates);
    std::vector<Goal> goals;
    for (std::size_t i = 0; i < rates.size(); ++i)
      goals.push_back(
          {fmt::format("L{}", i + 1), theory.numbers[i], [i](QueueFigures& f) { return f.stations[i].number; }});
    goals.push_back({"W", theory.time_in_system, [](QueueFigures& f) { return f.classes[0].time; }});
    goals.push_back({"P(all empty)", theory.empty, [](QueueFigures& f) { return f.empty; }});
    compare(report, id, model, 500, 20'000, goals, half_width);
  };
  network("A.5 Jackson", {1, 0, 0}, {{0, 0.6, 0.4}, {0.2, 0, 0}, {0.1, 0, 0}}, {2, 1, 1});
  network("A.5 tandem", {0.7, 0, 0, 0}, {{0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}}, {1, 2, 1, 4});
}

void priorities(Report& report) {  // A.6
  const std::vector<double> rates = {0.3, 0.5};
  QueueModel model = oneStation(0.3, 1);
  model.arrivals.push_back({0.5, 0});
  const double half_width = report.byTier(0.03, 0.01);
  model.stations[0].discipline = Discipline::kPriority;
  const std::vector<double> waits = scenarios::theory::waitsByPriority(rates, 1);
  compare(report, "A.6 not interrupted", model, warmUp(0.8), 20'000,
          {{"Wq1", waits[0], [](QueueFigures& f) { return f.classes[0].wait; }},
           {"Wq2", waits[1], [](QueueFigures& f) { return f.classes[1].wait; }},
           {"Wq of all (conservation)", (rates[0] * waits[0] + rates[1] * waits[1]) / 0.8,
            [](QueueFigures& f) { return f.stations[0].wait; }}},
          half_width);
  model.stations[0].discipline = Discipline::kPreemptiveResume;
  const std::vector<double> times = scenarios::theory::timesByPreemption(rates, 1);
  compare(report, "A.6 preempted, resumes", model, warmUp(0.8), 20'000,
          {{"W1", times[0], [](QueueFigures& f) { return f.classes[0].time; }},
           {"W2", times[1], [](QueueFigures& f) { return f.classes[1].time; }}},
          half_width);
}

void finiteRoom(Report& report) {  // A.7
  QueueModel model = oneStation(0.9, 1);
  model.stations[0].room = 10;
  const auto theory = scenarios::theory::finiteQueue(10, 0.9);
  compare(report, "A.7 M/M/1/10 rho=0.9", model, 1'000, 20'000,
          {{"P(blocked)", theory.blocked,
            [](QueueFigures& f) {
              return static_cast<double>(f.stations[0].blocked) / static_cast<double>(f.stations[0].arrived);
            }},
           {"P(N=0)", theory.empty, [](QueueFigures& f) { return f.stations[0].empty; }},
           {"L", theory.number_in_system, [](QueueFigures& f) { return f.stations[0].number; }}},
          report.byTier(0.03, 0.01));
}

}  // namespace

void sectionA(Report& report) {
  if (report.wants("A.1")) singleServer(report);
  if (report.wants("A.2")) severalServers(report);
  if (report.wants("A.2")) fewestServers(report);
  if (report.wants("A.1") || report.wants("A.2")) queuesInCluster(report);
  if (report.wants("A.3")) anyService(report);
  if (report.wants("A.4")) repairCrew(report);
  if (report.wants("A.4")) repairsInCluster(report);
  if (report.wants("A.5")) networks(report);
  if (report.wants("A.6")) priorities(report);
  if (report.wants("A.6")) prioritiesInCluster(report);
  if (report.wants("A.7")) finiteRoom(report);
}

}  // namespace jobset_twin::validation
