// Every file of scenarios/faults, found by listing the folder: a profile says where its figures are from and what it
// assumes, can be run with any manifest, and is shown by a scenario of scenarios/faults/runs, whose expectations hold.
//
// Its rates are the source's numbers, found by counting here once more.
//
// Pins: the form of the files, their rates, outcomes. Leaves open: what a run of such rates comes to, which
// tests/validation holds to what was published.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

std::optional<std::string> profileText(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  return text.str();
}

struct ProfileFile {
  std::string name, path, text;
  friend void PrintTo(const ProfileFile& file, std::ostream* out) { *out << file.name; }
};

std::vector<ProfileFile> filesOf(const std::string& folder) {
  std::vector<ProfileFile> out;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/scenarios/faults/" + folder)) {
    if (entry.is_directory()) continue;
    out.push_back(
        {entry.path().stem().string(), entry.path().string(), profileText(entry.path().string()).value_or("")});
  }
  std::sort(out.begin(), out.end(), [](const ProfileFile& a, const ProfileFile& b) { return a.name < b.name; });
  return out;
}

// Those without a Scenario: Faults only.
std::vector<ProfileFile> profiles() {
  std::vector<ProfileFile> out = filesOf("");
  std::erase_if(out, [](const ProfileFile& file) { return file.text.find("kind: Scenario") != std::string::npos; });
  return out;
}

Loaded loadAll(const std::vector<InputFile>& files, const LoadOptions& options = {}) {
  Loaded loaded = load(files, options, profileText);
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  return loaded;
}

