// Server-side apply, managedFields and dry run, as clients from outside see them (K-API-6).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/api/tree.hpp"
#include "engine/api/write.hpp"
#include "engine/api/yaml_reader.hpp"
#include "sim/apiserver/apply/field_set.hpp"
#include "sim/apiserver/apply/managers.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using nlohmann::json;

json treeOf(std::string_view yaml) {
  const api::Documents documents = api::readDocuments(yaml, "");
  TWIN_ASSERT(documents.errors.empty() && documents.trees.size() == 1, "one document", std::string(yaml));
  return api::toJson(documents.trees.front().root);
}

constexpr const char* kConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n";
const api::ObjectKey kMapKey{api::Kind::kGeneric, "default", "ConfigMap/a"};
const api::ObjectKey kJobKey{api::Kind::kJob, "default", "a"};
const api::ObjectKey kPodKey{api::Kind::kPod, "default", "a"};

struct Outside : Cluster {
  api::Response as(std::string manager, api::Request request, bool force = false, bool dry_run = false) {
    request.options = api::Shared<api::WriteOptions>(api::WriteOptions{std::move(manager), force, dry_run});
    return run(request);
  }
  api::Response apply(std::string manager, const api::ObjectKey& key, std::string_view yaml, bool force = false,
                      bool status = false) {
    const api::ApplyPatch patch{api::Raw(treeOf(yaml))};
    return as(std::move(manager), status ? api::patchStatusRequest(key, patch) : api::patchRequest(key, patch), force);
  }
  api::Response merge(std::string manager, const api::ObjectKey& key, std::string_view patch) {
    return as(std::move(manager), api::patchRequest(key, api::MergePatch{api::Raw(json::parse(patch))}));
  }
  // "manager/operation[/subresource]: fields", a line each; times left out.
  std::string owners(const api::ObjectKey& key) const {
    const api::ObjectPtr object = get(key);
    std::string out;
    for (const json& entry : object->meta.managedFields.get()) {
      out += entry.at("manager").get<std::string>() + "/" + entry.at("operation").get<std::string>();
      if (entry.contains("subresource")) out += "/" + entry.at("subresource").get<std::string>();
      out += ": " + entry.at("fieldsV1").dump() + "\n";
    }
    return out;
  }
  json data() const { return api::toJson(*get(kMapKey)).value("data", json()); }
};

TEST(FieldSet, goes_and_comes_in_the_form_of_the_wire) {
  const char* const forms[] = {
      R"({})",
      R"({"f:spec":{"f:replicas":{}}})",
      R"({"f:spec":{".":{},"f:replicas":{}}})",
      R"({"f:c":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}})",
      R"({"f:metadata":{"f:finalizers":{".":{},"v:\"a.b/c\"":{}}},"f:x":{"i:3":{}}})",
  };
  for (const char* form : forms) {
    const auto set = apply::setOfWire(json::parse(form));
    ASSERT_TRUE(set) << form;
    EXPECT_EQ(apply::wireForm(*set), json::parse(form));
  }
  for (const char* wrong : {R"([])", R"({"x:a":{}})", R"({"f":{}})", R"({"k:[]":{}})", R"({"k:{":{}})", R"({"i:x":{}})",
                            R"({"f:a":3})", R"({"f:a":{"v:nothing":{}}})"})
    EXPECT_FALSE(apply::setOfWire(json::parse(wrong))) << wrong;
}

TEST(FieldSet, is_a_set_of_paths) {
  struct Case {
    const char *a, *b, *united, *without, *common;
  };
  const Case cases[] = {
      {R"({"f:a":{}})", R"({"f:b":{}})", R"({"f:a":{},"f:b":{}})", R"({"f:a":{}})", R"({})"},
      {R"({"f:a":{".":{},"f:x":{}}})", R"({"f:a":{}})", R"({"f:a":{".":{},"f:x":{}}})", R"({"f:a":{"f:x":{}}})",
       R"({"f:a":{}})"},
      {R"({"f:a":{"f:x":{},"f:y":{}}})", R"({"f:a":{"f:y":{},"f:z":{}}})", R"({"f:a":{"f:x":{},"f:y":{},"f:z":{}}})",
       R"({"f:a":{"f:x":{}}})", R"({"f:a":{"f:y":{}}})"},
  };
  for (const Case& one : cases) {
    const apply::FieldSet a = *apply::setOfWire(json::parse(one.a)), b = *apply::setOfWire(json::parse(one.b));
    EXPECT_EQ(apply::wireForm(a.united(b)), json::parse(one.united)) << one.a;
    EXPECT_EQ(apply::wireForm(a.without(b)), json::parse(one.without)) << one.a;
    EXPECT_EQ(apply::wireForm(a.common(b)), json::parse(one.common)) << one.a;
  }
}

