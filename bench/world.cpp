// world.cpp - whole worlds: a JobSet from its submission to Completed, the copy (fork) of a running world, its saving
// and loading, with manifests and clusters as in bench/manifests/, at other sizes; and a day in which everything goes
// wrong that can (scenarios/faults/day-of-10000-pods.yaml), with its faults and without.
//
// The peak memory at the end is that of the process: --benchmark_filter picks the one benchmark whose peak is asked
// for.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace {

using namespace jobset_twin;
using namespace std::chrono_literals;

enum Shape : std::int64_t { kHundreds, kOneJob, kManyJobs, kDefaultRates };
constexpr const char* kShapes[] = {"Jobs of 100", "one Job", "Jobs of one", "Jobs of 100, default rates"};
constexpr const char* kWithFaults = "with its faults";
constexpr const char* kWithoutFaults = "without faults";
constexpr std::int64_t kPodsPerNode = 10;
constexpr auto kAllRun = 40s;  // all Pods run by then, none has ended (60 s)

scenarios::RunPlan planOf(std::int64_t pods, std::int64_t shape) {
  std::int64_t jobs = pods / 100;
  if (shape == kOneJob) jobs = 1;
  if (shape == kManyJobs) jobs = pods;
  std::string text = fmt::format(
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: x, namespace: default}}\nspec:\n"
      "  replicatedJobs:\n  - name: workers\n    replicas: {0}\n    template:\n      spec:\n"
      "        parallelism: {1}\n        completions: {1}\n        template:\n          spec:\n            "
      "containers:\n"
      "            - {{name: main, image: busybox, command: [sleep, 60s], resources: {{requests: {{cpu: '1'}}}}}}\n",
      jobs, pods / jobs);
  text += fmt::format(
      "---\napiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: bench}}\nspec:\n"
      "  cluster: {{nodePools: [{{name: node, count: {}}}]}}\n",
      pods / kPodsPerNode);
  if (shape != kDefaultRates) {
    text +=
        "  timing: {clients: {controllerManagerQps: 1000, controllerManagerBurst: 1000, schedulerQps: 1000, "
        "schedulerBurst: 1000, jobsetQps: 1000, jobsetBurst: 1000, gcQps: 1000, gcBurst: 1000}}\n";
  }
  scenarios::Loaded loaded =
      scenarios::load({{"bench.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  if (!loaded.errors.empty()) std::fprintf(stderr, "bench.yaml: %s\n", loaded.errors.front().text.c_str());
  return std::move(loaded.plan);
}

void submitToCompleted(benchmark::State& state) {
  const scenarios::RunPlan plan = planOf(state.range(0), state.range(1));
  std::uint64_t events = 0;
  for (auto _ : state) {
    scenarios::Run run(plan);
    run.advance();
    events += run.world().kernel().processed();
    const scenarios::Outcome outcome = run.outcome();
    if (outcome.jobsets.size() != 1 || outcome.jobsets.front().terminal_state != "Completed")
      state.SkipWithError("the JobSet is not Completed");
  }
  state.SetLabel(kShapes[state.range(1)]);
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}

scenarios::Run runningWorld(std::int64_t pods) {
  scenarios::Run run(planOf(pods, kHundreds));
  run.advance(run.world().kernel().start() + kAllRun);
  return run;
}

// The copy alone; its end is not counted.
void fork(benchmark::State& state) {
  const scenarios::Run run = runningWorld(state.range(0));
  for (auto _ : state) {
    std::optional<scenarios::Run> copy(run);
    benchmark::DoNotOptimize(copy);
    state.PauseTiming();
    copy.reset();
    state.ResumeTiming();
  }
}

void save(benchmark::State& state) {
  const scenarios::Run run = runningWorld(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    std::ostringstream out;
    run.save(out);
    bytes = out.str().size();
  }
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}

void load(benchmark::State& state) {
  const scenarios::Run run = runningWorld(state.range(0));
  std::ostringstream out;
  run.save(out);
  for (auto _ : state) {
    scenarios::Run other(run.plan());
    std::istringstream in(out.str());
    other.load(in);
    benchmark::DoNotOptimize(other);
  }
}

// Until its end, which is a time of day.
void day(benchmark::State& state) {
  std::ifstream in(TWIN_SOURCE_DIR "/scenarios/faults/day-of-10000-pods.yaml");
  std::stringstream text;
  text << in.rdbuf();
  scenarios::Loaded loaded = scenarios::load({{"day.yaml", text.str()}}, {}, {});
  if (!loaded.errors.empty()) return state.SkipWithError("the day cannot be read");
  const bool with_faults = state.range(1) != 0;
  if (!with_faults) loaded.plan.faults.clear();
  loaded.plan.expectations.clear();
  std::uint64_t events = 0;
  std::size_t faults = 0;
  for (auto _ : state) {
    scenarios::Run run(loaded.plan);
    run.advance();
    events += run.world().kernel().processed();
    faults = run.outcome().faults.size();
  }
  state.SetLabel(with_faults ? kWithFaults : kWithoutFaults);
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.counters["faults"] = static_cast<double>(faults);
}

BENCHMARK(submitToCompleted)
    ->Args({1'000, kHundreds})
    ->Args({10'000, kHundreds})
    ->Args({1'000, kOneJob})
    ->Args({10'000, kOneJob})
    ->Args({1'000, kManyJobs})
    ->Args({10'000, kManyJobs})
    ->Args({1'000, kDefaultRates})
    ->Args({10'000, kDefaultRates})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(fork)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(save)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(load)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(day)->Args({10'000, 0})->Args({10'000, 1})->Iterations(1)->Unit(benchmark::kMillisecond);

// Keeps the times of the processor for the ratios.
class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      const std::string& args = run.run_name.args;
      const std::size_t slash = args.find('/');
      const std::string name = run.run_name.function_name + (run.report_label.empty() ? "" : ", " + run.report_label);
      times_[name][std::stoll(args.substr(0, slash))] = run.GetAdjustedCPUTime();
    }
  }
  void print() const {
    for (const auto& [name, by_size] : times_) {
      const auto small = by_size.find(1'000), large = by_size.find(10'000);
      if (small == by_size.end() || large == by_size.end()) continue;
      std::printf("ratio %-46s 10,000 Pods cost %6.2f times 1,000 Pods\n", name.c_str(), large->second / small->second);
    }
    const auto calm = times_.find(std::string("day, ") + kWithoutFaults);
    const auto faulty = times_.find(std::string("day, ") + kWithFaults);
    if (calm != times_.end() && faulty != times_.end()) {
      std::printf("ratio %-46s 10,000 Pods: %6.2f times the day without\n", faulty->first.c_str(),
                  faulty->second.at(10'000) / calm->second.at(10'000));
    }
    const auto whole = times_.find(std::string("submitToCompleted, ") + kShapes[kHundreds]);
    if (whole == times_.end()) return;
    for (const char* name : {"fork", "save", "load"}) {
      const auto other = times_.find(name);
      if (other == times_.end()) continue;
      for (const auto& [pods, time] : other->second) {
        const auto run = whole->second.find(pods);
        if (run == whole->second.end()) continue;
        std::printf("ratio %-46s %6lld Pods: 1/%.1f of submit to Completed\n", name, static_cast<long long>(pods),
                    run->second / time);
      }
    }
  }

 private:
  std::map<std::string, std::map<std::int64_t, double>> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  Ratios ratios;
  benchmark::RunSpecifiedBenchmarks(&ratios);
  ratios.print();
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    std::printf("peak memory %.0f MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  benchmark::Shutdown();
  return 0;
}
