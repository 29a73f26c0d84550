// The text of index sets (K-JOB-8) and the operations on them.
#include "sim/cluster/job/indexes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace jobset_twin::cluster::job {
namespace {

struct Row {
  const char* name;
  std::vector<std::int32_t> indexes;
  const char* text;
};

TEST(IndexSet, TextIsUpstreams) {
  const Row rows[] = {
      {"nothing", {}, ""},
      {"one", {0}, "0"},
      {"a run of two is listed", {4, 5}, "4,5"},
      {"a run of three is compressed", {1, 2, 3}, "1-3"},
      {"the reference's example", {1, 3, 4, 5, 7}, "1,3-5,7"},
      {"any order, repeats", {9, 2, 9, 1, 0}, "0-2,9"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    IndexSet set;
    set.add(row.indexes);
    EXPECT_EQ(set.text(), row.text);
    EXPECT_EQ(IndexSet::parse(row.text, 100), set);
    EXPECT_EQ(set.total(), static_cast<std::int64_t>(std::set<int>(row.indexes.begin(), row.indexes.end()).size()));
  }
}

TEST(IndexSet, ParseCutsAtCompletions) {
  EXPECT_EQ(IndexSet::parse("0,3-9,12", 6).text(), "0,3-5");
  EXPECT_EQ(IndexSet::parse("7,8", 6).text(), "");
}

TEST(IndexSet, AddJoinsWithWhatIsThere) {
  IndexSet set = IndexSet::parse("0,2,4-6", 100);
  set.add({1, 3, 8});
  EXPECT_EQ(set.text(), "0-6,8");
  EXPECT_EQ(set.total(), 8);
  EXPECT_TRUE(set.has(0));
  EXPECT_TRUE(set.has(6));
  EXPECT_FALSE(set.has(7));
  EXPECT_FALSE(set.has(9));
  EXPECT_EQ(set.countCommon(IndexSet::parse("5-9", 100)), 3);
}

}  // namespace
}  // namespace jobset_twin::cluster::job
