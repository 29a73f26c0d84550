// D. Meta's research clusters: how long a gang of nodes lasts (scenarios/faults/meta-rsc-*.yaml), which share of its
// time a training works, what lemon nodes cost, and how many a large training preempts when it starts again.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"
#include "tests/validation/tools/fault_model.hpp"
#include "tests/validation/tools/side_by_side.hpp"
#include "tests/validation/tools/training_model.hpp"

namespace jobset_twin::validation {
namespace {

namespace theory = scenarios::theory;

constexpr double kRsc1 = 6.5, kRsc2 = 2.34;  // failures in 1,000 node-days

double hours(scenarios::Duration time) { return std::chrono::duration<double, std::ratio<3600>>(time).count(); }

// --- D.1

// The times between the failures of a cluster of so many nodes, each of which is as a first one: exponential times have
// no memory. The nodes boot at once.
std::vector<double> gaps(const std::string& profile, int nodes, double how_many, double mttf, std::uint64_t seed) {
  scenarios::RunPlan plan =
      planWith(fmt::format("  duration: {}h\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: forever}}]\n"
                           "  cluster: {{nodePools: [{{name: node, count: {}}}, {{name: own, count: 1}}]}}\n",
                           std::llround(how_many * mttf), nodes),
               gangDocument("clock", 1, 0, "nodeSelector: {kubernetes.io/hostname: own-0}, "), {profile}, seed);
  for (faults::Fault& fault : plan.faults) {
    fault.class_ = faults::FaultClass::kNodeFail;
    fault.target.node = "node-*";
    fault.lasts->kind = workload::TimeDistribution::Kind::kConstant;
    fault.lasts->a = std::chrono::nanoseconds(1);
  }
  const scenarios::TimePoint start = plan.world.start;
  scenarios::TimePoint last = start;
  std::vector<double> out;
  for (const scenarios::FaultOutcome& fault : runPlan(std::move(plan)).faults) {
    out.push_back(hours(fault.at - last));
    last = fault.at;
  }
  return out;
}

void firstFailure(Report& report) {
  struct Case {
    const char* profile;
    double rate;
    int gpus;
    double low, high;  // as it is printed, and 1 % for the interval; 0: it is not
  };
  const auto cases = report.byTier<std::vector<Case>>({{"meta-rsc-1", kRsc1, 1024, 0, 0}},
                                                      {{"meta-rsc-1", kRsc1, 1024, 0, 0},
                                                       {"meta-rsc-1", kRsc1, 8192, 0, 0},
                                                       {"meta-rsc-1", kRsc1, 16384, 1.75, 1.85},
                                                       {"meta-rsc-1", kRsc1, 131072, 0.222, 0.238},
                                                       {"meta-rsc-2", kRsc2, 1024, 0, 0},
                                                       {"meta-rsc-2", kRsc2, 8192, 0, 0},
                                                       {"meta-rsc-2", kRsc2, 16384, 0, 0},
                                                       {"meta-rsc-2", kRsc2, 131072, 0, 0}});
  // The half-width of a mean of n exponential times is 3.29 / sqrt(n): 1 % takes 108,000 of them, not 10,000.
  const std::size_t worlds = report.byTier<std::size_t>(2, 8);
  const double each = report.byTier(5'000.0, 14'000.0);
  for (const auto& [profile, rate, gpus, low, high] : cases) {
    const int nodes = gpus / 8;
    const double exact = 1 / theory::gangFailureRate(nodes, rate);
    const auto all = sideBySide(
        1, worlds, [&, profile = profile](std::uint64_t seed) { return gaps(profile, nodes, each, exact, seed); });
    const Estimate got = meanOf(flat(all));
    const std::string id = fmt::format("D.1 {} {} GPUs:", profile, gpus), seeds = seedsText(1, worlds);
    report.mean(id + " h to the first failure of a node", exact, got, report.byTier(0.035, 0.0101), seeds);
    if (high > 0) report.band(id + " as it is printed", low, high, got.value, seeds);
  }
}

// --- D.2

// As it is published: queue time left out.
double publishedRatio(double failures_an_hour, double restart, double interval, double write) {
  return (1 - failures_an_hour * (restart + interval / 2)) / (1 + write / interval);
}

void trainingRatio(Report& report) {
  struct Case {
    const char* name;
    double rate;
    int gpus;
    double interval, write;  // minutes; restart: 5
  };
  const auto cases =
      report.byTier<std::vector<Case>>({{"RSC-1", kRsc1, 16384, 5, 0.5}}, {{"RSC-1", kRsc1, 8192, 60, 0.5},
                                                                           {"RSC-1", kRsc1, 8192, 5, 0},
                                                                           {"RSC-1", kRsc1, 16384, 60, 5},
                                                                           {"RSC-1", kRsc1, 16384, 60, 0.5},
                                                                           {"RSC-1", kRsc1, 16384, 30, 0.5},
                                                                           {"RSC-1", kRsc1, 16384, 5, 0.5},
                                                                           {"RSC-1", kRsc1, 16384, 5, 0},
                                                                           {"RSC-2", kRsc2, 16384, 60, 0.5},
                                                                           {"RSC-2", kRsc2, 16384, 5, 0}});
  const std::size_t worlds = report.byTier<std::size_t>(2, 8);
  const int each = report.byTier(4, 10);
  const double work = report.byTier(200.0, 1000.0);
  for (const auto& [name, rate, gpus, interval, write] : cases) {
    const double failures = theory::gangFailureRate(gpus / 8, rate);
    const TrainingModel model{{1 / failures, write * kMinute, 5 * kMinute}, interval * kMinute, work, 2};
    const Estimate got = workShareOf(model, worlds, each);
    const std::string id = fmt::format("D.2 {} {} GPUs, every {} min, write {} min:", name, gpus, interval, write),
                      seeds = seedsText(1, worlds);
    // What an hour that is lost or not takes and leaves is the wider the longer the interval is.
    report.mean(id + " ETTR", workShare(model), got, report.byTier(0.02, interval > 5 ? 0.008 : 0.0035), seeds);
    const double published = publishedRatio(failures, 5 * kMinute, interval * kMinute, write * kMinute);
    // At one point the exact value itself is 5.3 % off: both cannot be met.
    const bool contradicts = std::abs(workShare(model) / published - 1) > 0.05;
    if (contradicts) report.known("the published form is an approximation, and off by more than 5 % of it there");
    report.band(id + " as published, give or take 5 %", published * 0.95, published * 1.05, got.value, seeds);
    report.known("");
  }
  if (report.fast()) return;
  // 12,000 GPUs: what gives 0.9 of the time? Each at the interval that is best by the published form.
  struct Way {
    const char* name;
    double rate, write;  // minutes
    double low, high;
  };
  for (const auto& [name, rate, write, low, high] :
       {Way{"as they are (published: 0.74)", kRsc1, 5, 0.72, 0.8}, Way{"a rate of 1 (published: 0.898)", 1, 5, 0.89, 1},
        Way{"a write of 10 s (published: 0.921)", kRsc1, 1.0 / 6, 0.9, 1}}) {
    const double failures = theory::gangFailureRate(1500, rate);
    const TrainingModel model{
        {1 / failures, write * kMinute, 5 * kMinute}, std::sqrt(2 * write * kMinute / failures), 1000, 2};
    const Estimate got = workShareOf(model, worlds, each);
    const std::string id = fmt::format("D.2 12,000 GPUs, {}:", name), seeds = seedsText(1, worlds);
    report.mean(id + " ETTR", workShare(model), got, 0.008, seeds);
    report.band(id + " in its band", low, high, got.value, seeds);
  }
}

// --- D.4

// Three gangs of 64 nodes on 192 sound nodes and 8 lemons: how many fail before their work is done. Without the lemons:
// nobody may be placed there.
double failedGangs(bool lemons, int work_hours, std::uint64_t seed) {
  std::string documents;
  for (int i = 0; i < 3; ++i) documents += gangDocument(fmt::format("train-{}", i), 64, 0);
  const scenarios::Outcome outcome = runPlan(planWith(
      fmt::format("  duration: 2d\n  timing: {{profile: zero}}\n  behaviors: [{{runTime: {}h}}]\n"
                  "  cluster: {{nodePools: [{{name: node, count: 192, capacity: {{cpu: 1}}}}, {{name: lemon, count: 8, "
                  "capacity: {{cpu: 1}}, labels: {{lemon: \"true\"}}{}}}]}}\n",
                  work_hours, lemons ? "" : ", taints: [{key: lemon, effect: NoSchedule}]"),
      documents, {"meta-rsc-1", "meta-lemon-nodes"}, seed));
  return static_cast<double>(std::count_if(outcome.jobsets.begin(), outcome.jobsets.end(),
                                           [](const auto& jobset) { return jobset.terminal_state == "Failed"; }));
}

void lemonNodes(Report& report) {
  const auto worlds = report.byTier<std::size_t>(24, 400);
  constexpr int kWork = 12;  // calibrated: the longer the work, the smaller the ratio
  const auto counts = byValue(sideBySide(1, worlds, [&](std::uint64_t seed) {
    return std::vector{failedGangs(true, kWork, seed), failedGangs(false, kWork, seed)};
  }));
  double with = 0, without = 0;
  for (const double count : counts[0]) with += count;
  for (const double count : counts[1]) without += count;
  const std::string seeds = seedsText(1, worlds);
  const auto gangs = static_cast<std::uint64_t>(3 * worlds);
  // A sound gang fails by its nodes' rate.
  report.mean(fmt::format("D.4 lemons taken out: share of gangs of 64 nodes that fail in {} h", kWork),
              1 - theory::gangSurvival(64, kRsc1, kWork), shareOf(static_cast<std::uint64_t>(without), gangs),
              report.byTier(0.9, 0.2), seeds);
  report.band(
      "D.4 share that fails with 4 % lemons over share without, work time calibrated (published: 14 % over 4 %)", 2, 6,
      with / without, seeds);
}

// Who was preempted, as their Events say.
class Preempted final : public scenarios::Observer {
 public:
  void onChange(const apiserver::WatchEvent& change) override {
    if (change.object->kind() != api::Kind::kPod || change.type != apiserver::WatchType::kModified) return;
    const api::Pod& pod = api::as<api::Pod>(*change.object);
    for (const api::Condition& one : pod.status.conditions) {
      if (one.type != "DisruptionTarget" || one.reason != "PreemptionByScheduler" || one.status != "True") continue;
      if (!pods_.insert(change.object->meta.uid).second) return;
      const std::string* label = change.object->meta.labels.find("batch.kubernetes.io/controller-uid");
      jobs.insert(label ? *label : change.object->meta.uid);
    }
  }
  void onNote(const kernel::Note&) override {}
  std::size_t pods() const { return pods_.size(); }

