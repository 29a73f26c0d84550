#include "engine/api/quantity.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::api {
namespace {

Quantity q(const char* text) {
  const auto out = Quantity::parse(text);
  EXPECT_TRUE(out.ok()) << text;
  return out.ok() ? *out : Quantity();
}

TEST(Quantity, ParsesAndPrintsCanonically) {
  struct Row {
    const char* text;
    const char* canonical;
    std::int64_t value, milli;
  };
  const Row rows[] = {
      {"0", "0", 0, 0},
      {"-0", "0", 0, 0},
      {"0Ki", "0", 0, 0},
      {"1", "1", 1, 1000},
      {"100m", "100m", 1, 100},
      {"1000m", "1", 1, 1000},
      {"0.5", "500m", 1, 500},
      {".5", "500m", 1, 500},
      {"5.", "5", 5, 5000},
      {"1.5", "1500m", 2, 1500},
      {"+1.25", "1250m", 2, 1250},
      {"-1.5", "-1500m", -1, -1500},
      {"1u", "1u", 1, 1},
      {"1n", "1n", 1, 1},
      {"0.1n", "1n", 1, 1},
      {"-0.1n", "-1n", 0, 0},
      {"1500", "1500", 1500, 1500000},
      {"1000", "1k", 1000, 1000000},
      {"1k", "1k", 1000, 1000000},
      {"1M", "1M", 1000000, 1000000000},
      {"1500000", "1500k", 1500000, 1500000000},
      {"12e6", "12e6", 12000000, 12000000000},
      {"12E6", "12e6", 12000000, 12000000000},
      {"1e4", "10e3", 10000, 10000000},
      {"1e-3", "1e-3", 1, 1},
      {"100e-1", "10", 10, 10000},
      {"1E", "1E", 1000000000000000000, INT64_MAX},
      {"1Ki", "1Ki", 1024, 1024000},
      {"1024", "1024", 1024, 1024000},
      {"1000Ki", "1000Ki", 1024000, 1024000000},
      {"1024Ki", "1Mi", 1048576, 1048576000},
      {"0.5Ki", "512", 512, 512000},
      {"1.5Gi", "1536Mi", 1610612736, 1610612736000},
      {"0.1Ki", "102400m", 103, 102400},
      {"0.0001Ki", "102400u", 1, 103},
      {"1.1Ki", "1126400m", 1127, 1126400},
      {"1Ei", "1Ei", 1152921504606846976, INT64_MAX},
      {"8Ei", "9223372036854775807", INT64_MAX, INT64_MAX},
      {"100Ei", "9223372036854775807", INT64_MAX, INT64_MAX},
      {"1e200", "9223372036854775807", INT64_MAX, INT64_MAX},
      {"1e-200", "1e-9", 1, 1},
      {"000000000000000000000000000000000001", "1", 1, 1000},
      {"0.00000000000000000000000000000000000001", "1n", 1, 1},
      {"256Gi", "256Gi", 274877906944, 274877906944000},
      {"123456789012345678", "123456789012345678", 123456789012345678, INT64_MAX},
      {"1234567890.123456789", "1234567890123456789n", 1234567891, 1234567890124},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const Quantity got = q(row.text);
    EXPECT_EQ(got.toString(), row.canonical);
    EXPECT_EQ(got.value(), row.value);
    EXPECT_EQ(got.milliValue(), row.milli);
    EXPECT_EQ(q(got.toString().c_str()), got);
    EXPECT_EQ(-(-got), got);
  }
}

TEST(Quantity, RefusesInUpstreamsWords) {
  const char* const kForm =
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const std::pair<const char*, const char*> rows[] = {
      {"", kForm},
      {"a", kForm},
      {"1.1.1", kForm},
      {"1 Gi", kForm},
      {" 1", kForm},
      {"-", kForm},
      {".", kForm},
      {"1%", kForm},
      {"1K", "unable to parse quantity's suffix"},
      {"1mi", "unable to parse quantity's suffix"},
      {"1KiB", kForm},
      {"1ee3", "unable to parse quantity's suffix"},
      {"1e", "unable to parse quantity's suffix"},
      {"1e+", "unable to parse quantity's suffix"},
      {"1e99999999", "unable to parse quantity's suffix"},
  };
  for (const auto& [text, want] : rows) {
    const auto got = Quantity::parse(text);
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.errors()[0].text, want) << text;
  }
  EXPECT_FALSE(Quantity::parse(std::string(1000, '9')).ok());
}

TEST(Quantity, ComparesByValueAndAdds) {
  EXPECT_EQ(q("1000m"), q("1"));
  EXPECT_LT(q("999m"), q("1"));
  EXPECT_LT(q("-1"), q("-999m"));
  EXPECT_LT(q("-1n"), q("0"));
  EXPECT_GT(q("1Ki"), q("1k"));
  EXPECT_EQ((q("100m") + q("900m")).toString(), "1");
  EXPECT_EQ((q("1Gi") + q("1")).toString(), "1073741825");
  EXPECT_EQ((Quantity() + q("1Gi")).toString(), "1Gi");
  EXPECT_EQ((q("1") - q("1n")).toString(), "999999999n");
  EXPECT_EQ((q("0") - q("1500m")).toString(), "-1500m");
  EXPECT_EQ((q("9223372036854775807") + q("5")).value(), INT64_MAX);
  EXPECT_EQ(Quantity::milli(-1500).toString(), "-1500m");
  EXPECT_EQ(Quantity::milli(2500), q("2.5"));
  EXPECT_EQ(q("1500u").roundedUpToMilli().toString(), "2m");
  EXPECT_EQ(q("-1500u").roundedUpToMilli().toString(), "-2m");
}

}  // namespace
}  // namespace jobset_twin::api
