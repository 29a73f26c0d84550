// screening.hpp - which factors matter: main effects and two-way interactions of a metric, by least squares over all
// runs (Eigen), with replications as blocks, since runs of one replication had the same luck.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

struct ScreeningFactor {
  std::string name;
  std::vector<std::string> levels;
  std::vector<double> numbers;  // of the levels, if the factor is a quantity; else empty
};

struct ScreeningRun {
  std::vector<std::size_t> levels;  // of each factor
  std::size_t replication = 0;
  double value = 0;
};

// How much one factor, or two together, explain.
struct Effect {
  std::string name;         // "maxRestarts", "maxRestarts x mtbf"
  std::size_t degrees = 0;  // of freedom
  double share = 0;         // of the sum of squares within replications that it alone accounts for
  double f = 0, p = 1;      // F test against the residual
  // The largest difference between the means of two of its levels, others held: of main effects.
  double range = 0;
  std::string least, most;  // the levels with the least and the largest mean
};

struct Screening {
  std::size_t runs = 0, residual_degrees = 0;
  double explained = 0;         // share of the sum of squares within replications
  std::vector<Effect> effects;  // largest share first
  std::string problem;          // not "": nothing could be fitted, and why (fewer runs than parameters, confounded)
  std::vector<std::string> confounded;  // effects that this design cannot tell from others
};
Screening screen(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs);

}  // namespace jobset_twin::scenarios::study
