// Image pulls: who waits for whom, what is tried again, and what a Pod says meanwhile (K-T-12, K-T-13, K-POD-4).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

// Images are not on the nodes: 1 GB each, at 100 MB a second.
WorldConfig pulling(std::int32_t parallel = 1) {
  WorldConfig config;
  config.timing.kubelet.images_present = false;
  config.timing.kubelet.parallel_pulls = parallel;
  config.timing.kubelet.default_image_bytes = 1'000'000'000;
  return config;
}

std::string podOf(const std::string& name, const std::string& image, const std::string& policy = "IfNotPresent") {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name +
         ", namespace: default}\nspec: {restartPolicy: Never, containers: [{name: main, image: \"" + image +
         "\", imagePullPolicy: " + policy + ", command: [sleep, '1000']}]}\n---\n";
}

double startOf(const Lab& lab, const std::string& pod) {
  const api::ContainerStatus& c = lab.container(pod);
  EXPECT_TRUE(c.state.running) << pod;
  return c.state.running ? lab.seconds(*c.state.running->startedAt) : -1;
}
std::string waiting(const Lab& lab, const std::string& pod) {
  const api::ContainerStatus& c = lab.container(pod);
  return c.state.waiting ? c.state.waiting->reason : "not waiting";
}

TEST(ImagePulls, KT13OneAfterAnotherOrSideBySide) {
  struct Row {
    std::int32_t parallel;
    double first, second;
  };
  // Side by side they share the bandwidth.
  for (const Row& row : {Row{1, 10, 20}, Row{2, 20, 20}}) {
    SCOPED_TRACE(row.parallel);
    Lab lab(podOf("a", "first:1") + podOf("b", "second:1") + podOf("c", "first:1"), 1, pulling(row.parallel));
    lab.until(40s);
    EXPECT_THAT(startOf(lab, "a"), between(row.first, row.first + 2));
    EXPECT_THAT(startOf(lab, "b"), between(row.second, row.second + 2));
    EXPECT_THAT(startOf(lab, "c"), between(row.first, row.first + 2)) << "it is the same image";
    EXPECT_THAT(lab.reasons("a"), Contains("Pulling"));
  }
}

TEST(ImagePulls, APulledImageStaysOnItsNode) {
  Lab lab(podOf("a", "first:1"), 1, pulling());
  lab.until(15s);
  lab.remove("a", 0);
  lab.submit(podOf("b", "first:1"));
  lab.until(20s);
  EXPECT_THAT(startOf(lab, "b"), between(15, 17));
}

TEST(ImagePulls, APullThatNobodyWaitsForIsGivenUp) {
  Lab lab(podOf("a", "first:1"), 1, pulling());
  lab.until(5s);
  lab.remove("a", 0);
  lab.submit(podOf("b", "second:1") + podOf("c", "first:1"));
  lab.until(30s);
  EXPECT_THAT(startOf(lab, "b"), between(15, 17)) << "it need not wait for the first";
  lab.until(40s);
  EXPECT_THAT(startOf(lab, "c"), between(25, 27)) << "what was pulled of it is lost";
}

TEST(ImagePulls, KT12AMissingImageIsTriedAgainWithBackOff) {
  Lab lab(podOf("a", "none:1"));
  Context ctx = lab.ctx();
  lab.kubelet().setImage(ctx, "none:*", {.missing = true});
  lab.until(1500ms);
  EXPECT_EQ(waiting(lab, "a"), "ErrImagePull");
  lab.until(5s);
  EXPECT_EQ(waiting(lab, "a"), "ImagePullBackOff");
  EXPECT_EQ(lab.status("a").phase, "Pending") << "K-GOT-19: it never fails by itself";
  EXPECT_THAT(lab.reasons("a"), AllOf(Contains("Pulling"), Contains("Failed"), Contains("BackOff")));
  EXPECT_EQ(lab.message("a", "BackOff"), "Back-off pulling image \"none:1\"");
  lab.until(12700ms);
  EXPECT_EQ(waiting(lab, "a"), "ErrImagePull") << "after 10 s";
  lab.until(25s);
  EXPECT_EQ(waiting(lab, "a"), "ImagePullBackOff");
  lab.until(34s);
  EXPECT_EQ(waiting(lab, "a"), "ErrImagePull") << "after 20 s more";
  Context later = lab.ctx();
  EXPECT_TRUE(lab.kubelet().clearImage(later, "none:*"));
  EXPECT_FALSE(lab.kubelet().clearImage(later, "none:*"));
  lab.until(80s);
  EXPECT_TRUE(lab.container("a").state.running);
}

TEST(ImagePulls, ARunWithAMissingImageComesToAnEnd) {
  Lab lab(podOf("a", "none:1"));
  Context ctx = lab.ctx();
  lab.kubelet().setImage(ctx, "none:1", {.missing = true});
  lab.settle();
  lab.until(2h);
  EXPECT_GT(lab.world.kernel().retriesSinceEffect(), 5U);
  EXPECT_THAT(lab.kubelet().waiting(), Contains(::testing::Pair("default/a", HasSubstr("none:1 cannot be pulled"))));
}

TEST(ImagePulls, ASlowRegistry) {
  Lab lab(podOf("a", "slow:1"), 1, pulling());
  Context ctx = lab.ctx();
  lab.kubelet().setImage(ctx, "slow*", {.slow_factor = 3});
  lab.until(40s);
  EXPECT_THAT(startOf(lab, "a"), between(30, 32));
}

TEST(ImagePulls, KPOD4WhatIsNotEvenTried) {
  struct Row {
    std::string image, policy, reason, event;
  };
  const Row rows[] = {{"busybox:1", "Never", "ErrImageNeverPull", "ErrImageNeverPull"},
                      {"Busybox:1", "Always", "InvalidImageName", "InspectFailed"},
                      {"registry.Example.com/busybox:1", "Always", "not waiting", "Pulling"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.image);
    Lab lab(podOf("a", row.image, row.policy), 1, pulling());
    lab.until(15s);
    EXPECT_EQ(waiting(lab, "a"), row.reason);
    EXPECT_THAT(lab.reasons("a"), Contains(row.event));
  }
}

TEST(ImagePulls, KGOT48ASecondContainerWithoutItsImageKeepsThePodPending) {
  const std::string two =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {restartPolicy: Never, containers: "
      "[{name: bad, image: \"none:1\", command: [sleep, '1000']}, {name: good, image: \"busybox:1\", command: [sleep, "
      "'1000']}]}\n";
  Lab lab(two);
  Context ctx = lab.ctx();
  lab.kubelet().setImage(ctx, "none:1", {.missing = true});
  lab.until(20s);
  EXPECT_EQ(lab.status("p").phase, "Pending");
  ASSERT_EQ(lab.status("p").containerStatuses.size(), 2U);
  EXPECT_TRUE(lab.status("p").containerStatuses[0].state.waiting);
  EXPECT_TRUE(lab.status("p").containerStatuses[1].state.running) << "it does not wait for the other";
}

}  // namespace
}  // namespace jobset_twin::cluster::test
