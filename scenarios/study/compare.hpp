// compare.hpp - two results of the same study, of two versions of the program or of a scenario: what moved beyond
// noise, what moved further than it may, and what B no longer has.
//
// A mean says nothing of runs that have no value: where nothing completes there is no makespan that could have got
// worse. So what has a tolerance must also be there as often as before.
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
// "5%", "makespan=2%", "makespan=30s" where the metric is a time, "restarts=0.5". The error says what is wrong with it.
api::Result<std::pair<std::string, Tolerance>> parseTolerance(const std::string& text);

// The runs of one of the two that a metric could have a value in, and those that have one.
struct Presence {
  std::size_t runs = 0, have = 0;
};

struct Moved {
  std::string label, metric;
  std::optional<double> before, after;  // means
  Presence in_a, in_b;                  // if paired: of the runs that both have the seeds of
  Difference difference;                // of the runs that both have the seeds of; of all runs if they share none
  bool paired = false;
  bool beyond_noise = false;
  bool worse = false;     // by the metric's direction; false for those without
  bool fewer = false;     // fewer runs of B have it; if not paired: beyond noise, or too few are left to judge
  bool exceeded = false;  // it has a tolerance, and is beyond noise and beyond that
};

struct RunCounts {
  std::string label;
  std::size_t in_a = 0, in_b = 0;
};

struct Comparison {
  std::vector<Moved> rows;                  // of every metric that one of them has, of alternatives that both have
  std::vector<std::string> only_a, only_b;  // labels
  std::vector<RunCounts> broken;            // of alternatives that both have, where a run of one of them broke
  std::vector<RunCounts> uneven;            // of alternatives that both have, where one has fewer runs to compare
  std::size_t equal_runs = 0,
              same_seeds = 0;  // of runs with the same alternative and seed: those with equal fingerprints
  // What tolerances do not allow besides means that moved, in words: alternatives and values that B lacks, runs that
  // broke.
  std::vector<std::string> lost;
};
// metrics: only these; empty: all.
Comparison compare(const Results& a, const Results& b, const Tolerances& tolerances,
                   const std::vector<std::string>& metrics);

}  // namespace jobset_twin::scenarios::study
