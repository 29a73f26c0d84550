// Changes of fields before documents are read: --set, and the factors of studies.
#include "scenarios/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"

namespace jobset_twin::scenarios {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kTrainJobSet = R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  replicatedJobs:
  - name: leader
    template:
      spec:
        backoffLimit: 0
        template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, command: [sleep, 5s]}]}}
  - name: workers
    replicas: 2
    template:
      spec:
        template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, command: [sleep, 5s]}]}}
)";
const std::string kScenario = R"(apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: s}
spec:
  faults:
  - {class: node-fail, any: true, mtbf: 100h, repair: 1h}
  manifests:
  - object:
      apiVersion: batch/v1
      kind: Job
      metadata: {name: inside}
      spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, command: [sleep, 5s]}]}}}
)";

api::Tree treeOf(const std::string& text) { return api::readDocuments(text, "a.yaml").trees.front(); }

// The document after one change, in one line; or the errors.
std::string changed(const std::string& text, const std::string& change) {
  const api::Result<Change> parsed = parseChange(change);
  if (!parsed) return parsed.errors().front().text;
  api::Tree tree = treeOf(text);
  std::vector<std::size_t> hits;
  api::Errors errors;
  applyChanges({*parsed}, tree, hits, errors);
  if (!errors.empty()) return api::describe(errors.front());
  return std::to_string(hits[0]) + " " + api::toJson(tree.root).dump();
}

struct ChangeCase {
  std::string text, change, wanted;
};

