// JS-I0 to JS-I5 with gate InPlaceRestart: what the attempts of the Pods make of the JobSet's status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/jobset/names.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

struct PodRow {
  std::string attempt;  // "": no annotation yet
  std::string phase = "Running";
  std::int32_t restarts = 0;
  bool init = false;
};

struct InPlaceRestartRow {
  std::string_view name;
  std::int32_t max_restarts;
  std::vector<PodRow> pods;
  std::optional<std::int32_t> previous, current;  // before
  std::int32_t restarts = 0, counted = 0;
  std::optional<std::int32_t> want_previous, want_current;
  std::string want_failed, want_error;
};

api::ObjectPtr podOf(const PodRow& row, std::int32_t index) {
  const api::MutableObjectPtr pod = makePod({.index = index, .node = "n"});
  if (!row.attempt.empty()) pod->meta.annotations.set(kInPlaceRestartAttemptKey, row.attempt);
  api::PodStatus& status = api::as<api::Pod>(*pod).status;
  status.phase = row.phase;
  api::ContainerStatus container;
  container.restartCount = row.restarts;
  (row.init ? status.initContainerStatuses : status.containerStatuses).push_back(container);
  return pod;
}

const std::string kBadAttempt =
    "invalid value for annotation jobset.sigs.k8s.io/in-place-restart-attempt, must be non-negative integer";
const std::optional<std::int32_t> kNil;

TEST(InPlaceRestart, publishes_which_attempt_is_over_and_which_is_on) {
  const InPlaceRestartRow rows[] = {
      {"no Pods yet", 3, {}, kNil, kNil, 0, 0, kNil, kNil, "", ""},
      {"all at 0: the barrier lifts", 3, {{"0"}, {"0"}}, kNil, kNil, 0, 0, kNil, 0, "", ""},
      {"one agent missing at attempt 0: nothing", 3, {{"0"}, {""}}, kNil, kNil, 0, 0, kNil, kNil, "", ""},
      {"one has moved on: the others are over", 3, {{"0"}, {"1"}}, kNil, 0, 0, 0, 0, 0, "", ""},
      {"all have moved on", 3, {{"1"}, {"1"}}, 0, 0, 0, 0, 0, 1, "", ""},
      {"equal but too few", 3, {{"2"}}, 0, 1, 0, 0, 1, 1, "", ""},
      {"equal but too many", 3, {{"2"}, {"2"}, {"2"}}, 0, 1, 0, 0, 1, 1, "", ""},
      {"previous is never lowered", 3, {{"1"}, {""}}, 2, 2, 0, 0, 2, 2, "", ""},
      {"failed Pods are not counted", 3, {{"1"}, {"1"}, {"0", "Failed"}}, 0, 0, 0, 0, 0, 1, "", ""},
      {"an attempt that is no number", 3, {{"x"}, {"1"}}, kNil, kNil, 0, 0, kNil, kNil, "", kBadAttempt},
      {"a negative attempt", 3, {{"-1"}, {"1"}}, kNil, kNil, 0, 0, kNil, kNil, "", kBadAttempt},
      {"a container restarted too often",
       3,
       {{"0", "Running", 4}, {"x"}},
       kNil,
       kNil,
       0,
       0,
       kNil,
       kNil,
       "True ReachedMaxRestarts",
       ""},
      {"an init container too",
       3,
       {{"0", "Running", 4, true}, {"0"}},
       kNil,
       kNil,
       0,
       0,
       kNil,
       kNil,
       "True ReachedMaxRestarts",
       ""},
      {"at the limit it goes on", 3, {{"3", "Running", 3}, {"3"}}, 2, 2, 0, 0, 2, 3, "", ""},
      {"attempts beyond the limit", 3, {{"4"}, {"3"}}, 2, 3, 0, 0, 2, 3, "True ReachedMaxRestarts", ""},
      {"uncounted restarts of the JobSet are subtracted", 3, {{"4"}, {"4"}}, 3, 3, 2, 1, 3, 4, "", ""},
  };
  for (const InPlaceRestartRow& row : rows) {
    Config config;
    config.gates.InPlaceRestart = true;
    World world(makeJobSet("x")
                    .replicatedJob("w", 1, 2)
                    .maxRestarts(row.max_restarts)
                    .strategy("InPlaceRestart")
                    .editStatus([&](api::JobSetStatus& s) {
                      s.previousInPlaceRestartAttempt = row.previous;
                      s.currentInPlaceRestartAttempt = row.current;
                      s.restarts = row.restarts;
                      s.restartsCountTowardsMax = row.counted;
                    })
                    .build(),
                config);
    for (std::size_t i = 0; i < row.pods.size(); ++i)
      world.pods.push_back(podOf(row.pods[i], static_cast<std::int32_t>(i)));
    EXPECT_EQ(world.plan().error, row.want_error) << row.name;
    if (!row.want_error.empty()) continue;
    world.settle();
    EXPECT_EQ(world.status().previousInPlaceRestartAttempt, row.want_previous) << row.name;
    EXPECT_EQ(world.status().currentInPlaceRestartAttempt, row.want_current) << row.name;
    EXPECT_EQ(world.condition("Failed"), row.want_failed) << row.name;
    if (!row.want_failed.empty()) {
      EXPECT_EQ(conditionOf(world.jobset, "Failed")->message, "jobset failed due to reaching max number of restarts")
          << row.name;
    }
    EXPECT_FALSE(world.plan().status_update) << row.name << ": idempotent";
  }
}

