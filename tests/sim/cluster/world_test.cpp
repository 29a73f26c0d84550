#include "sim/cluster/world.hpp"

#include "sim/cluster/network/dns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/api/read.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;

// One leader that works for 30 s; four workers, each of which waits until the leader's name resolves and works for 10
// s.
constexpr std::string_view kTraining = R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train, namespace: default}
spec:
  replicatedJobs:
  - name: leader
    template:
      spec:
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            containers:
            - {name: main, image: busybox, command: [sh, -c, "echo leading; sleep 30"]}
  - name: workers
    replicas: 2
    template:
      spec:
        backoffLimit: 0
        completions: 2
        parallelism: 2
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: busybox
              command: [sh, -c, "until nslookup train-leader-0-0.train; do sleep 1; done; sleep 10"]
)";

std::vector<api::ObjectPtr> objectsOf(std::string_view text) {
  std::vector<api::ObjectPtr> objects;
  const api::Documents documents = api::readDocuments(text, "test.yaml");
  EXPECT_TRUE(documents.errors.empty());
  for (const api::Tree& tree : documents.trees) {
    api::Errors warnings;
    const api::Result<api::ObjectPtr> object = api::readObject(tree, api::Validation::kStrict, warnings);
    if (object.ok()) objects.push_back(object.value());
    EXPECT_TRUE(object.ok());
  }
  return objects;
}

api::ObjectPtr node(const std::string& name) {
  const api::MutableObjectPtr object = api::makeObject(api::Node());
  object->meta.name = name;
  object->meta.labels.set("kubernetes.io/hostname", name);
  api::NodeStatus& status = api::as<api::Node>(*object).status;
  for (const auto& [resource, amount] :
       {std::pair<std::string, std::int64_t>{"cpu", 64}, {"memory", 256LL << 30}, {"pods", 110}}) {
    status.capacity[resource] = status.allocatable[resource] = api::Quantity::milli(amount * 1000);
  }
  status.conditions.emplace_back();
  status.conditions[0].type = "Ready";
  status.conditions[0].status = "True";
  return object;
}

World makeWorld(std::string_view manifest, WorldConfig config = {}) {
  World world(std::move(config));
  world.trace().enabled = true;
  world.start();
  for (const std::string name : {"n1", "n2"}) {
    const api::ObjectPtr made = world.executeNow(api::createRequest(node(name))).object;
    const api::MutableObjectPtr status = api::edit(made);
    api::as<api::Node>(*status).status = api::as<api::Node>(node(name)).status;
    EXPECT_TRUE(world.executeNow(api::updateStatusRequest(status)).ok());
  }
  for (const api::ObjectPtr& object : objectsOf(manifest))
    world.submit({world.kernel().now(), api::createRequest(object), "test.yaml:1"});
  return world;
}

const api::JobSet& jobsetOf(const World& world) {
  return api::as<api::JobSet>(world.server().store().find({api::Kind::kJobSet, "default", "train"}));
}

// Steps until nothing but housekeeping is left, at most an hour.
void runToEnd(World& world) {
  const kernel::TimePoint limit = world.kernel().now() + 1h;
  while (world.submissionsPending() > 0 || world.kernel().pendingWork() > 0) {
    ASSERT_TRUE(world.step());
    ASSERT_LT(world.kernel().now(), limit);
  }
}

std::vector<std::string> namesOf(const World& world, api::Kind kind) {
  std::vector<std::string> names;
  for (const api::ObjectPtr& object : world.server().list(kind, "default")) names.push_back(object->meta.name);
  return names;
}

TEST(World, AJobSetRunsToCompletion) {
  World world = makeWorld(kTraining);
  const kernel::TimePoint start = world.kernel().now();
  runToEnd(world);
  for (const World::Refused& refused : world.takeRefused()) ADD_FAILURE() << refused.response.message;

  const api::JobSet& jobset = jobsetOf(world);
  EXPECT_EQ(jobset.status.terminalState, "Completed");
  EXPECT_EQ(jobset.status.restarts, 0);
  EXPECT_TRUE(api::conditionIs(jobset.status.conditions, "Completed", "True"));
  std::map<std::string, int> succeeded;
  for (const auto& status : jobset.status.replicatedJobsStatus) succeeded[status.name] = status.succeeded;
  EXPECT_EQ(succeeded, (std::map<std::string, int>{{"leader", 1}, {"workers", 2}}));
  // The leader's 30 s and what surrounds them (K-EX-1: a few seconds).
  EXPECT_GT(world.kernel().now() - start, 30s);
  EXPECT_LT(world.kernel().now() - start, 45s);

  EXPECT_THAT(namesOf(world, api::Kind::kJob),
              testing::ElementsAre("train-leader-0", "train-workers-0", "train-workers-1"));
  EXPECT_THAT(namesOf(world, api::Kind::kService), testing::ElementsAre("train"));
  for (const api::ObjectPtr& object : world.server().list(api::Kind::kJob)) {
    EXPECT_TRUE(api::conditionIs(api::as<api::Job>(object).status.conditions, "Complete", "True")) << object->meta.name;
    ASSERT_NE(api::controllerOf(object->meta), nullptr);
    EXPECT_EQ(api::controllerOf(object->meta)->name, "train");
  }
  // K-DNS-4, K-DNS-1: all Pods have ended, one empty slice is left.
  const std::vector<api::ObjectPtr> slices = world.server().list(api::Kind::kEndpointSlice, "default");
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_TRUE(api::as<api::EndpointSlice>(slices.front()).endpoints.empty());
  EXPECT_EQ(api::controllerOf(slices.front()->meta)->name, "train");
}

