// time.hpp - virtual time: the two types of the whole simulator, and where it starts.
//
// Nanoseconds in an int64, UTC, no leap seconds: 1677 to 2262. Does not format or parse (engine/api does) and knows
// no clock: the only source of "now" is Kernel.
#pragma once
#include <chrono>
#include <cstdint>

namespace jobset_twin::kernel {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

// 2026-01-01T00:00:00Z.
inline constexpr TimePoint kDefaultStart{std::chrono::seconds{1767225600}};

// `time + delta`, or the nearest representable time if that overflows.
[[nodiscard]] constexpr TimePoint saturatingAdd(TimePoint time, Duration delta) {
  if (delta > Duration::zero() && time > TimePoint::max() - delta) return TimePoint::max();
  if (delta < Duration::zero() && time < TimePoint::min() - delta) return TimePoint::min();
  return time + delta;
}

// For cereal: times travel as their count of nanoseconds.
template <class Archive>
void serializeTime(Archive& ar, TimePoint& time) {
  std::int64_t count = time.time_since_epoch().count();
  ar(count);
  time = TimePoint{Duration{count}};
}
template <class Archive>
void serializeDuration(Archive& ar, Duration& duration) {
  std::int64_t count = duration.count();
  ar(count);
  duration = Duration{count};
}

}  // namespace jobset_twin::kernel
