// Workload models and measured times in a scenario: what is wrong with them is said with file, line, column and field,
// and before the run.
#include <gmock/gmock.h>

#include <map>

#include "scenarios/load.hpp"
#include "tests/scenarios/said.hpp"

namespace jobset_twin::scenarios {
namespace {

using test::said;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kLeaderAndWorkers = R"(---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: x, namespace: default}
spec:
  replicatedJobs:
  - name: leader
    template: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: x}]}}}}
  - name: workers
    template:
      spec:
        parallelism: 3
        completions: 3
        template: {spec: {restartPolicy: Never, containers: [{name: main, image: x}]}}
)";

// The behaviours begin in line 4.
std::string textOf(const std::string& behaviors, const std::string& documents = kLeaderAndWorkers) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n" + behaviors + documents;
}

std::string model(const std::string& text, const std::string& match = "{}") {
  return textOf("  behaviors:\n  - match: " + match + "\n    model: {" + text + "}\n");
}

const std::map<std::string, std::string> kFiles = {
    {"runs/one.csv", "seconds\n10\n\n# a comment\n 20.5 \n30\n"},
    {"runs/many.csv", "shard,\"took, all in all\",note\n1,90s,\"a, \"\"b\"\"\"\n2,1m40s,c\n"},
    {"runs/text.csv", "seconds\n10\nsoon\n"},
    {"runs/short.csv", "a,b\n1,2\n3\n"},
    {"runs/negative.csv", "s\n1\n-2\n"},
    {"runs/empty.csv", "\n"},
    {"runs/header.csv", "s\n# nothing\n"},
};

