// math.hpp - logarithm, exponential, power and the normal quantile, the same bits on every machine.
//
// libm's differ between versions and processors. These use only + - * / sqrt on doubles and bit casts, which IEEE 754
// defines exactly (the build forbids contraction and fast-math). Errors, checked in the tests against 50 digits: log
// and pow below 0.6 ulp, exp below 1 ulp (results below 2^-1022: 1 unit of the last place there). Special cases are
// those of C's Annex F; no floating-point exceptions or errno are promised.
#pragma once

namespace jobset_twin::kernel {

[[nodiscard]] double log(double x);
[[nodiscard]] double exp(double x);
[[nodiscard]] double pow(double x, double y);

// The z with P(Z <= z) = p for a standard normal Z; relative error about 1e-15. -inf at 0, inf at 1, nan outside.
// Source: Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, Applied Statistics 37(3), 1988,
// PPND16.
[[nodiscard]] double normalQuantile(double p);

}  // namespace jobset_twin::kernel
