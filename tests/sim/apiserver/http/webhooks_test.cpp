// Admission webhooks without sockets: which writes they are asked about, what they are told, and what becomes of what
// they say.
#include <set>

#include <gtest/gtest.h>

#include "engine/api/base64.hpp"
#include "engine/api/read.hpp"
#include "sim/apiserver/http/warning_headers.hpp"
#include "sim/apiserver/http/webhooks/destination.hpp"
#include "sim/apiserver/http/webhooks/matching.hpp"
#include "sim/apiserver/http/webhooks/review.hpp"
#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;
using webhooks::Attempted;
using webhooks::Webhook;

constexpr const char* kHookedMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kConfigurations = "/apis/admissionregistration.k8s.io/v1/";

json hookDocument(const std::string& name, const json& rule, const json& more = json::object()) {
  json out = {{"name", name},
              {"clientConfig", {{"url", "https://127.0.0.1:9443/hook"}}},
              {"rules", {rule}},
              {"sideEffects", "None"},
              {"admissionReviewVersions", {"v1"}}};
  out.merge_patch(more);
  return out;
}

json ruleOn(const std::string& resources, const json& more = json::object()) {
  json out = {{"operations", {"*"}}, {"apiGroups", {"*"}}, {"apiVersions", {"*"}}, {"resources", {resources}}};
  out.merge_patch(more);
  return out;
}

