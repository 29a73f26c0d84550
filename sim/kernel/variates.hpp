// variates.hpp - random numbers of the usual distributions, the same bits on every machine.
//
// By inversion where possible: one number of the stream a variate, and monotone in it, so that runs that share a
// stream share their luck. Gamma is by rejection and takes a varying count. Parameters out of range are asserted: what
// users write is checked where it is read.
#pragma once
#include "sim/kernel/random.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

double uniform(Stream& from, double low, double high);               // [low, high], low <= high, both finite
double exponential(Stream& from, double mean);                       // mean >= 0
double normal(Stream& from, double mean = 0, double deviation = 1);  // deviation >= 0
double lognormal(Stream& from, double median, double sigma);         // median >= 0; sigma >= 0, of the logarithm
double weibull(Stream& from, double shape, double scale);            // shape > 0, scale >= 0
double gamma(Stream& from, double shape, double scale);              // shape > 0, scale >= 0; mean = shape * scale

// Nanoseconds, cut off towards zero; out of range becomes the nearest Duration. Requires: not nan (asserted).
[[nodiscard]] Duration saturatingDuration(double nanoseconds);

// The same as durations. Never negative: what would be is zero.
Duration uniformDuration(Stream& from, Duration low, Duration high);  // every nanosecond of [low, high] alike
Duration exponentialDuration(Stream& from, Duration mean);
Duration normalDuration(Stream& from, Duration mean, Duration deviation);
Duration lognormalDuration(Stream& from, Duration median, double sigma);
Duration weibullDuration(Stream& from, double shape, Duration scale);
Duration gammaDuration(Stream& from, double shape, Duration scale);

}  // namespace jobset_twin::kernel
