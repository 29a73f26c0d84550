// Who has to give way (K-KUE-40 to 42).
#include "sim/cluster/kueue/preemption.hpp"

#include <gtest/gtest.h>

#include "tests/sim/cluster/kueue/objects.hpp"

namespace jobset_twin::cluster::kueue::test {
namespace {

const FlavorResource kCpu{"default", "cpu"};

struct Running {
  const char* name;
  const char* queue;
  int cpus, priority, reserved;
};
struct Row {
  const char* what;
  Preemption policy;
  std::vector<Running> running;
  int cpus, priority;
  std::vector<std::string> victims;
};

constexpr PreemptionPolicy kNever = PreemptionPolicy::kNever, kLower = PreemptionPolicy::kLowerPriority,
                           kNewer = PreemptionPolicy::kLowerOrNewerEqualPriority, kAny = PreemptionPolicy::kAny;

// Queues a and b of a cohort, 4 CPUs each; the preemptor is of a.
TEST(Preemption, VictimsByPolicy) {
  const std::vector<Row> rows = {
      {"nobody by default", {}, {{"x", "a", 4, 0, 1}}, 2, 9, {}},
      {"lower priority in the queue",
       {kLower, kNever, false, {}},
       {{"x", "a", 4, 0, 1}, {"y", "b", 4, 0, 1}},
       2,
       9,
       {"x"}},
      {"equal priority is not lower",
       {kLower, kNever, false, {}},
       {{"x", "a", 4, 9, 1}, {"y", "b", 4, 0, 1}},
       2,
       9,
       {}},
      {"equal but newer", {kNewer, kNever, false, {}}, {{"x", "a", 4, 9, 1}, {"y", "b", 4, 0, 1}}, 2, 9, {"x"}},
      {"the lowest first, and no more than needed",
       {kLower, kNever, false, {}},
       {{"x", "a", 2, 5, 1}, {"z", "a", 2, 1, 1}, {"y", "b", 4, 0, 1}},
       2,
       9,
       {"z"}},
      {"of equals the last admitted first",
       {kLower, kNever, false, {}},
       {{"x", "a", 2, 1, 5}, {"z", "a", 2, 1, 7}, {"y", "b", 4, 0, 1}},
       2,
       9,
       {"z"}},
      {"small ones are given back if a large one does it",
       {kLower, kNever, false, {}},
       {{"x", "a", 1, 0, 1}, {"z", "a", 3, 1, 1}, {"y", "b", 4, 0, 1}},
       3,
       9,
       {"z"}},
      {"what was lent is taken back",
       {kNever, kAny, false, {}},
       {{"x", "b", 4, 9, 1}, {"y", "b", 4, 9, 2}},
       4,
       0,
       {"y"}},
      {"but not from those with higher priority", {kNever, kLower, false, {}}, {{"y", "b", 8, 9, 2}}, 4, 0, {}},
      {"nor from a queue within its quota",
       {kNever, kAny, false, {}},
       {{"x", "a", 4, 0, 1}, {"y", "b", 4, 0, 2}},
       4,
       9,
       {}},
      {"nor to borrow", {kNever, kAny, false, {}}, {{"y", "b", 8, 0, 2}}, 5, 9, {}},
      {"unless that is allowed", {kNever, kAny, true, {}}, {{"y", "b", 8, 0, 2}}, 5, 9, {"y"}},
      {"up to a priority", {kNever, kAny, true, 3}, {{"y", "b", 8, 4, 2}}, 5, 9, {}},
      {"others before its own", {kLower, kAny, false, {}}, {{"x", "a", 2, 0, 1}, {"y", "b", 6, 5, 2}}, 2, 9, {"y"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    QuotaTree quotas;
    quotas.setClusterQueue("a", "team", {{kCpu, {4000, {}, {}}}});
    quotas.setClusterQueue("b", "team", {{kCpu, {4000, {}, {}}}});
    std::vector<Workload> workloads;
    workloads.reserve(row.running.size());
    std::vector<Candidate> admitted;
    for (const Running& one : row.running) {
      workloads.push_back(small(one.name, one.cpus, one.priority));
      admitted.push_back({&workloads.back(),
                          one.queue,
                          {{kCpu, one.cpus * 1000}},
                          api::TimePoint(std::chrono::seconds(one.reserved))});
      quotas.add(one.queue, admitted.back().usage);
    }
    Preemptor preemptor;
    preemptor.priority = row.priority;
    preemptor.rank.since = api::TimePoint(std::chrono::seconds(50));
    preemptor.cluster_queue = "a";
    preemptor.usage = {{kCpu, row.cpus * 1000}};
    preemptor.short_of = {kCpu};
    const Amount before = quotas.available("a", kCpu);
    std::vector<std::string> names;
    for (const Victim& victim :
         victimsFor(preemptor, row.policy, quotas, candidatesFor(preemptor, row.policy, quotas, admitted)))
      names.push_back(victim.key.substr(victim.key.find('/') + 1));
    EXPECT_EQ(names, row.victims);
    EXPECT_EQ(quotas.available("a", kCpu), before) << "the tree is as it was";
  }
}

TEST(Preemption, SaysWhy) {
  EXPECT_EQ(whyText("InClusterQueue"), "prioritization in the ClusterQueue");
  EXPECT_EQ(whyText("InCohortReclamation"), "reclamation within the cohort");
  EXPECT_EQ(whyText("InCohortReclaimWhileBorrowing"), "reclamation within the cohort while borrowing");
}

}  // namespace
}  // namespace jobset_twin::cluster::kueue::test
