// sweep.cpp - many runs: a thousand of the catalogue's log analysis by a hundred workers (two of them die), spread over
// two processes by the farm of `whatif`; against two separate processes that know nothing of each other and do half of
// the runs each. The ratio of the two is what handing out and collecting costs.
//
// Wall-clock time, so the machine should have two processors to spare.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/study/alternatives.hpp"
#include "scenarios/study/farm.hpp"

namespace {

using namespace jobset_twin;
using namespace scenarios::study;
using Clock = std::chrono::steady_clock;

constexpr const char* kScenario = TWIN_SOURCE_DIR "/scenarios/catalogue/log-analysis.yaml";

std::optional<std::string> readFile(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

double seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

std::vector<Task> tasks(std::uint64_t from, std::uint64_t count) {
  std::vector<Task> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back({0, from + i});
  return out;
}

double byFarm(unsigned workers, std::uint64_t runs, const Work& work, std::vector<std::string>& fingerprints) {
  fingerprints.assign(runs, "");
  FarmHooks hooks;
  hooks.done = [&](std::size_t task, Finished finished) {
    if (!finished.problem.empty()) std::fprintf(stderr, "run %zu: %s\n", task, finished.problem.c_str());
    fingerprints[task] = finished.figures.fingerprint;
  };
  const Clock::time_point from = Clock::now();
  processFarm(workers)(tasks(1, runs), work, hooks);
  return seconds(from);
}

// Each child runs its half, alone; the time is that of the slower one.
double apart(unsigned count, std::uint64_t runs, const Work& work) {
  const Clock::time_point from = Clock::now();
  std::vector<pid_t> children;
  for (unsigned i = 0; i < count; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (const Task& task : tasks(1 + i * runs / count, runs / count)) work(task);
      _exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  return seconds(from);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t runs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  constexpr unsigned kWorkers = 2;
  constexpr int kRounds = 3;
  std::vector<Point> points(1);
  points[0].base.files = {kScenario};
  if (!loadPoint(points[0], readFile).errors.empty()) {
    std::fprintf(stderr, "sweep: %s cannot be loaded\n", kScenario);
    return 1;
  }
  const Work work = workOf(points, {}, readFile);
  std::vector<std::string> one, two;
  double together = 1e18, separate = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    const double a = apart(kWorkers, runs, work), f = byFarm(kWorkers, runs, work, two);
    fmt::print("round {}: {} runs, {} separate processes {:.2f} s, farm of {} workers {:.2f} s, ratio {:.3f}\n",
               round + 1, runs, kWorkers, a, kWorkers, f, a / f);
    separate = std::min(separate, a);
    together = std::min(together, f);
  }
  byFarm(1, runs / 10, work, one);
  two.resize(runs / 10);
  fmt::print("least times: {:.2f} s and {:.2f} s; the farm gives {:.3f} of what separate processes give\n", separate,
             together, separate / together);
  fmt::print("{:.1f} ms a run and processor; the first {} runs are {} with one worker\n",
             1000 * together * kWorkers / static_cast<double>(runs), one.size(), one == two ? "the same" : "OTHERS");
  return one == two ? 0 : 1;
}
