// Who asks, and what he may do: credentials, RBAC rules, reviews (rbac.authorization.k8s.io/v1,
// authorization.k8s.io/v1).
#include <gtest/gtest.h>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;

TEST(Reviews, follow_the_rules) {
  Served served;
  served.json("POST", "/api/v1/namespaces", R"({"metadata":{"name":"x"}})", "application/json", 201);
  const auto make = [&](const std::string& path, const std::string& yaml) {
    served.json("POST", "/apis/rbac.authorization.k8s.io/v1/" + path, yaml, "application/yaml", 201);
  };
  make("clusterroles",
       "metadata: {name: reader}\nrules: [{apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]},"
       " {nonResourceURLs: ['/metrics', '/healthz/*'], verbs: [get]}]\n");
  make("namespaces/x/roles",
       "metadata: {name: keeper}\nrules: [{apiGroups: [''], resources: [configmaps],"
       " resourceNames: [one], verbs: ['*']}]\n");
  make("clusterrolebindings",
       "metadata: {name: b}\nroleRef: {kind: ClusterRole, name: reader}\n"
       "subjects: [{kind: User, name: ann}, {kind: Group, name: ops}]\n");
  make("namespaces/x/rolebindings",
       "metadata: {name: b}\nroleRef: {kind: Role, name: keeper}\n"
       "subjects: [{kind: ServiceAccount, name: robot, namespace: x}]\n");
  struct {
    const char* who;
    const char* what;
    bool allowed;
  } const rows[] = {
      {R"("user":"ann")", R"({"verb":"get","resource":"pods","namespace":"x"})", true},
      {R"("user":"ann")", R"({"verb":"get","resource":"pods","subresource":"log"})", true},
      {R"("user":"ann")", R"({"verb":"delete","resource":"pods"})", false},
      {R"("user":"ann")", R"({"verb":"get","resource":"jobs","group":"batch"})", false},
      {R"("user":"bob","groups":["ops"])", R"({"verb":"list","resource":"pods"})", true},
      {R"("user":"bob")", R"({"verb":"list","resource":"pods"})", false},
      {R"("user":"root","groups":["system:masters"])", R"({"verb":"delete","resource":"nodes"})", true},
      {R"("user":"system:serviceaccount:x:robot")",
       R"({"verb":"update","resource":"configmaps","namespace":"x","name":"one"})", true},
      {R"("user":"system:serviceaccount:x:robot")",
       R"({"verb":"update","resource":"configmaps","namespace":"x","name":"two"})", false},
      {R"("user":"system:serviceaccount:x:robot")",
       R"({"verb":"update","resource":"configmaps","namespace":"y","name":"one"})", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.who) + row.what);
    const std::string body = std::string(R"({"spec":{)") + row.who + R"(,"resourceAttributes":)" + row.what + "}}";
    const json answer =
        served.json("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body, "application/json", 201);
    EXPECT_EQ(answer.at("status").at("allowed"), row.allowed);
  }
  const json path =
      served.json("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                  R"({"spec":{"user":"ann","nonResourceAttributes":{"path":"/healthz/etcd","verb":"get"}}})",
                  "application/json", 201);
  EXPECT_TRUE(path.at("status").at("allowed"));
  const json self =
      served.json("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", "application/json", 201);
  EXPECT_EQ(self.at("status").at("userInfo").at("username"), "admin");
}

TEST(Authentication, asks_who_it_is) {
  Served served;
  served.backend.credentials = {"secret", {"admin", {"system:masters"}}, false};
  struct {
    const char* authorization;
    const char* target;
    int code;
  } const rows[] = {
      {"Bearer secret", "/api/v1/pods", 200},
      {"Bearer wrong", "/api/v1/pods", 401},
      {"Bearer secre", "/api/v1/pods", 401},
      {"Bearer ", "/api/v1/pods", 401},
      {"Basic secret", "/api/v1/pods", 401},
      {"", "/api/v1/pods", 403},
      {"", "/readyz", 200},
      {"", "/version", 200},
      {"Bearer wrong", "/apis", 401},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.authorization) + " " + row.target);
    HttpRequest request;
    request.method = "GET";
    request.target = row.target;
    request.authorization = row.authorization;
    EXPECT_EQ(handle(request, served.backend).code, row.code);
  }
}

TEST(Authentication, takes_an_administrator_for_another) {
  Credentials credentials;
  credentials.everybody = true;
  credentials.administrator = {"admin", {"system:masters"}};
  struct {
    User as;
    std::vector<std::string> groups;
  } const rows[] = {
      {{"", {"ignored"}}, {"system:masters"}},
      {{"bob", {}}, {"system:authenticated"}},
      {{"bob", {"ops", "system:authenticated"}}, {"ops", "system:authenticated"}},
      {{"system:serviceaccount:x:robot", {}},
       {"system:serviceaccounts", "system:serviceaccounts:x", "system:authenticated"}},
      {{"system:serviceaccount:x:robot", {"ops"}}, {"ops", "system:authenticated"}},
      {{"system:anonymous", {}}, {"system:unauthenticated"}},
  };
  for (const auto& row : rows) {
    HttpRequest request;
    request.impersonated = row.as;
    const std::optional<User> user = actingUser(request, credentials);
    ASSERT_TRUE(user);
    EXPECT_EQ(user->name, row.as.name.empty() ? "admin" : row.as.name);
    EXPECT_EQ(user->groups, row.groups) << row.as.name;
    EXPECT_FALSE(actingUser(request, Credentials()));
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
