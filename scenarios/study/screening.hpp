// screening.hpp - which factors matter: main effects and two-way interactions of a metric, by least squares over all
// runs, with replications as blocks, since runs of one replication had the same luck. Runs may be missing.
//
// A factor is a category, coded so that its effects sum to zero over its levels; an interaction of two is the products
// of their columns. A factor is a quantity if it has numbers and more than 4 levels were seen, or, as in a Latin
// hypercube, a level for each point (and 3 or more). It is then its standardised value, so what is found is a slope:
// what bends is found by the square of that value, which is added as long as this costs no other effect and leaves
// as many points to spare as it adds parameters. Interactions of a quantity are products with its standardised value.
//
// Sums of squares are of type II: what an effect adds to a model with all others, but for interactions that contain it.
// In a balanced design this is what it adds to any model, and the shares sum up to `explained`.
//
// An effect that the design cannot tell from others is left out and named in `confounded`: an interaction that is not
// there in the points (one factor at a time), interactions of which there are too many for the points (a small Latin
// hypercube), all interactions if they would leave no residual. What they do is in the residual then, or in what they
// are confounded with. Of an interaction some of whose combinations are missing, what is left of it is tested, with
// fewer degrees of freedom.
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
  std::vector<double> numbers;  // of the levels, if they are quantities; else empty. Logarithms where ratios count.
};

struct ScreeningRun {
  std::vector<std::size_t> levels;  // of each factor
  std::size_t replication = 0;      // any number
  double value = 0;
};

// How much one factor, or two together, explain.
struct Effect {
  std::string name;         // "maxRestarts", "maxRestarts x mtbf"
  std::size_t degrees = 0;  // of freedom
  double share = 0;         // of the sum of squares within replications that it alone accounts for
  double f = 0, p = 1;      // F test against the residual; infinity and 0 if there is no residual
  // Of main effects: the largest difference between the means of two of its levels, over the levels of all others alike
  // (of a quantity, of the fitted curve, at the mean of other quantities). No levels if there is no difference at all.
  double range = 0;
  std::string least, most;  // the levels with the least and the largest mean
};

struct Screening {
  std::size_t runs = 0, residual_degrees = 0;
  double explained = 0;         // share of the sum of squares within replications, of all effects together
  std::vector<Effect> effects;  // largest share first
  std::string problem;          // not "": nothing could be fitted, and why (fewer runs than parameters, confounded)
  std::vector<std::string> confounded;  // effects that this design cannot tell from others
};
// Requires, asserted: each run has a level of each factor, values and numbers are finite.
Screening screen(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs);

}  // namespace jobset_twin::scenarios::study
