#include "engine/api/time.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::api {
namespace {

using namespace std::chrono_literals;

TEST(Time, FormatsAndParses) {
  struct Row {
    const char* text;
    std::int64_t nanos;
    const char* time;
    const char* micro;
  };
  const Row rows[] = {
      {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
      {"2026-01-02T03:04:05Z", 1767323045'000000000, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"},
      {"2026-01-02T03:04:05.123456789Z", 1767323045'123456789, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z"},
      {"2026-01-02T03:04:05.5+02:00", 1767315845'500000000, "2026-01-02T01:04:05Z", "2026-01-02T01:04:05.500000Z"},
      {"2024-02-29T23:59:59-00:30", 1709252999'000000000, "2024-03-01T00:29:59Z", "2024-03-01T00:29:59.000000Z"},
      {"1969-12-31T23:59:59.25Z", -750'000'000, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.250000Z"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto at = parseTime(row.text);
    ASSERT_TRUE(at.ok()) << describe(at.errors()[0]);
    EXPECT_EQ(at->time_since_epoch().count(), row.nanos);
    EXPECT_EQ(formatTime(*at), row.time);
    EXPECT_EQ(formatMicroTime(*at), row.micro);
    EXPECT_EQ(formatTime(truncateToSeconds(*at)), row.time);
  }
}

TEST(Time, RefusesInGosWords) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"2006\""},
      {"tomorrow", "parsing time \"tomorrow\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"tomorrow\" as \"2006\""},
      {"2026-01-02", "parsing time \"2026-01-02\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\""},
      {"2026-13-02T00:00:00Z", "parsing time \"2026-13-02T00:00:00Z\": month out of range"},
      {"2026-02-30T00:00:00Z", "parsing time \"2026-02-30T00:00:00Z\": day out of range"},
      {"2026-02-03T24:00:00Z", "parsing time \"2026-02-03T24:00:00Z\": hour out of range"},
      {"2026-02-03T23:00:00",
       "parsing time \"2026-02-03T23:00:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"Z07:00\""},
      {"2026-02-03T23:00:00Z!", "parsing time \"2026-02-03T23:00:00Z!\": extra text: \"!\""},
      {"0001-01-01T00:00:00Z", "time \"0001-01-01T00:00:00Z\" is out of range: the year must be from 1678 to 2261"},
  };
  for (const auto& [text, want] : rows) {
    const auto at = parseTime(text);
    ASSERT_FALSE(at.ok()) << text;
    EXPECT_EQ(at.errors()[0].text, want);
  }
}

TEST(Duration, FormatsAsGoAndParsesBack) {
  const std::pair<Duration, const char*> rows[] = {
      {0s, "0s"},
      {1ns, "1ns"},
      {1100ns, "1.1µs"},
      {2200us, "2.2ms"},
      {3300ms, "3.3s"},
      {4min + 5s, "4m5s"},
      {5h + 6min + 7001ms, "5h6m7.001s"},
      {1h + 30min, "1h30m0s"},
      {-90s, "-1m30s"},
      {8min + 1ns, "8m0.000000001s"},
      {Duration(INT64_MAX), "2562047h47m16.854775807s"},
  };
  for (const auto& [duration, text] : rows) {
    EXPECT_EQ(formatDuration(duration), text);
    const auto back = parseDuration(text);
    ASSERT_TRUE(back.ok()) << text;
    EXPECT_EQ(back->count(), duration.count()) << text;
  }
  EXPECT_EQ(formatDuration(Duration(INT64_MIN)), "-2562047h47m16.854775808s");
}

TEST(Duration, ParsesTheOtherSpellings) {
  const std::pair<const char*, Duration> rows[] = {
      {"0", 0s},
      {"-0", 0s},
      {"5s", 5s},
      {"1.5h", 90min},
      {"+2m", 2min},
      {".5s", 500ms},
      {"1.s", 1s},
      {"100ms", 100ms},
      {"1h15m30.918273645s", 1h + 15min + 30918273645ns},
      {"2d", 48h},
      {"1d12h", 36h},
      {"0.3333333333333333333h", 19min + 59s + 999998800ns},
      {"39h9m14.425s", 39h + 9min + 14425ms},
      {"10\xC2\xB5s", 10us},
      {"10\xCE\xBCs", 10us},
      {"10us", 10us},
  };
  for (const auto& [text, want] : rows) {
    const auto got = parseDuration(text);
    ASSERT_TRUE(got.ok()) << text;
    EXPECT_EQ(got->count(), want.count()) << text;
  }
  const std::pair<const char*, const char*> bad[] = {
      {"", "time: invalid duration \"\""},
      {"3", "time: missing unit in duration \"3\""},
      {"-", "time: invalid duration \"-\""},
      {"s", "time: invalid duration \"s\""},
      {".", "time: invalid duration \".\""},
      {"3000000h", "time: invalid duration \"3000000h\""},
      {"1y", "time: unknown unit \"y\" in duration \"1y\""},
      {"99999999999999999999s", "time: invalid duration \"99999999999999999999s\""},
  };
  for (const auto& [text, want] : bad) {
    const auto got = parseDuration(text);
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.errors()[0].text, want);
  }
}

TEST(Duration, HumanIsKubectlsAge) {
  const std::pair<Duration, const char*> rows[] = {
      {-2s, "<invalid>"},
      {-1s, "0s"},
      {0s, "0s"},
      {119s, "119s"},
      {120s, "2m"},
      {9min + 59s, "9m59s"},
      {10min, "10m"},
      {179min, "179m"},
      {3h, "3h"},
      {7h + 59min, "7h59m"},
      {8h, "8h"},
      {47h, "47h"},
      {48h, "2d"},
      {7 * 24h + 1h, "7d1h"},
      {8 * 24h, "8d"},
      {729 * 24h, "729d"},
      {2 * 365 * 24h, "2y"},
      {2 * 365 * 24h + 24h, "2y1d"},
      {8 * 365 * 24h, "8y"},
  };
  for (const auto& [duration, want] : rows) EXPECT_EQ(humanDuration(duration), want);
}

}  // namespace
}  // namespace jobset_twin::api
