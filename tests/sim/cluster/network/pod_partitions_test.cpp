#include "sim/cluster/network/pod_partitions.hpp"

#include <gtest/gtest.h>

#include "sim/cluster/network/short_names.hpp"

namespace jobset_twin::cluster::test {
namespace {

struct Made {
  std::string namespace_, app, node;
  api::StringMap labels() const {
    api::StringMap out;
    out.set("app", app);
    return out;
  }
};

bool cutBetween(const PodPartitions& partitions, const Made& one, const Made& other) {
  const api::StringMap a = one.labels(), b = other.labels();
  const PodEnd from{one.namespace_, a, one.node}, to{other.namespace_, b, other.node};
  EXPECT_EQ(partitions.cut(from, to), partitions.cut(to, from)) << "both ways";
  return partitions.cut(from, to);
}

PodGroup app(const std::string& name) {
  PodGroup group;
  group.selector.matchLabels.set("app", name);
  return group;
}
PodGroup on(const std::string& node) {
  PodGroup group;
  group.nodes = {node};
  return group;
}

struct CutCase {
  const char* description;
  PodPartition partition;
  Made one, other;
  bool cut;
};
const CutCase kCuts[] = {
    {"between two groups", {app("a"), app("b"), false}, {"x", "a", "n1"}, {"x", "b", "n1"}, true},
    {"within a group", {app("a"), app("b"), false}, {"x", "a", "n1"}, {"x", "a", "n2"}, false},
    {"a third", {app("a"), app("b"), false}, {"x", "a", "n1"}, {"x", "c", "n2"}, false},
    {"all others", {app("a"), {}, false}, {"x", "a", "n1"}, {"x", "c", "n2"}, true},
    {"all others among themselves", {app("a"), {}, false}, {"x", "b", "n1"}, {"x", "c", "n2"}, false},
    {"by node", {on("n1"), on("n2"), false}, {"x", "a", "n1"}, {"y", "a", "n2"}, true},
    {"on one node", {on("n1"), on("n2"), false}, {"x", "a", "n1"}, {"y", "a", "n1"}, false},
    {"another namespace", {{"y", {}, {}}, {}, false}, {"x", "a", "n1"}, {"y", "a", "n1"}, true},
    {"everybody from everybody", {{}, PodGroup(), false}, {"x", "a", "n1"}, {"x", "a", "n1"}, true},
};

TEST(PodPartitions, WhoIsCutFromWhom) {
  for (const CutCase& row : kCuts) {
    SCOPED_TRACE(row.description);
    PodPartitions partitions;
    partitions.begin(4, row.partition);
    EXPECT_EQ(cutBetween(partitions, row.one, row.other), row.cut);
    EXPECT_TRUE(partitions.end(4));
    EXPECT_FALSE(partitions.end(4));
    EXPECT_FALSE(cutBetween(partitions, row.one, row.other));
  }
}

TEST(PodPartitions, TheDnsIsCutFromTheFirstGroupIfAskedFor) {
  const Made a{"x", "a", "n1"}, b{"x", "b", "n1"};
  const api::StringMap of_a = a.labels(), of_b = b.labels();
  PodPartitions partitions;
  partitions.begin(1, {app("a"), app("b"), false});
  EXPECT_FALSE(partitions.cutFromDns({"x", of_a, "n1"}));
  partitions.begin(2, {app("a"), app("b"), true});
  EXPECT_TRUE(partitions.cutFromDns({"x", of_a, "n1"}));
  EXPECT_FALSE(partitions.cutFromDns({"x", of_b, "n1"}));
}

// A JobSet `s` with two Jobs of three workers and a leader called so that it is alike.
api::ObjectPtr jobset() {
  const api::MutableObjectPtr object = api::makeObject(api::JobSet());
  object->meta.name = "s";
  object->meta.namespace_ = "default";
  api::JobSetSpec& spec = api::as<api::JobSet>(*object).spec.mut();
  spec.replicatedJobs.resize(2);
  spec.replicatedJobs[0].name = "w";
  spec.replicatedJobs[0].replicas = 2;
  spec.replicatedJobs[0].template_.spec.mut().parallelism = 3;
  spec.replicatedJobs[1].name = "w-0";
  return object;
}

TEST(ShortNames, BothWays) {
  ShortNames names;
  names.onJobSet(jobset(), false);
  using Hosts = std::vector<std::string>;
  EXPECT_EQ(names.hostsOf("default", "s", "w-4"), Hosts{"s-w-1-1"}) << "the fifth of its Pods";
  EXPECT_EQ(names.hostsOf("default", "s", "w-1-2"), Hosts{"s-w-1-2"});
  EXPECT_EQ(names.hostsOf("default", "s", "w-0-0"), (Hosts{"s-w-0-0", "s-w-0-0-0"})) << "of w or of w-0";
  for (const char* none : {"w-6", "w-2-0", "w-0-3", "w-01", "w-", "w", "x-0", "w--1"})
    EXPECT_EQ(names.hostsOf("default", "s", none), Hosts{}) << none;
  EXPECT_EQ(names.hostsOf("other", "s", "w-4"), Hosts{});
  EXPECT_EQ(names.hostsOf("default", "t", "w-4"), Hosts{});
  EXPECT_EQ(names.shortOf("default", "s", "s-w-1-1"), (Hosts{"w-4", "w-1-1"}));
  EXPECT_EQ(names.shortOf("default", "s", "s-w-2-0"), Hosts{});
  EXPECT_EQ(names.shortOf("default", "s", "10-0-0-1"), Hosts{});
  names.onJobSet(jobset(), true);
  EXPECT_EQ(names.hostsOf("default", "s", "w-4"), Hosts{});
}

}  // namespace
}  // namespace jobset_twin::cluster::test
