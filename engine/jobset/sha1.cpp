#include "engine/jobset/sha1.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace jobset_twin::jobset {
namespace {

using Words = std::array<std::uint32_t, 5>;

void mixBlock(const unsigned char* block, Words& state) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 16; ++i) {
    w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
           std::uint32_t{block[4 * i + 2]} << 8 | std::uint32_t{block[4 * i + 3]};
  }
  for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t f = 0, k = 0;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i < 40) {
      f = b ^ c ^ d;
      k = 0x6ed9eba1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    } else {
      f = b ^ c ^ d;
      k = 0xca62c1d6;
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

}  // namespace

std::string sha1Hex(std::string_view text) {
  Words state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::size_t done = 0;
  std::array<unsigned char, 64> block{};
  for (; text.size() - done >= 64; done += 64) {
    for (std::size_t i = 0; i < 64; ++i) block[i] = static_cast<unsigned char>(text[done + i]);
    mixBlock(block.data(), state);
  }
  const std::size_t rest = text.size() - done;
  block.fill(0);
  for (std::size_t i = 0; i < rest; ++i) block[i] = static_cast<unsigned char>(text[done + i]);
  block[rest] = 0x80;
  if (rest >= 56) {
    mixBlock(block.data(), state);
    block.fill(0);
  }
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) block[56 + i] = static_cast<unsigned char>(bits >> (56 - 8 * i));
  mixBlock(block.data(), state);

  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(40);
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) out.push_back(kDigits[word >> shift & 0xf]);
  }
  return out;
}

}  // namespace jobset_twin::jobset
