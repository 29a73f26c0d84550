// Rows of the JobSet reference's scenario table that need a whole cluster around the controller: nodes in racks, Pods
// that take time to end, claims and the garbage collector. (The other rows: tests/engine/jobset/scenarios_test.cpp.)
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/ran.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr api::Kind kJobSet = api::Kind::kJobSet, kClaim = api::Kind::kPersistentVolumeClaim;
const std::string kRack = "topology.jobset-twin.dev/rack", kExclusive = "alpha.jobset.sigs.k8s.io/exclusive-topology";

std::string scenarioOfPools(const std::string& pools, const std::string& actions = {}) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  cluster: {nodePools: [" + pools + "]}\n" +
         (actions.empty() ? "" : "  actions: [" + actions + "]\n") + "---\n";
}

// JobSet `x`; `fields` of its spec besides the one replicated job `w`, and `job` of that Job's spec, both in flow style
// and ending with a comma.
struct Text {
  std::string metadata, fields, job, pod;
  int replicas = 1, pods = 2;
  std::string command = "[sleep, \"60\"]";
};
std::string jobset(const Text& text) {
  const std::string pods = std::to_string(text.pods);
  return "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: x" + text.metadata + "}\nspec: {" +
         text.fields + "replicatedJobs: [{name: w, replicas: " + std::to_string(text.replicas) +
         ", template: {spec: {" + text.job + "parallelism: " + pods + ", completions: " + pods +
         ", template: {spec: {" + text.pod +
         "restartPolicy: Never, containers: [{name: main, image: busybox, command: " + text.command + "}]}}}}}]}\n";
}
std::string exclusive(int jobs) {
  Text text;
  text.metadata = ", annotations: {" + kExclusive + ": " + kRack + "}";
  text.replicas = jobs;
  text.pods = 3;
  text.job = "backoffLimit: 10, ";
  return jobset(text);
}
std::string racks(int count) {
  return "{name: node, count: " + std::to_string(count * 2) + ", racks: " + std::to_string(count) + "}";
}

struct Placed {
  double at;
  std::string job, pod, node, rack;
};
// Every binding, in order.
std::vector<Placed> placements(const Ran& ran) {
  std::map<std::string, std::string> rack_of;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() == api::Kind::kNode)
      rack_of[change.object->meta.name] = change.object->meta.labels.get(kRack);
  }
  for (const api::ObjectPtr& object : ran.loaded.plan.setup) {
    if (object->kind() == api::Kind::kNode) rack_of[object->meta.name] = object->meta.labels.get(kRack);
  }
  std::vector<Placed> out;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != kPod || !scheduled()(change)) continue;
    const std::string& node = api::as<api::Pod>(change.object).nodeName;
    out.push_back({ran.seconds(change.at), api::controllerOf(change.object->meta)->name, change.object->meta.name, node,
                   rack_of[node]});
  }
  return out;
}
std::map<std::string, std::set<std::string>> racksByJob(const Ran& ran) {
  std::map<std::string, std::set<std::string>> out;
  for (const Placed& placed : placements(ran)) out[placed.job].insert(placed.rack);
  return out;
}

TEST(JobSetRow, S35_exclusive_topology_three_Jobs_on_three_racks) {
  const Ran ran(scenarioOfPools(racks(3)) + exclusive(3));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  std::set<std::string> used;
  for (const auto& [job, racks_used] : racksByJob(ran)) {
    EXPECT_THAT(racks_used, SizeIs(1)) << job;
    used.insert(racks_used.begin(), racks_used.end());
  }
  EXPECT_THAT(placements(ran), SizeIs(9));
  EXPECT_THAT(used, SizeIs(3)) << "one Job per rack";
}

TEST(JobSetRow, S35_exclusive_topology_three_Jobs_on_two_racks) {
  const Ran ran(scenarioOfPools(racks(2)) + exclusive(3));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  const std::map<std::string, std::set<std::string>> by_job = racksByJob(ran);
  EXPECT_THAT(by_job, SizeIs(3));
  for (const auto& [job, racks_used] : by_job) EXPECT_THAT(racks_used, SizeIs(1)) << job;
  const std::vector<Placed> placed = placements(ran);
  ASSERT_THAT(placed, SizeIs(9));
  std::set<std::string> early;
  for (std::size_t i = 0; i < 6; ++i) early.insert(placed[i].job);
  EXPECT_THAT(early, SizeIs(2)) << "the third waits";
  const std::string third = placed.back().job;
  EXPECT_FALSE(early.contains(third));
  EXPECT_GT(placed[6].at, 60) << "until a rack is free";
  const std::vector<double> made = ran.times(kPod, third + "-", created());
  ASSERT_THAT(made, SizeIs(3));
  EXPECT_LT(made[0], 1) << "its leader waits as a Pod";
  EXPECT_GT(made[1], placed[6].at) << "its followers are not even created";
}

