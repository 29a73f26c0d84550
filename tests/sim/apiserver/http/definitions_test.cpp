// CustomResourceDefinitions over HTTP: what is defined is served, held to its schema, and goes with its definition
// (K-API-14; apiextensions v1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/read.hpp"
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
              ratio: {type: number, multipleOf: 0.1}
              labels: {type: object, minProperties: 1, maxProperties: 2, additionalProperties: {type: string}}
              level: {x-kubernetes-int-or-string: true, enum: [1, high]}
              count: {type: integer}
              maybe: {type: string, nullable: true}
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
      {R"({"ratio":0.3,"labels":{"a":"b"},"level":"high","count":3.0})", ""},
      {R"({"ratio":0.35})", "spec.ratio: Invalid value: 0.35: spec.ratio in body should be a multiple of 0.1"},
      {R"({"labels":{}})", "spec.labels: Invalid value: 1: spec.labels in body should have at least 1 properties"},
      {R"({"labels":{"a":"","b":"","c":""}})", "spec.labels: Too many: 3: must have at most 2 items"},
      {R"({"level":2})", R"(spec.level: Unsupported value: 2: supported values: 1, "high")"},
      {R"({"count":1e300})",
       R"(spec.count: Invalid value: "number": spec.count in body must be of type integer: "number")"},
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

