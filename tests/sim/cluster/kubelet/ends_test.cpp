// Hooks, grace periods and the order of the end (K-POD-20, 21, 40 to 43; K-T-21).
#include <gmock/gmock.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

// Deleted at 10 s; SIGTERM reaches the container 0.1 s later at the earliest.
TEST(Termination, KPOD40And42HooksComeBeforeSIGTERMAndOutOfTheGracePeriod) {
  struct Row {
    std::string description, script, container;
    std::int64_t grace;
    double ended;  // seconds after the deletion
  };
  const std::string shared = "volumeMounts: [{name: d, mountPath: /d}], ";
  const auto preStop = [](const std::string& hook) { return "lifecycle: {preStop: {" + hook + "}}, "; };
  const Row rows[] = {
      {"no handler: the whole grace period", "sleep 1000", "", 10, 10},
      {"K-T-21: at least 2 s", "sleep 1000", "", 1, 2},
      {"SIGTERM after the hook", "trap 'exit 3' TERM; sleep 1000 & wait", preStop("sleep: {seconds: 4}"), 10, 4},
      {"what is left after it", "sleep 1000", preStop("sleep: {seconds: 4}"), 10, 10},
      {"at least 2 s are left", "sleep 1000", preStop("sleep: {seconds: 9}"), 10, 11},
      {"it outlasts the grace period", "sleep 1000", preStop("exec: {command: [sleep, '60']}"), 10, 12},
      {"it tells the container to end", "while [ ! -e /d/stop ]; do sleep 1; done",
       shared + preStop("exec: {command: [sh, -c, \"touch /d/stop; sleep 4\"]}"), 30, 0},
      {"in the container's own files", "while [ ! -e /tmp/stop ]; do sleep 1; done",
       preStop("exec: {command: [touch, /tmp/stop]}"), 30, 0},
      {"at its time", "while [ ! -e /tmp/stop ]; do sleep 1; done",
       preStop("exec: {command: [sh, -c, \"sleep 5; touch /tmp/stop; sleep 20\"]}"), 30, 5},
      {"what asks for names goes on", "trap 'exit 3' TERM; sleep 1000 & wait",
       preStop("exec: {command: [sh, -c, \"nslookup no.such.name; sleep 3\"]}"), 30, 3}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    Lab lab(podText("p", row.script, "volumes: [{name: d, emptyDir: {}}], ", row.container));
    lab.until(10s);
    lab.remove("p", row.grace);
    lab.until(60s);
    EXPECT_FALSE(lab.find("p"));
    EXPECT_THAT(lab.exitOf("main") - 10, between(row.ended, row.ended + 1.2));
  }
}

TEST(Hooks, PostStartRunsInItsContainer) {
  Lab lab(podText("p", "while [ ! -e /ready ]; do sleep 1; done", {},
                  "lifecycle: {postStart: {exec: {command: [sh, -c, \"sleep 5; touch /ready\"]}}}, "));
  lab.settle();
  EXPECT_EQ(lab.status("p").phase, "Succeeded");
  EXPECT_THAT(lab.exitOf("main"), between(5, 9));
}

TEST(Hooks, APostStartHookThatFailsEndsItsContainer) {
  Lab lab(podText("p", "sleep 1000", "terminationGracePeriodSeconds: 5, ",
                  "lifecycle: {postStart: {exec: {command: [sh, -c, \"test -e /none\"]}}}, "));
  lab.settle();
  EXPECT_EQ(lab.status("p").phase, "Failed");
  EXPECT_THAT(lab.exitOf("main"), between(5.5, 8));
}

TEST(Sidecars, KPOD40TheirHooksDoNotWaitForTheirTurn) {
  Lab lab(podText("p", "trap 'sleep 5; exit 0' TERM; sleep 1000 & wait",
                  "initContainers: [{name: s, image: \"b:1\", restartPolicy: Always, command: [sh, -c, \"trap 'exit 0' "
                  "TERM; sleep 1000 & wait\"], lifecycle: {preStop: {sleep: {seconds: 6}}}}], "));
  lab.until(10s);
  lab.remove("p", 30);
  lab.until(40s);
  EXPECT_THAT(lab.exitOf("main"), between(15, 15.3));
  EXPECT_THAT(lab.exitOf("s"), between(16, 16.3)) << "6 s after the deletion, not after the end of main";
}

TEST(Admission, KT16AndKPOD7NoMorePodsThanTheNodeTakes) {
  std::string many;
  for (int i = 0; i < 111; ++i) many += podText("p" + std::to_string(i), "sleep 1000", "nodeName: n1, ");
  Lab lab(many);
  lab.until(30s);
  int refused = 0;
  for (int i = 0; i < 111; ++i) refused += lab.status("p" + std::to_string(i)).reason == "OutOfpods" ? 1 : 0;
  EXPECT_EQ(refused, 1);
}

TEST(Admission, KPOD7UnderPressureOnlyPodsWithoutRequestsAreRefused) {
  Lab lab(podText("first", "sleep 1000"));
  lab.until(10s);
  Context ctx = lab.ctx();
  EXPECT_TRUE(lab.kubelet().evict(ctx, Lab::keyOf("first"), "memory"));
  lab.until(12s);
  lab.submit(podText("bare", "sleep 1000", "nodeName: n1, ") +
             podText("asks", "sleep 1000", "nodeName: n1, ", "resources: {requests: {memory: 1Gi}}, "));
  lab.until(30s);
  EXPECT_EQ(lab.status("bare").phase, "Failed");
  EXPECT_EQ(lab.status("bare").reason, "Evicted");
  EXPECT_EQ(lab.status("bare").message, "The node had condition: [MemoryPressure]. ");
  EXPECT_EQ(lab.status("asks").phase, "Running");
}

}  // namespace
}  // namespace jobset_twin::cluster::test
