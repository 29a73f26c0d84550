// distribution.hpp - least, median, 99th percentile and most of a set of times, and whose was the most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/api/time.hpp"

namespace jobset_twin::viz::report {

struct Summary {
  std::size_t count = 0;
  api::Duration least{}, median{}, p99{}, most{};
  std::string slowest;  // whose was the most
};

// Exact percentiles by nearest rank: each is a value that occurred.
class Distribution {
 public:
  void add(api::Duration value, std::uint32_t whose);
  std::size_t count() const { return values_.size(); }
  // `whose` of the most: of several, the first.
  std::uint32_t slowest() const { return slowest_; }
  Summary summary() const;  // without the name

 private:
  std::vector<api::Duration> values_;
  api::Duration most_{};
  std::uint32_t slowest_ = 0;
};

}  // namespace jobset_twin::viz::report