Loaded loaded(const std::string& text, const std::string& gates = {}) {
  LoadOptions options;
  options.feature_gates = gates;
  return load({{"runs/f.yaml", text}}, options, [](const std::string& path) -> std::optional<std::string> {
    const auto found = kFiles.find(path);
    return found == kFiles.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

TEST(ReadModels, SaysWhatIsWrongAndWhere) {
  const std::string training = "steps: 10, step: 1s", shards = "shards: 10, shardTime: 1s";
  struct Case {
    std::string text, error;
  };
  const Case cases[] = {
      {model("allReduce: {step: 1s}"), "runs/f.yaml:6:24: spec.behaviors[0].model.allReduce.steps: Required value"},
      {model("allReduce: {steps: 0, step: 1s}"),
       "runs/f.yaml:6:32: spec.behaviors[0].model.allReduce.steps: Invalid value: 0"},
      {model("allReduce: {stepps: 1, steps: 1, step: 1s}"),
       "runs/f.yaml:6:25: strict decoding error: unknown field \"spec.behaviors[0].model.allReduce.stepps\""},
      {model("allReduce: {" + training + ", communication: {bytes: 1Gi}}"),
       "spec.behaviors[0].model.allReduce.communication.bandwidth: Required value"},
      {model("allReduce: {" + training + ", communication: {bytes: 1Gi, bandwidth: {}}}"),
       "bandwidth: Invalid value: {}: must have at least one of host, rack, block, zone and cluster"},
      {model("allReduce: {" + training + ", onPeerLoss: exit}"), "onPeerLoss: Unsupported value: \"exit\""},
      {model("allReduce: {" + training + "}, pipeline: {items: 1, stages: [{replicatedJob: leader, itemTime: 1s}]}"),
       "must have exactly one of allReduce, leaderWorker, parameterServer and pipeline"},
      {model("stay: [leader]"), "must have exactly one of allReduce, leaderWorker, parameterServer and pipeline"},
      {model("leaderWorker: {leader: leadr, " + shards + "}"),
       "runs/f.yaml:6:28: spec.behaviors[0].model.leaderWorker.leader: Invalid value: \"leadr\": JobSet/default/x has "
       "no such "
       "replicated job; did you mean \"leader\"?"},
      {model("leaderWorker: {leader: workers, " + shards + "}"),
       "has 3 Pods in JobSet/default/x, and there is one leader"},
      {model("leaderWorker: {leader: leader, " + shards + "}", "{replicatedJob: workers}"),
       "spec.behaviors[0].model.leaderWorker.leader: Invalid value: \"leader\": no behaviour with this model matches "
       "its "
       "containers in JobSet/default/x"},
      {model("leaderWorker: {leader: leader, " + shards + "}", "{replicatedJob: leader}"),
       "no container of JobSet/default/x that this model matches is a worker"},
      {model("leaderWorker: {leader: leader, " + shards + ", elastic: {min: 3, max: 2, shardsPerWorker: 1}}"),
       "elastic.min must not be above elastic.max"},
      {model("leaderWorker: {leader: leader, " + shards + ", elastic: {min: 1, max: 2, shardsPerWorker: 1}}"),
       "spec.behaviors[0].model.leaderWorker.elastic: Forbidden: needs the feature gate ElasticJobSet"},
      {model("parameterServer: {servers: leader, steps: 5, step: 1s, backups: 1}"),
       "spec.behaviors[0].model.parameterServer.backups: Forbidden: may only be given with synchronous: true"},
      {model("parameterServer: {servers: leader, steps: 5, step: 1s, synchronous: true, backups: 3}"),
       "backups: Invalid value: 3: must be less than the 3 workers of JobSet/default/x"},
      {model("pipeline: {items: 3, stages: [{replicatedJob: leader, itemTime: 1s, bytes: 1Gi}]}"),
       "stages[0].bandwidth: Required value: bytes and bandwidth go together"},
      {model("pipeline: {items: 3, stages: [{replicatedJob: leader, itemTime: 1s}, {replicatedJob: worker, itemTime: "
             "1s}]}"),
       "spec.behaviors[0].model.pipeline.stages[1].replicatedJob: Invalid value: \"worker\": JobSet/default/x has no "
       "such "
       "replicated job; did you mean \"workers\"?"},
      {model("allReduce: {" + training + "}, stay: [leaders]"),
       "spec.behaviors[0].model.stay[0]: Invalid value: \"leaders\": JobSet/default/x has no such replicated job; did "
       "you "
       "mean \"leader\"?"},
      {model("pipeline: {items: 3, stages: [{replicatedJob: workers, itemTime: 1s}, {replicatedJob: workers, itemTime: "
             "1s}]}",
             "{replicatedJob: workers}"),
       "spec.behaviors[0].model.pipeline.stages[1].replicatedJob: Duplicate value: \"workers\": a replicated job works "
       "in one stage"},
      {model("pipeline: {items: 3, stages: [{replicatedJob: workers, itemTime: 1s}]}"),
       "spec.behaviors[0].model.pipeline.stages: Invalid value: this behaviour matches replicated job leader of "
       "JobSet/default/x, and no stage has it"},
      {model("allReduce: {steps: 1000000001, step: 1s}"),
       "spec.behaviors[0].model.allReduce.steps: Invalid value: 1000000001"},
      {model("allReduce: {steps: 10000001, step: 0s}"), ": steps that take no time: 10000000 of them at most"},
      {model("parameterServer: {servers: leader, steps: 10000001, step: 1s}"),
       "spec.behaviors[0].model.parameterServer.steps: Invalid value: 10000001"},
      {textOf("  behaviors:\n  - runTime: 5s\n    model: {allReduce: {" + training + "}}\n"),
       "runs/f.yaml:5:5: spec.behaviors[0].runTime: Forbidden: may not be given beside a model"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(said(loaded(one.text).errors), ElementsAre(HasSubstr(one.error))) << one.text;
  }
}

TEST(ReadModels, ElasticWorkersNeedEqualNumbers) {
  std::string jobset = kLeaderAndWorkers;
  jobset.replace(jobset.find("completions: 3"), 14, "completions: 6");
  const std::string elastic =
      "  behaviors:\n  - model: {leaderWorker: {leader: leader, shards: 10, shardTime: 1s, elastic: "
      "{min: 1, max: 2, shardsPerWorker: 1}}}\n";
  EXPECT_THAT(said(loaded(textOf(elastic, jobset), "ElasticJobSet=true").errors),
              ElementsAre(HasSubstr(
                  "parallelism and completions of replicated job workers of JobSet/default/x must be equal")));
  EXPECT_THAT(said(loaded(textOf(elastic), "ElasticJobSet=true").errors), IsEmpty());
}

// Members are numbered by completion indexes.
TEST(ReadModels, SeveralPodsOfAJobNeedIndexes) {
  const std::string behaviors = "  behaviors:\n  - model: {allReduce: {steps: 10, step: 1s}}\n";
  std::string many = kLeaderAndWorkers, one = kLeaderAndWorkers;
  many.replace(many.find("parallelism: 3"), 0, "completionMode: NonIndexed\n        ");
  one.replace(one.find("template: {spec: {") + 18, 0, "completionMode: NonIndexed, ");
  EXPECT_THAT(said(loaded(textOf(behaviors, many)).errors),
              ElementsAre(HasSubstr("spec.behaviors[0].model: Invalid value: the Pods of replicated job workers of "
                                    "JobSet/default/x have no indexes")));
  EXPECT_THAT(said(loaded(textOf(behaviors, one)).errors), IsEmpty());
}

TEST(ReadModels, ContainersOfNoJobSetAreNamed) {
  const std::string job =
      "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: default}\nspec: {template: {spec: "
      "{restartPolicy: Never, containers: [{name: main, image: x}]}}}\n";
  const Loaded one = loaded(textOf("  behaviors:\n  - model: {allReduce: {steps: 1, step: 1s}}\n", job));
  EXPECT_THAT(said(one.errors), IsEmpty());
  EXPECT_THAT(said(one.warnings),
              ElementsAre(HasSubstr("runs/f.yaml:5:5: containers of Job/default/j belong to no JobSet")));
}

// A group is of all Pods that get the model, whichever behaviour gives it to them.
TEST(ReadModels, BehavioursWithOneModelMakeOneGroup) {
  const std::string two =
      "  behaviors:\n  - match: {replicatedJob: leader}\n    model: &m {leaderWorker: {leader: leader, "
      "shards: 10, shardTime: 1s}}\n  - match: {replicatedJob: workers}\n    model: *m\n";
  EXPECT_THAT(said(loaded(textOf(two)).errors), IsEmpty());
}

std::vector<double> measured(const std::string& text) {
  const Loaded one = loaded(textOf("  behaviors:\n  - runTime: {empirical: {" + text + "}}\n"));
  std::vector<double> out;
  if (!one.errors.empty()) return out;
  for (const Duration time : *one.scenario.behaviors.front().run_time->measured)
    out.push_back(std::chrono::duration<double>(time).count());
  return out;
}

TEST(ReadEmpirical, TakesTimesFromTheScenarioOrFromAFileBesideIt) {
  EXPECT_THAT(measured("values: [3s, 1s, 2m]"), ElementsAre(1, 3, 120));
  EXPECT_THAT(measured("file: one.csv"), ElementsAre(10, 20.5, 30));
  EXPECT_THAT(measured("file: one.csv, unit: ms"), ElementsAre(0.01, 0.0205, 0.03));
  EXPECT_THAT(measured("file: many.csv, column: 'took, all in all'"), ElementsAre(90, 100));
  EXPECT_THAT(measured("file: many.csv, column: shard, unit: m"), ElementsAre(60, 120));
}

TEST(ReadEmpirical, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string text, error;
  };
  const Case cases[] = {
      {"{}",
       "runs/f.yaml:5:26: spec.behaviors[0].runTime.empirical: Invalid value: {}: must have exactly one of values and "
       "file"},
      {"{values: []}", "must have exactly one of values and file, and at least one time"},
      {"{values: [1s], file: one.csv}", "must have exactly one of values and file"},
      {"{values: [1s, soon]}", "spec.behaviors[0].runTime.empirical.values[1]: Invalid value: \"soon\""},
      {"{file: none.csv}",
       "runs/f.yaml:5:33: spec.behaviors[0].runTime.empirical.file: Invalid value: \"none.csv\": "
       "runs/none.csv cannot be read"},
      {"{file: one.csv, unit: week}", "unit: Unsupported value: \"week\""},
      {"{file: text.csv}",
       "runs/text.csv:3: column \"seconds\": \"soon\" is not a time: a number of s or a duration, such as "
       "90s (read for spec.behaviors[0].runTime.empirical at runs/f.yaml:5)"},
      {"{file: many.csv}", "runs/many.csv:1: has 3 columns: shard, took, all in all, note; say which one with column"},
      {"{file: many.csv, column: shards}", "runs/many.csv:1: has no column \"shards\"; did you mean \"shard\"?"},
      {"{file: one.csv, column: minutes}", "runs/one.csv:1: has no column \"minutes\": its columns are seconds"},
      {"{file: short.csv, column: b}", "runs/short.csv:3: has 1 cells, the header has 2"},
      {"{file: negative.csv}", "runs/negative.csv:3: column \"s\": \"-2\" is not a time"},
      {"{file: empty.csv}", "runs/empty.csv: has no header"},
      {"{file: header.csv}", "runs/header.csv: has no times, only a header"},
  };
  for (const Case& one : cases) {
    const std::string text = textOf("  behaviors:\n  - runTime: {empirical: " + one.text + "}\n");
    EXPECT_THAT(said(loaded(text).errors), ElementsAre(HasSubstr(one.error))) << one.text;
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
