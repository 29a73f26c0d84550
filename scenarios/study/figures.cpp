#include "scenarios/study/figures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/api/time.hpp"
#include "scenarios/study/history.hpp"
#include "scenarios/study/work.hpp"

namespace jobset_twin::scenarios::study {
namespace {

constexpr double kNanosecondsInHour = 3600e9;

using Metrics = std::map<std::string, double>;

std::optional<double> sinceSubmission(const WorkloadRecord& workload, TimePoint at) {
  return at == kNever ? std::nullopt : std::optional<double>(api::secondsOf(at - workload.submitted));
}

struct LevelMet {  // which parts of the service level a workload meets
  bool start = false, finish = false, ettr = false;
};
LevelMet levelMetOf(const WorkloadRecord& workload, const std::optional<double>& ettr, const ServiceLevel& slo) {
  LevelMet met;
  met.start = slo.start_within && workload.ready != kNever && workload.ready - workload.submitted <= *slo.start_within;
  met.finish = slo.finish_within && workload.completed() && workload.over - workload.submitted <= *slo.finish_within;
  met.ettr = slo.ettr && ettr && *ettr >= *slo.ettr;
  return met;
}
bool meets(const LevelMet& met, const ServiceLevel& slo) {
  return (!slo.start_within || met.start) && (!slo.finish_within || met.finish) && (!slo.ettr || met.ettr);
}

WorkloadFigures figuresOf(const WorkloadRecord& workload, const PodTimes& work, const ServiceLevel& slo) {
  WorkloadFigures out;
  out.kind = workload.kind;
  out.namespace_ = workload.namespace_;
  out.name = workload.name;
  out.state = workload.state;
  out.reason = workload.reason;
  out.queued = sinceSubmission(workload, workload.first_node);
  out.started = sinceSubmission(workload, workload.ready);
  if (!workload.state.empty()) out.finished = sinceSubmission(workload, workload.over);
  out.ettr = work.ettr();
  out.restarts = static_cast<std::int32_t>(workload.restarts.size());
  out.slo_met = slo.given() && meets(levelMetOf(workload, out.ettr, slo), slo);
  return out;
}

// Of those that have the value; left out if none has.
template <class Value>
void putMean(Metrics& metrics, const std::string& name, const std::vector<WorkloadFigures>& workloads, Value value) {
  double sum = 0;
  std::size_t count = 0;
  for (const WorkloadFigures& workload : workloads) {
    const std::optional<double> one = value(workload);
    if (!one) continue;
    sum += *one;
    ++count;
  }
  if (count > 0) metrics[name] = sum / static_cast<double>(count);
}

// Between the sorted values linearly.
double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

void putEnds(Metrics& metrics, const History& history, const std::vector<WorkloadFigures>& workloads) {
  if (workloads.empty()) return;
  const auto all = static_cast<double>(workloads.size());
  double completed = 0, failed = 0;
  for (const WorkloadFigures& workload : workloads) {
    completed += workload.state == "Completed" ? 1 : 0;
    if (workload.state != "Failed") continue;
    failed += 1;
    metrics["failed." + (workload.reason.empty() ? std::string("unknown") : workload.reason)] += 1;
  }
  metrics["completed"] = completed == all ? 1 : 0;
  metrics["completedShare"] = completed / all;
  metrics["failed"] = failed / all;
  if (completed < all) return;
  TimePoint last{};
  for (const WorkloadRecord& workload : history.workloads()) last = std::max(last, workload.over);
  metrics["makespan"] = api::secondsOf(last - history.workloads().front().submitted);
}

void putStarts(Metrics& metrics, const std::vector<WorkloadFigures>& workloads) {
  putMean(metrics, "timeToReady", workloads, [](const WorkloadFigures& one) { return one.started; });
  putMean(metrics, "queueing", workloads, [](const WorkloadFigures& one) { return one.queued; });
  std::vector<double> queued;
  for (const WorkloadFigures& workload : workloads) {
    if (workload.queued) queued.push_back(*workload.queued);
  }
  if (!queued.empty()) metrics["queueing.p95"] = percentile(std::move(queued), 0.95);
}

void putRestarts(Metrics& metrics, const History& history) {
  double all = 0, futile = 0;
  for (const WorkloadRecord& workload : history.workloads()) {
    const auto restarts = static_cast<double>(workload.restarts.size());
    all += restarts;
    if (workload.state == "Failed") futile += restarts;
    for (const Cause cause : workload.restarts) metrics["restarts." + std::string(causeWord(cause))] += 1;
  }
  metrics["restarts"] = all;
  metrics["futileRestarts"] = futile;
  metrics["podFailures"] = static_cast<double>(history.podFailures());
  metrics["podRestarts"] = static_cast<double>(history.podRestarts());
}

// Returns the useful time.
double putWork(Metrics& metrics, const std::vector<PodTimes>& work, const std::vector<WorkloadFigures>& workloads) {
  if (work.empty()) return 0;
  PodTimes all;
  for (const PodTimes& one : work) {
    all.useful += one.useful;
    all.lost += one.lost;
    all.saving += one.saving;
    all.restoring += one.restoring;
    all.waiting += one.waiting;
    if (one.repeated) all.repeated = all.repeated.value_or(0) + *one.repeated;
  }
  putMean(metrics, "ettr", workloads, [](const WorkloadFigures& one) { return one.ettr; });
  if (all.total() > 0) metrics["goodput"] = all.useful / all.total();
  metrics["lostWork"] = all.lost / 1e9;
  metrics["checkpointTime"] = all.saving / 1e9;
  metrics["restoreTime"] = all.restoring / 1e9;
  metrics["waitingTime"] = all.waiting / 1e9;
  if (all.repeated) metrics["repeatedWork"] = static_cast<double>(*all.repeated);
  return all.useful;
}

void putCapacity(Metrics& metrics, const CapacityTotals& totals, const FigureOptions& options, double useful) {
  const auto put = [&](const std::string& resource, const ResourceTotals& of) {
    if (of.offered > 0) metrics[resource + "Utilisation"] = of.taken / of.offered;
    if (of.free_time > 0) metrics[resource + "Fragmentation"] = of.scattered / of.free_time;
  };
  put("cpu", totals.of[kCpu]);
  put("gpu", totals.of[kGpu]);
  metrics["nodeHours"] = totals.nodes / kNanosecondsInHour;
  if (options.prices.empty()) return;
  double cost = 0;
  for (const auto& [pool, price] : options.prices) cost += price * totals.pools.at(pool) / kNanosecondsInHour;
  metrics["cost"] = cost;
  if (useful > 0) metrics["costPerUsefulHour"] = cost / (useful / kNanosecondsInHour);
}

void putServiceLevel(Metrics& metrics, const History& history, const std::vector<WorkloadFigures>& workloads,
                     const ServiceLevel& slo) {
  if (!slo.given() || workloads.empty()) return;
  double met = 0, start = 0, finish = 0, ettr = 0;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const LevelMet level = levelMetOf(history.workloads()[i], workloads[i].ettr, slo);
    met += workloads[i].slo_met ? 1 : 0;
    start += level.start ? 1 : 0;
    finish += level.finish ? 1 : 0;
    ettr += level.ettr ? 1 : 0;
  }
  const auto all = static_cast<double>(workloads.size());
  metrics["slo"] = met / all;
  if (slo.start_within) metrics["slo.start"] = start / all;
  if (slo.finish_within) metrics["slo.finish"] = finish / all;
  if (slo.ettr) metrics["slo.ettr"] = ettr / all;
}

}  // namespace

