// Back-off (K-JOB-44), podFailurePolicy (K-JOB-50..53), successPolicy (K-JOB-55), finish times (K-JOB-45), victims
// (K-JOB-32).
#include <gtest/gtest.h>

#include "sim/cluster/job/backoff.hpp"
#include "sim/cluster/job/pod_failure_policy.hpp"
#include "sim/cluster/job/success_policy.hpp"
#include "tests/sim/cluster/job/builders.hpp"

namespace jobset_twin::cluster::job::test {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesFromTenSecondsToTenMinutes) {
  const std::int64_t wanted[] = {0, 10, 20, 40, 80, 160, 320, 600, 600};
  for (std::int32_t failures = 0; failures < 9; ++failures) {
    EXPECT_EQ(backoffLeft(failures, at(0), at(0), 10s, 600s), std::chrono::seconds(wanted[failures])) << failures;
  }
  EXPECT_EQ(backoffLeft(2, at(0), at(12), 10s, 600s), 8s);
  EXPECT_EQ(backoffLeft(2, at(0), at(21), 10s, 600s), 0s);
}

TEST(Backoff, FailuresOfOneSyncAllCount) {
  EXPECT_EQ(nextBackoff({}, {}, {at(3), at(1), at(2), at(1)}), (BackoffRecord{4, at(3)}));
  EXPECT_EQ(nextBackoff({2, at(1)}, {}, {at(5)}), (BackoffRecord{3, at(5)}));
  EXPECT_EQ(nextBackoff({2, at(1)}, {}, {}), (BackoffRecord{2, at(1)}));
}

TEST(Backoff, ASuccessForgetsEarlierFailures) {
  EXPECT_EQ(nextBackoff({5, at(1)}, {at(4)}, {at(3), at(6)}), (BackoffRecord{1, at(6)}));
  EXPECT_EQ(nextBackoff({5, at(1)}, {at(4)}, {at(4)}), BackoffRecord{});
}

