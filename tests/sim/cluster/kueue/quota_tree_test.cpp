// Quota arithmetic (K-KUE-30 to 32): what a ClusterQueue may use alone, in a cohort, with limits, and in trees.
#include "sim/cluster/kueue/quota_tree.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::cluster::kueue {
namespace {

const FlavorResource kCpu{"default", "cpu"};

Quotas quota(Amount nominal, std::optional<Amount> borrow = {}, std::optional<Amount> lend = {}) {
  return {{kCpu, {nominal, borrow, lend}}};
}

TEST(QuotaTree, AQueueAloneHasItsNominalQuota) {
  QuotaTree tree;
  tree.setClusterQueue("a", "", quota(9));
  EXPECT_EQ(tree.available("a", kCpu), 9);
  EXPECT_EQ(tree.capacity("a", kCpu), 9);
  tree.add("a", {{kCpu, 7}});
  EXPECT_EQ(tree.available("a", kCpu), 2);
  EXPECT_FALSE(tree.borrowsWith("a", kCpu, 5)) << "without a cohort nothing is borrowed";
  tree.setClusterQueue("a", "", quota(5));
  EXPECT_EQ(tree.available("a", kCpu), -2) << "a quota may be cut below what is used";
  tree.take("a", {{kCpu, 7}});
  EXPECT_EQ(tree.available("a", kCpu), 5);
}

// Two queues of a cohort: nominal quota, limits, usage of each; what the first may still have, now and at most.
struct Pair {
  const char* what;
  Quotas a, b;
  Amount used_a, used_b;
  Amount available, capacity;
};

TEST(QuotaTree, QueuesOfACohortBorrowWhatOthersLeave) {
  const std::vector<Pair> pairs = {
      {"all of the other's", quota(4), quota(6), 0, 0, 10, 10},
      {"less what the other uses", quota(4), quota(6), 1, 5, 4, 10},
      {"up to its limit", quota(4, 2), quota(6), 0, 0, 6, 6},
      {"nothing with limit 0", quota(4, 0), quota(6), 1, 0, 3, 4},
      {"what the other lends", quota(4), quota(6, {}, 2), 0, 0, 6, 6},
      {"what is not lent is used first", quota(4), quota(6, {}, 2), 0, 4, 6, 6},
      {"then what is lent", quota(4), quota(6, {}, 2), 0, 5, 5, 6},
      {"its own is its own, if it lends nothing", quota(4, {}, 0), quota(6), 0, 6, 4, 10},
      {"the other has borrowed", quota(4), quota(6), 0, 8, 2, 10},
  };
  for (const Pair& pair : pairs) {
    SCOPED_TRACE(pair.what);
    QuotaTree tree;
    tree.setClusterQueue("a", "team", pair.a);
    tree.setClusterQueue("b", "team", pair.b);
    tree.add("a", {{kCpu, pair.used_a}});
    tree.add("b", {{kCpu, pair.used_b}});
    EXPECT_EQ(tree.available("a", kCpu), pair.available);
    EXPECT_EQ(tree.capacity("a", kCpu), pair.capacity);
    tree.take("a", {{kCpu, pair.used_a}});
    tree.take("b", {{kCpu, pair.used_b}});
    EXPECT_EQ(tree.available("a", kCpu), pair.capacity) << "everything was given back";
  }
}

TEST(QuotaTree, CohortsFormTrees) {
  QuotaTree tree;
  tree.setCohort("all", "", quota(3));
  tree.setCohort("left", "all", quota(2, 1));
  tree.setClusterQueue("a", "left", quota(4));
  tree.setClusterQueue("b", "right", quota(5));
  tree.setCohort("right", "all", {});
  EXPECT_EQ(tree.root("a"), "cohort/all");
  EXPECT_EQ(tree.members("cohort/all"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(tree.path("a"), "/all/left/a");
  EXPECT_EQ(tree.available("a", kCpu), 7) << "4 of its own, 2 of its cohort, 1 that the cohort may borrow";
  EXPECT_EQ(tree.available("b", kCpu), 14) << "all there is";
  tree.add("b", {{kCpu, 12}});
  EXPECT_EQ(tree.available("a", kCpu), 2);
  EXPECT_EQ(tree.borrowLevel("a", kCpu, 4), 0);
  EXPECT_EQ(tree.borrowLevel("a", kCpu, 6), 1);
  EXPECT_EQ(tree.borrowLevel("a", kCpu, 7), 2);
  tree.removeCohort("all");
  EXPECT_EQ(tree.root("a"), "cohort/all") << "it is still named";
  EXPECT_EQ(tree.available("a", kCpu), 11 - 12) << "without its quota";
}

TEST(QuotaTree, ACohortThatIsItsOwnParentHasNone) {
  QuotaTree tree;
  tree.setCohort("x", "y", {});
  tree.setCohort("y", "x", {});
  tree.setClusterQueue("a", "x", quota(4));
  EXPECT_EQ(tree.available("a", kCpu), 4);
}

}  // namespace
}  // namespace jobset_twin::cluster::kueue
