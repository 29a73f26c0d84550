#include "sim/workload/distribution.hpp"

#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {

Duration draw(const TimeDistribution& distribution, kernel::Stream& stream) {
  switch (distribution.kind) {
    case TimeDistribution::Kind::kConstant: return distribution.a;
    case TimeDistribution::Kind::kUniform: return kernel::uniformDuration(stream, distribution.a, distribution.b);
    case TimeDistribution::Kind::kExponential: return kernel::exponentialDuration(stream, distribution.a);
    case TimeDistribution::Kind::kLognormal:
      return kernel::lognormalDuration(stream, distribution.a, distribution.sigma);
    case TimeDistribution::Kind::kWeibull: return kernel::weibullDuration(stream, distribution.sigma, distribution.a);
    case TimeDistribution::Kind::kGamma: return kernel::gammaDuration(stream, distribution.sigma, distribution.a);
  }
  return distribution.a;
}

}  // namespace jobset_twin::workload
