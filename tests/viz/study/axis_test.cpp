// Scales and ticks: sensible values, as many as fit.
#include "viz/study/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace jobset_twin::viz {
namespace {

using Format = Chart::Format;

Range rangeOf(double low, double high) {
  Range range;
  range.add(high);
  range.add(low);
  return range;
}

double letters(std::string_view text) { return static_cast<double>(text.size()); }

std::string labelsOf(const std::vector<Tick>& ticks) {
  std::string labels;
  for (const Tick& tick : ticks) labels += (labels.empty() ? "" : " | ") + tick.label;
  return labels;
}

struct TickCase {
  double low, high;
  Format format;
  bool log;
  double room;  // in letters
  std::string labels;
};

TEST(Ticks, AreAtSensibleValues) {
  const TickCase cases[] = {
      {0.2, 9.8, Format::kPlain, false, 60, "0 | 2 | 4 | 6 | 8 | 10"},
      {0.21, 0.48, Format::kPlain, false, 60, "0.20 | 0.25 | 0.30 | 0.35 | 0.40 | 0.45"},
      {-12, 9, Format::kPlain, false, 18, "-10 | 0 | 10"},
      {-12, 9, Format::kPlain, false, 60, "-10 | -5 | 0 | 5 | 10"},
      {1, 3, Format::kPlain, false, 60, "1 | 2 | 3"},  // whole numbers have nothing between them
      {1e9, 4e9, Format::kPlain, false, 60, "1e9 | 1.5e9 | 2e9 | 2.5e9 | 3e9 | 3.5e9 | 4e9"},
      {0, 45, Format::kSeconds, false, 60, "0 | 10 s | 20 s | 30 s | 40 s"},
      {0, 3400, Format::kSeconds, false, 60, "0 | 10m | 20m | 30m | 40m | 50m"},
      {7000, 10000, Format::kSeconds, false, 40, "2h | 2h15m | 2h30m | 2h45m"},
      {0, 80000, Format::kSeconds, false, 50, "0 | 3h | 6h | 9h | 12h | 15h | 18h | 21h"},
      {0, 6 * 86400, Format::kSeconds, false, 60, "0 | 1d | 2d | 3d | 4d | 5d | 6d"},
      {0, 0.004, Format::kSeconds, false, 60, "0 | 1 ms | 2 ms | 3 ms | 4 ms"},
      {0.1, 0.93, Format::kShare, false, 40, "20 % | 40 % | 60 % | 80 %"},
      {0, 1, Format::kShare, false, 60, "0 % | 20 % | 40 % | 60 % | 80 % | 100 %"},
      {900, 5000, Format::kMoney, false, 60, "1,000 | 2,000 | 3,000 | 4,000 | 5,000"},
      {0.9, 1.6, Format::kMoney, false, 60, "0.90 | 1.00 | 1.10 | 1.20 | 1.30 | 1.40 | 1.50 | 1.60"},
      {1, 100, Format::kPlain, true, 60, "1 | 2 | 5 | 10 | 20 | 50 | 100"},
      {1, 100, Format::kPlain, true, 30, "1 | 10 | 100"},
      {1e-12, 1e12, Format::kPlain, true, 60, "1e-13 | 1e-9 | 1e-5 | 0.1 | 1,000 | 1e7 | 1e11"},
      {10, 15, Format::kPlain, true, 60, "10 | 11 | 12 | 13 | 14 | 15"},
      {60, 21600, Format::kSeconds, true, 60, "1m | 5m | 15m | 1h | 6h"},
      {60, 21600, Format::kSeconds, true, 130, "1m | 2m | 5m | 10m | 20m | 30m | 1h | 2h | 4h | 8h"},
      {0.001, 8e5, Format::kSeconds, true, 60, "1 ms | 1 s | 1m | 1h | 1d"},
  };
  for (const TickCase& c : cases) {
    const Scale scale = scaleOf(rangeOf(c.low, c.high), {c.log, false, c.format});
    EXPECT_EQ(labelsOf(ticksOf(scale, c.format, {c.room, 3, letters})), c.labels) << c.low << " to " << c.high;
  }
}

TEST(Ticks, NeverTouchAndNeverRepeat) {
  for (const Format format : {Format::kPlain, Format::kSeconds, Format::kShare, Format::kMoney}) {
    for (const bool log : {false, true}) {
      for (const double low : {1e-9, 0.3, 59.0, 86399.0, 1e12}) {
        for (const double factor : {1.0, 1.00001, 1.3, 70.0, 1e7, 1e20}) {
          for (const double room : {12.0, 35.0, 90.0}) {
            const Scale scale = scaleOf(rangeOf(low, low * factor), {log, false, format});
            const std::vector<Tick> ticks = ticksOf(scale, format, {room, 2, letters});
            for (std::size_t i = 1; i < ticks.size(); ++i) {
              const double left = scale.at(ticks[i - 1].value) * room + letters(ticks[i - 1].label) / 2;
              const double right = scale.at(ticks[i].value) * room - letters(ticks[i].label) / 2;
              EXPECT_GE(right - left, 2 - 1e-9) << labelsOf(ticks);
              EXPECT_NE(ticks[i].label, ticks[i - 1].label);
            }
            for (const Tick& tick : ticks) {
              EXPECT_GE(scale.at(tick.value), -1e-6);
              EXPECT_LE(scale.at(tick.value), 1 + 1e-6);
            }
          }
        }
      }
    }
  }
}

TEST(Ticks, OneIsBetterThanNone) {
  const Scale scale = scaleOf(rangeOf(123456000, 123458900), {false, false, Format::kMoney});
  EXPECT_EQ(labelsOf(ticksOf(scale, Format::kMoney, {15, 2, letters})), "123,458,000");
}

TEST(Scales, AreALittleWiderThanTheirRange) {
  struct Case {
    double low, high;
    ScaleOptions options;
    double from, to;
  };
  const Case cases[] = {
      {10, 20, {}, 9.5, 20.5},
      {0.1, 20, {}, 0, 20.995},                            // not across zero
      {-20, -0.1, {}, -20.995, 0},                         // nor from below
      {-10, 10, {}, -11, 11},                              //
      {10, 20, {false, true, {}}, 0, 21},                  // from zero
      {-20, -10, {false, true, {}}, -21, 0},               //
      {0.5, 1, {false, false, Format::kShare}, 0.475, 1},  // shares end at 1
      {0.5, 1.5, {false, false, Format::kShare}, 0.45, 1.55},
      {1, 1, {false, false, Format::kShare}, 0.9, 1},
      {7, 7, {}, 6.3, 7.7},
      {-7, -7, {}, -7.7, -6.3},
      {0, 0, {}, 0, 1},
      {7, 7, {true, false, {}}, 7 / 1.5, 7 * 1.5},
  };
  for (const Case& c : cases) {
    const Scale scale = scaleOf(rangeOf(c.low, c.high), c.options);
    EXPECT_NEAR(scale.low, c.from, 1e-9) << c.low << " to " << c.high;
    EXPECT_NEAR(scale.high, c.to, 1e-9) << c.low << " to " << c.high;
    EXPECT_EQ(scale.log, c.options.log);
  }
}

TEST(Scales, PlaceValues) {
  const Scale linear{10, 20, false, false}, log{1, 100, true, false};
  EXPECT_DOUBLE_EQ(linear.at(10), 0);
  EXPECT_DOUBLE_EQ(linear.at(15), 0.5);
  EXPECT_DOUBLE_EQ(log.at(10), 0.5);
  EXPECT_DOUBLE_EQ(log.at(100), 1);
}

}  // namespace
}  // namespace jobset_twin::viz