class Hooked : public Served {
 public:
  using Json = nlohmann::json;
  Hooked() { backend.webhooks = std::make_shared<webhooks::Book>(); }
  Json got(const std::string& method, const std::string& target, const std::string& body, int code) {
    return json(method, target, body, "application/json", code);
  }
  Json install(const std::string& kind, const std::string& name, const Json& hook, int code = 201) {
    const Json configuration = {{"metadata", {{"name", name}}}, {"webhooks", Json::array({hook})}};
    return got("POST", kConfigurations + kind + "webhookconfigurations", configuration.dump(), code);
  }
  // Answers a call as a webhook would.
  static HttpAnswer say(const HttpAnswer& waits, Json response) {
    if (!waits.awaited) return waits;
    response["uid"] = told(waits).at("uid");
    const Json review = {
        {"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}, {"response", std::move(response)}};
    return waits.awaited->then({200, review.dump(), ""});
  }
  static Json told(const HttpAnswer& waits) {
    EXPECT_TRUE(waits.awaited) << waits.body;
    return waits.awaited ? Json::parse(waits.awaited->call.body).at("request") : Json();
  }
};

json patched(const json& patch) {
  return {{"allowed", true}, {"patchType", "JSONPatch"}, {"patch", api::base64(patch.dump())}};
}
const json kAllowed = {{"allowed", true}};
const std::string kOneMap = R"({"metadata":{"name":"one","labels":{"a":"b"}},"data":{"k":"v"}})";

TEST(WebhookRules, match) {
  struct {
    const char* rule;  // changes one that matches all resources without subresources
    Attempted write;
    bool matches;
  } const rows[] = {
      {"{}", {"CREATE", "", "v1", "pods", "", "x", "p"}, true},
      {"{}", {"UPDATE", "", "v1", "pods", "status", "x", "p"}, false},
      {R"({"operations":["CREATE","DELETE"]})", {"UPDATE", "", "v1", "pods", "", "x", "p"}, false},
      {R"({"operations":["CREATE","DELETE"]})", {"DELETE", "", "v1", "pods", "", "x", "p"}, true},
      {R"({"apiGroups":[""]})", {"CREATE", "", "v1", "pods", "", "x", "p"}, true},
      {R"({"apiGroups":[""]})", {"CREATE", "batch", "v1", "jobs", "", "x", "p"}, false},
      {R"({"apiVersions":["v1beta1"]})", {"CREATE", "", "v1", "pods", "", "x", "p"}, false},
      {R"({"resources":["pods/status"]})", {"UPDATE", "", "v1", "pods", "status", "x", "p"}, true},
      {R"({"resources":["pods/status"]})", {"UPDATE", "", "v1", "pods", "", "x", "p"}, false},
      {R"({"resources":["pods/*"]})", {"UPDATE", "", "v1", "pods", "", "x", "p"}, true},
      {R"({"resources":["pods/*"]})", {"CREATE", "", "v1", "pods", "binding", "x", "p"}, true},
      {R"({"resources":["*/status"]})", {"UPDATE", "batch", "v1", "jobs", "status", "x", "p"}, true},
      {R"({"resources":["*/*"]})", {"UPDATE", "batch", "v1", "jobs", "status", "x", "p"}, true},
      {R"({"resources":["services","jobs"]})", {"UPDATE", "batch", "v1", "jobs", "", "x", "p"}, true},
      {R"({"resources":[]})", {"UPDATE", "batch", "v1", "jobs", "", "x", "p"}, false},
      {R"({"scope":"Namespaced"})", {"CREATE", "", "v1", "pods", "", "x", "p"}, true},
      {R"({"scope":"Namespaced"})", {"CREATE", "", "v1", "nodes", "", "", "n"}, false},
      {R"({"scope":"Namespaced"})", {"CREATE", "", "v1", "namespaces", "", "x", "x"}, false},
      {R"({"scope":"Cluster"})", {"CREATE", "", "v1", "namespaces", "", "x", "x"}, true},
      {R"({"scope":"Cluster"})", {"CREATE", "", "v1", "pods", "", "x", "p"}, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.rule + (" " + row.write.operation) + " " + row.write.resource + "/" + row.write.subresource);
    const json rule = ruleOn("*", json::parse(row.rule));
    const auto read = webhooks::webhooksOf({{"webhooks", {hookDocument("h.example.com", rule)}}}, false);
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(webhooks::matchesRules(read.front(), row.write), row.matches);
  }
  EXPECT_TRUE(webhooks::isExempt(
      {"CREATE", "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "", "", "x"}));
  EXPECT_FALSE(webhooks::isExempt({"CREATE", "", "v1", "pods", "", "x", "p"}));
}

TEST(WebhookRules, match_other_versions_of_a_resource) {
  const ServedKinds kinds;
  const Resource* core = kinds.find("", "v1", "events");
  const Resource* other = kinds.find("events.k8s.io", "v1", "events");
  ASSERT_TRUE(core && other);
  const Attempted write{"CREATE", "", "v1", "events", "", "x", "e"};
  const json rule = ruleOn("events", {{"apiGroups", {"events.k8s.io"}}});
  const auto of = [&](const json& more) {
    return webhooks::webhooksOf({{"webhooks", {hookDocument("h.example.com", rule, more)}}}, false).front();
  };
  EXPECT_EQ(webhooks::wantedAs(of(json::object()), write, *core, kinds), other);
  EXPECT_EQ(webhooks::wantedAs(of({{"matchPolicy", "Exact"}}), write, *core, kinds), nullptr);
}

TEST(WebhookRules, match_in_their_order) {
  Served served;
  json versions = json::array();
  for (const char* version : {"v1", "v2", "v3"})
    versions.push_back({{"name", version},
                        {"served", true},
                        {"storage", versions.empty()},
                        {"schema", {{"openAPIV3Schema", {{"type", "object"}}}}}});
  const json definition = {
      {"metadata", {{"name", "things.example.com"}}},
      {"spec",
       {{"group", "example.com"},
        {"scope", "Namespaced"},
        {"names", {{"kind", "Thing"}, {"plural", "things"}, {"singular", "thing"}, {"listKind", "ThingList"}}},
        {"versions", versions}}}};
  served.json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition.dump(), "application/json",
              201);
  served.json("GET", "/apis/example.com/v1/namespaces/default/things");
  const Resource* asked = served.kinds.find("example.com", "v1", "things");
  ASSERT_TRUE(asked);
  const Attempted write{"CREATE", "example.com", "v1", "things", "", "x", "t"};
  json hook = hookDocument("h.example.com", ruleOn("things", {{"apiVersions", {"v3"}}}));
  hook["rules"].push_back(ruleOn("things", {{"apiVersions", {"v2"}}}));
  const auto read = webhooks::webhooksOf({{"webhooks", {hook}}}, false);
  EXPECT_EQ(webhooks::wantedAs(read.front(), write, *asked, served.kinds),
            served.kinds.find("example.com", "v3", "things"));
}

TEST(WebhookRules, match_labels) {
  Served served;
  served.json("POST", "/api/v1/namespaces", R"({"metadata":{"name":"x","labels":{"env":"prod"}}})", "application/json",
              201);
  struct {
    const char* selectors;
    Attempted write;
    api::StringMap fresh, old;
    bool matches;
  } const rows[] = {
      {R"({"namespaceSelector":{"matchLabels":{"env":"prod"}}})",
       {"CREATE", "", "v1", "pods", "", "x", ""},
       {},
       {},
       true},
      {R"({"namespaceSelector":{"matchLabels":{"env":"prod"}}})",
       {"CREATE", "", "v1", "pods", "", "default", ""},
       {},
       {},
       false},
      {R"({"namespaceSelector":{"matchExpressions":[{"key":"env","operator":"NotIn","values":["prod"]}]}})",
       {"CREATE", "", "v1", "pods", "", "x", ""},
       {},
       {},
       false},
      {R"({"namespaceSelector":{"matchLabels":{"env":"prod"}}})",
       {"CREATE", "", "v1", "nodes", "", "", ""},
       {},
       {},
       true},
      {R"({"namespaceSelector":{"matchLabels":{"env":"new"}}})",
       {"CREATE", "", "v1", "namespaces", "", "y", "y"},
       {{"env", "new"}},
       {},
       true},
      {R"({"namespaceSelector":{"matchLabels":{"env":"new"}}})",  // with generateName it has no name yet
       {"CREATE", "", "v1", "namespaces", "", "", ""},
       {{"env", "old"}},
       {},
       false},
      {R"({"namespaceSelector":{"matchLabels":{"env":"new"}}})",
       {"CREATE", "", "v1", "namespaces", "", "", ""},
       {{"env", "new"}},
       {},
       true},
      {R"({"objectSelector":{"matchLabels":{"a":"b"}}})",
       {"UPDATE", "", "v1", "pods", "", "x", ""},
       {{"a", "b"}},
       {},
       true},
      {R"({"objectSelector":{"matchLabels":{"a":"b"}}})",
       {"UPDATE", "", "v1", "pods", "", "x", ""},
       {},
       {{"a", "b"}},
       true},
      {R"({"objectSelector":{"matchLabels":{"a":"b"}}})",
       {"UPDATE", "", "v1", "pods", "", "x", ""},
       {{"a", "c"}},
       {},
       false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.selectors) + row.write.resource + row.write.namespace_);
    const auto read = webhooks::webhooksOf(
        {{"webhooks", {hookDocument("h.example.com", ruleOn("*"), json::parse(row.selectors))}}}, false);
    EXPECT_EQ(webhooks::matchesLabels(read.front(), row.write, &row.fresh, &row.old, served.server.store()),
              row.matches);
  }
}

TEST(Webhooks, urls) {
  const auto call = webhooks::readUrl("https://example.com:8443/a/b");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->host + " " + call->port + " " + call->target, "example.com 8443 /a/b");
  EXPECT_EQ(webhooks::readUrl("https://[::1]")->host, "::1");
  for (const char* wrong : {"http://x/", "https://", "https://:1/", "https://x:0/", "https://x:99999/", "https://u@x/",
                            "https://x/?a", "https://x/#a", "https://x /", "https://[::1/", "https://x:/"})
    EXPECT_FALSE(webhooks::readUrl(wrong)) << wrong;
}

TEST(Webhooks, configurations_are_checked_and_completed) {
  Hooked served;
  const json made = served.install("mutating", "c", hookDocument("h.example.com", ruleOn("pods")));
  const json& hook = made.at("webhooks").at(0);
  EXPECT_EQ(hook.at("failurePolicy"), "Fail");
  EXPECT_EQ(hook.at("timeoutSeconds"), 10);
  EXPECT_EQ(hook.at("reinvocationPolicy"), "Never");
  EXPECT_EQ(hook.at("rules").at(0).at("scope"), "*");
  struct {
    const char* change;
    const char* message;
  } const rows[] = {
      {R"({"name":""})", "webhooks[0].name: Required value"},
      {R"({"name":"Hook"})", "webhooks[0].name: Invalid value: \"Hook\": a lowercase RFC 1123 subdomain"},
      {R"({"name":"a.b"})",
       "webhooks[0].name: Invalid value: \"a.b\": should be a domain with at least three segments separated by dots"},
      {R"({"sideEffects":"Some"})", "webhooks[0].sideEffects: Unsupported value: \"Some\""},
      {R"({"sideEffects":null})", "webhooks[0].sideEffects: Required value"},
      {R"({"failurePolicy":"Never"})", "webhooks[0].failurePolicy: Unsupported value: \"Never\""},
      {R"({"admissionReviewVersions":[]})", "admissionReviewVersions: Required value: must specify one of v1, v1beta1"},
      {R"({"admissionReviewVersions":["v1beta1"]})", "webhooks[0].admissionReviewVersions: Invalid value"},
      {R"({"admissionReviewVersions":["v1","v1"]})", "admissionReviewVersions[1]: Invalid value: \"v1\": duplicate"},
      {R"({"admissionReviewVersions":["v1","1"]})", "admissionReviewVersions[1]: Invalid value: \"1\": a DNS-1035"},
      {R"({"timeoutSeconds":31})", "webhooks[0].timeoutSeconds: Invalid value: 31"},
      {R"({"clientConfig":{"url":"http://x/"}})",
       "clientConfig.url: Invalid value: \"http\": 'https' is the only allowed"},
      {R"({"clientConfig":{"url":"https:///a"}})", "clientConfig.url: Invalid value: \"\": host must be provided"},
      {R"({"clientConfig":{"url":"https://me@x/"}})", "Invalid value: \"me\": user information is not permitted"},
      {R"({"clientConfig":{"url":"https://x/#a"}})", "Invalid value: \"a\": fragments are not permitted in the URL"},
      {R"({"clientConfig":{"url":"https://x/?b=c"}})", "Invalid value: \"b=c\": query parameters are not permitted"},
      {R"({"clientConfig":{"url":null}})",
       "webhooks[0].clientConfig: Required value: exactly one of url or service is"},
      {R"({"clientConfig":{"caBundle":"%"}})", "clientConfig.caBundle: Invalid value: \"%\": illegal base64 data"},
      {R"({"clientConfig":{"caBundle":"cnViYmlzaA=="}})",
       "unable to load root certificates: unable to parse bytes as PEM"},
      {R"({"matchConditions":[{"name":"m","expression":"true"}]})", "webhooks[0].matchConditions: Forbidden"},
      {R"({"rules":[{}]})", "webhooks[0].rules[0].operations: Required value"},
      {R"({"rules":[{}]})", "webhooks[0].rules[0].apiGroups: Required value"},
      {R"({"rules":[{}]})", "webhooks[0].rules[0].apiVersions: Required value"},
      {R"({"rules":[{}]})", "webhooks[0].rules[0].resources: Required value"},
      {R"({"rules":[{"operations":["GET"]}]})",
       "operations[0]: Unsupported value: \"GET\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", "
       "\"UPDATE\""},
      {R"({"rules":[{"operations":["*","CREATE"]}]})", "if '*' is present, must not specify other operations"},
      {R"({"rules":[{"apiGroups":["*",""]}]})", "if '*' is present, must not specify other API groups"},
      {R"({"rules":[{"apiVersions":["*","v1"]}]})", "if '*' is present, must not specify other API versions"},
      {R"({"rules":[{"apiVersions":[""]}]})", "webhooks[0].rules[0].apiVersions[0]: Required value"},
      {R"({"rules":[{"resources":["*","pods"]}]})", "must not specify other resources without subresources"},
      {R"({"rules":[{"resources":["*/*","pods"]}]})", "if '*/*' is present, must not specify other resources"},
      {R"({"rules":[{"resources":["pods/*","pods/status"]}]})", "if 'pods/*' is present, must not specify pods/status"},
      {R"({"rules":[{"resources":["*/status","pods/status"]}]})",
       "if '*/status' is present, must not specify pods/status"},
      {R"({"rules":[{"resources":[""]}]})", "webhooks[0].rules[0].resources[0]: Required value"},
      {R"({"rules":[{"scope":"All"}]})", "rules[0].scope: Unsupported value: \"All\""},
      {R"({"objectSelector":{"matchLabels":{"a b":"c"}}})", "webhooks[0].objectSelector.matchLabels: Invalid value"},
      {R"({"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In"}]}})",
       "namespaceSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In'"},
      {R"({"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"Exists","values":["b"]}]}})",
       "namespaceSelector.matchExpressions[0].values: Forbidden: may not be specified"},
      {R"({"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"Is"}]}})",
       "matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator"},
      {R"({"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b c"]}]}})",
       "namespaceSelector.matchExpressions[0].values[0]: Invalid value: \"b c\""},
      {R"({"clientConfig":{"url":null,"service":{}}})", "clientConfig.service.name: Required value: service name is"},
      {R"({"clientConfig":{"url":null,"service":{"port":0}}})",
       "clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive"},
      {R"({"clientConfig":{"url":null,"service":{"path":"a"}}})",
       "service.path: Invalid value: \"a\": must start with a '/'"},
      {R"({"clientConfig":{"url":null,"service":{"path":"/a//b"}}})", "\"/a//b\": segment[1] may not be empty"},
      {R"({"clientConfig":{"url":null,"service":{"path":"/A"}}})",
       "\"/A\": segment[0]: a lowercase RFC 1123 subdomain"},
  };
  for (const auto& row : rows) {
    const json refused =
        served.install("validating", "w", hookDocument("h.example.com", ruleOn("pods"), json::parse(row.change)), 422);
    EXPECT_NE(refused.at("message").get<std::string>().find(row.message), std::string::npos) << refused;
  }
  json twice = {{"metadata", {{"name", "t"}}}, {"webhooks", json::array()}};
  for (int i = 0; i < 2; ++i) twice["webhooks"].push_back(hookDocument("h.example.com", ruleOn("pods")));
  const std::string validating = std::string(kConfigurations) + "validatingwebhookconfigurations";
  const json refused = served.got("POST", validating, twice.dump(), 422);
  EXPECT_NE(refused.dump().find("webhooks[1].name: Duplicate value"), std::string::npos) << refused;
}

