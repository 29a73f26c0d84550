// Garbage collection by the rules K-API-30 to 34, on ConfigMaps (no grace, no other controller) and Pods.
#include "sim/cluster/garbage_collector.hpp"

#include <algorithm>

#include "tests/sim/cluster/rig.hpp"

namespace jobset_twin::cluster::test {
namespace {

using Collector = Rig<GarbageCollector>;

struct GarbageCollectorTest : testing::Test {
  Collector rig{Component::kGarbageCollector};

  api::OwnerReference reference(const api::ObjectPtr& owner, bool blocks = false) const {
    api::OwnerReference out;
    out.apiVersion = std::string(api::apiVersionOf(*owner));
    out.kind = std::string(api::kindNameOf(*owner));
    out.name = owner->meta.name;
    out.uid = owner->meta.uid;
    if (blocks) out.blockOwnerDeletion = true;
    return out;
  }
  api::ObjectPtr map(const std::string& name, std::vector<api::OwnerReference> owners = {},
                     const std::string& namespace_ = "default") {
    const api::MutableObjectPtr object = generic("v1", "ConfigMap", namespace_, name);
    object->meta.ownerReferences.mut() = std::move(owners);
    return rig.create(object);
  }
  api::ObjectPtr runningPod(const std::string& name, std::vector<api::OwnerReference> owners) {
    const api::MutableObjectPtr object = pod(name, "n0");
    object->meta.ownerReferences.mut() = std::move(owners);
    return rig.create(object);
  }
  bool there(const api::ObjectPtr& object) const { return rig.find(object) != nullptr; }
  std::size_t ownersOf(const api::ObjectPtr& object) const { return rig.find(object)->meta.ownerReferences->size(); }
};

TEST_F(GarbageCollectorTest, BackgroundDeletionGoesDownTheTree) {
  const auto a = map("a"), b = map("b", {reference(a)}), c = map("c", {reference(b)}), other = map("other");
  rig.run(seconds(1));
  EXPECT_TRUE(rig.calls.empty()) << "nothing to do while the owners are there";
  rig.remove(a);
  rig.settle();
  EXPECT_FALSE(there(b));
  EXPECT_FALSE(there(c));
  EXPECT_TRUE(there(other));
  EXPECT_EQ(rig.component.graphSize(),
            rig.server().store().size(api::Kind::kGeneric) + rig.server().store().size(api::Kind::kPriorityClass));
}

// K-API-30: a live GET of the item and its DELETE; the owner is known to be absent.
TEST_F(GarbageCollectorTest, ADependentCostsTwoCallsInTheBackground) {
  const auto a = map("a"), b = map("b", {reference(a)});
  rig.run(seconds(1));
  rig.remove(a);
  rig.settle();
  EXPECT_EQ(rig.calls, (std::vector<std::string>{"get ConfigMap/b", "delete ConfigMap/b"}));
}

// K-API-30: 40 QPS, burst 30: some 20 dependents a second.
TEST_F(GarbageCollectorTest, MassDeletionRunsAtTheClientsRate) {
  const auto a = map("a");
  for (int i = 0; i < 200; ++i) map("b" + std::to_string(i), {reference(a)});
  rig.run(seconds(1));
  rig.remove(a);
  const kernel::Duration before = rig.sinceStart();
  rig.settle();
  EXPECT_EQ(rig.calls.size(), 400U);
  const double taken = std::chrono::duration<double>(rig.sinceStart() - before).count();
  EXPECT_NEAR(taken, (400 - 30) / 40.0, 0.5);
}

// K-API-32: the owner waits for those that block it, and for their own dependents.
TEST_F(GarbageCollectorTest, ForegroundDeletionWaitsForBlockingDependents) {
  const auto a = map("a"), b = map("b", {reference(a, true)});
  const auto running = runningPod("p", {reference(b, true)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.run(seconds(5));
  ASSERT_TRUE(there(a) && there(b) && there(running));
  EXPECT_EQ(rig.find(b)->meta.finalizers, std::vector<std::string>{"foregroundDeletion"})
      << "the cascade goes on in the foreground";
  EXPECT_TRUE(rig.find(running)->meta.deletionTimestamp) << "the Pod ends with its grace period";
  rig.remove(running, api::Propagation::kBackground, 0);  // what its kubelet does in the end
  rig.settle();
  EXPECT_FALSE(there(running) || there(b) || there(a));
  EXPECT_LT(std::find(rig.calls.begin(), rig.calls.end(), "delete ConfigMap/b"),
            std::find(rig.calls.begin(), rig.calls.end(), "patch ConfigMap/b"));
  EXPECT_LT(std::find(rig.calls.begin(), rig.calls.end(), "patch ConfigMap/b"),
            std::find(rig.calls.begin(), rig.calls.end(), "patch ConfigMap/a"));
}

TEST_F(GarbageCollectorTest, ForegroundDeletionDoesNotWaitForOthers) {
  const auto a = map("a");
  const auto running = runningPod("p", {reference(a)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.settle();
  EXPECT_FALSE(there(a));
  ASSERT_TRUE(there(running));
  EXPECT_TRUE(rig.find(running)->meta.deletionTimestamp);
}

TEST_F(GarbageCollectorTest, AnOwnerGoesOnWhenItIsNoLongerBlocked) {
  const auto a = map("a");
  const auto running = runningPod("p", {reference(a, true)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.run(seconds(5));
  ASSERT_TRUE(there(a));
  const api::MutableObjectPtr changed = api::edit(rig.find(running));
  changed->meta.ownerReferences.mut()[0].blockOwnerDeletion = false;
  ASSERT_TRUE(rig.execute(api::updateRequest(changed)).ok());
  rig.settle();
  EXPECT_FALSE(there(a));
  EXPECT_TRUE(there(running));
}

// A dependent that comes when the owner is going already.
TEST_F(GarbageCollectorTest, LateDependentsOfAForegroundDeletionAreDeletedToo) {
  const auto a = map("a");
  const auto running = runningPod("p", {reference(a, true)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.run(seconds(5));
  const auto late = map("late", {reference(a, true)});
  rig.run(seconds(5));
  rig.remove(running, api::Propagation::kBackground, 0);
  rig.settle();
  EXPECT_FALSE(there(a) || there(late) || there(running));
}

// K-API-33.
TEST_F(GarbageCollectorTest, OrphansLoseTheirReference) {
  const auto a = map("a"), b = map("b", {reference(a)}), c = map("c", {reference(a, true)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kOrphan);
  rig.settle();
  EXPECT_FALSE(there(a));
  ASSERT_TRUE(there(b) && there(c));
  EXPECT_EQ(ownersOf(b) + ownersOf(c), 0U);
}

TEST_F(GarbageCollectorTest, AnObjectWithAnotherOwnerLosesTheReferenceOnly) {
  const auto a = map("a"), b = map("b"), c = map("c", {reference(a), reference(b)});
  rig.run(seconds(1));
  rig.remove(a);
  rig.settle();
  ASSERT_TRUE(there(c));
  EXPECT_EQ(ownersOf(c), 1U);
  rig.remove(b);
  rig.settle();
  EXPECT_FALSE(there(c));
}

TEST_F(GarbageCollectorTest, AWaitingOwnerDoesNotTakeWhatBelongsToAnother) {
  const auto a = map("a"), b = map("b"), c = map("c", {reference(a, true), reference(b)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.settle();
  EXPECT_FALSE(there(a));
  ASSERT_TRUE(there(c));
  EXPECT_EQ(ownersOf(c), 1U);
}

// K-API-34.
TEST_F(GarbageCollectorTest, AnOwnerThatNeverWasCountsAsAbsent) {
  const auto a = map("a");
  struct Case {
    const char* name;
    void (*change)(api::OwnerReference&);
  };
  const Case cases[] = {
      {"no such object",
       [](api::OwnerReference& owner) { owner.name = "nobody", owner.uid = "00000000-0000-0000-0000-000000000001"; }},
      {"another uid", [](api::OwnerReference& owner) { owner.uid = "00000000-0000-0000-0000-000000000002"; }},
      {"another kind", [](api::OwnerReference& owner) { owner.kind = "Secret"; }},
      {"another name", [](api::OwnerReference& owner) { owner.name = "b"; }},
  };
  rig.run(seconds(1));
  for (const Case& each : cases) {
    api::OwnerReference owner = reference(a);
    each.change(owner);
    const auto dependent = map("dependent", {owner});
    rig.settle();
    EXPECT_FALSE(there(dependent)) << each.name;
    EXPECT_TRUE(there(a)) << each.name;
  }
}

TEST_F(GarbageCollectorTest, AnOwnerInAnotherNamespaceIsReported) {
  const auto a = map("a");
  rig.run(seconds(1));
  const auto dependent = map("b", {reference(a)}, "kube-public");
  rig.settle();
  EXPECT_FALSE(there(dependent));
  EXPECT_EQ(rig.eventReasons(), std::vector<std::string>{"OwnerRefInvalidNamespace"});
}

TEST_F(GarbageCollectorTest, AClusterScopedOwnerIsFound) {
  const auto volume = rig.create(generic("v1", "PersistentVolume", "", "v"));
  const auto b = map("b", {reference(volume)});
  rig.settle();
  EXPECT_TRUE(there(b));
  rig.remove(volume);
  rig.settle();
  EXPECT_FALSE(there(b));
}

// The owner went before the collector saw its dependent.
TEST_F(GarbageCollectorTest, ADependentThatComesAfterItsOwnerWent) {
  const auto a = map("a");
  rig.run(seconds(1));
  rig.remove(a);
  rig.settle();
  const auto b = map("b", {reference(a)}), c = map("c", {reference(a)});
  rig.settle();
  EXPECT_FALSE(there(b) || there(c));
}

// An object that changes all the time is deleted all the same: its owners are what counts.
TEST_F(GarbageCollectorTest, AChangingObjectIsDeleted) {
  const auto a = map("a"), b = map("b", {reference(a)});
  rig.run(seconds(1));
  rig.remove(a);
  int changes = 0;
  for (; there(b) && changes < 1000; ++changes) {
    const api::MutableObjectPtr changed = api::edit(rig.find(b));
    changed->meta.labels.set("change", std::to_string(changes));
    ASSERT_TRUE(rig.execute(api::updateRequest(changed)).ok());
    rig.run(milliseconds(1));
  }
  rig.settle();
  EXPECT_FALSE(there(b));
  EXPECT_LT(changes, 100);
  EXPECT_EQ(rig.calls, (std::vector<std::string>{"get ConfigMap/b", "delete ConfigMap/b", "get ConfigMap/b",
                                                 "delete ConfigMap/b"}));
}

TEST_F(GarbageCollectorTest, ACopyGoesOnAsTheOriginal) {
  const auto a = map("a");
  for (int i = 0; i < 50; ++i) map("b" + std::to_string(i), {reference(a, i % 2 == 0)});
  rig.run(seconds(1));
  rig.remove(a, api::Propagation::kForeground);
  rig.run(milliseconds(700));
  Collector copy = rig;
  rig.settle();
  copy.settle();
  EXPECT_FALSE(there(a));
  EXPECT_EQ(rig.kernel().fingerprint().text(), copy.kernel().fingerprint().text());
  EXPECT_EQ(rig.calls, copy.calls);
}

}  // namespace
}  // namespace jobset_twin::cluster::test
