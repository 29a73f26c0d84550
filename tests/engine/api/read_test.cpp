// The strict reader: every mistake with its place, field and words (K-API-14, K-API-15, spec/jobset.md section 1);
// limits; other ways in.
#include "engine/api/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Got {
  std::vector<ObjectPtr> objects;
  std::vector<std::string> errors, warnings, fields, hints;
};

Got read(std::string_view text, Validation validation = Validation::kStrict, ReadLimits limits = {}) {
  Got out;
  const auto note = [&](const Errors& errors) {
    for (const Error& error : errors) {
      out.errors.push_back(describe(error));
      out.fields.push_back(error.field);
      out.hints.push_back(error.hint);
    }
  };
  Documents documents = readDocuments(text, "f", limits);
  note(documents.errors);
  for (Tree& tree : documents.trees) {
    for (const Tree& one : expandList(std::move(tree))) {
      Errors warnings;
      const Result<ObjectPtr> object = readObject(one, validation, warnings);
      if (object.ok()) out.objects.push_back(*object);
      note(object.errors());
      for (const Error& warning : warnings) out.warnings.push_back(describe(warning));
    }
  }
  return out;
}

const std::string kJob =
    "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: a\nspec:\n  template:\n    spec:\n      restartPolicy: "
    "Never\n      containers:\n"
    "      - name: c\n        image: i\n";
const std::string kJobSet =
    "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata:\n  name: a\nspec:\n  replicatedJobs:\n  - name: w\n "
    "   template:\n"
    "      spec:\n        template:\n          spec:\n            containers:\n            - name: c\n              "
    "image: i\n";

TEST(Read, what_is_right) {
  const Got got = read(kJob + "---\n" + kJobSet);
  EXPECT_THAT(got.errors, IsEmpty());
  ASSERT_THAT(got.objects, SizeIs(2));
  EXPECT_EQ(got.objects[0]->kind(), Kind::kJob);
  EXPECT_EQ(as<Job>(got.objects[0]).spec->template_.spec->containers[0].image, "i");
  EXPECT_EQ(as<JobSet>(got.objects[1]).spec->replicatedJobs[0].name, "w");
  EXPECT_FALSE(as<JobSet>(got.objects[1]).spec->replicatedJobs[0].replicas) << "no defaults yet";
}

struct MistakenText {
  std::string text;
  std::vector<std::string> errors;
};

TEST(Read, mistakes_in_built_in_kinds) {
  const MistakenText rows[] = {
      {kJob + "  parallelism: many\n",
       {"f:12:16: json: cannot unmarshal string into Go struct field JobSpec.spec.parallelism of type int32"}},
      {kJob + "  parallelism: 1.5\n",
       {"f:12:16: json: cannot unmarshal number 1.5 into Go struct field JobSpec.spec.parallelism of type int32"}},
      {kJob + "  parallelism: 3000000000\n",
       {"f:12:16: json: cannot unmarshal number 3000000000 into Go struct field JobSpec.spec.parallelism of type "
        "int32"}},
      {kJob + "  activeDeadlineSeconds: 99999999999999999999\n",
       {"f:12:26: json: cannot unmarshal number 100000000000000000000 into Go struct field "
        "JobSpec.spec.activeDeadlineSeconds of type int64"}},
      {kJob + "  suspend: 1\n",
       {"f:12:12: json: cannot unmarshal number into Go struct field JobSpec.spec.suspend of type bool"}},
      {kJob + "  suspend: \"true\"\n",
       {"f:12:12: json: cannot unmarshal string into Go struct field JobSpec.spec.suspend of type bool"}},
      {kJob + "  paralelism: 2\n", {"f:12:3: strict decoding error: unknown field \"spec.paralelism\""}},
      {kJob + "  paralelism: 2\n  suspend: 1\nextra: x\n",
       {"f:12:3: strict decoding error: unknown field \"spec.paralelism\"",
        "f:13:12: json: cannot unmarshal number into Go struct field JobSpec.spec.suspend of type bool",
        "f:14:1: strict decoding error: unknown field \"extra\""}},
      {kJob + "        comand: [a]\n",
       {"f:12:9: strict decoding error: unknown field \"spec.template.spec.containers[0].comand\""}},
      {kJob + "        command: a\n",
       {"f:12:18: json: cannot unmarshal string into Go struct field Container.spec.template.spec.containers.command "
        "of type []string"}},
      {kJob + "        args: [1]\n",
       {"f:12:16: json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.args of "
        "type string"}},
      {kJob + "        env:\n        - name: X\n          value: 5\n",
       {"f:14:18: json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of "
        "type string"}},
      {kJob + "  parallelism: 1\n  parallelism: 2\n", {"f:13:3: key \"parallelism\" already set in map"}},
      {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: 1}}\n",
       {"f:3:33: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"}},
      {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: yesterday}\n",
       {"f:3:40: parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\""}},
      {"apiVersion: v1\nkind: Pod\nmetadata: [a]\n",
       {"f:3:11: json: cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta"}},
      {"apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {capacity: {cpu: lots}}\n",
       {"f:4:26: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"}},
  };
  for (const MistakenText& row : rows) {
    const Got got = read(row.text);
    EXPECT_EQ(got.errors, row.errors) << row.text;
  }
}

