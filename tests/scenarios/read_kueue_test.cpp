// spec.kueue, and that Kueue is there only if the manifests have queues.
#include <gtest/gtest.h>

#include "scenarios/load.hpp"

namespace jobset_twin::scenarios {
namespace {

Loaded loadSpec(const std::string& spec, const std::string& manifests = "") {
  return load(
      {{"-", "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  kueue: " + spec + "\n" + manifests}}, {},
      {});
}

TEST(ReadKueue, Configuration) {
  const Loaded loaded = loadSpec(
      "{waitForPodsReady: {enable: true, timeout: 10m, recoveryTimeout: 3m, blockAdmission: true, requeuingStrategy: "
      "{timestamp: Creation, backoffBaseSeconds: 5, backoffMaxSeconds: 50, backoffLimitCount: 2}}}");
  ASSERT_TRUE(loaded.errors.empty()) << api::describe(loaded.errors.front());
  const cluster::WaitForPodsReady& wait = loaded.plan.world.kueue.wait_for_pods_ready;
  EXPECT_EQ(wait.timeout, std::chrono::minutes(10));
  EXPECT_EQ(wait.recovery_timeout, std::chrono::minutes(3));
  EXPECT_TRUE(wait.block_admission);
  EXPECT_FALSE(wait.by_eviction);
  EXPECT_EQ(wait.backoff_base_seconds, 5);
  EXPECT_EQ(wait.backoff_max_seconds, 50);
  EXPECT_EQ(wait.backoff_limit, 2);
  EXPECT_FALSE(loadSpec("{waitForPodsReady: {timeout: 10m}}").plan.world.kueue.wait_for_pods_ready.backoff_limit);
}

TEST(ReadKueue, Mistakes) {
  for (const std::string spec :
       {"{waitForPodsReady: {timeout: soon}}", "{fairSharing: {}}", "{waitForPodsReady: {backoffLimitCount: 1}}",
        "{waitForPodsReady: {requeuingStrategy: {timestamp: Never}}}"}) {
    EXPECT_FALSE(loadSpec(spec).errors.empty()) << spec;
  }
}

TEST(ReadKueue, ItIsThereIfTheManifestsHaveQueues) {
  EXPECT_FALSE(loadSpec("{}").plan.world.kueue.present);
  EXPECT_TRUE(loadSpec("{}",
                       "---\napiVersion: kueue.x-k8s.io/v1beta1\nkind: LocalQueue\nmetadata: {name: q}\nspec: "
                       "{clusterQueue: q}\n")
                  .plan.world.kueue.present);
  EXPECT_FALSE(
      loadSpec("{}", "---\napiVersion: other.io/v1\nkind: LocalQueue\nmetadata: {name: q}\n").plan.world.kueue.present);
}

}  // namespace
}  // namespace jobset_twin::scenarios
