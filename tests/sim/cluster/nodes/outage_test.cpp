// An outage of the API server, as nodes and their controllers live through it: kubelets cannot renew their leases, and
// the node lifecycle controller cannot see it (K-NODE-1, 2, 7; K-T-2, 11, 75).
#include <gmock/gmock.h>

#include <ostream>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "tests/sim/cluster/nodes/nodes_world.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;
using test::kUnreachableNoExecute;
using test::NodesWorld;

apiserver::FaultId begin(NodesWorld& cluster) {
  apiserver::ApiFault outage;
  outage.effect = apiserver::ApiEffect::kOutage;
  WorldParts& p = cluster.world.parts();
  return p.transport.beginFault(p.kernel, p.server, outage);
}
void end(NodesWorld& cluster, apiserver::FaultId id) {
  WorldParts& p = cluster.world.parts();
  p.transport.endFault(p.kernel, p.server, id);
}
void outage(NodesWorld& cluster, kernel::Duration time) {
  const apiserver::FaultId id = begin(cluster);
  cluster.run(time);
  end(cluster, id);
}

constexpr int kNodes = 20;
std::string name(int i) { return "z" + std::to_string(i); }

struct Cluster : NodesWorld {
  explicit Cluster(Timing timing = zeroJitter({})) : NodesWorld(1, timing) {
    nodes(kNodes);
    for (int i = 0; i < kNodes; ++i) pod("p" + std::to_string(i), name(i));
    run(90s);
  }
  int unknown() const {
    int count = 0;
    for (int i = 0; i < kNodes; ++i) count += ready(name(i)) == "Unknown" ? 1 : 0;
    return count;
  }
};

struct Case {
  kernel::Duration lasts;
  // Seconds since the start when there is a leader again: the outage is from 100 s on, the leader ends at 112 s (its
  // first renewal in vain is at 102 s), and its container is started at 115, 128, 151, 194, 277, 440 s.
  double leads_from, leads_to;
  friend void PrintTo(const Case& one, std::ostream* out) { *out << api::formatDuration(one.lasts); }
};
class Outage : public testing::TestWithParam<Case> {};

double seconds(kernel::Duration time) { return std::chrono::duration<double>(time).count(); }

TEST_P(Outage, K_NODE_2_DoesNotMakeHealthyNodesUnknown) {
  Cluster cluster;
  cluster.run(10s);
  const apiserver::FaultId id = begin(cluster);
  cluster.run(GetParam().lasts);
  end(cluster, id);
  cluster.until([&] { return hasLeader(cluster.world, Controller::kControllerManager); }, 5min);
  if (GetParam().leads_from > 0) {
    EXPECT_GE(seconds(cluster.now()), GetParam().leads_from);
    EXPECT_LE(seconds(cluster.now()), GetParam().leads_to);
  } else {
    EXPECT_EQ(cluster.now(), 100s + GetParam().lasts) << "it could renew in time";
  }
  for (int i = 0; i < 240; ++i) {
    cluster.run(5s);
    ASSERT_EQ(cluster.unknown(), 0) << seconds(cluster.now());
  }
  for (int i = 0; i < kNodes; ++i) {
    EXPECT_TRUE(cluster.taints(name(i)).empty());
    EXPECT_EQ(cluster.podCondition("p" + std::to_string(i), "Ready"), "True");
    EXPECT_FALSE(cluster.findPod("p" + std::to_string(i))->meta.deletionTimestamp.has_value());
  }
}

// A node that died 10 s before is found out by its own grace period, which counts from what the next process sees.
TEST_P(Outage, K_NODE_2_ADeadNodeIsFoundOutAfterIt) {
  Cluster cluster;
  cluster.silence("z3");
  cluster.run(10s);
  const apiserver::FaultId id = begin(cluster);
  cluster.run(GetParam().lasts);
  end(cluster, id);
  cluster.until([&] { return hasLeader(cluster.world, Controller::kControllerManager); }, 5min);
  const double leads = seconds(cluster.now());
  cluster.until([&] { return cluster.unknown() > 0; });
  const double found = seconds(cluster.now());
  if (GetParam().leads_from > 0) {
    EXPECT_GE(found, leads + 50);
    EXPECT_LE(found, leads + 56);
  } else {
    EXPECT_LE(found, 90 + 60 + 1) << "K-NODE-3: nothing was different for it";
  }
  cluster.until([&] { return cluster.tainted("z3", kUnreachableNoExecute); }, 20s);
  cluster.run(6min);
  EXPECT_EQ(cluster.unknown(), 1);
  EXPECT_TRUE(cluster.findPod("p3")->meta.deletionTimestamp.has_value());
  EXPECT_FALSE(cluster.findPod("p4")->meta.deletionTimestamp.has_value());
}