TEST(Webhooks, patches_of_configurations_are_checked_as_well) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("pods")));
  const std::string one = std::string(kConfigurations) + "validatingwebhookconfigurations/c";
  const std::string wrong = R"({"webhooks":[{"name":"h.example.com","failurePolicy":"Never"}]})";
  for (const char* type : {"application/merge-patch+json", "application/strategic-merge-patch+json"})
    EXPECT_EQ(served.ask("PATCH", one, wrong, type).code, 422) << type;
  const std::string applied =
      R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
      "metadata":{"name":"NAME"},"webhooks":[{"name":"short","sideEffects":"None"}]})";
  for (const char* name : {"c", "d"}) {
    const std::string path = std::string(kConfigurations) + "validatingwebhookconfigurations/" + name;
    const HttpAnswer refused =
        served.ask("PATCH", path + "?fieldManager=me&force=true",
                   std::string(applied).replace(applied.find("NAME"), 4, name), "application/apply-patch+yaml");
    EXPECT_EQ(refused.code, 422) << refused.body;
  }
  const std::string e = std::string(kConfigurations) + "validatingwebhookconfigurations/e";
  const json fits = {{"apiVersion", "admissionregistration.k8s.io/v1"},
                     {"kind", "ValidatingWebhookConfiguration"},
                     {"metadata", {{"name", "e"}}},
                     {"webhooks", {hookDocument("h.example.com", ruleOn("pods"))}}};
  EXPECT_EQ(served.ask("PATCH", e + "?fieldManager=me", fits.dump(), "application/apply-patch+yaml").code, 201);
  const json kept = served.got("GET", one, "", 200);
  EXPECT_EQ(kept.at("webhooks").at(0).at("failurePolicy"), "Fail");
  EXPECT_EQ(kept.at("webhooks").size(), 1u);
}

