// quantity.hpp - resource.Quantity: an exact fixed-point number with a decimal or binary suffix.
//
// Held exactly in nano-units from -(2^63-1) to 2^63-1 whole units; beyond that it is capped, as upstream caps binary
// ones. Smaller than a nano-unit is rounded up (away from zero). Printing is canonical: the fewest digits, the largest
// suffix. Source: apimachinery pkg/api/resource quantity.go, amount.go (1.36).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/result.hpp"

namespace jobset_twin::api {

class Quantity {
 public:
  enum class Format : std::uint8_t { kDecimalSI, kBinarySI, kDecimalExponent };

  Quantity() = default;
  explicit Quantity(std::int64_t units, Format format = Format::kDecimalSI) : units_(units), format_(format) {}
  static Quantity milli(std::int64_t value, Format format = Format::kDecimalSI);

  // The error text is upstream's ("quantities must match the regular expression …", "unable to parse quantity's
  // suffix").
  static Result<Quantity> parse(std::string_view text);

  std::int64_t value() const;       // rounded up
  std::int64_t milliValue() const;  // rounded up; saturates at the ends of int64
  bool isZero() const { return units_ == 0 && nanos_ == 0; }
  int sign() const { return units_ < 0 ? -1 : (isZero() ? 0 : 1); }
  Format format() const { return format_; }
  std::string toString() const;

  // Rounds up to whole milli-units, as the API server does with the resources of built-in kinds
  // (SetDefaults_ResourceList).
  Quantity roundedUpToMilli() const;

  // Values alone count: 1000m == 1. A sum has the format of the left side (of the right one if the left is zero).
  friend bool operator==(const Quantity& a, const Quantity& b) { return a.units_ == b.units_ && a.nanos_ == b.nanos_; }
  friend std::strong_ordering operator<=>(const Quantity& a, const Quantity& b) {
    if (const auto order = a.units_ <=> b.units_; order != 0) return order;
    return a.nanos_ <=> b.nanos_;
  }
  Quantity& operator+=(const Quantity& other);
  Quantity& operator-=(const Quantity& other);
  friend Quantity operator+(Quantity a, const Quantity& b) { return a += b; }
  friend Quantity operator-(Quantity a, const Quantity& b) { return a -= b; }
  Quantity operator-() const;

  // The representation: value = units + nanos / 10^9, nanos from 0 to 999,999,999.
  std::int64_t units() const { return units_; }
  std::uint32_t nanos() const { return nanos_; }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(units_, nanos_, format_);
  }

 private:
  std::int64_t units_ = 0;
  std::uint32_t nanos_ = 0;
  Format format_ = Format::kDecimalSI;
};

}  // namespace jobset_twin::api