TEST(World, NamesOfPodsResolveWhileTheyStart) {
  World world = makeWorld(kTraining);
  const kernel::TimePoint start = world.kernel().now();
  runToEnd(world);
  std::set<std::string> names;
  const std::vector<api::ObjectPtr> pods = world.server().list(api::Kind::kPod, "default");
  EXPECT_EQ(pods.size(), 5U);
  for (const api::ObjectPtr& pod : pods) {
    EXPECT_EQ(api::as<api::Pod>(pod).status.phase, "Succeeded") << pod->meta.name;
    EXPECT_TRUE(pod->meta.finalizers.empty()) << pod->meta.name;
    const auto first = world.dns().firstResolvable(pod->meta.uid);
    ASSERT_TRUE(first.has_value()) << pod->meta.name;
    EXPECT_GT(*first - start, 500ms);  // K-DNS-10: sandbox first
    EXPECT_LT(*first - start, 5s);
    for (const std::string& name : world.dns().namesOf(*pod)) {
      names.insert(name);
      EXPECT_FALSE(world.dns().lookUp(name, "default", "n1", world.kernel().now()).exists) << "K-GOT-32: it has ended";
    }
  }
  EXPECT_THAT(names, testing::ElementsAre("train-leader-0-0.train.default.svc.cluster.local",
                                          "train-workers-0-0.train.default.svc.cluster.local",
                                          "train-workers-0-1.train.default.svc.cluster.local",
                                          "train-workers-1-0.train.default.svc.cluster.local",
                                          "train-workers-1-1.train.default.svc.cluster.local"));
  std::multiset<std::string> came, went;
  for (const kernel::Note& note : world.trace().take()) {
    if (note.kind == static_cast<std::uint16_t>(NoteKind::kNameResolvable)) came.insert(note.text);
    if (note.kind == static_cast<std::uint16_t>(NoteKind::kNameGone)) went.insert(note.text);
  }
  EXPECT_EQ(came, (std::multiset<std::string>(names.begin(), names.end())));
  EXPECT_EQ(went, came);
}

// A worker that asks at once for a name whose Pod comes 5 s later, and works for 10 s.
constexpr std::string_view kEarly = R"(
apiVersion: v1
kind: Service
metadata: {name: late, namespace: default}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: late}}
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train, namespace: default}
spec:
  replicatedJobs:
  - name: worker
    template:
      spec:
        template:
          spec:
            restartPolicy: Never
            containers:
            - {name: main, image: busybox, command: [sh, -c, "until nslookup h.late; do sleep 1; done; sleep 10"]}
)";
constexpr std::string_view kLate = R"(
apiVersion: v1
kind: Pod
metadata: {name: late, namespace: default, labels: {app: late}}
spec:
  hostname: h
  subdomain: late
  restartPolicy: Never
  containers:
  - {name: main, image: busybox, command: [sleep, "60"]}
)";

// K-DNS-21, K-EX-10: a worker that asks too early is told so for 30 s by its resolver, where that caches negative
// answers.
TEST(World, NegativeAnswersDelayWorkers) {
  struct Row {
    Duration negative_ttl, at_least, at_most;
  };
  for (const Row& row : {Row{0s, 16s, 25s}, Row{30s, 41s, 50s}}) {
    WorldConfig config;
    config.timing.network.negative_ttl = row.negative_ttl;
    World world = makeWorld(kEarly, config);
    const kernel::TimePoint start = world.kernel().now();
    world.submit({start + 5s, api::createRequest(objectsOf(kLate).at(0)), "test.yaml:1"});
    runToEnd(world);
    for (const World::Refused& refused : world.takeRefused()) ADD_FAILURE() << refused.response.message;
    const api::Condition* completed = api::findCondition(jobsetOf(world).status.conditions, "Completed");
    ASSERT_NE(completed, nullptr);
    EXPECT_GE(*completed->lastTransitionTime - start, row.at_least);
    EXPECT_LE(*completed->lastTransitionTime - start, row.at_most);
  }
}