// As kubebuilder generates them, before a certificate is there.
TEST(Webhooks, configurations_of_projects_go_in) {
  Hooked served;
  const json more = json::parse(R"({"clientConfig":{"url":null,"caBundle":"Cg==","service":{"name":"webhook-service",
      "namespace":"jobset-system","path":"/mutate-jobset-x-k8s-io-v1alpha2-jobset"}},"failurePolicy":"Fail",
      "namespaceSelector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"NotIn",
      "values":["kube-system","kueue-system"]}]}})");
  const json rule = json::parse(R"({"operations":["CREATE","UPDATE"],"apiGroups":["jobset.x-k8s.io"],
      "apiVersions":["v1alpha2"],"resources":["jobsets","jobsets/status"]})");
  served.install("mutating", "c", hookDocument("mjobset.kb.io", rule, more));
  served.install("validating", "c", hookDocument("vjobset.kb.io", rule, more));
}

TEST(Webhooks, a_validating_one_is_told_all_and_denies) {
  Hooked served;
  served.install("validating", "c", hookDocument("deny.example.com", ruleOn("configmaps")));
  HttpAnswer waits = served.ask("POST", std::string(kHookedMaps) + "?fieldManager=me", kOneMap);
  ASSERT_TRUE(waits.awaited);
  EXPECT_EQ(waits.awaited->call.target, "/hook?timeout=10s");
  const json told = Hooked::told(waits);
  EXPECT_EQ(told.at("operation"), "CREATE");
  EXPECT_EQ(told.at("name"), "one");
  EXPECT_EQ(told.at("namespace"), "default");
  EXPECT_EQ(told.at("resource").dump(), R"({"group":"","resource":"configmaps","version":"v1"})");
  EXPECT_EQ(told.at("kind").at("kind"), "ConfigMap");
  EXPECT_EQ(told.at("object").at("data").at("k"), "v");
  EXPECT_TRUE(told.at("oldObject").is_null());
  EXPECT_EQ(told.at("userInfo").at("username"), "admin");
  EXPECT_EQ(told.at("dryRun"), false);
  EXPECT_EQ(told.at("options").at("kind"), "CreateOptions");
  EXPECT_EQ(told.at("options").at("fieldManager"), "me");
  EXPECT_FALSE(Hooked::told(served.ask("POST", kHookedMaps, kOneMap)).at("options").contains("fieldManager"));

  const HttpAnswer denied =
      Hooked::say(waits, {{"allowed", false}, {"status", {{"code", 403}, {"reason", "Forbidden"}, {"message", "no"}}}});
  EXPECT_EQ(denied.code, 403);
  EXPECT_TRUE(denied.refused_by_webhook);
  EXPECT_EQ(json::parse(denied.body).at("message"), "admission webhook \"deny.example.com\" denied the request: no");
  served.got("GET", std::string(kHookedMaps) + "/one", "", 404);

  const HttpAnswer mute = Hooked::say(served.ask("POST", kHookedMaps, kOneMap), {{"allowed", false}});
  EXPECT_EQ(mute.code, 400);
  EXPECT_EQ(json::parse(mute.body).at("message"),
            "admission webhook \"deny.example.com\" denied the request without explanation");

  waits = served.ask("POST", kHookedMaps, kOneMap);
  const HttpAnswer made = Hooked::say(waits, {{"allowed", true}, {"warnings", {"beware"}}});
  EXPECT_EQ(made.code, 201);
  ASSERT_EQ(made.headers.size(), 1u);
  EXPECT_EQ(made.headers[0].second, "299 - \"beware\"");
  const std::string uid = json::parse(made.body).at("metadata").at("uid");
  EXPECT_EQ(Hooked::told(waits).at("object").at("metadata").at("uid"), uid);

  waits = served.ask("DELETE", std::string(kHookedMaps) + "/one");
  EXPECT_EQ(Hooked::told(waits).at("operation"), "DELETE");
  EXPECT_TRUE(Hooked::told(waits).at("object").is_null());
  EXPECT_EQ(Hooked::told(waits).at("oldObject").at("metadata").at("uid"), uid);
  EXPECT_EQ(Hooked::say(waits, kAllowed).code, 200);
}

TEST(Webhooks, a_generated_name_stays_as_it_was_told) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  const HttpAnswer waits = served.ask("POST", kHookedMaps, R"({"metadata":{"generateName":"g-"}})");
  served.got("POST", "/api/v1/namespaces", R"({"metadata":{"name":"meanwhile"}})", 201);
  const json made = json::parse(Hooked::say(waits, kAllowed).body);
  EXPECT_EQ(made.at("metadata").at("name"), Hooked::told(waits).at("name"));
  EXPECT_EQ(made.at("metadata").at("uid"), Hooked::told(waits).at("object").at("metadata").at("uid"));
}

TEST(Webhooks, what_is_under_way_at_one_revision_has_names_and_uids_of_its_own) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  std::vector<HttpAnswer> waiting;
  for (int i = 0; i < 30; ++i)
    waiting.push_back(served.ask("POST", kHookedMaps, R"({"metadata":{"generateName":"g-"}})"));
  std::set<std::string> names, uids;
  for (const HttpAnswer& one : waiting) {
    const HttpAnswer answer = Hooked::say(one, kAllowed);
    ASSERT_EQ(answer.code, 201) << answer.body;
    names.insert(json::parse(answer.body).at("metadata").at("name"));
    uids.insert(json::parse(answer.body).at("metadata").at("uid"));
  }
  EXPECT_EQ(names.size(), waiting.size());
  EXPECT_EQ(uids.size(), waiting.size());

  // Two incarnations of one name.
  const HttpAnswer first = served.ask("POST", kHookedMaps, kOneMap), second = served.ask("POST", kHookedMaps, kOneMap);
  EXPECT_NE(Hooked::told(first).at("object").at("metadata").at("uid"),
            Hooked::told(second).at("object").at("metadata").at("uid"));
  EXPECT_EQ(Hooked::say(first, kAllowed).code, 201);
  EXPECT_EQ(Hooked::say(second, kAllowed).code, 409);
}

