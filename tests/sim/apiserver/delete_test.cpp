// Deleting: finalizers, grace, propagation, preconditions, eviction (K-API-20 to K-API-24, K-JOB-82).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using ::testing::ElementsAre;

using ::testing::StartsWith;

api::DeleteOptions grace(std::int64_t period) {
  api::DeleteOptions options;
  options.gracePeriodSeconds = period;
  return options;
}
api::DeleteOptions propagating(api::Propagation how) {
  api::DeleteOptions options;
  options.propagation = how;
  return options;
}
api::ObjectPtr withFinalizers(Cluster& cluster, std::string_view yaml, std::vector<std::string> names) {
  const api::MutableObjectPtr object = api::edit(parse(yaml));
  object->meta.finalizers = std::move(names);
  return cluster.create(object).object;
}
api::Response dropFinalizer(Cluster& cluster, const api::ObjectPtr& object, std::string name) {
  return cluster.run(api::patchRequest(api::keyOf(*object), api::RemoveFinalizer{std::move(name)}));
}
api::ObjectPtr runningPod(Cluster& cluster, std::string_view name, std::string_view spec = "") {
  cluster.created(podYaml(name, spec));
  cluster.schedule(name);
  return cluster.updateStatus(cluster.pod(name), [](api::Object& o) { api::as<api::Pod>(o).status.phase = "Running"; })
      .object;
}

TEST(Delete, without_finalizers_is_at_once) {  // K-API-20
  Cluster cluster;
  const api::ObjectPtr jobset = cluster.created(jobSetYaml("a"));
  cluster.server.takeWrites();
  const api::Response answer = cluster.remove(jobset);
  EXPECT_EQ(shown(answer), "200");
  EXPECT_EQ(cluster.get(api::keyOf(*jobset)), nullptr);
  const std::vector<WriteRecord> writes = cluster.server.takeWrites();
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_TRUE(writes[0].deleted);
  EXPECT_EQ(writes[0].object->meta.resourceVersion, cluster.server.store().revision())
      << "the event carries the deletion's revision";
  EXPECT_EQ(shown(cluster.remove(jobset)), "404 NotFound: jobsets.jobset.x-k8s.io \"a\" not found");
}

TEST(Delete, with_finalizers_waits_for_them) {  // K-API-20, K-API-21
  Cluster cluster;
  const api::ObjectPtr jobset = withFinalizers(cluster, jobSetYaml("a"), {"x/one", "x/two"});
  cluster.advance(3.9);
  const api::ObjectPtr marked = cluster.remove(jobset).object;
  EXPECT_EQ(marked->meta.deletionTimestamp, atSecond(3));
  EXPECT_EQ(marked->meta.deletionGracePeriodSeconds, 0);
  EXPECT_EQ(marked->meta.generation, 2) << "K-API-3: being deleted is a change";
  cluster.advance(10);
  EXPECT_EQ(cluster.remove(jobset).object, marked) << "a second DELETE changes nothing";
  EXPECT_EQ(cluster.update(marked, [](api::Object& o) { o.meta.deletionTimestamp.reset(); }).object, marked)
      << "it is never cleared";
  EXPECT_EQ(shown(cluster.update(marked, [](api::Object& o) { o.meta.finalizers.push_back("x/three"); })),
            "422 Invalid: JobSet.jobset.x-k8s.io \"a\" is invalid: metadata.finalizers: Forbidden: no new finalizers "
            "can be added if the object is "
            "being deleted, found new finalizers []string{\"x/three\"}");
  const api::ObjectPtr one_left = dropFinalizer(cluster, marked, "x/one").object;
  EXPECT_THAT(one_left->meta.finalizers, ElementsAre("x/two"));
  EXPECT_EQ(dropFinalizer(cluster, marked, "x/one").object, one_left) << "no such finalizer: no change";
  cluster.server.takeWrites();
  EXPECT_EQ(shown(cluster.update(one_left, [](api::Object& o) { o.meta.finalizers.clear(); })), "200");
  EXPECT_EQ(cluster.get(api::keyOf(*jobset)), nullptr);
  EXPECT_TRUE(cluster.server.takeWrites().back().deleted);
}

