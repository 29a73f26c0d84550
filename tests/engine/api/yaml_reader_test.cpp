#include "engine/api/yaml_reader.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/writer.hpp"

namespace jobset_twin::api {
namespace {

std::string oneLine(const Documents& documents) {
  std::string out;
  for (const Tree& tree : documents.trees) out += (out.empty() ? "" : " | ") + toJson(tree.root).dump();
  return out;
}
std::string errorsOf(const Documents& documents) {
  std::string out;
  for (const Error& error : documents.errors) out += describe(error) + "\n";
  return out;
}

TEST(YamlReader, ScalarsAsKubernetesReadsThem) {
  const std::pair<const char*, const char*> rows[] = {
      {"a", "\"a\""},
      {"yes", "true"},
      {"y", "true"},
      {"On", "true"},
      {"NO", "false"},
      {"off", "false"},
      {"yEs", "\"yEs\""},
      {"'yes'", "\"yes\""},
      {"\"1\"", "\"1\""},
      {"!!str 1", "\"1\""},
      {"!!int 7", "7"},
      {"~", "null"},
      {"null", "null"},
      {"", "null"},
      {"0", "0"},
      {"-5", "-5"},
      {"+5", "5"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {"0644", "420"},
      {"0b101", "5"},
      {"08", "8"},
      {"1_000", "1000"},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"0.25", "0.25"},
      {"-0.5", "-0.5"},
      {"0.0", "0"},
      {"0e1", "0"},
      {"1e3", "1000"},
      {"5.0", "5"},
      {"1e-7", "1e-07"},
      {"1:30", "\"1:30\""},
      {"2026-01-02", "\"2026-01-02\""},
      {"2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05Z\""},
      {"100m", "\"100m\""},
      {"1.2.3", "\"1.2.3\""},
      {"0x", "\"0x\""},
      {"-", nullptr},
      {"9223372036854775807", "9223372036854775807"},
      {"1e400", "\"1e400\""},
  };
  for (const auto& [text, want] : rows) {
    const Documents got = readDocuments("k: " + std::string(text) + "\n", "");
    if (!want) continue;
    ASSERT_TRUE(got.errors.empty()) << text << errorsOf(got);
    EXPECT_EQ(oneLine(got), "{\"k\":" + std::string(want) + "}") << text;
  }
}

TEST(YamlReader, DocumentsAndPlaces) {
  const Documents got = readDocuments(
      "# start\n---\na: 1\nb:\n  - x: {w: z}\n---\n---\n# nothing\n---\n{\"c\": [1, 2]}\n...\n", "f.yaml");
  EXPECT_EQ(errorsOf(got), "");
  EXPECT_EQ(oneLine(got), R"({"a":1,"b":[{"x":{"w":"z"}}]} | {"c":[1,2]})");
  ASSERT_EQ(got.trees.size(), 2U);
  EXPECT_EQ(locate(got.trees[0].root, "b[0].x.w"), (Position{5, 9}));
  EXPECT_EQ(locate(got.trees[0].root, "b[0].x.absent"), (Position{5, 5}));
  EXPECT_EQ(locate(got.trees[0].root, "b[7].x"), (Position{4, 1}));
  EXPECT_EQ(locate(got.trees[1].root, "c[1]"), (Position{10, 11}));
  EXPECT_EQ(locate(readDocuments("metadata:\n  labels:\n    a.b/c: d\n", "").trees[0].root, "metadata.labels[a.b/c]"),
            (Position{3, 5}));
  Errors errors = {plainError("Invalid", "bad")};
  errors[0].field = "b[0].x";
  locateErrors(got.trees[0], errors);
  EXPECT_EQ(describe(errors[0]), "f.yaml:5:5: bad");
}

TEST(YamlReader, JsonAndConcatenatedJson) {
  const Documents got = readDocuments(
      "{\"a\": \"\\ud83d\\ude00\\/\",\n\t\"b\": {\"c\": [1.0, -2, true, null]}}\n{\"d\": 18446744073709551615} [1]",
      "j");
  EXPECT_EQ(errorsOf(got), "");
  EXPECT_EQ(oneLine(got),
            "{\"a\":\"\xF0\x9F\x98\x80/\",\"b\":{\"c\":[1,-2,true,null]}} | {\"d\":1.8446744073709552e+19} | [1]");
  EXPECT_EQ(locate(got.trees[0].root, "b.c[2]"), (Position{2, 23}));
  EXPECT_EQ(locate(got.trees[1].root, "d"), (Position{3, 2}));
  EXPECT_EQ(oneLine(readDocuments("{a: b, c: [d]}", "")), R"({"a":"b","c":["d"]})");
}

TEST(YamlReader, AnchorsAliasesMerges) {
  EXPECT_EQ(oneLine(readDocuments(
                "a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  q: 3\nd:\n  q: 4\n  <<: [*x, {r: 5, p: 9}]\n", "")),
            R"({"a":{"p":1,"q":2},"b":{"p":1,"q":2},"c":{"p":1,"q":3},"d":{"p":1,"q":4,"r":5}})");
}

TEST(YamlReader, Mistakes) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  std::string text_bomb = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) text_bomb += "*a, ";
  text_bomb += "*a]\n";
  const std::pair<std::string, const char*> rows[] = {
      {"a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" already set in map\n"},
      {"{\"a\": 1,\n \"a\": 2}", "f:2:2: key \"a\" already set in map\n"},
      {"yes: 1\n\"true\": 2\n", "f:2:1: key \"true\" already set in map\n"},
      {"a:\n\tb: 1\n", "f:2:3: malformed YAML: illegal map value\n"},
      {"a: [1\n", "f:2:1: malformed YAML: end of sequence flow not found\n"},
      {"{\"a\": 1,, }", nullptr},
      {"{\"a\" 1}", nullptr},
      {"a: \xff\n", "f:1:4: invalid UTF-8\n"},
      {"a: b\x01\n", "f:1:5: control characters are not allowed\n"},
      {"a: .inf\n", "f:1:4: a number in JSON cannot be .inf\n"},
      {"? [a, b]\n: c\n", "f:1:3: unsupported map key of type array\n"},
      {"~: c\n", "f:1:1: unsupported map key of type null\n"},
      {"a: !!binary aGk=\n", "f:1:4: cannot decode \"aGk=\" as tag tag:yaml.org,2002:binary\n"},
      {"a: &a [*a]\n", "f:1:8: an anchor's value contains itself\n"},
      {"a: *nobody\n", nullptr},
      {"a: {<<: 5}\n", "f:1:9: map merge requires map or sequence of maps as the value\n"},
      {bomb, "f:5:45: document contains excessive aliasing\n"},
      {text_bomb, nullptr},
      {std::string(5000, '['), nullptr},
      {"{\"a\":" + std::string(5000, '['), nullptr},
      {"a: b\n---\nc: [\n---\nd: e: f\n---\ng: h\n", nullptr},
      {"a: 'b\n", "f:1:4: malformed YAML: found unexpected end of stream while scanning a quoted scalar\n"},
      {"b: c\na: &x \"it''s\n  more\\\"\n",
       "f:2:4: malformed YAML: found unexpected end of stream while scanning a quoted scalar\n"},
      {"a: b\n c: d\n", nullptr},
      {"a: |\n  x\n y\n", nullptr},
      {"- a\nb: c\n", "f:2:1: malformed YAML: did not find expected <document start>\n"},
      {"a: @x\n", nullptr},
      {"%YAML 9.9\n---\na: b\n", nullptr},
      {std::string("a: b\0c\n", 7), "f:1:5: control characters are not allowed\n"},
  };
  for (const auto& [text, want] : rows) {
    const Documents got = readDocuments(text, "f");
    const std::string shown = text.substr(0, 60);
    EXPECT_FALSE(got.errors.empty()) << shown;
    for (const Error& error : got.errors) {
      EXPECT_GT(error.line, 0) << shown << describe(error);
      EXPECT_GT(error.column, 0) << shown;
    }
    if (want) {
      EXPECT_EQ(errorsOf(got), want) << shown;
    }
  }
  EXPECT_TRUE(readDocuments("", "f").errors.empty());
  EXPECT_TRUE(readDocuments("\n# only a comment\n", "f").trees.empty());
  EXPECT_EQ(oneLine(readDocuments("%YAML 1.1\n---\na: b\n", "f")), "{\"a\":\"b\"}");
  EXPECT_EQ(oneLine(readDocuments("\xEF\xBB\xBF"
                                  "a: b\r\nc: d\r\n",
                                  "f")),
            "{\"a\":\"b\",\"c\":\"d\"}");
  EXPECT_EQ(oneLine(readDocuments("8080: a\nyes: b\n", "f")), "{\"8080\":\"a\",\"true\":\"b\"}");
}

TEST(YamlReader, OneSyntaxErrorDoesNotHideTheNextDocument) {
  const Documents got = readDocuments("a: [\n---\nb: 1\nb: 2\n---\nc: 3\n", "f");
  EXPECT_EQ(got.errors.size(), 2U) << errorsOf(got);
  EXPECT_EQ(got.errors.back().line, 4);
  EXPECT_EQ(toJson(got.trees.back().root).dump(), "{\"c\":3}");
}

TEST(YamlReader, Limits) {
  ReadLimits limits;
  limits.document_bytes = 100;
  limits.total_bytes = 1000;
  EXPECT_EQ(errorsOf(readDocuments("a: b\n---\nc: " + std::string(200, 'x') + "\n", "f", limits)),
            "f:2:1: Request entity too large: limit is 100\n");
  EXPECT_EQ(errorsOf(readDocuments("{\"c\": \"" + std::string(200, 'x') + "\"}", "f", limits)),
            "f:1:1: Request entity too large: limit is 100\n");
  EXPECT_EQ(errorsOf(readDocuments(std::string(2000, ' '), "f", limits)),
            "f: the file has 2000 bytes; the limit is 1000\n");
  limits.duplicate_keys = true;
  EXPECT_EQ(oneLine(readDocuments("a: 1\na: 2\n---\n{\"b\": 1, \"b\": 2}", "f", limits)), "{\"a\":2} | {\"b\":2}");
}

}  // namespace
}  // namespace jobset_twin::api
