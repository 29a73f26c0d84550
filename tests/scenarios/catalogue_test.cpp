// Every file of scenarios/catalogue, found by listing the folder: it says what it shows, it runs to its end with all
// expectations met whatever the seed, and each change that it lists breaks the expectation that it names.
//
// Pins: the form of the files, outcomes, determinism. Leaves open: timings beyond what the files themselves expect.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

// One line to change, and the description of an expectation that no longer holds then (docs/scenario.md).
struct LineChange {
  std::string before, after, breaks;
};

struct CatalogueFile {
  std::string name, text;
  std::vector<LineChange> changes;
  friend void PrintTo(const CatalogueFile& file, std::ostream* out) { *out << file.name; }
};

// # Try:    sed 's/BEFORE/AFTER/' scenarios/catalogue/NAME | ./jobset-twin run -
// # Breaks: WHAT
std::vector<LineChange> changesOf(const std::string& name, const std::string& text) {
  const std::string head = "# Try:    sed 's/", tail = "/' scenarios/catalogue/" + name + " | ./jobset-twin run -";
  const std::string next = "# Breaks: ";
  std::vector<LineChange> changes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# Try:")) continue;
    const std::size_t slash = line.find('/', head.size());
    if (!line.starts_with(head) || !line.ends_with(tail) || slash + tail.size() >= line.size()) {
      ADD_FAILURE() << name << ": not in the form of docs/scenario.md: " << line;
      continue;
    }
    LineChange change;
    change.before = line.substr(head.size(), slash - head.size());
    change.after = line.substr(slash + 1, line.size() - tail.size() - slash - 1);
    std::getline(lines, line);
    EXPECT_TRUE(line.starts_with(next)) << name << ": after # Try: comes " << line;
    change.breaks = line.substr(std::min(next.size(), line.size()));
    changes.push_back(change);
  }
  return changes;
}

std::vector<CatalogueFile> files() {
  std::vector<CatalogueFile> out;
  const std::filesystem::path folder = TWIN_SOURCE_DIR "/scenarios/catalogue";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string name = std::filesystem::relative(entry.path(), folder).string();
    out.push_back({name, text.str(), changesOf(name, text.str())});
  }
  std::sort(out.begin(), out.end(), [](const CatalogueFile& a, const CatalogueFile& b) { return a.name < b.name; });
  return out;
}

Loaded loadCatalogued(const CatalogueFile& file, const std::string& text,
                      std::optional<std::uint64_t> seed = std::nullopt) {
  LoadOptions options;
  options.seed = seed;
  Loaded loaded = load({{file.name, text}}, options, {});
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  for (const api::Error& warning : loaded.warnings) ADD_FAILURE() << api::describe(warning);
  return loaded;
}

Outcome runOf(const RunPlan& plan) {
  scenarios::Run run(plan);
  run.advance();
  return run.outcome();
}

// What must not depend on the seed.
std::string endOf(const Outcome& outcome) {
  std::set<std::string> ends;  // what is submitted together arrives in any order
  for (const JobSetOutcome& jobset : outcome.jobsets)
    ends.insert(fmt::format("; {} {} after {} restarts", jobset.name, jobset.terminal_state, jobset.restarts));
  return fmt::format("{}{}", endReasonText(outcome.end_reason), fmt::join(ends, ""));
}

class Catalogue : public testing::TestWithParam<CatalogueFile> {};

TEST(CatalogueFolder, HasNothingButScenarios) {
  const std::vector<CatalogueFile> all = files();
  EXPECT_GE(all.size(), 11U);
  const auto shown =
      std::count_if(all.begin(), all.end(), [](const CatalogueFile& f) { return f.name.starts_with("faults/"); });
  EXPECT_GE(shown, 47) << "one for each class of faults";
  for (const CatalogueFile& file : all) EXPECT_TRUE(file.name.ends_with(".yaml")) << file.name;
}

