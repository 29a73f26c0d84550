// Server-side apply of kinds that are stored as trees: each can be made so, and gets what any creation brings.
#include <gtest/gtest.h>

#include "sim/apiserver/http/served_kinds.hpp"
#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;

const char* const kAppliedType = "application/apply-patch+yaml";

json applied(Served& served, const std::string& target, const std::string& body, int code = 201) {
  return served.json("PATCH", target + "?fieldManager=m", body, kAppliedType, code);
}

TEST(AppliedKinds, can_all_be_applied) {
  Served served;
  for (const api::KindInfo& kind : api::knownKinds()) {
    if (kind.kind != api::Kind::kGeneric || kind.name == "CustomResourceDefinition") continue;
    SCOPED_TRACE(kind.name);
    const std::string group = api::groupOf(kind.api_version);
    const std::string target = (group.empty() ? "/api/" : "/apis/") + std::string(kind.api_version) +
                               (kind.namespaced ? "/namespaces/default/" : "/") + std::string(kind.plural) + "/x";
    const json body = {{"apiVersion", kind.api_version}, {"kind", kind.name}};
    served.json("DELETE", target, "", "", served.ask("GET", target).code);
    applied(served, target, body.dump());
  }
}

TEST(AppliedKinds, have_lists_that_are_known_by_key) {
  struct {
    const char *target, *first, *second, *list, *names;
  } const rows[] = {
      {"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v",
       R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","webhooks":[{"name":
           "a.example.com","sideEffects":"None","admissionReviewVersions":["v1"],"clientConfig":{"url":"https://x"}}]})",
       R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","webhooks":[{"name":
           "b.example.com","sideEffects":"None","admissionReviewVersions":["v1"],"clientConfig":{"url":"https://y"}}]})",
       "/webhooks", R"(["a.example.com","b.example.com"])"},
      {"/apis/storage.k8s.io/v1/csinodes/n",
       R"({"apiVersion":"storage.k8s.io/v1","kind":"CSINode","spec":{"drivers":[{"name":"a","nodeID":"1"}]}})",
       R"({"apiVersion":"storage.k8s.io/v1","kind":"CSINode","spec":{"drivers":[{"name":"b","nodeID":"2"}]}})",
       "/spec/drivers", R"(["a","b"])"},
      {"/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h",
       R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","spec":{"metrics":[{"name":"a"}]}})",
       R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","spec":{"maxReplicas":3}})", "/spec/metrics",
       R"(["a"])"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.target);
    Served served;
    applied(served, row.target, row.first);
    const json both = served.json("PATCH", std::string(row.target) + "?fieldManager=other", row.second, kAppliedType);
    json names = json::array();
    for (const json& one : both.at(json::json_pointer(row.list))) names.push_back(one.at("name"));
    EXPECT_EQ(names, json::parse(row.names)) << both;
  }
}

TEST(AppliedKinds, get_what_a_creation_brings) {
  Served served;
  const json space = applied(served, "/api/v1/namespaces/team", R"({"apiVersion":"v1","kind":"Namespace"})");
  EXPECT_EQ(space.at("metadata").at("labels").at("kubernetes.io/metadata.name"), "team");
  served.json("GET", "/api/v1/namespaces/team/serviceaccounts/default");
  const json changed = served.json("PATCH", "/api/v1/namespaces/team", R"({"metadata":{"labels":null}})",
                                   "application/merge-patch+json");
  EXPECT_EQ(changed.at("metadata").at("labels").at("kubernetes.io/metadata.name"), "team");
  const json hooks = applied(
      served, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v",
      R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","webhooks":[{"name":
          "a.example.com","sideEffects":"None","admissionReviewVersions":["v1"],"clientConfig":{"url":"https://x"}}]})");
  EXPECT_EQ(hooks.at("webhooks").at(0).at("failurePolicy"), "Fail");
  EXPECT_EQ(hooks.at("metadata").at("generation"), 1);
  applied(served, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/w",
          R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
              "webhooks":[{"name":"a.example.com"}]})",
          422);
}

TEST(AppliedKinds, hold_webhooks_to_their_rules_in_patches) {
  Served served;
  const std::string one = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v";
  applied(served, one, R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration"})");
  for (const char* type : {"application/merge-patch+json", "application/strategic-merge-patch+json"})
    served.json("PATCH", one, R"({"webhooks":[{"name":"a.example.com"}]})", type, 422);
}

TEST(Secrets, are_base64) {
  Served served;
  const json refused = served.json("POST", "/api/v1/namespaces/default/secrets",
                                   R"({"metadata":{"name":"s"},"data":{"a":"ab!c"}})", "application/json", 400);
  EXPECT_EQ(refused.at("message"),
            "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 2");
}

TEST(Secrets, keep_text_as_bytes) {
  Served served;
  const std::string path = "/api/v1/namespaces/default/secrets";
  const json made = served.json("POST", path, R"({"metadata":{"name":"s"},"data":{"a":"Yg=="},"stringData":{"k":"v"}})",
                                "application/json", 201);
  EXPECT_EQ(made.at("data"), (json{{"a", "Yg=="}, {"k", "dg=="}}));
  EXPECT_FALSE(made.contains("stringData"));
  EXPECT_EQ(made.at("type"), "Opaque");
  const json changed = served.json("PATCH", path + "/s", R"({"stringData":{"a":"c"}})", "application/merge-patch+json");
  EXPECT_EQ(changed.at("data"), (json{{"a", "Yw=="}, {"k", "dg=="}}));
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