TEST(Changes, FieldsAreSetMadeAndTakenAway) {
  const std::string list =
      "kind: A\nmetadata: {name: app}\nspec: {items: [{name: x, v: 1}, {name: two}], o: {p: 1}, s: t}\n";
  const auto spec = [](const std::string& rest) {
    return R"({"kind":"A","metadata":{"name":"app"},"spec":)" + rest + "}";
  };
  const std::string items = R"([{"name":"x","v":1},{"name":"two"}])";
  const ChangeCase cases[] = {
      {list, "A/app:/spec/o/p=2", "1 " + spec(R"({"items":)" + items + R"(,"o":{"p":2},"s":"t"})")},
      {list, "A:/spec/o/q/r=[1]", "1 " + spec(R"({"items":)" + items + R"(,"o":{"p":1,"q":{"r":[1]}},"s":"t"})")},
      {list, "A/default/app:/spec/items/two/v=2h",
       "1 " + spec(R"({"items":[{"name":"x","v":1},{"name":"two","v":"2h"}],"o":{"p":1},"s":"t"})")},
      {list, "A:/spec/items/*/v={a: 1}",
       "2 " + spec(R"({"items":[{"name":"x","v":{"a":1}},{"name":"two","v":{"a":1}}],"o":{"p":1},"s":"t"})")},
      {list, "A?:/spec/items/*/v=3",
       "1 " + spec(R"({"items":[{"name":"x","v":3},{"name":"two"}],"o":{"p":1},"s":"t"})")},
      {list, "A:/spec/items/-/v=3",
       "1 " + spec(R"({"items":[{"name":"x","v":1},{"name":"two"},{"v":3}],"o":{"p":1},"s":"t"})")},
      {list, "A:/spec/items/0=null", "1 " + spec(R"({"items":[{"name":"two"}],"o":{"p":1},"s":"t"})")},
      {list, "A:/spec/o=", "1 " + spec(R"({"items":)" + items + R"(,"s":"t"})")},
      {list, "A:/spec/new/0/z=1", "1 " + spec(R"({"items":)" + items + R"(,"new":[{"z":1}],"o":{"p":1},"s":"t"})")},
      {list, "A:/metadata/a~1b=1",
       R"(1 {"kind":"A","metadata":{"a/b":1,"name":"app"},"spec":{"items":)" + items + R"(,"o":{"p":1},"s":"t"}})"},
      {list, "A/other:/spec/o/p=2", "0 " + spec(R"({"items":)" + items + R"(,"o":{"p":1},"s":"t"})")},
      {list, "B:/spec/o/p=2", "0 " + spec(R"({"items":)" + items + R"(,"o":{"p":1},"s":"t"})")},
      {list, "A:/spec/items/z/v=1", R"(a.yaml:1:1: cannot set /spec/items/z/v: the list has 2 items, and none is "z")"},
      {list, "A:/spec/s/v=1", R"(a.yaml:1:1: cannot set /spec/s/v: "v" is within a string, which holds no fields)"},
      {list, "A:/spec/o", R"("A:/spec/o": has no '=' before the value)"},
      {list, "=3", R"("=3": names neither an object nor a field)"},
      {list, "A:/spec/o=[1", R"("A:/spec/o=[1": the value is no YAML: )"},
  };
  for (const ChangeCase& one : cases) {
    if (one.wanted.back() == ' ') {
      EXPECT_THAT(changed(one.text, one.change), HasSubstr(one.wanted)) << one.change;
    } else {
      EXPECT_EQ(changed(one.text, one.change), one.wanted) << one.change;
    }
  }
}

TEST(Changes, AManifestWithinAScenarioIsADocument) {
  EXPECT_THAT(changed(kScenario, "Job/inside:/spec/backoffLimit=3"), HasSubstr(R"("spec":{"backoffLimit":3,)"));
  EXPECT_THAT(changed(kScenario, "/spec/faults/0/mtbf=5h"), HasSubstr(R"("mtbf":"5h")"));
}

std::vector<std::string> placeTexts(const std::string& name) {
  const api::Result<std::vector<FieldPlace>> places = placesOf(name, {treeOf(kTrainJobSet), treeOf(kScenario)});
  std::vector<std::string> out;
  if (!places) return {places.errors().front().text};
  for (const FieldPlace& place : *places)
    out.push_back(place.object + (place.only_present ? "?" : "") + ":" + place.pointer);
  return out;
}

TEST(Changes, FieldsAreFoundByName) {
  EXPECT_THAT(placeTexts("maxRestarts"), ElementsAre("JobSet:/spec/failurePolicy/maxRestarts"));
  EXPECT_THAT(placeTexts("mtbf"), ElementsAre("Scenario?:/spec/faults/*/mtbf", "Fault?:/spec/mtbf"));
  // Not among the known ones: where the documents have it.
  EXPECT_THAT(placeTexts("class"), ElementsAre("Scenario?:/spec/faults/*/class"));
  EXPECT_THAT(placeTexts("maxRestart"), ElementsAre(R"(no document has a field "maxRestart")"));
  EXPECT_THAT(placeTexts("image"), ElementsAre(HasSubstr(R"("image" is the name of 2 fields: JobSet:/spec/)")));
}

Loaded loadedWith(const std::vector<std::string>& changes) {
  LoadOptions options;
  options.changes = changes;
  return load({{"a.yaml", kTrainJobSet + "---\n" + kScenario}}, options, {});
}

const api::JobSet& jobsetOf(const Loaded& from) {
  for (const Action& action : from.scenario.actions) {
    for (const api::ObjectPtr& object : action.objects) {
      if (object->kind() == api::Kind::kJobSet) return api::as<api::JobSet>(object);
    }
  }
  throw std::runtime_error("no JobSet");
}

TEST(Changes, ARunIsMadeOfChangedDocuments) {
  const Loaded changed = loadedWith({"maxRestarts=7", "backoffLimit=4", "mtbf=9h"});
  ASSERT_THAT(changed.errors, IsEmpty()) << api::describe(changed.errors.front());
  EXPECT_EQ(jobsetOf(changed).spec->failurePolicy->maxRestarts, 7);
  for (const auto& job : jobsetOf(changed).spec->replicatedJobs) EXPECT_EQ(job.template_.spec->backoffLimit, 4);
  EXPECT_EQ(changed.scenario.faults.front().trigger.hazard->a, std::chrono::hours(9));
}

TEST(Changes, WhatFindsNothingIsAnErrorWithTheNearestObject) {
  const Loaded wrong = loadedWith({"JobSet/trian:/spec/suspend=true", "CronJob/x:/spec/a=1"});
  ASSERT_EQ(wrong.errors.size(), 2U);
  EXPECT_EQ(wrong.errors[0].text, R"(nothing to set by "JobSet/trian:/spec/suspend=true": no document is for it)");
  EXPECT_EQ(wrong.errors[0].hint, "did you mean JobSet/train?");
  EXPECT_EQ(wrong.errors[1].hint, "there are JobSet/train, Scenario/s");
  // The value stands in no line of the file: the error says what has set it.
  const Loaded bad = loadedWith({"replicas=2", "maxRestarts=many"});
  ASSERT_FALSE(bad.errors.empty());
  EXPECT_THAT(api::describe(bad.errors.front()), StartsWith("a.yaml: spec.failurePolicy.maxRestarts"));
  EXPECT_THAT(bad.errors.front().hint, HasSubstr("set by \"maxRestarts=many\""));
  // To take away what is not there is no mistake.
  EXPECT_THAT(loadedWith({"JobSet/train:/spec/failurePolicy=null"}).errors, IsEmpty());
}

}  // namespace
}  // namespace jobset_twin::scenarios
