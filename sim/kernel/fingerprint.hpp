// fingerprint.hpp - a running digest of everything that a run did, in order.
//
// A chain: each record is hashed (XXH3, 128 bits) together with the digest so far, as little-endian words with a tag
// for its sort, so equal fingerprints mean equal records in equal order. Not cryptographic. What is recorded and
// when is the callers' business: the kernel records events, the store records writes, the kubelet log lines.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t records = 0;

  void event(TimePoint at, std::uint32_t target, std::uint16_t kind, std::uint64_t a, std::uint64_t b);
  void write(std::string_view key, std::uint8_t verb, std::uint64_t resource_version, std::uint64_t content_hash_low,
             std::uint64_t content_hash_high);
  void line(TimePoint at, std::string_view source, std::string_view text);

  // 32 hexadecimal digits, `high` first.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(low, high, records);
  }
};

}  // namespace jobset_twin::kernel