// Nulls are as if nothing had been sent, where none may be.
TEST(Definitions, drop_nulls) {
  Shop shop;
  const json made = shop.make(R"({"color":null,"size":null,"maybe":null,"labels":null,"free":{"x":null}})");
  EXPECT_EQ(made.at("spec"), json::parse(R"({"color":"blue","maybe":null,"free":{"x":null}})"));
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

const char* const kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const char* const kOfShirts = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shirts.stable.example.com";
const char* const kMerge = "application/merge-patch+json";
const char* const kApply = "application/apply-patch+yaml";

TEST(Definitions, take_their_objects_along) {
  Shop shop;
  shop.make("{}");
  EXPECT_EQ(shop.json("DELETE", kOfShirts).at("status"), "Success");
  shop.json("GET", kShirts, "", "", 404);
  shop.json("POST", kDefinitions, kDefinition, "application/yaml", 201);
  EXPECT_EQ(shop.json("GET", kShirts).at("items"), json::array());
}

TEST(Definitions, wait_for_the_last_of_their_objects) {
  Shop shop;
  const std::string one = std::string(kShirts) + "/a";
  shop.make("{}");
  shop.json("PATCH", one, R"({"metadata":{"finalizers":["example.com/hold"]}})", kMerge);
  EXPECT_EQ(shop.json("DELETE", std::string(kOfShirts) + "?dryRun=All").at("status"), "Success");
  EXPECT_FALSE(shop.json("GET", one).at("metadata").contains("deletionTimestamp"));
  const json marked = shop.json("DELETE", kOfShirts);
  EXPECT_EQ(marked.at("metadata").at("finalizers"), json::array({"customresourcecleanup.apiextensions.k8s.io"}));
  EXPECT_EQ(marked.at("status").at("conditions").at(2).at("type"), "Terminating");
  EXPECT_EQ(marked.at("status").at("conditions").at(2).at("status"), "True");
  EXPECT_TRUE(shop.json("GET", one).at("metadata").contains("deletionTimestamp"));
  const json discovered = shop.json("GET", "/apis/stable.example.com/v1");
  for (const json& resource : discovered.at("resources")) {
    if (resource.at("name") != "shirts") continue;
    EXPECT_EQ(resource.at("verbs"), (json{"delete", "deletecollection", "get", "list", "watch"}));
  }
  const std::string refused = "create not allowed while custom resource definition is terminating";
  EXPECT_EQ(shop.make("{}", 405).at("message"), refused);
  const json applied = shop.json("PATCH", std::string(kShirts) + "/b?fieldManager=m",
                                 R"({"apiVersion":"stable.example.com/v1","kind":"Shirt"})", kApply, 403);
  EXPECT_THAT(applied.at("message").get<std::string>(), HasSubstr(refused));
  shop.json("DELETE", kOfShirts);  // again: nothing new
  shop.json("GET", kOfShirts);
  shop.json("PATCH", one, R"({"metadata":{"finalizers":null}})", kMerge);
  shop.json("GET", kOfShirts, "", "", 404);
  shop.json("GET", one, "", "", 404);
  shop.json("POST", kDefinitions, kDefinition, "application/yaml", 201);
  EXPECT_EQ(shop.json("GET", kShirts).at("items"), json::array());
}

TEST(Definitions, have_defaults_and_count_their_changes) {
  Shop shop;
  json now = shop.json("GET", kOfShirts);
  EXPECT_EQ(now.at("metadata").at("generation"), 1);
  EXPECT_EQ(now.at("spec").at("conversion"), json::parse(R"({"strategy":"None"})"));
  EXPECT_EQ(now.at("spec").at("names").at("listKind"), "ShirtList");
  EXPECT_EQ(now.at("status").at("acceptedNames").at("listKind"), "ShirtList");
  shop.now += std::chrono::seconds(5);
  now.erase("status");
  now["spec"]["versions"][0]["name"] = "v2";
  const json put = shop.json("PUT", kOfShirts, now.dump());
  EXPECT_EQ(put.at("metadata").at("generation"), 2);
  const json after = shop.json("GET", kOfShirts).at("status");
  EXPECT_EQ(after.at("storedVersions"), json::array({"v1", "v2"}));
  EXPECT_EQ(after.at("conditions").at(1).at("lastTransitionTime"), "2026-01-01T00:00:00Z");
  shop.json("GET", "/apis/stable.example.com/v2/namespaces/default/shirts");
}

// What a definition no longer says is not kept for those who still hold its resource.
TEST(Definitions, are_taken_up_when_they_say_something_else) {
  Shop shop;
  const auto resource = [&] {
    shop.json("GET", "/apis");
    return shop.kinds.find("stable.example.com", "v1", "shirts");
  };
  const Resource* first = resource();
  shop.json("PATCH", kOfShirts, R"({"metadata":{"labels":{"a":"b"}}})", kMerge);
  EXPECT_EQ(resource(), first);
  EXPECT_TRUE(first->schema);
  shop.json("PATCH", kOfShirts, R"({"spec":{"names":{"shortNames":["s"]}}})", kMerge);
  EXPECT_NE(resource(), first);
  EXPECT_FALSE(first->schema);
  EXPECT_EQ(first->info.plural, "shirts");
}

// Whatever brings them in or changes them.
TEST(Definitions, are_checked_in_patches_too) {
  for (const char* type : {kMerge, "application/strategic-merge-patch+json"}) {
    Shop shop;
    shop.json("PATCH", kOfShirts, R"({"spec":{"scope":"Everywhere"}})", type, 422);
    EXPECT_EQ(shop.json("PATCH", kOfShirts, R"({"metadata":{"labels":{"a":"b"}}})", type).at("spec").at("scope"),
              "Namespaced");
    EXPECT_TRUE(shop.json("GET", kOfShirts).at("status").contains("conditions"));
  }
  Shop shop;
  shop.json("PATCH", kOfShirts, R"([{"op":"replace","path":"/spec/scope","value":"Everywhere"}])",
            "application/json-patch+json", 422);
}

TEST(Definitions, come_by_apply) {
  Served served;
  const std::string target = std::string(kOfShirts) + "?fieldManager=m";
  std::string wrong = kDefinition;
  wrong.replace(wrong.find("scope: Namespaced"), 17, "scope: Everywhere");
  served.json("PATCH", target, wrong, kApply, 422);
  served.json("PATCH", target, kDefinition, kApply, 201);
  const json made = served.json("GET", kOfShirts);
  EXPECT_EQ(made.at("status").at("conditions").at(1).at("type"), "Established");
  EXPECT_EQ(made.at("spec").at("conversion").at("strategy"), "None");
  EXPECT_EQ(served.json("PATCH", target, kDefinition, kApply).at("metadata").at("resourceVersion"),
            made.at("metadata").at("resourceVersion"));
  const char* const shirt = R"({"apiVersion":"stable.example.com/v1","kind":"Shirt","spec":{"size":"M"}})";
  const std::string one = std::string(kShirts) + "/a?fieldManager=m";
  EXPECT_EQ(served.json("PATCH", one, shirt, kApply, 201).at("spec"), json::parse(R"({"color":"blue","size":"M"})"));
  EXPECT_EQ(served.json("PATCH", one, shirt, kApply).at("spec"), json::parse(R"({"color":"blue","size":"M"})"));
}

// A definition whose lists and maps have owners as its schema says.
TEST(Definitions, say_what_has_an_owner_of_its_own) {
  Served served;
  served.json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: racks.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: racks, singular: rack, kind: Rack}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              units:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [at, side]
                items:
                  type: object
                  required: [at]
                  properties: {at: {type: integer}, side: {type: string, default: front}, host: {type: string}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              order: {type: array, items: {type: string}}
              place: {type: object, x-kubernetes-map-type: atomic, properties: {x: {type: integer}, y: {type: integer}}}
              notes: {type: object, additionalProperties: {type: string}}
)",
              "application/yaml", 201);
  const std::string racks = "/apis/example.com/v1/namespaces/default/racks";
  struct {
    const char *name, *one, *other, *both;  // the spec that the first applies, that the second does, what comes of it
    const char* conflict;                   // or who owns what the second wants otherwise
  } const rows[] = {
      {"keyed", R"({"units":[{"at":1,"host":"a"}]})", R"({"units":[{"at":2,"host":"b"}]})",
       R"({"units":[{"at":1,"host":"a","side":"front"},{"at":2,"host":"b","side":"front"}]})", ""},
      {"two-keys", R"({"units":[{"at":1,"host":"a"}]})", R"({"units":[{"at":1,"side":"back","host":"b"}]})",
       R"({"units":[{"at":1,"host":"a","side":"front"},{"at":1,"host":"b","side":"back"}]})", ""},
      {"same-item", R"({"units":[{"at":1,"host":"a"}]})", R"({"units":[{"at":1,"side":"front","host":"b"}]})", "",
       R"(.spec.units[at=1,side="front"].host)"},
      {"set", R"({"tags":["x"]})", R"({"tags":["y","x"]})", R"({"tags":["y","x"]})", ""},
      {"list", R"({"order":["x"]})", R"({"order":["y"]})", "", ".spec.order"},
      {"piece", R"({"place":{"x":1}})", R"({"place":{"y":1}})", "", ".spec.place"},
      {"map", R"({"notes":{"a":"1"}})", R"({"notes":{"b":"2"}})", R"({"notes":{"a":"1","b":"2"}})", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto apply = [&](const std::string& manager, const std::string& spec, int code) {
      return served.json("PATCH", racks + "/" + row.name + "?fieldManager=" + manager,
                         R"({"apiVersion":"example.com/v1","kind":"Rack","spec":)" + spec + "}", kApply, code);
    };
    apply("one", row.one, 201);
    const json second = apply("other", row.other, *row.conflict ? 409 : 200);
    if (*row.conflict) {
      EXPECT_EQ(second.at("details").at("causes").at(0).at("field"), row.conflict);
      continue;
    }
    EXPECT_EQ(second.at("spec"), json::parse(row.both));
    // What is no longer wanted by whom it belongs to goes; the rest stays.
    json left = apply("other", "{}", 200).at("spec");
    const json first = apply("one", row.one, 200).at("spec");
    EXPECT_EQ(left, first);
    EXPECT_NE(left, json::parse(row.both));
  }
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
      {"kind: Shirt, ", "kind: New Shirt, ", "spec.names.kind"},
      {"kind: Shirt, ", "kind: Shirt, listKind: Shirt, ", "spec.names.listKind"},
      {"singular: shirt", "singular: Shirt", "spec.names.singular"},
      {"kind: Shirt, ", "kind: Shirt, categories: [\"\"], ", "spec.names.categories[0]"},
      {"name: v1", "name: V1", "spec.versions[0].name"},
      {".spec.replicas", "spec.replicas", "spec.subresources.scale.specReplicasPath"},
      {".spec.replicas", ".status.replicas", "spec.subresources.scale.specReplicasPath"},
      {".status.replicas", ".replicas", "spec.subresources.scale.statusReplicasPath"},
      {"type: object", "type: string", "spec.validation.openAPIV3Schema.type"},
      {"port: {", "port: {type: string, ", "spec.validation.openAPIV3Schema.properties[spec].properties[port].type"},
      {"free: {type: object, ", "free: {type: string, ",
       "spec.validation.openAPIV3Schema.properties[spec].properties[free].type"},
      {"{type: integer}", "{}", "spec.validation.openAPIV3Schema.properties[spec].properties[count].type"},
      {"{type: integer}", "{type: whole}", "spec.validation.openAPIV3Schema.properties[spec].properties[count].type"},
      {"items: {type: string}", "items: {}",
       "spec.validation.openAPIV3Schema.properties[spec].properties[tags].items.type"},
      {"items: {type: string}, ", "", "spec.validation.openAPIV3Schema.properties[spec].properties[tags].items"},
      {"list-type: set", "list-type: bag",
       "spec.validation.openAPIV3Schema.properties[spec].properties[tags].x-kubernetes-list-type"},
      {"list-type: set", "list-type: map",
       "spec.validation.openAPIV3Schema.properties[spec].properties[tags].x-kubernetes-list-map-keys"},
      {"minProperties: 1", "properties: {a: {type: string}}",
       "spec.validation.openAPIV3Schema.properties[spec].properties[labels].additionalProperties"},
      {"^[SML]$", "[", "spec.validation.openAPIV3Schema.properties[spec].properties[size].pattern"},
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

// What no decoder takes is refused as such; and what came in otherwise harms nobody.
TEST(Definitions, that_cannot_be_decoded_are_refused) {
  struct {
    const char* schema;
    const char* problem;
  } const rows[] = {
      {R"({"type":"object","properties":7})",
       "json: cannot unmarshal number into Go struct field "
       "JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties of type map[string]v1.JSONSchemaProps"},
      {R"({"type":"object","properties":{"x":"str"}})", "properties of type v1.JSONSchemaProps"},
      {R"({"type":"object","properties":{"x":{"type":"array","items":1}}})", "items of type v1.JSONSchemaProps"},
      {R"({"type":"object","required":{}})", "required of type []string"},
      {R"({"type":["object"]})", "type of type string"},
      {R"([1])", "of type v1.JSONSchemaProps"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.schema);
    const json definition = {
        {"apiVersion", "apiextensions.k8s.io/v1"},
        {"kind", "CustomResourceDefinition"},
        {"metadata", {{"name", "hats.example.com"}}},
        {"spec",
         {{"group", "example.com"},
          {"scope", "Namespaced"},
          {"names", {{"plural", "hats"}, {"kind", "Hat"}}},
          {"versions",
           {{{"name", "v1"},
             {"served", true},
             {"storage", true},
             {"subresources",
              {{"scale", {{"specReplicasPath", ".spec.a[0]~"}, {"statusReplicasPath", ".status.b~1"}}}}},
             {"schema", {{"openAPIV3Schema", json::parse(row.schema)}}}}}}}}};
    Served served;
    const json refused = served.json("POST", kDefinitions, definition.dump(), "application/json", 400);
    EXPECT_THAT(refused.at("message").get<std::string>(), HasSubstr(row.problem));
    const api::Result<api::ObjectPtr> object = api::fromJson(definition);
    ASSERT_TRUE(served.backend.execute(api::createRequest(*object)).ok());
    served.json("GET", "/openapi/v2");
    served.json("GET", "/openapi/v3/apis/example.com/v1");
    const std::string hats = "/apis/example.com/v1/namespaces/default/hats";
    const json hat = {{"apiVersion", "example.com/v1"}, {"kind", "Hat"}, {"metadata", {{"name", "a"}}}, {"spec", "x"}};
    served.json("POST", hats, hat.dump(), "application/json", 201);
    EXPECT_LT(served.ask("PATCH", hats + "/a?fieldManager=m", hat.dump(), kApply).code, 500);
    served.json("GET", hats + "/a/scale");
    EXPECT_LT(served.ask("PATCH", hats + "/a/scale", R"({"spec":{"replicas":2}})", kMerge).code, 500);
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
