// Hazards: the times that are drawn, and on what they depend.
#include "sim/faults/hazard.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace jobset_twin::faults {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart = kernel::kDefaultStart;

TimeDistribution exponential(Duration mean) {
  TimeDistribution out;
  out.kind = TimeDistribution::Kind::kExponential;
  out.a = mean;
  return out;
}

// Failures of each unit until the end, with a repair of an hour; units are armed in the order given.
std::map<std::string, std::vector<TimePoint>> failures(const std::vector<std::string>& units, Duration horizon) {
  Hazards hazards;
  const TimeDistribution law = exponential(100h);
  for (const std::string& unit : units) hazards.arm(3, 0, unit, "node/" + unit + "/failure/f", law, kStart);
  std::map<std::string, std::vector<TimePoint>> out;
  while (hazards.next() && *hazards.next() < kStart + horizon) {
    const TimePoint now = *hazards.next();
    for (const Hazards::Due& due : hazards.takeDue(now)) {
      EXPECT_EQ(due.failures, out[due.unit].size());
      out[due.unit].push_back(now);
      hazards.arm(3, 0, due.unit, "node/" + due.unit + "/failure/f", law, now + 1h);
    }
  }
  return out;
}

TEST(Hazards, AUnitsFailuresDoNotDependOnTheOthers) {
  const auto both = failures({"a", "b"}, 10'000h), other = failures({"c", "b", "a", "d"}, 10'000h);
  EXPECT_EQ(both.at("a"), other.at("a"));
  EXPECT_EQ(both.at("b"), other.at("b"));
  EXPECT_NE(both.at("a"), both.at("b"));
}

// Renewals of mean 100 h + 1 h.
TEST(Hazards, TheRateIsThatOfTheDistribution) {
  std::vector<std::string> units;
  for (int i = 0; i < 200; ++i) units.push_back(fmt::format("n{}", i));
  std::size_t count = 0;
  for (const auto& [unit, times] : failures(units, 10'100h)) count += times.size();
  EXPECT_NEAR(static_cast<double>(count), 200 * 100.0, 4 * 100 * 1.5);
}

TEST(Hazards, WhatIsDisarmedDoesNotFail) {
  Hazards hazards;
  hazards.arm(1, 0, "a", "a", exponential(1h), kStart);
  hazards.disarm(0, "a");
  EXPECT_FALSE(hazards.next());
  hazards.disarm(0, "nobody");
  hazards.arm(1, 0, "a", "a", exponential(1h), kStart);
  const std::optional<TimePoint> next = hazards.next();
  hazards.arm(1, 0, "a", "a", exponential(1h), kStart);
  EXPECT_EQ(hazards.next(), next) << "it waits already";
}

}  // namespace
}  // namespace jobset_twin::faults