struct FigureRecorder::State {
  explicit State(FigureOptions given) : options(std::move(given)), capacity(options.gpu, options.prices) {}
  State(const State&) = delete;
  FigureOptions options;
  Capacity capacity;
  History history{capacity};
};

FigureRecorder::FigureRecorder(FigureOptions options) : state_(std::make_unique<State>(std::move(options))) {}
FigureRecorder::~FigureRecorder() = default;

void FigureRecorder::onChange(const apiserver::WatchEvent& change) { state_->history.onChange(change); }

RunFigures FigureRecorder::figures(const Run& run, const Outcome& outcome) {
  History& history = state_->history;
  const FigureOptions& options = state_->options;
  history.finish(outcome.end);
  RunFigures out;
  out.seed = outcome.seed;
  out.events = outcome.events_processed;
  out.fingerprint = outcome.fingerprint;
  out.end_reason = endReasonText(outcome.end_reason);
  const std::vector<PodTimes> work = workOf(history, run, outcome.end);
  for (std::size_t i = 0; i < work.size(); ++i)
    out.workloads.push_back(figuresOf(history.workloads()[i], work[i], options.slo));
  Metrics metrics;
  putEnds(metrics, history, out.workloads);
  metrics["endTime"] = api::secondsOf(outcome.end - outcome.start);
  putStarts(metrics, out.workloads);
  putRestarts(metrics, history);
  const double useful = putWork(metrics, work, out.workloads);
  putCapacity(metrics, history.untilOver(), options, useful);
  putServiceLevel(metrics, history, out.workloads, options.slo);
  metrics["events"] = static_cast<double>(out.events);
  out.metrics.assign(metrics.begin(), metrics.end());
  return out;
}

RunFigures runForFigures(RunPlan plan, const FigureOptions& options, const volatile std::sig_atomic_t* interrupted) {
  // Nobody asks for them here, and what they watch for costs time: notes, if it is about what containers print.
  plan.expectations.clear();
  FigureRecorder recorder(options);
  RunHooks hooks;
  hooks.observers = {&recorder};
  hooks.interrupted = interrupted;
  Run run(std::move(plan), std::move(hooks));
  run.advance();
  return recorder.figures(run, run.outcome());
}

}  // namespace jobset_twin::scenarios::study
