// Which flavors a Workload gets, and what it is told if it gets none (K-KUE-33 to 37).
#include "sim/cluster/kueue/flavor_assigner.hpp"

#include <gtest/gtest.h>

#include "tests/sim/cluster/kueue/objects.hpp"

namespace jobset_twin::cluster::kueue::test {
namespace {

struct Cluster {
  ClusterQueueSpec spec;
  QuotaTree quotas;
  Flavors flavors;

  Assignment assign(const Workload& workload, Fit by_preemption = Fit::kNoCandidates) const {
    return assignFlavors(workload, "cq", spec, quotas, flavors,
                         [&](const FlavorResource&, Amount) { return by_preemption; });
  }
};

// On-demand (4 CPUs), then spot (8 CPUs, with a taint).
Cluster twoFlavors() {
  Cluster out;
  out.spec.groups = {{{"cpu"}, {"on-demand", "spot"}}};
  out.spec.quotas = {{{"on-demand", "cpu"}, {4000, {}, {}}}, {{"spot", "cpu"}, {8000, {}, {}}}};
  out.flavors["on-demand"].node_labels = {{"type", "on-demand"}};
  out.flavors["spot"].node_labels = {{"type", "spot"}};
  out.flavors["spot"].taints = {{"spot", "true", "NoSchedule", std::nullopt}};
  out.quotas.setClusterQueue("cq", "", out.spec.quotas);
  return out;
}

std::string flavorOf(const Assignment& assignment, std::size_t podset = 0) {
  if (assignment.fit != Fit::kYes || podset >= assignment.admission.podsets.size()) return "none";
  return assignment.admission.podsets[podset].flavors.at("cpu");
}

const json kTolerant = {{"tolerations", json::array({{{"key", "spot"}, {"operator", "Exists"}}})}};

TEST(FlavorAssigner, TheFirstFlavorThatFitsAndIsTolerated) {
  const Cluster cluster = twoFlavors();
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 1, 4)}))), "on-demand");
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 2, 4, kTolerant)}))), "spot");
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 1, 2, {{"nodeSelector", {{"type", "spot"}}}})}))),
            "none");
  json both = kTolerant;
  both["nodeSelector"] = {{"type", "spot"}, {"zone", "z"}};
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 1, 2, both)}))), "spot")
      << "labels that no flavor knows do not matter";
}

TEST(FlavorAssigner, PodSetsAddUp) {
  const Cluster cluster = twoFlavors();
  const Assignment assignment =
      cluster.assign(workload("a", {podSet("driver", 1, 3, kTolerant), podSet("workers", 2, 2, kTolerant)}));
  EXPECT_EQ(flavorOf(assignment, 0), "on-demand");
  EXPECT_EQ(flavorOf(assignment, 1), "spot") << "what the driver takes is gone";
  EXPECT_EQ(assignment.usage, (Usage{{{"on-demand", "cpu"}, 3000}, {{"spot", "cpu"}, 4000}}));
}

TEST(FlavorAssigner, SaysWhatIsMissing) {
  Cluster cluster = twoFlavors();
  cluster.quotas.add("cq", {{{"on-demand", "cpu"}, 3000}, {{"spot", "cpu"}, 7500}});
  const auto message = [&](const Workload& of) { return cluster.assign(of).message; };
  EXPECT_EQ(message(workload("a", {podSet("main", 1, 2, kTolerant)})),
            "couldn't assign flavors to pod set main: insufficient unused quota for cpu in flavor on-demand, 1 more "
            "needed, insufficient unused quota for cpu in flavor spot, 1500m more needed");
  EXPECT_EQ(message(workload("a", {podSet("main", 3, 2)})),
            "couldn't assign flavors to pod set main: insufficient quota for cpu in flavor on-demand, previously "
            "considered podsets requests (0) + current podset request (6) > maximum capacity (4), untolerated taint "
            "{spot true NoSchedule <nil>} in flavor spot");
  EXPECT_EQ(cluster.assign(workload("a", {podSet("main", 3, 2)})).reason, "ExceedsMaxQuota");
  EXPECT_EQ(cluster.assign(workload("a", {podSet("main", 1, 2)})).reason, "WaitingForQuota");
  EXPECT_EQ(message(workload("a", {podSet("main", 1, 1, {{"nodeSelector", {{"type", "x"}}}})})),
            "couldn't assign flavors to pod set main: flavor on-demand doesn't match node affinity, untolerated taint "
            "{spot true NoSchedule <nil>} in flavor spot");
  cluster.spec.groups = {};
  EXPECT_EQ(message(small("a", 1)),
            "couldn't assign flavors to pod set main: resource cpu unavailable in ClusterQueue");
}

