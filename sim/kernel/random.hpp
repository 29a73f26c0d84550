// random.hpp - random streams whose whole state is a counter.
//
// A stream belongs to one entity and one purpose and is keyed by the run's seed and a name made of stable identities
// ("node/n17/failure"), so what one entity draws never depends on what others did. The n-th number of a stream is a
// function of (seed, name, n): XXH3 (128 bits) makes the key, Philox2x64-10 the numbers (Salmon, Moraes, Dror, Shaw:
// Parallel Random Numbers: As Easy as 1, 2, 3; SC'11). Distributions are in variates.hpp.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace jobset_twin::kernel {

struct Stream {
  std::uint64_t key_low = 0;
  std::uint64_t key_high = 0;
  std::uint64_t counter = 0;  // of the next number

  friend bool operator==(const Stream&, const Stream&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(key_low, key_high, counter);
  }
};

[[nodiscard]] Stream stream(std::uint64_t seed, std::string_view name);

// 64 random bits; the counter goes up by one.
std::uint64_t bits(Stream& from);
// The same as the (index + 1)-th bits() of stream(seed, name), without a stream.
[[nodiscard]] std::uint64_t bitsAt(std::uint64_t seed, std::string_view name, std::uint64_t index);

// In [0, 1), a multiple of 2^-53.
double uniform(Stream& from);
// In (0, 1), symmetric about 1/2: an odd multiple of 2^-53. What inversions need.
double uniformOpen(Stream& from);
// In [0, n), unbiased (Lemire: Fast Random Integer Generation in an Interval, 2019). Requires: n > 0 (asserted).
// Rarely takes more than one number.
std::uint64_t below(Stream& from, std::uint64_t n);
// True with the given probability; always takes one number.
bool chance(Stream& from, double probability);

// The bijection itself: ten rounds.
[[nodiscard]] std::array<std::uint64_t, 2> philox2x64(std::array<std::uint64_t, 2> counter, std::uint64_t key);

}  // namespace jobset_twin::kernel
