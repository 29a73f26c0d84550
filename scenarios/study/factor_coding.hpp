// factor_coding.hpp - factors as columns of numbers for a linear model: what screening.hpp says of categories and
// quantities.
#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include "scenarios/study/screening.hpp"

namespace jobset_twin::scenarios::study {

struct FactorCoding {
  Eigen::MatrixXd by_level;  // a row for each level, also for one that was not seen: that has no meaning then
  Eigen::Index plain = 0;  // so many columns, from the first, are the factor; what is left is the square of a quantity
};

// By factor. One of which only one level was seen has no columns.
std::vector<FactorCoding> codingsOf(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs);

// How many different points the runs are of.
std::size_t pointsOf(const std::vector<ScreeningRun>& runs);

}  // namespace jobset_twin::scenarios::study
