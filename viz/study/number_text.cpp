#include "viz/study/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace jobset_twin::viz {
namespace {

using Format = Chart::Format;

constexpr double kManyDays = 1000;        // from here on hours are not worth telling
constexpr double kScientificFrom = 1e15;  // a double has no more digits
constexpr double kScientificBelow = 1e-4;
constexpr double kPercent = 100;

// The decimal exponent; the tiny addition is for logarithms of powers of ten that come out a hair too small.
int exponentOf(double value) {
  constexpr double kHair = 1e-12;
  return static_cast<int>(std::floor(std::log10(std::fabs(value)) + kHair));
}

std::string withoutZeros(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

// Commas between groups of three digits before the point.
std::string grouped(std::string digits) {
  constexpr std::size_t kGroup = 3;
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + kGroup) {
    at -= kGroup;
    digits.insert(at, 1, ',');
  }
  return digits;
}

// "-0.00" says no more than "0.00".
std::string withoutSignOfZero(std::string digits) {
  if (digits.starts_with('-') && digits.find_first_of("123456789") == std::string::npos) digits.erase(0, 1);
  return digits;
}

std::string scientific(double value, int digits, bool shorten) {
  const std::string text = fmt::format("{:.{}e}", value, std::max(digits, 0));
  const std::size_t e = text.find('e');
  const std::string mantissa = shorten ? withoutZeros(text.substr(0, e)) : text.substr(0, e);
  return fmt::format("{}e{}", mantissa, std::stoi(text.substr(e + 1)));
}

// shorten: without zeros at the end, and tiny values by exponent. Numbers that are not known better than to millions
// are easier to read by exponent, too.
std::string plainAt(double value, double resolution, bool shorten) {
  constexpr int kMostDecimals = 6;
  constexpr double kCoarse = 1e7;
  if (value == 0 && shorten) return "0";
  const int decimals = std::max(0, -exponentOf(resolution));
  const double size = std::fabs(value);
  const bool tiny = size != 0 && (shorten ? size < kScientificBelow : decimals > kMostDecimals && size < 1);
  const bool coarse = !shorten && resolution >= kCoarse && size >= resolution;
  if (size >= kScientificFrom || tiny || coarse)
    return scientific(value, std::min(exponentOf(value) - exponentOf(resolution), 15), shorten || coarse);
  const std::string digits = withoutSignOfZero(fmt::format("{:.{}f}", value, decimals));
  return grouped(shorten ? withoutZeros(digits) : digits);
}

// Two decimals, or more if so little is told apart, or none.
std::string moneyAt(double value, double resolution, bool shorten) {
  constexpr int kCents = 2;
  const double size = std::fabs(value);
  if (size >= kScientificFrom || (shorten && size != 0 && size < kScientificBelow))
    return plainAt(value, resolution, true);
  int decimals = resolution >= 1 ? 0 : std::max(kCents, -exponentOf(resolution));
  std::string digits = withoutSignOfZero(fmt::format("{:.{}f}", value, decimals));
  for (; shorten && decimals > kCents && digits.back() == '0'; --decimals) digits.pop_back();
  return grouped(digits);
}

struct TimeUnit {
  double seconds;
  std::string_view name;
};

// Below a minute: one unit with decimals, that of `beside` if it is larger, so that numbers that belong together have
// the same. A resolution that tenths of the larger unit show keeps that unit, for the same reason.
std::string shortTimeAt(double value, double resolution, bool shorten, double beside) {
  constexpr double kTenth = 0.0999, kAlmost = 1 - 1e-9;
  constexpr std::array<TimeUnit, 4> kUnits{{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}};
  const double size = std::max({std::round(std::fabs(value) / resolution) * resolution, std::fabs(value), beside});
  std::size_t i = 0;
  while (i + 1 < kUnits.size() && size != 0 && size < kUnits[i].seconds * kAlmost &&
         resolution < kUnits[i].seconds * kTenth)
    ++i;
  return fmt::format("{} {}", plainAt(value / kUnits[i].seconds, resolution / kUnits[i].seconds, shorten),
                     kUnits[i].name);
}

// From a minute up: "2h05m", "3d 4h". Units that are zero at the end are left out if the value is exact without them.
std::string longTimeAt(double value, double resolution) {
  constexpr std::array<TimeUnit, 4> kUnits{{{kDay, "d"}, {kHour, "h"}, {kMinute, "m"}, {1, "s"}}};
  constexpr double kHair = 1e-9;  // multiples of a fraction of a second are not exact
  const double size = std::fabs(value), rounded = std::round(size / resolution) * resolution;
  const bool exact = std::fabs(size - rounded) <= size * kHair;
  if (rounded >= kManyDays * kDay && resolution >= kHour) resolution = kDay;
  std::string text = value < 0 ? "-" : "";
  bool begun = false;
  double left = rounded;
  for (const TimeUnit& unit : kUnits) {
    const bool last = unit.seconds == 1 || unit.seconds <= resolution;
    const double count = unit.seconds == 1 ? left : std::floor(left / unit.seconds + kHair);
    left = std::max(left - count * unit.seconds, 0.0);
    if (!begun && count == 0 && !last) continue;
    if (!begun) {
      text += plainAt(count, unit.seconds == 1 ? std::min(resolution, 1.0) : 1, false);
    } else if (unit.seconds == kHour) {
      text += fmt::format(" {:.0f}", count);
    } else {
      const int decimals = unit.seconds == 1 && resolution < 1 ? -exponentOf(resolution) : 0;
      text += fmt::format("{:0{}.{}f}", count, decimals > 0 ? decimals + 3 : 2, decimals);
    }
    text += unit.name;
    begun = true;
    if (last || (exact && left < kHair)) break;
  }
  return text;
}

std::string secondsAt(double value, double resolution, bool shorten, double beside) {
  const double rounded = std::round(std::fabs(value) / resolution) * resolution;
  return std::max(rounded, std::fabs(value)) < kMinute ? shortTimeAt(value, resolution, shorten, beside)
                                                       : longTimeAt(value, resolution);
}

std::string formatted(double value, double resolution, Format format, bool shorten, double beside = 0) {
  switch (format) {
    case Format::kPlain: break;
    case Format::kSeconds: return secondsAt(value, resolution, shorten, beside);
    case Format::kShare: return plainAt(value * kPercent, resolution * kPercent, shorten) + " %";
    case Format::kMoney: return moneyAt(value, resolution, shorten);
  }
  return plainAt(value, resolution, shorten);
}

// What `digits` significant digits of a number can tell apart.
double resolutionOf(double value, int digits) {
  const std::string rounded = fmt::format("{:.{}e}", value, digits - 1);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  return std::stod(fmt::format("1e{}", std::max(exponent - digits + 1, -300)));
}

double resolutionOfTime(double seconds, int digits) {
  constexpr int kThreeUnits = 6;
  constexpr std::array<double, 4> kUnits{1, kMinute, kHour, kDay};
  const double size = std::fabs(seconds);
  if (size == 0) return 1;
  const std::size_t below = digits == 1 ? 0 : digits < kThreeUnits ? 1 : 2;
  // What is rounded up to the next unit, is told in that one.
  for (std::size_t unit = 0; unit + 1 < kUnits.size(); ++unit) {
    const double resolution =
        unit == 0 && size < kMinute ? resolutionOf(seconds, digits) : kUnits[unit - std::min(unit, below)];
    if (std::round(size / resolution) * resolution < kUnits[unit + 1]) return resolution;
  }
  return kUnits[kUnits.size() - 1 - below];
}

double resolutionFor(double value, Format format, int digits) {
  if (format == Format::kSeconds) return resolutionOfTime(value, digits);
  if (value == 0) return format == Format::kMoney ? 0.01 : 1;
  if (format == Format::kMoney && std::fabs(value) >= 1) return 0.01;
  return resolutionOf(value, digits);
}

// What the numbers beside an interval of this half width can tell apart: two digits of it, or a sensible unit of time.
double resolutionOfInterval(double largest, double half, Format format) {
  constexpr int kDigits = 2, kMost = 7;
  constexpr double kParts = 4;
  if (format == Format::kMoney && largest >= 1) return 0.01;
  if (format == Format::kSeconds && largest >= kMinute) {
    for (const double unit : {kDay, kHour, kMinute})
      if (largest >= unit && half >= kParts * unit) return unit;
    return 1;
  }
  const double finest = resolutionFor(largest, Format::kPlain, kMost);
  const double wanted = half > 0 ? resolutionOf(half, kDigits) : resolutionFor(largest, Format::kPlain, 4);
  return std::max(finest, wanted);
}

}  // namespace