TEST(Read, mistakes_in_a_custom_resource) {
  const MistakenText rows[] = {
      {kJobSet + "  suspend: 1\n",
       {"f:15:12: spec.suspend: Invalid value: \"integer\": spec.suspend in body must be of type boolean: "
        "\"integer\""}},
      {kJobSet + "  ttlSecondsAfterFinished: -1\n",
       {"f:15:28: spec.ttlSecondsAfterFinished: Invalid value: -1: spec.ttlSecondsAfterFinished in body should be "
        "greater than or equal to 0"}},
      {kJobSet + "  successPolicy: {operator: Some}\n",
       {"f:15:29: spec.successPolicy.operator: Unsupported value: \"Some\": supported values: \"All\", \"Any\""}},
      {kJobSet + "  successPolicy: {}\n", {"f:15:18: spec.successPolicy.operator: Required value"}},
      {kJobSet + "  coordinator: {jobIndex: 0}\n", {"f:15:16: spec.coordinator.replicatedJob: Required value"}},
      {kJobSet + "  - name: w\n    template: {}\n",
       {"f:15:5: spec.replicatedJobs[1]: Duplicate value: map[string]interface {}{\"name\":\"w\"}"}},
      {kJobSet + "  sucessPolicy: {}\n", {"f:15:3: strict decoding error: unknown field \"spec.sucessPolicy\""}},
      {"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: a}\nspec: 5\n",
       {"f:4:7: spec: Invalid value: \"integer\": spec in body must be of type object: \"integer\""}},
      {"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: a}\nspec: {replicatedJobs: {}}\n",
       {"f:4:24: spec.replicatedJobs: Invalid value: \"object\": spec.replicatedJobs in body must be of type array: "
        "\"object\""}},
  };
  for (const MistakenText& row : rows) EXPECT_EQ(read(row.text).errors, row.errors) << row.text;
}

TEST(Read, the_webhook_names_rules) {  // JS-W1
  EXPECT_THAT(read(kJobSet + "  failurePolicy: {rules: [{action: FailJobSet}]}\n").errors, IsEmpty());
  EXPECT_THAT(read(kJobSet + "  failurePolicy: {rules: [{name: a}]}\n").errors,
              ElementsAre("f:15:27: spec.failurePolicy.rules[0].action: Required value"));
}

