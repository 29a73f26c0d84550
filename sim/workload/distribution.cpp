#include "sim/workload/distribution.hpp"

#include <algorithm>

#include "sim/kernel/check.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {

Duration measuredQuantile(const TimeDistribution& distribution, double share) {
  TWIN_ASSERT(distribution.measured && !distribution.measured->empty(), "an empirical law without times", share);
  const MeasuredTimes& times = *distribution.measured;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(times.size()));
  return times[std::min(at, times.size() - 1)];
}

Duration draw(const TimeDistribution& distribution, kernel::Stream& stream) {
  switch (distribution.kind) {
    case TimeDistribution::Kind::kConstant: return distribution.a;
    case TimeDistribution::Kind::kUniform: return kernel::uniformDuration(stream, distribution.a, distribution.b);
    case TimeDistribution::Kind::kExponential: return kernel::exponentialDuration(stream, distribution.a);
    case TimeDistribution::Kind::kLognormal:
      return kernel::lognormalDuration(stream, distribution.a, distribution.sigma);
    case TimeDistribution::Kind::kWeibull: return kernel::weibullDuration(stream, distribution.sigma, distribution.a);
    case TimeDistribution::Kind::kGamma: return kernel::gammaDuration(stream, distribution.sigma, distribution.a);
    case TimeDistribution::Kind::kEmpirical: return measuredQuantile(distribution, kernel::uniformOpen(stream));
  }
  return distribution.a;
}

}  // namespace jobset_twin::workload