TEST(Owners, of_a_create_are_those_who_set_the_fields) {
  Outside cluster;
  // What admission adds (tolerations, serviceAccountName, priority) belongs to nobody; defaults belong to the creator.
  ASSERT_TRUE(cluster
                  .as("kubectl-create", api::createRequest(parse(podYaml("a",
                                                                         "containers:\n- name: c\n  image: i\n"
                                                                         "  env: [{name: A, value: b}]\n"
                                                                         "  ports: [{containerPort: 80}]\n"))))
                  .ok());
  const json entries = cluster.pod("a")->meta.managedFields.get();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].at("operation"), "Update");
  EXPECT_EQ(entries[0].at("apiVersion"), "v1");
  EXPECT_EQ(entries[0].at("fieldsType"), "FieldsV1");
  EXPECT_EQ(entries[0].at("time"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(entries[0].at("fieldsV1"), json::parse(R"({"f:spec":{
      "f:containers":{"k:{\"name\":\"c\"}":{".":{},
        "f:env":{".":{},"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}}},
        "f:image":{},"f:imagePullPolicy":{},"f:name":{},
        "f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},
                                                                           "f:protocol":{}}},
        "f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},
      "f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},
      "f:terminationGracePeriodSeconds":{}}})"));
}

TEST(Owners, are_nobody_when_no_manager_is_named) {
  Outside cluster;
  cluster.created(podYaml("a"));
  EXPECT_FALSE(cluster.pod("a")->meta.managedFields.present());
  ASSERT_TRUE(cluster.patch(cluster.pod("a"), R"({"metadata":{"labels":{"x":"y"}}})").ok());
  EXPECT_FALSE(cluster.pod("a")->meta.managedFields.present());
  // Nor does an update by a manager begin the account; the first apply does, and finds what is there owned.
  ASSERT_TRUE(cluster.merge("m", kPodKey, R"({"metadata":{"labels":{"x":"z"}}})").ok());
  EXPECT_FALSE(cluster.pod("a")->meta.managedFields.present());
  EXPECT_EQ(
      shown(cluster.apply("m", kPodKey, "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: other, new: l}}")),
      "409 Conflict: Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: "
      ".metadata.labels.x");
}

TEST(Owners, change_with_what_updates_change) {
  Outside cluster;
  const std::string body = std::string(kConfigMap) + "data: {a: '1', b: '1'}";
  ASSERT_TRUE(cluster.as("first", api::createRequest(parse(body))).ok());
  EXPECT_EQ(cluster.owners(kMapKey), "first/Update: {\"f:data\":{\".\":{},\"f:a\":{},\"f:b\":{}}}\n");
  cluster.advance(1);
  ASSERT_TRUE(cluster.merge("second", kMapKey, R"({"data":{"b":"2","c":"2"}})").ok());
  EXPECT_EQ(cluster.owners(kMapKey),
            "first/Update: {\"f:data\":{\".\":{},\"f:a\":{}}}\nsecond/Update: {\"f:data\":{\"f:b\":{},\"f:c\":{}}}\n");
  cluster.advance(1);
  ASSERT_TRUE(cluster.merge("third", kMapKey, R"({"data":{"a":null}})").ok());  // what is gone is nobody's
  EXPECT_EQ(cluster.owners(kMapKey),
            "first/Update: {\"f:data\":{}}\nsecond/Update: {\"f:data\":{\"f:b\":{},\"f:c\":{}}}\n");
  // The cluster's own components leave the account as it is.
  ASSERT_TRUE(cluster.patch(cluster.get(kMapKey), R"({"data":{"b":"3"}})").ok());
  EXPECT_EQ(cluster.owners(kMapKey),
            "first/Update: {\"f:data\":{}}\nsecond/Update: {\"f:data\":{\"f:b\":{},\"f:c\":{}}}\n");
}

TEST(Owners, can_be_forgotten_or_changed_by_an_update) {
  for (const char* forget : {R"([])", R"([{}])"}) {
    Outside cluster;
    ASSERT_TRUE(cluster.as("m", api::createRequest(parse(std::string(kConfigMap) + "data: {a: '1'}"))).ok());
    ASSERT_TRUE(cluster.merge("m", kMapKey, std::string(R"({"metadata":{"managedFields":)") + forget + "}}").ok());
    EXPECT_FALSE(cluster.get(kMapKey)->meta.managedFields.present()) << forget;
  }
  Outside cluster;
  ASSERT_TRUE(cluster.as("m", api::createRequest(parse(std::string(kConfigMap) + "data: {a: '1'}"))).ok());
  ASSERT_TRUE(cluster
                  .merge("m", kMapKey,
                         R"({"metadata":{"managedFields":[{"manager":"n","operation":"Apply","apiVersion":"v1",
                             "fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]}})")
                  .ok());
  EXPECT_EQ(cluster.owners(kMapKey), "n/Apply: {\"f:data\":{\"f:a\":{}}}\n");
  // What is no list of entries is as if none were sent.
  ASSERT_TRUE(cluster.merge("m", kMapKey, R"({"metadata":{"managedFields":[{"manager":"x"}]}})").ok());
  EXPECT_EQ(cluster.owners(kMapKey), "n/Apply: {\"f:data\":{\"f:a\":{}}}\n");
}

TEST(Owners, of_a_status_are_apart) {
  Outside cluster;
  ASSERT_TRUE(cluster.as("user", api::createRequest(parse(podYaml("a")))).ok());
  const std::string before = cluster.owners(kPodKey);
  cluster.advance(1);
  ASSERT_TRUE(cluster
                  .as("kubelet", api::patchStatusRequest(kPodKey, api::StrategicMergePatch{api::Raw(json::parse(
                                                                      R"({"status":{"podIP":"10.0.0.1","conditions":[
                                                    {"type":"Ready","status":"True"}]}})"))}))
                  .ok());
  EXPECT_EQ(cluster.owners(kPodKey),
            before +
                "kubelet/Update/status: {\"f:status\":{\"f:conditions\":{\".\":{},"
                "\"k:{\\\"type\\\":\\\"Ready\\\"}\":{\".\":{},\"f:lastProbeTime\":{},\"f:lastTransitionTime\":{},"
                "\"f:status\":{},\"f:type\":{}}},\"f:podIP\":{}}}\n");
  cluster.advance(1);
  ASSERT_TRUE(cluster.apply("agent", kPodKey, "apiVersion: v1\nkind: Pod\nstatus: {message: m}", false, true).ok());
  EXPECT_EQ(api::as<api::Pod>(cluster.pod("a")).status.message, "m");
  EXPECT_EQ(api::as<api::Pod>(cluster.pod("a")).status.podIP, "10.0.0.1");
  EXPECT_TRUE(cluster.owners(kPodKey).starts_with("agent/Apply/status: {\"f:status\":{\"f:message\":{}}}\n"));
}

TEST(Owners, are_at_most_ten_of_updates) {
  Outside cluster;
  ASSERT_TRUE(cluster.as("m0", api::createRequest(parse(std::string(kConfigMap) + "data: {a0: '1'}"))).ok());
  for (int i = 1; i <= 11; ++i) {
    cluster.advance(1);
    const std::string name = std::to_string(i);
    ASSERT_TRUE(cluster.merge("m" + name, kMapKey, R"({"data":{"a)" + name + R"(":"1"}})").ok());
  }
  EXPECT_EQ(cluster.get(kMapKey)->meta.managedFields.get().size(), 10u);
  EXPECT_TRUE(cluster.owners(kMapKey).starts_with(
      "ancient-changes/Update: {\"f:data\":{\".\":{},\"f:a0\":{},\"f:a1\":{},\"f:a2\":{}}}\nm3/Update:"))
      << cluster.owners(kMapKey);
}

TEST(Apply, creates_what_is_absent_and_owns_what_it_names) {
  Outside cluster;
  const char* yaml = R"(
apiVersion: batch/v1
kind: Job
metadata: {name: a, labels: {team: x}}
spec:
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {zone: z}
      tolerations: [{key: k, operator: Exists}]
      containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}]
status: {active: 3}
)";  // the status is not this resource's to set
  const api::Response made = cluster.apply("me", kJobKey, yaml);
  ASSERT_EQ(shown(made), "200");
  EXPECT_EQ(made.object->meta.namespace_, "default");
  EXPECT_FALSE(made.object->meta.uid.empty());
  EXPECT_EQ(api::as<api::Job>(made.object).spec->backoffLimit, 6) << "defaults";
  EXPECT_EQ(cluster.owners(kJobKey),
            "me/Apply: " +
                json::parse(R"({"f:metadata":{"f:labels":{"f:team":{}}},"f:spec":{"f:parallelism":{},
                "f:template":{"f:spec":{"f:restartPolicy":{},"f:nodeSelector":{},"f:tolerations":{},
                "f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:name":{},"f:image":{},
                "f:resources":{"f:requests":{"f:cpu":{}}}}}}}}})")
                    .dump() +
                "\n");
  cluster.advance(5);
  const api::Response again = cluster.apply("me", kJobKey, yaml);
  EXPECT_EQ(again.object, made.object) << "nothing changes, not even the time";
  // Somebody else who wants the same shares the fields; that is a write.
  ASSERT_TRUE(cluster.apply("you", kJobKey, "apiVersion: batch/v1\nkind: Job\nspec: {parallelism: 2}").ok());
  EXPECT_GT(cluster.job("a")->meta.resourceVersion, made.object->meta.resourceVersion);
  EXPECT_NE(cluster.owners(kJobKey).find("you/Apply: {\"f:spec\":{\"f:parallelism\":{}}}"), std::string::npos);
  EXPECT_EQ(cluster.job("a")->meta.generation, 1);
}

