// compare.hpp - two results of the same study, of two versions of the program or of a scenario: what moved beyond
// noise, and what moved further than it may.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/study/results.hpp"
#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

// How far the mean of a metric may move towards the worse: relative to the mean of A, or in the metric's own unit.
struct Tolerance {
  double amount = 0;
  bool relative = true;
};

struct Tolerances {
  std::optional<Tolerance> all;
  std::map<std::string, Tolerance> metrics;
  bool any_direction = false;  // towards the better, too
  std::optional<Tolerance> of(const std::string& metric) const;
  bool given() const { return all || !metrics.empty(); }
};
// "5%", "makespan=2%", "makespan=30s", "restarts=0.5". The error says what is wrong with it.
api::Result<std::pair<std::string, Tolerance>> parseTolerance(const std::string& text);

struct Moved {
  std::string label, metric;
  double before = 0, after = 0;  // means
  Difference difference;         // of the runs that both have the seeds of; of all runs if they share none
  bool paired = false;
  bool beyond_noise = false;
  bool worse = false;     // by the metric's direction; false for those without
  bool exceeded = false;  // beyond noise, and beyond the tolerance
};

struct Comparison {
  std::vector<Moved> rows;                  // of every metric that both have, of every alternative that both have
  std::vector<std::string> only_a, only_b;  // labels
  std::size_t equal_runs = 0,
              same_seeds = 0;  // of runs with the same alternative and seed: those with equal fingerprints
};
// metrics: only these; empty: all.
Comparison compare(const Results& a, const Results& b, const Tolerances& tolerances,
                   const std::vector<std::string>& metrics);

}  // namespace jobset_twin::scenarios::study
