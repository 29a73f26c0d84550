#include "sim/kernel/variates.hpp"

#include <cmath>

#include "sim/kernel/check.hpp"
#include "sim/kernel/math.hpp"

namespace jobset_twin::kernel {
namespace {

// At least `limit`, and neither infinite nor nan.
bool finiteFrom(double limit, double value) { return value >= limit && value - value == 0; }

double count(Duration duration) { return static_cast<double>(duration.count()); }

Duration nonNegative(double nanoseconds) { return saturatingDuration(nanoseconds > 0 ? nanoseconds : 0); }

}  // namespace

double uniform(Stream& from, double low, double high) {
  TWIN_ASSERT(low <= high && high - low < HUGE_VAL, "uniform: bad bounds", low, high);
  const double value = low + (high - low) * uniform(from);
  return value < high ? value : high;
}

double exponential(Stream& from, double mean) {
  TWIN_ASSERT(finiteFrom(0, mean), "exponential: bad mean", mean);
  return -mean * log(uniformOpen(from));
}

double normal(Stream& from, double mean, double deviation) {
  TWIN_ASSERT(finiteFrom(0, deviation), "normal: bad deviation", deviation);
  return mean + deviation * normalQuantile(uniformOpen(from));
}

double lognormal(Stream& from, double median, double sigma) {
  TWIN_ASSERT(finiteFrom(0, median) && finiteFrom(0, sigma), "lognormal: bad parameters", median, sigma);
  const double factor = exp(sigma * normalQuantile(uniformOpen(from)));
  return median == 0 ? 0 : median * factor;
}

double weibull(Stream& from, double shape, double scale) {
  TWIN_ASSERT(shape > 0 && finiteFrom(0, shape) && finiteFrom(0, scale), "weibull: bad parameters", shape, scale);
  const double factor = pow(-log(uniformOpen(from)), 1 / shape);
  return scale == 0 ? 0 : scale * factor;
}

// Source: Marsaglia, Tsang: A Simple Method for Generating Gamma Variables, ACM TOMS 26(3), 2000.
double gamma(Stream& from, double shape, double scale) {
  TWIN_ASSERT(shape > 0 && finiteFrom(0, shape) && finiteFrom(0, scale), "gamma: bad parameters", shape, scale);
  double boost = 1;
  if (shape < 1) {
    boost = pow(uniformOpen(from), 1 / shape);
    shape += 1;
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1 / (3 * std::sqrt(d));
  for (;;) {
    const double x = normal(from);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (log(uniformOpen(from)) < 0.5 * x * x + d - d * v + d * log(v)) return scale * (boost * d * v);
  }
}

Duration saturatingDuration(double nanoseconds) {
  TWIN_ASSERT(nanoseconds == nanoseconds, "a duration that is not a number");
  if (nanoseconds >= 0x1p63) return Duration::max();
  if (nanoseconds < -0x1p63) return Duration::min();
  return Duration{static_cast<std::int64_t>(nanoseconds)};
}

Duration uniformDuration(Stream& from, Duration low, Duration high) {
  TWIN_ASSERT(Duration::zero() <= low && low <= high, "uniform duration: bad bounds", low, high);
  const auto choices = static_cast<std::uint64_t>((high - low).count()) + 1;
  return low + Duration{static_cast<std::int64_t>(below(from, choices))};
}

Duration exponentialDuration(Stream& from, Duration mean) { return nonNegative(exponential(from, count(mean))); }

Duration normalDuration(Stream& from, Duration mean, Duration deviation) {
  return nonNegative(normal(from, count(mean), count(deviation)));
}

Duration lognormalDuration(Stream& from, Duration median, double sigma) {
  return nonNegative(lognormal(from, count(median), sigma));
}

Duration weibullDuration(Stream& from, double shape, Duration scale) {
  return nonNegative(weibull(from, shape, count(scale)));
}

Duration gammaDuration(Stream& from, double shape, Duration scale) {
  return nonNegative(gamma(from, shape, count(scale)));
}

}  // namespace jobset_twin::kernel
