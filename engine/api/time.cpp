#include "engine/api/time.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

#include "engine/api/ascii.hpp"

namespace jobset_twin::api {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;

struct Civil {
  int year, month, day, hour, minute, second;
  std::int64_t nanos;
};

Civil civil(TimePoint at) {
  const auto day = floor<days>(at);
  const std::chrono::year_month_day ymd(day);
  const std::int64_t rest = (at - day).count();
  const std::int64_t whole = rest / 1'000'000'000;
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          static_cast<int>(whole / 3600),
          static_cast<int>(whole / 60 % 60),
          static_cast<int>(whole % 60),
          rest % 1'000'000'000};
}

// Reads RFC 3339 from left to right and remembers, for the message, the element that did not fit.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : text_(text), rest_(text) {}

  Result<TimePoint> read() {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!number(4, "2006", year) || !literal("-") || !number(2, "01", month)) return fail();
    if (month < 1 || month > 12) return outOfRange("month");
    if (!literal("-") || !number(2, "02", day)) return fail();
    if (!literal("T") || !number(2, "15", hour)) return fail();
    if (hour > 23) return outOfRange("hour");
    if (!literal(":") || !number(2, "04", minute)) return fail();
    if (minute > 59) return outOfRange("minute");
    if (!literal(":") || !number(2, "05", second)) return fail();
    if (second > 59) return outOfRange("second");
    const std::int64_t nanos = fraction();
    int offset = 0;
    if (!zone(offset)) return fail();
    if (!rest_.empty()) {
      return plainError("Invalid",
                        "parsing time \"" + std::string(text_) + "\": extra text: \"" + std::string(rest_) + "\"");
    }
    const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
    if (!ymd.ok()) return outOfRange("day");
    if (year < 1678 || year > 2261) {
      return plainError("Invalid",
                        "time \"" + std::string(text_) + "\" is out of range: the year must be from 1678 to 2261");
    }
    const auto whole = std::chrono::sys_days(ymd) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                       seconds(second) - seconds(offset);
    return TimePoint(whole) + Duration(nanos);
  }

 private:
  bool literal(std::string_view want) {
    if (rest_.substr(0, want.size()) != want) {
      wanted_ = want;
      return false;
    }
    rest_.remove_prefix(want.size());
    return true;
  }
  bool number(std::size_t digits, std::string_view element, int& out) {
    wanted_ = element;
    if (rest_.size() < digits) return false;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    out = value;
    return true;
  }
  std::int64_t fraction() {
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || rest_[1] < '0' || rest_[1] > '9') return 0;
    rest_.remove_prefix(1);
    std::int64_t nanos = 0;
    int digits = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      if (digits < 9) {
        nanos = nanos * 10 + (rest_[0] - '0');
        ++digits;
      }
      rest_.remove_prefix(1);
    }
    for (; digits < 9; ++digits) nanos *= 10;
    return nanos;
  }
  bool zone(int& offset) {
    wanted_ = "Z07:00";
    if (!rest_.empty() && rest_[0] == 'Z') {
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.size() < 6 || (rest_[0] != '+' && rest_[0] != '-') || rest_[3] != ':') return false;
    const std::string_view before = rest_;
    const int sign = rest_[0] == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    int hours = 0, minutes = 0;
    if (!number(2, "Z07:00", hours) || !literal(":") || !number(2, "Z07:00", minutes) || hours > 24 || minutes > 59) {
      wanted_ = "Z07:00";
      rest_ = before;
      return false;
    }
    offset = sign * (hours * 3600 + minutes * 60);
    return true;
  }
  Error fail() const {
    return plainError("Invalid", "parsing time \"" + std::string(text_) +
                                     "\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"" + std::string(rest_) +
                                     "\" as \"" + std::string(wanted_) + "\"");
  }
  Error outOfRange(const char* what) const {
    return plainError("Invalid", "parsing time \"" + std::string(text_) + "\": " + what + " out of range");
  }

  std::string_view text_, rest_, wanted_;
};

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
constexpr std::array<Unit, 9> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\xC2\xB5s", 1'000},  // U+00B5
                                         {"\xCE\xBCs", 1'000},  // U+03BC
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000},
                                         {"d", 86'400'000'000'000}}};

std::optional<std::int64_t> unitNanos(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.nanos;
  }
  return std::nullopt;
}

Error durationError(std::string_view what, std::string_view text) {
  return plainError("Invalid", std::string("time: ") + std::string(what) + " \"" + std::string(text) + "\"");
}

void appendFraction(std::string& out, std::uint64_t value, std::uint64_t unit) {
  out += std::to_string(value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return;
  out += '.';
  for (std::uint64_t place = unit / 10; rest != 0; place /= 10) {
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
}

}  // namespace

std::string formatTime(TimePoint at) {
  const Civil c = civil(at);
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
                c.minute, c.second);
  return buffer.data();
}

