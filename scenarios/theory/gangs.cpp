#include "scenarios/theory/gangs.hpp"

#include <cmath>

#include "engine/api/check.hpp"
#include "sim/kernel/math.hpp"

namespace jobset_twin::scenarios::theory {
namespace {

constexpr double kHoursPerThousandDays = 24000;

double normalShare(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }
double normalDensity(double z) { return kernel::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)); }

}  // namespace

SlowestFigures slowestExponential(int n) {
  double mean = 0, variance = 0;
  for (int k = n; k >= 1; --k) {  // small terms first
    mean += 1.0 / k;
    variance += 1.0 / k / k;
  }
  return {mean, std::sqrt(variance)};
}

double slowestExponentialQuantile(int n, double share) { return -kernel::log(-std::expm1(kernel::log(share) / n)); }

double slowestOfNormals(int n, const std::function<double(double)>& transform) {
  // Simpson over what matters of n phi(z) Phi(z)^(n-1) transform(z): both tails are far below the rounding of the sum.
  constexpr double kFrom = -12, kTo = 18;
  constexpr int kSteps = 60'000;
  constexpr double kStep = (kTo - kFrom) / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = kFrom + i * kStep;
    const double below = normalShare(z);
    if (!(below > 0)) continue;
    const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * n * normalDensity(z) * kernel::exp((n - 1) * std::log(below)) * transform(z);
  }
  return sum * kStep / 3;
}

double slowestLognormal(int n, double sigma) {
  return slowestOfNormals(n, [&](double z) { return kernel::exp(sigma * z); });
}

double slowestWeibull(int n, double shape) {
  // -log(1 - Phi(z)) is exponential; from the other tail, where it loses no digits.
  return slowestOfNormals(n, [&](double z) { return std::pow(-std::log(normalShare(-z)), 1 / shape); });
}

double firstFailureWeibull(int n, double shape) { return std::pow(n, -1 / shape) * std::tgamma(1 + 1 / shape); }

double gangFailureRate(int nodes, double per_thousand_node_days) {
  return nodes * per_thousand_node_days / kHoursPerThousandDays;
}

double gangSurvival(int nodes, double per_thousand_node_days, double hours) {
  return kernel::exp(-gangFailureRate(nodes, per_thousand_node_days) * hours);
}

RestartFigures restartFromScratch(double work, double failure_rate, double restart) {
  const double load = work * failure_rate, failures = std::expm1(load), attempts = failures + 1;
  RestartFigures out;
  out.failures = failures;
  out.mean = (1 / failure_rate + restart) * failures;
  out.deviation = std::sqrt(attempts * attempts - 2 * load * attempts - 1) / failure_rate;
  return out;
}

double completesWithin(int max_restarts, double work, double failure_rate) {
  const double fails = -std::expm1(-work * failure_rate);
  return 1 - std::pow(fails, max_restarts + 1);
}

double youngInterval(const CheckpointCase& which) { return std::sqrt(2 * which.write * which.mttf); }

double dalyInterval(const CheckpointCase& which) {
  if (which.write >= 2 * which.mttf) return which.mttf;
  const double ratio = which.write / (2 * which.mttf);
  return youngInterval(which) * (1 + std::sqrt(ratio) / 3 + ratio / 9) - which.write;
}

double bestInterval(const CheckpointCase& which) {
  // (1 - t/M) e^((t+d)/M) = 1 has one root in (0, M): the left side falls from e^(d/M) to 0.
  TWIN_ASSERT(which.mttf > 0 && which.write > 0, "a case with a cost", which.mttf, which.write);
  double low = 0, high = which.mttf;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = (low + high) / 2;
    const double left = std::log1p(-middle / which.mttf) + (middle + which.write) / which.mttf;
    (left > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

double checkpointedTime(const CheckpointCase& which, double interval, double work) {
  const double m = which.mttf;
  return m * kernel::exp(which.restart / m) * std::expm1((interval + which.write) / m) * work / interval;
}

double checkpointedRun(const CheckpointCase& which, double interval, double work) {
  const double m = which.mttf, written = std::ceil(work / interval) - 1;
  if (written <= 0) return m * std::expm1(work / m);
  const double one = m * std::expm1((interval + which.write) / m),
               last = m * std::expm1((work - written * interval) / m);
  return one + kernel::exp(which.restart / m) * ((written - 1) * one + last);
}

}  // namespace jobset_twin::scenarios::theory
