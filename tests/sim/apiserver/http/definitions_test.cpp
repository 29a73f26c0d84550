// CustomResourceDefinitions over HTTP: what is defined is served, held to its schema, and goes with its definition
// (K-API-14; apiextensions v1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char* const kDefinition = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shirts.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: shirts, singular: shirt, kind: Shirt, shortNames: [sh]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [color]
            properties:
              color: {type: string, enum: [blue, red], default: blue}
              size: {type: string, pattern: "^[SML]$"}
              replicas: {type: integer, minimum: 0, maximum: 10}
              tags: {type: array, maxItems: 2, items: {type: string}, x-kubernetes-list-type: set}
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
          status:
            type: object
            properties:
              replicas: {type: integer}
)";
const char* const kShirts = "/apis/stable.example.com/v1/namespaces/default/shirts";

struct Shop : Served {
  Shop() {
    json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kDefinition, "application/yaml", 201);
  }
  nlohmann::json make(const std::string& spec, int code = 201, const std::string& query = "") {
    return json("POST", kShirts + query,
                R"({"apiVersion":"stable.example.com/v1","kind":"Shirt","metadata":{"name":"a"},"spec":)" + spec + "}",
                "application/json", code);
  }
};

TEST(Definitions, are_established_and_discovered) {
  Shop shop;
  const json definition =
      shop.json("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shirts.stable.example.com");
  EXPECT_EQ(definition.at("status").at("storedVersions"), json::array({"v1"}));
  EXPECT_EQ(definition.at("status").at("conditions").at(1).at("type"), "Established");
  const json resources = shop.json("GET", "/apis/stable.example.com/v1");
  EXPECT_EQ(resources.at("resources").at(0).at("name"), "shirts");
  EXPECT_EQ(resources.at("resources").at(0).at("shortNames"), json::array({"sh"}));
  EXPECT_THAT(shop.json("GET", "/apis").dump(), HasSubstr("stable.example.com"));
}

TEST(Definitions, hold_objects_to_their_schema) {
  struct {
    const char* spec;
    const char* message;  // "": it is stored
  } const rows[] = {
      {R"({"color":"red","size":"M","replicas":3,"tags":["x"],"port":"http","free":{"a":{"b":1}}})", ""},
      {R"({"color":"green"})", R"(spec.color: Unsupported value: "green": supported values: "blue", "red")"},
      {R"({"size":"XXL"})", R"(spec.size: Invalid value: "XXL": spec.size in body should match '^[SML]$')"},
      {R"({"replicas":-1})",
       "spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0"},
      {R"({"replicas":"two"})",
       R"(spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string")"},
      {R"({"tags":["a","b","c"]})", "spec.tags: Too many: 3: must have at most 2 items"},
      {R"({"tags":["a","a"]})", R"(spec.tags[1]: Duplicate value: "a")"},
      {R"({"port":1.5})",
       R"(spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number")"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.spec);
    Shop shop;
    const bool good = *row.message == '\0';
    const json answer = shop.make(row.spec, good ? 201 : 422);
    if (good) continue;
    EXPECT_EQ(answer.at("message"), std::string("Shirt.stable.example.com \"a\" is invalid: ") + row.message);
    EXPECT_EQ(answer.at("details").at("kind"), "Shirt");
    EXPECT_TRUE(answer.at("details").at("causes").at(0).contains("field"));
  }
}

TEST(Definitions, default_and_prune) {
  Shop shop;
  const json made = shop.make(R"({"unknown":1,"free":{"kept":true}})");
  EXPECT_EQ(made.at("spec"), json::parse(R"({"color":"blue","free":{"kept":true}})"));
  const json strict = shop.make(R"({"unknown":1})", 400, "?fieldValidation=Strict");
  EXPECT_THAT(strict.at("message").get<std::string>(),
              HasSubstr("strict decoding error: unknown field \"spec.unknown\""));
}

TEST(Definitions, keep_status_apart_and_scale) {
  Shop shop;
  json made = shop.make(R"({"color":"red"})");
  made["status"] = {{"replicas", 7}};
  const std::string one = std::string(kShirts) + "/a";
  EXPECT_FALSE(shop.json("PUT", one, made.dump()).contains("status"));
  const json merged = shop.json("PATCH", one + "/status", R"({"status":{"replicas":2},"spec":{"color":"blue"}})",
                                "application/merge-patch+json");
  EXPECT_EQ(merged.at("status").at("replicas"), 2);
  EXPECT_EQ(merged.at("spec").at("color"), "red");
  const json scaled = shop.json("PATCH", one + "/scale", R"({"spec":{"replicas":4}})", "application/merge-patch+json");
  EXPECT_EQ(scaled.at("kind"), "Scale");
  EXPECT_EQ(scaled.at("spec").at("replicas"), 4);
  EXPECT_EQ(scaled.at("status").at("replicas"), 2);
  EXPECT_EQ(shop.json("GET", one).at("spec").at("replicas"), 4);
  shop.json("PATCH", one + "/scale", R"({"spec":{"replicas":40}})", "application/merge-patch+json", 422);
}

TEST(Definitions, take_their_objects_along) {
  Shop shop;
  shop.make("{}");
  shop.json("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shirts.stable.example.com");
  shop.json("GET", kShirts, "", "", 404);
  shop.json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kDefinition, "application/yaml", 201);
  EXPECT_EQ(shop.json("GET", kShirts).at("items"), json::array());
}

TEST(Definitions, that_say_too_little_are_refused) {
  struct {
    const char* from;
    const char* to;
    const char* field;
  } const rows[] = {
      {"scope: Namespaced", "scope: Everywhere", "spec.scope"},
      {"shirts.stable.example.com", "shirt.stable.example.com", "metadata.name"},
      {"storage: true", "storage: false", "spec.versions"},
      {"kind: Shirt, ", "", "spec.names.kind"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.field);
    Served served;
    std::string text = kDefinition;
    text.replace(text.find(row.from), std::string(row.from).size(), row.to);
    const json answer =
        served.json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", text, "application/yaml", 422);
    EXPECT_EQ(answer.at("details").at("causes").at(0).at("field"), row.field);
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