std::string formatMicroTime(TimePoint at) {
  const Civil c = civil(at);
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day, c.hour,
                c.minute, c.second, static_cast<int>(c.nanos / 1000));
  return buffer.data();
}

Result<TimePoint> parseTime(std::string_view text) { return TimeReader(text).read(); }

TimePoint truncateToSeconds(TimePoint at) { return TimePoint(floor<seconds>(at)); }

std::string formatDuration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  std::string out = count < 0 ? "-" : "";
  const std::uint64_t nanos = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (nanos < 1'000) return out + std::to_string(nanos) + "ns";
  if (nanos < 1'000'000) {
    appendFraction(out, nanos, 1'000);
    return out + "\xC2\xB5s";
  }
  if (nanos < 1'000'000'000) {
    appendFraction(out, nanos, 1'000'000);
    return out + "ms";
  }
  const std::uint64_t whole = nanos / 1'000'000'000;
  if (whole >= 3600) out += std::to_string(whole / 3600) + 'h';
  if (whole >= 60) out += std::to_string(whole / 60 % 60) + 'm';
  appendFraction(out, nanos % 60'000'000'000, 1'000'000'000);
  return out + 's';
}

Result<Duration> parseDuration(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return Duration(0);
  if (rest.empty()) return durationError("invalid duration", text);
  std::uint64_t total = 0;
  while (!rest.empty()) {
    if (rest[0] != '.' && !isDigit(rest[0])) return durationError("invalid duration", text);
    std::uint64_t whole = 0;
    std::size_t digits = 0;
    while (!rest.empty() && isDigit(rest[0])) {
      if (whole > kMax / 10) return durationError("invalid duration", text);
      whole = whole * 10 + static_cast<std::uint64_t>(rest[0] - '0');
      rest.remove_prefix(1);
      ++digits;
    }
    std::uint64_t part = 0, scale = 1;  // the fraction is part/scale; digits beyond the ninth are dropped
    if (!rest.empty() && rest[0] == '.') {
      rest.remove_prefix(1);
      while (!rest.empty() && isDigit(rest[0])) {
        if (scale < 1'000'000'000) {
          part = part * 10 + static_cast<std::uint64_t>(rest[0] - '0');
          scale *= 10;
        }
        rest.remove_prefix(1);
        ++digits;
      }
    }
    if (digits == 0) return durationError("invalid duration", text);
    std::size_t length = 0;
    while (length < rest.size() && rest[length] != '.' && !isDigit(rest[length])) ++length;
    if (length == 0) return durationError("missing unit in duration", text);
    const std::string_view name = rest.substr(0, length);
    const std::optional<std::int64_t> unit = unitNanos(name);
    if (!unit) {
      return plainError("Invalid",
                        "time: unknown unit \"" + std::string(name) + "\" in duration \"" + std::string(text) + "\"");
    }
    rest.remove_prefix(length);
    const std::uint64_t nanos = static_cast<std::uint64_t>(*unit);
    if (whole > kMax / nanos) return durationError("invalid duration", text);
    std::uint64_t value = whole * nanos;
    // part * nanos / scale, without overflow: scale <= 10^9, the largest unit is a multiple of 10^9.
    const std::uint64_t fraction = nanos >= scale && nanos % scale == 0 ? part * (nanos / scale) : part * nanos / scale;
    value += fraction;
    if (value > kMax || total > kMax - value) return durationError("invalid duration", text);
    total += value;
  }
  const auto count = static_cast<std::int64_t>(total);
  return Duration(negative ? -count : count);
}

std::string humanDuration(Duration duration) {
  const std::int64_t total = duration.count() / 1'000'000'000;
  if (total < -1) return "<invalid>";
  if (total < 0) return "0s";
  const auto two = [](std::int64_t a, const char* unit_a, std::int64_t b, const char* unit_b) {
    return std::to_string(a) + unit_a + (b == 0 ? std::string() : std::to_string(b) + unit_b);
  };
  const std::int64_t minutes = total / 60, hours = total / 3600;
  if (total < 120) return std::to_string(total) + "s";
  if (minutes < 10) return two(minutes, "m", total % 60, "s");
  if (minutes < 180) return std::to_string(minutes) + "m";
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return std::to_string(hours) + "h";
  if (hours < 192) return two(hours / 24, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24) + "d";
  if (hours < 24 * 365 * 8) return two(hours / 24 / 365, "y", hours / 24 % 365, "d");
  return std::to_string(hours / 24 / 365) + "y";
}

}  // namespace jobset_twin::api
