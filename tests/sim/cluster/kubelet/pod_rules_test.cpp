// Rules of a Pod's life (K-POD) in a small world: init containers and sidecars, probes, ends, what containers see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::HasSubstr;

// Of a container that has ended, in seconds.
double ended(const Lab& lab, const api::ContainerStatus& status) {
  if (!status.state.terminated) return -1;
  return lab.seconds(*status.state.terminated->finishedAt);
}

TEST(InitContainers, KPOD20OneAfterAnotherAndAgainByThePolicy) {
  struct Row {
    const char *policy, *phase;
    std::int32_t restarts;
  };
  for (const Row& row : {Row{"Never", "Failed", 0}, {"OnFailure", "Pending", 2}, {"Always", "Pending", 2}}) {
    SCOPED_TRACE(row.policy);
    Lab lab(podText("p", "sleep 10",
                    "initContainers: [{name: i, image: \"b:1\", command: [sh, -c, \"sleep 2; exit 1\"]}, {name: j, "
                    "image: \"b:1\", command: [sh, -c, \"sleep 2\"]}], ",
                    {}, row.policy));
    lab.until(25s);
    EXPECT_EQ(lab.status("p").phase, row.phase);
    EXPECT_EQ(lab.status("p").initContainerStatuses[0].restartCount, row.restarts);
    EXPECT_TRUE(lab.status("p").initContainerStatuses[1].state.waiting);
    ASSERT_TRUE(lab.container("p").state.waiting) << "K-POD-41: it was never started, whatever became of the Pod";
    EXPECT_EQ(lab.container("p").state.waiting->reason, "PodInitializing");
  }
}

TEST(Sidecars, KPOD21EndInReverseOrderWithinOneGracePeriod) {
  const std::string two =
      "initContainers: [{name: s1, image: \"b:1\", restartPolicy: Always, command: [sleep, '1000']}, {name: s2, image: "
      "\"b:1\", restartPolicy: Always, command: [sleep, '1000']}], ";
  Lab lab(podText("p", "sleep 10", "terminationGracePeriodSeconds: 10, " + two));
  lab.settle();
  EXPECT_EQ(lab.status("p").phase, "Succeeded") << "their exit codes do not matter";
  const double main = ended(lab, lab.container("p"));
  const auto& sidecars = lab.status("p").initContainerStatuses;
  EXPECT_THAT(ended(lab, sidecars[1]) - main, between(10, 12));
  EXPECT_THAT(ended(lab, sidecars[0]) - ended(lab, sidecars[1]), between(1, 4)) << "what is left, at least 2 s";
}

TEST(Sidecars, KPOD21TheNextOneWaitsUntilItHasStarted) {
  Lab lab(
      podText("p", "sleep 10",
              "volumes: [{name: d, emptyDir: {}}], initContainers: [{name: s, image: \"b:1\", restartPolicy: "
              "Always, volumeMounts: [{name: d, mountPath: /d}], command: [sh, -c, \"sleep 4; touch /d/up; sleep "
              "1000\"], startupProbe: {periodSeconds: 1, failureThreshold: 20, exec: {command: [cat, /d/up]}}}], "));
  lab.settle();
  const auto& sidecar = lab.status("p").initContainerStatuses[0];
  const double began = lab.seconds(*sidecar.state.terminated->startedAt);
  EXPECT_THAT(lab.seconds(*lab.container("p").state.terminated->startedAt) - began, between(4, 6));
}

