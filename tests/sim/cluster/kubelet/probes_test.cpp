// Probes (K-POD-30 to K-POD-32).
#include <gmock/gmock.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

double endOf(Lab& lab, const std::string& pod) {
  const auto& ended = lab.container(pod).state.terminated;
  EXPECT_TRUE(ended);
  return ended ? lab.seconds(*ended->finishedAt) : 0;
}

TEST(Probes, KPOD30CommandsThatWaitOrAsk) {
  struct Row {
    const char* probe;
    bool ready;
  };
  for (const Row& row : {Row{"exec: {command: [sh, -c, \"nslookup no.such.name\"]}", false},
                         {"exec: {command: [sh, -c, \"curl -sf http://localhost:80/healthz\"]}", true},
                         {"exec: {command: [sh, -c, \"while :; do sleep 1; done\"]}, timeoutSeconds: 3", false},
                         {"exec: {command: [python3, check.py]}", true}}) {
    SCOPED_TRACE(row.probe);
    Lab lab(
        podText("p", "sleep 1000", {},
                std::string("ports: [{containerPort: 80}], readinessProbe: {periodSeconds: 4, ") + row.probe + "}, "));
    lab.until(20s);
    EXPECT_EQ(lab.condition("p", "Ready") == "True", row.ready);
  }
}

TEST(Probes, KPOD30ResultsCountWhenTheCommandHasEnded) {
  Lab lab(podText("p", "sleep 1000", {},
                  "readinessProbe: {timeoutSeconds: 5, periodSeconds: 5, exec: {command: [sh, -c, \"sleep 3\"]}}, "));
  lab.until(3500ms);
  EXPECT_NE(lab.condition("p", "Ready"), "True");
  lab.until(6s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
}

TEST(Probes, KPOD30StartupHoldsUpTheOthers) {
  Lab lab(podText("p", "sleep 12; touch /up; sleep 1000", {},
                  "startupProbe: {periodSeconds: 5, failureThreshold: 10, exec: {command: [cat, /up]}}, livenessProbe: "
                  "{periodSeconds: 1, "
                  "failureThreshold: 1, exec: {command: [cat, /up]}}, "));
  lab.until(10s);
  EXPECT_FALSE(lab.container("p").started.value_or(true));
  lab.until(30s);
  EXPECT_TRUE(lab.container("p").started.value_or(false));
  EXPECT_EQ(lab.container("p").restartCount, 0);
}

// K-POD-31: the exit code that the container has then does not count.
TEST(Probes, KPOD31WhatAProbeKillsStartsAgainHoweverItEnds) {
  struct Row {
    const char* policy;
    std::int32_t restarts;
    const char* phase;
    const char* event;
  };
  for (const Row& row : {Row{"OnFailure", 1, "Running", "Container main failed liveness probe, will be restarted"},
                         {"Always", 1, "Running", "Container main failed liveness probe, will be restarted"},
                         {"Never", 0, "Succeeded", "Container main failed liveness probe"}}) {
    SCOPED_TRACE(row.policy);
    Lab lab(podText("p", "trap 'exit 0' TERM; sleep 1000 & wait", {},
                    "livenessProbe: {initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 1, exec: {command: "
                    "['false']}}, ",
                    row.policy));
    lab.until(18s);
    EXPECT_EQ(lab.container("p").restartCount, row.restarts);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    EXPECT_EQ(lab.message("p", "Killing"), row.event);
  }
}

TEST(Probes, KPOD31TheProbesOwnGracePeriod) {
  Lab lab(podText("p", "trap '' TERM; sleep 1000; true", {},
                  "livenessProbe: {periodSeconds: 10, initialDelaySeconds: 10, failureThreshold: 1, "
                  "terminationGracePeriodSeconds: 7, exec: {command: ['false']}}, "));
  lab.until(30s);
  EXPECT_THAT(endOf(lab, "p"), between(17, 19));
}

TEST(Probes, KPOD32ReadinessGoesOnDuringTheDeletion) {
  Lab lab(podText("p", "trap 'rm /ok' TERM; touch /ok; while :; do sleep 1; done", {},
                  "readinessProbe: {periodSeconds: 2, failureThreshold: 1, exec: {command: [cat, /ok]}}, "));
  lab.until(10s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
  lab.remove("p", 30);
  lab.until(16s);
  EXPECT_EQ(lab.condition("p", "Ready"), "False ContainersNotReady");
  EXPECT_EQ(lab.status("p").phase, "Running");
}

}  // namespace
}  // namespace jobset_twin::cluster::test
