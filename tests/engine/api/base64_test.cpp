#include "engine/api/base64.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::api {
namespace {

TEST(Base64, there_and_back) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe", "//4="}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(fromBase64(text), bytes);
  }
}

TEST(Base64, may_have_line_breaks_and_nothing_else) {
  EXPECT_EQ(fromBase64("aGVs\r\nbG8=\n"), "hello");
  for (const char* wrong : {"aGVs bG8=", "aG=s", "aGVsbG8", "=", "aGVs!G8="}) EXPECT_FALSE(fromBase64(wrong)) << wrong;
}

}  // namespace
}  // namespace jobset_twin::api