constexpr std::string_view kProbed = R"(
apiVersion: v1
kind: Pod
metadata: {name: probed, namespace: default}
spec:
  restartPolicy: Never
  containers:
  - {name: main, image: server, readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}}
)";

// What a scenario says of readiness stands for what the probe would find.
TEST(World, ABehaviourSaysWhenAProbeFindsAContainerReady) {
  struct Row {
    std::optional<Duration> ready_after;
    Duration at_least, at_most;
  };
  for (const Row& row : {Row{std::nullopt, 0s, 5s}, Row{20s, 20s, 25s}}) {
    WorldConfig config;
    config.kubelet.behaviors.emplace_back();
    config.kubelet.behaviors.back().run_time.emplace().a = 60s;
    config.kubelet.behaviors.back().ready_after = row.ready_after;
    World world = makeWorld(kProbed, config);
    const kernel::TimePoint start = world.kernel().now();
    const auto ready = [&world] {
      const api::ObjectPtr pod = world.server().store().find({api::Kind::kPod, "default", "probed"});
      return pod && api::conditionIs(api::as<api::Pod>(pod).status.conditions, "Ready", "True");
    };
    while (!ready()) ASSERT_TRUE(world.step() && world.kernel().now() < start + 1h);
    EXPECT_GE(world.kernel().now() - start, row.at_least);
    EXPECT_LE(world.kernel().now() - start, row.at_most);
  }
}

constexpr std::string_view kTwins = R"(
apiVersion: batch/v1
kind: Job
metadata: {name: twins, namespace: default}
spec:
  parallelism: 2
  completions: 2
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {kubernetes.io/hostname: n1}
      containers:
      - {name: main, image: big, command: [sleep, "5"]}
)";

// K-T-13: a node pulls an image once; a Pod that comes meanwhile waits for the same pull.
TEST(World, AnImageIsPulledOnceAndWaitedForByAll) {
  WorldConfig config;
  config.timing.kubelet.images_present = false;
  config.timing.kubelet.default_image_bytes = 3'000'000'000;
  config.timing.kubelet.image_bytes_per_second = 100e6;
  World world = makeWorld(kTwins, config);
  const kernel::TimePoint start = world.kernel().now();
  runToEnd(world);
  const std::vector<api::ObjectPtr> pods = world.server().list(api::Kind::kPod, "default");
  ASSERT_EQ(pods.size(), 2u);
  for (const api::ObjectPtr& pod : pods) {
    ASSERT_EQ(api::as<api::Pod>(pod).status.containerStatuses.size(), 1u);
    const auto& ended = api::as<api::Pod>(pod).status.containerStatuses[0].state.terminated;
    ASSERT_TRUE(ended);
    EXPECT_GE(*ended->startedAt - start, 30s);
    EXPECT_LE(*ended->startedAt - start, 35s);
  }
}

TEST(World, TheSameSeedGivesTheSameRunAndAnotherDoesNot) {
  World first = makeWorld(kTraining), second = makeWorld(kTraining);
  WorldConfig config;
  config.seed = 2;
  World other = makeWorld(kTraining, config);
  runToEnd(first);
  runToEnd(second);
  runToEnd(other);
  EXPECT_EQ(first.kernel().fingerprint().text(), second.kernel().fingerprint().text());
  EXPECT_NE(first.kernel().fingerprint().text(), other.kernel().fingerprint().text());
  EXPECT_EQ(jobsetOf(other).status.terminalState, "Completed");
}

// A copy taken at any time goes on exactly as the original, which is run to its end first.
TEST(World, ACopyGoesOnAsTheOriginal) {
  World world = makeWorld(kTraining);
  std::vector<World> copies;
  const kernel::TimePoint start = world.kernel().now();
  for (const Duration at : std::initializer_list<Duration>{0ms, 20ms, 700ms, 1500ms, 3s, 20s, 33s}) {
    while (world.nextTime() && *world.nextTime() <= start + at) world.step();
    copies.push_back(world);
  }
  runToEnd(world);
  for (World& copy : copies) {
    runToEnd(copy);
    EXPECT_EQ(copy.kernel().fingerprint().text(), world.kernel().fingerprint().text());
    EXPECT_EQ(copy.kernel().now(), world.kernel().now());
  }
}

}  // namespace
}  // namespace jobset_twin::cluster
