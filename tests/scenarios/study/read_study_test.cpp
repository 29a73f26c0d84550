// Studies as documents: what they say, what is wrong with them, and the alternatives that their designs give.
#include "scenarios/study/read_study.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kBase = R"(apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
spec:
  faults: [{name: nodes, class: node-fail, any: true, mtbf: 100h, repair: 1h}]
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  replicatedJobs:
  - name: workers
    template: {spec: {template: {spec: {containers: [{name: a, image: b, command: [sleep, 5s]}]}}}}
)";

StudyRead read(const std::string& spec) {
  const std::string text = "apiVersion: jobset-twin.dev/v1alpha1\nkind: Study\nmetadata: {name: s}\nspec:\n" + spec;
  const api::Documents documents = api::readDocuments(text, "studies/s.yaml");
  EXPECT_THAT(documents.errors, IsEmpty());
  return readStudy(documents.trees.front(), [](const std::string& path) -> std::optional<std::string> {
    return path == "studies/base.yaml" || path == "studies/other.yaml" ? std::optional(kBase) : std::nullopt;
  });
}

std::vector<std::string> said(const StudyRead& from) {
  std::vector<std::string> out;
  for (const api::Error& error : from.errors) out.push_back(api::describe(error));
  return out;
}

const std::string kHead = "  base: {files: base.yaml}\n";

struct Wrong {
  std::string spec, says;
};

TEST(ReadStudy, EachMistakeIsNamedWithItsPlace) {
  const Wrong cases[] = {
      {"  factors: [{name: maxRestarts, values: [1]}]\n", "studies/s.yaml:5:3: spec.base: Required value"},
      {kHead, "studies/s.yaml:5:3: spec.factors: Required value"},
      {kHead + "  factors: [{name: maxRestart, values: [1, 2]}]\n",
       R"(studies/s.yaml:6:41: factor "maxRestart": no document has a field "maxRestart")"},
      {kHead + "  factors: [{name: maxRestarts, values: []}]\n", "must have one value at least"},
      {kHead + "  factors: [{name: maxRestarts, values: [1, 1]}]\n", R"(the value "1" stands twice)"},
      {kHead + "  factors: [{name: maxRestarts}]\n", "must have one of values, range and levels"},
      {kHead + "  factors: [{name: mtbf, range: {from: 10h, to: 1h}}]\n", "is empty: from must be less than to"},
      {kHead + "  factors: [{name: mtbf, range: {from: 10h, to: 20}}]\n", "must both be numbers, or both durations"},
      {kHead + "  factors: [{name: maxRestarts, range: {from: 0, to: 9, scale: log}}]\n", "a log scale begins above 0"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}, {name: maxRestarts, values: [2]}]\n",
       R"(a second factor "maxRestarts")"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n  metrics: [makspan]\n", "there is no such metric"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n  replications: {min: 9, max: 5, until: []}\n",
       "max (5) is less than min (9)"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n"
               "  replications: {until: [{metric: makespan, halfWidth: 120%}]}\n",
       "must be a duration (30s), a share of the mean (5%), or a number"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n"
               "  replications: {until: [{halfWidth: 5s, metric: restarts}]}\n",
       "restarts is a count, not a time"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n  design: latinHypercube\n",
       "needs a number of samples"},
      {kHead + "  factors: [{name: maxRestarts, values: [1]}]\n  desgin: oneAtATime\n",
       R"(unknown field "spec.desgin")"},
      {"  base: {files: missing.yaml}\n  factors: [{name: maxRestarts, values: [1]}]\n",
       "studies/missing.yaml cannot be read"},
      {kHead + "  factors: [{name: x, object: Job/y, field: maxRestarts, values: [1]}]\n",
       R"(Job/y has no field "maxRestarts" that is known by name)"},
  };
  for (const Wrong& one : cases) {
    const std::vector<std::string> texts = said(read(one.spec));
    ASSERT_FALSE(texts.empty()) << one.spec;
    EXPECT_THAT(texts.front(), HasSubstr(one.says)) << one.spec;
  }
}

std::vector<std::string> labels(const StudyRead& from) {
  EXPECT_THAT(said(from), IsEmpty());
  const api::Result<std::vector<Point>> points = pointsOf(from.study);
  std::vector<std::string> out;
  if (!points) return {points.errors().front().text};
  for (const Point& point : *points) {
    out.push_back(point.label + " |");
    for (const std::string& change : point.base.changes) out.back() += " " + change;
    for (const std::string& file : point.base.files) out.back() += " " + file;
    if (!point.base.feature_gates.empty()) out.back() += " gates " + point.base.feature_gates;
  }
  return out;
}

