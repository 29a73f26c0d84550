// PodDisruptionBudgets: what the disruption controller makes of them, and what the eviction subresource says.
#include "sim/cluster/nodes/disruption.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/cluster/election/controller_faults.hpp"
#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster::test {
namespace {

using nlohmann::json;

void budget(NodesWorld& cluster, json spec, const std::string& name = "pdb") {
  api::Generic body;
  body.apiVersion = "policy/v1";
  body.kind = "PodDisruptionBudget";
  body.content.set(json{{"spec", std::move(spec)}});
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = name;
  object->meta.namespace_ = "default";
  cluster.execute(api::createRequest(object));
}

json status(const NodesWorld& cluster, const std::string& name = "pdb") {
  const api::ObjectPtr object = cluster.find(api::Kind::kGeneric, "default", "PodDisruptionBudget.policy/" + name);
  const json& content = api::as<api::Generic>(object).content.get();
  return content.contains("status") ? content.at("status") : json::object();
}

std::string allowedReason(const json& status) { return status.at("conditions").at(0).at("reason").get<std::string>(); }

api::Response evict(NodesWorld& cluster, const std::string& pod) {
  api::Request request;
  request.verb = api::Verb::kEvict;
  request.key = {api::Kind::kPod, "default", pod};
  return cluster.world.executeNow(request);
}

void pods(NodesWorld& cluster, int count) {
  cluster.nodes(1);
  for (int i = 0; i < count; ++i) cluster.pod("p" + std::to_string(i), "z0");
}

// Gives the Pods to a Job that leaves them alone.
void own(NodesWorld& cluster, int count) {
  api::JobSpec spec;
  spec.managedBy = "example.com/nobody";
  api::PodSpec pod_spec;
  pod_spec.restartPolicy = "Never";
  pod_spec.containers.emplace_back();
  pod_spec.containers[0].name = "main";
  pod_spec.containers[0].image = "busybox";
  spec.template_.spec = api::Shared<api::PodSpec>(std::move(pod_spec));
  api::Job body;
  body.spec = api::Shared<api::JobSpec>(std::move(spec));
  const api::MutableObjectPtr job = api::makeObject(std::move(body));
  job->meta.name = "job";
  job->meta.namespace_ = "default";
  const api::ObjectPtr made = cluster.execute(api::createRequest(job)).object;
  for (int i = 0; i < count; ++i) {
    const api::MutableObjectPtr pod = api::edit(cluster.findPod("p" + std::to_string(i)));
    pod->meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>(
        {api::OwnerReference{"batch/v1", "Job", "job", made->meta.uid, true, std::nullopt}});
    cluster.execute(api::updateRequest(pod));
  }
}

const json kEveryPod = {{"matchLabels", json::object()}};

struct BudgetRow {
  std::string what;
  json spec;
  bool owned;
  int allowed;
  std::string reason;
};

TEST(Disruption, K_NODE_19_WhatABudgetComesTo) {
  for (const BudgetRow& row :
       {BudgetRow{
            "two of three must be healthy", {{"minAvailable", 2}, {"selector", kEveryPod}}, false, 1, "SufficientPods"},
        {"all of three", {{"minAvailable", 3}, {"selector", kEveryPod}}, false, 0, "InsufficientPods"},
        {"no selector, no Pods", {{"minAvailable", 0}}, false, 0, "InsufficientPods"},
        {"Job Pods, a number", {{"minAvailable", 1}, {"selector", kEveryPod}}, true, 2, "SufficientPods"},
        {"Job Pods, a percentage", {{"minAvailable", "50%"}, {"selector", kEveryPod}}, true, 0, "SyncFailed"},
        {"Job Pods, maxUnavailable", {{"maxUnavailable", 1}, {"selector", kEveryPod}}, true, 0, "SyncFailed"},
        {"bare Pods, maxUnavailable",
         {{"maxUnavailable", 1}, {"selector", kEveryPod}},
         false,
         0,
         "InsufficientPods"}}) {
    NodesWorld cluster;
    pods(cluster, 3);
    cluster.run(10s);
    if (row.owned) own(cluster, 3);
    budget(cluster, row.spec);
    cluster.run(1s);
    EXPECT_EQ(status(cluster).value("disruptionsAllowed", -1), row.allowed) << row.what;
    EXPECT_EQ(allowedReason(status(cluster)), row.reason) << row.what;
  }
}

TEST(Disruption, K_NODE_18_EvictionsTakeFromTheBudget) {
  NodesWorld cluster;
  pods(cluster, 3);
  cluster.run(10s);
  budget(cluster, {{"minAvailable", 2}, {"selector", kEveryPod}});
  const api::Response early = evict(cluster, "p0");
  EXPECT_EQ(early.reason, api::Reason::kTooManyRequests);
  EXPECT_EQ(early.retry_after_seconds, 10);
  ASSERT_EQ(early.causes.size(), 1U);
  EXPECT_EQ(early.causes[0].message, "The disruption budget pdb is still being processed by the server.");
  cluster.run(1s);

  EXPECT_TRUE(evict(cluster, "p0").ok());
  EXPECT_EQ(cluster.podCondition("p0", "DisruptionTarget"), "True/EvictionByEvictionAPI");
  EXPECT_TRUE(cluster.findPod("p0")->meta.deletionTimestamp.has_value());
  EXPECT_EQ(status(cluster).at("disruptionsAllowed"), 0);
  EXPECT_TRUE(status(cluster).at("disruptedPods").contains("p0"));

  const api::Response second = evict(cluster, "p1");
  EXPECT_EQ(second.reason, api::Reason::kTooManyRequests);
  EXPECT_EQ(second.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  EXPECT_EQ(second.retry_after_seconds, 0);
  ASSERT_EQ(second.causes.size(), 1U);
  EXPECT_EQ(second.causes[0].reason, "DisruptionBudget");
  EXPECT_EQ(second.causes[0].message, "The disruption budget pdb needs 2 healthy pods and has 3 currently");
  EXPECT_TRUE(evict(cluster, "p0").ok()) << "one that ends already needs no budget";
  cluster.run(1s);
  EXPECT_FALSE(status(cluster).contains("disruptedPods")) << "it is being deleted: the controller counts it out";
  EXPECT_EQ(status(cluster).at("currentHealthy"), 2);
  cluster.run(1min);
  EXPECT_EQ(status(cluster).at("expectedPods"), 2);
  EXPECT_EQ(evict(cluster, "p1").causes[0].message,
            "The disruption budget pdb needs 2 healthy pods and has 2 currently");
}

TEST(Disruption, K_NODE_18_TwoBudgetsAreTooMany) {
  NodesWorld cluster;
  pods(cluster, 1);
  cluster.run(10s);
  budget(cluster, {{"minAvailable", 0}, {"selector", kEveryPod}}, "a");
  budget(cluster, {{"minAvailable", 0}, {"selector", kEveryPod}}, "b");
  cluster.run(1s);
  const api::Response response = evict(cluster, "p0");
  EXPECT_EQ(response.reason, api::Reason::kInternalError);
  EXPECT_EQ(response.message,
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
}

TEST(Disruption, K_NODE_18_WithoutABudgetAPodIsJustDeleted) {
  NodesWorld cluster;
  pods(cluster, 1);
  cluster.run(10s);
  EXPECT_TRUE(evict(cluster, "p0").ok());
  EXPECT_EQ(cluster.podCondition("p0", "DisruptionTarget"), "True/EvictionByEvictionAPI");
  cluster.run(1min);
  EXPECT_EQ(cluster.findPod("p0"), nullptr);
}

TEST(Disruption, K_NODE_18_APodThatIsNotReadyNeedsNoneWhenEnoughOthersAre) {
  for (const bool enough : {true, false}) {
    NodesWorld cluster;
    pods(cluster, 3);
    cluster.run(10s);
    budget(cluster, {{"minAvailable", enough ? 2 : 3}, {"selector", kEveryPod}});
    Context ctx = cluster.world.context();
    cluster.world.parts().kubelet.setUnready(ctx, {api::Kind::kPod, "default", "p0"}, "main", true);
    cluster.run(5s);
    ASSERT_EQ(status(cluster).at("currentHealthy"), 2);
    EXPECT_EQ(evict(cluster, "p0").ok(), enough);
  }
}

// After a crash the controller waits for its lists before it says anything of a budget.
TEST(Disruption, K_NODE_18_AFreshProcessKnowsThePodsBeforeItLooksAtBudgets) {
  NodesWorld cluster;
  pods(cluster, 3);
  budget(cluster, {{"minAvailable", 2}, {"selector", json::object()}});
  cluster.run(60s);
  const json before = status(cluster);
  ASSERT_EQ(before.at("disruptionsAllowed"), 1);
  const std::size_t said = cluster.events("pdb").size();
  EXPECT_TRUE(crashController(cluster.world, Controller::kControllerManager, Recovery::kFailOver));
  cluster.run(5s);
  EXPECT_TRUE(evict(cluster, "p0").ok());
  EXPECT_EQ(status(cluster).at("disruptedPods").size(), 1U);
  EXPECT_FALSE(evict(cluster, "p1").ok()) << "nobody works it out anew";
  cluster.run(60s);
  EXPECT_EQ(status(cluster).at("currentHealthy"), 2);
  EXPECT_EQ(status(cluster).at("disruptionsAllowed"), 0);
  EXPECT_EQ(status(cluster).contains("disruptedPods"), false);
  EXPECT_EQ(cluster.events("pdb").size(), said);
}

}  // namespace
}  // namespace jobset_twin::cluster::test
