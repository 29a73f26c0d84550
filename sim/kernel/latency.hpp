// latency.hpp - a time that varies: lognormal about a median. sigma 0 (zero jitter) is the median itself.
#pragma once

#include <string_view>

#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

struct Latency {
  Duration median{};
  double sigma = 0;  // of the underlying normal; p99 = median * exp(2.326 * sigma)

  template <class Archive>
  void serialize(Archive& ar) {
    auto ns = median.count();
    ar(ns, sigma);
    median = Duration(ns);
  }
};

// A draw that depends only on (seed, identity, index): which other draws were made does not matter. index is often a
// virtual time or an attempt number.
Duration sample(const Latency& latency, std::uint64_t seed, std::string_view identity, std::uint64_t index);

}  // namespace jobset_twin::kernel