INSTANTIATE_TEST_SUITE_P(Lengths, Outage,
                         testing::Values(Case{5s, 0, 0}, Case{20s, 143, 145.1}, Case{60s, 209, 211.1},
                                         Case{300s, 455, 457.1}));

// K-T-2: leases come back one by one, within 7 s, and are renewed each 10 s from then on.
TEST(Outages, K_T_2_LeasesComeBackWithinSevenSeconds) {
  for (const kernel::Duration lasts : {3s, 20s, 61s, 300s}) {
    Cluster cluster;
    const Heartbeats& beats = cluster.world.parts().heartbeats;
    const apiserver::FaultId id = begin(cluster);
    const kernel::TimePoint since = cluster.world.kernel().now();
    cluster.run(lasts);
    const kernel::TimePoint back = cluster.world.kernel().now();
    for (int i = 0; i < kNodes; ++i) {
      EXPECT_LE(*beats.lastRenewal(name(i), back), since);
      EXPECT_GE(*beats.lastRenewal(name(i), back), since - 10s);
      EXPECT_FALSE(beats.beats(name(i)));
    }
    end(cluster, id);
    cluster.run(10s);
    const kernel::TimePoint now = cluster.world.kernel().now();
    int soon = 0;
    for (int i = 0; i < kNodes; ++i) {
      const kernel::TimePoint renewed = *beats.lastRenewal(name(i), now);
      EXPECT_GE(renewed, back);
      EXPECT_TRUE(beats.beats(name(i)));
      soon += renewed <= back + 7s ? 1 : 0;
      EXPECT_EQ(*beats.lastRenewal(name(i), renewed + 10s), renewed + 10s);
    }
    // Who missed none in a shorter one renews in its turn.
    if (lasts > 10s) {
      EXPECT_EQ(soon, kNodes);
    }
  }
}

// A controller whose grace period is too short for that sees its nodes lost for a moment, and gets over it.
TEST(Outages, K_T_31_AShortGracePeriodMakesNodesUnknownForAMoment) {
  Timing timing = zeroJitter({});
  timing.nodes.monitor_grace = 12s;
  Cluster cluster(timing);
  cluster.run(10s);
  outage(cluster, 9s);
  ASSERT_TRUE(hasLeader(cluster.world, Controller::kControllerManager));
  cluster.until([&] { return cluster.unknown() > 0; }, 10s);
  EXPECT_LT(cluster.unknown(), kNodes);
  cluster.run(60s);
  EXPECT_EQ(cluster.unknown(), 0);
  for (int i = 0; i < kNodes; ++i) EXPECT_TRUE(cluster.taints(name(i)).empty());
}

// K-NODE-7: the whole zone is silent, and only the API server was there: evictions stop until a node is heard.
TEST(Outages, K_NODE_7_WithoutAnyNodeNothingIsEvicted) {
  Cluster cluster;
  cluster.run(10s);
  const apiserver::FaultId id = begin(cluster);
  cluster.run(30s);
  for (int i = 0; i < kNodes; ++i) cluster.silence(name(i));
  cluster.run(30s);
  end(cluster, id);
  cluster.run(10min);
  EXPECT_EQ(cluster.unknown(), kNodes);
  for (int i = 0; i < kNodes; ++i) {
    EXPECT_FALSE(cluster.tainted(name(i), kUnreachableNoExecute));
    EXPECT_FALSE(cluster.findPod("p" + std::to_string(i))->meta.deletionTimestamp.has_value());
  }
}

}  // namespace
}  // namespace jobset_twin::cluster
