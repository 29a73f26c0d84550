// What containers see of ConfigMaps, Secrets, the downward API and their own names (K-POD-4, K-T-19).
#include <gmock/gmock.h>

#include "tests/sim/cluster/kubelet/lab.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

// YWJj is "abc".
const std::string kObjects =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, namespace: default}\ndata: {a: one, b: two}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: default}\ndata: {k: YWJj, l: eA==}\nstringData: {l: "
    "plain}\n---\n";

// What the container prints.
std::vector<std::string> printed(Lab& lab) {
  std::vector<std::string> lines;
  for (const kernel::Note& note : lab.notes(NoteKind::kLog)) lines.push_back(note.text);
  return lines;
}

TEST(Configuration, KT19VariablesAndFilesFromObjects) {
  struct Row {
    const char* description;
    std::string script, fields, container, line;
  };
  const std::string mount = "volumeMounts: [{name: v, mountPath: /v}], ";
  const Row rows[] = {
      {"a key of a Secret", "echo $K", "", "env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}], ", "abc"},
      {"stringData goes over data", "echo $K", "", "env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: l}}}], ",
       "plain"},
      {"all of a Secret", "echo $P_k $P_l", "", "envFrom: [{prefix: P_, secretRef: {name: s}}], ", "abc plain"},
      {"all of a ConfigMap", "echo $a $b", "", "envFrom: [{configMapRef: {name: cm}}], ", "one two"},
      {"a Secret as a volume", "cat /v/k", "volumes: [{name: v, secret: {secretName: s}}], ", mount, "abc"},
      {"listing", "ls /v", "volumes: [{name: v, configMap: {name: cm}}], ", mount, "b"},
      {"items", "cat /v/x/y", "volumes: [{name: v, configMap: {name: cm, items: [{key: a, path: x/y}]}}], ", mount,
       "one"},
      {"one file of a volume", "cat /etc/app.conf", "volumes: [{name: v, configMap: {name: cm}}], ",
       "volumeMounts: [{name: v, mountPath: /etc/app.conf, subPath: a}], ", "one"},
      {"projected", "cat /v/a /v/k; echo; test -s /v/t && echo token",
       "volumes: [{name: v, projected: {sources: [{configMap: {name: cm}}, {secret: {name: s}}, {serviceAccountToken: "
       "{path: t}}]}}], ",
       mount, "token"},
      {"the downward API", "cat /v/name; echo; cat /v/labels",
       "volumes: [{name: v, downwardAPI: {items: [{path: name, "
       "fieldRef: {fieldPath: metadata.name}}, {path: labels, fieldRef: {fieldPath: metadata.labels}}]}}], ",
       mount, "p"},
      {"read only", "echo new > /v/a || echo refused", "volumes: [{name: v, configMap: {name: cm}}], ", mount,
       "refused"},
      {"what is optional and not there", "echo ${K:-none}", "",
       "env: [{name: K, valueFrom: {secretKeyRef: {name: other, key: k, optional: true}}}], ", "none"},
      {"K-DNS-11: the node's name", "echo $HOSTNAME; hostname", "hostNetwork: true, ", "", "n1"},
      {"as a domain name", "echo $HOSTNAME $(hostname)", "hostname: h, subdomain: sub, setHostnameAsFQDN: true, ", "",
       "h.sub.default.svc.cluster.local h.sub.default.svc.cluster.local"},
      {"hostnameOverride", "echo $HOSTNAME $(hostname)", "hostnameOverride: my.own.name, ", "",
       "my.own.name my.own.name"},
      {"a limit in units", "echo $M", "",
       "resources: {limits: {memory: 512Mi}}, env: [{name: M, valueFrom: {resourceFieldRef: {resource: limits.memory, "
       "divisor: 1Mi}}}], ",
       "512"},
      {"a request in units", "echo $M", "",
       "resources: {requests: {cpu: 500m}}, env: [{name: M, valueFrom: {resourceFieldRef: {resource: requests.cpu, "
       "divisor: 1m}}}], ",
       "500"},
      {"rounded up", "echo $M", "",
       "resources: {requests: {cpu: 1500m}}, env: [{name: M, valueFrom: {resourceFieldRef: {resource: "
       "requests.cpu}}}], ",
       "2"},
      {"no limit: what the node has", "echo $M", "",
       "env: [{name: M, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}], ", "8"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    Lab lab(kObjects + podText("p", row.script, row.fields, row.container));
    lab.settle();
    EXPECT_THAT(printed(lab), Contains(row.line));
  }
}

TEST(Configuration, KPOD4AVolumeWaitsForWhatIsYetToCome) {
  struct Row {
    std::string volume, message;
  };
  for (const Row& row : {Row{"configMap: {name: late}", "configmap \"late\" not found"},
                         {"projected: {sources: [{configMap: {name: late}}]}", "configmap \"late\" not found"},
                         {"configMap: {name: late, items: [{key: typo, path: p}]}", "configmap \"late\" not found"}}) {
    SCOPED_TRACE(row.volume);
    Lab lab("");
    const api::MutableObjectPtr late = api::makeObject(api::Generic{"v1", "ConfigMap", {}});
    late->meta.name = "late";
    late->meta.namespace_ = "default";
    lab.kubelet().expect(*late);
    lab.submit(podText("p", "cat /v/a", "volumes: [{name: v, " + row.volume + "}], ",
                       "volumeMounts: [{name: v, mountPath: /v}], "));
    lab.until(20s);
    EXPECT_EQ(lab.status("p").phase, "Pending");
    EXPECT_EQ(lab.container("p").state.waiting->reason, "ContainerCreating");
    EXPECT_THAT(lab.message("p", "FailedMount"), ::testing::HasSubstr(row.message));
    EXPECT_THAT(lab.kubelet().waiting(), ::testing::SizeIs(1));
    lab.submit("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late, namespace: default}\ndata: {a: one}\n");
    lab.until(60s);
    if (row.volume.find("typo") == std::string::npos) {
      EXPECT_EQ(lab.status("p").phase, "Succeeded");
      EXPECT_THAT(printed(lab), ElementsAre("one"));
    } else {
      EXPECT_EQ(lab.status("p").phase, "Pending") << "references non-existent config key: typo";
    }
  }
}

// K-T-67; 3.2 row 2.
TEST(Mounts, KT67APodWaitsForTheVolumesOfItsClaims) {
  WorldConfig config;
  config.timing.volumes.provision = {60s, 0};
  for (const std::string provisioner : {"example.com/disk", "kubernetes.io/no-provisioner"}) {
    SCOPED_TRACE(provisioner);
    Lab lab(
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: late}\nprovisioner: " + provisioner +
            "\nvolumeBindingMode: WaitForFirstConsumer\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: "
            "{name: c, namespace: default}\nspec: {storageClassName: late, accessModes: [ReadWriteOnce], "
            "resources: {requests: {storage: 1Gi}}}\n---\n" +
            podText("p", "sleep 5", "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], ",
                    "volumeMounts: [{name: v, mountPath: /v}], "),
        1, config);
    lab.until(50s);
    EXPECT_EQ(lab.status("p").phase, "Pending");
    EXPECT_THAT(lab.kubelet().waiting(),
                ElementsAre(::testing::Pair("default/p", "it waits for the volume of claim default/c")));
    lab.until(80s);
    EXPECT_EQ(lab.status("p").phase, provisioner.starts_with("example") ? "Succeeded" : "Pending");
  }
}

}  // namespace
}  // namespace jobset_twin::cluster::test
