// Requests whose bodies are neither JSON nor YAML, through the handler.
#include "sim/apiserver/http/sent_body.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/handler.hpp"

namespace jobset_twin::apiserver::http {
namespace {

constexpr const char* kProtobuf = "application/vnd.kubernetes.protobuf";

// A ConfigMap "a" with no namespace and data {"k": "v"}.
const std::string kConfigMap(
    "k8s\0\x0a\x0f\x0a\x02v1\x12\x09"
    "ConfigMap\x12\x0f\x0a\x03\x0a\x01"
    "a\x12\x08\x0a\x01k\x12\x03"
    "v v",
    38);

struct Answered {
  HttpAnswer answer;
  std::vector<api::Request> executed;
};

Answered send(const std::string& method, const std::string& target, const std::string& type, const std::string& body) {
  Answered out;
  const Store store;
  ServedKinds kinds;
  Backend backend;
  backend.kinds = &kinds;
  backend.credentials.everybody = true;
  backend.credentials.administrator = {"admin", {"system:masters"}};
  backend.store = &store;
  backend.execute = [&](const api::Request& request) {
    out.executed.push_back(request);
    api::Response response;
    response.object = request.object;
    return response;
  };
  backend.now = [] { return api::TimePoint(); };
  out.answer = handle({method, target, type, "application/json", body}, backend);
  return out;
}

TEST(SentBody, OnlyWhatIsSentInAnotherFormIsTouched) {
  EXPECT_FALSE(inOtherForm({"POST", "/", "application/json", "", "{}"}));
  EXPECT_FALSE(inOtherForm({"POST", "/", "", "", "{}"}));
  EXPECT_FALSE(inOtherForm({"DELETE", "/", kProtobuf, "", ""}));
  EXPECT_TRUE(inOtherForm({"POST", "/", "Application/Vnd.Kubernetes.Protobuf ; charset=x", "", "{}"}));
  EXPECT_TRUE(inOtherForm({"POST", "/", "application/cbor", "", "{}"}));
  EXPECT_TRUE(inOtherForm({"PATCH", "/", "application/apply-patch+cbor", "", "{}"}));
}

TEST(SentBody, ProtobufIsPutIntoJson) {
  HttpRequest request{"POST", "/", kProtobuf, "", kConfigMap};
  ASSERT_FALSE(putInJson(request));
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.body, R"({"apiVersion":"v1","data":{"k":"v v"},"kind":"ConfigMap","metadata":{"name":"a"}})");
}

TEST(SentBody, AnObjectInProtobufIsCreated) {
  const Answered out = send("POST", "/api/v1/namespaces/default/configmaps", kProtobuf, kConfigMap);
  EXPECT_EQ(out.answer.code, 201) << out.answer.body;
  ASSERT_EQ(out.executed.size(), 1U);
  EXPECT_EQ(out.executed.front().verb, api::Verb::kCreate);
  EXPECT_EQ(out.executed.front().object->meta.namespace_, "default");
}

TEST(SentBody, RefusalsSayWhy) {
  const struct {
    const char *target, *type, *body;
    int code;
    const char* message;
  } cases[] = {
      {"/api/v1/namespaces/default/configmaps", kProtobuf, "{}", 400,
       "error decoding the request body: the body does not begin as a protobuf object does"},
      {"/api/v1/namespaces/default/configmaps", "application/cbor", "\xd9\xd9\xf7\xa0", 415,
       "the body of the request was in an unknown format - accepted media types include: application/json, "
       "application/yaml, application/vnd.kubernetes.protobuf"},
      {"/apis/none.example/v1/things", kProtobuf, "{}", 404, "the server could not find the requested resource"},
  };
  for (const auto& one : cases) {
    const Answered out = send("POST", one.target, one.type, one.body);
    EXPECT_EQ(out.answer.code, one.code);
    EXPECT_TRUE(out.executed.empty());
    EXPECT_EQ(nlohmann::json::parse(out.answer.body)["message"], one.message);
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http
