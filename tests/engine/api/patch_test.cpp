// JSON merge patches (RFC 7386) and strategic merge patches (apimachinery strategicpatch), as tables.
#include "engine/api/patch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace jobset_twin::api {
namespace {

using nlohmann::json;

TEST(MergePatch, replaces_members) {
  struct Row {
    const char *target, *patch, *result;
  };
  const Row rows[] = {
      {R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"c":null,"e":4}})", R"({"a":1,"b":{"d":3,"e":4}})"},
      {R"({"a":[1,2]})", R"({"a":[3]})", R"({"a":[3]})"},
      {R"({"a":"x"})", R"({"a":{"b":null,"c":1}})", R"({"a":{"c":1}})"},
      {R"({"a":1})", R"({})", R"({"a":1})"},
      {R"({})", R"({"a":null})", R"({})"},
  };
  for (const Row& row : rows) {
    json target = json::parse(row.target);
    applyMergePatch(target, json::parse(row.patch));
    EXPECT_EQ(target, json::parse(row.result)) << row.patch;
  }
}

TEST(StrategicPatch, merges_lists_by_their_keys) {
  struct Row {
    const char *name, *target, *patch, *result;
  };
  const Row rows[] = {
      {"containers by name", R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"name":"b","image":"2"},{"name":"c"}]}})",
       R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"},{"name":"c"}]}})"},
      {"delete one", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"name":"a","$patch":"delete"}]}})", R"({"spec":{"containers":[{"name":"b"}]}})"},
      {"replace the list", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}})", R"({"spec":{"containers":[{"name":"c"}]}})"},
      {"lists without a key are replaced", R"({"spec":{"tolerations":[{"key":"a"}]}})",
       R"({"spec":{"tolerations":[{"key":"b"}]}})", R"({"spec":{"tolerations":[{"key":"b"}]}})"},
      {"primitives are united", R"({"metadata":{"finalizers":["a"]}})", R"({"metadata":{"finalizers":["b","a"]}})",
       R"({"metadata":{"finalizers":["a","b"]}})"},
      {"primitives are taken out", R"({"metadata":{"finalizers":["a","b","c"]}})",
       R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["b"]}})", R"({"metadata":{"finalizers":["a","c"]}})"},
      {"null deletes", R"({"metadata":{"labels":{"a":"b","c":"d"}}})", R"({"metadata":{"labels":{"a":null}}})",
       R"({"metadata":{"labels":{"c":"d"}}})"},
      {"owner references by UID", R"({"metadata":{"ownerReferences":[{"uid":"1","name":"a"},{"uid":"2","name":"b"}]}})",
       R"({"metadata":{"ownerReferences":[{"$patch":"delete","uid":"1"}]}})",
       R"({"metadata":{"ownerReferences":[{"uid":"2","name":"b"}]}})"},
      {"a map is replaced", R"({"spec":{"nodeSelector":{"a":"b"}}})",
       R"({"spec":{"nodeSelector":{"$patch":"replace","c":"d"}}})", R"({"spec":{"nodeSelector":{"c":"d"}}})"},
      {"keys are retained", R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})",
       R"({"spec":{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}})",
       R"({"spec":{"volumes":[{"name":"v","configMap":{"name":"c"}}]}})"},
      {"conditions by type",
       R"({"status":{"conditions":[{"type":"A","status":"False"},{"type":"B","status":"True"}]}})",
       R"({"status":{"conditions":[{"type":"A","status":"True"}]}})",
       R"({"status":{"conditions":[{"type":"A","status":"True"},{"type":"B","status":"True"}]}})"},
      {"order", R"({"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"x"}]}})",
       R"({"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"i"}]}})",
       R"({"spec":{"containers":[{"name":"b"},{"name":"a","image":"i"},{"name":"x"}]}})"},
      {"a directive is not stored with a new element", R"({"spec":{}})",
       R"({"spec":{"containers":[{"name":"a","$retainKeys":["name"]}]}})", R"({"spec":{"containers":[{"name":"a"}]}})"},
  };
  for (const Row& row : rows) {
    json target = json::parse(row.target);
    EXPECT_EQ(applyStrategicPatch(target, json::parse(row.patch), Kind::kPod), "") << row.name;
    EXPECT_EQ(target, json::parse(row.result)) << row.name;
  }
}

TEST(StrategicPatch, refusals) {
  json target = json::parse(R"({"spec":{"containers":[]}})");
  EXPECT_EQ(applyStrategicPatch(target, json::parse(R"({"spec":{"containers":[{"image":"i"}]}})"), Kind::kPod),
            R"(map: {"image":"i"} does not contain declared merge key: name)");
  EXPECT_EQ(applyStrategicPatch(target, json::parse(R"({"spec":{"$patch":"turn"}})"), Kind::kPod),
            "Unknown patch type found: \"turn\"");
  EXPECT_NE(applyStrategicPatch(target, json::parse("[1]"), Kind::kPod), "");
}

}  // namespace
}  // namespace jobset_twin::api
