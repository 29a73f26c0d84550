#include "sim/kernel/math.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace jobset_twin::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// log(2) in two parts; the first has 42 bits, so its product with an exponent is exact.
constexpr double kLog2High = 0x1.62e42fefa3800p-1;
constexpr double kLog2Low = 0x1.ef35793c76730p-45;

// An unevaluated sum, |low| far below |high|: about 106 bits. Sums and products: Dekker, A Floating-Point Technique for
// Extending the Available Precision, 1971.
struct Pair {
  double high;
  double low;
};

Pair sum(double a, double b) {
  const double high = a + b;
  const double part = high - a;
  return {high, (a - (high - part)) + (b - part)};
}

Pair renormalised(double high, double low) {  // requires |high| >= |low|
  const double total = high + low;
  return {total, low - (total - high)};
}

Pair split(double a) {
  const double scaled = 134217729.0 * a;  // 2^27 + 1
  const double high = scaled - (scaled - a);
  return {high, a - high};
}

Pair product(double a, double b) {
  const double high = a * b;
  const Pair x = split(a);
  const Pair y = split(b);
  return {high, ((x.high * y.high - high) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

Pair product(Pair a, Pair b) {
  const Pair main = product(a.high, b.high);
  return renormalised(main.high, main.low + (a.high * b.low + a.low * b.high));
}

template <int kSize>
double polynomial(const double (&coefficients)[kSize], double x) {  // highest power first
  double value = 0;
  for (const double coefficient : coefficients) value = value * x + coefficient;
  return value;
}

// log(x) for positive finite x, relative error about 2^-64.
// x = 2^k m, m in [sqrt(1/2), sqrt(2)); with s = (m - 1) / (m + 1) and z = s^2 < 0.0295,
// log m = 2 s (1 + z/3 + z^2 (1/5 + z/7 + ...)); s, z and z/3 as pairs, the rest plain.
Pair logPair(double x) {
  constexpr std::uint64_t kFraction = (std::uint64_t{1} << 52) - 1;
  int k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  const auto image = std::bit_cast<std::uint64_t>(x);
  k += static_cast<int>(image >> 52) - 1023;
  double m = std::bit_cast<double>((image & kFraction) | (std::uint64_t{1023} << 52));
  if (m >= 0x1.6a09e667f3bcdp+0) {  // sqrt(2)
    m *= 0.5;
    ++k;
  }
  const double f = m - 1;  // exact
  const Pair d = sum(m, 1);
  const double s_high = f / d.high;
  const Pair back = product(s_high, d.high);
  const Pair s{s_high, (((f - back.high) - back.low) - s_high * d.low) / d.high};

  const Pair z = product(s, s);
  const Pair third = product(z, Pair{0x1.5555555555555p-2, 0x1.5555555555555p-56});
  const double y = z.high;
  constexpr double kTail[] = {1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15,
                              1.0 / 13, 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5};
  const double tail = polynomial(kTail, y);
  const Pair factor = sum(third.high, y * y * tail);
  const Pair rest = product(s, renormalised(factor.high, factor.low + third.low));
  const Pair half = sum(s.high, rest.high);
  const Pair log_m = renormalised(2 * half.high, 2 * (half.low + (s.low + rest.low)));

  const double exponent = k;
  const Pair total = sum(exponent * kLog2High, log_m.high);
  return renormalised(total.high, total.low + (log_m.low + exponent * kLog2Low));
}

double powerOfTwo(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }

// exp(x.high + x.low). With k = round(x / log 2) and r = x - k log 2, |r| < 0.347,
// exp x = 2^k (1 + r + r^2 (1/2 + r/6 + ...)).
double expPair(Pair x) {
  if (x.high > 710) return kInfinity;
  if (x.high < -746) return 0;
  constexpr double kRound = 0x1.8p52;  // adding and subtracting it rounds to an integer
  const double k = (x.high * 0x1.71547652b82fep+0 + kRound) - kRound;
  const Pair r = sum(x.high - k * kLog2High, x.low - k * kLog2Low);  // the difference is exact
  constexpr double kSeries[] = {1.0 / 87178291200, 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                1.0 / 362880,      1.0 / 40320,      1.0 / 5040,      1.0 / 720,      1.0 / 120,
                                1.0 / 24,          1.0 / 6,          1.0 / 2};  // 1/14! ... 1/2!
  const double series = polynomial(kSeries, r.high);
  const Pair one = sum(1, r.high);
  const double value = one.high + (one.low + (r.low + r.low * r.high + r.high * r.high * series));
  const int scale = static_cast<int>(k);
  if (scale > 1023) return value * 0x1p1023 * powerOfTwo(scale - 1023);
  if (scale < -1021) return value * powerOfTwo(scale + 100) * 0x1p-100;
  return value * powerOfTwo(scale);
}

enum class Parity { kNotInteger, kEven, kOdd };

Parity parity(double y) {  // y finite
  const double size = y < 0 ? -y : y;
  if (size >= 0x1p53) return Parity::kEven;
  const auto whole = static_cast<std::int64_t>(size);
  if (static_cast<double>(whole) != size) return Parity::kNotInteger;
  return (whole & 1) != 0 ? Parity::kOdd : Parity::kEven;
}

bool isNegative(double x) { return (std::bit_cast<std::uint64_t>(x) >> 63) != 0; }

}  // namespace

double log(double x) {
  if (x != x) return x;
  if (x == 0) return -kInfinity;
  if (x < 0) return kNan;
  if (x == kInfinity) return x;
  return logPair(x).high;
}

double exp(double x) {
  if (x != x) return x;
  return expPair({x, 0});
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNan;
  const double size = x < 0 ? -x : x;
  if (y == kInfinity || y == -kInfinity) {
    if (size == 1) return 1;
    return (size > 1) == (y > 0) ? kInfinity : 0;
  }
  const Parity integer = parity(y);
  const double sign = isNegative(x) && integer == Parity::kOdd ? -1.0 : 1.0;
  if (x == 0 || size == kInfinity) return ((x == 0) == (y < 0) ? kInfinity : 0) * sign;
  if (x < 0 && integer == Parity::kNotInteger) return kNan;
  const Pair l = logPair(size);
  const double rough = y * l.high;
  if (rough > 800) return sign * kInfinity;
  if (rough < -800) return sign * 0.0;
  const Pair main = product(y, l.high);  // |y| < 2^70 here
  return sign * expPair(renormalised(main.high, main.low + y * l.low));
}

double normalQuantile(double p) {
  constexpr double kCentreTop[] = {2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
                                   4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
                                   1.3314166789178437745e2, 3.3871328727963666080e0};
  constexpr double kCentreBottom[] = {
      5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
      5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0};
  constexpr double kMiddleTop[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                                   1.27045825245236838258e0,  3.64784832476320460504e0,  5.76949722146069140550e0,
                                   4.63033784615654529590e0,  1.42343711074968357734e0};
  constexpr double kMiddleBottom[] = {
      1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
      6.89767334985100004550e-1, 1.67638483018380384940e0,  2.05319162663775882187e0,  1.0};
  constexpr double kTailTop[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                                 2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
                                 5.46378491116411436990e0,  6.65790464350110377720e0};
  constexpr double kTailBottom[] = {
      2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
      1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0};
  if (!(p >= 0 && p <= 1)) return kNan;
  if (p == 0) return -kInfinity;
  if (p == 1) return kInfinity;
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * (polynomial(kCentreTop, r) / polynomial(kCentreBottom, r));
  }
  const double r = std::sqrt(-log(q < 0 ? p : 1 - p));
  const double z = r <= 5 ? polynomial(kMiddleTop, r - 1.6) / polynomial(kMiddleBottom, r - 1.6)
                          : polynomial(kTailTop, r - 5) / polynomial(kTailBottom, r - 5);
  return q < 0 ? -z : z;
}

}  // namespace jobset_twin::kernel
