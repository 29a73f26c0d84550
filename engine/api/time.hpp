// time.hpp - points in time and durations, and how Kubernetes and Go spell them.
//
// Both are int64 nanoseconds, so that instants from 1677 to 2262 can be held; others are refused when read. No time
// zones but offsets in the text, no leap seconds (as Go). Source: Go time package; apimachinery meta/v1 Time and
// MicroTime; util/duration HumanDuration.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/api/result.hpp"

namespace jobset_twin::api {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;
inline double secondsOf(Duration time) { return std::chrono::duration<double>(time).count(); }

// metav1.Time: "2026-01-02T03:04:05Z"; fractions of a second are cut off.
std::string formatTime(TimePoint at);
// metav1.MicroTime: "2026-01-02T03:04:05.000000Z"; cut off after microseconds.
std::string formatMicroTime(TimePoint at);
// RFC 3339 with any fraction and offset. The error text is Go's.
Result<TimePoint> parseTime(std::string_view text);
TimePoint truncateToSeconds(TimePoint at);  // towards the past, as Go's Truncate for times since 1970

// Go's Duration.String: "1h30m0s", "1.5s", "100ms", "0s".
std::string formatDuration(Duration duration);
// Go's ParseDuration ("1h30m", "-1.5h", "100ms", "0"), and days ("2d", "1d12h"), which Go lacks. The error text is
// Go's.
Result<Duration> parseDuration(std::string_view text);
// As in kubectl's AGE column: "5s", "2m30s", "3h12m", "4d3h", "2y10d".
std::string humanDuration(Duration duration);

}  // namespace jobset_twin::api