TEST(Delete, pod_grace) {  // K-API-23
  struct Row {
    const char* name;
    const char* spec;
    const char* phase;  // "": not scheduled
    std::optional<std::int64_t> asked;
    std::optional<std::int64_t> grace;  // nullopt: gone at once
  };
  const Row rows[] = {
      {"not scheduled", "", "", {}, {}},
      {"not scheduled, asked for 20 s", "", "", 20, {}},
      {"running, by default", "", "Running", {}, 30},
      {"pending on its node", "", "Pending", {}, 30},
      {"running, its own", "terminationGracePeriodSeconds: 7", "Running", {}, 7},
      {"running, asked for", "terminationGracePeriodSeconds: 7", "Running", 100, 100},
      {"running, forced", "", "Running", 0, {}},
      {"running, negative counts as 1", "", "Running", -5, 1},
      {"succeeded", "", "Succeeded", {}, {}},
      {"failed", "", "Failed", 20, {}},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    api::ObjectPtr pod = cluster.created(podYaml("p", row.spec));
    if (*row.phase != '\0') {
      pod = runningPod(cluster, "q", row.spec);
      if (std::string(row.phase) != "Running") {
        pod = cluster.updateStatus(pod, [&](api::Object& o) { api::as<api::Pod>(o).status.phase = row.phase; }).object;
      }
    }
    api::DeleteOptions options;
    options.gracePeriodSeconds = row.asked;
    cluster.advance(10.5);
    ASSERT_EQ(shown(cluster.remove(pod, options)), "200") << row.name;
    const api::ObjectPtr after = cluster.get(api::keyOf(*pod));
    ASSERT_EQ(after != nullptr, row.grace.has_value()) << row.name;
    if (!after) continue;
    EXPECT_EQ(after->meta.deletionGracePeriodSeconds, row.grace) << row.name;
    EXPECT_EQ(after->meta.deletionTimestamp, atSecond(10.0 + static_cast<double>(*row.grace))) << row.name;
    EXPECT_EQ(after->meta.generation, 2) << row.name;
  }
}

TEST(Delete, pod_grace_can_only_get_shorter) {  // K-API-21
  Cluster cluster;
  const api::ObjectPtr pod = runningPod(cluster, "p");
  cluster.advance(10);
  const api::ObjectPtr first = cluster.remove(pod).object;
  cluster.advance(5);
  EXPECT_EQ(cluster.remove(pod, grace(60)).object, first);
  EXPECT_EQ(cluster.remove(pod).object, first);
  const api::ObjectPtr shorter = cluster.remove(pod, grace(20)).object;
  EXPECT_EQ(shorter->meta.deletionTimestamp, atSecond(30)) << "from when it was first asked for";
  EXPECT_EQ(shorter->meta.deletionGracePeriodSeconds, 20);
  const api::ObjectPtr past = cluster.remove(pod, grace(2)).object;
  EXPECT_EQ(past->meta.deletionTimestamp, atSecond(15)) << "not before now";
  EXPECT_EQ(past->meta.deletionGracePeriodSeconds, 1);
  cluster.server.takeWrites();
  EXPECT_EQ(shown(cluster.remove(pod, grace(0))), "200") << "the kubelet's last word";
  EXPECT_EQ(cluster.pod("p"), nullptr);
}

TEST(Delete, a_tracked_pod_stays_until_the_finalizer_goes) {  // K-API-24
  Cluster cluster;
  const std::string finalizer = "batch.kubernetes.io/job-tracking";
  const api::ObjectPtr pod = withFinalizers(cluster, podYaml("p"), {finalizer});
  cluster.schedule("p");
  EXPECT_EQ(shown(cluster.remove(pod, grace(0))), "200");
  ASSERT_NE(cluster.pod("p"), nullptr);
  EXPECT_EQ(cluster.pod("p")->meta.deletionGracePeriodSeconds, 0);
  EXPECT_EQ(shown(dropFinalizer(cluster, pod, finalizer)), "200");
  EXPECT_EQ(cluster.pod("p"), nullptr);
  // While the grace runs the finalizer's end does not end the Pod.
  const api::ObjectPtr slow = withFinalizers(cluster, podYaml("q"), {finalizer});
  cluster.schedule("q");
  cluster.remove(slow);
  dropFinalizer(cluster, slow, finalizer);
  ASSERT_NE(cluster.pod("q"), nullptr);
  EXPECT_EQ(cluster.pod("q")->meta.deletionGracePeriodSeconds, 30);
}