TEST(Read, documents_that_are_no_objects) {
  const MistakenText rows[] = {
      {"- a\n", {"f:1:1: an object was expected, not a list"}},
      {"hello\n", {"f:1:1: an object was expected, not a single value"}},
      {"a: b\n", {"f:1:1: apiVersion not set", "f:1:1: kind not set"}},
      {"apiVersion: v1\nkind: \"\"\n", {"f:1:1: kind not set"}},
      {"apiVersion: 1\nkind: Pod\n",
       {"f:1:13: json: cannot unmarshal number into Go struct field ObjectMeta.apiVersion of type string"}},
      {"apiVersion: batch/v1beta1\nkind: Job\n", {"f:1:13: no matches for kind \"Job\" in version \"batch/v1beta1\""}},
      {"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: Jobset\n",
       {"f:2:7: no matches for kind \"Jobset\" in version \"jobset.x-k8s.io/v1alpha2\""}},
      {"", {}},
      {"# nothing\n---\n", {}},
      {"a: [\n", {"f:2:1: malformed YAML: end of sequence flow not found"}},
      {"a: \xFF\n", {"f:1:4: invalid UTF-8"}},
      {"a: \"\x01\"\n", {"f:1:5: control characters are not allowed"}},
  };
  for (const MistakenText& row : rows) EXPECT_EQ(read(row.text).errors, row.errors) << row.text;
}

TEST(Read, hints_name_what_is_near) {
  EXPECT_THAT(read(kJob + "  paralelism: 2\n").hints, ElementsAre("did you mean \"parallelism\"?"));
  EXPECT_THAT(read(kJobSet + "  sucessPolicy: {}\n").hints, ElementsAre("did you mean \"successPolicy\"?"));
  EXPECT_THAT(read("apiVersion: batch/v1beta1\nkind: Job\n").hints,
              ElementsAre("did you mean apiVersion \"batch/v1\"?"));
  EXPECT_THAT(read("apiVersion: jobset.x-k8s.io/v1alpha2\nkind: Jobset\n").hints,
              ElementsAre("did you mean \"JobSet\"?"));
  EXPECT_THAT(read(kJob + "  zzz: 2\n").hints, ElementsAre(""));
  EXPECT_THAT(read(kJob + "  paralelism: 2\n").fields, ElementsAre("spec.paralelism"));
}

TEST(Read, unknown_fields_by_validation) {  // K-API-15
  const std::string text = kJob + "  foo: 1\n  suspend: true\n";
  EXPECT_THAT(read(text, Validation::kStrict).objects, IsEmpty());
  const Got warned = read(text, Validation::kWarn);
  ASSERT_THAT(warned.objects, SizeIs(1));
  EXPECT_THAT(warned.warnings, ElementsAre("f:12:3: unknown field \"spec.foo\""));
  const Got ignored = read(text, Validation::kIgnore);
  ASSERT_THAT(ignored.objects, SizeIs(1));
  EXPECT_THAT(ignored.warnings, IsEmpty());
  EXPECT_EQ(toJson(*ignored.objects[0]).at("spec").count("foo"), 0U) << "dropped";
  EXPECT_EQ(as<Job>(ignored.objects[0]).spec->suspend, true);
  EXPECT_THAT(read(kJob + "  suspend: 1\n", Validation::kIgnore).errors, SizeIs(1)) << "wrong types are errors always";
  ReadLimits lax;
  lax.duplicate_keys = true;
  const Got last = read(kJob + "  suspend: true\n  suspend: false\n", Validation::kIgnore, lax);
  ASSERT_THAT(last.objects, SizeIs(1));
  EXPECT_EQ(as<Job>(last.objects[0]).spec->suspend, false) << "the last one wins";
}

