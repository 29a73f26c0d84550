// kernel_hold.cpp - the hold model: n events pending; again and again the next one is taken and one scheduled later.
//
// Compares the kernel's EventQueue, and the whole Kernel, with what one would write first: std::priority_queue of
// {time, std::function<void()>}, which does not even order equal times. The closures capture 16 bytes, so they need no
// allocation: the baseline at its best. Increments are drawn in advance from three distributions; all contenders see
// the same ones. After the benchmarks the ratios of this run are printed; only ratios within one run mean anything.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "sim/kernel/event_queue.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace {

using namespace jobset_twin::kernel;

enum Shape : int { kExponential, kBimodal, kTied };
constexpr const char* kShapes[] = {"exponential", "bimodal", "tied"};

// Exponential; 90 % short and 10 % a thousand times longer; whole seconds, so that many events are at the same time.
const std::vector<Duration>& increments(int shape) {
  static std::map<int, std::vector<Duration>> known;
  std::vector<Duration>& drawn = known[shape];
  if (drawn.empty()) {
    constexpr std::size_t kCount = std::size_t{1} << 20;
    Stream from = stream(1, "hold");
    for (std::size_t i = 0; i < kCount; ++i) {
      switch (shape) {
        case kExponential: drawn.push_back(exponentialDuration(from, std::chrono::seconds(10))); break;
        case kBimodal:
          drawn.push_back(exponentialDuration(
              from, chance(from, 0.9) ? Duration{std::chrono::milliseconds(10)} : Duration{std::chrono::seconds(10)}));
          break;
        default: drawn.push_back(std::chrono::seconds(1 + below(from, 60)));
      }
    }
  }
  return drawn;
}

class Increments {
 public:
  explicit Increments(int shape) : drawn_(increments(shape)) {}
  Duration next() { return drawn_[index_++ & (drawn_.size() - 1)]; }

 private:
  const std::vector<Duration>& drawn_;
  std::size_t index_ = 0;
};

void describe(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(kShapes[state.range(1)]);
}

struct Closure {
  TimePoint at;
  std::function<void()> run;
  bool operator<(const Closure& other) const { return at > other.at; }
};

void priorityQueueOfFunctions(benchmark::State& state) {
  Increments delay(static_cast<int>(state.range(1)));
  std::priority_queue<Closure> queue;
  std::uint64_t sum = 0;
  std::uint64_t payload = 0;
  const auto push = [&](TimePoint now) {
    queue.push({now + delay.next(), [target = &sum, value = ++payload] { *target += value; }});
  };
  const auto hold = [&] {
    Closure next = std::move(const_cast<Closure&>(queue.top()));  // the usual trick to move out of it
    queue.pop();
    next.run();
    push(next.at);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) push(kDefaultStart);
  for (std::int64_t i = 0; i < 2 * state.range(0); ++i) hold();  // to the steady state
  for (auto _ : state) hold();
  benchmark::DoNotOptimize(sum);
  describe(state);
}

void eventQueue(benchmark::State& state) {
  Increments delay(static_cast<int>(state.range(1)));
  EventQueue queue;
  std::uint64_t sum = 0;
  Event event;
  const auto push = [&](TimePoint now) {
    event.at = now + delay.next();
    event.a = ++event.sequence;
    queue.push(event);
  };
  const auto hold = [&] {
    const Event next = queue.pop();
    sum += next.a;
    push(next.at);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) push(kDefaultStart);
  for (std::int64_t i = 0; i < 2 * state.range(0); ++i) hold();
  for (auto _ : state) hold();
  benchmark::DoNotOptimize(sum);
  describe(state);
}

// With classes, counts and the fingerprint of every event.
void wholeKernel(benchmark::State& state) {
  Increments delay(static_cast<int>(state.range(1)));
  Kernel kernel(1);
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i) kernel.scheduleAfter(delay.next(), 0, 0, ++sum);
  const auto hold = [&] {
    sum += kernel.popNext()->a;
    kernel.scheduleAfter(delay.next(), 0, 0, sum);
  };
  for (std::int64_t i = 0; i < 2 * state.range(0); ++i) hold();
  for (auto _ : state) hold();
  benchmark::DoNotOptimize(sum);
  describe(state);
}

void copyOfKernel(benchmark::State& state) {
  Increments delay(static_cast<int>(state.range(1)));
  Kernel kernel(1);
  for (std::int64_t i = 0; i < state.range(0); ++i) kernel.scheduleAfter(delay.next(), 0, 0);
  for (auto _ : state) {
    Kernel copy = kernel;
    benchmark::DoNotOptimize(copy);
  }
  describe(state);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int shape : {kExponential, kBimodal, kTied}) {
    for (const std::int64_t pending : {1'000, 100'000, 1'000'000}) benchmark->Args({pending, shape});
  }
}

BENCHMARK(priorityQueueOfFunctions)->Apply(sizes);
BENCHMARK(eventQueue)->Apply(sizes);
BENCHMARK(wholeKernel)->Apply(sizes);
BENCHMARK(copyOfKernel)->Args({100'000, kExponential})->Unit(benchmark::kMillisecond);

void fingerprintOfAnEvent(benchmark::State& state) {
  Fingerprint fingerprint;
  std::uint64_t a = 0;
  for (auto _ : state) fingerprint.event(kDefaultStart, 1, 2, ++a, 4);
  benchmark::DoNotOptimize(fingerprint);
}
BENCHMARK(fingerprintOfAnEvent);

void fingerprintOfAWrite(benchmark::State& state) {
  Fingerprint fingerprint;
  std::uint64_t a = 0;
  for (auto _ : state) fingerprint.write("Pod/default/failjobset-action-example-workers-0-17-abcde", 2, ++a, 3, 4);
  benchmark::DoNotOptimize(fingerprint);
}
BENCHMARK(fingerprintOfAWrite);

template <double (*kDraw)(Stream&)>
void draw(benchmark::State& state) {
  Stream from = stream(1, "draw");
  double sum = 0;
  for (auto _ : state) sum += kDraw(from);
  benchmark::DoNotOptimize(sum);
}
double drawUniform(Stream& from) { return uniform(from); }
double drawExponential(Stream& from) { return exponential(from, 1); }
double drawNormal(Stream& from) { return normal(from); }
double drawWeibull(Stream& from) { return weibull(from, 0.7, 1); }
double drawGamma(Stream& from) { return jobset_twin::kernel::gamma(from, 2.5, 1); }
BENCHMARK(draw<drawUniform>);
BENCHMARK(draw<drawExponential>);
BENCHMARK(draw<drawNormal>);
BENCHMARK(draw<drawWeibull>);
BENCHMARK(draw<drawGamma>);

// Keeps the times per iteration for the ratios.
class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median") continue;
      times_[run.run_name.function_name][run.run_name.args + " " + run.report_label] = run.GetAdjustedCPUTime();
    }
  }
  void print() const {
    const auto base = times_.find("priorityQueueOfFunctions");
    if (base == times_.end()) return;
    for (const char* contender : {"eventQueue", "wholeKernel"}) {
      const auto found = times_.find(contender);
      if (found == times_.end()) continue;
      for (const auto& [arguments, time] : found->second) {
        const auto same = base->second.find(arguments);
        if (same == base->second.end()) continue;
        std::printf("ratio %-12s %-24s %6.2f times as fast (%.1f ns against %.1f ns)\n", contender, arguments.c_str(),
                    same->second / time, time, same->second);
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
