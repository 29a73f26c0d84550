// Width of text, its lines, and where labels go.
#include "viz/study/text_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "viz/study/label_places.hpp"
#include "viz/study/markup.hpp"

namespace jobset_twin::viz {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(CleanLine, HasNoControlCharacters) {
  EXPECT_EQ(cleanLine("a\tb\nc"), "a b c");
  EXPECT_EQ(cleanLine("\x1b[31m\x7f"), "?[31m?");
  EXPECT_EQ(cleanLine("x\xffy\xc3"), "x?y?");
  EXPECT_EQ(cleanLine("\xc2\x85\xef\xbf\xbf"), "??");  // a control character of Latin-1, U+FFFF
  EXPECT_EQ(cleanLine("Größe 大 🚀"), "Größe 大 🚀");
  EXPECT_EQ(cleanText("a\tb\nc\x01"), "a\tb\nc?");
}

TEST(Escaped, IsContentAndAttribute) {
  EXPECT_EQ(escaped("<a href=\"x\">&'\x02"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;?");
}

TEST(Widths, OfLettersAndCells) {
  EXPECT_GT(emWidth("WWW"), emWidth("nnn"));
  EXPECT_GT(emWidth("nnn"), emWidth("iii"));
  EXPECT_GT(emWidth("大"), emWidth("n"));
  EXPECT_DOUBLE_EQ(cellWidth("abc"), 3);
  EXPECT_DOUBLE_EQ(cellWidth("Größe"), 5);
  EXPECT_DOUBLE_EQ(cellWidth("大き"), 4);
  EXPECT_DOUBLE_EQ(cellWidth(""), 0);
}

TEST(Wrapped, BreaksWhereNamesMayBeBroken) {
  const auto lines = [](std::string_view text, double limit) { return wrapped(text, limit, cellWidth); };
  EXPECT_THAT(lines("", 5), ElementsAre(""));
  EXPECT_THAT(lines("abc", 5), ElementsAre("abc"));
  EXPECT_THAT(lines("restart all Jobs", 12), ElementsAre("restart all", "Jobs"));
  EXPECT_THAT(lines("restart all Jobs", 11), ElementsAre("restart all", "Jobs"));  // a blank at the end needs no room
  EXPECT_THAT(lines("a-long-name/of_it", 7), ElementsAre("a-long-", "name/", "of_it"));
  EXPECT_THAT(lines("abcdefgh", 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(lines("大きいノード", 5), ElementsAre("大き", "いノ", "ード"));
  EXPECT_THAT(lines("大き", 1), ElementsAre("大", "き"));  // a character a line, however narrow
}

TEST(Shortened, SaysThatSomethingIsLeftOut) {
  EXPECT_EQ(shortened("service level", 13, cellWidth, "…"), "service level");
  EXPECT_EQ(shortened("service level", 12, cellWidth, "…"), "service lev…");
  EXPECT_EQ(shortened("service level", 9, cellWidth, "…"), "service…");
  EXPECT_EQ(shortened("service level", 9, cellWidth, "..."), "servic...");
}

TEST(Flags, StandOnTiersSoThatNoneCoversAnother) {
  struct Case {
    std::vector<Flag> flags;
    std::vector<double> begins;
    std::vector<std::size_t> tiers;
  };
  const Case cases[] = {
      {{}, {}, {}},
      {{{10, 20}}, {11}, {0}},
      {{{90, 20}}, {69}, {0}},                   // no room at the right
      {{{10, 20}, {50, 20}}, {11, 51}, {0, 0}},  // side by side
      {{{10, 20}, {15, 20}}, {11, 16}, {1, 0}},  // the left one above, so that its pole passes beside
      {{{15, 20}, {10, 20}}, {16, 11}, {0, 1}},  // in any order
      {{{10, 20}, {10, 20}}, {11, 11}, {0, 1}},  // at the same place
      {{{90, 20}, {95, 20}}, {69, 74}, {0, 1}},  // at the right end the other way round
      {{{10, 20}, {12, 20}, {14, 20}}, {11, 13, 15}, {2, 1, 0}},
      {{{5, 200}}, {0}, {0}},  // too long for all: from the low end
  };
  for (const Case& c : cases) {
    std::vector<double> begins;
    std::vector<std::size_t> tiers;
    for (const FlagPlace& place : placeFlags(c.flags, 0, 100, 1)) {
      begins.push_back(place.begin);
      tiers.push_back(place.tier);
    }
    EXPECT_EQ(begins, c.begins);
    EXPECT_EQ(tiers, c.tiers);
  }
}

TEST(Spread, MovesNoMoreThanItMust) {
  const std::vector<double> ten{10, 10, 10};
  EXPECT_THAT(spread({20, 40, 60}, ten, 0, 100), Pointwise(DoubleEq(), {20, 40, 60}));
  EXPECT_THAT(spread({20, 52, 53}, ten, 0, 100), Pointwise(DoubleEq(), {20, 43, 53}));
  EXPECT_THAT(spread({1, 2, 60}, ten, 0, 100), Pointwise(DoubleEq(), {5, 15, 60}));
  EXPECT_THAT(spread({20, 98, 99}, ten, 0, 100), Pointwise(DoubleEq(), {20, 85, 95}));
  EXPECT_THAT(spread({1, 1, 1}, ten, 0, 20), Pointwise(DoubleEq(), {5, 15, 25}));  // too little room
}

}  // namespace
}  // namespace jobset_twin::viz
