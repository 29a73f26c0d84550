// scenarios/workloads: every file runs to its end as it expects, is shown in docs/workloads.md, and is the same run
// when it is written and read again; so are those of the catalogue that have models.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "scenarios/write_scenario.hpp"

namespace jobset_twin::scenarios {
namespace {

const std::filesystem::path kRoot = TWIN_SOURCE_DIR;

std::optional<std::string> workloadText(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> filesIn(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
    const std::string text = entry.is_directory() ? "" : workloadText(entry.path().string()).value_or("");
    if (entry.path().extension() == ".yaml" && text.find("kind: Scenario") != std::string::npos &&
        text.find("model:") != std::string::npos)
      out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::filesystem::path> withModels() {
  std::vector<std::filesystem::path> out = filesIn("scenarios/workloads"), more = filesIn("scenarios/catalogue");
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Loaded loadFile(const std::filesystem::path& file) {
  Loaded loaded = load({{file.string(), *workloadText(file.string())}}, {}, workloadText);
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  for (const api::Error& warning : loaded.warnings) ADD_FAILURE() << api::describe(warning);
  return loaded;
}

class WorkloadFile : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(WorkloadFile, RunsAsItExpects) {
  scenarios::Run run(loadFile(GetParam()).plan);
  run.advance();
  const Outcome outcome = run.outcome();
  EXPECT_EQ(outcome.end_reason, EndReason::kFinished);
  EXPECT_FALSE(outcome.expectations.empty());
  for (const ExpectationResult& result : outcome.expectations)
    EXPECT_TRUE(result.met) << result.text << ": " << result.found;
  ASSERT_FALSE(outcome.workloads.empty());
  for (const WorkloadOutcome& one : outcome.workloads) {
    EXPECT_EQ(one.figures.done, one.figures.wanted);
    EXPECT_GT(one.figures.times.goodput(), 0);
    EXPECT_LE(one.figures.times.goodput(), 1);
  }
}

TEST_P(WorkloadFile, IsTheSameWhenItIsWrittenAndReadAgain) {
  const Loaded first = loadFile(GetParam());
  const std::string written = writeScenario(first.scenario);
  const Loaded second = load({{"printed.yaml", written}}, {}, {});
  ASSERT_TRUE(second.errors.empty()) << api::describe(second.errors.front());
  EXPECT_EQ(writeScenario(second.scenario), written);
  EXPECT_EQ(first.scenario.behaviors.size(), second.scenario.behaviors.size());
  for (std::size_t i = 0; i < first.scenario.behaviors.size(); ++i)
    EXPECT_TRUE(first.scenario.behaviors[i].model == second.scenario.behaviors[i].model) << i;
  scenarios::Run one(first.plan), other(second.plan);
  one.advance();
  other.advance();
  EXPECT_EQ(one.outcome().fingerprint, other.outcome().fingerprint);
}

TEST(WorkloadFiles, AreShownInTheDocument) {
  const std::string text = workloadText((kRoot / "docs/workloads.md").string()).value_or("");
  const std::vector<std::filesystem::path> files = filesIn("scenarios/workloads");
  EXPECT_GE(files.size(), 9U);
  for (const std::filesystem::path& file : files) {
    const std::string name = std::filesystem::relative(file, kRoot).string();
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
}

std::string workloadName(const testing::TestParamInfo<std::filesystem::path>& row) {
  std::string name;
  for (const char c : std::filesystem::relative(row.param, kRoot / "scenarios").replace_extension().string())
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Files, WorkloadFile, testing::ValuesIn(withModels()), workloadName);

}  // namespace
}  // namespace jobset_twin::scenarios
