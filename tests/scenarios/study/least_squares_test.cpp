#include "scenarios/study/least_squares.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::study {
namespace {

// Columns 1, 2, their sum, one that is constant within blocks; the response is 3 and -2 of the first two, more in block
// 1, and 0.5 more and less in the last two runs.
struct Data {
  Eigen::MatrixXd columns{8, 4};
  Eigen::VectorXd response{8};
  std::vector<std::size_t> block = {0, 0, 0, 0, 1, 1, 1, 1};
};

Data data() {
  Data out;
  for (Eigen::Index i = 0; i < 8; ++i) {
    const double first = i % 2 == 0 ? 10 : 12, second = i / 2 % 2 == 0 ? -1 : 1;
    out.columns.row(i) << first, second, first + second, i < 4 ? 1 : 5;
    out.response[i] = 3 * first - 2 * second + (i < 4 ? 0 : 100);
  }
  return out;
}

TEST(LeastSquares, ChoicesOfColumns) {
  const Data known = data();
  const LeastSquares all = reduceWithinBlocks(known.columns, known.response, known.block);
  EXPECT_EQ(6, all.degrees);
  EXPECT_NEAR(8 * (9 + 4), all.total, 1e-9);
  struct Case {
    std::vector<Eigen::Index> chosen;
    Eigen::Index rank;
    double residual;
  };
  const Case cases[] = {{{}, 0, 104},         {{0}, 1, 32},  {{1}, 1, 72},  {{0, 1}, 2, 0},
                        {{0, 1, 2, 3}, 2, 0}, {{3}, 0, 104}, {{2}, 1, 100}, {{2, 0}, 2, 0}};
  for (const Case& one : cases) {
    const LeastSquaresFit got = fit(all, one.chosen);
    EXPECT_EQ(one.rank, got.rank) << one.chosen.size();
    EXPECT_NEAR(one.residual, got.residual, 1e-9) << one.chosen.size();
  }
  const Eigen::VectorXd found = fit(all, {1, 3, 0}).coefficients;
  EXPECT_NEAR(-2, found[0], 1e-12);
  EXPECT_EQ(0, found[1]);
  EXPECT_NEAR(3, found[2], 1e-12);
}

// Blocks of unlike size and content: as with a parameter of its own for each block.
TEST(LeastSquares, UnlikeBlocks) {
  Eigen::MatrixXd columns(5, 1);
  columns << 1, 2, 6, 0, 4;
  Eigen::VectorXd response(5);
  response << 5, 7, 15, 100, 108;
  const LeastSquares all = reduceWithinBlocks(columns, response, {0, 0, 0, 4, 4});
  EXPECT_EQ(3, all.degrees);
  const LeastSquaresFit got = fit(all, {0});
  EXPECT_EQ(0, got.residual);
  EXPECT_NEAR(2, got.coefficients[0], 1e-12);
}

TEST(LeastSquares, MoreColumnsThanRuns) {
  Eigen::MatrixXd columns(3, 5);
  columns << 1, 0, 2, 1, 0, 0, 1, 1, 5, 0, 0, 0, 1, 2, 3;
  const Eigen::VectorXd response = Eigen::Vector3d(1, 2, 4);
  const LeastSquares all = reduceWithinBlocks(columns, response, {0, 0, 0});
  EXPECT_EQ(2, fit(all, {0, 1, 2, 3, 4}).rank);
  EXPECT_EQ(0, fit(all, {0, 1, 2, 3, 4}).residual);
  EXPECT_EQ(1, fit(all, {4}).rank);
}

// The mean of ten times 0.1 is not 0.1.
TEST(LeastSquares, RoundingIsNothing) {
  const std::vector<std::size_t> block(10, 0);
  const Eigen::VectorXd same = Eigen::VectorXd::Constant(10, 0.1);
  EXPECT_EQ(0, reduceWithinBlocks(same, same, block).total);
  EXPECT_EQ(0, fit(reduceWithinBlocks(same, Eigen::VectorXd::LinSpaced(10, 1, 10), block), {0}).rank);
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
