// Objects through the archives of archive.hpp: nothing is lost, what was shared is shared again, equal states give
// equal bytes, and damage is an exception.
#include "engine/api/archive.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/content.hpp"
#include "engine/api/read.hpp"
#include "engine/api/request_archive.hpp"
#include "engine/api/saved_file.hpp"
#include "engine/api/write.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::api {
namespace {

constexpr const char* kManifests = R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: rich
  namespace: ns
  labels: {a: b, c: d}
  annotations: {alpha.jobset.sigs.k8s.io/exclusive-topology: rack}
spec:
  suspend: false
  network: {enableDNSHostnames: true, subdomain: net, publishNotReadyAddresses: false}
  successPolicy: {operator: Any, targetReplicatedJobs: [leader]}
  failurePolicy:
    maxRestarts: 3
    restartStrategy: BlockingRecreate
    rules:
    - {name: r0, action: FailJobSet, onJobFailureReasons: [PodFailurePolicy], targetReplicatedJobs: [leader], onJobFailureMessagePatterns: ["x.*"]}
  coordinator: {replicatedJob: leader, jobIndex: 0, podIndex: 0}
  ttlSecondsAfterFinished: 0
  replicatedJobs:
  - name: leader
    replicas: 1
    template:
      metadata: {labels: {in: template}}
      spec:
        backoffLimit: 0
        completions: 2
        parallelism: 2
        completionMode: Indexed
        podFailurePolicy:
          rules:
          - action: FailJob
            onExitCodes: {containerName: main, operator: In, values: [1, 42]}
          - action: Ignore
            onPodConditions: [{type: DisruptionTarget, status: "True"}]
        template:
          metadata: {annotations: {deep: down}}
          spec:
            restartPolicy: Never
            serviceAccountName: someone
            securityContext: {runAsUser: 1000, fsGroup: 2000}
            nodeSelector: {disk: ssd}
            tolerations: [{key: gpu, operator: Exists, effect: NoSchedule, tolerationSeconds: 10}]
            topologySpreadConstraints:
            - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}
            affinity:
              podAntiAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                - topologyKey: rack
                  labelSelector: {matchExpressions: [{key: job, operator: NotIn, values: [x, yy]}]}
            volumes:
            - {name: scratch, emptyDir: {sizeLimit: 1Gi}}
            - {name: data, persistentVolumeClaim: {claimName: data}}
            initContainers: [{name: first, image: busybox, restartPolicy: Always, command: [sleep, "1"]}]
            containers:
            - name: main
              image: "bash:latest"
              command: [bash, -c, "echo $X; exit 1"]
              env:
              - {name: X, value: "1"}
              - {name: YY, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['a']"}}}
              ports: [{containerPort: 80, name: http, protocol: TCP}]
              resources: {requests: {cpu: 100m, memory: 1Gi, "example.com/gpu": "2"}, limits: {cpu: "1.5"}}
              readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 3}
              livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 5}
              lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
              volumeMounts: [{name: data, mountPath: /data, readOnly: true}]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: j
  namespace: ns
  ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u, controller: true, blockOwnerDeletion: false}]
spec:
  suspend: true
  template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: i}]}}
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {zone: z}}
spec: {unschedulable: true, taints: [{key: k, value: v, effect: NoSchedule}]}
status:
  capacity: {cpu: "64", memory: 256Gi, pods: "110"}
  allocatable: {cpu: "63500m", memory: 255Gi, pods: "110"}
  conditions: [{type: Ready, status: "True", lastHeartbeatTime: "2026-01-01T00:00:01Z", lastTransitionTime: "2026-01-01T00:00:00Z"}]
  addresses: [{type: InternalIP, address: 10.0.0.1}]
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: ns, finalizers: [one, two]}
spec:
  clusterIP: None
  selector: {a: b}
  publishNotReadyAddresses: true
  ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 8081}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: e, namespace: ns}
addressType: IPv4
endpoints:
- {addresses: [10.0.0.2], conditions: {ready: true, serving: true, terminating: false}, hostname: h, nodeName: node-1}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c, namespace: ns}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: fast}
---
apiVersion: v1
kind: Event
metadata: {name: ev, namespace: ns}
involvedObject: {kind: Pod, name: p, namespace: ns, uid: u}
reason: Why
message: because
type: Warning
count: 4
source: {component: kubelet, host: node-1}
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:09Z"
---
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: ev1, namespace: ns}
regarding: {kind: JobSet, name: r, namespace: ns}
reason: Why
note: because
type: Normal
action: Reconciling
eventTime: "2026-01-01T00:00:00.123456Z"
series: {count: 3, lastObservedTime: "2026-01-01T00:00:01.000001Z"}
reportingController: jobset
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
globalDefault: false
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm, namespace: ns}
data: {key: "value \u00e9 \"quoted\"", other: "-5"}
)";

