// OpenAPI documents and aggregated discovery: what clients find in them, and how they keep them.
#include "sim/apiserver/http/openapi/documents.hpp"

#include <gtest/gtest.h>

#include "sim/apiserver/http/aggregated_discovery.hpp"
#include "tests/sim/apiserver/http_calls.hpp"

namespace jobset_twin::apiserver {
namespace {

using nlohmann::json;
using testing::HttpCluster;

std::string headerOf(const http::HttpAnswer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return "";
}

// All references of a document.
void collect(const json& value, std::vector<std::string>& out) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.contains("$ref") && value["$ref"].is_string()) out.push_back(value["$ref"]);
  for (const json& inner : value) collect(inner, out);
}

TEST(OpenApi, ReferencesLeadSomewhere) {
  HttpCluster twin;
  std::vector<std::string> paths = {"/openapi/v2"};
  const json index = twin.got("/openapi/v3");
  for (const auto& [name, entry] : index["paths"].items()) paths.push_back(entry["serverRelativeURL"]);
  EXPECT_GT(paths.size(), 12U);
  for (const std::string& path : paths) {
    const json document = twin.got(path);
    const bool old = path == "/openapi/v2";
    const json& schemas = old ? document["definitions"] : document["components"]["schemas"];
    const std::string prefix = old ? "#/definitions/" : "#/components/schemas/";
    std::vector<std::string> references;
    collect(document, references);
    EXPECT_FALSE(references.empty()) << path;
    for (const std::string& reference : references) {
      ASSERT_TRUE(reference.starts_with(prefix)) << path << " " << reference;
      EXPECT_TRUE(schemas.contains(reference.substr(prefix.size()))) << path << " " << reference;
    }
  }
}

