#include "sim/kernel/fingerprint.hpp"

#define XXH_INLINE_ALL  // the calls are short and many
#include <xxhash.h>

#include <array>
#include <bit>

namespace jobset_twin::kernel {
namespace {

enum class Tag : std::uint8_t { kEvent = 1, kWrite = 2, kLine = 3 };

constexpr std::uint64_t littleEndian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) return word;
  std::uint64_t swapped = 0;
  for (int i = 0; i < 8; ++i) swapped |= ((word >> (8 * i)) & 255) << (56 - 8 * i);
  return swapped;
}

std::uint64_t unsignedNanoseconds(TimePoint at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }

// Hashes what is so far and the record. Whole words only: hashing bytes just written in other sizes would stall.
// The first word of a record has its tag in the lowest byte.
template <class... Words>
void chain(Fingerprint& into, Words... words) {
  const std::array<std::uint64_t, 2 + sizeof...(Words)> block{littleEndian(into.low), littleEndian(into.high),
                                                              littleEndian(words)...};
  const XXH128_hash_t hash = XXH3_128bits(block.data(), sizeof block);
  into.low = hash.low64;
  into.high = hash.high64;
  ++into.records;
}

constexpr std::uint64_t tagged(Tag tag, std::uint64_t small) { return static_cast<std::uint8_t>(tag) | (small << 8); }

}  // namespace

void Fingerprint::event(TimePoint at, std::uint32_t target, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  chain(*this, tagged(Tag::kEvent, (std::uint64_t{target} << 16) | kind), unsignedNanoseconds(at), a, b);
}

void Fingerprint::write(std::string_view key, std::uint8_t verb, std::uint64_t resource_version,
                        std::uint64_t content_hash_low, std::uint64_t content_hash_high) {
  const XXH128_hash_t name = XXH3_128bits(key.data(), key.size());
  chain(*this, tagged(Tag::kWrite, verb), std::uint64_t{name.low64}, std::uint64_t{name.high64}, resource_version,
        content_hash_low, content_hash_high);
}

void Fingerprint::line(TimePoint at, std::string_view source, std::string_view text) {
  const XXH128_hash_t from = XXH3_128bits(source.data(), source.size());
  const XXH128_hash_t what = XXH3_128bits(text.data(), text.size());
  chain(*this, tagged(Tag::kLine, 0), unsignedNanoseconds(at), std::uint64_t{from.low64}, std::uint64_t{from.high64},
        std::uint64_t{what.low64}, std::uint64_t{what.high64});
}

std::string Fingerprint::text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  digits.reserve(32);
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) digits.push_back(kDigits[(half >> shift) & 15]);
  }
  return digits;
}

}  // namespace jobset_twin::kernel
