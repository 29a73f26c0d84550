// distribution.hpp - times by distribution, as scenarios give them.
#pragma once

#include <cstdint>
#include <optional>

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

// A time by distribution. Parameters as the kind needs them.
struct TimeDistribution {
  enum class Kind : std::uint8_t {
    kConstant,
    kUniform,
    kExponential,
    kLognormal,
    kWeibull,
    kGamma
  } kind = Kind::kConstant;
  Duration a{};      // constant: the value; uniform: minimum; exponential: mean; lognormal: median; others: scale
  Duration b{};      // uniform: maximum
  double sigma = 0;  // lognormal; of weibull and gamma the shape
  template <class Archive>
  void serialize(Archive& ar) {
    auto an = a.count();
    auto bn = b.count();
    ar(kind, an, bn, sigma);
    a = Duration(an);
    b = Duration(bn);
  }
};
Duration draw(const TimeDistribution& distribution, kernel::Stream& stream);

}  // namespace jobset_twin::workload