TEST(Apply, changes_what_it_names_and_takes_out_what_it_names_no_longer) {
  struct Case {
    const char *what, *first, *other, *second, *wanted;  // `other` is applied by another manager in between
  };
  const Case cases[] = {
      {"a new value", "{a: '1'}", "", "{a: '2'}", R"({"a":"2"})"},
      {"one more", "{a: '1'}", "", "{a: '1', b: '2'}", R"({"a":"1","b":"2"})"},
      {"one less", "{a: '1', b: '2'}", "", "{a: '1'}", R"({"a":"1"})"},
      {"what is another's stays", "{a: '1'}", "{b: '2'}", "{a: '3'}", R"({"a":"3","b":"2"})"},
      {"what both owned stays", "{a: '1', b: '2'}", "{b: '2'}", "{a: '1'}", R"({"a":"1","b":"2"})"},
      {"all of it", "{a: '1'}", "", "{}", R"({})"},
  };
  for (const Case& one : cases) {
    Outside cluster;
    const std::string head = kConfigMap;
    ASSERT_TRUE(cluster.apply("me", kMapKey, head + "data: " + one.first).ok()) << one.what;
    if (*one.other) {
      ASSERT_TRUE(cluster.apply("you", kMapKey, head + "data: " + one.other).ok()) << one.what;
    }
    ASSERT_EQ(shown(cluster.apply("me", kMapKey, head + "data: " + one.second)), "200") << one.what;
    EXPECT_EQ(cluster.data(), json::parse(one.wanted)) << one.what;
  }
}