TEST(Webhooks, a_generated_name_that_is_taken_meanwhile_is_drawn_again) {
  Hooked served;
  served.install("mutating", "c", hookDocument("m.example.com", ruleOn("configmaps")));
  served.install("validating", "c", hookDocument("v.example.com", ruleOn("configmaps")));
  const auto take = [&](const std::string& name) {
    const json taken = {
        {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}, {"namespace", "default"}}}};
    EXPECT_TRUE(served.backend.execute(api::createRequest(*api::fromJson(taken))).ok());
  };
  const auto begun = [&] {
    return Hooked::say(served.ask("POST", kHookedMaps, R"({"metadata":{"generateName":"g-"}})"),
                       patched(json::parse(R"([{"op":"add","path":"/metadata/labels","value":{"a":"b"}}])")));
  };
  HttpAnswer waits = begun();
  const json before = Hooked::told(waits);
  take(before.at("name"));
  waits = Hooked::say(waits, kAllowed);
  const json after = Hooked::told(waits);
  EXPECT_NE(before.at("name"), after.at("name"));
  EXPECT_NE(before.at("uid"), after.at("uid"));
  EXPECT_NE(before.at("object").at("metadata").at("uid"), after.at("object").at("metadata").at("uid"));
  const HttpAnswer made = Hooked::say(waits, kAllowed);
  ASSERT_EQ(made.code, 201) << made.body;
  EXPECT_EQ(json::parse(made.body).at("metadata").at("name"), after.at("name"));
  EXPECT_EQ(json::parse(made.body).at("metadata").at("labels").at("a"), "b");

  int asked = 0;
  for (waits = begun(); waits.awaited && asked < 20; ++asked) {
    take(Hooked::told(waits).at("name"));
    waits = Hooked::say(waits, kAllowed);
  }
  EXPECT_EQ(asked, 8);
  EXPECT_EQ(waits.code, 409);
  EXPECT_NE(waits.body.find("not able to generate a unique name"), std::string::npos) << waits.body;
}

TEST(Webhooks, mutating_ones_come_first_and_see_each_other) {
  Hooked served;
  served.install("validating", "a", hookDocument("v.example.com", ruleOn("jobs")));
  served.install("mutating", "b", hookDocument("m2.example.com", ruleOn("jobs")));
  served.install("mutating", "a", hookDocument("m1.example.com", ruleOn("jobs")));
  const std::string job = R"({"metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never",
      "containers":[{"name":"c","image":"i"}]}}}})";
  HttpAnswer next = served.ask("POST", "/apis/batch/v1/namespaces/default/jobs", job);
  EXPECT_FALSE(Hooked::told(next).at("object").at("spec").contains("selector"));  // it is not made yet
  next = Hooked::say(next, patched(json::parse(R"([{"op":"add","path":"/metadata/labels","value":{"first":"1"}}])")));
  ASSERT_TRUE(next.awaited);
  EXPECT_EQ(Hooked::told(next).at("object").at("metadata").at("labels").at("first"), "1");
  next = Hooked::say(next, patched(json::parse(R"([{"op":"add","path":"/spec/parallelism","value":3}])")));
  ASSERT_TRUE(next.awaited);
  EXPECT_TRUE(Hooked::told(next).at("object").at("spec").contains("selector"));
  EXPECT_EQ(Hooked::told(next).at("object").at("spec").at("parallelism"), 3);
  const HttpAnswer made = Hooked::say(next, kAllowed);
  EXPECT_EQ(made.code, 201) << made.body;
  EXPECT_EQ(json::parse(made.body).at("metadata").at("labels").at("first"), "1");
  EXPECT_EQ(json::parse(made.body).at("spec").at("parallelism"), 3);

  // Played again it is the same, and nobody is asked.
  Served again;
  HttpRequest request;
  request.method = "POST";
  request.target = "/apis/batch/v1/namespaces/default/jobs";
  request.body = job;
  request.admitted = made.admitted;
  const HttpAnswer played = handle(request, again.backend);
  EXPECT_EQ(played.code, 201);
  EXPECT_EQ(json::parse(played.body).at("metadata").at("uid"), json::parse(made.body).at("metadata").at("uid"));
  EXPECT_EQ(json::parse(played.body).at("spec").at("parallelism"), 3);
}

TEST(Webhooks, what_a_patch_makes_is_checked) {
  Hooked served;
  served.got("POST", kHookedMaps, kOneMap, 201);
  served.install("mutating", "a", hookDocument("m.example.com", ruleOn("configmaps")));
  const auto replaced = [&](const char* patch) {
    return Hooked::say(served.ask("PUT", std::string(kHookedMaps) + "/one", kOneMap), patched(json::parse(patch)));
  };
  EXPECT_EQ(replaced(R"([{"op":"add","path":"/metadata/labels/x","value":"not a label!"}])").code, 422);
  EXPECT_EQ(replaced(R"([{"op":"replace","path":"/metadata/name","value":"two"}])").code, 500);
  EXPECT_EQ(replaced(R"([{"op":"remove","path":"/nothing"}])").code, 500);
  EXPECT_EQ(replaced(R"([{"op":"add","path":"/metadata/labels","value":7}])").code, 500);
  EXPECT_EQ(replaced(R"([{"op":"replace","path":"","value":7}])").code, 500);
  const HttpAnswer done = replaced(R"([{"op":"add","path":"/data/more","value":"1"}])");
  EXPECT_EQ(done.code, 200);
  EXPECT_EQ(json::parse(done.body).at("data").at("more"), "1");
  const HttpAnswer lenient =  // the client answers for its own fields only
      Hooked::say(served.ask("PUT", std::string(kHookedMaps) + "/one?fieldValidation=Strict", kOneMap),
                  patched(json::parse(R"([{"op":"add","path":"/unheardOf","value":1}])")));
  EXPECT_EQ(lenient.code, 200) << lenient.body;
  EXPECT_TRUE(lenient.headers.empty());
}

TEST(Webhooks, urls_are_called_on_loopback_alone) {
  Hooked served;
  struct {
    const char *url, *host;  // host "": it is not called
  } const rows[] = {{"https://localhost:9443/h", "127.0.0.1"},
                    {"https://[::1]:9443/h", "::1"},
                    {"https://127.0.0.9/h", "127.0.0.9"},
                    {"https://192.0.2.7/h", ""},
                    {"https://hooks.example.com/h", ""}};
  for (const auto& row : rows) {
    served.install("validating", "c",
                   hookDocument("h.example.com", ruleOn("configmaps"), {{"clientConfig", {{"url", row.url}}}}));
    const HttpAnswer answer = served.ask("POST", kHookedMaps, kOneMap);
    EXPECT_EQ(answer.awaited ? answer.awaited->call.host : "", row.host) << row.url;
    EXPECT_EQ(answer.body.find("on loopback alone") != std::string::npos, !answer.awaited) << answer.body;
    served.got("DELETE", std::string(kConfigurations) + "validatingwebhookconfigurations/c", "", 200);
  }
}

