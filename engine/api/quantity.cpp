#include "engine/api/quantity.hpp"

#include <array>
#include <limits>
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>

#include "engine/api/ascii.hpp"

namespace jobset_twin::api {
namespace {

using Format = Quantity::Format;
__extension__ typedef unsigned __int128 Wide;

constexpr std::int64_t kMaxUnits = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kNano = 1'000'000'000;
constexpr Wide kMaxNanos = static_cast<Wide>(kMaxUnits) * kNano;

struct Suffix {
  int base, exponent;
  Format format;
};

struct NamedSuffix {
  std::string_view text;
  int base, exponent;
};
constexpr std::array<NamedSuffix, 16> kSuffixes = {{{"", 10, 0},
                                                    {"n", 10, -9},
                                                    {"u", 10, -6},
                                                    {"m", 10, -3},
                                                    {"k", 10, 3},
                                                    {"M", 10, 6},
                                                    {"G", 10, 9},
                                                    {"T", 10, 12},
                                                    {"P", 10, 15},
                                                    {"E", 10, 18},
                                                    {"Ki", 2, 10},
                                                    {"Mi", 2, 20},
                                                    {"Gi", 2, 30},
                                                    {"Ti", 2, 40},
                                                    {"Pi", 2, 50},
                                                    {"Ei", 2, 60}}};

std::optional<Suffix> parseSuffix(std::string_view text) {
  for (const NamedSuffix& known : kSuffixes) {
    if (known.text == text)
      return Suffix{known.base, known.exponent, known.base == 2 ? Format::kBinarySI : Format::kDecimalSI};
  }
  if (text.size() > 1 && (text[0] == 'e' || text[0] == 'E')) {
    std::string_view digits = text.substr(1);
    bool negative = false;
    if (digits[0] == '-' || digits[0] == '+') {
      negative = digits[0] == '-';
      digits.remove_prefix(1);
    }
    if (digits.empty()) return std::nullopt;
    int exponent = 0;
    for (const char c : digits) {
      if (!isDigit(c)) return std::nullopt;
      if (exponent > 10'000) return std::nullopt;
      exponent = exponent * 10 + (c - '0');
    }
    return Suffix{10, negative ? -exponent : exponent, Format::kDecimalExponent};
  }
  return std::nullopt;
}

Error formatError() {
  return plainError("Invalid",
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

// The number whole.decimals * base^exponent in nano-units: rounded up to one, capped at the top.
Wide magnitude(std::string_view whole, std::string_view decimals, const Suffix& suffix) {
  using boost::multiprecision::cpp_int;
  cpp_int value = 0;
  for (const char digit : whole) value = value * 10 + (digit - '0');
  for (const char digit : decimals) value = value * 10 + (digit - '0');
  if (value == 0) return 0;
  const int power = 9 + (suffix.base == 10 ? suffix.exponent : 0) - static_cast<int>(decimals.size());
  if (suffix.base == 2) value <<= static_cast<unsigned>(suffix.exponent);
  if (power > 200) return kMaxNanos;
  if (power >= 0) {
    value *= boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(power));
  } else if (power < -400) {
    return 1;
  } else {
    const cpp_int divisor = boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(-power));
    value = (value + divisor - 1) / divisor;
  }
  const cpp_int top = cpp_int(kMaxUnits) * kNano;
  if (value > top) return kMaxNanos;
  const cpp_int low = value & 0xFFFFFFFFFFFFFFFFU, high = value >> 64U;
  return (static_cast<Wide>(high.convert_to<std::uint64_t>()) << 64U) | low.convert_to<std::uint64_t>();
}

std::string decimalString(Wide value) {
  if (value == 0) return "0";
  std::string out;
  for (; value != 0; value /= 10) out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  return out;
}

std::string decimalSuffix(int exponent, Format format) {
  if (format == Format::kDecimalExponent) return exponent == 0 ? std::string() : "e" + std::to_string(exponent);
  for (const NamedSuffix& known : kSuffixes) {
    if (known.base == 10 && known.exponent == exponent) return std::string(known.text);
  }
  return "e" + std::to_string(exponent);  // above E: cannot be, the value is capped
}

}  // namespace

Quantity Quantity::milli(std::int64_t value, Format format) {
  Quantity out;
  std::int64_t rest = value % 1000;
  out.units_ = value / 1000;
  if (rest < 0) {
    rest += 1000;
    --out.units_;
  }
  out.nanos_ = static_cast<std::uint32_t>(rest) * 1'000'000;
  out.format_ = format;
  return out;
}

Result<Quantity> Quantity::parse(std::string_view text) {
  if (text.empty()) return formatError();
  std::string_view rest = text;
  bool negative = false;
  if (rest[0] == '-' || rest[0] == '+') {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  std::size_t at = 0;
  while (at < rest.size() && isDigit(rest[at])) ++at;
  std::string_view whole = rest.substr(0, at), decimals;
  rest.remove_prefix(at);
  if (!rest.empty() && rest[0] == '.') {
    at = 1;
    while (at < rest.size() && isDigit(rest[at])) ++at;
    decimals = rest.substr(1, at - 1);
    rest.remove_prefix(at);
  }
  if (whole.empty() && decimals.empty()) return formatError();
  // What upstream's scanner takes for a suffix; anything else does not look like a quantity at all.
  at = 0;
  while (at < rest.size() && std::string_view("eEinumkKMGTP").find(rest[at]) != std::string_view::npos) ++at;
  if (at < rest.size() && (rest[at] == '-' || rest[at] == '+')) ++at;
  while (at < rest.size() && isDigit(rest[at])) ++at;
  if (at != rest.size()) return formatError();
  const std::optional<Suffix> suffix = parseSuffix(rest);
  if (!suffix) return plainError("Invalid", "unable to parse quantity's suffix");

  while (whole.size() > 1 && whole[0] == '0') whole.remove_prefix(1);
  while (!decimals.empty() && decimals.back() == '0') decimals.remove_suffix(1);
  if (whole.size() + decimals.size() > 100) return plainError("Invalid", "unable to parse numeric part of quantity");
  const Wide nanos = magnitude(whole, decimals, *suffix);
  Quantity out;
  out.format_ = suffix->format;
  out.units_ = static_cast<std::int64_t>(nanos / kNano);
  out.nanos_ = static_cast<std::uint32_t>(nanos % kNano);
  if (out.format_ == Format::kBinarySI && out.units_ == 0 && out.nanos_ != 0) out.format_ = Format::kDecimalSI;
  if (negative) out = -out;
  return out;
}

std::int64_t Quantity::value() const { return nanos_ == 0 || units_ == kMaxUnits ? units_ : units_ + 1; }

std::int64_t Quantity::milliValue() const {
  if (units_ > kMaxUnits / 1000 - 1) return kMaxUnits;
  if (units_ < -(kMaxUnits / 1000)) return -kMaxUnits;
  return units_ * 1000 + (nanos_ + 999'999) / 1'000'000;
}

Quantity Quantity::roundedUpToMilli() const {
  Quantity out = *this;
  if (nanos_ % 1'000'000 == 0) return out;
  // Upstream rounds away from zero. Below zero, the representation's nanos count upwards, so that is towards -infinity.
  out.nanos_ -= out.nanos_ % 1'000'000;
  if (units_ >= 0) out += Quantity::milli(1);
  return out;
}

Quantity Quantity::operator-() const {
  Quantity out = *this;
  out.units_ = nanos_ == 0 ? -units_ : -units_ - 1;
  out.nanos_ = nanos_ == 0 ? 0 : kNano - nanos_;
  return out;
}

Quantity& Quantity::operator+=(const Quantity& other) {
  if (isZero()) format_ = other.format_;
  const std::uint32_t nanos = nanos_ + other.nanos_;
  const std::int64_t carry = nanos >= kNano ? 1 : 0;
  std::int64_t units = 0;
  if (__builtin_add_overflow(units_, other.units_, &units) || __builtin_add_overflow(units, carry, &units) ||
      units == -kMaxUnits - 1) {
    units_ = other.units_ > 0 ? kMaxUnits : -kMaxUnits;
    nanos_ = 0;
    return *this;
  }
  units_ = units;
  nanos_ = carry ? nanos - kNano : nanos;
  return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) { return *this += -other; }

std::string Quantity::toString() const {
  if (isZero()) return "0";
  const bool negative = units_ < 0;
  const Quantity positive = negative ? -*this : *this;
  Wide mantissa = static_cast<Wide>(static_cast<std::uint64_t>(positive.units_)) * kNano + positive.nanos_;
  std::string out = negative ? "-" : "";
  if (format_ == Format::kBinarySI && positive.nanos_ == 0 && positive.units_ >= 1024) {
    std::uint64_t whole = static_cast<std::uint64_t>(positive.units_);
    int exponent = 0;
    while (whole % 1024 == 0 && exponent < 60) {
      whole /= 1024;
      exponent += 10;
    }
    out += std::to_string(whole);
    for (const NamedSuffix& known : kSuffixes) {
      if (exponent != 0 && known.base == 2 && known.exponent == exponent) out += known.text;
    }
    return out;
  }
  int exponent = -9;
  while (mantissa % 1000 == 0 && exponent < 18) {
    mantissa /= 1000;
    exponent += 3;
  }
  return out + decimalString(mantissa) +
         decimalSuffix(exponent, format_ == Format::kBinarySI ? Format::kDecimalSI : format_);
}

}  // namespace jobset_twin::api
