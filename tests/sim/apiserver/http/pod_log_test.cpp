// GET …/pods/NAME/log by PodLogOptions.
#include <gtest/gtest.h>

#include "engine/api/pod.hpp"
#include "tests/sim/apiserver/http/handler_fixture.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

const char* const kPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"default"},"spec":{"containers":[{"name":"c","image":"i"}]}})";
const std::string kPath = "/api/v1/namespaces/default/pods/p";

struct Printing : Served {
  Printing() {
    json("POST", "/api/v1/namespaces/default/pods", kPod, "application/json", 201);
    json("POST", kPath + "/binding", R"({"target":{"name":"n"}})", "application/json", 201);
    status(R"({"name":"c","restartCount":1,"state":{"running":{}},"lastState":{"terminated":{"exitCode":1}}})");
    add("before", 1, 0, 0);
    add("one", 1, 1, 10);
    add("wrong", 2, 1, 20);
    add("two", 1, 1, 30);
  }
  void status(const std::string& container) {
    json("PATCH", kPath + "/status", R"({"status":{"phase":"Running","containerStatuses":[)" + container + "]}}",
         "application/merge-patch+json");
  }
  void add(const char* text, int stream, int instance, int seconds, bool whole = true) {
    printed.push_back({now + std::chrono::seconds(seconds), text, stream, instance, printed.size(), whole});
  }
};

TEST(PodLog, shows_what_is_asked_for) {
  struct {
    const char* query;
    int code;
    const char* text;
  } const rows[] = {
      {"", 200, "one\nwrong\ntwo\n"},
      {"?container=c&tailLines=1", 200, "two\n"},
      {"?tailLines=0", 200, ""},
      {"?limitBytes=5", 200, "one\nw"},
      {"?previous=true", 200, "before\n"},
      {"?stream=Stderr", 200, "wrong\n"},
      {"?sinceSeconds=75", 200, "wrong\ntwo\n"},
      {"?sinceTime=2026-01-01T00:00:30Z", 200, "two\n"},
      {"?tailLines=1&timestamps=true", 200, "2026-01-01T00:00:30.000000000Z two\n"},
      {"?container=x", 400, nullptr},
      {"?tailLines=-1", 422, nullptr},
      {"?limitBytes=0", 422, nullptr},
      {"?sinceTime=yesterday", 422, nullptr},
  };
  Printing pod;
  pod.now += std::chrono::seconds(90);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.query);
    const HttpAnswer answer = pod.ask("GET", kPath + "/log" + row.query);
    EXPECT_EQ(answer.code, row.code) << answer.body;
    if (row.text) {
      EXPECT_EQ(answer.body, row.text);
    }
  }
}

TEST(PodLog, follows_to_the_end) {
  Printing pod;
  HttpAnswer answer = pod.ask("GET", kPath + "/log?follow=true&tailLines=1");
  ASSERT_TRUE(answer.stream);
  EXPECT_EQ(answer.stream->first, "two\n");
  bool over = false;
  EXPECT_EQ(answer.stream->next(over), "");
  EXPECT_FALSE(over);
  pod.add("thr", 1, 1, 40, false);
  pod.status(R"({"name":"c","restartCount":1,"state":{"terminated":{"exitCode":0}}})");
  EXPECT_EQ(answer.stream->next(over), "thr") << "a line without an end has none";
  EXPECT_FALSE(over);
  EXPECT_EQ(answer.stream->next(over), "");
  EXPECT_TRUE(over);
}

TEST(PodLog, of_what_does_not_run_yet) {
  Printing pod;
  pod.status(
      R"({"name":"c","restartCount":0,"state":{"waiting":{"reason":"ContainerCreating"}},"lastState":{"terminated":null}})");
  const nlohmann::json refused = pod.json("GET", kPath + "/log", "", "", 400);
  EXPECT_EQ(refused.at("message"), R"(container "c" in pod "p" is waiting to start: ContainerCreating)");
  pod.json("GET", kPath + "/log?previous=true", "", "", 400);
  pod.json("GET", "/api/v1/namespaces/default/pods/q/log", "", "", 404);
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
