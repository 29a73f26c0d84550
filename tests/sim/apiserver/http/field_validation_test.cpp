// Fields that a built-in kind does not have: refused, told or passed over as the request asks (K-API-15), whatever verb
// brings them.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char *const kMergeType = "application/merge-patch+json",
                  *const kStrategicType = "application/strategic-merge-patch+json",
                  *const kJsonType = "application/json-patch+json", *const kApplyType = "application/apply-patch+yaml";

struct Sample {
  const char *collection, *object;  // named "a"
  const char* patch;                // puts a field there that it does not have
  const char* field;
};
const Sample kSamples[] = {
    {"/api/v1/namespaces/default/configmaps",
     R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}})", R"({"foo":1})", "foo"},
    {"/apis/apps/v1/namespaces/default/deployments",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"x":"y"}},
         "template":{"metadata":{"labels":{"x":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})",
     R"({"spec":{"template":{"spec":{"foo":{"bar":[1]}}}}})", "spec.template.spec.foo"},
    {"/apis/apps/v1/namespaces/default/statefulsets",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"selector":{},"template":{},
         "volumeClaimTemplates":[{"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"]}}]}})",
     R"({"spec":{"foo":true}})", "spec.foo"},
    {"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
     R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
         "metadata":{"name":"a"}})",
     R"({"foo":"x"})", "foo"},
    {"/api/v1/namespaces/default/services",
     R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}})",
     R"({"spec":{"foo":1}})", "spec.foo"},
    {"/apis/batch/v1/namespaces/default/jobs",
     R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"template":{"spec":{
         "restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}})",
     R"({"spec":{"foo":1}})", "spec.foo"},
};

json withPatch(const char* object, const char* patch) {
  json out = json::parse(object);
  out.merge_patch(json::parse(patch));
  return out;
}

std::string warnedOf(const HttpAnswer& answer) {
  std::string out;
  for (const auto& [name, value] : answer.headers)
    if (name == "Warning") out += value;
  return out;
}

bool isThere(const HttpAnswer& answer) { return answer.body.find("\"foo\":") != std::string::npos; }

TEST(FieldValidation, of_what_is_made) {
  for (const Sample& sample : kSamples) {
    SCOPED_TRACE(sample.collection);
    Served served;
    const std::string body = withPatch(sample.object, sample.patch).dump(), all = sample.collection;
    const json refused = served.json("POST", all + "?fieldValidation=Strict", body, "application/json", 400);
    const std::string kind = json::parse(sample.object).at("kind");
    EXPECT_THAT(refused.at("message").get<std::string>(),
                HasSubstr(kind + " in version \"v1\" cannot be handled as a " + kind +
                          ": strict decoding error: unknown field \"" + sample.field + "\""));
    const HttpAnswer warned = served.ask("POST", all, body);
    EXPECT_EQ(warned.code, 201) << warned.body;
    EXPECT_EQ(warnedOf(warned), std::string("299 - \"unknown field \\\"") + sample.field + "\\\"\"");
    EXPECT_FALSE(isThere(warned)) << warned.body;
    served.json("DELETE", all + "/a?propagationPolicy=Background");
    const HttpAnswer ignored = served.ask("POST", all + "?fieldValidation=Ignore", body);
    EXPECT_EQ(ignored.code, 201);
    EXPECT_EQ(warnedOf(ignored), "");
    EXPECT_FALSE(isThere(ignored));
  }
}

TEST(FieldValidation, of_what_comes_of_patches) {
  for (const Sample& sample : kSamples) {
    Served served;
    const std::string all = sample.collection, one = all + "/a";
    served.json("POST", all, sample.object, "application/json", 201);
    std::string pointer = std::string("/") + sample.field;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const std::string operations = json::array({{{"op", "add"}, {"path", pointer}, {"value", 1}}}).dump();
    for (const auto& [type, patch] : {std::pair<const char*, std::string>(kMergeType, sample.patch),
                                      {kStrategicType, sample.patch},
                                      {kJsonType, operations}}) {
      SCOPED_TRACE(one + " " + type);
      const json refused = served.json("PATCH", one + "?fieldValidation=Strict", patch, type, 422);
      const std::string message = refused.at("message");
      EXPECT_THAT(message, HasSubstr(" \"\" is invalid: patch: Invalid value: \""));
      EXPECT_THAT(message, HasSubstr(std::string("strict decoding error: unknown field \"") + sample.field + "\""));
      const HttpAnswer warned = served.ask("PATCH", one, patch, type);
      EXPECT_EQ(warned.code, 200) << warned.body;
      EXPECT_EQ(warnedOf(warned), std::string("299 - \"unknown field \\\"") + sample.field + "\\\"\"");
      EXPECT_FALSE(isThere(warned)) << warned.body;
      EXPECT_EQ(warnedOf(served.ask("PATCH", one + "?fieldValidation=Ignore", patch, type)), "");
    }
    json put = served.json("GET", one);
    put["foo"] = 1;
    served.json("PUT", one + "?fieldValidation=Strict", put.dump(), "application/json", 400);
  }
}

TEST(FieldValidation, shows_a_strategic_patch_as_it_was_decoded) {
  Served served;
  const Sample& deployment = kSamples[1];
  served.json("POST", deployment.collection, deployment.object, "application/json", 201);
  const json refused = served.json("PATCH", std::string(deployment.collection) + "/a?fieldValidation=Strict",
                                   deployment.patch, kStrategicType, 422);
  EXPECT_EQ(
      refused.at("message"),
      " \"\" is invalid: patch: Invalid value: \"map[spec:map[template:map[spec:map[foo:map[bar:[1]]]]]]\": strict "
      "decoding error: unknown field \"spec.template.spec.foo\"");
}

TEST(FieldValidation, of_values_of_wrong_types) {
  Served served;
  const json refused =
      served.json("POST", kSamples[0].collection, withPatch(kSamples[0].object, R"({"data":{"k":1}})").dump(),
                  "application/json", 400);
  EXPECT_THAT(refused.at("message").get<std::string>(), HasSubstr("cannot unmarshal number into Go struct field"));
}

// Before what is known is judged.
TEST(FieldValidation, comes_first) {
  Served served;
  const json refused = served.json("POST", std::string(kSamples[3].collection) + "?fieldValidation=Strict",
                                   withPatch(kSamples[3].object, R"({"webhooks":[{"name":"x","foo":1}]})").dump(),
                                   "application/json", 400);
  EXPECT_THAT(refused.at("message").get<std::string>(), HasSubstr("unknown field \"webhooks[0].foo\""));
}

// As of every kind: what is not declared cannot be applied.
TEST(FieldValidation, of_what_is_applied) {
  Served served;
  const std::string one = std::string(kSamples[0].collection) + "/a?fieldManager=m";
  const json refused =
      served.json("PATCH", one, withPatch(kSamples[0].object, kSamples[0].patch).dump(), kApplyType, 500);
  EXPECT_EQ(refused.at("message"),
            "failed to create typed patch object (default/a; v1, Kind=ConfigMap): .foo: field not declared in schema");
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