TEST(Probes, KPOD30ACommandMayTakeItsTimeoutAndAskTheNetwork) {
  struct Row {
    const char* probe;
    bool ready;
  };
  for (const Row& row : {Row{"exec: {command: [sh, -c, \"sleep 2\"]}, timeoutSeconds: 5", true},
                         {"exec: {command: [sh, -c, \"sleep 2\"]}", false},
                         {"exec: {command: [sh, -c, \"sleep 2; exit 1\"]}, timeoutSeconds: 5", false},
                         {"exec: {command: [nc, -z, localhost, '80']}", true},
                         {"exec: {command: [sh, -c, 'wget -q -O- http://localhost:80/ > /dev/null']}", true},
                         {"exec: {command: [nc, -z, localhost, '81']}", false},
                         {"exec: {command: [nslookup, nowhere]}", false}}) {
    Lab lab(
        podText("p", "sleep 1000", {},
                std::string("ports: [{containerPort: 80}], readinessProbe: {periodSeconds: 2, ") + row.probe + "}, "));
    lab.until(20s);
    EXPECT_EQ(lab.condition("p", "Ready") == "True", row.ready) << row.probe;
  }
}

TEST(Probes, KPOD32LivenessAndStartupStopWithTheDeletion) {
  for (const std::string probe : {"startupProbe", "livenessProbe"}) {
    SCOPED_TRACE(probe);
    Lab lab(podText("p", "sleep 1000; true", {},
                    probe + ": {exec: {command: [sh, -c, 'exit 1']}, periodSeconds: 10, failureThreshold: 4}, ",
                    "Always"));
    lab.until(25s);
    lab.remove("p", 30);
    lab.until(54s);
    EXPECT_TRUE(lab.find("p"));
    lab.until(58s);
    EXPECT_FALSE(lab.find("p"));
  }
}

