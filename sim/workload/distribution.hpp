// distribution.hpp - times by distribution, as scenarios give them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/kernel/random.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::workload {

using kernel::Duration;
using kernel::TimePoint;

// A time that may be absent, in an archive.
template <class Archive>
void archiveOptional(Archive& ar, std::optional<Duration>& value) {
  bool present = value.has_value();
  auto ns = value ? value->count() : 0;
  ar(present, ns);
  value = present ? std::optional<Duration>(Duration(ns)) : std::nullopt;
}

// Times that were measured, in ascending order and not empty: each as likely as any other.
using MeasuredTimes = std::vector<Duration>;

// A time by distribution. Parameters as the kind needs them.
struct TimeDistribution {
  enum class Kind : std::uint8_t {
    kConstant,
    kUniform,
    kExponential,
    kLognormal,
    kWeibull,
    kGamma,
    kEmpirical
  } kind = Kind::kConstant;
  Duration a{};      // constant: the value; uniform: minimum; exponential: mean; lognormal: median; others: scale
  Duration b{};      // uniform: maximum
  double sigma = 0;  // lognormal; of weibull and gamma the shape
  std::shared_ptr<const MeasuredTimes> measured;  // empirical; shared, as they can be many

  friend bool operator==(const TimeDistribution& x, const TimeDistribution& y) {
    const bool same = x.measured == y.measured || (x.measured && y.measured && *x.measured == *y.measured);
    return same && x.kind == y.kind && x.a == y.a && x.b == y.b && x.sigma == y.sigma;
  }
  template <class Archive>
  void serialize(Archive& ar) {
    auto an = a.count();
    auto bn = b.count();
    std::vector<std::int64_t> times;
    if (measured) {
      for (const Duration time : *measured) times.push_back(time.count());
    }
    ar(kind, an, bn, sigma, times);
    a = Duration(an);
    b = Duration(bn);
    if constexpr (Archive::is_loading::value) {
      MeasuredTimes read;
      for (const std::int64_t time : times) read.emplace_back(time);
      measured = read.empty() ? nullptr : std::make_shared<const MeasuredTimes>(std::move(read));
    }
  }
};
// The time that this share of all do not exceed. Requires: 0 <= share <= 1, a kind with measured times.
Duration measuredQuantile(const TimeDistribution& distribution, double share);
Duration draw(const TimeDistribution& distribution, kernel::Stream& stream);

}  // namespace jobset_twin::workload
