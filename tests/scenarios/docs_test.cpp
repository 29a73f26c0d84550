// docs/scenario.md and docs/faults.md are true: their examples can be read, they name every field and class that there
// is, and each class of faults has a scenario in the catalogue.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"
#include "sim/faults/classes.hpp"

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

TEST(FaultsDocument, ExamplesAreReadWithoutErrorsOrWarnings) {
  const std::vector<std::string> blocks = examples(document("faults.md"));
  EXPECT_GE(blocks.size(), 2U);
  for (const std::string& block : blocks) {
    const api::Documents documents = api::readDocuments(block, "docs/faults.md");
    ASSERT_TRUE(documents.errors.empty()) << api::describe(documents.errors.front());
    for (const api::Tree& tree : documents.trees) {
      api::Errors errors;
      if (tree.root.stringAt("kind") == "Fault") {
        Reader reader({tree.file, api::Validation::kStrict, "default", {}});
        faults::Fault fault;
        readFaultDocument(reader, {tree.root, ""}, fault);
        errors = reader.errors;
      } else {
        errors = readScenario(tree).errors;
      }
      for (const api::Error& error : errors) ADD_FAILURE() << api::describe(error);
    }
  }
}

// "| `kill` | fields | what happens | `an example` |"
TEST(FaultsDocument, HasARowWithAnExampleForEachClass) {
  std::set<std::string> rows;
  std::istringstream lines(document("faults.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `") || !line.ends_with("` |")) continue;
    const std::string verb = line.substr(3, line.find('`', 3) - 3);
    const faults::ClassInfo* info = faults::findClass(verb);
    if (!info) continue;
    rows.insert(verb);
    const std::size_t begin = line.rfind('`', line.size() - 4) + 1;
    const std::string example = line.substr(begin, line.size() - 3 - begin);
    EXPECT_TRUE(example.starts_with(verb + " ")) << example;
    Reader reader({"docs/faults.md", api::Validation::kStrict, "default", {}});
    api::TreeNode node;
    node.kind = api::TreeNode::Kind::kString;
    node.text = example;
    faults::Fault fault;
    readFault(reader, {node, ""}, fault);
    for (const api::Error& error : reader.errors) ADD_FAILURE() << example << ": " << api::describe(error);
    std::istringstream fields{std::string(info->fields)};
    for (std::string field; fields >> field;) {
      if (field.ends_with('!')) field.pop_back();
      EXPECT_NE(line.find(field), std::string::npos) << verb << " takes " << field;
    }
  }
  for (const std::string& verb : faults::classVerbs()) EXPECT_TRUE(rows.contains(verb)) << verb;
}

TEST(FaultsDocument, EachClassHasAScenarioWithExpectations) {
  std::set<std::string> shown;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/scenarios/catalogue/faults")) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const Loaded loaded = load({{entry.path().string(), text.str()}}, {}, {});
    for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
    EXPECT_FALSE(loaded.scenario.expectations.empty()) << entry.path();
    for (const faults::Fault& fault : loaded.scenario.faults)
      shown.insert(std::string(faults::classInfo(fault.class_).verb));
  }
  for (const std::string& verb : faults::classVerbs()) EXPECT_TRUE(shown.contains(verb)) << verb;
}

}  // namespace
}  // namespace jobset_twin::scenarios