TEST(InPlaceRestart, needs_equal_completions_and_parallelism_but_checks_the_limits_first) {
  Config config;
  config.gates.InPlaceRestart = true;
  World world(makeJobSet("x")
                  .replicatedJob("w", 1, 2)
                  .counts(2, std::nullopt)
                  .maxRestarts(3)
                  .strategy("InPlaceRestart")
                  .build(),
              config);
  const std::string error =
      "w: in-place restart requires jobTemplate.spec.completions == jobTemplate.spec.parallelism != nil";
  EXPECT_EQ(world.plan().error, error);
  world.pods.push_back(podOf({"9"}, 0));
  EXPECT_EQ(world.plan().error, "") << "JS-I3 comes before JS-I4's error";
}

TEST(InPlaceRestart, without_its_gate_only_warns) {
  World world(makeJobSet("x").replicatedJob("w", 1, 2).maxRestarts(3).strategy("InPlaceRestart").build());
  world.pods.push_back(podOf({"9"}, 0));
  const Plan plan = world.plan();
  EXPECT_EQ(plan.error, "");
  EXPECT_THAT(plan.warnings,
              ::testing::ElementsAre("in-place restart strategy cannot be used when the feature gate is disabled"));
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "");
}

TEST(InPlaceRestart, S40_all_attempts_move_on_and_the_barrier_lifts_once) {
  Config config;
  config.gates.InPlaceRestart = true;
  World world(makeJobSet("x").replicatedJob("w", 2, 1).maxRestarts(3).strategy("InPlaceRestart").build(), config);
  std::vector<std::optional<std::int32_t>> current;
  const std::pair<const char*, const char*> attempts[] = {{"0", "0"}, {"1", "0"}, {"1", "1"}};
  for (const auto& [a, b] : attempts) {
    world.pods = {podOf({a}, 0), podOf({b}, 1)};
    world.settle();
    current.push_back(world.status().currentInPlaceRestartAttempt);
  }
  EXPECT_THAT(current, ::testing::ElementsAre(0, 0, 1));
  EXPECT_EQ(world.status().previousInPlaceRestartAttempt, 0);
  EXPECT_EQ(world.deleted, 0);
}

TEST(InPlaceRestart, S41_beyond_maxRestarts_the_JobSet_fails) {
  Config config;
  config.gates.InPlaceRestart = true;
  World world(makeJobSet("x").replicatedJob("w", 2, 1).maxRestarts(1).strategy("InPlaceRestart").build(), config);
  world.pods = {podOf({"2"}, 0), podOf({"1"}, 1)};
  world.settle();
  EXPECT_EQ(world.condition("Failed"), "True ReachedMaxRestarts");
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
