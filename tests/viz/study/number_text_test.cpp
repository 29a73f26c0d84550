// numberText, intervalText: numbers as tables and axes show them.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "viz/study/chart.hpp"

namespace jobset_twin::viz {
namespace {

using Format = Chart::Format;

struct NumberCase {
  double value;
  Format format;
  std::string text;
  int precision = 4;
};

TEST(NumberText, Table) {
  constexpr Format kPlain = Format::kPlain, kSeconds = Format::kSeconds, kShare = Format::kShare,
                   kMoney = Format::kMoney;
  const NumberCase cases[] = {
      {0, kPlain, "0"},
      {-0.0, kPlain, "0"},
      {0.0031, kPlain, "0.0031"},
      {0.00012346, kPlain, "0.0001235"},
      {0.000031, kPlain, "3.1e-5"},
      {12.3, kPlain, "12.3"},
      {12.3456, kPlain, "12.35"},
      {12.3456, kPlain, "12", 2},
      {12.3456, kPlain, "12.3456", 9},
      {-12.3456, kPlain, "-12.35"},
      {0.99996, kPlain, "1"},
      {1234, kPlain, "1,234"},
      {123456.7, kPlain, "123,457"},
      {12345, kPlain, "12,345", 2},
      {-1234567, kPlain, "-1,234,567"},
      {1.5e15, kPlain, "1.5e15"},
      {-2e100, kPlain, "-2e100"},
      {0, kSeconds, "0 s"},
      {3e-10, kSeconds, "0.3 ns"},
      {0.00025, kSeconds, "250 µs"},
      {0.001, kSeconds, "1 ms"},
      {0.0012, kSeconds, "1.2 ms"},
      {0.25, kSeconds, "250 ms"},
      {0.9999999, kSeconds, "1 s"},
      {1, kSeconds, "1 s"},
      {12.3, kSeconds, "12.3 s"},
      {12.345, kSeconds, "12.35 s"},
      {59.99, kSeconds, "59.99 s"},
      {59.9999, kSeconds, "1m00s"},
      {60, kSeconds, "1m"},
      {125, kSeconds, "2m05s"},
      {125.4, kSeconds, "2m05s"},
      {-125, kSeconds, "-2m05s"},
      {3599.7, kSeconds, "1h00m"},
      {3600, kSeconds, "1h"},
      {9060, kSeconds, "2h31m"},
      {9063, kSeconds, "2h31m"},
      {9063, kSeconds, "2h31m03s", 6},
      {9063, kSeconds, "3h", 1},
      {7203, kSeconds, "2h00m"},
      {86400, kSeconds, "1d"},
      {86399, kSeconds, "1d 0h"},
      {273600, kSeconds, "3d 4h"},
      {273660, kSeconds, "3d 4h01m", 6},
      {14 * 86400., kSeconds, "14d"},
      {1234567890, kSeconds, "14,289d"},
      {0, kShare, "0 %"},
      {0.871, kShare, "87.1 %"},
      {0.87123, kShare, "87.12 %"},
      {1, kShare, "100 %"},
      {1.25, kShare, "125 %"},
      {-0.031, kShare, "-3.1 %"},
      {0.0000123, kShare, "0.00123 %"},
      {0, kMoney, "0.00"},
      {-0.0000001, kMoney, "-1e-7"},
      {1234.5, kMoney, "1,234.50"},
      {-1234567.891, kMoney, "-1,234,567.89"},
      {999.999, kMoney, "1,000.00"},
      {12, kMoney, "12.00"},
      {0.5, kMoney, "0.50"},
      {0.125, kMoney, "0.125"},
      {0.0031, kMoney, "0.0031"},
      {std::nan(""), kPlain, "NaN"},
      {std::numeric_limits<double>::infinity(), kSeconds, "inf"},
      {-std::numeric_limits<double>::infinity(), kShare, "-inf"},
  };
  for (const NumberCase& c : cases)
    EXPECT_EQ(numberText(c.value, c.format, c.precision), c.text) << c.value << " with " << c.precision << " digits";
}

TEST(NumberText, NoDigitsAreAsOne) {
  EXPECT_EQ(numberText(12.3, Format::kPlain, 0), numberText(12.3, Format::kPlain, 1));
  EXPECT_EQ(numberText(0.1, Format::kPlain, 99), "0.1");
}

struct IntervalCase {
  double value;
  std::optional<double> low, high;
  Format format;
  std::string text;
};

TEST(IntervalText, Table) {
  constexpr Format kPlain = Format::kPlain, kSeconds = Format::kSeconds, kShare = Format::kShare,
                   kMoney = Format::kMoney;
  const double nan = std::nan("");
  const IntervalCase cases[] = {
      {9060, 8820, 9300, kSeconds, "2h31m ± 4m"},
      {9065, 8965, 9165, kSeconds, "2h31m05s ± 1m40s"},
      {9065, 9063, 9067, kSeconds, "2h31m05s ± 2 s"},
      {8400, 8100, 8900, kSeconds, "2h20m [2h15m, 2h28m]"},
      {273600, 255600, 291600, kSeconds, "3d 4h ± 5h"},
      {0.3, -2700, 2700.6, kSeconds, "0 s ± 45m"},
      {-1700, -1900, -1500, kSeconds, "-28m20s ± 3m20s"},
      {0.25, 0.238, 0.262, kSeconds, "250 ms ± 12 ms"},
      {12.3456, 12.3, 12.3912, kSeconds, "12.346 s ± 0.046 s"},
      {12.3456, 12.2889, 12.4023, kPlain, "12.346 ± 0.057"},
      {1234.56, 1177.86, 1291.26, kPlain, "1,235 ± 57"},
      {1, 1 - 3e-9, 1 + 3e-9, kPlain, "1.000000 ± 3e-9"},
      {7, 7, 7, kPlain, "7 ± 0"},
      {0, 0, 0, kPlain, "0 ± 0"},
      {0.871, 0.862, 0.88, kShare, "87.10 % ± 0.90 %"},
      {0.95, 0.7, 1, kShare, "95 % [70 %, 100 %]"},
      {1234.5, 1200, 1269, kMoney, "1,234.50 ± 34.50"},
      {7, {}, {}, kPlain, "7"},
      {7, 6.0, {}, kPlain, "7 (from 6)"},
      {7, {}, 8.0, kPlain, "7 (to 8)"},
      {7, nan, nan, kPlain, "7"},
      {nan, 1.0, 2.0, kPlain, "NaN"},
  };
  for (const IntervalCase& c : cases) EXPECT_EQ(intervalText(c.value, c.low, c.high, c.format), c.text) << c.value;
}

}  // namespace
}  // namespace jobset_twin::viz
