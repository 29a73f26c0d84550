// settings.hpp - which values of a plan's settings are best, by successive halving: all combinations have a few runs
// with the same luck, the worse half is dropped, the rest has twice as many, until one is left or the runs are spent.
// Then the best is compared with each other one by pairs; those whose difference is within the noise are not said to be
// worse.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/planning/verdict.hpp"
#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::planning {

struct Combination {
  std::vector<std::size_t> values;  // of each setting
  std::string text;                 // "checkpoint interval 1h, maxRestarts 3"
  std::vector<Observed> runs;
  double merit = 0;           // mean over the runs
  std::size_t round = 0;      // it was dropped in; 0: it was not
  study::Difference to_best;  // best - this one, in merit, by pairs
  bool separated = false;     // it was shown to be worse
};

struct SettingsResult {
  std::vector<Combination> combinations;  // best first
  std::size_t runs = 0;                   // of each that was left at the end
};

// Runs combination `index` with the seeds from `first` on, `count` of them. Fewer come back when it was stopped.
using RunCombination = std::function<std::vector<Observed>(std::size_t index, std::size_t first, std::size_t count)>;

SettingsResult chooseSettings(std::vector<Combination> combinations, const RunCombination& run, std::size_t most_runs,
                              double confidence);

}  // namespace jobset_twin::scenarios::planning
