// Goal: our logarithm, exponential and power are what their header promises. Method: random and edge arguments against
// Boost.Multiprecision with 50 digits (as the true value) and the error in units of the last place; the special values
// of C's Annex F; pinned bit patterns, which every compiler and machine must give.
#include "sim/kernel/math.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <boost/math/distributions/normal.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/kernel/random.hpp"

namespace jobset_twin::kernel {
namespace {

using Exact = boost::multiprecision::cpp_bin_float_50;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr double kMax = std::numeric_limits<double>::max();

// |got - want| in units of the last place of want as a double.
double ulps(double got, const Exact& want) {
  const double near = want.convert_to<double>();
  if (near == got && (near == 0 || near - near != 0)) return 0;
  const double size = std::max(std::fabs(near), 0x1p-1022);
  const double unit = std::ldexp(1.0, std::max(std::ilogb(size) - 52, -1074));
  const Exact error = boost::multiprecision::abs(Exact(got) - want) / unit;
  return error.convert_to<double>();
}

bool sameBits(double left, double right) {
  return (left != left && right != right) || std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

double positive(Stream& from) {  // any positive finite double, subnormals included
  for (;;) {
    const double x = std::bit_cast<double>(bits(from) >> 1);
    if (x > 0 && x - x == 0) return x;
  }
}

TEST(Math, LogIsWithinItsBound) {
  Stream from = stream(1, "log");
  double worst = 0;
  const auto check = [&](double x) {
    const double error = ulps(log(x), boost::multiprecision::log(Exact(x)));
    EXPECT_LT(error, 0.51) << "x = " << std::hexfloat << x;
    worst = std::max(worst, error);
  };
  for (int i = 0; i < 4000; ++i) {
    check(positive(from));
    check(uniformOpen(from));
    check(1 + (uniform(from) - 0.5) * 1e-3);
    check(0.7 + 0.72 * uniform(from));
  }
  for (const double x : {kTiny, 0x1p-1022, 0x0.fffffffffffffp-1022, kMax, 0x1.fffffffffffffp-1, 0x1.0000000000001p+0,
                         0x1.6a09e667f3bccp+0, 0x1.6a09e667f3bcdp+0, 0x1.6a09e667f3bcep+0, 0x1p-53, 2.0, 10.0}) {
    check(x);
  }
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Math, ExpIsWithinItsBound) {
  Stream from = stream(1, "exp");
  double worst = 0;
  double worst_subnormal = 0;
  const auto check = [&](double x) {
    const double got = exp(x);
    const double error = ulps(got, boost::multiprecision::exp(Exact(x)));
    EXPECT_LT(error, got < 0x1p-1022 ? 1.0 : 0.6) << "x = " << std::hexfloat << x;
    double& into = got < 0x1p-1022 ? worst_subnormal : worst;
    into = std::max(into, error);
  };
  for (int i = 0; i < 4000; ++i) {
    check((uniform(from) - 0.5) * 2 * 709.7);
    check((uniform(from) - 0.5) * 2);
    check(-708 - 37.1 * uniform(from));
    check((chance(from, 0.5) ? 1 : -1) * std::ldexp(1.0, -static_cast<int>(below(from, 70))));
  }
  for (const double x : {709.782712893384, 709.7827128933, -708.3964185322641, -745.1332191019411, 0.34657359027997264,
                         0.34657359027997270, -0.34657359027997264, 1.0, kTiny, -kTiny}) {
    check(x);
  }
  RecordProperty("worst_ulp", std::to_string(worst));
  RecordProperty("worst_ulp_subnormal", std::to_string(worst_subnormal));
}

TEST(Math, PowIsWithinItsBound) {
  Stream from = stream(1, "pow");
  double worst = 0;
  const auto check = [&](double x, double y) {
    const double got = jobset_twin::kernel::pow(x, y);
    const Exact want = boost::multiprecision::pow(Exact(x), Exact(y));
    if (want > Exact(kMax)) {
      EXPECT_EQ(got, kInfinity) << std::hexfloat << x << " " << y;
      return;
    }
    const double error = ulps(got, want);
    EXPECT_LT(error, got < 0x1p-1022 ? 1.0 : 0.6) << "x = " << std::hexfloat << x << " y = " << y;
    worst = std::max(worst, error);
  };
  for (int i = 0; i < 2000; ++i) {
    check(uniformOpen(from) * 50, 1 / (0.3 + 3 * uniform(from)));  // what Weibull and gamma ask for
    const double x = positive(from);
    const double range = 700 / std::max(std::fabs(log(x)), 1e-3);
    check(x, (uniform(from) - 0.5) * 2 * range);
    check(1 + (uniform(from) - 0.5) * 1e-9, (uniform(from) - 0.5) * 1e11);
    check(static_cast<double>(below(from, 30) + 2), static_cast<double>(below(from, 60)));
  }
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Math, SpecialValuesAreThoseOfAnnexF) {
  struct Row {
    const char* name;
    double got, want;
  };
  const auto power = [](double x, double y) { return jobset_twin::kernel::pow(x, y); };
  const Row rows[] = {
      {"log 1", log(1), 0.0},
      {"log 0", log(0.0), -kInfinity},
      {"log -0", log(-0.0), -kInfinity},
      {"log -1", log(-1), kNan},
      {"log -inf", log(-kInfinity), kNan},
      {"log inf", log(kInfinity), kInfinity},
      {"log nan", log(kNan), kNan},
      {"exp 0", exp(0.0), 1},
      {"exp -0", exp(-0.0), 1},
      {"exp inf", exp(kInfinity), kInfinity},
      {"exp -inf", exp(-kInfinity), 0},
      {"exp nan", exp(kNan), kNan},
      {"exp overflows", exp(709.7827128933841), kInfinity},
      {"exp overflows far", exp(1e300), kInfinity},
      {"exp underflows", exp(-745.1332191019412), 0},
      {"exp underflows far", exp(-1e300), 0},
      {"x^0", power(kNan, 0.0), 1},
      {"x^-0", power(kInfinity, -0.0), 1},
      {"1^nan", power(1, kNan), 1},
      {"nan^1", power(kNan, 1), kNan},
      {"2^nan", power(2, kNan), kNan},
      {"0^3", power(0.0, 3), 0.0},
      {"-0^3", power(-0.0, 3), -0.0},
      {"-0^2", power(-0.0, 2), 0.0},
      {"0^-3", power(0.0, -3), kInfinity},
      {"-0^-3", power(-0.0, -3), -kInfinity},
      {"-0^-2", power(-0.0, -2), kInfinity},
      {"0^0.5", power(-0.0, 0.5), 0.0},
      {"0^inf", power(0.0, kInfinity), 0.0},
      {"0^-inf", power(0.0, -kInfinity), kInfinity},
      {"-1^inf", power(-1, kInfinity), 1},
      {"-1^-inf", power(-1, -kInfinity), 1},
      {"0.5^inf", power(0.5, kInfinity), 0},
      {"-0.5^-inf", power(-0.5, -kInfinity), kInfinity},
      {"2^inf", power(2, kInfinity), kInfinity},
      {"2^-inf", power(2, -kInfinity), 0},
      {"inf^0.5", power(kInfinity, 0.5), kInfinity},
      {"inf^-2", power(kInfinity, -2), 0},
      {"-inf^3", power(-kInfinity, 3), -kInfinity},
      {"-inf^2", power(-kInfinity, 2), kInfinity},
      {"-inf^-3", power(-kInfinity, -3), -0.0},
      {"-inf^-2.5", power(-kInfinity, -2.5), 0.0},
      {"-8^(1/3)", power(-8, 1.0 / 3), kNan},
      {"-2^3", power(-2, 3), -8},
      {"-2^2", power(-2, 2), 4},
      {"-2^-1", power(-2, -1), -0.5},
      {"-1^2^53", power(-1, 0x1p53), 1},
      {"-1^(2^53-1)", power(-1, 0x1p53 - 1), -1},
      {"2^1023", power(2, 1023), 0x1p1023},
      {"2^1024", power(2, 1024), kInfinity},
      {"-2^1025", power(-2, 1025), -kInfinity},
      {"2^-1074", power(2, -1074), kTiny},
      {"2^-1080", power(2, -1080), 0},
      {"max^max", power(kMax, kMax), kInfinity},
      {"max^-max", power(kMax, -kMax), 0},
      {"tiny^max", power(kTiny, kMax), 0},
      {"tiny^tiny", power(kTiny, kTiny), 1},
      {"next after 1 to a large power", power(0x1.0000000000001p+0, 1e300), kInfinity},
      {"quantile 0", normalQuantile(0), -kInfinity},
      {"quantile 1", normalQuantile(1), kInfinity},
      {"quantile 1/2", normalQuantile(0.5), 0},
      {"quantile below", normalQuantile(-0.1), kNan},
      {"quantile above", normalQuantile(1.1), kNan},
      {"quantile nan", normalQuantile(kNan), kNan},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(sameBits(row.got, row.want)) << row.name << ": got " << row.got << ", want " << row.want;
  }
}

TEST(Math, NormalQuantileIsThatOfBoost) {
  const boost::math::normal standard;
  Stream from = stream(1, "quantile");
  const auto check = [&](double p) {
    const double want = boost::math::quantile(standard, p);
    EXPECT_NEAR(normalQuantile(p), want, 4e-15 * std::max(std::fabs(want), 1e-3)) << "p = " << std::hexfloat << p;
  };
  for (int i = 0; i < 20000; ++i) {
    check(uniformOpen(from));
    check(std::ldexp(uniformOpen(from), -static_cast<int>(below(from, 900))));
  }
  for (const double p : {0.075, 0.925, 0x1p-53, 1 - 0x1p-53, 1e-300, 1.3887943864964021e-11}) check(p);
}

// The values were computed by this code, and checked against 50 digits by the tests above: they must never change.
TEST(Math, BitPatternsArePinned) {
  Stream from = stream(1, "golden");
  std::uint64_t all = 0;
  const auto add = [&all](double value) { all = (all ^ std::bit_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15; };
  for (int i = 0; i < 10000; ++i) {
    const double x = positive(from);
    const double u = uniformOpen(from);
    add(log(x));
    add(log(u));
    add(exp((u - 0.5) * 1500));
    add(jobset_twin::kernel::pow(x, u - 0.5));
    add(normalQuantile(u));
  }
  EXPECT_EQ(all, 2925581717057392196u);
  struct Row {
    double got, want;
  };
  const Row rows[] = {
      {log(2), 0x1.62e42fefa39efp-1},
      {log(10), 0x1.26bb1bbb55516p+1},
      {exp(1), 0x1.5bf0a8b145769p+1},
      {exp(-1), 0x1.78b56362cef38p-2},
      {exp(10), 0x1.5829dcf95056p+14},
      {log(0.1), -0x1.26bb1bbb55515p+1},
      {jobset_twin::kernel::pow(10, -2), 0x1.47ae147ae147bp-7},
      {jobset_twin::kernel::pow(2, 0.5), 0x1.6a09e667f3bcdp+0},
  };
  for (const Row& row : rows) EXPECT_TRUE(sameBits(row.got, row.want)) << std::hexfloat << row.got << " " << row.want;
}

}  // namespace
}  // namespace jobset_twin::kernel
