// docs/planning.md is true: its examples can be read, and it names every field that there is. The plans that are there
// to start from can be read, and what they submit can be loaded.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "scenarios/planning/build_scenario.hpp"
#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

std::optional<std::string> textOf(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void expectReads(const api::Tree& tree, const std::string& what) {
  PlanReadOptions options;
  options.read = textOf;
  const PlanRead read = readCapacityPlan(tree, options);
  for (const api::Error& error : read.errors) ADD_FAILURE() << what << ": " << api::describe(error);
  for (const api::Error& error : read.warnings) ADD_FAILURE() << what << ": " << api::describe(error);
  if (!read.errors.empty() || read.plan.workloads.empty()) return;
  const api::Result<Prepared> prepared = prepare(read.plan);
  for (const api::Error& error : prepared.errors()) ADD_FAILURE() << what << ": " << api::describe(error);
}

TEST(PlanningDocument, ExamplesAreRead) {
  const std::string text = *textOf(TWIN_SOURCE_DIR "/docs/planning.md");
  int count = 0;
  for (std::size_t at = 0; (at = text.find("```yaml\n", at)) != std::string::npos; ++count) {
    at += 8;
    // The plan's own folder is that of the plans there are.
    expectReads(api::readDocuments(text.substr(at, text.find("```", at) - at), TWIN_SOURCE_DIR "/scenarios/plans/doc")
                    .trees.at(0),
                "docs/planning.md");
  }
  EXPECT_GE(count, 1);
}

TEST(PlanningDocument, NamesEveryField) {
  const std::string text = *textOf(TWIN_SOURCE_DIR "/docs/planning.md");
  const FieldTexts fields = planFields();
  EXPECT_GT(fields.size(), 50U);
  for (const FieldText& field : fields) {
    EXPECT_FALSE(field.doc.empty()) << field.type_name << "." << field.name;
    const bool named = text.find("`" + field.name) != std::string::npos ||
                       text.find(field.name + "`") != std::string::npos ||
                       text.find(field.name + ":") != std::string::npos;
    EXPECT_TRUE(named) << field.type_name << "." << field.name;
  }
}

TEST(Plans, ThatAreThereCanBeRead) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/scenarios/plans")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    const std::string text = *textOf(entry.path());
    EXPECT_NE(text.find("# Run: ./jobset-twin plan scenarios/plans/" + entry.path().filename().string()),
              std::string::npos);
    expectReads(api::readDocuments(text, entry.path()).trees.at(0), entry.path());
  }
  EXPECT_GE(count, 6);
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
