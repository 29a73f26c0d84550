// Goal: the counts that JobPods keeps up to date are those of a plain scan. Method: a long random walk of Pod states.
#include "sim/cluster/job/job_pods.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/sim/cluster/job/builders.hpp"

namespace jobset_twin::cluster::job::test {
namespace {

void expectAsScanned(const JobPods& pods, const std::map<std::string, api::ObjectPtr>& model,
                     std::int32_t completions) {
  std::size_t active = 0, terminating = 0, done = 0, failed = 0;
  std::int32_t ready = 0, finalizers = 0;
  std::int64_t restarts = 0;
  std::map<std::int32_t, int> at_index, ending_at;
  bool surplus = false;
  for (const auto& [name, pod] : model) {
    const PodFacts facts = factsOf(pod);
    restarts += facts.restarts;
    finalizers += facts.finalizer;
    done += facts.done() && facts.finalizer;
    failed += facts.phase == PodPhase::kFailed;
    terminating += facts.terminating();
    if (facts.terminating()) ++ending_at[facts.index];
    if (!facts.active()) continue;
    ++active;
    ready += facts.ready;
    const bool repeated = ++at_index[facts.index] > 1;
    surplus = surplus || facts.index == kNoIndex || facts.index >= completions || repeated;
  }
  ASSERT_EQ(pods.size(), model.size());
  ASSERT_EQ(pods.active().size(), active);
  ASSERT_EQ(pods.terminating().size(), terminating);
  ASSERT_EQ(pods.done().size(), done);
  ASSERT_EQ(pods.failed().size(), failed);
  ASSERT_EQ(pods.ready(), ready);
  ASSERT_EQ(pods.finalizers(), finalizers);
  ASSERT_EQ(pods.restarts(), restarts);
  ASSERT_EQ(pods.hasSurplus(completions), surplus);
  std::vector<std::int32_t> pending;
  const IndexSet succeeded = IndexSet::parse("1,4-6", completions), lost = IndexSet::parse("2", completions);
  for (std::int32_t index = 0; index < completions && pending.size() < 3; ++index) {
    const bool taken = succeeded.has(index) || lost.has(index) || at_index.contains(index) || ending_at.contains(index);
    if (!taken) pending.push_back(index);
  }
  ASSERT_EQ(pods.pendingIndexes(3, completions, true, succeeded, &lost), pending);
}

TEST(JobPods, CountsAreThoseOfAScan) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return random() % n; };
    JobPods pods;
    std::map<std::string, api::ObjectPtr> model;
    for (int step = 0; step < 400; ++step) {
      const std::string name = "p" + std::to_string(below(12));
      if (below(5) == 0) {
        EXPECT_EQ(pods.remove("uid-" + name), model.erase(name) == 1);
      } else {
        static const char* const kPhases[] = {"Pending", "Running", "Succeeded", "Failed"};
        PodBuilder pod = PodBuilder(name).phase(kPhases[below(4)]).restarts(static_cast<int>(below(3)));
        if (below(8) != 0) pod.index(static_cast<int>(below(10)));
        if (below(3) == 0) pod.deleting();
        if (below(3) == 0) pod.released();
        if (below(2) == 0) pod.condition("Ready", "True");
        pods.put(pod);
        model[name] = pod;
      }
      expectAsScanned(pods, model, 9);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace jobset_twin::cluster::job::test