// The first run tells where the leader is; until the nodes go, the second is the same.
TEST(JobSetRow, S36_the_leaders_rack_fails) {
  const Ran before(scenarioOfPools(racks(2)) + exclusive(1));
  std::string leader, rack;
  for (const Placed& placed : placements(before)) {
    if (!placed.pod.starts_with("x-w-0-0-")) continue;
    leader = placed.pod;
    rack = placed.rack;
  }
  std::string actions;
  for (const api::ObjectPtr& object : before.loaded.plan.setup) {
    if (object->kind() == api::Kind::kNode && object->meta.labels.get(kRack) == rack)
      actions += "{at: 20s, delete: Node/" + object->meta.name + "}, ";
  }
  actions += "{at: 21s, delete: Pod/default/" + leader + ", gracePeriodSeconds: 0}";
  const Ran ran(scenarioOfPools(racks(2), actions) + exclusive(1));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  std::map<std::string, std::set<std::string>> late;  // by rack: Pods that were placed after the failure
  for (const Placed& placed : placements(ran)) {
    if (placed.at > 20) late[placed.rack].insert(placed.pod.substr(0, 8));
  }
  ASSERT_THAT(late, SizeIs(1));
  EXPECT_NE(late.begin()->first, rack);
  EXPECT_THAT(late.begin()->second, ElementsAre("x-w-0-0-", "x-w-0-1-", "x-w-0-2-")) << "followers follow";
  std::set<std::string> disrupted;
  for (const Ran::Change& change : ran.changes) {
    if (change.object->kind() != kPod || !conditionTrue("DisruptionTarget")(change)) continue;
    disrupted.insert(change.object->meta.name.substr(0, 8));
    EXPECT_EQ(api::findCondition(api::as<api::Pod>(change.object).status.conditions, "DisruptionTarget")->reason,
              "ExclusivePlacementViolation");
  }
  EXPECT_THAT(disrupted, ElementsAre("x-w-0-1-", "x-w-0-2-"));
}

TEST(JobSetRow, S37_node_selector_strategy) {
  Text text;
  text.metadata = ", annotations: {" + kExclusive + ": " + kRack + ", alpha.jobset.sigs.k8s.io/node-selector: 'true'}";
  text.replicas = 2;
  std::string pools;
  for (const std::string job : {"x-w-0", "x-w-1"}) {
    pools += "{name: for-" + job + ", count: 2, labels: {alpha.jobset.sigs.k8s.io/namespaced-job: default_" + job +
             "}, taints: [{key: alpha.jobset.sigs.k8s.io/no-schedule, value: 'true', effect: NoSchedule}]}, ";
  }
  const Ran ran(scenarioOfPools(pools + "{name: free, count: 2}") + jobset(text));
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  const std::vector<Placed> placed = placements(ran);
  EXPECT_THAT(placed, SizeIs(4));
  for (const Placed& one : placed) EXPECT_THAT(one.node, testing::StartsWith("for-" + one.job)) << one.pod;
  for (const api::ObjectPtr& pod : ran.all(kPod, "x-")) {
    const api::PodSpec& spec = *api::as<api::Pod>(pod).spec;
    EXPECT_FALSE(spec.affinity) << "no webhook changes";
    EXPECT_EQ(spec.nodeSelector.size(), 1U);
    EXPECT_EQ(spec.nodeSelector.get("alpha.jobset.sigs.k8s.io/namespaced-job"),
              "default_" + api::controllerOf(pod->meta)->name);
  }
}

TEST(JobSetRow, S38_volume_claims_Delete_and_Retain) {
  Text text;
  const std::string size = "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";
  text.fields = "volumeClaimPolicies: [{templates: [{metadata: {name: gone}, " + size +
                "}]}, {templates: [{metadata: {name: kept}, " + size + "}], retentionPolicy: {whenDeleted: Retain}}], ";
  text.command = "[sleep, \"60\"], volumeMounts: [{name: gone, mountPath: /gone}, {name: kept, mountPath: /kept}]";
  const Ran ran(
      scenarioOfPools("{name: node, count: 3}", "{at: 30s, delete: JobSet/default/x, propagation: Foreground}") +
      jobset(text));
  EXPECT_THAT(ran.times(kClaim, "", created()), AllOf(SizeIs(2), Each(testing::Lt(1))));
  EXPECT_EQ(ran.find(kClaim, "gone-x"), nullptr);
  EXPECT_NE(ran.find(kClaim, "kept-x"), nullptr);
  EXPECT_TRUE(ran.jobset("x").deleted);
  EXPECT_GT(ran.first(kPod, "x-", conditionTrue("Ready")), 0) << "the claims are bound";
}

