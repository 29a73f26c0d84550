// Goal: streams are what their keys say, for ever; and nothing about them is visibly not random. The known answers of
// Philox are those published with Random123 (kat_vectors, philox2x64-10).
#include "sim/kernel/random.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace jobset_twin::kernel {
namespace {

using Block = std::array<std::uint64_t, 2>;

TEST(Philox, GivesThePublishedAnswers) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  EXPECT_EQ(philox2x64({0, 0}, 0), (Block{0xca00a0459843d731, 0x66c24222c9a845b5}));
  EXPECT_EQ(philox2x64({kOnes, kOnes}, kOnes), (Block{0x65b021d60cd8310f, 0x4d02f3222f86df20}));
  EXPECT_EQ(philox2x64({0x243f6a8885a308d3, 0x13198a2e03707344}, 0xa4093822299f31d0),
            (Block{0x0a5e742c2997341c, 0xb0f883d38000de5d}));
}

TEST(Stream, ValuesArePinned) {
  Stream from = stream(1, "node/n17/failure");
  EXPECT_EQ(from, (Stream{0x72fc3cf296e38696, 0xea4deb3df6d2c952, 0}));
  EXPECT_EQ(bits(from), 11160152695335799132u);
  EXPECT_EQ(bits(from), 1394581570014146760u);
  EXPECT_EQ(from.counter, 2u);
  EXPECT_EQ(bitsAt(1, "", 0), 15437728694328233862u);
}

TEST(Stream, IsAFunctionOfSeedNameAndIndex) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const char* name : {"", "a", "jobset/ns/x/workers/3/pod/1/attempt/2/runtime"}) {
      Stream from = stream(seed, name);
      for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(bits(from), bitsAt(seed, name, i)) << seed << name << i;
    }
  }
}

TEST(Stream, NeighboursShareNothing) {
  std::set<std::uint64_t> seen;
  std::uint64_t count = 0;
  const auto add = [&](std::uint64_t seed, const std::string& name) {
    Stream from = stream(seed, name);
    for (int i = 0; i < 16; ++i) {
      seen.insert(bits(from));
      ++count;
    }
  };
  for (std::uint64_t seed = 0; seed < 100; ++seed) add(seed, "node/n1");
  for (int i = 2; i < 1000; ++i) add(1, "node/n" + std::to_string(i));
  for (int bit = 0; bit < 64; ++bit) add(std::uint64_t{1} << bit, "x");
  EXPECT_EQ(seen.size(), count);
}

// Each output bit, and each pair of neighbouring numbers or streams, is a fair coin: |ones - n/2| < 5 sigma.
TEST(Stream, BitsAreFairWithinAndAcrossStreams) {
  constexpr int kCount = 1 << 14;
  const double bound = 5 * std::sqrt(kCount) / 2;
  std::vector<std::uint64_t> along;
  std::vector<std::uint64_t> across;
  std::vector<std::uint64_t> seeds;
  Stream from = stream(1, "along");
  for (int i = 0; i < kCount; ++i) {
    along.push_back(bits(from));
    across.push_back(bitsAt(1, "pod/" + std::to_string(i), 0));
    seeds.push_back(bitsAt(static_cast<std::uint64_t>(i), "pod", 0));
  }
  for (const auto* numbers : {&along, &across, &seeds}) {
    for (int bit = 0; bit < 64; ++bit) {
      int ones = 0;
      int changes = 0;
      for (std::size_t i = 0; i < numbers->size(); ++i) {
        ones += static_cast<int>(((*numbers)[i] >> bit) & 1);
        if (i > 0) changes += static_cast<int>((((*numbers)[i] ^ (*numbers)[i - 1]) >> bit) & 1);
      }
      EXPECT_NEAR(ones, kCount / 2, bound) << "bit " << bit;
      EXPECT_NEAR(changes, kCount / 2, bound) << "bit " << bit;
    }
  }
}

TEST(Below, IsUnbiasedForEverySize) {
  for (const std::uint64_t n : {2, 3, 6, 7, 10, 100, 1000}) {
    Stream from = stream(1, "below");
    std::vector<double> counts(n);
    const double each = 1000;
    for (std::uint64_t i = 0; i < n * 1000; ++i) {
      const std::uint64_t value = below(from, n);
      ASSERT_LT(value, n);
      ++counts[value];
    }
    double statistic = 0;
    for (const double seen : counts) statistic += (seen - each) * (seen - each) / each;
    const boost::math::chi_squared distribution(static_cast<double>(n - 1));
    EXPECT_LT(boost::math::cdf(distribution, statistic), 0.9999) << n;
    EXPECT_GT(boost::math::cdf(distribution, statistic), 0.0001) << n;
  }
}

TEST(Below, RejectsWhatWouldBiasLargeSizes) {
  // With n = 3 * 2^62, a quarter of all numbers must be rejected; without, the lowest of each three would be too many.
  const std::uint64_t n = 3 * (std::uint64_t{1} << 62);
  Stream from = stream(1, "large");
  std::array<int, 3> thirds{};
  constexpr int kCount = 30000;
  for (int i = 0; i < kCount; ++i) ++thirds[below(from, n) % 3];
  for (const int seen : thirds) EXPECT_NEAR(seen, kCount / 3, 5 * std::sqrt(kCount * 2 / 9.0));
  EXPECT_NEAR(static_cast<double>(from.counter), kCount * 4 / 3.0, 5 * std::sqrt(kCount * 4 / 9.0));
  EXPECT_EQ(below(from, 1), 0u);
}

TEST(BelowDeathTest, NothingIsBelowZero) {
  Stream from = stream(1, "x");
  EXPECT_DEATH(below(from, 0), "no number is below zero");
}

TEST(Uniform, StaysInsideItsInterval) {
  Stream from = stream(1, "uniform");
  double sum = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double closed = uniform(from);
    ASSERT_GE(closed, 0);
    ASSERT_LT(closed, 1);
    const double open = uniformOpen(from);
    ASSERT_GT(open, 0);
    ASSERT_LT(open, 1);
    sum += closed;
  }
  EXPECT_NEAR(sum / kCount, 0.5, 5 / std::sqrt(12.0 * kCount));
}

TEST(Chance, HasItsProbabilityAndAlwaysTakesOneNumber) {
  for (const double probability : {0.0, 0.01, 0.5, 0.99, 1.0}) {
    Stream from = stream(1, "chance");
    constexpr int kCount = 10000;
    int hits = 0;
    for (int i = 0; i < kCount; ++i) hits += chance(from, probability) ? 1 : 0;
    EXPECT_NEAR(hits, kCount * probability, 5 * std::sqrt(kCount * probability * (1 - probability)));
    EXPECT_EQ(from.counter, static_cast<std::uint64_t>(kCount));
  }
}

}  // namespace
}  // namespace jobset_twin::kernel
