#include "sim/kernel/random.hpp"

#include <xxhash.h>

#include "sim/kernel/check.hpp"

namespace jobset_twin::kernel {
namespace {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t numberAt(std::uint64_t key_low, std::uint64_t key_high, std::uint64_t index) {
  return philox2x64({index, key_high}, key_low)[0];
}

}  // namespace

std::array<std::uint64_t, 2> philox2x64(std::array<std::uint64_t, 2> counter, std::uint64_t key) {
  constexpr std::uint64_t kMultiplier = 0xD2B74407B1CE6E93;
  constexpr std::uint64_t kWeyl = 0x9E3779B97F4A7C15;
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const Wide product = Wide{counter[0]} * kMultiplier;
    counter = {static_cast<std::uint64_t>(product >> 64) ^ key ^ counter[1], static_cast<std::uint64_t>(product)};
    key += kWeyl;
  }
  return counter;
}

Stream stream(std::uint64_t seed, std::string_view name) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(name.data(), name.size(), seed);
  return {hash.low64, hash.high64, 0};
}

std::uint64_t bits(Stream& from) { return numberAt(from.key_low, from.key_high, from.counter++); }

std::uint64_t bitsAt(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  Stream at = stream(seed, name);
  at.counter = index;
  return bits(at);
}

double uniform(Stream& from) { return static_cast<double>(bits(from) >> 11) * 0x1p-53; }

double uniformOpen(Stream& from) { return (static_cast<double>(bits(from) >> 12) + 0.5) * 0x1p-52; }

std::uint64_t below(Stream& from, std::uint64_t n) {
  TWIN_ASSERT(n > 0, "no number is below zero");
  Wide product = Wide{bits(from)} * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t rejected = (0 - n) % n;  // 2^64 mod n
    while (static_cast<std::uint64_t>(product) < rejected) product = Wide{bits(from)} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

bool chance(Stream& from, double probability) { return uniform(from) < probability; }

}  // namespace jobset_twin::kernel