std::vector<ObjectPtr> richObjects() {
  std::vector<ObjectPtr> objects;
  for (const Tree& tree : readDocuments(kManifests, "rich.yaml").trees) {
    Errors warnings;
    Result<ObjectPtr> read = readObject(tree, Validation::kStrict, warnings);
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : describe(read.errors().front()));
    if (read.ok()) objects.push_back(*read);
  }
  // A running Pod, with what only the simulator's own code sets.
  const PodSpec spec = *as<JobSet>(objects.front()).spec->replicatedJobs[0].template_.spec->template_.spec;
  Pod body;
  body.spec = Shared<PodSpec>(spec);
  body.nodeName = "n";
  body.hostname = "rich-leader-0-0";
  const TimePoint odd{Duration(1'767'225'600'123'456'789)};
  Condition ready;
  ready.type = "Ready";
  ready.status = "False";
  ready.lastProbeTime = ready.lastHeartbeatTime = odd;
  ready.lastTransitionTime = odd + Duration(1);
  ready.observedGeneration = 7;
  body.status.conditions = {ready};
  body.status.phase = "Running";
  body.status.startTime = odd;
  const MutableObjectPtr pod = makeObject(std::move(body));
  pod->meta.name = "rich-leader-0-0";
  pod->meta.namespace_ = "ns";
  pod->meta.labels = objects.front()->meta.labels;
  pod->meta.resourceVersion = 1'234'567'890'123;
  pod->meta.creationTimestamp = odd;
  pod->meta.deletionGracePeriodSeconds = 0;
  pod->meta.managedFields =
      Raw(nlohmann::json::parse(R"([{"manager": "kubectl", "x": -0.5, "big": 18446744073709551615}])"));
  pod->meta.selfLink = "/old";
  objects.push_back(pod);
  return objects;
}

template <class T>
std::string bytesOf(const T& value) {
  ArchiveWriter writer;
  writer(value);
  return writer.take();
}

TEST(Archive, EveryKindComesBackWhole) {
  const std::vector<ObjectPtr> objects = richObjects();
  bool seen[kKindCount] = {};
  for (const ObjectPtr& object : objects) {
    seen[static_cast<std::size_t>(object->kind())] = true;
    const std::string bytes = bytesOf(object);
    ArchiveReader reader(bytes);
    ObjectPtr back;
    reader(back);
    reader.expectEnd();
    const std::string name(kindNameOf(*object));
    ASSERT_TRUE(back) << name;
    EXPECT_EQ(toJson(*back), toJson(*object)) << name;
    EXPECT_EQ(contentHash(*back), contentHash(*object)) << name;
    EXPECT_TRUE(semanticallyEqual(*back, *object)) << name;
    EXPECT_EQ(bytesOf(back), bytes) << name;
  }
  for (std::size_t kind = 0; kind < kKindCount; ++kind) EXPECT_TRUE(seen[kind]) << "no object of kind " << kind;
}

TEST(Archive, WhatJsonCutsOrHidesIsKept) {
  const ObjectPtr pod = richObjects().back();
  const std::string bytes = bytesOf(pod);
  ArchiveReader reader(bytes);
  ObjectPtr back;
  reader(back);
  EXPECT_EQ(back->meta.creationTimestamp, pod->meta.creationTimestamp);
  EXPECT_EQ(back->meta.managedFields, pod->meta.managedFields);
  EXPECT_EQ(back->meta.selfLink, "/old");
  EXPECT_EQ(as<Pod>(back).status.conditions, as<Pod>(pod).status.conditions);
  EXPECT_EQ(as<Pod>(back).status.startTime, as<Pod>(pod).status.startTime);
  EXPECT_EQ(as<Pod>(back).hostname, "rich-leader-0-0");
}

TEST(Archive, WhatWasSharedIsSharedAgainAndWrittenOnce) {
  const ObjectPtr pod = richObjects().back();
  std::vector<ObjectPtr> many;
  for (int i = 0; i < 1000; ++i) {
    const MutableObjectPtr copy = edit(pod);
    copy->meta.name += std::to_string(i);
    many.push_back(copy);
  }
  many.push_back(many.front());
  many.push_back(nullptr);
  const std::string one = bytesOf(std::vector<ObjectPtr>{many.front()}), all = bytesOf(many);
  EXPECT_LT(all.size(), one.size() + 1000 * 250);
  ArchiveReader reader(all);
  std::vector<ObjectPtr> back;
  reader(back);
  ASSERT_EQ(back.size(), many.size());
  EXPECT_EQ(back[1000], back[0]);
  EXPECT_EQ(back[1001], nullptr);
  EXPECT_NE(back[0], back[1]);
  EXPECT_TRUE(as<Pod>(back[0]).spec.sameAs(as<Pod>(back[999]).spec));
  EXPECT_TRUE(back[0]->meta.labels.sameAs(back[999]->meta.labels));
  EXPECT_EQ(&back[0]->meta.managedFields.get(), &back[999]->meta.managedFields.get());
  EXPECT_EQ(bytesOf(back), all);
}

