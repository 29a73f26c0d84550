// docs/scenario.md is true: its examples can be read, and it or docs/faults.md names every field that there is.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"

namespace jobset_twin::scenarios {
namespace {

std::string document(const std::string& name = "scenario.md") {
  std::ifstream in(TWIN_SOURCE_DIR "/docs/" + name);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// The fenced blocks of YAML, each preceded by empty lines so that its line numbers are the document's.
std::vector<std::string> examples(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  std::string line, block, above;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (!inside && line == "```yaml") {
      inside = true;
      block = above + "\n";
    } else if (inside && line == "```") {
      inside = false;
      out.push_back(block);
    } else if (inside) {
      block += line + "\n";
    }
    above += "\n";
  }
  return out;
}

TEST(ScenarioDocument, ExamplesAreReadWithoutErrorsOrWarnings) {
  const std::vector<std::string> blocks = examples(document());
  EXPECT_GE(blocks.size(), 6U);
  for (const std::string& block : blocks) {
    const api::Documents documents = api::readDocuments(block, "docs/scenario.md");
    ASSERT_TRUE(documents.errors.empty()) << api::describe(documents.errors.front());
    for (const api::Tree& tree : documents.trees) {
      const ScenarioRead read = readScenario(tree);
      for (const api::Error& error : read.errors) ADD_FAILURE() << api::describe(error);
      for (const api::Error& error : read.warnings) ADD_FAILURE() << api::describe(error);
    }
  }
}

TEST(ScenarioDocument, TheFirstExampleCanBeRun) {
  const std::vector<std::string> blocks = examples(document());
  ASSERT_FALSE(blocks.empty());
  const Loaded loaded = load({{"docs/scenario.md", blocks.front()}}, {}, {});
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  for (const api::Error& error : loaded.warnings) ADD_FAILURE() << api::describe(error);
  scenarios::Run run(loaded.plan);
  while (!run.advance()) {
  }
  for (const ExpectationResult& result : run.outcome().expectations)
    EXPECT_TRUE(result.met) << result.text << ": " << result.found;
}

TEST(ScenarioDocument, NamesEveryField) {
  const std::string text = document() + document("faults.md");
  const FieldTexts fields = scenarioFields();
  EXPECT_GT(fields.size(), 80U);
  for (const FieldText& field : fields) {
    EXPECT_FALSE(field.doc.empty()) << field.type_name << "." << field.name;
    const bool named =
        text.find("`" + field.name) != std::string::npos || text.find(field.name + "`") != std::string::npos ||
        text.find(field.name + ":") != std::string::npos || text.find(", " + field.name) != std::string::npos;
    EXPECT_TRUE(named) << field.type_name << "." << field.name;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
