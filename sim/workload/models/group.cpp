#include "sim/workload/models/group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/kernel/check.hpp"
#include "sim/kernel/math.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {

double GroupTimes::goodput() const {
  double all = 0;
  for (const Duration part : {useful, lost, saving, restoring, waiting}) all += static_cast<double>(part.count());
  return all > 0 ? static_cast<double>(useful.count()) / all : 0;
}

std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

Duration sumOf(Duration a, Duration b) { return a > Duration::max() - b ? Duration::max() : a + b; }

Duration timesMany(Duration time, std::size_t count) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max() / 4;  // sums of two have room
  if (count == 0 || time.count() <= kMost / static_cast<std::int64_t>(count))
    return Duration(time.count() * static_cast<std::int64_t>(count));
  return Duration(kMost);
}

Duration timeAtSpeed(Duration time, double speed) {
  if (speed == 1) return time;
  return kernel::saturatingDuration(std::ceil(static_cast<double>(time.count()) / speed));
}

Duration slowestOf(const TimeDistribution& law, std::int32_t count, kernel::Stream& stream) {
  TWIN_ASSERT(count > 0, "the slowest of nobody", count);
  if (count == 1) return draw(law, stream);
  const double a = static_cast<double>(law.a.count());
  // u^(1/n) is the largest of n uniform numbers.
  const auto largest = [&] { return kernel::pow(kernel::uniformOpen(stream), 1.0 / count); };
  switch (law.kind) {
    case TimeDistribution::Kind::kConstant: return law.a;
    case TimeDistribution::Kind::kUniform:
      return sumOf(law.a, kernel::saturatingDuration(largest() * static_cast<double>((law.b - law.a).count())));
    case TimeDistribution::Kind::kExponential: return kernel::saturatingDuration(-a * kernel::log(1 - largest()));
    case TimeDistribution::Kind::kLognormal:
      return kernel::saturatingDuration(a * kernel::exp(law.sigma * kernel::normalQuantile(largest())));
    case TimeDistribution::Kind::kWeibull:
      return kernel::saturatingDuration(a * kernel::pow(-kernel::log(1 - largest()), 1 / law.sigma));
    case TimeDistribution::Kind::kGamma: {
      Duration slowest{};
      for (std::int32_t i = 0; i < count; ++i) slowest = std::max(slowest, draw(law, stream));
      return slowest;
    }
    case TimeDistribution::Kind::kEmpirical: return measuredQuantile(law, largest());
  }
  return law.a;
}

}  // namespace jobset_twin::workload
