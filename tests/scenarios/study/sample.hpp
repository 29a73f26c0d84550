// sample.hpp - a study with made-up runs, whose results can be computed by hand.
#pragma once

#include <string>
#include <vector>

#include "scenarios/study/results.hpp"
#include "scenarios/study/sweep.hpp"

namespace jobset_twin::scenarios::study {

// Two alternatives, a and b. The makespan of a is 100 s and some luck of the replication, that of b 10 s less; restarts
// are 2 and 1. With a seed that is a multiple of 10 a fails.
inline RunFigures sampleFigures(const Task& task) {
  RunFigures out;
  out.seed = task.seed;
  out.events = 10;
  out.fingerprint = std::to_string(task.point) + "/" + std::to_string(task.seed);
  out.end_reason = "finished";
  const double luck = static_cast<double>(task.seed * 37 % 20);
  const bool failed = task.point == 0 && task.seed % 10 == 0;
  out.metrics = {{"completed", failed ? 0 : 1}, {"failed", failed ? 1 : 0}};
  if (!failed) out.metrics.emplace_back("makespan", 100 + luck - 10 * task.point);
  out.metrics.emplace_back("restarts", 2.0 - task.point);
  return out;
}

inline Study sampleStudy(std::uint32_t replications) {
  Study out;
  out.name = "sample";
  out.replications = {replications, replications, {}};
  out.metrics = {"completed", "makespan", "restarts"};
  return out;
}

inline Results emptySample() {
  Results out;
  out.study = "sample";
  out.hash = "0123456789abcdef";
  out.version = "1";
  out.text = "kind: Study\n";
  out.factors = {"policy"};
  out.points = {{"a", {"a"}, {std::nullopt}, "run a.yaml"}, {"b", {"b"}, {std::nullopt}, "run b.yaml --set 'x=\"1\"'"}};
  return out;
}

// One after the other, here.
inline Farm plainFarm() {
  return [](const std::vector<Task>& tasks, const Work& work, const FarmHooks& hooks) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (hooks.stopped && hooks.stopped()) return;
      hooks.done(i, {work(tasks[i]), ""});
    }
  };
}

inline Results sampleResults(std::uint32_t replications, Shard shard = {}) {
  Results out = emptySample();
  sweep(sampleStudy(replications), sampleFigures, plainFarm(), shard, {}, out);
  return out;
}

}  // namespace jobset_twin::scenarios::study