TEST(JobSetRow, S42_a_running_JobSet_is_deleted) {
  Text text;
  text.replicas = 2;
  const auto run = [&](const std::string& propagation) {
    return std::make_unique<Ran>(
        scenarioOfPools("{name: node, count: 3}",
                        "{at: 20s, delete: JobSet/default/x, propagation: " + propagation + "}") +
        jobset(text));
  };
  struct Row {
    std::string propagation;
    double jobset_from, jobset_to, jobs_from, jobs_to;
  };
  // Pods ignore SIGTERM: they take their 30 s.
  for (const Row& row : {Row{"Foreground", 50, 54, 50, 54}, Row{"Background", 20, 20.1, 20, 21}}) {
    SCOPED_TRACE(row.propagation);
    const std::unique_ptr<Ran> ran = run(row.propagation);
    EXPECT_THAT(ran->times(kPod, "x-", deleting()), AllOf(SizeIs(4), Each(AllOf(testing::Ge(20), testing::Le(22)))));
    const std::vector<double> pods = ran->times(kPod, "x-", deleted()), jobs = ran->times(kJob, "x-", deleted());
    EXPECT_THAT(pods, AllOf(SizeIs(4), Each(AllOf(testing::Ge(50), testing::Le(54)))));
    EXPECT_THAT(jobs, AllOf(SizeIs(2), Each(AllOf(testing::Ge(row.jobs_from), testing::Le(row.jobs_to)))));
    const double gone = ran->first(kJobSet, "x", deleted());
    EXPECT_THAT(gone, AllOf(testing::Ge(row.jobset_from), testing::Le(row.jobset_to)));
    if (row.propagation == "Foreground") {
      EXPECT_LE(pods.back(), gone);
      EXPECT_LE(jobs.back(), gone);
    }
    EXPECT_THAT(ran->all(api::Kind::kService, "x"), IsEmpty());
    EXPECT_EQ(ran->outcome.end_reason, EndReason::kFinished);
  }
  const std::unique_ptr<Ran> ran = run("Orphan");
  EXPECT_THAT(ran->first(kJobSet, "x", deleted()), AllOf(testing::Ge(20), testing::Le(21)));
  EXPECT_THAT(ran->times(kPod, "x-", deleting()), IsEmpty());
  const std::vector<api::ObjectPtr> jobs = ran->all(kJob, "x-");
  ASSERT_THAT(jobs, SizeIs(2));
  for (const api::ObjectPtr& job : jobs) {
    EXPECT_EQ(api::controllerOf(job->meta), nullptr) << "it belongs to nobody";
    EXPECT_TRUE(api::conditionIs(api::as<api::Job>(job).status.conditions, "Complete", "True"));
  }
}

TEST(JobSetRow, S25_suspend_resume_elsewhere) {
  Text text;
  text.job = "completionMode: Indexed, ";  // defaulted on create only (JS-W1), and the patch must not change it
  const std::string pools =
      "{name: old, count: 2}, {name: new, count: 2, labels: {pool: new}, taints: [{key: gpu, value: a, effect: "
      "NoSchedule}]}";
  Text moved = text;
  moved.pod = "nodeSelector: {pool: new}, tolerations: [{key: gpu, operator: Exists}], ";
  const std::string whole = jobset(moved);
  const std::string jobs =
      whole.substr(whole.find("replicatedJobs:"), whole.rfind('}') - whole.find("replicatedJobs:"));
  const Ran ran(scenarioOfPools(
                    pools,
                    "{at: 10s, suspend: JobSet/default/x}, {at: 60s, patch: JobSet/default/x, merge: {spec: {suspend: "
                    "false, " +
                        jobs + "}}}") +
                jobset(text));
  EXPECT_THAT(ran.outcome.warnings, IsEmpty());
  EXPECT_EQ(ran.jobset("x").terminal_state, "Completed");
  EXPECT_EQ(ran.jobset("x").restarts, 0);
  const std::vector<Placed> placed = placements(ran);
  ASSERT_THAT(placed, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_THAT(placed[i].node, testing::StartsWith(i < 2 ? "old-" : "new-"));
    EXPECT_EQ(placed[i].at > 60, i >= 2);
  }
  EXPECT_THAT(ran.times(kPod, "x-", deleting()), AllOf(SizeIs(2), Each(AllOf(testing::Ge(10), testing::Le(11)))));
  EXPECT_THAT(ran.times(kJob, "x-", created()), SizeIs(1)) << "the Job is updated, not made again";
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
