// Targets: which Pods and nodes a fault means, and which one of several.
#include "sim/faults/target.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::faults {
namespace {

PodPath worker() {
  PodPath path;
  path.namespace_ = "default";
  path.jobset = "train";
  path.replicated_job = "workers";
  path.job_index = "0";
  path.pod_index = "12";
  path.name = "train-workers-0-12-x2x9p";
  path.shared_name = "train-workers-0-12";
  path.job = "train-workers-0";
  return path;
}

TEST(PodTarget, PartsMayBeLeftOutFromTheLeftOrBeStars) {
  for (const char* fits :
       {"default/train/workers/0/12", "train/workers/0/12", "workers/0/12", "0/12", "12", "*/train/*/0/*", "1*",
        "default/train-workers-0-12", "train-workers-0-12", "train-workers-0-12-x2x9p", "train-*", "*", "*/*"}) {
    EXPECT_TRUE(matchesPod(fits, worker())) << fits;
  }
  for (const char* not_it : {"default/train/workers/0/1", "other/train/workers/0/12", "train/0/12", "workers/1/12", "2",
                             "other/train-workers-0-12", "default/train/workers/0/12/x", "train-workers-0-1"}) {
    EXPECT_FALSE(matchesPod(not_it, worker())) << not_it;
  }
}

TEST(PodTarget, PodsOutsideOfJobSetsGoByName) {
  PodPath plain;
  plain.namespace_ = "default";
  plain.name = "solo";
  EXPECT_TRUE(matchesPod("solo", plain));
  EXPECT_TRUE(matchesPod("default/solo", plain));
  EXPECT_FALSE(matchesPod("x/default/solo", plain));
  EXPECT_EQ(identityOf(plain), "default/solo");
  EXPECT_EQ(identityOf(worker()), "default/train/workers/0/12");
}

TEST(JobTarget, ByNameAndNamespace) {
  EXPECT_TRUE(matchesJob("train-workers-0", worker()));
  EXPECT_TRUE(matchesJob("default/train-*", worker()));
  EXPECT_FALSE(matchesJob("other/train-workers-0", worker()));
  EXPECT_FALSE(matchesJob("train-workers-1", worker()));
}

TEST(DomainTarget, TheLastPartOfTheKeyOrAllOfIt) {
  const api::StringMap labels = {{"topology.kubernetes.io/zone", "zone-1"},
                                 {"topology.jobset-twin.dev/rack", "rack-7"}};
  std::string value;
  EXPECT_TRUE(matchesDomain("rack/rack-7", labels, &value));
  EXPECT_EQ(value, "rack-7");
  EXPECT_TRUE(matchesDomain("topology.kubernetes.io/zone/zone-1", labels));
  EXPECT_TRUE(matchesDomain("zone/*", labels));
  EXPECT_FALSE(matchesDomain("zone/zone-2", labels));
  EXPECT_FALSE(matchesDomain("block/zone-1", labels));
}

TEST(Names, AreInTheOrderOfTheirNumbers) {
  std::vector<Unit> units;
  for (const char* name : {"gpu-10", "gpu-2", "gpu-2-r7", "node-1", "alone", "rack/rack-11", "rack/rack-3", "7", "12"})
    units.push_back({name, {}});
  EXPECT_EQ(namesInOrder(units), (std::vector<std::string>{"7", "12", "alone", "gpu-2", "gpu-10", "gpu-2-r7", "node-1",
                                                           "rack/rack-3", "rack/rack-11"}));
}

// One unit more changes the choice only if it is the one chosen.
TEST(Choice, IsStableWhenOthersComeAndGo) {
  std::vector<Unit> units;
  for (int i = 0; i < 50; ++i) units.push_back({fmt::format("node-{}", i), {}});
  std::vector<int> chosen(50);
  for (std::uint64_t occurrence = 0; occurrence < 500; ++occurrence) {
    const std::string name = units[chooseUnit(units, 7, "f", occurrence)].name;
    ++chosen[chooseUnit(units, 7, "f", occurrence)];
    std::vector<Unit> fewer = units;
    std::erase_if(fewer, [&](const Unit& unit) { return unit.name == "node-13"; });
    const std::string now = fewer[chooseUnit(fewer, 7, "f", occurrence)].name;
    EXPECT_TRUE(now == name || name == "node-13");
  }
  EXPECT_GT(*std::min_element(chosen.begin(), chosen.end()), 0) << "each has its turn";
}

}  // namespace
}  // namespace jobset_twin::faults