// Flavors are alternatives: it never fits only if none of them could ever hold it (K-KUE-32).
TEST(FlavorAssigner, TheReasonIsThatOfTheFlavorThatCouldComeFirst) {
  Cluster cluster = twoFlavors();
  cluster.quotas.add("cq", {{{"on-demand", "cpu"}, 4000}, {{"spot", "cpu"}, 8000}});
  const auto assign = [&](int cpus, const json& spec = kTolerant) {
    const Assignment assignment = cluster.assign(workload("a", {podSet("main", 1, cpus, spec)}));
    return std::pair(assignment.fit, assignment.reason);
  };
  EXPECT_EQ(assign(6), std::pair(Fit::kNoCandidates, std::string("WaitingForQuota"))) << "for spot";
  EXPECT_EQ(assign(9), std::pair(Fit::kNo, std::string("ExceedsMaxQuota")));
  EXPECT_EQ(assign(6, json::object()), std::pair(Fit::kNo, std::string("ExceedsMaxQuota"))) << "spot does not suit it";
  EXPECT_EQ(assign(1, {{"nodeSelector", {{"type", "x"}}}}), std::pair(Fit::kNo, std::string("NoMatchingFlavor")));

  // Above its nominal quota, without leave to preempt: not even nominated, and yet only a matter of time.
  cluster.quotas.setClusterQueue("cq", "team", cluster.spec.quotas);
  cluster.quotas.setClusterQueue("other", "team", {{{"spot", "cpu"}, {4000, {}, {}}}});
  cluster.quotas.add("other", {{{"spot", "cpu"}, 4000}});
  EXPECT_EQ(assign(10), std::pair(Fit::kNo, std::string("WaitingForQuota")));
}

TEST(FlavorAssigner, PodsAreCountedWhereTheyAreCovered) {
  Cluster cluster = twoFlavors();
  cluster.spec.groups[0].resources.emplace_back("pods");
  cluster.spec.quotas[{"on-demand", "pods"}].nominal = 2;
  cluster.quotas.setClusterQueue("cq", "", cluster.spec.quotas);
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 2, 1)}))), "on-demand");
  EXPECT_EQ(flavorOf(cluster.assign(workload("a", {podSet("main", 3, 1)}))), "none");
}

TEST(FlavorAssigner, FungibilityDecidesHowLongItLooks) {
  Cluster cluster = twoFlavors();
  cluster.flavors["spot"].taints.clear();
  cluster.quotas.setClusterQueue("cq", "team", cluster.spec.quotas);
  cluster.quotas.setClusterQueue("other", "team", {{{"on-demand", "cpu"}, {4000, {}, {}}}});
  const Workload six = small("a", 6), two = small("b", 2);
  EXPECT_EQ(flavorOf(cluster.assign(six)), "on-demand") << "by borrowing";
  EXPECT_EQ(cluster.assign(six).borrow_level, 1);
  cluster.spec.try_next_when_borrowing = true;
  EXPECT_EQ(flavorOf(cluster.assign(six)), "spot");

  cluster.quotas.add("cq", {{{"on-demand", "cpu"}, 8000}});
  EXPECT_EQ(flavorOf(cluster.assign(two, Fit::kPreempt)), "spot") << "rather than preempt";
  cluster.spec.try_next_when_borrowing = false;
  cluster.spec.try_next_when_preempting = false;
  EXPECT_EQ(cluster.assign(two, Fit::kPreempt).fit, Fit::kPreempt) << "on-demand, by preemption";
}

TEST(FlavorAssigner, WhatIsAboveNominalNeedsLeaveToPreempt) {
  Cluster cluster = twoFlavors();
  cluster.quotas.setClusterQueue("cq", "team", cluster.spec.quotas);
  cluster.quotas.setClusterQueue("other", "team", {{{"on-demand", "cpu"}, {4000, {}, {}}}});
  cluster.quotas.add("other", {{{"on-demand", "cpu"}, 4000}});
  EXPECT_EQ(cluster.assign(small("a", 5), Fit::kPreempt).fit, Fit::kNo) << "spot is not tolerated";
  cluster.spec.preemption.while_borrowing = true;
  EXPECT_EQ(cluster.assign(small("a", 5), Fit::kPreempt).fit, Fit::kPreempt);
}

}  // namespace
}  // namespace jobset_twin::cluster::kueue::test