TEST(Apply, merges_lists_by_their_keys) {
  struct Case {
    const char *what, *first, *other, *second;  // containers of "me", then of "you", then of "me" again
    const char* wanted;                         // their names, in order
  };
  const Case cases[] = {
      {"another's comes after", "[{name: a, image: i}]", "[{name: b, image: i}]", "[{name: a, image: i}]", "a b"},
      {"mine goes", "[{name: a, image: i}, {name: c, image: i}]", "[{name: b, image: i}]", "[{name: a, image: i}]",
       "a b"},
      {"my order", "[{name: a, image: i}, {name: c, image: i}]", "", "[{name: c, image: i}, {name: a, image: i}]",
       "c a"},
      {"between", "[{name: a, image: i}, {name: c, image: i}]", "[{name: b, image: i}]",
       "[{name: c, image: i}, {name: z, image: i}, {name: a, image: i}]", "c b z a"},
  };
  for (const Case& one : cases) {
    Outside cluster;
    // On what is stored as a tree, so that nothing is immutable.
    const auto deploymentOf = [](std::string_view containers) {
      return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: " +
             std::string(containers) + "}}}";
    };
    const api::ObjectKey key{api::Kind::kGeneric, "default", "Deployment.apps/a"};
    ASSERT_EQ(shown(cluster.apply("me", key, deploymentOf(one.first))), "200") << one.what;
    if (*one.other) {
      ASSERT_EQ(shown(cluster.apply("you", key, deploymentOf(one.other))), "200") << one.what;
    }
    ASSERT_EQ(shown(cluster.apply("me", key, deploymentOf(one.second))), "200") << one.what;
    std::string names;
    const json stored = api::toJson(*cluster.get(key));
    for (const json& container : stored.at("spec").at("template").at("spec").at("containers"))
      names += (names.empty() ? "" : " ") + container.at("name").get<std::string>();
    EXPECT_EQ(names, one.wanted) << one.what;
  }
}