TEST(Webhooks, a_failed_call_is_a_refusal_or_passed_over) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  const HttpAnswer refused = served.ask("POST", kHookedMaps, kOneMap).awaited->then({0, "", "EOF"});
  EXPECT_EQ(refused.code, 500);
  EXPECT_EQ(json::parse(refused.body).at("reason"), "InternalError");
  EXPECT_EQ(json::parse(refused.body).at("message"),
            "Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post "
            "\"https://127.0.0.1:9443/hook?timeout=10s\": EOF");
  const HttpAnswer waits = served.ask("POST", kHookedMaps, kOneMap);
  const HttpAnswer other = waits.awaited->then(
      {200, R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"x","allowed":true}})",
       ""});
  EXPECT_NE(json::parse(other.body).at("message").get<std::string>().find("expected response.uid"), std::string::npos);
  served.got("DELETE", std::string(kConfigurations) + "validatingwebhookconfigurations/c", "", 200);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps"), {{"failurePolicy", "Ignore"}}));
  EXPECT_EQ(served.ask("POST", kHookedMaps, kOneMap).awaited->then({0, "", "EOF"}).code, 201);
}

struct Said {
  const char *mutating, *validating;  // what is found in the failure; "": there is none
  const char* response;
};

TEST(Webhooks, answers_that_cannot_be_read_are_failed_calls) {
  const Said rows[] = {
      {"", "", R"({"allowed":true})"},
      {"", "", R"({"allowed":true,"status":null,"patch":null,"patchType":null,"warnings":null})"},
      {"but not response.patchType", "may not return response.patch", R"({"allowed":true,"patch":"W10="})"},
      {"but not response.patchType", "may not return response.patch", R"({"allowed":false,"patch":"W10="})"},
      {"response.patchType but not response.patch", "may not return response.patchType",
       R"({"allowed":true,"patchType":"JSONPatch"})"},
      {"", "validating webhook may not return response.patch",
       R"({"allowed":true,"patchType":"JSONPatch","patch":"W10="})"},
      {"invalid response.patchType of", "may not", R"({"allowed":true,"patchType":"","patch":"W10="})"},
      {"unsupported patch type \"XML\"", "may not", R"({"allowed":true,"patchType":"XML","patch":"W3t9XQ=="})"},
      {"illegal base64 data", "illegal base64 data", R"({"allowed":true,"patchType":"JSONPatch","patch":"%"})"},
      {"", "may not", "{\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"W1\\n0=\"}"},
      {"cannot unmarshal string into Go struct field AdmissionReview.response.allowed of type bool",
       "AdmissionReview.response.allowed of type bool", R"({"allowed":"true"})"},
      {"cannot unmarshal number into", "of type v1.Status", R"({"allowed":false,"status":7})"},
      {"response.status.code of type int32", "of type int32", R"({"allowed":false,"status":{"code":"403"}})"},
      {"response.status.code of type int32", "of type int32", R"({"allowed":false,"status":{"code":5000000000}})"},
      {"response.status.message of type string", "of type string", R"({"allowed":false,"status":{"message":{}}})"},
      {"cannot unmarshal string into", "of type []string", R"({"allowed":true,"warnings":"beware"})"},
      {"of type []string", "cannot unmarshal array into", R"({"allowed":true,"warnings":[1]})"},
      {"of type map[string]string", "of type map[string]string", R"({"allowed":true,"auditAnnotations":{"a":1}})"},
  };
  for (const Said& row : rows) {
    json response = json::parse(row.response);
    response["uid"] = "u";
    const json review = {{"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}, {"response", response}};
    for (const bool mutating : {false, true}) {
      const webhooks::Verdict verdict = webhooks::verdictOf({200, review.dump(), ""}, "u", mutating, "https://x/");
      const std::string expected = mutating ? row.mutating : row.validating;
      EXPECT_NE(verdict.failure.find(expected), std::string::npos) << row.response << verdict.failure;
      EXPECT_EQ(verdict.failure.empty(), expected.empty()) << row.response << verdict.failure;
    }
  }
  // One that can be read, with a patch that is none, fails whatever failurePolicy says.
  Hooked served;
  served.install("mutating", "c", hookDocument("h.example.com", ruleOn("configmaps"), {{"failurePolicy", "Ignore"}}));
  const json broken = {{"allowed", true}, {"patchType", "JSONPatch"}, {"patch", api::base64("{}")}};
  EXPECT_EQ(Hooked::say(served.ask("POST", kHookedMaps, kOneMap), broken).code, 500);
  EXPECT_EQ(Hooked::say(served.ask("POST", kHookedMaps, kOneMap), {{"allowed", "yes"}}).code, 201);
}

TEST(Webhooks, answers_with_other_codes_are_told_as_client_go_does) {
  struct {
    CallResult result;
    const char* failure;
  } const rows[] = {
      {{400, "no", ""}, "the server rejected our request for an unknown reason"},
      {{401, "", ""}, "the server has asked for the client to provide credentials"},
      {{403, " not you\n", ""}, "not you"},
      {{404, "", ""}, "the server could not find the requested resource"},
      {{405, "", ""}, "the server does not allow this method on the requested resource"},
      {{409, "", ""}, "the server reported a conflict"},
      {{418, "", ""}, "the server responded with the status code 418 but did not return more information"},
      {{207, "", ""}, "the server responded with the status code 207 but did not return more information"},
      {{429, "", ""}, "the server has received too many requests and has asked us to try again later"},
      {{500, "oh \"no\"", "", "text/plain; charset=utf-8"},
       "an error on the server (\"oh \\\"no\\\"\") has prevented the request from succeeding"},
      {{500, "<html>", "", "application/x"},
       "an error on the server (\"unknown\") has prevented the request from succeeding"},
      {{500, R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"mine"})", ""}, "mine"},
      {{503, "", ""}, "the server is currently unable to handle the request"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(webhooks::verdictOf(row.result, "u", true, "https://x/").failure,
              "failed to call webhook: " + std::string(row.failure));
}

TEST(Webhooks, a_host_of_ipv6_is_called_in_brackets) {
  EXPECT_EQ(hostHeader(*webhooks::readUrl("https://[::1]:9443/h")), "[::1]:9443");
  EXPECT_EQ(hostHeader(*webhooks::readUrl("https://127.0.0.1:9443/h")), "127.0.0.1:9443");
}

TEST(Webhooks, a_request_that_is_over_does_nothing) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps"), {{"failurePolicy", "Ignore"}}));
  CallResult over;
  over.request_over = true;
  const HttpAnswer answer = served.ask("POST", kHookedMaps, kOneMap).awaited->then(over);
  EXPECT_EQ(answer.code, 504);
  EXPECT_TRUE(answer.refused_by_webhook);
  EXPECT_EQ(json::parse(answer.body).at("message"), "Timeout: request did not complete within the allotted timeout");
  served.got("GET", std::string(kHookedMaps) + "/one", "", 404);
}

TEST(Webhooks, warnings_are_told_once_and_not_at_any_length) {
  EXPECT_EQ(toldWarnings({"a", "", "b", "a", "with\nbreak", "\xff"}), (std::vector<std::string>{"a", "b"}));
  const std::string umlauts = [] {
    std::string out;
    for (int i = 0; i < 4000; ++i) out += "\xc3\xa4";
    return out;
  }();
  EXPECT_EQ(toldWarnings({umlauts, std::string(96, 'x')}).front(), umlauts);  // 4096 characters
  const std::vector<std::string> shortened = toldWarnings({umlauts, std::string(96, 'x'), "y"});
  ASSERT_EQ(shortened.size(), 3u);
  EXPECT_EQ(shortened[0], umlauts.substr(0, 512));
  EXPECT_EQ(shortened[1], std::string(96, 'x'));
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i) many.push_back(std::to_string(100 + i) + std::string(997, 'z'));
  EXPECT_EQ(toldWarnings(many).size(), 16u);  // of 256 characters each
  HttpAnswer answer;
  warn(answer, {"a \"b\""});
  warn(answer, {"c", "a \"b\""});
  ASSERT_EQ(answer.headers.size(), 2u);
  EXPECT_EQ(answer.headers[0].second, R"(299 - "a \"b\"")");
}

TEST(Webhooks, services_lead_out_by_endpoint_slices_on_loopback) {
  Hooked served;
  const json more = {{"clientConfig", {{"url", nullptr}, {"service", {{"namespace", "default"}, {"name", "s"}}}}}};
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps"), more));
  const auto message = [&] { return served.got("POST", kHookedMaps, kOneMap, 500).at("message").get<std::string>(); };
  EXPECT_NE(message().find("Post \"https://s.default.svc:443/?timeout=10s\": service \"s\" not found"),
            std::string::npos);
  served.got("POST", "/api/v1/namespaces/default/services",
             R"({"metadata":{"name":"s"},"spec":{"ports":[{"name":"https","port":443}]}})", 201);
  EXPECT_NE(message().find("no endpoints available for service \"s\""), std::string::npos);
  served.got("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
             R"({"metadata":{"name":"s-1","labels":{"kubernetes.io/service-name":"s"}},"addressType":"IPv4",
                  "endpoints":[{"addresses":["127.0.0.1"]}],"ports":[{"name":"https","port":9443}]})",
             201);
  const HttpAnswer waits = served.ask("POST", kHookedMaps, kOneMap);
  ASSERT_TRUE(waits.awaited);
  EXPECT_EQ(waits.awaited->call.host + ":" + waits.awaited->call.port, "127.0.0.1:9443");
  EXPECT_EQ(waits.awaited->call.server_name, "s.default.svc");

  served.backend.webhooks = std::make_shared<webhooks::Book>(std::vector<std::string>{"s"});
  EXPECT_EQ(served.ask("POST", kHookedMaps, kOneMap).code, 201);  // it runs inside
}

