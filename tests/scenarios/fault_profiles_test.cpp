// Every file of scenarios/faults, found by listing the folder: a profile says where its figures are from and what it
// assumes, can be run with any manifest, and is shown by a scenario of scenarios/faults/runs, whose expectations hold.
//
// Pins: the form of the files, outcomes. Leaves open: the rates, which tests/validation holds to what was published.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

std::optional<std::string> textOf(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  return text.str();
}

struct File {
  std::string name, path, text;
  friend void PrintTo(const File& file, std::ostream* out) { *out << file.name; }
};

std::vector<File> filesOf(const std::string& folder) {
  std::vector<File> out;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/scenarios/faults/" + folder)) {
    if (entry.is_directory()) continue;
    out.push_back({entry.path().stem().string(), entry.path().string(), textOf(entry.path().string()).value_or("")});
  }
  std::sort(out.begin(), out.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return out;
}

// Those without a Scenario: Faults only.
std::vector<File> profiles() {
  std::vector<File> out = filesOf("");
  std::erase_if(out, [](const File& file) { return file.text.find("kind: Scenario") != std::string::npos; });
  return out;
}

Loaded loadAll(const std::vector<InputFile>& files, const LoadOptions& options = {}) {
  Loaded loaded = load(files, options, textOf);
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  return loaded;
}

std::string nameOf(const testing::TestParamInfo<File>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Profile : public testing::TestWithParam<File> {};

TEST_P(Profile, SaysWhereItsFiguresAreFrom) {
  const File& file = GetParam();
  EXPECT_TRUE(file.text.starts_with("# ")) << "no leading comment";
  EXPECT_NE(file.text.find("scenarios/faults/" + file.name + ".yaml"), std::string::npos) << "not how it is run";
  if (file.name == "typical") return;
  for (const std::string part : {"\n# Source: ", "\n# Assumed: ", "\n# Not expressed: "})
    EXPECT_NE(file.text.find(part), std::string::npos) << part;
  const std::vector<File> runs = filesOf("runs");
  EXPECT_TRUE(std::any_of(runs.begin(), runs.end(), [&](const File& run) {
    return run.text.find("- apply: ../" + file.name + ".yaml\n") != std::string::npos;
  })) << "no scenario of runs/ shows it";
}

// On the cluster that is derived from the manifest, its faults may strike or not, and nothing of it is wrong.
TEST_P(Profile, RunsWithAnyManifest) {
  const std::string jobset =
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: any}\nspec:\n"
      "  failurePolicy: {maxRestarts: 100}\n  replicatedJobs:\n  - name: workers\n    replicas: 2\n    template:\n"
      "      spec: {parallelism: 4, completions: 4, backoffLimit: 0, template: {spec: {restartPolicy: Never, "
      "containers: "
      "[{name: main, image: x, resources: {limits: {nvidia.com/gpu: 8}}}]}}}\n";
  const Loaded loaded = loadAll({{"jobset.yaml", jobset}, {GetParam().path, GetParam().text}});
  ASSERT_TRUE(loaded.errors.empty());
  EXPECT_FALSE(loaded.plan.faults.empty());
  scenarios::Run run(loaded.plan);
  run.advance();
  const Outcome outcome = run.outcome();
  ASSERT_EQ(outcome.jobsets.size(), 1U);
  EXPECT_EQ(outcome.jobsets[0].terminal_state, "Completed");
}

INSTANTIATE_TEST_SUITE_P(Faults, Profile, testing::ValuesIn(profiles()), nameOf);

class ProfileRun : public testing::TestWithParam<File> {};

TEST_P(ProfileRun, IsAsExpected) {
  const File& file = GetParam();
  const bool large =
      std::isdigit(static_cast<unsigned char>(file.name.back())) != 0 && file.name.find("rsc-") + 5 != file.name.size();
  for (const std::uint64_t seed : large ? std::vector<std::uint64_t>{1} : std::vector<std::uint64_t>{1, 2, 3}) {
    SCOPED_TRACE(fmt::format("--seed {}", seed));
    LoadOptions options;
    options.seed = seed;
    const Loaded loaded = loadAll({{file.path, file.text}}, options);
    ASSERT_TRUE(loaded.errors.empty());
    for (const api::Error& warning : loaded.warnings) ADD_FAILURE() << "warning: " << api::describe(warning);
    EXPECT_EQ(loaded.scenario.name, file.name);
    EXPECT_FALSE(loaded.scenario.expectations.empty());
    scenarios::Run run(loaded.plan);
    run.advance();
    const Outcome outcome = run.outcome();
    for (const ExpectationResult& result : outcome.expectations)
      EXPECT_TRUE(result.met) << result.text << ": " << result.found;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, ProfileRun, testing::ValuesIn(filesOf("runs")), nameOf);

TEST(ProfileFolder, HasThoseThatTheDocumentationNames) {
  std::set<std::string> names;
  for (const File& file : profiles()) names.insert(file.name);
  for (const std::string name : {"typical", "llama3-interruptions", "meta-rsc-1", "meta-rsc-2", "meta-lemon-nodes",
                                 "delta-a100", "delta-h100", "aegis-h100", "new-cluster", "megascale", "byterobust",
                                 "blue-waters", "spot-2m", "spot-30s", "rolling-upgrade", "rack-power"})
    EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace jobset_twin::scenarios