TEST(OpenApi, WhatSchemasSay) {
  HttpCluster twin;
  const std::pair<const char*, std::vector<std::pair<const char*, const char*>>> cases[] = {
      {"/openapi/v3/api/v1",
       {{"/io.k8s.api.core.v1.Pod/x-kubernetes-group-version-kind/0", R"({"group":"","kind":"Pod","version":"v1"})"},
        {"/io.k8s.api.core.v1.PodSpec/required", R"(["containers"])"},
        {"/io.k8s.api.core.v1.PodSpec/properties/containers/x-kubernetes-patch-merge-key", R"("name")"},
        {"/io.k8s.api.core.v1.PodSpec/properties/containers/x-kubernetes-list-map-keys", R"(["name"])"},
        {"/io.k8s.api.core.v1.PodSpec/properties/volumes/x-kubernetes-patch-strategy", R"("merge,retainKeys")"},
        {"/io.k8s.api.core.v1.PodSpec/properties/nodeSelector/x-kubernetes-map-type", R"("atomic")"},
        {"/io.k8s.api.core.v1.Container/properties/args/x-kubernetes-list-type", R"("atomic")"},
        {"/io.k8s.api.core.v1.Volume/properties/hostPath/$ref",
         R"("#/components/schemas/io.k8s.api.core.v1.HostPathVolumeSource")"},
        {"/io.k8s.api.core.v1.ServiceSpec/properties/ports/x-kubernetes-list-map-keys", R"(["port","protocol"])"},
        {"/io.k8s.api.core.v1.EnvVarSource/properties/secretKeyRef/$ref",
         R"("#/components/schemas/io.k8s.api.core.v1.SecretKeySelector")"},
        {"/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta/properties/finalizers/x-kubernetes-patch-strategy",
         R"("merge")"},
        {"/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta/properties/finalizers/x-kubernetes-list-type", R"("set")"},
        {"/io.k8s.api.core.v1.ConfigMap/properties/data/additionalProperties/type", R"("string")"},
        {"/io.k8s.api.core.v1.PodList/x-kubernetes-group-version-kind/0/kind", R"("PodList")"}}},
      {"/openapi/v3/apis/batch/v1",
       {{"/io.k8s.api.batch.v1.JobSpec/required", R"(["template"])"},
        {"/io.k8s.api.batch.v1.JobSpec/properties/successPolicy/allOf/0/$ref",
         R"("#/components/schemas/io.k8s.api.batch.v1.SuccessPolicy")"},
        {"/io.k8s.api.batch.v1.CronJobSpec/properties/schedule/type", R"("string")"}}},
      {"/openapi/v3/apis/apps/v1",
       {{"/io.k8s.api.apps.v1.StatefulSetSpec/properties/volumeClaimTemplates/items/$ref",
         R"("#/components/schemas/io.k8s.api.core.v1.PersistentVolumeClaim")"}}},
      {"/openapi/v3/apis/jobset.x-k8s.io/v1alpha2",
       {{"/io.x-k8s.jobset.v1alpha2.JobSet/properties/spec/properties/failurePolicy/properties/rules/items/required",
         R"(["name","action"])"},
        {"/io.x-k8s.jobset.v1alpha2.JobSet/properties/spec/properties/successPolicy/properties/operator/enum",
         R"(["All","Any"])"},
        {"/io.x-k8s.jobset.v1alpha2.JobSet/properties/metadata/allOf/0/$ref",
         R"("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")"}}},
      {"/openapi/v3/apis/kueue.x-k8s.io/v1beta2",
       {{"/io.x-k8s.kueue.v1beta2.Workload/properties/spec/x-kubernetes-preserve-unknown-fields", "true"}}},
  };
  for (const auto& [path, wants] : cases) {
    const json schemas = twin.got(path)["components"]["schemas"];
    for (const auto& [pointer, want] : wants) {
      std::string text(pointer);
      const json::json_pointer at(text);
      ASSERT_TRUE(schemas.contains(at)) << path << pointer;
      EXPECT_EQ(schemas[at].dump(), want) << path << pointer;
    }
  }
}

// What kubectl looks for before it leaves checks of fields to the server, and to choose the kind of patch.
TEST(OpenApi, PatchOperations) {
  HttpCluster twin;
  struct Case {
    const char *document, *path, *kind;
    bool strategic;
  };
  const Case cases[] = {
      {"/openapi/v3/api/v1", "/api/v1/namespaces/{namespace}/pods/{name}", "Pod", true},
      {"/openapi/v3/api/v1", "/api/v1/nodes/{name}/status", "Node", true},
      {"/openapi/v3/apis/jobset.x-k8s.io/v1alpha2",
       "/apis/jobset.x-k8s.io/v1alpha2/namespaces/{namespace}/jobsets/{name}", "JobSet", false},
  };
  for (const Case& c : cases) {
    const json patch = twin.got(c.document)["paths"][c.path]["patch"];
    EXPECT_EQ(patch["x-kubernetes-action"], "patch") << c.path;
    EXPECT_EQ(patch["x-kubernetes-group-version-kind"]["kind"], c.kind) << c.path;
    std::vector<std::string> names;
    for (const json& parameter : patch["parameters"]) names.push_back(parameter["name"]);
    EXPECT_EQ(names, (std::vector<std::string>{"dryRun", "fieldManager", "fieldValidation", "force"})) << c.path;
    EXPECT_EQ(patch["requestBody"]["content"].contains("application/strategic-merge-patch+json"), c.strategic);
  }
  const json paths = twin.got("/openapi/v3/api/v1")["paths"];
  EXPECT_EQ(paths["/api/v1/pods"]["get"]["x-kubernetes-action"], "list");
  EXPECT_FALSE(paths["/api/v1/pods"].contains("post"));
  EXPECT_EQ(paths["/api/v1/namespaces/{namespace}/pods"]["delete"]["x-kubernetes-action"], "deletecollection");
  EXPECT_TRUE(paths["/api/v1/namespaces/{namespace}/pods/{name}/binding"].contains("post"));
}

TEST(OpenApi, ClientsKeepDocuments) {
  HttpCluster twin;
  http::HttpRequest request;
  request.method = "GET";
  for (const char* path : {"/openapi/v2", "/openapi/v3", "/openapi/v3/apis/batch/v1"}) {
    request.target = path;
    request.if_none_match = "";
    const http::HttpAnswer first = http::handle(request, twin.backend);
    EXPECT_EQ(first.code, 200) << path;
    request.if_none_match = headerOf(first, "Etag");
    EXPECT_EQ(request.if_none_match.size(), 34U) << path;
    const http::HttpAnswer second = http::handle(request, twin.backend);
    EXPECT_EQ(second.code, 304) << path;
    EXPECT_EQ(second.body, "") << path;
    request.if_none_match = "\"another\"";
    EXPECT_EQ(http::handle(request, twin.backend).code, 200) << path;
  }
  const std::string url = twin.got("/openapi/v3")["paths"]["apis/batch/v1"]["serverRelativeURL"];
  EXPECT_EQ(headerOf(twin.ask("GET", url), "Cache-Control"), "public, immutable");
  const http::HttpAnswer moved = twin.ask("GET", "/openapi/v3/apis/batch/v1?hash=OLD");
  EXPECT_EQ(moved.code, 301);
  EXPECT_EQ(headerOf(moved, "Location"), url);
}

TEST(OpenApi, WhatIsNotThere) {
  HttpCluster twin;
  const std::tuple<const char*, const char*, int> cases[] = {
      {"/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 200},  // without definitions
      {"/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf, application/json;q=0.5", 200},
      {"/openapi/v3/api/v1", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf", 406},
      {"/openapi/v3/apis/none/v1", "", 404},
      {"/openapi/v4", "", 404},
  };
  for (const auto& [path, accept, code] : cases) EXPECT_EQ(twin.ask("GET", path, accept).code, code) << path << accept;
}

// A definition brings its schema and its columns; both are there from the next request on.
TEST(OpenApi, DefinedKinds) {
  HttpCluster twin;
  EXPECT_EQ(twin.ask("GET", "/openapi/v3/apis/stable.example.com/v1").code, 404);
  const json definition = json::parse(R"({
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "shirts.stable.example.com"},
    "spec": {"group": "stable.example.com", "scope": "Namespaced",
      "names": {"plural": "shirts", "singular": "shirt", "kind": "Shirt"},
      "versions": [{"name": "v1", "served": true, "storage": true,
        "additionalPrinterColumns": [{"name": "Color", "type": "string", "jsonPath": ".spec.color"},
          {"name": "Size", "type": "integer", "jsonPath": ".spec.size", "priority": 1}],
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object",
          "properties": {"color": {"type": "string"}, "size": {"type": "integer"}}}}}}}]}})");
  constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const http::HttpAnswer defined = twin.ask("POST", kDefinitions, "", definition.dump());
  ASSERT_EQ(defined.code, 201) << defined.body;
  const json schemas = twin.got("/openapi/v3/apis/stable.example.com/v1")["components"]["schemas"];
  EXPECT_EQ(schemas["com.example.stable.v1.Shirt"]["properties"]["spec"]["properties"]["color"]["type"], "string");
  EXPECT_TRUE(schemas["com.example.stable.v1.Shirt"]["properties"].contains("metadata"));
  const json shirt = {{"apiVersion", "stable.example.com/v1"},
                      {"kind", "Shirt"},
                      {"metadata", {{"name", "a"}}},
                      {"spec", {{"color", "blue"}, {"size", 3}}}};
  constexpr const char* kShirts = "/apis/stable.example.com/v1/namespaces/default/shirts";
  const http::HttpAnswer made = twin.ask("POST", kShirts, "", shirt.dump());
  ASSERT_EQ(made.code, 201) << made.body;
  const json table = twin.got(kShirts, "application/json;as=Table;v=v1;g=meta.k8s.io");
  EXPECT_EQ(table["rows"][0]["cells"], json({"a", "blue", 3}));
  EXPECT_EQ(table["columnDefinitions"][2]["priority"], 1);
}

TEST(AggregatedDiscovery, SaysWhatTheSingleDocumentsSay) {
  constexpr const char* kAccept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
  HttpCluster twin;
  const http::HttpAnswer answer = twin.ask("GET", "/apis", kAccept);
  EXPECT_EQ(answer.content_type, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const json groups = json::parse(answer.body);
  EXPECT_EQ(groups["kind"], "APIGroupDiscoveryList");
  EXPECT_EQ(groups["apiVersion"], "apidiscovery.k8s.io/v2");
  EXPECT_EQ(groups["items"].size(), twin.got("/apis")["groups"].size());
  std::size_t resources = 0;
  for (const json& group : groups["items"]) {
    for (const json& version : group["versions"]) {
      const std::string path =
          "/apis/" + group["metadata"]["name"].get<std::string>() + "/" + version["version"].get<std::string>();
      std::size_t entries = 0;
      for (const json& resource : version["resources"])
        entries += 1 + (resource.contains("subresources") ? resource["subresources"].size() : 0);
      EXPECT_EQ(entries, twin.got(path)["resources"].size()) << path;
      resources += entries;
    }
  }
  EXPECT_GT(resources, 20U);
}

TEST(AggregatedDiscovery, Pods) {
  HttpCluster twin;
  const json core = twin.got("/api", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  ASSERT_EQ(core["items"].size(), 1U);
  const json& version = core["items"][0]["versions"][0];
  EXPECT_EQ(version["version"], "v1");
  EXPECT_EQ(version["freshness"], "Current");
  for (const json& resource : version["resources"]) {
    if (resource["resource"] != "pods") continue;
    EXPECT_EQ(resource["responseKind"], (json{{"group", ""}, {"version", "v1"}, {"kind", "Pod"}}));
    EXPECT_EQ(resource["scope"], "Namespaced");
    EXPECT_EQ(resource["singularResource"], "pod");
    EXPECT_EQ(resource["shortNames"], json({"po"}));
    for (const json& part : resource["subresources"]) {
      if (part["subresource"] == "eviction") {
        EXPECT_EQ(part["responseKind"], (json{{"group", "policy"}, {"version", "v1"}, {"kind", "Eviction"}}));
      }
    }
    EXPECT_GE(resource["subresources"].size(), 3U);
  }
}

TEST(AggregatedDiscovery, OnlyForThoseWhoAskFirst) {
  HttpCluster twin;
  const std::pair<const char*, const char*> cases[] = {
      {"", "APIGroupList"},
      {"application/json", "APIGroupList"},
      {"application/json, application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "APIGroupList"},
      {"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json", "APIGroupList"},
      {"application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io", "APIGroupDiscoveryList"},
  };
  for (const auto& [accept, want] : cases) EXPECT_EQ(twin.got("/apis", accept)["kind"], want) << accept;
  EXPECT_EQ(twin.got("/apis/batch", "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io")["kind"],
            "APIGroup");
}

}  // namespace
}  // namespace jobset_twin::apiserver
