// reconcile.cpp - one reconcile pass of a JobSet with n Jobs: with nothing to do, with one failed Job, and with all to
// create.
//
// Only the pure core is measured: the Observed is there already, as the informer cache keeps it. The ratios at the end
// are to the pass with nothing to do of the same size.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "engine/api/read.hpp"
#include "engine/api/yaml_reader.hpp"
#include "engine/jobset/jobset_defaults.hpp"
#include "engine/jobset/reconcile.hpp"

namespace {

using namespace jobset_twin;

constexpr api::TimePoint kNow{std::chrono::hours(24 * 365 * 56)};

api::MutableObjectPtr jobsetOf(std::int64_t jobs) {
  const std::string text =
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: x, namespace: default, uid: u}\nspec:\n"
      "  failurePolicy: {maxRestarts: 3}\n  replicatedJobs:\n  - name: workers\n    replicas: " +
      std::to_string(jobs) +
      "\n    template:\n      spec:\n        parallelism: 1\n        completions: 1\n        template:\n          "
      "spec:\n"
      "            containers: [{name: c, image: busybox, command: [sleep, 10s]}]\n";
  api::Errors warnings;
  const api::Documents documents = api::readDocuments(text, "bench");
  api::MutableObjectPtr object =
      api::edit(*api::readObject(documents.trees.front(), api::Validation::kStrict, warnings));
  jobset::applyDefaults(*object);
  object->meta.uid = "u";
  return object;
}

// The JobSet as it is once all Jobs were created and run, with its Service.
jobset::Observed running(std::int64_t jobs) {
  jobset::Observed observed;
  observed.jobset = jobsetOf(jobs);
  const jobset::Plan first = jobset::reconcile(observed, kNow, {});
  for (const jobset::Step& step : first.steps) {
    for (const jobset::StepRequest& request : step.requests) {
      const api::MutableObjectPtr made = api::edit(request.request.object);
      if (made->kind() == api::Kind::kService) observed.service = made;
      if (made->kind() != api::Kind::kJob) continue;
      api::as<api::Job>(*made).status.active = 1;
      api::as<api::Job>(*made).status.ready = 1;
      observed.jobs.put(made);
    }
  }
  const jobset::Plan second = jobset::reconcile(observed, kNow, {});
  if (second.status_update) observed.jobset = second.status_update;
  return observed;
}

void nothingToDo(benchmark::State& state) {
  const jobset::Observed observed = running(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(jobset::reconcile(observed, kNow, {}));
}

void oneJobFailed(benchmark::State& state) {
  jobset::Observed observed = running(state.range(0));
  const api::MutableObjectPtr failed = api::edit(observed.jobs.all().front().job);
  api::Condition condition;
  condition.type = "Failed";
  condition.status = "True";
  condition.reason = "BackoffLimitExceeded";
  condition.lastTransitionTime = kNow;
  api::as<api::Job>(*failed).status.conditions.push_back(condition);
  observed.jobs.put(failed);
  for (auto _ : state) benchmark::DoNotOptimize(jobset::reconcile(observed, kNow, {}));
}

void allToCreate(benchmark::State& state) {
  jobset::Observed observed;
  observed.jobset = jobsetOf(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(jobset::reconcile(observed, kNow, {}));
}

BENCHMARK(nothingToDo)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(oneJobFailed)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(allToCreate)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration)
        times_[run.run_name.args][run.run_name.function_name] = run.GetAdjustedCPUTime();
    }
  }
  void print() const {
    for (const auto& [jobs, times] : times_) {
      const auto base = times.find("nothingToDo");
      if (base == times.end()) continue;
      for (const auto& [name, time] : times) {
        std::printf("ratio %-14s %7s Jobs %8.2f times the pass with nothing to do (%.1f us)\n", name.c_str(),
                    jobs.c_str(), time / base->second, time);
      }
    }
  }

 private:
  std::map<std::string, std::map<std::string, double>> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  Ratios ratios;
  benchmark::RunSpecifiedBenchmarks(&ratios);
  ratios.print();
  benchmark::Shutdown();
  return 0;
}