TEST(Webhooks, are_asked_again_when_the_object_has_changed) {
  Hooked served;
  served.got("POST", kHookedMaps, kOneMap, 201);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  const std::string one = std::string(kHookedMaps) + "/one";
  HttpAnswer waits = served.ask("PATCH", one, R"({"data":{"x":"y"}})", "application/merge-patch+json");
  int asked = 0;
  for (; waits.awaited; ++asked) {
    const api::MutableObjectPtr other =
        api::edit(served.server.store().find(keyFor(*api::findKind("v1", "ConfigMap"), "default", "one")));
    other->meta.labels.set("n", std::to_string(asked));
    served.backend.execute(api::updateRequest(other));
    EXPECT_LT(asked, 10);
    waits = Hooked::say(waits, kAllowed);
  }
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(waits.code, 409);
  waits = served.ask("PATCH", one, R"({"data":{"x":"y"}})", "application/merge-patch+json");
  EXPECT_EQ(Hooked::say(waits, kAllowed).code, 200);
}

TEST(Webhooks, a_collection_goes_as_a_whole_or_not_at_all) {
  Hooked served;
  served.got("POST", kHookedMaps, R"({"metadata":{"name":"one"}})", 201);
  served.got("POST", kHookedMaps, R"({"metadata":{"name":"two"}})", 201);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  HttpAnswer waits = served.ask("DELETE", kHookedMaps);
  EXPECT_FALSE(Hooked::told(waits).contains("name"));
  EXPECT_EQ(Hooked::told(waits).at("oldObject").at("metadata").at("name"), "one");
  waits = Hooked::say(waits, kAllowed);
  ASSERT_TRUE(waits.awaited);
  EXPECT_EQ(Hooked::say(waits, {{"allowed", false}}).code, 400);
  EXPECT_EQ(served.got("GET", kHookedMaps, "", 200).at("items").size(), 2u);
  waits = Hooked::say(served.ask("DELETE", kHookedMaps), kAllowed);
  EXPECT_EQ(Hooked::say(waits, kAllowed).code, 200);
  EXPECT_EQ(served.got("GET", kHookedMaps, "", 200).at("items").size(), 0u);
}

TEST(Webhooks, what_is_applied_is_shown_with_the_defaults_of_its_schema) {
  Hooked served;
  const json definition = json::parse(R"({"metadata":{"name":"things.example.com"},"spec":{"group":"example.com",
      "scope":"Namespaced","names":{"kind":"Thing","plural":"things","singular":"thing","listKind":"ThingList"},
      "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
      "spec":{"type":"object","properties":{"n":{"type":"integer","default":7}}}}}}}]}})");
  served.got("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition.dump(), 201);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("things")));
  const HttpAnswer waits =
      served.ask("PATCH", "/apis/example.com/v1/namespaces/default/things/t?fieldManager=me",
                 R"({"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{}})",
                 "application/apply-patch+yaml");
  EXPECT_EQ(Hooked::told(waits).at("object").at("spec").at("n"), 7);
  const HttpAnswer made = Hooked::say(waits, kAllowed);
  EXPECT_EQ(made.code, 201) << made.body;
  EXPECT_EQ(json::parse(made.body).at("spec").at("n"), 7);
}

