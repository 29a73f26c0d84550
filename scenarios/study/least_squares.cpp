#include "scenarios/study/least_squares.hpp"

#include <algorithm>
#include <limits>

#include <Eigen/QR>

#include "engine/api/check.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using Eigen::Index;

// A column is nothing, or depends on others, if what is left of it is smaller than this part of it. Designs either
// have such a dependency or are far from it.
constexpr double kNothing = 1e-9;

Index blockCount(const std::vector<std::size_t>& block) {
  std::vector<std::size_t> found = block;
  std::sort(found.begin(), found.end());
  return std::unique(found.begin(), found.end()) - found.begin();
}

void takeOutMeans(Eigen::MatrixXd& table, const std::vector<std::size_t>& block) {
  const Index blocks = block.empty() ? 0 : static_cast<Index>(*std::max_element(block.begin(), block.end())) + 1;
  Eigen::MatrixXd means = Eigen::MatrixXd::Zero(blocks, table.cols());
  Eigen::VectorXd counts = Eigen::VectorXd::Zero(blocks);
  for (Index row = 0; row < table.rows(); ++row) {
    const auto at = static_cast<Index>(block[static_cast<std::size_t>(row)]);
    means.row(at) += table.row(row);
    counts[at] += 1;
  }
  for (Index at = 0; at < blocks; ++at) means.row(at) /= std::max(counts[at], 1.0);
  for (Index row = 0; row < table.rows(); ++row) {
    table.row(row) -= means.row(static_cast<Index>(block[static_cast<std::size_t>(row)]));
  }
}

}  // namespace

LeastSquares reduceWithinBlocks(const Eigen::MatrixXd& columns, const Eigen::VectorXd& response,
                                const std::vector<std::size_t>& block) {
  const Index runs = columns.rows(), count = columns.cols();
  TWIN_ASSERT(response.size() == runs && block.size() == static_cast<std::size_t>(runs), "a row of each", runs,
              response.size(), block.size());
  LeastSquares out;
  out.scales = Eigen::VectorXd::Zero(count);
  out.columns = Eigen::MatrixXd::Zero(0, count);
  if (runs == 0) return out;
  Eigen::MatrixXd table(runs, count + 1);
  table << columns, response;
  takeOutMeans(table, block);
  for (Index i = 0; i < count; ++i) {
    out.scales[i] = table.col(i).norm();
    if (out.scales[i] <= kNothing * columns.col(i).norm()) out.scales[i] = 0;
    table.col(i) = out.scales[i] == 0 ? Eigen::VectorXd::Zero(runs) : Eigen::VectorXd(table.col(i) / out.scales[i]);
  }
  const double digit = 64 * std::numeric_limits<double>::epsilon() * response.cwiseAbs().maxCoeff();
  out.rounding = static_cast<double>(runs) * digit * digit;
  out.total = table.col(count).squaredNorm();
  if (out.total <= out.rounding) out.total = 0;
  out.degrees = runs - blockCount(block);
  const Index rows = std::min(runs, count + 1);
  const Eigen::HouseholderQR<Eigen::MatrixXd> turned(table);
  const Eigen::MatrixXd triangle = turned.matrixQR().topRows(rows).triangularView<Eigen::Upper>();
  out.columns = triangle.leftCols(count);
  out.response = triangle.col(count);
  return out;
}

LeastSquaresFit fit(const LeastSquares& all, const std::vector<Index>& chosen) {
  LeastSquaresFit out;
  out.coefficients = Eigen::VectorXd::Zero(static_cast<Index>(chosen.size()));
  Eigen::VectorXd turned = all.response;
  if (!chosen.empty() && all.columns.rows() > 0) {
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr;
    qr.setThreshold(kNothing);
    qr.compute(all.columns(Eigen::all, chosen));
    out.rank = qr.rank();
    turned.applyOnTheLeft(qr.householderQ().adjoint());
    const Eigen::VectorXd found =
        qr.matrixR().topLeftCorner(out.rank, out.rank).triangularView<Eigen::Upper>().solve(turned.head(out.rank));
    for (Index i = 0; i < out.rank; ++i) {
      const Index at = qr.colsPermutation().indices()[i];
      out.coefficients[at] = found[i] / all.scales[chosen[static_cast<std::size_t>(at)]];
    }
  }
  out.residual = turned.tail(turned.size() - out.rank).squaredNorm();
  if (out.residual <= all.rounding) out.residual = 0;
  return out;
}

}  // namespace jobset_twin::scenarios::study