TEST(ReadStudy, DesignsGiveAlternatives) {
  const std::string factors =
      "  factors:\n"
      "  - {name: maxRestarts, values: [0, 3]}\n"
      "  - name: failures\n    field: /spec/faults/nodes/mtbf\n    range: {from: 1h, to: 100h, steps: 3, scale: log}\n";
  EXPECT_THAT(labels(read(kHead + factors)),
              ElementsAre("maxRestarts=0, failures=1h | maxRestarts=0 Scenario:/spec/faults/nodes/mtbf=\"1h\" "
                          "studies/base.yaml",
                          HasSubstr("maxRestarts=0, failures=10h |"), HasSubstr("maxRestarts=0, failures=100h |"),
                          HasSubstr("maxRestarts=3, failures=1h |"), HasSubstr("maxRestarts=3, failures=10h |"),
                          HasSubstr("maxRestarts=3, failures=100h |")));
  EXPECT_THAT(labels(read(kHead + factors + "  design: oneAtATime\n")),
              ElementsAre(HasSubstr("maxRestarts=0, failures=1h |"), HasSubstr("maxRestarts=3, failures=1h |"),
                          HasSubstr("maxRestarts=0, failures=10h |"), HasSubstr("maxRestarts=0, failures=100h |")));
  EXPECT_EQ(labels(read(kHead + factors + "  design: {latinHypercube: {samples: 7}}\n")).size(), 7U);
  EXPECT_THAT(labels(read(kHead + "  factors: [{name: maxRestarts, range: {from: 0, to: 8h, steps: 2}}]\n")),
              ElementsAre(HasSubstr("maxRestarts=0s |"), HasSubstr("maxRestarts=8h |")));
}

TEST(ReadStudy, LevelsMayChangeSeveralFieldsAndFiles) {
  const std::string factors =
      "  factors:\n"
      "  - name: how\n    levels:\n"
      "    - {name: plain}\n"
      "    - {name: other, files: other.yaml, featureGates: InPlaceRestart=true, set: [{field: maxRestarts, value: 2}, "
      "{object: JobSet/train, field: /spec/suspend, value: null}]}\n";
  EXPECT_THAT(labels(read(kHead + factors)),
              ElementsAre("plain | studies/base.yaml",
                          "other | maxRestarts=2 JobSet/train:/spec/suspend=null studies/other.yaml gates "
                          "InPlaceRestart=true"));
  EXPECT_THAT(labels(read(kHead + factors + "  baseline: plian\n")),
              ElementsAre("spec.baseline: no alternative is called \"plian\""));
  EXPECT_THAT(
      labels(read(kHead + "  factors:\n  - {name: a, range: {from: 1, to: 1000, steps: 1000}, field: "
                          "maxRestarts}\n  - {name: b, range: {from: 1, to: 1000, steps: 1000}, field: /spec/x}\n")),
      ElementsAre("the full factorial design has more than 10000 alternatives"));
}

TEST(ReadStudy, WhatIsMeasuredAndHowOften) {
  const StudyRead from = read(
      kHead +
      "  factors: [{name: maxRestarts, values: [0, 3]}]\n"
      "  replications: {min: 12, max: 50, until: [{metric: makespan, halfWidth: 5%}, {metric: cost, halfWidth: 2}]}\n"
      "  seed: 9\n  metrics: [makespan, restarts.node]\n  prices: {gpu: 32.5}\n"
      "  serviceLevel: {startWithin: 30m, ettr: 0.9}\n"
      "  theory: {youngDaly: {mttf: 6h, cost: 5m, restart: 10m}}\n  facts: {ecosystem: \"source: x\"}\n");
  ASSERT_THAT(said(from), IsEmpty());
  const Study& study = from.study;
  EXPECT_EQ(study.replications.least, 12U);
  EXPECT_EQ(study.replications.most, 50U);
  ASSERT_EQ(study.replications.until.size(), 2U);
  EXPECT_TRUE(study.replications.until[0].relative);
  EXPECT_DOUBLE_EQ(study.replications.until[0].half_width, 0.05);
  EXPECT_DOUBLE_EQ(study.replications.until[1].half_width, 2);
  EXPECT_EQ(study.seed, 9U);
  EXPECT_THAT(study.metrics, ElementsAre("makespan", "restarts.node"));
  EXPECT_DOUBLE_EQ(study.figures.prices.at("gpu"), 32.5);
  EXPECT_EQ(study.figures.slo.start_within, 30min);
  EXPECT_EQ(study.figures.slo.ettr, 0.9);
  EXPECT_EQ(study.theory->mttf, 6h);
  EXPECT_EQ(study.facts.front().first, "ecosystem");
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
