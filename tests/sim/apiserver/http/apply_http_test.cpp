// Server-side apply, field managers and dry run over HTTP.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/handler.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using nlohmann::json;

struct Face : Cluster {
  Face() {
    backend.store = &server.store();
    backend.kinds = &kinds;
    backend.credentials.everybody = true;
    backend.credentials.administrator = {"admin", {"system:masters"}};
    backend.execute = [this](const api::Request& request) { return run(request); };
    backend.now = [this] { return now; };
  }
  http::HttpAnswer send(std::string method, std::string target, std::string body = {},
                        std::string type = "application/json") {
    http::HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.content_type = std::move(type);
    request.user_agent = "kubectl/v1.36.0 (linux/amd64)";
    request.body = std::move(body);
    return http::handle(request, backend);
  }
  http::HttpAnswer apply(const std::string& target, std::string body) {
    return send("PATCH", target, std::move(body), "application/apply-patch+yaml");
  }
  http::ServedKinds kinds;
  http::Backend backend;
};

std::string message(const http::HttpAnswer& answer) {
  return std::to_string(answer.code) + " " + json::parse(answer.body).value("message", std::string());
}

const std::string kMaps = "/api/v1/namespaces/default/configmaps", kMap = kMaps + "/a";
const std::string kBody = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";

TEST(HttpApply, creates_with_201_and_changes_with_200) {
  Face face;
  http::HttpAnswer answer = face.apply(kMap + "?fieldManager=me", kBody);
  EXPECT_EQ(answer.code, 201);
  const json made = json::parse(answer.body);
  EXPECT_EQ(made.at("metadata").at("managedFields").at(0).at("manager"), "me");
  EXPECT_EQ(made.at("metadata").at("managedFields").at(0).at("operation"), "Apply");
  answer = face.apply(kMap + "?fieldManager=me&force=false", kBody);
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(json::parse(answer.body), made);
  answer = face.apply(kMap + "?fieldManager=you", "apiVersion: v1\nkind: ConfigMap\ndata: {k: w}");
  EXPECT_EQ(message(answer), "409 Apply failed with 1 conflict: conflict with \"me\": .data.k");
  EXPECT_EQ(json::parse(answer.body).at("details").at("causes").at(0).at("reason"), "FieldManagerConflict");
  answer = face.apply(kMap + "?fieldManager=you&force=true", "apiVersion: v1\nkind: ConfigMap\ndata: {k: w}");
  EXPECT_EQ(answer.code, 200);
}

TEST(HttpApply, takes_the_manager_of_other_writes_from_the_client) {
  Face face;
  const auto managerOf = [](const http::HttpAnswer& answer) {
    return json::parse(answer.body).at("metadata").at("managedFields").at(0).at("manager").get<std::string>();
  };
  EXPECT_EQ(managerOf(face.send("POST", kMaps, kBody)), "kubectl");
  EXPECT_EQ(managerOf(face.send("POST", kMaps + "?fieldManager=kubectl-create",
                                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n")),
            "kubectl-create");
  EXPECT_EQ(json::parse(face.send("GET", kMaps).body).at("items").at(0).at("metadata").count("managedFields"), 1u);
}

TEST(HttpApply, checks_its_options) {
  struct Case {
    const char *method, *query, *type, *answer;
  };
  const Case cases[] = {
      {"PATCH", "", "application/apply-patch+yaml",
       "422 PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"},
      {"PATCH", "?force=true", "application/merge-patch+json",
       "422 PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch"},
      {"PATCH", "?fieldManager=m&dryRun=some", "application/apply-patch+yaml",
       "422 PatchOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"some\"}: supported values: "
       "\"All\""},
      {"PATCH", "?fieldManager=m&force=x", "application/apply-patch+yaml",
       "400 strconv.ParseBool: parsing \"x\": invalid syntax"},
      {"PATCH", "?fieldManager=a%0Ab", "application/apply-patch+yaml",
       "422 PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Invalid value: \"a\\nb\": invalid character U+000A "
       "(at position 1)"},
      {"PUT", "?fieldValidation=x", "application/json",
       "422 UpdateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"x\": supported values: "
       "\"\", \"Ignore\", \"Strict\", \"Warn\""},
      {"DELETE", "?dryRun=no", "application/json",
       "422 DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"no\"}: supported values: "
       "\"All\""},
  };
  for (const Case& one : cases) {
    Face face;
    const std::string body = std::string(one.method) == "DELETE" ? "" : kBody;
    EXPECT_EQ(message(face.send(one.method, kMap + one.query, body, one.type)), one.answer) << one.query;
  }
  Face face;
  EXPECT_EQ(face.send("PATCH", kMap + "?fieldManager=m", "x", "application/apply-patch+cbor").code, 415);
  EXPECT_EQ(message(face.apply(kMap + "?fieldManager=m", "apiVersion: v2\nkind: ConfigMap")),
            "400 Incorrect version specified in apply patch. Specified patch version: v2, expected: v1");
}

TEST(HttpDryRun, stores_nothing) {
  Face face;
  ASSERT_EQ(face.send("POST", kMaps, kBody).code, 201);
  const std::int64_t revision = face.server.store().revision();
  const std::string other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n";
  EXPECT_EQ(face.send("POST", kMaps + "?dryRun=All", other).code, 201);
  EXPECT_EQ(face.apply(kMaps + "/b?fieldManager=m&dryRun=All", other).code, 201);
  const http::HttpAnswer changed =
      face.send("PATCH", kMap + "?dryRun=All", R"({"data":{"k":"w"}})", "application/merge-patch+json");
  EXPECT_EQ(json::parse(changed.body).at("data").at("k"), "w");
  const http::HttpAnswer patched =
      face.send("PATCH", kMap + "?dryRun=All", R"([{"op":"remove","path":"/data/k"}])", "application/json-patch+json");
  EXPECT_EQ(patched.code, 200);
  EXPECT_EQ(json::parse(face.send("DELETE", kMap + "?dryRun=All").body).at("status"), "Success");
  EXPECT_EQ(json::parse(face.send("DELETE", kMap, R"({"dryRun":["All"]})").body).at("status"), "Success");
  EXPECT_EQ(face.send("DELETE", kMap, R"({"dryRun":["no"]})").code, 422);
  EXPECT_EQ(json::parse(face.send("DELETE", kMaps + "?dryRun=All").body).at("kind"), "ConfigMapList");
  EXPECT_EQ(face.server.store().revision(), revision);
  EXPECT_EQ(json::parse(face.send("DELETE", kMap).body).at("status"), "Success");
  EXPECT_EQ(face.send("GET", kMap).code, 404);
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
