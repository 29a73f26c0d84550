// least_squares.hpp - a response fitted to chosen columns by least squares, within blocks: rank, residual sum of
// squares and coefficients of any choice of the columns. The means of the blocks are taken out of response and columns,
// which comes to the same as a parameter for each block, whether or not the blocks are alike (theorem of Frisch, Waugh
// and Lovell). All is reduced to a triangle once, by Householder's QR, so that a choice costs by columns, not by runs.
#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

namespace jobset_twin::scenarios::study {

struct LeastSquares {
  Eigen::MatrixXd columns;   // the triangle, its columns scaled to length 1; 0 for one that is constant within blocks
  Eigen::VectorXd response;  // turned with it
  Eigen::VectorXd scales;    // what the columns were divided by
  double total = 0;          // sum of squares of the response; 0 if it is rounding only
  double rounding = 0;       // a sum of squares up to this is rounding
  Eigen::Index degrees = 0;  // runs less blocks
};

// Each row is a run; `block` says of which block, by numbers from 0. Requires: as many of all three (asserted).
LeastSquares reduceWithinBlocks(const Eigen::MatrixXd& columns, const Eigen::VectorXd& response,
                                const std::vector<std::size_t>& block);

struct LeastSquaresFit {
  Eigen::Index rank = 0;
  double residual = 0;           // sum of squares; 0 if it is rounding only
  Eigen::VectorXd coefficients;  // of the chosen columns, in their order; 0 for one that depends on others
};
LeastSquaresFit fit(const LeastSquares& all, const std::vector<Eigen::Index>& chosen);

}  // namespace jobset_twin::scenarios::study