TEST(Delete, preconditions) {  // K-API-13, K-API-22
  Cluster cluster;
  const api::ObjectPtr job = cluster.created(jobYaml("a"));
  api::DeleteOptions options = propagating(api::Propagation::kBackground);
  options.preconditionUid = "other";
  EXPECT_EQ(shown(cluster.remove(job, options)),
            fmt::format("409 Conflict: Operation cannot be fulfilled on Job.batch \"a\": the UID in the precondition "
                        "(other) does not match the UID in "
                        "record ({}). The object might have been deleted and then recreated",
                        job->meta.uid));
  options.preconditionUid = job->meta.uid;
  options.preconditionResourceVersion = 1;
  EXPECT_THAT(shown(cluster.remove(job, options)),
              StartsWith("409 Conflict: Operation cannot be fulfilled on Job.batch \"a\": the ResourceVersion in"));
  options.preconditionResourceVersion = job->meta.resourceVersion;
  EXPECT_EQ(shown(cluster.remove(job, options)), "200");
}

TEST(Delete, propagation) {  // K-API-22, K-JOB-82
  using P = api::Propagation;
  struct Row {
    const char* name;
    std::string yaml;
    P how;
    std::vector<std::string> before, after;  // finalizers; empty after: gone
    bool warned = false;
  };
  const Row rows[] = {
      {"a Job orphans by default, with a warning", jobYaml("a"), P::kDefault, {}, {"orphan"}, true},
      {"a Job, background", jobYaml("a"), P::kBackground, {}, {}},
      {"a Job, foreground", jobYaml("a"), P::kForeground, {}, {"foregroundDeletion"}},
      {"a Job, orphan", jobYaml("a"), P::kOrphan, {}, {"orphan"}},
      {"a JobSet, by default", jobSetYaml("a"), P::kDefault, {}, {}},
      {"a JobSet, foreground", jobSetYaml("a"), P::kForeground, {"x/y"}, {"x/y", "foregroundDeletion"}},
      {"foreground over orphan", jobSetYaml("a"), P::kForeground, {"orphan"}, {"foregroundDeletion"}},
      {"what an earlier one asked for stays by default",
       jobSetYaml("a"),
       P::kDefault,
       {"foregroundDeletion"},
       {"foregroundDeletion"}},
      {"background takes it back", jobSetYaml("a"), P::kBackground, {"foregroundDeletion"}, {}},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    const api::ObjectPtr object = withFinalizers(cluster, row.yaml, row.before);
    const api::Response answer = cluster.remove(object, propagating(row.how));
    ASSERT_EQ(shown(answer), "200") << row.name;
    EXPECT_EQ(!answer.warnings.empty(), row.warned) << row.name;
    const api::ObjectPtr after = cluster.get(api::keyOf(*object));
    EXPECT_EQ(after ? after->meta.finalizers : std::vector<std::string>(), row.after) << row.name;
    if (after) {
      EXPECT_TRUE(after->meta.deletionTimestamp) << row.name;
    }
  }
}

TEST(Delete, background_ends_a_foreground_deletion) {
  Cluster cluster;
  const api::ObjectPtr job = cluster.created(jobYaml("a"));
  cluster.remove(job, propagating(api::Propagation::kForeground));
  ASSERT_NE(cluster.job("a"), nullptr);
  cluster.remove(job, propagating(api::Propagation::kBackground));
  EXPECT_EQ(cluster.job("a"), nullptr);
}