TEST(Webhooks, a_collection_is_asked_about_step_by_step) {
  Hooked served;
  constexpr int kMany = 40;
  for (int i = 0; i < kMany; ++i)
    served.got("POST", kHookedMaps, R"({"metadata":{"name":"m)" + std::to_string(100 + i) + "\"}}", 201);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("configmaps")));
  int executed = 0;
  served.backend.execute = [&, inner = served.backend.execute](const api::Request& request) {
    ++executed;
    return inner(request);
  };
  HttpAnswer waits = served.ask("DELETE", kHookedMaps);
  for (int i = 0; i < kMany; ++i) {
    ASSERT_TRUE(waits.awaited);
    EXPECT_EQ(Hooked::told(waits).at("oldObject").at("metadata").at("name"), "m" + std::to_string(100 + i));
    if (i == 20) {  // one of those that were asked about changes, and one goes
      served.backend.execute(api::patchRequest(keyFor(*api::findKind("v1", "ConfigMap"), "default", "m103"),
                                               api::MergePatch{api::Raw(json::parse(R"({"data":{"a":"b"}})"))}));
      served.backend.execute(api::deleteRequest(keyFor(*api::findKind("v1", "ConfigMap"), "default", "m139"), {}));
    }
    if (i == kMany - 1) break;
    waits = Hooked::say(waits, kAllowed);
    if (i == kMany - 2) break;
  }
  EXPECT_EQ(Hooked::told(waits).at("oldObject").at("metadata").at("name"), "m103");
  EXPECT_EQ(Hooked::say(waits, kAllowed).code, 200);
  EXPECT_EQ(served.got("GET", kHookedMaps, "", 200).at("items").size(), 0u);
  EXPECT_LT(executed, 4 * kMany);
}

TEST(Webhooks, a_pod_that_goes_anyway_is_not_asked_about_again) {
  Hooked served;
  const std::string pods = "/api/v1/namespaces/default/pods";
  served.got("POST", "/api/v1/nodes", R"({"metadata":{"name":"n"}})", 201);
  served.got("POST", pods, R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}],
      "terminationGracePeriodSeconds":30}})",
             201);
  served.got("POST", pods + "/p/binding", R"({"target":{"name":"n"}})", 201);
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("pods")));
  EXPECT_EQ(Hooked::say(served.ask("DELETE", pods + "/p"), kAllowed).code, 200);
  EXPECT_FALSE(served.ask("DELETE", pods + "/p").awaited);
  EXPECT_FALSE(served.ask("DELETE", pods + "/p?gracePeriodSeconds=30").awaited);
  EXPECT_TRUE(served.ask("DELETE", pods + "/p?gracePeriodSeconds=1").awaited);
}

TEST(Webhooks, what_is_sent_to_a_subresource_has_labels_of_its_own) {
  Hooked served;
  const std::string deployments = "/apis/apps/v1/namespaces/default/deployments",
                    pods = "/api/v1/namespaces/default/pods";
  served.got("POST", deployments, R"({"metadata":{"name":"d","labels":{"a":"b"}},"spec":{"replicas":1}})", 201);
  served.got("POST", pods,
             R"({"metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}})", 201);
  served.got("POST", "/api/v1/nodes", R"({"metadata":{"name":"n"}})", 201);
  const json selector = {{"objectSelector", {{"matchLabels", {{"a", "b"}}}}}};
  json rule = ruleOn("*/scale");
  rule["resources"] = {"*/scale", "pods/binding", "pods/eviction"};
  served.install("validating", "c", hookDocument("h.example.com", rule, selector));
  const auto asked = [&](const std::string& method, const std::string& target, const char* body) {
    return served.ask(method, target + "?dryRun=All", body, "application/json").awaited.has_value();
  };
  const std::string scale =
      R"({"metadata":{"name":"d","namespace":"default","labels":{"a":"b"}},"spec":{"replicas":2}})";
  EXPECT_FALSE(asked("PUT", deployments + "/d/scale", scale.c_str()));
  EXPECT_FALSE(asked("POST", pods + "/p/eviction", R"({"metadata":{"name":"p"}})"));
  EXPECT_TRUE(asked("POST", pods + "/p/eviction", R"({"metadata":{"name":"p","labels":{"a":"b"}}})"));
  EXPECT_FALSE(asked("POST", pods + "/p/binding", R"({"target":{"name":"n"}})"));
  EXPECT_TRUE(asked("POST", pods + "/p/binding", R"({"metadata":{"labels":{"a":"b"}},"target":{"name":"n"}})"));
}

TEST(Webhooks, an_event_is_patched_in_the_form_that_was_shown) {
  Hooked served;
  const json rule = ruleOn("events", {{"apiGroups", {"events.k8s.io"}}});
  served.install("mutating", "c", hookDocument("h.example.com", rule));
  const HttpAnswer waits = served.ask("POST", "/api/v1/namespaces/default/events",
                                      R"({"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p",
      "namespace":"default"},"reason":"R","message":"m","type":"Normal"})");
  EXPECT_EQ(Hooked::told(waits).at("object").at("note"), "m");
  const HttpAnswer made = Hooked::say(waits, patched(json::parse(R"([{"op":"replace","path":"/note","value":"n"}])")));
  EXPECT_EQ(made.code, 201) << made.body;
  EXPECT_EQ(json::parse(made.body).at("message"), "n");
  EXPECT_EQ(json::parse(made.body).at("apiVersion"), "v1");
}

TEST(Webhooks, subresources_dry_runs_and_others) {
  Hooked served;
  served.install("validating", "c", hookDocument("h.example.com", ruleOn("deployments/scale")));
  const std::string deployments = "/apis/apps/v1/namespaces/default/deployments";
  served.got("POST", deployments, R"({"metadata":{"name":"d"},"spec":{"replicas":1}})", 201);
  const HttpAnswer waits = served.ask("PATCH", deployments + "/d/scale?dryRun=All", R"({"spec":{"replicas":4}})",
                                      "application/merge-patch+json");
  ASSERT_TRUE(waits.awaited);
  const json told = Hooked::told(waits);
  EXPECT_EQ(told.at("kind").at("kind"), "Scale");
  EXPECT_EQ(told.at("subResource"), "scale");
  EXPECT_EQ(told.at("object").at("spec").at("replicas"), 4);
  EXPECT_EQ(told.at("oldObject").at("spec").at("replicas"), 1);
  EXPECT_EQ(told.at("dryRun"), true);
  EXPECT_EQ(Hooked::say(waits, kAllowed).code, 200);
  // What it does not match is answered at once, and so is what is wrong anyhow.
  EXPECT_EQ(served.ask("POST", kHookedMaps, kOneMap).code, 201);
  EXPECT_EQ(served.ask("PATCH", deployments + "/none/scale", "{}", "application/merge-patch+json").code, 404);
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