  std::set<std::string> jobs;  // by the UID of the Job: once for each time that it was made

 private:
  std::set<std::string> pods_;
};

// A cluster of 160 nodes that is full: a gang of 128 nodes of high priority, and trainings of 8 nodes that wait for
// every node that comes free. Each hour the gang loses a Pod, and starts again.
void cascade(Report& report) {
  const int restarts = report.byTier(3, 35);
  std::string documents =
      "---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n" +
      gangDocument("large", 128, 1000, "priorityClassName: high, terminationGracePeriodSeconds: 5, ");
  for (int i = 0; i < 20; ++i)
    documents += gangDocument(fmt::format("small-{}", i), 8, 100'000, "terminationGracePeriodSeconds: 5, ");
  scenarios::RunPlan plan = planWith(
      fmt::format("  duration: {}h\n  timing: {{clients: {{controllerManagerQps: 500, controllerManagerBurst: 500, "
                  "gcQps: 500, gcBurst: 500, schedulerQps: 500, schedulerBurst: 500}}}}\n"
                  "  behaviors: [{{runTime: forever}}]\n"
                  "  cluster: {{nodePools: [{{name: node, count: 160, capacity: {{cpu: 1}}}}]}}\n"
                  "  faults: [{{name: lost, class: exit, pod: large/w/0/*, any: true, every: 1h, times: {}}}]\n",
                  restarts + 1, restarts),
      documents, {}, 1);
  Preempted seen;
  const scenarios::Outcome outcome = runPlan(std::move(plan), {&seen});
  double made = 0;
  for (const scenarios::JobSetOutcome& jobset : outcome.jobsets)
    if (jobset.name == "large") made = jobset.restarts;
  report.formula("D.4 cascade: restarts of the gang of 128 nodes, one for each loss", restarts, made, 0);
  report.band("D.4 cascade: trainings of 8 nodes preempted for each restart (published: 548 / 35 = 15.7)", 15.7 / 2,
              15.7 * 2, static_cast<double>(seen.jobs.size()) / std::max(1.0, made), "1");
}

}  // namespace

void sectionD(Report& report) {
  if (report.wants("D.1")) firstFailure(report);
  if (report.wants("D.2")) trainingRatio(report);
  if (!report.wants("D.4")) return;
  lemonNodes(report);
  cascade(report);
}

}  // namespace jobset_twin::validation