TEST(Probes, KPOD30ThresholdsOfReadiness) {
  Lab lab(podText("p", "sleep 3; touch /tmp/up; sleep 20; rm /tmp/up; sleep 1000", {},
                  "readinessProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 5, successThreshold: 2, "
                  "failureThreshold: 3}, "));
  lab.until(9s);
  EXPECT_EQ(lab.condition("p", "Ready").substr(0, 5), "False");
  lab.until(14s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True") << "asked at 0, 5 and 10 s of its run";
  lab.until(34s);
  EXPECT_EQ(lab.condition("p", "Ready"), "True");
  lab.until(39s);
  EXPECT_EQ(lab.condition("p", "Ready").substr(0, 5), "False") << "from 25 s on, for the third time at 35 s";
}

TEST(Ends, KPOD40ThePreStopHookIsPartOfTheGracePeriod) {
  struct Row {
    const char* hook;
    double term, killed;  // seconds after the deletion
  };
  for (const Row& row : {Row{"sleep: {seconds: 4}", 4, 10},
                         {"sleep: {seconds: 10}", 10, 12},
                         {"exec: {command: [sleep, '60']}", 10, 12},
                         {"sleep: {seconds: 0}", 0, 10}}) {
    SCOPED_TRACE(row.hook);
    Lab lab(podText("p", "trap 'echo term' TERM; while true; do sleep 0.5; done", {},
                    std::string("lifecycle: {preStop: {") + row.hook + "}}, "));
    lab.until(20s);
    lab.remove("p", 10);
    double term = -1, killed = -1;
    lab.until(40s);
    for (const kernel::Note& note : lab.world.trace().take()) {
      if (note.kind == static_cast<std::uint16_t>(NoteKind::kLog) && note.text == "term") term = lab.seconds(note.at);
      if (note.text.find("killed at the end") != std::string::npos) killed = lab.seconds(note.at);
    }
    EXPECT_THAT(term - 20, between(row.term, row.term + 0.7));
    EXPECT_THAT(killed - 20, between(row.killed, row.killed + 0.2));
    EXPECT_FALSE(lab.find("p"));
  }
}

TEST(Ends, KT21TwoSecondsAtLeastBetweenSigtermAndSigkill) {
  Lab lab(podText("p", "sleep 1000; true"));
  lab.until(20s);
  lab.remove("p", 1);
  lab.until(21900ms);
  ASSERT_TRUE(lab.find("p"));
  EXPECT_EQ(lab.status("p").phase, "Running");
  lab.settle();
  EXPECT_FALSE(lab.find("p"));
}

TEST(Ends, KPOD43APodWithoutAContainerYetFailsAndGoes) {
  Lab lab(podText("p", "sleep 1000"));
  lab.until(600ms);
  lab.remove("p", 30);
  lab.settle();
  EXPECT_LT(lab.now(), 4);
  EXPECT_FALSE(lab.find("p"));
}

// What containers find in their environment and their volumes.
TEST(Configuration, KPOD4SecretsConfigMapsAndTheDownwardApi) {
  const std::string configs =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: default}\ndata: {a: aGVsbG8=}\nstringData: {b: "
      "plain}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: default}\ndata: {k: v, l: w}\n"
      "---\n";
  struct Row {
    const char *fields, *container, *script, *line;
  };
  const Row rows[] = {
      {"", "env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: a}}}], ", "echo $K", "hello"},
      {"", "envFrom: [{prefix: S_, secretRef: {name: s}}, {configMapRef: {name: c}}], ", "echo $S_a $S_b $k",
       "hello plain v"},
      {"volumes: [{name: v, secret: {secretName: s}}], ", "volumeMounts: [{name: v, mountPath: /v}], ",
       "cat /v/a; echo; ls /v", "hello|a|b"},
      {"volumes: [{name: v, configMap: {name: c, items: [{key: l, path: x/y}]}}], ",
       "volumeMounts: [{name: v, mountPath: /v}], ", "cat /v/x/y; echo; ls /v", "w|x"},
      {"volumes: [{name: v, configMap: {name: c}}], ", "volumeMounts: [{name: v, mountPath: /etc/k, subPath: k}], ",
       "cat /etc/k", "v"},
      {"volumes: [{name: v, configMap: {name: c}}], ", "volumeMounts: [{name: v, mountPath: /v}], ",
       "echo no > /v/k || echo refused; cat /v/k", "refused|v"},
      {"volumes: [{name: v, projected: {sources: [{secret: {name: s, items: [{key: a, path: p}]}}, {downwardAPI: "
       "{items: [{path: m, fieldRef: {fieldPath: metadata.name}}]}}]}}], ",
       "volumeMounts: [{name: v, mountPath: /v}], ", "cat /v/p /v/m; echo", "hellop"},
      {"",
       "resources: {limits: {memory: 512Mi}}, env: [{name: M, valueFrom: {resourceFieldRef: {resource: "
       "limits.memory, divisor: 1Mi}}}, {name: C, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}], ",
       "echo $M $C", "512 8"},
      {"hostNetwork: true, ", "", "hostname; echo $HOSTNAME", "n1|n1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.script);
    Lab lab(configs + podText("p", row.script, row.fields, row.container));
    lab.settle();
    std::string lines;
    for (const kernel::Note& note : lab.world.trace().take()) {
      if (note.kind == static_cast<std::uint16_t>(NoteKind::kLog) && note.text.find("/v/k:") == std::string::npos)
        lines += (lines.empty() ? "" : "|") + note.text;
    }
    EXPECT_EQ(lines, row.line);
  }
}

TEST(Configuration, KPOD4AKeyThatIsNotThereHoldsUpTheContainer) {
  const std::string config =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: default}\ndata: {k: v}\n---\n";
  const auto variable = [](const std::string& more) {
    return "env: [{name: K, valueFrom: {configMapKeyRef: {name: c, key: typo" + more + "}}}], ";
  };
  Lab lab(config + podText("p", "sleep 10", {}, variable("")) +
          podText("q", "sleep 10", {}, variable(", optional: true")));
  lab.until(10s);
  ASSERT_TRUE(lab.container("p").state.waiting);
  EXPECT_EQ(lab.container("p").state.waiting->reason, "CreateContainerConfigError");
  EXPECT_THAT(lab.container("p").state.waiting->message, HasSubstr("couldn't find key typo in ConfigMap default/c"));
  EXPECT_TRUE(lab.container("q").state.running);
}

}  // namespace
}  // namespace jobset_twin::cluster::test
