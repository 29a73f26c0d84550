// shared.hpp - upstream's files beside the repository, and what happens where they are absent: a test is skipped, or
// fails when JOBSET_TWIN_REQUIRE_SHARED is 1.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace jobset_twin::shared {

inline std::filesystem::path sharedFolder() { return std::filesystem::path(TWIN_SOURCE_DIR) / ".." / "shared"; }

inline std::string fileText(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class SharedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::filesystem::exists(sharedFolder() / "manifests")) return;
    const char* required = std::getenv("JOBSET_TWIN_REQUIRE_SHARED");
    if (required && std::string(required) == "1")
      FAIL() << "../shared/manifests is absent, and JOBSET_TWIN_REQUIRE_SHARED=1";
    GTEST_SKIP() << "../shared/manifests is absent";
  }
};

}  // namespace jobset_twin::shared
