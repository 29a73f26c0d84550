// docs/what-if.md is true: its example can be read, it names every field, known name and command.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/study/read_study.hpp"

namespace jobset_twin::scenarios::study {
namespace {

std::string textOf(const std::string& path) {
  std::ifstream in(TWIN_SOURCE_DIR "/" + path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(WhatIfDocument, NamesEveryField) {
  const std::string text = textOf("docs/what-if.md");
  const FieldTexts fields = studyFields();
  EXPECT_GT(fields.size(), 30U);
  for (const FieldText& field : fields) {
    EXPECT_FALSE(field.doc.empty()) << field.type_name << "." << field.name;
    EXPECT_NE(text.find("`" + field.name + "`"), std::string::npos) << field.type_name << "." << field.name;
  }
  for (const std::string& name : knownFieldNames()) EXPECT_NE(text.find("| `" + name + "`"), std::string::npos) << name;
}

TEST(WhatIfDocument, ItsExampleIsAStudy) {
  const std::string text = textOf("docs/what-if.md");
  const std::size_t begin = text.find("```yaml\n") + 8;
  const std::string example = text.substr(begin, text.find("```", begin) - begin);
  const api::Documents documents = api::readDocuments(example, "example.yaml");
  ASSERT_EQ(documents.trees.size(), 1U);
  const StudyRead read = readStudy(documents.trees.front(), [](const std::string&) {
    return std::optional(textOf("scenarios/studies/base/log-analysis-failures.yaml"));
  });
  for (const api::Error& error : read.errors) ADD_FAILURE() << api::describe(error);
  const auto points = pointsOf(read.study);
  ASSERT_TRUE(points);
  EXPECT_EQ(points->size(), 32U);
}

TEST(MetricsDocument, DefinesEveryMetric) {
  const std::string text = textOf("docs/metrics.md");
  for (const MetricInfo& info : metricInfos())
    EXPECT_NE(text.find("| `" + info.name + "`"), std::string::npos) << info.name;
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
