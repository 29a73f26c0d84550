// The clock and the faults of a served cluster, as its clients see them.
#include <optional>

#include "scenarios/serve/goals.hpp"
#include "scenarios/serve/pace.hpp"
#include "tests/scenarios/serve/served.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(ClockObject, IsReadAndChanged) {
  std::optional<ClockState> set;
  Served served(planWithout(), [&](const ClockState& clock) { set = clock; });
  const json clock = served.get(kClock);
  EXPECT_EQ(clock["spec"], (json{{"speed", "1"}, {"paused", false}}));
  EXPECT_EQ(served.ask("PATCH", kClock, R"({"spec": {"speed": 60, "paused": true}})").code, 200);
  ASSERT_TRUE(set);
  EXPECT_EQ(*set, (ClockState{60, true}));
  served.goOn(90s);
  const json later = served.get(kClock);
  EXPECT_EQ(later["status"]["speed"], "60");
  EXPECT_EQ(later["status"]["paused"], true);
  EXPECT_EQ(later["status"]["now"], api::formatMicroTime(served.run.now()));
  served.ask("PATCH", kClock, R"({"spec": {"speed": "max"}})");
  EXPECT_EQ(set->speed, kSpeedMax);
}

TEST(ClockObject, RefusesWhatCannotBeMeant) {
  Served served(planWithout(), [](const ClockState&) { FAIL(); });
  for (const auto& [patch, field] : {std::pair{R"({"spec": {"speed": "fast"}})", "spec.speed"},
                                     {R"({"spec": {"speed": 0}})", "spec.speed"},
                                     {R"({"spec": {"paused": "yes"}})", "spec.paused"},
                                     {R"({"spec": {"pace": 1}})", "spec.pace"}}) {
    const apiserver::http::HttpAnswer answer = served.ask("PATCH", kClock, patch);
    EXPECT_EQ(answer.code, 422) << patch;
    EXPECT_EQ(json::parse(answer.body)["details"]["causes"][0]["field"], field);
  }
  EXPECT_EQ(served.ask("DELETE", kClock).code, 405);
  EXPECT_EQ(served.get(kClock)["spec"]["speed"], "1");
}

TEST(ClockObject, IsNoPartOfTheCluster) {
  Served served, other;
  for (int i = 0; i < 5; ++i) served.get(kClock);
  served.ask("PATCH", kClock, R"({"spec": {"speed": 7}})");
  served.goOn(1h);
  other.goOn(1h);
  EXPECT_EQ(served.run.run().outcome().fingerprint, other.run.run().outcome().fingerprint);
}

TEST(FaultObject, StrikesAtOnceAndSaysWhatItHit) {
  Served served;
  served.ask("POST", kJobSets, trainJson());
  served.goOn(1min);
  ASSERT_EQ(served.ask("POST", kFaults, faultJson("crash", R"({"class": "kill", "pod": "train/workers/0/0"})")).code,
            201);
  const json status = served.get(std::string(kFaults) + "/crash")["status"];
  EXPECT_EQ(status["phase"], "Done");
  ASSERT_EQ(status["injections"].size(), 1U);
  EXPECT_EQ(status["injections"][0]["targets"].size(), 1U);
  EXPECT_EQ(status["injections"][0]["at"], api::formatMicroTime(served.run.now()));
  served.goOn(1min);
  EXPECT_EQ(served.get(std::string(kJobSets) + "/train")["status"]["restarts"], 1);
}

TEST(FaultObject, TimesCountFromItsCreation) {
  Served served;
  served.goOn(1h);
  const std::string path = std::string(kFaults) + "/later";
  ASSERT_EQ(served.ask("POST", kFaults, faultJson("later", R"("node-fail node=node-1 at=5m for=10m")")).code, 201);
  EXPECT_EQ(served.get(path)["status"]["phase"], "Waiting");
  served.goOn(5min);
  EXPECT_EQ(served.get(path)["status"]["phase"], "Active");
  served.goOn(10min);
  const json status = served.get(path)["status"];
  EXPECT_EQ(status["phase"], "Done");
  EXPECT_EQ(status["injections"][0]["until"], api::formatMicroTime(served.run.now()));
}

