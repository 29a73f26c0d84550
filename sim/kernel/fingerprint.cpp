#include "sim/kernel/fingerprint.hpp"

#include <xxhash.h>

#include <array>
#include <cstddef>

namespace jobset_twin::kernel {
namespace {

enum class Tag : std::uint8_t { kEvent = 1, kWrite = 2, kLine = 3 };

// The bytes of one record, behind the digest so far.
class Record {
 public:
  Record(const Fingerprint& so_far, Tag tag) {
    add(so_far.low);
    add(so_far.high);
    add(static_cast<std::uint8_t>(tag));
  }
  template <class Integer>
  void add(Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      bytes_[size_ + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
    size_ += sizeof(Integer);
  }
  // A text counts by its length and hash.
  void add(std::string_view text) {
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    add(static_cast<std::uint64_t>(text.size()));
    add(static_cast<std::uint64_t>(hash.low64));
    add(static_cast<std::uint64_t>(hash.high64));
  }
  void chain(Fingerprint& into) const {
    const XXH128_hash_t hash = XXH3_128bits(bytes_.data(), size_);
    into.low = hash.low64;
    into.high = hash.high64;
    ++into.records;
  }

 private:
  std::array<unsigned char, 96> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

void Fingerprint::event(TimePoint at, std::uint32_t target, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  Record record(*this, Tag::kEvent);
  record.add(static_cast<std::int64_t>(at.time_since_epoch().count()));
  record.add(target);
  record.add(kind);
  record.add(a);
  record.add(b);
  record.chain(*this);
}

void Fingerprint::write(std::string_view key, std::uint8_t verb, std::uint64_t resource_version,
                        std::uint64_t content_hash_low, std::uint64_t content_hash_high) {
  Record record(*this, Tag::kWrite);
  record.add(key);
  record.add(verb);
  record.add(resource_version);
  record.add(content_hash_low);
  record.add(content_hash_high);
  record.chain(*this);
}

void Fingerprint::line(TimePoint at, std::string_view source, std::string_view text) {
  Record record(*this, Tag::kLine);
  record.add(static_cast<std::int64_t>(at.time_since_epoch().count()));
  record.add(source);
  record.add(text);
  record.chain(*this);
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
