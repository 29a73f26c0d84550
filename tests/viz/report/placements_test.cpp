// Why a Pod went where it went, from a run: nodes that were refused, scores by plugin, which node was taken.
#include "viz/report/placements.hpp"

#include <gmock/gmock.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::viz::report {
namespace {

using testing::HasSubstr;

// Two empty nodes, one cordoned, one too small; and a Pod that fits nowhere until a node is added.
constexpr const char* kText = R"(
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: s}
spec:
  cluster:
    nodePools:
    - {name: big, count: 2, capacity: {cpu: "8"}}
    - {name: small, count: 1, capacity: {cpu: "1"}}
  actions:
  - {at: 0s, cordon: Node/big-1}
  manifests:
  - objects:
    - apiVersion: v1
      kind: Pod
      metadata: {name: fits}
      spec: {restartPolicy: Never, containers: [{name: c, image: i, command: [sleep, "5"], resources: {requests: {cpu: "2"}}}]}
    - apiVersion: v1
      kind: Pod
      metadata: {name: large}
      spec: {restartPolicy: Never, containers: [{name: c, image: i, command: [sleep, "5"], resources: {requests: {cpu: "9"}}}]}
)";

struct Told {
  explicit Told(std::vector<std::string> explained, const std::string& text = kText) {
    scenarios::Loaded loaded = scenarios::load({{"-", text}}, {}, {});
    for (const api::Error& error : loaded.errors) ADD_FAILURE() << error.text;
    loaded.plan.world.scheduler.explained = std::move(explained);
    start = loaded.plan.world.start;
    scenarios::RunHooks hooks;
    hooks.observers.push_back(&placements);
    scenarios::Run run(loaded.plan, hooks);
    run.advance();
    fingerprint = run.outcome().fingerprint;
  }
  std::string about(const std::string& pod) const { return placementsText(placements.of(pod), pod, start); }
  Placements placements;
  api::TimePoint start;
  std::string fingerprint;
};

TEST(Placements, TellWhoWasRefusedAndWhatTheOthersScored) {
  const Told told({"default/fits"});
  const std::string text = told.about("default/fits");
  EXPECT_THAT(text, HasSubstr("pod/default/fits, try 1 at 00:00."));
  EXPECT_THAT(text, HasSubstr("    1 node: Insufficient cpu (small-0)\n"));
  EXPECT_THAT(text, HasSubstr("TaintToleration"));
  const auto tries = told.placements.of("default/fits");
  ASSERT_EQ(tries.size(), 1U);
  const nlohmann::json& scores = tries[0]->decision.at("scores");
  ASSERT_FALSE(scores.empty());
  std::int64_t sum = 0;
  for (const auto& [plugin, score] : scores[0].at("plugins").items()) sum += score.get<std::int64_t>();
  EXPECT_EQ(sum, scores[0].at("total").get<std::int64_t>());
  EXPECT_EQ(tries[0]->decision.at("node"), scores[0].at("node"));  // the best one, or an equal
}

TEST(Placements, TellWhyAPodFitsNowhere) {
  const Told told({"default/large"});
  const std::string text = told.about("default/large");
  EXPECT_THAT(text, HasSubstr("none of 3 nodes fits"));
  EXPECT_THAT(text, HasSubstr("Insufficient cpu"));
  EXPECT_THAT(text, HasSubstr("  0/3 nodes are available: "));
}

TEST(Placements, AreOfThoseAskedForAndChangeNothing) {
  const Told nobody({}), one({"default/fits"});
  EXPECT_EQ(nobody.fingerprint, one.fingerprint);
  EXPECT_EQ(nobody.about("default/fits"), "pod/default/fits: the scheduler never tried it\n");
  EXPECT_EQ(one.about("default/large"), "pod/default/large: the scheduler never tried it\n");
}

TEST(Placements, OfAJobsPodAreFoundWithoutItsRandomEnd) {
  const Told told({"default/j-0"}, R"(
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  completions: 12
  parallelism: 12
  completionMode: Indexed
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: i, command: [sleep, "5"]}]}}
)");
  ASSERT_EQ(told.placements.of("default/j-0").size(), 1U);
  EXPECT_TRUE(told.placements.of("default/j-1").empty());
  const nlohmann::json document = placementsJson(told.placements.of("default/j-0"), told.start);
  EXPECT_EQ(document.at(0).at("attempt"), 1);
  EXPECT_TRUE(document.at(0).at("pod").get<std::string>().starts_with("default/j-0-"));
}

}  // namespace
}  // namespace jobset_twin::viz::report