std::string nameOf(const testing::TestParamInfo<ProfileFile>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Profile : public testing::TestWithParam<ProfileFile> {};

TEST_P(Profile, SaysWhereItsFiguresAreFrom) {
  const ProfileFile& file = GetParam();
  EXPECT_TRUE(file.text.starts_with("# ")) << "no leading comment";
  EXPECT_NE(file.text.find("scenarios/faults/" + file.name + ".yaml"), std::string::npos) << "not how it is run";
  if (file.name == "typical") return;
  for (const std::string part : {"\n# Source: ", "\n# Assumed: ", "\n# Not expressed: "})
    EXPECT_NE(file.text.find(part), std::string::npos) << part;
  const std::vector<ProfileFile> runs = filesOf("runs");
  EXPECT_TRUE(std::any_of(runs.begin(), runs.end(), [&](const ProfileFile& run) {
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

// Two profiles may be given together; those of the two clusters of one source are alternatives.
TEST(Profiles, GoTogether) {
  const std::vector<ProfileFile> all = profiles();
  const std::string job =
      "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, "
      "containers: "
      "[{name: c, image: i, command: [sleep, '1']}]}}}}\n";
  for (const ProfileFile& one : all) {
    for (const ProfileFile& other : all) {
      if (one.name >= other.name || (one.name == "meta-rsc-1" && other.name == "meta-rsc-2")) continue;
      SCOPED_TRACE(one.name + " and " + other.name);
      EXPECT_TRUE(loadAll({{"job.yaml", job}, {one.path, one.text}, {other.path, other.text}}).errors.empty());
    }
  }
}

// --- rates

using Hours = std::chrono::duration<double, std::ratio<3600>>;

double meanHours(const workload::TimeDistribution& law) {
  using Kind = workload::TimeDistribution::Kind;
  const double a = Hours(law.a).count();
  switch (law.kind) {
    case Kind::kConstant:
    case Kind::kExponential: return a;
    case Kind::kLognormal: return a * std::exp(law.sigma * law.sigma / 2);
    case Kind::kWeibull: return a * std::tgamma(1 + 1 / law.sigma);
    default: ADD_FAILURE() << "a law that no profile has"; return 0;
  }
}

std::vector<faults::Fault> faultsOf(const std::string& profile) {
  const std::string path = TWIN_SOURCE_DIR "/scenarios/faults/" + profile + ".yaml";
  return loadAll({{path, profileText(path).value_or("")}}).scenario.faults;
}

// Failures in 1,000 days of one unit: a node, a container; a failure of a rack counts once, not
// once for each of its nodes.
double rateOf(const faults::Fault& fault, double nodes_a_rack) {
  return 24'000 / meanHours(*fault.trigger.hazard) / (fault.target.domain.empty() ? 1 : nodes_a_rack);
}

struct Rate {
  const char *profile, *fault;  // "": all of its faults together
  double in_1000_days;          // from the source's numbers
  double nodes_a_rack = 1;
};
constexpr double kHosts = 2048, kDays = 54;
constexpr double kLlama = 1000 / (kHosts * kDays);            // one interruption
constexpr double kByteRobust = 24'000 / (50.0 / 1.8) / 1200;  // 50 min are 3 % of 27.8 h; 9,600 GPUs
constexpr Rate kRates[] = {
    {"llama3-interruptions", "", 419 * kLlama, 16},
    {"llama3-interruptions", "faulty-gpu", 148 * kLlama},
    {"llama3-interruptions", "hbm3-memory", 72 * kLlama},
    {"llama3-interruptions", "software-bug", 54 * kLlama},
    {"llama3-interruptions", "switch-or-cable", 35 * kLlama, 16},
    {"llama3-interruptions", "host-maintenance", 32 * kLlama},
    {"llama3-interruptions", "sram-memory", 19 * kLlama},
    {"llama3-interruptions", "gpu-system-processor", 17 * kLlama},
    {"llama3-interruptions", "nic", 7 * kLlama},
    {"llama3-interruptions", "nccl-watchdog", 7 * kLlama},
    {"llama3-interruptions", "silent-data-corruption", 6 * kLlama},
    {"llama3-interruptions", "gpu-thermal-or-sensor", 6 * kLlama},
    {"llama3-interruptions", "ssd", 3 * kLlama},
    {"llama3-interruptions", "power-supply", 3 * kLlama},
    {"llama3-interruptions", "server-chassis", 2 * kLlama},
    {"llama3-interruptions", "io-board", 2 * kLlama},
    {"llama3-interruptions", "dependency", 2 * kLlama},
    {"llama3-interruptions", "cpu", 2 * kLlama},
    {"llama3-interruptions", "system-memory", 2 * kLlama},
    {"meta-rsc-1", "", 6.5},
    {"meta-rsc-2", "", 2.34},
    {"meta-lemon-nodes", "", 49 * 6.5},          // fifty times meta-rsc-1, which runs beside it
    {"delta-a100", "", 4 * 24'000 / 283'271.0},  // four GPUs a node
    {"delta-h100", "", 4 * 24'000 / 88'768.0},
    {"aegis-h100", "host-fails", 1000 / 200.0},
    {"new-cluster", "", 6.5},
    {"megascale", "", 24'000 / 3.75 / (12'288 / 8)},
    {"byterobust", "", kByteRobust},
    {"byterobust", "cuda-error", 0.361 * kByteRobust},
    {"byterobust", "hang", 0.099 * kByteRobust},
    {"byterobust", "code-or-data-change", 0.173 * kByteRobust},
    {"blue-waters", "", 2.4},  // once in 10,000 h
    {"blue-waters", "hardware", 0.42 * 2.4},
    {"blue-waters", "software", 0.20 * 2.4},
    {"spot-2m", "", 1000},
    {"spot-30s", "", 1000},
    {"rack-power", "", 1000 / (5 * 365.0)},
};

TEST(ProfileRates, AreThoseOfTheSource) {
  std::set<std::string> with_rates = {"typical", "rolling-upgrade"};  // no source, and no rate
  for (const Rate& expected : kRates) {
    SCOPED_TRACE(fmt::format("{} {}", expected.profile, expected.fault));
    with_rates.insert(expected.profile);
    double sum = 0;
    for (const faults::Fault& fault : faultsOf(expected.profile)) {
      if (*expected.fault == '\0' || fault.name == expected.fault) sum += rateOf(fault, expected.nodes_a_rack);
    }
    EXPECT_NEAR(sum / expected.in_1000_days, 1, 2e-4);
  }
  for (const ProfileFile& file : profiles())
    EXPECT_TRUE(with_rates.contains(file.name)) << file.name << " has no row here";
}

// The share that has failed by a time, of a law that falls.
double failedBy(const faults::Fault& fault, double hours) {
  const workload::TimeDistribution& law = *fault.trigger.hazard;
  EXPECT_EQ(law.kind, workload::TimeDistribution::Kind::kWeibull);
  return 1 - std::exp(-std::pow(hours / Hours(law.a).count(), law.sigma));
}

TEST(ProfileRates, FallAsTheyAreSaidTo) {
  for (const faults::Fault& fault : faultsOf("aegis-h100")) {
    if (fault.name != "task-fails-early") continue;
    const double day = failedBy(fault, 24);
    EXPECT_NEAR(day, 0.348, 0.0005);
    EXPECT_NEAR(failedBy(fault, 1.0 / 6) / day, 0.73, 0.005);  // published
  }
  EXPECT_NEAR(failedBy(faultsOf("new-cluster").front(), 24), 0.034, 0.0005);
}

// Blue Waters: 23, 53 and 24 % of the repair time, the mean of which is 4 h.
TEST(ProfileRates, RepairsTakeTheirPublishedShares) {
  const std::map<std::string, double> shares = {{"hardware", 0.23}, {"software", 0.53}, {"other", 0.24}};
  double failures = 0, repairs = 0;
  std::map<std::string, double> took;
  for (const faults::Fault& fault : faultsOf("blue-waters")) {
    failures += rateOf(fault, 1);
    repairs += took[fault.name] = rateOf(fault, 1) * meanHours(*fault.lasts);
  }
  EXPECT_NEAR(repairs / failures, 4, 0.005);
  for (const auto& [name, share] : shares) EXPECT_NEAR(took[name] / repairs, share, 0.002) << name;
}

// --- runs

class ProfileRun : public testing::TestWithParam<ProfileFile> {};

TEST_P(ProfileRun, IsAsExpected) {
  const ProfileFile& file = GetParam();
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
  for (const ProfileFile& file : profiles()) names.insert(file.name);
  for (const std::string name : {"typical", "llama3-interruptions", "meta-rsc-1", "meta-rsc-2", "meta-lemon-nodes",
                                 "delta-a100", "delta-h100", "aegis-h100", "new-cluster", "megascale", "byterobust",
                                 "blue-waters", "spot-2m", "spot-30s", "rolling-upgrade", "rack-power"})
    EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace jobset_twin::scenarios