TEST(Apply, knows_sets_pieces_and_free_maps) {
  Outside cluster;
  const std::string head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, finalizers: ";
  ASSERT_TRUE(cluster.apply("me", kPodKey, head + "[x.y/a, x.y/b]}\nspec: {containers: [{name: c, image: i}]}").ok());
  ASSERT_TRUE(cluster.apply("you", kPodKey, head + "[x.y/c]}").ok());
  ASSERT_TRUE(cluster.apply("me", kPodKey, head + "[x.y/a]}\nspec: {containers: [{name: c, image: i}]}").ok());
  EXPECT_EQ(cluster.pod("a")->meta.finalizers, (std::vector<std::string>{"x.y/a", "x.y/c"}));
  EXPECT_NE(cluster.owners(kPodKey).find(R"(you/Apply: {"f:metadata":{"f:finalizers":{"v:\"x.y/c\"":{}}}})"),
            std::string::npos)
      << cluster.owners(kPodKey);
}

TEST(Apply, conflicts_with_other_owners_unless_it_is_forced) {
  Outside cluster;
  const std::string head = kConfigMap;
  ASSERT_TRUE(cluster.apply("me", kMapKey, head + "data: {a: '1', b: '1'}").ok());
  const std::int64_t revision = cluster.server.store().revision();
  const api::Response one = cluster.apply("you", kMapKey, head + "data: {a: '2', c: '2'}");
  EXPECT_EQ(shown(one), "409 Conflict: Apply failed with 1 conflict: conflict with \"me\": .data.a");
  ASSERT_EQ(one.causes.size(), 1u);
  EXPECT_EQ(one.causes[0].reason, "FieldManagerConflict");
  EXPECT_EQ(one.causes[0].message, "conflict with \"me\"");
  EXPECT_EQ(one.causes[0].field, ".data.a");
  EXPECT_EQ(cluster.server.store().revision(), revision) << "nothing was stored";
  ASSERT_TRUE(cluster.merge("hand", kMapKey, R"({"data":{"b":"7"}})").ok());
  EXPECT_EQ(shown(cluster.apply("you", kMapKey, head + "data: {a: '2', b: '2'}")),
            "409 Conflict: Apply failed with 2 conflicts: conflicts with \"hand\" using v1:\n- .data.b\nconflicts with "
            "\"me\":\n- .data.a");
  ASSERT_EQ(shown(cluster.apply("you", kMapKey, head + "data: {a: '2', b: '2'}", true)), "200");
  EXPECT_EQ(cluster.data(), json::parse(R"({"a":"2","b":"2"})"));
  EXPECT_EQ(cluster.owners(kMapKey), "you/Apply: {\"f:data\":{\"f:a\":{},\"f:b\":{}}}\n");
}

