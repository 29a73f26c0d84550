#include "engine/api/writer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::api {
namespace {

TEST(Writer, YamlAsKubectl) {
  const auto tree = nlohmann::json::parse(R"({
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "a", "labels": {"n10": "x", "n9": "true", "a/b": "1", "ab": "1.5"}, "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"containers": [{"name": "c", "command": ["sh", "-c", "echo a\nexit 1\n"], "args": []}], "nested": [[1, 2], [], [{"x": null}]]},
    "status": {}
  })");
  EXPECT_EQ(writeYaml(tree), R"(apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels:
    a/b: "1"
    ab: "1.5"
    n9: "true"
    n10: x
  name: a
spec:
  containers:
  - args: []
    command:
    - sh
    - -c
    - |
      echo a
      exit 1
    name: c
  nested:
  - - 1
    - 2
  - []
  - - x: null
status: {}
)");
}

TEST(Writer, Strings) {
  const std::pair<const char*, const char*> rows[] = {
      {"a", "a"},
      {"", "\"\""},
      {"yes", "\"yes\""},
      {"null", "\"null\""},
      {"1", "\"1\""},
      {"0x10", "\"0x10\""},
      {"1:30", "\"1:30\""},
      {"a: b", "'a: b'"},
      {"a #b", "'a #b'"},
      {"#a", "'#a'"},
      {"- a", "'- a'"},
      {"-a", "-a"},
      {"'a'", "'''a'''"},
      {" a", "' a'"},
      {"a ", "'a '"},
      {"a\tb", "\"a\\tb\""},
      {"{a}", "'{a}'"},
      {"*", "'*'"},
      {"a\nb", "|-\n  a\n  b"},
      {"a\n\nb\n\n", "|+\n  a\n\n  b\n\n"},
      {" a\nb", "|2-\n   a\n  b"},
      {"a \nb", "\"a \\nb\""},
      {"\xC3\xA9", "\xC3\xA9"},
      {"\x01", "\"\\x01\""},
      {"http://x:80", "http://x:80"},
      {"---", "'---'"},
      {"2026-01-01", "\"2026-01-01\""},
      {"100m", "100m"},
      {"key:", "'key:'"},
      {"@x", "'@x'"},
      {"a,b", "a,b"},
  };
  for (const auto& [text, want] : rows) {
    EXPECT_EQ(writeYaml({{"k", text}}), "k: " + std::string(want) + (std::string(want).back() == '\n' ? "" : "\n"))
        << text;
  }
}

TEST(Writer, FoldsLongLinesAndReadsBack) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "word" + std::to_string(i) + " ";
  text += "end";
  const std::string out = writeYaml({{"message", text}});
  EXPECT_GT(std::count(out.begin(), out.end(), '\n'), 2);
  const char* const kTexts[] = {"a",
                                "  lead\n",
                                "x: y",
                                "tab\there",
                                "a\n\n\nb",
                                "\n",
                                "\n\n",
                                "'",
                                "\"",
                                "quote \" and \\ back",
                                "\x7f",
                                "1e3",
                                "a\r\nb",
                                "-",
                                "?",
                                ":",
                                ": ",
                                "%",
                                "\xF0\x9F\x98\x80",
                                "end\n ",
                                "\t",
                                "a\n b\n",
                                "y",
                                "~",
                                "<<"};
  for (const char* one : kTexts) {
    const nlohmann::json tree = {{"k", one}, {std::string("key ") + one, {one, text}}};
    const Documents back = readDocuments(writeYaml(tree), "");
    ASSERT_EQ(back.trees.size(), 1U) << one << writeYaml(tree) << (back.errors.empty() ? "" : describe(back.errors[0]));
    EXPECT_EQ(toJson(back.trees[0].root), tree) << writeYaml(tree);
  }
}

TEST(Writer, Json) {
  EXPECT_EQ(writeJson({{"b", {1}}, {"a", nullptr}}), "{\n    \"a\": null,\n    \"b\": [\n        1\n    ]\n}");
  EXPECT_EQ(writeJson("\xff", -1), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace jobset_twin::api
