// What is below an object: Bindings, Evictions, Scales; and how a watch begins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kPodsPath = "/api/v1/namespaces/default/pods";

struct WithPod : Served {
  WithPod() {
    json("POST", "/api/v1/nodes", R"({"metadata":{"name":"n"}})", "application/json", 201);
    json("POST", kPodsPath, R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}})",
         "application/json", 201);
  }
  nlohmann::json pod() { return json("GET", kPodsPath + "/p"); }
};

TEST(Parts, a_binding_is_of_the_pod_that_it_names) {
  WithPod served;
  const std::string uid = served.pod().at("metadata").at("uid");
  struct {
    std::string metadata;
    int code;
    const char* text;
  } const rows[] = {{R"({"name":"q"})", 400, "name in URL does not match name in Binding object"},
                    {R"({"name":"p","uid":"another"})", 409, "UID in precondition: another"},
                    {R"({"name":"p","uid":")" + uid + R"("})", 201, "Success"}};
  for (const auto& row : rows) {
    const HttpAnswer answer = served.ask("POST", kPodsPath + "/p/binding",
                                         R"({"metadata":)" + row.metadata + R"(,"target":{"kind":"Node","name":"n"}})");
    EXPECT_EQ(answer.code, row.code) << row.metadata;
    EXPECT_THAT(answer.body, HasSubstr(row.text));
  }
  EXPECT_EQ(served.pod().at("spec").at("nodeName"), "n");
}

TEST(Parts, an_eviction_marks_and_deletes_the_pod_that_it_names) {
  WithPod served;
  served.ask("POST", kPodsPath + "/p/binding", R"({"target":{"name":"n"}})");
  const json before = served.pod();
  EXPECT_EQ(before.at("status").at("phase"), "Pending");
  const std::string version = before.at("metadata").at("resourceVersion");
  struct {
    std::string body;
    int code;
  } const rows[] = {
      {R"({"metadata":{"name":"q"}})", 400},
      {R"({"deleteOptions":{"preconditions":{"uid":"another"}}})", 409},
      {R"({"deleteOptions":{"preconditions":{"resourceVersion":"1"}}})", 409},
      {R"({"deleteOptions":{"preconditions":{"resourceVersion":")" + version + R"("}}})", 201},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(served.pod(), before) << "before " << row.body;
    EXPECT_EQ(served.ask("POST", kPodsPath + "/p/eviction", row.body).code, row.code) << row.body;
  }
  const json after = served.pod();
  EXPECT_TRUE(after.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(after.at("status").at("conditions").back().at("type"), "DisruptionTarget") << "also where it is pending";
}

TEST(Parts, a_scale_is_checked) {
  Served served;
  const std::string path = "/apis/apps/v1/namespaces/default/deployments";
  served.json("POST", path,
              R"({"metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"template":{}}})",
              "application/json", 201);
  const std::string scale = path + "/d/scale";
  for (const char* wrong : {"7", "[]", R"({"spec":7})", R"({"kind":"Pod","spec":{"replicas":3}})",
                            R"({"metadata":{"name":"e"},"spec":{"replicas":3}})"})
    EXPECT_EQ(served.ask("PUT", scale, wrong).code, 400) << wrong;
  EXPECT_EQ(served.ask("PUT", scale, R"({"spec":{"replicas":-3}})").code, 422);
  EXPECT_EQ(served.json("GET", scale).at("spec").at("replicas"), 2);
  EXPECT_EQ(served.json("PUT", scale + "?dryRun=All", R"({"spec":{"replicas":5}})").at("spec").at("replicas"), 5);
  EXPECT_EQ(served.json("GET", scale).at("spec").at("replicas"), 2);
  EXPECT_EQ(served.json("PUT", scale, R"({"spec":{"replicas":3}})").at("spec").at("replicas"), 3);
}

std::vector<std::string> firstEvents(WithPod& served, const std::string& query) {
  HttpAnswer answer = served.ask("GET", kPodsPath + "?watch=true" + query);
  EXPECT_TRUE(answer.watch) << query << ": " << answer.body;
  std::vector<std::string> out;
  if (!answer.watch) return out;
  for (const StreamEvent& event : nextEvents(served.server.store(), answer.watch->watch, served.now, 10))
    out.push_back(event.object ? event.object->meta.name : std::string(api::reasonText(event.error.reason)));
  return out;
}

TEST(Watches, begin_with_what_they_ask_for) {
  WithPod served;
  for (const char* query : {"", "&resourceVersion=0"})
    EXPECT_THAT(firstEvents(served, query), ElementsAre("p")) << query;
  for (const char* query : {"&sendInitialEvents=false&resourceVersionMatch=NotOlderThan",
                            "&sendInitialEvents=False&resourceVersionMatch=NotOlderThan&resourceVersion=0"})
    EXPECT_THAT(firstEvents(served, query), ElementsAre()) << query;
}

TEST(Watches, from_what_is_forgotten_fail_by_an_event) {
  WithPod served;
  for (int i = 0; i < 9; ++i)
    served.ask("PATCH", kPodsPath + "/p", R"({"metadata":{"labels":{"i":")" + std::to_string(i) + R"("}}})",
               "application/merge-patch+json");
  Store& store = served.server.store();
  store.trim(api::Kind::kPod, store.changes(api::Kind::kPod), {std::chrono::seconds(75), 1, 3}, served.now);
  EXPECT_THAT(firstEvents(served, "&resourceVersion=1"), ElementsAre("Expired"));
}

TEST(Watches, are_not_asked_for_by_false) {
  WithPod served;
  for (const char* value : {"false", "False", "FALSE", "0"})
    EXPECT_EQ(served.json("GET", kPodsPath + "?watch=" + value).at("kind"), "PodList") << value;
}

TEST(Requests, with_broken_bytes_are_answered) {
  WithPod served;
  for (const char* query :
       {"?includeObject=%ff", "?resourceVersion=1&resourceVersionMatch=%ff", "?fieldSelector=%ff"}) {
    const HttpAnswer answer = served.ask("GET", kPodsPath + query);
    EXPECT_EQ(answer.code / 100, 4) << query << ": " << answer.body;
    EXPECT_TRUE(json::accept(answer.body)) << query;
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