TEST(Bind, places_a_pod_once) {
  Cluster cluster;
  cluster.created(
      "apiVersion: v1\nkind: Node\nmetadata: {name: node, labels: {topology.kubernetes.io/zone: z, "
      "topology.kubernetes.io/region: r, x: z}}");
  const api::ObjectPtr pod = cluster.created(podYaml("p"));
  const auto bind = [&](std::string_view name, std::string_view node, std::string_view uid) {
    api::Request request;
    request.verb = api::Verb::kBind;
    request.key = {api::Kind::kPod, "default", std::string(name)};
    request.node = node;
    request.delete_options.preconditionUid = uid;
    return cluster.run(request);
  };
  EXPECT_EQ(shown(bind("q", "node", "")), "404 NotFound: pods \"q\" not found");
  EXPECT_EQ(bind("p", "node", "other").reason, api::Reason::kConflict);
  EXPECT_EQ(bind("p", "", "").reason, api::Reason::kInvalid);
  cluster.advance(2.5);
  const api::ObjectPtr bound = bind("p", "node", pod->meta.uid).object;
  EXPECT_EQ(api::as<api::Pod>(bound).nodeName, "node");
  EXPECT_EQ(bound->meta.generation, 1) << "binding passes by the strategy";
  EXPECT_TRUE(bound->meta.labels.contains("topology.kubernetes.io/zone"));
  EXPECT_FALSE(bound->meta.labels.contains("x"));
  const api::Condition* scheduled = api::findCondition(api::as<api::Pod>(bound).status.conditions, "PodScheduled");
  ASSERT_NE(scheduled, nullptr);
  EXPECT_EQ(scheduled->status, "True");
  EXPECT_EQ(scheduled->lastTransitionTime, atSecond(2));
  EXPECT_EQ(
      shown(bind("p", "m", "")),
      "409 Conflict: Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"node\"");
  const api::ObjectPtr going = withFinalizers(cluster, podYaml("g"), {"x/y"});
  cluster.remove(going);
  EXPECT_EQ(shown(bind("g", "node", "")),
            "409 Conflict: Operation cannot be fulfilled on pods/binding \"g\": pod g is being deleted, cannot be "
            "assigned to a host");
  cluster.created(podYaml("gated", "schedulingGates: [{name: x/y}]"));
  EXPECT_EQ(shown(bind("gated", "node", "")), "400 BadRequest: pod gated has non-empty .spec.schedulingGates");
}

TEST(Delete, KAPI35_a_namespace_is_terminating_until_it_is_empty) {
  Cluster cluster;
  const api::ObjectPtr space = cluster.created("apiVersion: v1\nkind: Namespace\nmetadata: {name: team}");
  std::string yaml = podYaml("p");
  yaml.replace(yaml.find("namespace: default"), 18, "namespace: team");
  const api::ObjectPtr pod = cluster.created(yaml);
  const api::Response going = cluster.remove(space);
  ASSERT_EQ(shown(going), "200");
  EXPECT_TRUE(going.object->meta.deletionTimestamp);
  EXPECT_EQ(api::as<api::Generic>(going.object).content.get()["status"]["phase"], "Terminating");
  EXPECT_EQ(cluster.create(yaml).reason, api::Reason::kForbidden);
  EXPECT_EQ(shown(cluster.remove(space)), "200");
  EXPECT_TRUE(cluster.server.store().find(api::keyOf(*space))) << "there is something in it";
  EXPECT_EQ(shown(cluster.remove(pod)), "200");
  EXPECT_EQ(shown(cluster.remove(space)), "200");
  EXPECT_FALSE(cluster.server.store().find(api::keyOf(*space)));
  const api::ObjectPtr fixed = cluster.server.store().find({api::Kind::kGeneric, "", "Namespace/default"});
  EXPECT_EQ(shown(cluster.remove(fixed)),
            "403 Forbidden: namespaces \"default\" is forbidden: this namespace may not be deleted");
}

TEST(Evict, marks_and_deletes) {
  Cluster cluster;
  const auto evict = [&](std::string_view name) {
    api::Request request;
    request.verb = api::Verb::kEvict;
    request.key = {api::Kind::kPod, "default", std::string(name)};
    return cluster.run(request);
  };
  runningPod(cluster, "p");
  EXPECT_EQ(shown(evict("p")), "200");
  const api::Pod& pod = api::as<api::Pod>(cluster.pod("p"));
  const api::Condition* target = api::findCondition(pod.status.conditions, "DisruptionTarget");
  ASSERT_NE(target, nullptr);
  EXPECT_EQ(target->reason, "EvictionByEvictionAPI");
  EXPECT_EQ(target->message, "Eviction API: evicting");
  EXPECT_TRUE(cluster.pod("p")->meta.deletionTimestamp);
  cluster.created(podYaml("waiting"));
  EXPECT_EQ(shown(evict("waiting")), "200");
  EXPECT_EQ(cluster.pod("waiting"), nullptr) << "a Pod without a node goes at once";
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