TEST(Read, limits) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  EXPECT_THAT(read("a: " + deep).errors[0], HasSubstr("nesting is deeper than 100 levels"));
  EXPECT_THAT(read("{\"a\": " + deep).errors[0], HasSubstr("nesting is deeper than 100 levels"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j > 0 ? ", " : "", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(read(bomb).errors, ElementsAre(HasSubstr("document contains excessive aliasing")));
  ReadLimits small;
  small.document_bytes = 100;
  EXPECT_THAT(read("a: " + std::string(200, 'x'), Validation::kStrict, small).errors,
              ElementsAre(HasSubstr("Request entity too large: limit is 100")));
  small.total_bytes = 150;
  EXPECT_THAT(read("a: " + std::string(200, 'x'), Validation::kStrict, small).errors,
              ElementsAre("f: the file has 203 bytes; the limit is 150"));
}

TEST(Read, lists_are_taken_apart) {
  const Got got = read(
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, "
      "kind: Node, metadata: {name: b}}\n");
  EXPECT_THAT(got.errors, IsEmpty());
  ASSERT_THAT(got.objects, SizeIs(2));
  EXPECT_EQ(got.objects[1]->kind(), Kind::kNode);
  const Got typed = read("apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]\n");
  ASSERT_THAT(typed.objects, SizeIs(1));
  EXPECT_EQ(typed.objects[0]->kind(), Kind::kPod);
  EXPECT_THAT(read("apiVersion: v1\nkind: PodList\nitems: [{metadata: {nam: a}}]\n").errors,
              ElementsAre("f:3:21: strict decoding error: unknown field \"metadata.nam\""));
}

TEST(Read, other_kinds_are_kept_whole) {
  const Got got = read(
      "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 3, list: [1, {x: null}]}\nother: "
      "text\n");
  EXPECT_THAT(got.errors, IsEmpty());
  ASSERT_THAT(got.objects, SizeIs(1));
  EXPECT_EQ(got.objects[0]->kind(), Kind::kGeneric);
  EXPECT_EQ(
      toJson(*got.objects[0]).dump(),
      R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"other":"text","spec":{"list":[1,{"x":null}],"size":3}})");
  EXPECT_EQ(keyOf(*got.objects[0]).name, "Widget.example.com/a");
}

TEST(Read, a_pods_own_fields) {
  const Got got = read(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {nodeName: m, hostname: h, containers: [{name: c}]}\n");
  ASSERT_THAT(got.objects, SizeIs(1));
  const Pod& pod = as<Pod>(got.objects[0]);
  EXPECT_EQ(pod.nodeName + pod.hostname, "mh");
  EXPECT_EQ(pod.spec->nodeName + pod.spec->hostname, "") << "so that the spec can be shared";
  EXPECT_EQ(toJson(*got.objects[0]).at("spec").at("nodeName"), "m");
}

TEST(CrdDefaults, fill_what_is_absent) {
  Got got = read(kJobSet +
                 "              ports: [{containerPort: 80}]\n  failurePolicy: {maxRestarts: 1}\n  "
                 "volumeClaimPolicies: [{retentionPolicy: {}}]\n");
  ASSERT_THAT(got.errors, IsEmpty());
  const json spec = toJson(*withCrdDefaults(got.objects[0])).at("spec");
  EXPECT_EQ(spec.at("replicatedJobs").at(0).at("replicas"), 1);
  EXPECT_EQ(spec.at("replicatedJobs").at(0).at("groupName"), "default");
  EXPECT_EQ(spec.at("failurePolicy").at("restartStrategy"), "Recreate");
  EXPECT_EQ(spec.at("volumeClaimPolicies").at(0).at("retentionPolicy").at("whenDeleted"), "Delete");
  EXPECT_EQ(spec.at("/replicatedJobs/0/template/spec/template/spec/containers/0/ports/0/protocol"_json_pointer), "TCP");
  EXPECT_FALSE(spec.contains("network")) << "the webhook's business";
  const ObjectPtr job = read(kJob).objects[0];
  EXPECT_EQ(withCrdDefaults(job), job);
}

TEST(Structural, errors_of_a_schema_alone) {
  EXPECT_THAT(structuralErrors(json::parse(R"({"spec":{"unknown":1}})")), IsEmpty()) << "pruned, not refused";
  const Errors errors = structuralErrors(
      json::parse(R"({"spec":{"replicatedJobs":[{"name":"a"}],"startupPolicy":{"startupPolicyOrder":"No"}}})"));
  std::vector<std::string> texts;
  for (const Error& error : errors) texts.push_back(error.text);
  EXPECT_THAT(texts, ::testing::UnorderedElementsAre("spec.replicatedJobs[0].template: Required value",
                                                     "spec.startupPolicy.startupPolicyOrder: Unsupported value: "
                                                     "\"No\": supported values: \"AnyOrder\", \"InOrder\""));
}

}  // namespace
}  // namespace jobset_twin::api