TEST(FaultObject, EndsWhenItIsDeleted) {
  for (const char* lasting : {"", " for=10h"}) {
    Served served;
    served.goOn(1min);
    const auto ready = [&] {
      const json node = served.get("/api/v1/nodes/node-1");
      for (const json& condition : node["status"]["conditions"])
        if (condition["type"] == "Ready") return condition["status"].get<std::string>();
      return std::string();
    };
    ASSERT_EQ(ready(), "True");
    served.ask("POST", kFaults, faultJson("down", std::string(R"("node-fail node=node-1)") + lasting + "\""));
    served.goOn(5min);
    EXPECT_EQ(ready(), "Unknown");
    EXPECT_EQ(served.ask("DELETE", std::string(kFaults) + "/down").code, 200);
    served.goOn(15min);
    EXPECT_EQ(ready(), "True") << lasting;
  }
}

TEST(FaultObject, NoLongerStrikesWhenItIsDeleted) {
  Served served;
  served.ask("POST", kJobSets, trainJson());
  served.goOn(1min);
  served.ask("POST", kFaults, faultJson("often", R"({"class": "kill", "pod": "train/workers/0/0", "every": "30s"})"));
  served.ask("POST", kFaults, faultJson("chance", R"({"class": "kill", "pod": "train/workers/1/0", "mtbf": "30s"})"));
  served.ask("DELETE", std::string(kFaults) + "/often");
  served.ask("DELETE", std::string(kFaults) + "/chance");
  served.goOn(5min);
  EXPECT_EQ(served.get(std::string(kJobSets) + "/train")["status"].value("restarts", 0), 0);
}

TEST(FaultObject, BadFieldsAreNamed) {
  Served served;
  for (const auto& [spec, field] : {std::pair{R"({"class": "kil", "pod": "x/y/0/0"})", "spec.class"},
                                    {R"({"class": "kill", "pod": "x/y/0/0", "colour": 1})", "spec.colour"},
                                    {R"({"class": "kill", "at": "soon"})", "spec.at"},
                                    {R"({"class": "node-fail", "crew": "night", "repair": "1h"})", "spec.crew"},
                                    {R"("kill nonsense=1")", "spec"}}) {
    const apiserver::http::HttpAnswer answer = served.ask("POST", kFaults, faultJson("x", spec));
    EXPECT_EQ(answer.code, 422) << spec;
    const json body = json::parse(answer.body);
    ASSERT_FALSE(body["details"]["causes"].empty()) << answer.body;
    EXPECT_TRUE(body["details"]["causes"][0]["field"].get<std::string>().starts_with(field)) << answer.body;
  }
  EXPECT_TRUE(served.get(kFaults)["items"].empty());
  served.ask("POST", kFaults, faultJson("x", R"("node-fail node=node-1 at=1h")"));
  EXPECT_EQ(served.ask("PATCH", std::string(kFaults) + "/x", R"({"spec": "node-fail node=node-2"})").code, 422);
  EXPECT_EQ(served.ask("PATCH", std::string(kFaults) + "/x", R"({"metadata": {"labels": {"a": "b"}}})").code, 200);
}

TEST(Goals, AreReachedOrGivenUp) {
  Served served;
  served.ask("POST", kJobSets, trainJson());
  Goals goals;
  const api::Result<Goal> step = stepFrom(R"({"duration": "10s"})", served.run.now());
  const api::Result<Goal> until = untilFrom(R"({"object": "jobset/train", "state": "Completed"})", served.run.now());
  const api::Result<Goal> late =
      untilFrom(R"({"object": "node/node-1", "state": "Lost", "timeout": "20m"})", served.run.now());
  ASSERT_TRUE(step && until && late);
  const auto a = goals.add(*step), b = goals.add(*until), c = goals.add(*late);
  served.goOn(5s);
  goals.look(served.run.run());
  EXPECT_FALSE(a->over() || b->over() || c->over());
  served.goOn(5s);
  goals.look(served.run.run());
  EXPECT_TRUE(a->reached);
  EXPECT_FALSE(b->over());
  served.goOn(12min);
  goals.look(served.run.run());
  EXPECT_TRUE(b->reached);
  EXPECT_FALSE(c->over());
  served.goOn(12min);
  goals.look(served.run.run());
  EXPECT_NE(c->failure, "");
  EXPECT_FALSE(goals.any());
}

TEST(Goals, SayWhatTheyDoNotUnderstand) {
  const TimePoint now{};
  for (const char* wrong : {"", "[]", "{}", R"({"duration": 5})", R"({"duration": "-5s"})", R"({"length": "5s"})"})
    EXPECT_FALSE(stepFrom(wrong, now)) << wrong;
  for (const char* wrong : {"{}", R"({"object": "jobset", "state": "x"})", R"({"object": "thing/x", "state": "x"})",
                            R"({"object": "jobset/x"})", R"({"object": "jobset/x", "state": "y", "timeout": "soon"})"})
    EXPECT_FALSE(untilFrom(wrong, now)) << wrong;
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
