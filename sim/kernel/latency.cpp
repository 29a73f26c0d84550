#include "sim/kernel/latency.hpp"

#include "sim/kernel/check.hpp"
#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::kernel {

Duration sample(const Latency& latency, std::uint64_t seed, std::string_view identity, std::uint64_t index) {
  TWIN_ASSERT(latency.median >= Duration::zero(), "negative latency", latency.median, identity);
  if (latency.sigma == 0) return latency.median;  // exactly: above 2^53 ns a double would round it
  Stream from = stream(seed, identity);
  from.counter = index;
  return lognormalDuration(from, latency.median, latency.sigma);
}

}  // namespace jobset_twin::kernel
