#include "engine/api/label_selector.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::api {
namespace {

TEST(LabelSelector, Requirements) {
  const StringMap labels = {{"app", "web"}, {"size", "10"}, {"empty", ""}};
  struct Row {
    const char* key;
    const char* op;
    std::vector<std::string> values;
    bool want;
  };
  const Row rows[] = {
      {"app", "In", {"db", "web"}, true}, {"app", "In", {"db"}, false},       {"none", "In", {"web"}, false},
      {"app", "NotIn", {"db"}, true},     {"app", "NotIn", {"web"}, false},   {"none", "NotIn", {"web"}, true},
      {"app", "Exists", {}, true},        {"empty", "Exists", {}, true},      {"none", "Exists", {}, false},
      {"app", "DoesNotExist", {}, false}, {"none", "DoesNotExist", {}, true}, {"size", "Gt", {"9"}, true},
      {"size", "Gt", {"10"}, false},      {"size", "Lt", {"11"}, true},       {"app", "Gt", {"9"}, false},
      {"none", "Lt", {"9"}, false},       {"size", "Gt", {"x"}, false},       {"size", "Near", {"10"}, false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(matchesRequirement(row.key, row.op, row.values, labels), row.want) << row.key << ' ' << row.op;
  EXPECT_TRUE(matches(LabelSelector{}, labels));
  EXPECT_TRUE(matches(LabelSelector{{{"app", "web"}}, {{"size", "Exists", {}}}}, labels));
  EXPECT_FALSE(matches(LabelSelector{{{"app", "db"}}, {}}, labels));
}

TEST(LabelSelector, StringForm) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "<none>"},
      {"a=b", "a in (b)"},
      {" a == b , c!=d ", "a in (b),c notin (d)"},
      {"a in (x, y,x)", "a in (x,y)"},
      {"a notin (x)", "a notin (x)"},
      {"a", "a"},
      {"!a", "!a"},
      {"a=", "a in ()"},
      {"in in (in)", "in in (in)"},
      {"n>5,m<3", "n>5,m<3"},
      {"example.com/a=b,x in (,c)", "example.com/a in (b),x in (,c)"},
  };
  for (const auto& [text, want] : rows) {
    const auto got = parseSelector(text);
    ASSERT_TRUE(got.ok()) << text << ": " << got.errors()[0].text;
    EXPECT_EQ(formatSelector(*got), want) << text;
  }
  for (const char* text :
       {"a=b,", ",", "=", "a in", "a in (", "a in (b", "a b", "a=b c", "a=-", "!", "-a", "n>x", "a in b", "a!b"}) {
    EXPECT_FALSE(parseSelector(text).ok()) << text;
  }
  EXPECT_EQ(formatSelector({{{"app", "web"}}, {{"tier", "In", {"a", "b"}}, {"old", "DoesNotExist", {}}}}),
            "app=web,tier in (a,b),!old");
}

}  // namespace
}  // namespace jobset_twin::api