TEST(Apply, takes_over_what_kubectl_applied_by_itself_before) {
  Outside cluster;
  const char* last = R"({\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{\"a\":\"1\",\"b\":\"1\"}})";
  ASSERT_TRUE(cluster
                  .as("kubectl-client-side-apply",
                      api::createRequest(
                          parse(std::string("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default, "
                                            "annotations: {kubectl.kubernetes.io/last-applied-configuration: \"") +
                                last + "\"}}\ndata: {a: '1', b: '1'}")))
                  .ok());
  const std::string wanted = std::string(kConfigMap) + "data: {a: '2'}";
  EXPECT_EQ(shown(cluster.apply("other", kMapKey, wanted)),
            "409 Conflict: Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using v1: "
            ".data.a");
  ASSERT_EQ(shown(cluster.apply("kubectl", kMapKey, wanted)), "200");
  EXPECT_EQ(cluster.data().at("a"), "2");
  const std::string* annotation =
      cluster.get(kMapKey)->meta.annotations.find("kubectl.kubernetes.io/last-applied-configuration");
  ASSERT_NE(annotation, nullptr);
  EXPECT_EQ(json::parse(*annotation).at("data"), json::parse(R"({"a":"2"})"));
  // Not what was changed since.
  ASSERT_TRUE(cluster.merge("hand", kMapKey, R"({"data":{"a":"9"}})").ok());
  EXPECT_EQ(shown(cluster.apply("kubectl", kMapKey, std::string(kConfigMap) + "data: {a: '3'}")),
            "409 Conflict: Apply failed with 1 conflict: conflict with \"hand\" using v1: .data.a");
}

TEST(Apply, refuses_what_is_no_configuration) {
  struct Case {
    const char *yaml, *answer;
  };
  const Case cases[] = {
      {"apiVersion: batch/v2\nkind: Job",
       "400 BadRequest: Incorrect version specified in apply patch. Specified patch version: batch/v2, expected: "
       "batch/v1"},
      {"apiVersion: batch/v1\nkind: Pod",
       "400 BadRequest: the kind in the data (Pod) does not match the expected kind (Job)"},
      {"apiVersion: batch/v1\nkind: Job\nmetadata: {name: b}",
       "400 BadRequest: the name of the object (b) does not match the name on the URL (a)"},
      {"apiVersion: batch/v1\nkind: Job\nmetadata: {managedFields: []}",
       "400 BadRequest: metadata.managedFields must be nil"},
      {"apiVersion: batch/v1\nkind: Job\nspec: {completion: 1}",
       "500 InternalError: failed to create typed patch object (default/a; batch/v1, "
       "Kind=Job): .spec.completion: field not declared in schema"},
      {"apiVersion: batch/v1\nkind: Job\nspec: {completions: x}",
       "500 InternalError: failed to create typed patch object (default/a; batch/v1, "
       "Kind=Job): .spec.completions: expected numeric (int or float), got string"},
      {"apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {containers: [{name: c}, {name: c}]}}}",
       "500 InternalError: failed to create typed patch object (default/a; batch/v1, "
       "Kind=Job): .spec.template.spec.containers: duplicate entries for key [name=\"c\"]"},
      {"apiVersion: batch/v1\nkind: Job\nmetadata: {uid: u}",
       "409 Conflict: Operation cannot be fulfilled on jobs.batch \"a\": uid mismatch: the provided object specified "
       "uid u, and no existing object was found"},
      {"apiVersion: batch/v1\nkind: Job\nmetadata: {resourceVersion: '5'}",
       "400 BadRequest: resourceVersion should not be set on objects to be created"},
  };
  for (const Case& one : cases) {
    Outside cluster;
    EXPECT_EQ(shown(cluster.apply("me", kJobKey, one.yaml)), one.answer);
    EXPECT_FALSE(cluster.job("a")) << one.yaml;
  }
  Outside cluster;
  ASSERT_TRUE(cluster.apply("me", kMapKey, std::string(kConfigMap) + "data: {a: '1'}").ok());
  const std::string version = std::to_string(cluster.get(kMapKey)->meta.resourceVersion);
  const auto at = [&](const std::string& given) {
    return shown(
        cluster.apply("me", kMapKey,
                      "apiVersion: v1\nkind: ConfigMap\nmetadata: {resourceVersion: '" + given + "'}\ndata: {a: '2'}"));
  };
  EXPECT_EQ(at("1"),
            "409 Conflict: Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please "
            "apply your changes to the latest version and try again");
  EXPECT_EQ(at(version), "200");
}

