// verdict.hpp - whether runs of a candidate show that it meets the service levels, that it misses one, or neither yet.
//
// The share of JobSets that reach a level is a ratio over independent runs: its interval is Student's, on the runs'
// sums. With few runs that all went alike this interval is too narrow, so it is never taken narrower than the exact
// binomial one (Clopper, Pearson) over all JobSets. That is still too narrow where all JobSets of a run share its luck:
// so the answer is confirmed by other runs, so many that even one share of bad runs too many would have shown
// (confirmingRuns). Looking again after more runs is paid for: the chance to be wrong is divided among the looks.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::planning {

// Of the JobSets that one run judged by a level.
struct Tally {
  std::uint64_t met = 0, judged = 0;
};

// What one run showed.
struct Observed {
  std::vector<Tally> levels;     // of each level of the plan
  double merit = 0;              // what settings are compared by: more is better (trials.hpp)
  std::vector<double> held;      // hours that a JobSet of each workload held its nodes, on average; 0: none ended
  std::uint64_t unfinished = 0;  // JobSets that had not ended when the run did
};

enum class Finding : std::uint8_t { kMet, kMissed, kOpen };

struct LevelFinding {
  double wanted = 0, share = 0;
  study::Interval interval;
  std::uint64_t met = 0, judged = 0;
  Finding finding = Finding::kOpen;
  double margin() const { return share - wanted; }
};
// confidence: of the interval's lower and upper end.
LevelFinding judgeLevel(double wanted, const std::vector<Tally>& runs, double of_lower, double of_upper);

struct Judgement {
  Finding finding = Finding::kOpen;
  std::vector<LevelFinding> levels;
  std::size_t runs = 0;
  // The level that is furthest below, or closest above, what is wanted. Requires: levels.
  std::size_t worst() const;
};
// All levels must be met, and one is enough to miss: the chance to be wrong there is divided among the levels.
Judgement judge(const std::vector<double>& wanted, const std::vector<Observed>& runs, double confidence);

// How many runs are made before each look: 4, 8, 16, … up to `most`.
std::vector<std::size_t> looks(std::size_t most);
// If so many runs all go well, no more than 1 - wanted of all runs go otherwise: at this confidence.
std::size_t confirmingRuns(double wanted, double confidence);
// Of each look, so that all together have `confidence`.
double lookConfidence(double confidence, std::size_t number_of_looks);

}  // namespace jobset_twin::scenarios::planning
