// What was done to a served cluster can be done again, and ends alike.
#include "scenarios/serve/recording.hpp"

#include <sstream>

#include "tests/scenarios/serve/served.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A session of a few requests; its record and its fingerprint.
struct Session {
  std::string record, fingerprint;
};
Session session() {
  std::ostringstream out;
  Recorder recorder(out, json{{"what", "a test"}});
  Served served;
  const auto ask = [&](const std::string& method, const std::string& target, const std::string& body = {}) {
    const apiserver::http::HttpRequest request = Served::request(method, target, body);
    const TimePoint at = served.run.now();
    const int code = served.run.answer(request).code;
    if (Recorder::keeps(request, *apiserver::http::parseTarget(target)))
      recorder.request(at, request, {"somebody", {"system:masters"}}, code);
  };
  ask("POST", kJobSets, trainJson());
  served.goOn(61s);
  ask("GET", kJobSets);
  ask("PATCH", kClock, R"({"spec": {"speed": 5}})");
  ask("POST", kFaults, faultJson("down", R"("node-fail any for=1h")"));
  ask("POST", kFaults, faultJson("bad", R"("no-such-thing")"));
  served.goOn(10min);
  served.goOn(123456789ns);
  ask("PATCH", std::string(kJobSets) + "/train", R"({"metadata": {"labels": {"note": "ü"}}})");
  ask("POST", "/api/v1/namespaces/default/configmaps", "\xff\xfe");
  served.goOn(1min);
  ask("DELETE", std::string(kFaults) + "/down");
  ask("DELETE", std::string(kJobSets) + "/train");
  served.goOn(1h);
  const std::string fingerprint = served.run.run().outcome().fingerprint;
  recorder.end(served.run.now(), fingerprint);
  return {out.str(), fingerprint};
}

TEST(Recording, PlaysToTheSameFingerprint) {
  const Session was = session();
  const api::Result<Recording> read = readRecording(was.record, "x.jsonl");
  ASSERT_TRUE(read) << api::describe(read.errors().front());
  EXPECT_EQ(read->input["what"], "a test");
  EXPECT_EQ(read->requests.size(), 7U);  // neither the read nor the clock
  ASSERT_TRUE(read->end);
  EXPECT_EQ(read->end->fingerprint, was.fingerprint);
  Served again;
  EXPECT_TRUE(replay(*read, again.run).empty());
  EXPECT_EQ(again.run.run().outcome().fingerprint, was.fingerprint);
}

TEST(Recording, ThatEndsEarlyIsGoodUpToThere) {
  const Session was = session();
  const std::string most = was.record.substr(0, was.record.rfind("\"end\""));
  const api::Result<Recording> read = readRecording(most.substr(0, most.size() - 3), "x.jsonl");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->end);
  EXPECT_LE(read->requests.size(), 7U);
  EXPECT_GE(read->requests.size(), 6U);
}

TEST(Recording, OtherAnswersAreTold) {
  const Session was = session();
  const api::Result<Recording> read = readRecording(was.record, "x.jsonl");
  ASSERT_TRUE(read);
  Served without(planWithout({"jobset-controller"}));
  Recording changed = *read;
  changed.requests.front().code = 409;
  const std::vector<std::string> differences = replay(changed, without.run);
  ASSERT_FALSE(differences.empty());
  EXPECT_TRUE(differences.front().starts_with("line 2: POST ")) << differences.front();
  EXPECT_NE(without.run.run().outcome().fingerprint, was.fingerprint);
}

TEST(Recording, BadFilesAreRefusedWithTheLine) {
  const std::string record = session().record;
  const std::size_t second = record.find('\n') + 1, third = record.find('\n', second) + 1;
  const auto lineOf = [](const std::string& text) {
    const api::Result<Recording> read = readRecording(text, "x.jsonl");
    return read ? -1 : read.errors().front().line;
  };
  EXPECT_EQ(lineOf(""), 0);
  EXPECT_EQ(lineOf("hello\n"), 1);
  EXPECT_EQ(lineOf("{}\n"), 1);
  EXPECT_EQ(lineOf(record.substr(0, second) + "{]\n" + record.substr(third)), 2);
  EXPECT_EQ(lineOf(record.substr(0, second) + "{\"at\": 1}\n"), 2);
  EXPECT_EQ(lineOf(record + record.substr(second, third - second)), 10);
  EXPECT_EQ(lineOf(record), -1);
  // In words that are ours.
  const std::string missing =
      readRecording(record.substr(0, second) + "{\"at\": 1}\n", "x.jsonl").errors().front().text;
  EXPECT_EQ(missing, "key 'method' not found");
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
