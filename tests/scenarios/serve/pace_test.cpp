// How virtual time follows the wall clock.
#include "scenarios/serve/pace.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::scenarios {
namespace {

using namespace std::chrono_literals;

const api::TimePoint kStart{1'000'000s};
const Pace::WallTime kWall{500s};

TEST(Pace, GoesSoManyTimesAsFast) {
  const Pace pace(kStart, kWall, 60);
  EXPECT_EQ(pace.at(kWall), kStart);
  EXPECT_EQ(pace.at(kWall + 2s), kStart + 2min);
  EXPECT_EQ(pace.at(kWall - 1s), kStart);  // never back
  ASSERT_TRUE(pace.wallOf(kStart + 1min));
  EXPECT_EQ(*pace.wallOf(kStart + 1min), kWall + 1s + 1ns);
}

TEST(Pace, StandsWhilePausedAndGoesOnFromThere) {
  Pace pace(kStart, kWall, 1);
  pace.pause(kWall + 5s);
  EXPECT_EQ(pace.at(kWall + 100s), kStart + 5s);
  EXPECT_FALSE(pace.wallOf(kStart + 6s));
  pace.resume(kWall + 100s);
  EXPECT_EQ(pace.at(kWall + 101s), kStart + 6s);
}

TEST(Pace, AnotherSpeedCountsFromThen) {
  Pace pace(kStart, kWall, 1);
  pace.setSpeed(10, kWall + 3s);
  EXPECT_EQ(pace.at(kWall + 4s), kStart + 13s);
}

TEST(Pace, AtFullSpeedTimeGoesByJumps) {
  Pace pace(kStart, kWall, kSpeedMax);
  EXPECT_EQ(pace.at(kWall + 100s), kStart);
  EXPECT_FALSE(pace.wallOf(kStart + 1s));
  pace.jump(kStart + 1h, kWall + 1s);
  EXPECT_EQ(pace.at(kWall + 2s), kStart + 1h);
  pace.jump(kStart, kWall + 2s);  // never back
  EXPECT_EQ(pace.at(kWall + 2s), kStart + 1h);
}

TEST(Pace, SpeedsAreNumbersOrMax) {
  EXPECT_EQ(speedFrom("max"), kSpeedMax);
  EXPECT_EQ(speedFrom("0.5"), 0.5);
  for (const char* wrong : {"", "0", "-1", "fast", "1x", "nan", "inf", "1e7"}) EXPECT_FALSE(speedFrom(wrong)) << wrong;
  EXPECT_EQ(speedText(60), "60");
  EXPECT_EQ(speedText(kSpeedMax), "max");
}

TEST(Quiet, IsBrokenByWhatIsAskedAndTold) {
  Quiet quiet(50ms);
  EXPECT_TRUE(quiet.at(kWall));
  quiet.disturb(kWall);
  EXPECT_FALSE(quiet.at(kWall + 49ms));
  EXPECT_TRUE(quiet.at(kWall + 50ms));
}

}  // namespace
}  // namespace jobset_twin::scenarios