TEST(Archive, NumbersAtTheirEnds) {
  const std::tuple<std::int64_t, std::uint64_t, std::int32_t, std::uint8_t, bool, double> rows[] = {
      {INT64_MIN, UINT64_MAX, INT32_MIN, 255, true, -0.0},
      {INT64_MAX, 0, INT32_MAX, 0, false, 1e-308},
      {-1, 127, -64, 128, true, 0.1}};
  for (const auto& [a, b, c, d, e, f] : rows) {
    ArchiveWriter writer;
    writer(a, b, c, d, e, f);
    const std::string bytes = writer.take();
    ArchiveReader reader(bytes);
    std::int64_t a2 = 0;
    std::uint64_t b2 = 0;
    std::int32_t c2 = 0;
    std::uint8_t d2 = 0;
    bool e2 = false;
    double f2 = 0;
    reader(a2, b2, c2, d2, e2, f2);
    reader.expectEnd();
    EXPECT_EQ(std::tie(a2, b2, c2, d2, e2), std::tie(a, b, c, d, e));
    EXPECT_EQ(std::memcmp(&f2, &f, sizeof f), 0);
  }
}

TEST(Archive, RequestsAndAnswers) {
  Request request;
  request.verb = Verb::kPatchStatus;
  request.key = {Kind::kPod, "ns", "p"};
  request.patch = PodStatusPatch{as<Pod>(richObjects().back()).status};
  request.delete_options.gracePeriodSeconds = 0;
  request.node = "n";
  Response response;
  response.reason = Reason::kInvalid;
  response.causes = {{"FieldValueInvalid", "no", "spec"}};
  response.object = richObjects().front();
  Request merge;
  merge.patch = MergePatch{Raw(nlohmann::json{{"a", nullptr}})};
  ArchiveWriter writer;
  writer(request, response, merge);
  const std::string bytes = writer.take();
  ArchiveReader reader(bytes);
  Request request2, merge2;
  Response response2;
  reader(request2, response2, merge2);
  reader.expectEnd();
  EXPECT_EQ(request2.key, request.key);
  EXPECT_EQ(std::get<PodStatusPatch>(request2.patch).status.conditions,
            std::get<PodStatusPatch>(request.patch).status.conditions);
  EXPECT_EQ(response2.causes[0].message, "no");
  EXPECT_EQ(contentHash(*response2.object), contentHash(*response.object));
  EXPECT_EQ(std::get<MergePatch>(merge2.patch).body.get().dump(), R"({"a":null})");
  ArchiveWriter again;
  again(request2, response2, merge2);
  EXPECT_EQ(again.take(), bytes);
}

// Reads what may be damaged: objects, or an exception (true), never anything else.
bool refuses(std::string_view bytes) {
  try {
    ArchiveReader reader(bytes);
    std::vector<ObjectPtr> objects;
    std::map<std::string, std::optional<std::int64_t>> map;
    reader(objects, map);
    reader.expectEnd();
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

TEST(Archive, DamageIsAnException) {
  ArchiveWriter writer;
  writer(richObjects(), std::map<std::string, std::optional<std::int64_t>>{{"a", 1}, {"b", std::nullopt}});
  const std::string whole = writer.take();
  EXPECT_FALSE(refuses(whole));
  EXPECT_TRUE(refuses(whole + "x"));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    EXPECT_TRUE(refuses(std::string_view(whole).substr(0, at))) << at;
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      refused += refuses(damaged) ? 1 : 0;
    }
  }
  EXPECT_GT(refused, whole.size() / 2);  // the rest changed a text or a number; saved_file.hpp finds those
  EXPECT_TRUE(refuses("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) << "a length of nearly 2^64";
}

TEST(SavedFile, SaysWhatDoesNotFit) {
  std::ostringstream out;
  writeFrame(out, "world", 7, "the state");
  writeFrame(out, "run", 8, "more");
  const std::string whole = out.str();
  const auto read = [](const std::string& bytes, std::string_view kind, std::uint64_t configuration) -> std::string {
    std::istringstream in(bytes);
    try {
      return readFrame(in, kind, configuration);
    } catch (const std::runtime_error& error) {
      return std::string("error: ") + error.what();
    }
  };
  EXPECT_EQ(read(whole, "world", 7), "the state");
  EXPECT_NE(read(whole, "run", 7).find("saved state of a world where that of a run is wanted"), std::string::npos);
  EXPECT_NE(read(whole, "world", 9).find("another scenario"), std::string::npos);
  EXPECT_NE(read("garbage that is long enough to be a header of something", "world", 7).find("not a saved state"),
            std::string::npos);
  EXPECT_NE(read("", "world", 7).find("not a saved state"), std::string::npos);
  std::istringstream in(whole);
  EXPECT_EQ(readFrame(in, "world", 7), "the state");
  EXPECT_EQ(readFrame(in, "run", 8), "more");
  std::ostringstream single;
  writeFrame(single, "world", 7, "the state");
  for (std::size_t at = 0; at < single.str().size(); ++at) {
    EXPECT_TRUE(read(single.str().substr(0, at), "world", 7).starts_with("error: ")) << at;
    std::string damaged = single.str();
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    EXPECT_TRUE(read(damaged, "world", 7).starts_with("error: ")) << at;
  }
}

}  // namespace
}  // namespace jobset_twin::api
