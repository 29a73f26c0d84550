#include "scenarios/planning/spares.hpp"

#include <cmath>
#include <numeric>

#include <Eigen/Dense>
#include <boost/math/distributions/binomial.hpp>

#include "engine/api/check.hpp"
#include "engine/api/time.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using Kind = TimeDistribution::Kind;

}  // namespace

std::int32_t binomialSpares(std::int32_t nodes, double down, double share) {
  TWIN_ASSERT(nodes >= 0 && down >= 0 && down < 1 && share > 0 && share < 1, "a share of nodes", nodes, down, share);
  const boost::math::binomial_distribution<double> failed(nodes, down);
  std::int32_t spares = 0;
  while (spares < nodes && boost::math::cdf(failed, spares) < share) ++spares;
  return spares;
}

double lastsWith(std::int32_t spares, std::int32_t nodes, double mtbf, double repair, double period) {
  // The number of nodes that are down as a Markov chain on 0..spares, which it leaves for good; uniformised, so that
  // all that is added up is positive. The law of the repair matters little as long as many repairs overlap.
  const auto states = static_cast<Eigen::Index>(spares) + 1;
  Eigen::MatrixXd jump = Eigen::MatrixXd::Zero(states, states);
  const auto failures = [&](Eigen::Index down) { return static_cast<double>(nodes + spares - down) / mtbf; };
  const double fastest = failures(0) + static_cast<double>(spares) / repair;
  for (Eigen::Index down = 0; down < states; ++down) {
    const double fails = failures(down), repaired = static_cast<double>(down) / repair;
    if (down + 1 < states) jump(down, down + 1) = fails / fastest;
    if (down > 0) jump(down, down - 1) = repaired / fastest;
    jump(down, down) = 1 - (fails + repaired) / fastest;
  }
  // exp of a short time by its series, then squared until it is the whole.
  int doublings = 0;
  double time = fastest * period;
  for (; time > 0.5; time /= 2) ++doublings;
  Eigen::MatrixXd term = Eigen::MatrixXd::Identity(states, states) * std::exp(-time), sum = term;
  for (int k = 1; k <= 20; ++k) {
    term = term * jump * (time / k);
    sum += term;
  }
  for (; doublings > 0; --doublings) sum = (sum * sum).eval();
  return sum.row(0).sum();
}

std::int32_t periodSpares(std::int32_t nodes, double mtbf, double repair, double period, double share) {
  std::int32_t spares = 0;
  while (spares < nodes && lastsWith(spares, nodes, mtbf, repair, period) < share) ++spares;
  return spares;
}

double meanSeconds(const TimeDistribution& law) {
  switch (law.kind) {
    case Kind::kConstant: return api::secondsOf(law.a);
    case Kind::kUniform: return (api::secondsOf(law.a) + api::secondsOf(law.b)) / 2;
    case Kind::kExponential: return api::secondsOf(law.a);
    case Kind::kLognormal: return api::secondsOf(law.a) * std::exp(law.sigma * law.sigma / 2);
    case Kind::kWeibull: return api::secondsOf(law.a) * std::tgamma(1 + 1 / law.sigma);
    case Kind::kGamma: return api::secondsOf(law.a) * law.sigma;
    case Kind::kEmpirical:
      return std::accumulate(law.measured->begin(), law.measured->end(), 0.0,
                             [](double sum, Duration time) { return sum + api::secondsOf(time); }) /
             static_cast<double>(law.measured->size());
  }
  return 0;
}

double availabilityOf(const NodeType& type, Duration period) {
  if (!type.fails) return 1;
  const double up = meanSeconds(*type.fails);
  if (!type.repair) {  // fewer and fewer: on average over the period
    const double times = api::secondsOf(period) / up;
    return times > 0 ? -std::expm1(-times) / times : 1;
  }
  return up / (up + meanSeconds(*type.repair));
}

std::int32_t sparesOf(const NodeType& type) {
  TWIN_ASSERT(type.spares.has_value(), "a rule for spares", type.pool.name);
  const SpareRule& rule = *type.spares;
  if (rule.period)
    return periodSpares(type.least, meanSeconds(*type.fails), meanSeconds(*type.repair), api::secondsOf(*rule.period),
                        rule.share);
  return binomialSpares(type.least, rule.down.value_or(1 - availabilityOf(type)), rule.share);
}

}  // namespace jobset_twin::scenarios::planning