TEST(Apply, works_on_jobsets) {
  Outside cluster;
  const api::ObjectKey key{api::Kind::kJobSet, "default", "a"};
  const auto yaml = [](int replicas) {
    return "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: a}\nspec:\n  replicatedJobs:\n  - "
           "name: w\n    replicas: " +
           std::to_string(replicas) +
           "\n    template: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}\n";
  };
  ASSERT_EQ(shown(cluster.apply("me", key, yaml(2))), "200");
  EXPECT_EQ(cluster.owners(key),
            "me/Apply: " +
                json::parse(R"({"f:spec":{"f:replicatedJobs":{"k:{\"name\":\"w\"}":{".":{},"f:name":{},
                "f:replicas":{},"f:template":{"f:spec":{"f:template":{"f:spec":{"f:containers":{
                "k:{\"name\":\"c\"}":{".":{},"f:name":{},"f:image":{}}}}}}}}}}})")
                    .dump() +
                "\n");
  EXPECT_EQ(shown(cluster.apply("you", key, yaml(3))),
            "409 Conflict: Apply failed with 1 conflict: conflict with \"me\": "
            ".spec.replicatedJobs[name=\"w\"].replicas");
}

TEST(DryRun, answers_as_if_it_were_done) {
  Outside cluster;
  ASSERT_TRUE(cluster.as("m", api::createRequest(parse(podYaml("a")))).ok());
  ASSERT_TRUE(cluster.as("m", api::createRequest(parse(std::string(kConfigMap) + "data: {a: '1'}"))).ok());
  cluster.server.takeWrites();
  const std::int64_t revision = cluster.server.store().revision();
  const api::ObjectPtr pod = cluster.pod("a"), map = cluster.get(kMapKey);
  const auto dry = [&](const api::Request& request) { return cluster.as("m", request, false, true); };

  const api::Response made = dry(api::createRequest(parse(podYaml("b"))));
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE(made.object->meta.uid.empty());
  EXPECT_EQ(made.object->meta.resourceVersion, 0);
  EXPECT_TRUE(made.object->meta.managedFields.present());
  EXPECT_EQ(shown(dry(api::createRequest(parse(podYaml("a"))))), "409 AlreadyExists: pods \"a\" already exists");

  const api::MutableObjectPtr changed = api::edit(map);
  changed->meta.labels.set("x", "y");
  changed->meta.resourceVersion = 0;
  const api::Response put = dry(api::updateRequest(changed));
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put.object->meta.labels, changed->meta.labels);
  EXPECT_EQ(put.object->meta.resourceVersion, map->meta.resourceVersion);

  const api::Response patched =
      dry(api::patchRequest(kMapKey, api::MergePatch{api::Raw(json::parse(R"({"data":{"a":"2"}})"))}));
  ASSERT_TRUE(patched.ok());
  EXPECT_EQ(api::toJson(*patched.object).at("data").at("a"), "2");
  const api::Response applied =
      dry(api::patchRequest(kMapKey, api::ApplyPatch{api::Raw(treeOf(std::string(kConfigMap) + "data: {b: '2'}"))}));
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(api::toJson(*applied.object).at("data"), json::parse(R"({"a":"1","b":"2"})"));

  EXPECT_EQ(shown(dry(api::deleteRequest(kMapKey, {}))), "200");
  EXPECT_EQ(shown(dry(api::deleteRequest(kPodKey, {}))), "200");
  EXPECT_EQ(shown(dry(api::deleteRequest({api::Kind::kPod, "default", "none"}, {}))),
            "404 NotFound: pods \"none\" not found");

  EXPECT_EQ(cluster.server.store().revision(), revision);
  EXPECT_TRUE(cluster.server.takeWrites().empty());
  EXPECT_EQ(cluster.pod("a"), pod);
  EXPECT_EQ(cluster.get(kMapKey), map);
  EXPECT_FALSE(cluster.pod("b"));
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