TEST_P(Catalogue, SaysWhatItShowsAndWhatItExpects) {
  const CatalogueFile& file = GetParam();
  EXPECT_TRUE(file.text.starts_with("# ")) << "no leading comment";
  EXPECT_FALSE(file.changes.empty()) << "no '# Try:' with '# Breaks:'";
  const Scenario scenario = loadCatalogued(file, file.text).scenario;
  EXPECT_EQ(scenario.name + ".yaml", std::filesystem::path(file.name).filename().string());
  EXPECT_NE(scenario.description, "");
  const auto any = [&](auto holds) {
    return std::any_of(scenario.expectations.begin(), scenario.expectations.end(), holds);
  };
  EXPECT_TRUE(any([](const Expectation& e) { return !e.before_object.empty() || !e.after_object.empty(); }))
      << "no expectation on order";
  EXPECT_TRUE(any([](const Expectation& e) { return e.not_before || e.not_after; })) << "no expectation on time";
}

TEST_P(Catalogue, RunsToItsEndAsExpectedWhateverTheSeed) {
  const CatalogueFile& file = GetParam();
  std::set<std::string> fingerprints;
  std::set<TimePoint> ends;
  std::string end;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(fmt::format("--seed {}", seed));
    const Outcome outcome = runOf(loadCatalogued(file, file.text, seed).plan);
    EXPECT_EQ(outcome.end_reason, EndReason::kFinished) << endReasonText(outcome.end_reason);
    for (const std::string& warning : outcome.warnings) ADD_FAILURE() << "warning: " << warning;
    for (const ExpectationResult& result : outcome.expectations) {
      EXPECT_TRUE(result.met) << result.text << ": " << result.found;
    }
    if (seed == 1) end = endOf(outcome);
    EXPECT_EQ(endOf(outcome), end);
    fingerprints.insert(outcome.fingerprint);
    ends.insert(outcome.end);
  }
  EXPECT_EQ(fingerprints.size(), 5U) << "another seed gives another run";
  EXPECT_EQ(ends.size(), 5U) << "another seed gives other timings";
}

TEST_P(Catalogue, IsTheSameRunEachTime) {
  const RunPlan plan = loadCatalogued(GetParam(), GetParam().text).plan;
  const Outcome first = runOf(plan), second = runOf(plan);
  EXPECT_EQ(first.fingerprint, second.fingerprint);
  EXPECT_EQ(first.events_processed, second.events_processed);
  EXPECT_EQ(first.end, second.end);
}

// The last Pods may use their grace period of 30 s. What a fault holds back may take longer.
TEST_P(Catalogue, EndsWhenTheWorkEnds) {
  if (GetParam().name.starts_with("faults/")) return;
  const Outcome outcome = runOf(loadCatalogued(GetParam(), GetParam().text).plan);
  std::optional<TimePoint> last;
  for (const JobSetOutcome& jobset : outcome.jobsets) {
    ASSERT_TRUE(jobset.finished) << jobset.name;
    if (!jobset.deleted) last = std::max(last.value_or(*jobset.finished), *jobset.finished);
  }
  if (last) {
    EXPECT_LE(outcome.end - *last, std::chrono::seconds(40));
  }
}

TEST_P(Catalogue, EachChangeBreaksWhatItSays) {
  const CatalogueFile& file = GetParam();
  for (const LineChange& change : file.changes) {
    SCOPED_TRACE(fmt::format("s/{}/{}/", change.before, change.after));
    EXPECT_EQ(change.before.find_first_of("*[]^$\\&"), std::string::npos) << "sed would read this as a pattern";
    std::string text, line;
    int changed = 0;
    for (std::istringstream lines(file.text); std::getline(lines, line); text += line + "\n") {
      if (line.starts_with("#")) continue;
      if (const std::size_t at = line.find(change.before); at != std::string::npos) {
        line.replace(at, change.before.size(), change.after);
        ++changed;
      }
    }
    EXPECT_EQ(changed, 1) << "one line is to be changed";
    const Outcome outcome = runOf(loadCatalogued(file, text).plan);
    const auto found = std::find_if(outcome.expectations.begin(), outcome.expectations.end(),
                                    [&](const ExpectationResult& result) { return result.text == change.breaks; });
    ASSERT_NE(found, outcome.expectations.end()) << "no expectation '" << change.breaks << "'";
    EXPECT_FALSE(found->met) << change.breaks << ": " << found->found;
    EXPECT_NE(found->found, "");
  }
}

std::string catalogueName(const testing::TestParamInfo<CatalogueFile>& row) {
  std::string name;
  for (const char c : std::filesystem::path(row.param.name).replace_extension().string()) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Files, Catalogue, testing::ValuesIn(files()), catalogueName);

}  // namespace
}  // namespace jobset_twin::scenarios
