// Creating, reading and updating: metadata, conflicts, no-op writes, the status subresource (K-API-1 to K-API-14).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using ::testing::HasSubstr;

TEST(Create, sets_the_metadata) {  // K-API-1, K-API-2, K-API-3
  Cluster cluster;
  cluster.advance(5.75);
  const std::int64_t before = cluster.server.store().revision();
  const api::MutableObjectPtr sent = api::edit(parse(jobYaml("a")));
  sent->meta.uid = "mine";
  sent->meta.generation = 7;
  sent->meta.creationTimestamp = atSecond(-100);
  sent->meta.deletionTimestamp = atSecond(-50);
  sent->meta.deletionGracePeriodSeconds = 3;
  api::as<api::Job>(*sent).status.active = 3;
  const api::Response answer = cluster.create(sent);
  ASSERT_EQ(shown(answer), "200");
  const api::ObjectMeta& meta = answer.object->meta;
  EXPECT_TRUE(
      std::regex_match(meta.uid, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
      << meta.uid;
  EXPECT_EQ(meta.creationTimestamp, atSecond(5)) << "whole seconds, cut off";
  EXPECT_EQ(meta.generation, 1);
  EXPECT_EQ(meta.resourceVersion, before + 1) << "one counter over all kinds";
  EXPECT_FALSE(meta.deletionTimestamp);
  EXPECT_FALSE(meta.deletionGracePeriodSeconds);
  EXPECT_EQ(api::as<api::Job>(answer.object).status.active, 0) << "K-API-11: create drops the status";
}

TEST(Create, gives_every_object_its_own_uid) {
  Cluster cluster;
  std::set<std::string> uids;
  for (int i = 0; i < 50; ++i) {
    const api::ObjectPtr pod = cluster.created(podYaml("p"));
    uids.insert(pod->meta.uid);
    ASSERT_EQ(shown(cluster.remove(pod)), "200");
  }
  EXPECT_EQ(uids.size(), 50U) << "the same name again is another object";
}

TEST(Create, kinds_that_count_generations) {  // K-API-3
  struct Row {
    std::string yaml;
    std::int64_t generation;
  };
  const Row rows[] = {
      {jobYaml("a"), 1},
      {podYaml("a"), 1},
      {jobSetYaml("a"), 1},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\nspec: {clusterIP: None}", 0},
      {"apiVersion: v1\nkind: Node\nmetadata: {name: a}", 0},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}", 0},
  };
  for (const Row& row : rows) EXPECT_EQ(Cluster().created(row.yaml)->meta.generation, row.generation) << row.yaml;
}

TEST(Create, refusals) {
  Cluster cluster;
  cluster.created(jobYaml("taken"));
  const api::ObjectPtr held =
      cluster.update(cluster.created(jobYaml("going")), [](api::Object& o) { o.meta.finalizers = {"x/y"}; }).object;
  cluster.remove(held, {api::Propagation::kBackground, {}, "", 0});
  const auto elsewhere = [](std::string yaml) {
    return yaml.replace(yaml.find("namespace: default"), 18, "namespace: nowhere");
  };
  const auto versioned = [](std::string yaml) {
    return yaml.replace(yaml.find("metadata: {"), 11, "metadata: {resourceVersion: \"5\", ");
  };
  const std::pair<std::string, std::string> rows[] = {
      {jobYaml("taken"), "409 AlreadyExists: jobs.batch \"taken\" already exists"},
      {jobYaml("going"),
       "409 AlreadyExists: object is being deleted: jobs.batch \"going\" already exists"},  // K-API-25
      {elsewhere(jobYaml("a")), "404 NotFound: namespaces \"nowhere\" not found"},
      {versioned(jobYaml("a")), "400 BadRequest: resourceVersion should not be set on objects to be created"},
      {podYaml("A"),
       "422 Invalid: Pod \"A\" is invalid: metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must "
       "consist of lower case alphanumeric "
       "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
       "for validation is "
       "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"},
      {"apiVersion: v1\nkind: Pod\nmetadata: {namespace: default}\nspec: {containers: [{name: c, image: i}]}",
       "422 Invalid: Pod \"\" is invalid: metadata.name: Required value: name or generateName is required"},
  };
  for (const auto& [yaml, answer] : rows) EXPECT_EQ(shown(cluster.create(yaml)), answer) << yaml;
}

TEST(Create, names_after_the_prefix) {  // K-API-4
  Cluster cluster;
  const std::string prefix(60, 'p');
  api::MutableObjectPtr pod = api::edit(parse(podYaml("x")));
  pod->meta.name.clear();
  std::set<std::string> names;
  for (const std::string& generate : {std::string("short-"), prefix}) {
    pod->meta.generateName = generate;
    for (int i = 0; i < 20; ++i) {
      const api::Response answer = cluster.create(pod);
      ASSERT_EQ(shown(answer), "200");
      const std::string& name = answer.object->meta.name;
      EXPECT_EQ(name.substr(0, name.size() - 5), generate.substr(0, 58));
      EXPECT_EQ(name.substr(name.size() - 5).find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos)
          << name;
      EXPECT_EQ(answer.object->meta.generateName, generate);
      names.insert(name);
    }
  }
  EXPECT_EQ(names.size(), 40U);
}

TEST(Create, same_seed_same_names_other_seed_other_names) {
  const auto nameOf = [](std::uint64_t seed) {
    ServerConfig config;
    config.seed = seed;
    Cluster cluster(config);
    api::MutableObjectPtr pod = api::edit(parse(podYaml("x")));
    pod->meta.name.clear();
    pod->meta.generateName = "p-";
    const api::ObjectPtr made = cluster.create(pod).object;
    return made->meta.name + " " + made->meta.uid;
  };
  EXPECT_EQ(nameOf(1), nameOf(1));
  EXPECT_NE(nameOf(1), nameOf(2));
}

TEST(Create, in_a_namespace_that_is_going) {  // K-API-35
  Cluster cluster;
  const api::ObjectPtr space =
      cluster.created("apiVersion: v1\nkind: Namespace\nmetadata: {name: old, finalizers: [a/b]}");
  const api::MutableObjectPtr going = api::edit(space);
  going->meta.deletionTimestamp = cluster.now;
  cluster.server.store().replace(going, cluster.now);
  std::string yaml = podYaml("p");
  yaml.replace(yaml.find("namespace: default"), 18, "namespace: old");
  const api::Response answer = cluster.create(yaml);
  EXPECT_EQ(shown(answer),
            "403 Forbidden: pods \"p\" is forbidden: unable to create new content in namespace old because it is being "
            "terminated");
  ASSERT_EQ(answer.causes.size(), 1U);
  EXPECT_EQ(answer.causes[0].reason, "NamespaceTerminating");
}

TEST(Invalid, has_a_cause_for_each_error) {  // K-API-13, K-API-14
  Cluster cluster;
  const api::Response answer = cluster.create(jobYaml("a", "parallelism: -1\nbackoffLimit: -2"));
  EXPECT_EQ(shown(answer),
            "422 Invalid: Job.batch \"a\" is invalid: [spec.parallelism: Invalid value: -1: must be greater than or "
            "equal to 0, "
            "spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0]");
  ASSERT_EQ(answer.causes.size(), 2U);
  EXPECT_EQ(answer.causes[1].reason, "FieldValueInvalid");
  EXPECT_EQ(answer.causes[1].field, "spec.backoffLimit");
  EXPECT_EQ(answer.causes[1].message, "Invalid value: -2: must be greater than or equal to 0");
}

TEST(Metadata, rules) {
  struct Row {
    std::function<void(api::ObjectMeta&)> change;
    std::string error;
  };
  const Row rows[] = {
      {[](auto& m) { m.labels.set("a b", "c"); }, "metadata.labels: Invalid value: \"a b\": name part must consist of"},
      {[](auto& m) { m.labels.set("a", std::string(64, 'x')); }, "metadata.labels: Invalid value: \"xxxxxxxx"},
      {[](auto& m) { m.annotations.set("a", std::string(256 * 1024, 'x')); },
       "metadata.annotations: Too long: may not be more than 262144 bytes"},
      {[](auto& m) { m.finalizers = {"a b"}; }, "metadata.finalizers: Invalid value: \"a b\": "},
      {[](auto& m) {
         m.finalizers = {"orphan", "foregroundDeletion"};
       },
       "metadata.finalizers: Invalid value: []: finalizers foregroundDeletion and orphan cannot be both set"},
      {[](auto& m) {
         m.ownerReferences.mut() = {{"v1", "Node", "n", "", {}, {}}};
       },
       "metadata.ownerReferences[0].uid: Invalid value: \"\": uid must not be empty"},
      {[](auto& m) {
         m.ownerReferences.mut() = {{"v1", "Node", "a", "1", true, {}}, {"v1", "Node", "b", "2", true, {}}};
       },
       "Only one reference can have Controller set to true. Found \"true\" in references for Node/a and Node/b"},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    const api::MutableObjectPtr pod = api::edit(parse(podYaml("p")));
    row.change(pod->meta);
    const api::Response answer = cluster.create(pod);
    EXPECT_EQ(answer.reason, api::Reason::kInvalid);
    EXPECT_THAT(answer.message, HasSubstr(row.error));
    const api::Response changed =
        cluster.update(cluster.created(podYaml("p")), [&](api::Object& o) { row.change(o.meta); });
    EXPECT_EQ(changed.reason, api::Reason::kInvalid) << "on update too";
    EXPECT_THAT(changed.message, HasSubstr(row.error));
  }
}

TEST(Get, answers_what_is_there) {
  Cluster cluster;
  const api::ObjectPtr job = cluster.created(jobYaml("a"));
  api::Request request;
  request.key = api::keyOf(*job);
  EXPECT_EQ(cluster.run(request).object, job);
  request.key.name = "b";
  EXPECT_EQ(shown(cluster.run(request)), "404 NotFound: jobs.batch \"b\" not found");
  request.key = {api::Kind::kPod, "default", "b"};
  EXPECT_EQ(shown(cluster.run(request)), "404 NotFound: pods \"b\" not found");
  request.key = {api::Kind::kGeneric, "default", "ConfigMap/b"};
  EXPECT_EQ(shown(cluster.run(request)), "404 NotFound: configmaps \"b\" not found");
  request.key = {api::Kind::kGeneric, "default", "Widget.example.com/b"};
  EXPECT_EQ(shown(cluster.run(request)), "404 NotFound: widgets.example.com \"b\" not found");
}

TEST(Update, compares_versions) {  // K-API-10
  Cluster cluster;
  const api::ObjectPtr first = cluster.created(jobYaml("a"));
  const auto suspend = [](bool value) { return [value](api::Object& o) { jobSpec(o).suspend = value; }; };
  const api::ObjectPtr second = cluster.update(first, suspend(true)).object;
  EXPECT_GT(second->meta.resourceVersion, first->meta.resourceVersion);
  const std::string conflict =
      "409 Conflict: Operation cannot be fulfilled on jobs.batch \"a\": the object has been modified; please apply "
      "your changes to the latest version "
      "and try again";
  EXPECT_EQ(shown(cluster.update(first, suspend(false))), conflict);
  EXPECT_EQ(shown(cluster.updateStatus(first, [](api::Object& o) { api::as<api::Job>(o).status.active = 1; })),
            conflict);
  EXPECT_EQ(
      shown(cluster.update(first, [&](api::Object& o) { o.meta.resourceVersion = 0, jobSpec(o).suspend = false; })),
      "200")
      << "built-in kinds may be written unconditionally";
  const api::ObjectPtr jobset = cluster.created(jobSetYaml("s"));
  for (const bool status : {false, true}) {
    const auto unconditional = [](api::Object& o) { o.meta.resourceVersion = 0; };
    EXPECT_EQ(shown(status ? cluster.updateStatus(jobset, unconditional) : cluster.update(jobset, unconditional)),
              "422 Invalid: JobSet.jobset.x-k8s.io \"s\" is invalid: metadata.resourceVersion: Invalid value: 0: must "
              "be specified for an update");
  }
}

TEST(Update, compares_uids) {  // K-API-13
  Cluster cluster;
  const api::ObjectPtr old = cluster.created(jobYaml("a"));
  cluster.remove(old, {api::Propagation::kBackground, {}, "", 0});
  const auto nothing = [](api::Object&) {};
  EXPECT_EQ(shown(cluster.update(old, nothing)),
            fmt::format("409 Conflict: Operation cannot be fulfilled on jobs.batch \"a\": StorageError: invalid "
                        "object, Code: 4, Key: "
                        "/registry/jobs/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                        "precondition: {}, UID in object "
                        "meta: ",
                        old->meta.uid));
  EXPECT_EQ(shown(cluster.update(old, [](api::Object& o) { o.meta.uid.clear(); })),
            "404 NotFound: jobs.batch \"a\" not found");
  const api::ObjectPtr fresh = cluster.created(jobYaml("a"));
  EXPECT_EQ(shown(cluster.updateStatus(old, nothing)),
            fmt::format("409 Conflict: Operation cannot be fulfilled on jobs.batch \"a\": Precondition failed: UID in "
                        "precondition: {}, UID in object "
                        "meta: {}",
                        old->meta.uid, fresh->meta.uid));
}

TEST(Update, writes_nothing_when_nothing_changes) {  // K-API-2
  Cluster cluster;
  const api::ObjectPtr objects[] = {
      cluster.created(jobYaml("a")),
      cluster.created(podYaml("a")),
      cluster.created(jobSetYaml("a")),
      cluster.created(
          "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\nspec: {ports: [{port: 80}]}"),
      cluster.created("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndata: {k: v}"),
      cluster.created("apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {capacity: {cpu: 1}}"),
      cluster.created("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a, namespace: default}\nspec: "
                      "{accessModes: [ReadWriteOnce], "
                      "resources: {requests: {storage: 1Gi}}}"),
  };
  cluster.server.takeWrites();
  const std::int64_t revision = cluster.server.store().revision();
  for (const api::ObjectPtr& object : objects) {
    const auto nothing = [](api::Object&) {};
    const auto silent = [](api::Object& o) {
      o.meta.managedFields.set(nlohmann::json::array({1})), o.meta.selfLink = "/x";
    };
    for (const api::Response& answer :
         {cluster.update(object, nothing), cluster.update(object, silent), cluster.patch(object, "{}"),
          cluster.patch(object, R"({"metadata":{"labels":{"absent":null}}})")}) {
      ASSERT_EQ(shown(answer), "200") << object->meta.name << " " << api::kindNameOf(*object);
      EXPECT_EQ(answer.object, object);
    }
    // The server cannot know a JSON copy from the original.
    EXPECT_EQ(cluster.update(parse(api::toJson(*object).dump()), nothing).object, object) << api::kindNameOf(*object);
  }
  EXPECT_EQ(cluster.server.store().revision(), revision);
  EXPECT_TRUE(cluster.server.takeWrites().empty()) << "no watch event either";
}

TEST(Update, sub_second_differences_are_no_change) {  // K-API-2: stored times have whole seconds
  Cluster cluster;
  const auto at = [](double second) {
    return [second](api::Object& o) {
      api::as<api::Job>(o).status.conditions = {
          {"Suspended", "True", "r", "m", atSecond(second), atSecond(second), {}, 0}};
    };
  };
  const api::ObjectPtr job = cluster.updateStatus(cluster.created(jobYaml("a")), at(7)).object;
  EXPECT_EQ(cluster.updateStatus(job, at(7.5)).object, job);
  EXPECT_NE(cluster.updateStatus(job, at(8)).object, job);
}

TEST(Update, counts_changes_of_the_spec_alone) {  // K-API-3
  Cluster cluster;
  api::ObjectPtr job = cluster.created(jobYaml("a"));
  const auto generation = [&](const api::Response& answer) {
    EXPECT_EQ(shown(answer), "200");
    job = answer.object;
    return job->meta.generation;
  };
  EXPECT_EQ(generation(cluster.update(job, [](api::Object& o) { o.meta.labels.set("a", "b"); })), 1);
  EXPECT_EQ(generation(cluster.updateStatus(job, [](api::Object& o) { api::as<api::Job>(o).status.active = 1; })), 1);
  EXPECT_EQ(generation(cluster.update(job, [](api::Object& o) { jobSpec(o).parallelism = 4; })), 2);
  EXPECT_EQ(generation(cluster.update(job, [](api::Object& o) { o.meta.generation = 9, jobSpec(o).parallelism = 5; })),
            3);
  EXPECT_EQ(generation(cluster.patch(job, R"({"spec":{"suspend":true}})")), 4);
  EXPECT_EQ(generation(cluster.patch(job, R"({"metadata":{"annotations":{"x":"y"}}})")), 4);
  api::ObjectPtr jobset = cluster.created(jobSetYaml("a"));
  jobset = cluster.update(jobset, [](api::Object& o) { jobSetSpec(o).suspend = true; }).object;
  EXPECT_EQ(jobset->meta.generation, 2);
  jobset = cluster.updateStatus(jobset, [](api::Object& o) { api::as<api::JobSet>(o).status.restarts = 1; }).object;
  EXPECT_EQ(jobset->meta.generation, 2);
}

TEST(Update, keeps_what_the_server_set) {  // K-API-1
  Cluster cluster;
  const api::ObjectPtr pod = cluster.created(podYaml("a"));
  const api::Response answer = cluster.update(pod, [](api::Object& o) {
    o.meta.creationTimestamp = atSecond(-5);
    o.meta.uid.clear();
    o.meta.deletionTimestamp = atSecond(5);
    o.meta.labels.set("a", "b");
  });
  ASSERT_EQ(shown(answer), "200");
  EXPECT_EQ(answer.object->meta.creationTimestamp, pod->meta.creationTimestamp);
  EXPECT_EQ(answer.object->meta.uid, pod->meta.uid);
  EXPECT_FALSE(answer.object->meta.deletionTimestamp);
}

TEST(Status, is_written_apart) {  // K-API-11
  Cluster cluster;
  for (const std::string& yaml : {jobYaml("a"), jobSetYaml("a")}) {
    const api::ObjectPtr object = cluster.created(yaml);
    const bool is_job = object->kind() == api::Kind::kJob;
    const auto both = [&](api::Object& o) {
      o.meta.labels.set("new", "label");
      if (is_job) {
        jobSpec(o).parallelism = 7;
        api::as<api::Job>(o).status.active = 2;
      } else {
        jobSetSpec(o).suspend = true;
        api::as<api::JobSet>(o).status.restarts = 2;
      }
    };
    const api::ObjectPtr after_status = cluster.updateStatus(object, both).object;
    const auto statusOf = [&](const api::ObjectPtr& o) {
      return is_job ? api::as<api::Job>(o).status.active : api::as<api::JobSet>(o).status.restarts;
    };
    EXPECT_EQ(statusOf(after_status), 2);
    EXPECT_FALSE(after_status->meta.labels.contains("new")) << "metadata is ignored";
    EXPECT_EQ(after_status->meta.generation, 1) << "and so is the spec";
    const api::ObjectPtr after_main = cluster
                                          .update(after_status,
                                                  [&](api::Object& o) {
                                                    both(o);
                                                    if (is_job)
                                                      api::as<api::Job>(o).status.active = 9;
                                                    else
                                                      api::as<api::JobSet>(o).status.restarts = 9;
                                                  })
                                          .object;
    EXPECT_EQ(statusOf(after_main), 2) << "a PUT of the object leaves the status alone";
    EXPECT_TRUE(after_main->meta.labels.contains("new"));
    EXPECT_EQ(after_main->meta.generation, 2);
  }
  const api::ObjectPtr slice = cluster.created(
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, namespace: default}\naddressType: "
      "IPv4\nendpoints: []\nports: []");
  EXPECT_EQ(cluster.updateStatus(slice, [](api::Object&) {}).reason, api::Reason::kNotFound) << "no such subresource";
}

TEST(Status, of_a_kind_that_is_stored_as_a_tree) {
  Cluster cluster;
  const api::ObjectPtr volume =
      cluster.created("apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {capacity: {storage: 1Gi}}");
  const api::ObjectPtr bound =
      cluster
          .updateStatus(volume,
                        [](api::Object& o) {
                          api::as<api::Generic>(o).content.set({{"status", {{"phase", "Bound"}}}});
                        })
          .object;
  EXPECT_EQ(api::toJson(*bound).at("status").dump(), R"({"phase":"Bound"})");
  EXPECT_EQ(api::toJson(*bound).at("spec").dump(), R"({"capacity":{"storage":"1Gi"}})");
}

TEST(Requests, fit_the_scope_of_the_kind) {
  Cluster cluster;
  api::Request request;
  request.key = {api::Kind::kNode, "default", "n"};
  EXPECT_EQ(cluster.run(request).reason, api::Reason::kBadRequest);
  request.key = {api::Kind::kPod, "", "p"};
  EXPECT_EQ(shown(cluster.run(request)),
            "400 BadRequest: an empty namespace may not be set when a resource name is provided");
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
