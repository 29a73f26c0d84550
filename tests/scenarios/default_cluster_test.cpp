// The cluster that manifests alone run on: room for all Pods at once and 10 % more, with what they ask for.
#include "scenarios/default_cluster.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "scenarios/load.hpp"

namespace jobset_twin::scenarios {
namespace {

struct Asked {
  int replicas = 1, parallelism = 1;
  std::string pod;        // more fields of the Pod's spec, indented by 12
  std::string resources;  // of the container, one line
  std::string annotations;
};

std::vector<api::ObjectPtr> jobset(const Asked& asked) {
  std::string text =
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata:\n  name: x\n  annotations: {" + asked.annotations +
      "}\nspec:\n  replicatedJobs:\n  - name: w\n    replicas: " + std::to_string(asked.replicas) +
      "\n    template:\n      spec:\n        parallelism: " + std::to_string(asked.parallelism) +
      "\n        completions: " + std::to_string(asked.parallelism) + "\n        template:\n          spec:\n" +
      asked.pod + "            containers:\n            - name: m\n              image: i\n              resources: {" +
      asked.resources + "}\n";
  const Manifests manifests = readManifests({"f", text}, api::Validation::kStrict, "default");
  EXPECT_TRUE(manifests.errors.empty()) << api::describe(manifests.errors.front());
  return manifests.objects;
}

TEST(DefaultCluster, NumberOfNodes) {
  struct Row {
    Asked asked;
    int want;
    const char* why;
  };
  const Row rows[] = {
      {{1, 1, "", "", ""}, 4, "at least four"},
      {{1, 1000, "", "", ""}, 11, "1000 Pods without requests: 110 on a node, and 10 %"},
      {{10, 64, "", "requests: {cpu: 1}", ""}, 11, "640 CPUs are ten nodes of 64"},
      {{1, 20, "", "requests: {memory: 128Gi}", ""}, 11, "two Pods on a node of 256 GiB"},
      {{2, 8, "", "limits: {nvidia.com/gpu: 8}", ""}, 18, "a whole node of 8 GPUs each"},
      {{6, 4, "", "", "alpha.jobset.sigs.k8s.io/exclusive-topology: example.com/pool"},
       7,
       "a domain for each Job, one node in each"},
  };
  for (const Row& row : rows) {
    const DefaultCluster cluster = deriveCluster(jobset(row.asked), std::nullopt);
    ASSERT_EQ(cluster.pools.size(), 1U) << row.why;
    EXPECT_EQ(cluster.pools[0].count, row.want) << row.why;
    EXPECT_EQ(cluster.invented.size(), 1U);
  }
  EXPECT_EQ(deriveCluster(jobset({1, 1000, "", "", ""}), 7).pools[0].count, 7) << "--nodes decides";
  EXPECT_EQ(deriveCluster({}, std::nullopt).pools[0].count, 4);
}

TEST(DefaultCluster, WhatManifestsAskFor) {
  const DefaultCluster gpus =
      deriveCluster(jobset({1, 1, "", "limits: {nvidia.com/gpu: 4, example.com/nic: 16}", ""}), std::nullopt);
  EXPECT_EQ(gpus.pools[0].capacity.at("nvidia.com/gpu").value(), 8);
  EXPECT_EQ(gpus.pools[0].capacity.at("example.com/nic").value(), 16);
  const DefaultCluster labels =
      deriveCluster(jobset({1, 1, "            nodeSelector: {disk: ssd}\n", "", ""}), std::nullopt);
  EXPECT_EQ(labels.pools[0].labels.get("disk"), "ssd");
  EXPECT_EQ(labels.pools[0].name, "pool-0");
  const DefaultCluster big = deriveCluster(jobset({1, 1, "", "requests: {cpu: 100}", ""}), std::nullopt);
  EXPECT_EQ(big.pools[0].capacity.at("cpu").value(), 100) << "no Pod is too large for the cluster that was made for it";
}

TEST(DefaultCluster, NodesHaveNamesAddressesAndLabels) {
  NodePool pool;
  pool.name = "n";
  pool.count = 8;
  pool.topology = {{std::string(kZoneKey), "zone-", 2, false},
                   {std::string(kRackKey), "rack-", 4, false},
                   {"island", "i-", 2, true}};
  const std::vector<api::ObjectPtr> nodes = makeNodes({pool}, TimePoint{});
  ASSERT_EQ(nodes.size(), 8U);
  std::set<std::string> addresses;
  std::map<std::string, std::set<std::string>> zones_of_rack;
  for (const api::ObjectPtr& node : nodes) {
    addresses.insert(api::as<api::Node>(node).status.addresses[0].address);
    zones_of_rack[std::string(node->meta.labels.get(kRackKey))].insert(std::string(node->meta.labels.get(kZoneKey)));
    EXPECT_EQ(node->meta.labels.get(kHostnameKey), node->meta.name);
    EXPECT_EQ(api::as<api::Node>(node).status.allocatable.at("cpu").value(), 64);
    EXPECT_TRUE(api::conditionIs(api::as<api::Node>(node).status.conditions, "Ready", "True"));
  }
  EXPECT_EQ(nodes[3]->meta.name, "n-3");
  EXPECT_EQ(nodes[3]->meta.labels.get("island"), "i-0");
  EXPECT_EQ(nodes[4]->meta.labels.get("island"), "i-1");
  EXPECT_EQ(addresses.size(), 8U);
  EXPECT_EQ(zones_of_rack.size(), 4U);
  for (const auto& [rack, zones] : zones_of_rack) EXPECT_EQ(zones.size(), 1U) << "a rack is in one zone: " << rack;
}

TEST(DefaultCluster, NodesTellTheirPool) {
  NodePool pool;
  pool.name = "a-r2";
  EXPECT_EQ(poolOf(makeNodes({pool}, TimePoint{}).front()->meta.name), "a-r2");
  EXPECT_EQ(poolOf("gpu-12"), "gpu");
  EXPECT_EQ(poolOf("gpu-12-r345"), "gpu") << "it came in the place of another";
  EXPECT_EQ(poolOf("gpu-h100-3"), "gpu-h100");
  EXPECT_EQ(poolOf("login"), "login");
  EXPECT_EQ(poolOf("login-x"), "login-x");
  EXPECT_EQ(poolOf("-3"), "-3");
}

TEST(DefaultCluster, ContiguousLevelsNest) {
  NodePool pool;
  pool.count = 16;
  pool.topology = {{std::string(kZoneKey), "zone-", 2, true},
                   {std::string(kBlockKey), "block-", 4, true},
                   {std::string(kRackKey), "rack-", 8, true}};
  std::map<std::string, std::set<std::string>> blocks_of_rack, zones_of_block;
  for (const api::ObjectPtr& node : makeNodes({pool}, TimePoint{})) {
    blocks_of_rack[std::string(node->meta.labels.get(kRackKey))].insert(std::string(node->meta.labels.get(kBlockKey)));
    zones_of_block[std::string(node->meta.labels.get(kBlockKey))].insert(std::string(node->meta.labels.get(kZoneKey)));
  }
  for (const auto& [rack, blocks] : blocks_of_rack) EXPECT_EQ(blocks.size(), 1U) << rack;
  for (const auto& [block, zones] : zones_of_block) EXPECT_EQ(zones.size(), 1U) << block;
}

}  // namespace
}  // namespace jobset_twin::scenarios