TEST(PodFailurePolicy, FirstMatchingRuleWins) {
  const auto policy = JobBuilder(1, 1)
                          .onExit("Ignore", "In", {3})
                          .onExit("FailIndex", "In", {4})
                          .onExit("FailJob", "In", {3, 5})
                          .onCondition("FailJob", "DisruptionTarget")
                          .onExit("Count", "NotIn", {7})
                          .spec()
                          .podFailurePolicy;
  struct Row {
    const char* name;
    PodBuilder pod;
    FailureAction action;
    bool counts;
    const char* message;
  };
  const Row rows[] = {
      {"earlier rule", PodBuilder("p").exited(3, 1), FailureAction::kIgnore, false, ""},
      {"FailIndex", PodBuilder("p").exited(4, 1), FailureAction::kFailIndex, true, ""},
      {"FailJob", PodBuilder("p").exited(5, 1), FailureAction::kFailJob, true,
       "Container main for pod default/p failed with exit code 5 matching FailJob rule at index 2"},
      {"condition", PodBuilder("p").phase("Failed").condition("DisruptionTarget", "True"), FailureAction::kFailJob,
       true, "Pod default/p has condition DisruptionTarget matching FailJob rule at index 3"},
      {"condition False", PodBuilder("p").phase("Failed").condition("DisruptionTarget", "False"), FailureAction::kNone,
       true, ""},
      {"NotIn", PodBuilder("p").exited(137, 1), FailureAction::kCount, true, ""},
      {"exit code 0 never matches", PodBuilder("p").exited(0, 1).phase("Failed"), FailureAction::kNone, true, ""},
      {"nothing matches", PodBuilder("p").exited(7, 1), FailureAction::kNone, true, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const FailureMatch match = matchFailurePolicy(policy, *row.pod.object);
    EXPECT_EQ(match.action, row.action);
    EXPECT_EQ(match.counts(), row.counts);
    EXPECT_EQ(match.message, row.message);
  }
}

TEST(PodFailurePolicy, ContainerNameRestricts) {
  JobBuilder job = JobBuilder(1, 1).onExit("FailJob", "In", {1});
  job.spec().podFailurePolicy->rules[0].onExitCodes->containerName = "main";
  const auto& policy = job.spec().podFailurePolicy;
  EXPECT_EQ(matchFailurePolicy(policy, *PodBuilder("p").exited(1, 1, "side").object).action, FailureAction::kNone);
  EXPECT_EQ(matchFailurePolicy(policy, *PodBuilder("p").exited(1, 1, "main").object).action, FailureAction::kFailJob);
}

TEST(SuccessPolicy, IndexesAndCounts) {
  api::JobSuccessPolicy policy;
  policy.rules = {{"0,2-4", std::nullopt}, {"5-9", 2}, {std::nullopt, 7}};
  struct Row {
    const char* succeeded;
    std::optional<int> rule;
  };
  const Row rows[] = {{"", std::nullopt}, {"0,2,3", std::nullopt}, {"0,2-4", 0}, {"5", std::nullopt},
                      {"5,9", 1},         {"0-3,10-12", 2}};
  for (const Row& row : rows)
    EXPECT_EQ(matchSuccessPolicy(policy, 20, IndexSet::parse(row.succeeded, 20)), row.rule) << row.succeeded;
  EXPECT_EQ(matchSuccessPolicy(std::nullopt, 20, IndexSet::parse("0", 20)), std::nullopt);
}

TEST(FinishTime, FromContainersThenReadyThenDeletionThenCreation) {
  EXPECT_EQ(finishTime(*PodBuilder("p").exited(1, 4, "a").exited(0, 7, "b").object), at(7));
  EXPECT_EQ(finishTime(*PodBuilder("p").exited(1, 4).restarts(1).condition("Ready", "False", 5).object), at(5));
  EXPECT_EQ(finishTime(*PodBuilder("p").deleting().restarts(1).object), at(0));
  EXPECT_EQ(finishTime(*PodBuilder("p").created(2).restarts(0).object), at(2));
  // A sidecar counts as its main containers do, a plain init container does not.
  PodBuilder with = PodBuilder("p").exited(0, 4);
  for (const auto& [name, ended] : {std::pair{"sidecar", 9}, {"init", 20}}) {
    api::Container container;
    container.name = name;
    if (ended == 9) container.restartPolicy = "Always";
    with.pod().spec.mut().initContainers.push_back(container);
    api::ContainerStatus status;
    status.name = name;
    status.state.terminated.emplace();
    status.state.terminated->finishedAt = at(ended);
    with.pod().status.initContainerStatuses.push_back(status);
  }
  EXPECT_EQ(finishTime(*with.object), at(9));
}

// The restarts of main containers come first; equal, those of sidecars; those of plain init containers never.
TEST(Victims, KJOB32RestartsOfMainContainersThenOfSidecars) {
  const auto pod = [](const char* name, int main, int sidecar, int init) {
    PodBuilder built = PodBuilder(name).node("n").ready(10).restarts(main);
    for (const auto& [of, count] : {std::pair{"sidecar", sidecar}, {"init", init}}) {
      api::Container container;
      container.name = of;
      if (of == std::string("sidecar")) container.restartPolicy = "Always";
      built.pod().spec.mut().initContainers.push_back(container);
      api::ContainerStatus status;
      status.name = of;
      status.restartCount = count;
      built.pod().status.initContainerStatuses.push_back(status);
    }
    return built;
  };
  const PodBuilder order[] = {pod("a", 2, 0, 0), pod("b", 1, 3, 0), pod("c", 1, 2, 9), pod("d", 1, 2, 0),
                              pod("e", 0, 5, 9)};
  for (std::size_t i = 0; i + 1 < std::size(order); ++i) {
    const PodFacts left = factsOf(order[i].object), right = factsOf(order[i + 1].object);
    EXPECT_TRUE(betterVictim(left, right)) << order[i].object->meta.name;
    EXPECT_FALSE(betterVictim(right, left)) << order[i].object->meta.name;
  }
}

TEST(Victims, CheapestPodsFirst) {
  const PodBuilder order[] = {
      PodBuilder("unscheduled"),
      PodBuilder("pending").node("n"),
      PodBuilder("not-ready").node("n").phase("Running").restarts(0),
      PodBuilder("ready-short").node("n").ready(50),
      PodBuilder("restarted").node("n").ready(10).restarts(3),
      PodBuilder("young").node("n").ready(10).created(5),
      PodBuilder("old-a").node("n").ready(10),
      PodBuilder("old-b").node("n").ready(10),
  };
  for (std::size_t i = 0; i + 1 < std::size(order); ++i) {
    const PodFacts left = factsOf(order[i].object), right = factsOf(order[i + 1].object);
    EXPECT_TRUE(betterVictim(left, right)) << order[i].object->meta.name;
    EXPECT_FALSE(betterVictim(right, left)) << order[i].object->meta.name;
  }
}

}  // namespace
}  // namespace jobset_twin::cluster::job::test