std::string textAt(double value, double resolution, Format format) {
  return formatted(value, resolution, format, false);
}

std::string numberText(double value, Format format, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  constexpr int kMostDigits = 15;
  return formatted(value, resolutionFor(value, format, std::clamp(precision, 1, kMostDigits)), format, true);
}

std::string intervalText(double value, std::optional<double> low, std::optional<double> high, Format format) {
  for (std::optional<double>* end : {&low, &high})
    if (*end && !std::isfinite(**end)) end->reset();
  if (!std::isfinite(value) || (!low && !high)) return numberText(value, format);
  if (!high) return fmt::format("{} (from {})", numberText(value, format), numberText(*low, format));
  if (!low) return fmt::format("{} (to {})", numberText(value, format), numberText(*high, format));
  const double half = std::fabs(*high - *low) / 2;
  const double largest = std::max({std::fabs(value), std::fabs(*low), std::fabs(*high)});
  if (half <= largest * 1e-12) return numberText(value, format) + " ± 0";
  constexpr double kTolerance = 0.05;  // of the half width: rounding hides less
  const double resolution = resolutionOfInterval(std::max(std::fabs(value), half), half, format);
  const bool symmetric = std::fabs(value - (*low + *high) / 2) <= kTolerance * half;
  const double beside = symmetric ? std::max(std::fabs(value), half) : largest;
  const auto number = [&](double part) { return formatted(part, resolution, format, false, beside); };
  if (symmetric)
    return fmt::format("{} ± {}", number(value), half < resolution ? numberText(half, format, 2) : number(half));
  return fmt::format("{} [{}, {}]", number(value), number(*low), number(*high));
}

}  // namespace jobset_twin::viz
