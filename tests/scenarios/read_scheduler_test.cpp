// spec.scheduler: what the forms mean, the merging of lists of plugins (as kube-scheduler does it), and every mistake
// with its place.
#include <array>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::FitScoring;
using cluster::maskOf;
using cluster::Plugin;
using cluster::SchedulerProfile;

ScenarioRead parseScheduler(const std::string& scheduler) {
  const std::string text =
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  scheduler: " + scheduler + "\n";
  const api::Documents documents = api::readDocuments(text, "f.yaml");
  EXPECT_TRUE(documents.errors.empty()) << api::describe(documents.errors.front());
  return readScenario(documents.trees.front(), api::Validation::kStrict);
}

SchedulerProfile profileOf(const std::string& scheduler) {
  const ScenarioRead read = parseScheduler(scheduler);
  for (const api::Error& error : read.errors) ADD_FAILURE() << scheduler << ": " << api::describe(error);
  return read.scenario.scheduler.profiles.front();
}
SchedulerProfile withPlugins(const std::string& plugins) {
  return profileOf("{profiles: [{plugins: " + plugins + "}]}");
}
SchedulerProfile withArgs(const std::string& plugin, const std::string& args) {
  return profileOf("{profiles: [{pluginConfig: [{name: " + plugin + ", args: " + args + "}]}]}");
}

TEST(ReadScheduler, TheDefaultProfileIsThatOfTheReference) {  // K-SCH 5.2
  const SchedulerProfile profile = parseScheduler("{}").scenario.scheduler.profiles.front();
  EXPECT_EQ(profile.name, "default-scheduler");
  const cluster::ScoreWeights& w = profile.weights;
  EXPECT_EQ((std::array{w.taints, w.node_affinity, w.fit, w.spread, w.pod_affinity, w.balanced, w.images}),
            (std::array<cluster::Score, 7>{3, 2, 1, 2, 2, 1, 1}));
  EXPECT_EQ(profile.filters_off, 0U);
  EXPECT_TRUE(profile.preempts);
  EXPECT_EQ(profile.fit, FitScoring::kLeastAllocated);
}

TEST(ReadScheduler, TheShortForm) {
  EXPECT_EQ(profileOf("{profile: MostAllocated}").fit, FitScoring::kMostAllocated);
  const SchedulerProfile ratio = profileOf(
      "{profile: RequestedToCapacityRatio, resources: [{name: example.com/gpu, weight: 3}, {name: cpu}],"
      " shape: [{utilization: 0, score: 10}, {utilization: 100, score: 0}], percentageOfNodesToScore: 30}");
  EXPECT_EQ(ratio.fit, FitScoring::kRequestedToCapacityRatio);
  EXPECT_EQ(ratio.fit_resources, (std::vector<cluster::WeightedResource>{{"example.com/gpu", 3}, {"cpu", 1}}));
  EXPECT_EQ(ratio.fit_shape, (std::vector<cluster::ShapePoint>{{0, 10}, {100, 0}}));
  EXPECT_EQ(ratio.percentage_of_nodes_to_score, 30);
}

TEST(ReadScheduler, ListsOfPluginsChangeTheDefaultProfile) {
  struct Row {
    std::string plugins;
    cluster::Score taints, fit, spread;
    cluster::PluginMask off;
    bool preempts;
  };
  const cluster::PluginMask taints = maskOf(Plugin::kTaintToleration), fit = maskOf(Plugin::kNodeResourcesFit);
  const Row rows[] = {
      {"{}", 3, 1, 2, 0, true},
      {"{score: {enabled: [{name: TaintToleration, weight: 7}]}}", 7, 1, 2, 0, true},
      {"{score: {enabled: [{name: TaintToleration}]}}", 1, 1, 2, 0, true},
      {"{score: {disabled: [{name: TaintToleration}]}}", 0, 1, 2, 0, true},
      {"{score: {disabled: [{name: TaintToleration}], enabled: [{name: TaintToleration, weight: 4}]}}", 4, 1, 2, 0,
       true},
      {"{score: {disabled: [{name: '*'}], enabled: [{name: NodeResourcesFit, weight: 9}]}}", 0, 9, 0, 0, true},
      {"{filter: {disabled: [{name: TaintToleration}]}}", 3, 1, 2, taints, true},
      {"{multiPoint: {disabled: [{name: TaintToleration}, {name: NodeResourcesFit}]}}", 0, 0, 2, taints | fit, true},
      {"{multiPoint: {disabled: [{name: TaintToleration}]}, preScore: {enabled: [{name: TaintToleration}]},"
       " score: {enabled: [{name: TaintToleration, weight: 5}]}}",
       5, 1, 2, taints, true},
      {"{multiPoint: {enabled: [{name: TaintToleration, weight: 6}]}}", 6, 1, 2, 0, true},
      {"{multiPoint: {enabled: [{name: TaintToleration, weight: 6}]},"
       " score: {enabled: [{name: TaintToleration, weight: 8}]}}",
       8, 1, 2, 0, true},
      {"{postFilter: {disabled: [{name: '*'}]}}", 3, 1, 2, 0, false},
      {"{multiPoint: {disabled: [{name: DefaultPreemption}]}}", 3, 1, 2, 0, false},
  };
  for (const Row& row : rows) {
    const SchedulerProfile profile = withPlugins(row.plugins);
    EXPECT_EQ(profile.weights.taints, row.taints) << row.plugins;
    EXPECT_EQ(profile.weights.fit, row.fit) << row.plugins;
    EXPECT_EQ(profile.weights.spread, row.spread) << row.plugins;
    EXPECT_EQ(profile.filters_off, row.off) << row.plugins;
    EXPECT_EQ(profile.preempts, row.preempts) << row.plugins;
  }
}

TEST(ReadScheduler, ArgsOfPlugins) {
  EXPECT_EQ(withArgs("NodeResourcesFit", "{scoringStrategy: {type: MostAllocated}}").fit, FitScoring::kMostAllocated);
  EXPECT_EQ(withArgs("NodeResourcesBalancedAllocation", "{resources: [{name: cpu}]}").balanced_resources.size(), 1U);
  EXPECT_EQ(withArgs("InterPodAffinity", "{hardPodAffinityWeight: 0}").hard_pod_affinity_weight, 0);
  EXPECT_FALSE(withArgs("PodTopologySpread", "{defaultingType: System}").default_constraints);
  EXPECT_EQ(withArgs("PodTopologySpread", "{defaultingType: List}").default_constraints->size(), 0U);
  const SchedulerProfile spread =
      withArgs("PodTopologySpread",
               "{apiVersion: kubescheduler.config.k8s.io/v1, kind: PodTopologySpreadArgs, defaultingType: List,"
               " defaultConstraints: [{maxSkew: 2, topologyKey: rack, whenUnsatisfiable: DoNotSchedule}]}");
  EXPECT_EQ(spread.default_constraints->front().topologyKey, "rack");
  EXPECT_EQ(withArgs("DefaultPreemption", "{minCandidateNodesAbsolute: 5}").candidates_least, 5);
}

TEST(ReadScheduler, WhatAProfileDoesNotSayIsSaidForAll) {
  const ScenarioRead read = parseScheduler(
      "{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, percentageOfNodesToScore: 20,"
      " profiles: [{schedulerName: a}, {schedulerName: b, percentageOfNodesToScore: 50}]}");
  EXPECT_TRUE(read.errors.empty()) << api::describe(read.errors.front());
  ASSERT_EQ(read.scenario.scheduler.profiles.size(), 2U);
  EXPECT_EQ(read.scenario.scheduler.profiles[0].percentage_of_nodes_to_score, 20);
  EXPECT_EQ(read.scenario.scheduler.profiles[1].percentage_of_nodes_to_score, 50);
}

TEST(ReadScheduler, MistakesAreNamedWithTheirPlace) {
  const auto plugins = [](const std::string& text) { return "{profiles: [{plugins: " + text + "}]}"; };
  const auto args = [](const std::string& plugin, const std::string& text) {
    return "{profiles: [{pluginConfig: [{name: " + plugin + ", args: " + text + "}]}]}";
  };
  struct Row {
    std::string scheduler, wanted, hint;
  };
  const Row rows[] = {
      {"{profile: MostAlocated}", "spec.scheduler.profile: Unsupported value: \"MostAlocated\"",
       "did you mean \"MostAllocated\"?"},
      {"{profle: MostAllocated}", "unknown field \"spec.scheduler.profle\"", "did you mean \"profile\"?"},
      {"{profile: RequestedToCapacityRatio}", "spec.scheduler.shape: Required value", ""},
      {"{profile: MostAllocated, shape: [{utilization: 0, score: 1}]}", "of use with RequestedToCapacityRatio", ""},
      {"{profile: MostAllocated, profiles: [{}]}", "spec.scheduler.profiles: Forbidden", ""},
      {"{profile: RequestedToCapacityRatio, shape: [{utilization: 50, score: 1}, {utilization: 50, score: 2}]}",
       "spec.scheduler.shape[1].utilization: Invalid value: 50: utilization values must be sorted", ""},
      {"{profile: RequestedToCapacityRatio, shape: []}", "at least one point must be specified", ""},
      {"{profile: RequestedToCapacityRatio, shape: [{utilization: 101, score: 1}]}", "less than or equal to 100", ""},
      {"{profile: RequestedToCapacityRatio, shape: [{utilization: 1, score: 11}]}", "less than or equal to 10", ""},
      {"{resources: [{name: cpu, weight: 101}]}", "spec.scheduler.resources[0].weight", ""},
      {"{resources: [{name: cpu, weight: 0}]}", "greater than or equal to 1", ""},
      {"{resources: [{name: cpu}, {name: cpu}]}", "spec.scheduler.resources[1].name: Duplicate value: \"cpu\"", ""},
      {"{percentageOfNodesToScore: 101}", "spec.scheduler.percentageOfNodesToScore", ""},
      {"{profiles: [{}, {schedulerName: default-scheduler}]}",
       "spec.scheduler.profiles[1].schedulerName: Duplicate value: \"default-scheduler\"", ""},
      {"{profiles: [{schedulerName: x}, {}, {}]}",
       "spec.scheduler.profiles[2].schedulerName: Duplicate value: \"default-scheduler\"",
       "a profile without schedulerName is default-scheduler"},
      {plugins("{score: {enabled: [{name: NodeResourceFit}]}}"),
       "spec.scheduler.profiles[0].plugins.score.enabled[0].name: Unsupported value: \"NodeResourceFit\"",
       "did you mean \"NodeResourcesFit\"?"},
      {plugins("{score: {disabled: [{name: NodePorts}]}}"), "plugin NodePorts does nothing at score", ""},
      {plugins("{score: {enabled: [{name: '*'}]}}"), "Unsupported value: \"*\"", ""},
      {plugins("{score: {enabled: [{name: NodeAffinity}, {name: NodeAffinity}]}}"),
       "enabled[1].name: Duplicate value: \"NodeAffinity\"", ""},
      {plugins("{score: {enabled: [{name: NodeAffinity, weight: -1}]}}"), "greater than or equal to 0", ""},
      {plugins("{scores: {}}"), "unknown field \"spec.scheduler.profiles[0].plugins.scores\"",
       "did you mean \"score\"?"},
      {plugins("{bind: {disabled: [{name: DefaultBinder}]}}"), "DefaultBinder cannot be disabled", ""},
      {plugins("{preFilter: {disabled: [{name: NodePorts}]}}"), "NodePorts needs its preFilter for its filter", ""},
      {args("NodeResourcesFits", "{}"), "pluginConfig[0].name: Unsupported value",
       "did you mean \"NodeResourcesFit\"?"},
      {args("NodeName", "{}"), "pluginConfig[0].name: Invalid value: \"NodeName\": the simulated plugin takes no args",
       ""},
      {args("NodeResourcesFit", "{scoringStrategy: {type: RequestedToCapacityRatio}}"),
       "args.scoringStrategy.requestedToCapacityRatio.shape: Required value", ""},
      {args("NodeResourcesBalancedAllocation", "{resources: [{name: cpu, weight: 2}]}"), "all weigh 1 here", ""},
      {args("InterPodAffinity", "{hardPodAffinityWeight: 101}"), "args.hardPodAffinityWeight", ""},
      {args("PodTopologySpread",
            "{defaultConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: "
            "ScheduleAnyway}]}"),
       "args.defaultConstraints: Invalid value", "with them goes defaultingType: List"},
      {args("PodTopologySpread",
            "{defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: a, "
            "whenUnsatisfiable: ScheduleAnyway}]}"),
       "defaultConstraints[0].maxSkew", ""},
      {args("DefaultPreemption", "{minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}"), "cannot both be 0",
       ""},
      {"{profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {}}, {name: NodeResourcesFit, args: {}}]}]}",
       "pluginConfig[1].name: Duplicate value", ""},
  };
  for (const Row& row : rows) {
    const ScenarioRead read = parseScheduler(row.scheduler);
    ASSERT_EQ(read.errors.size(), 1U) << row.scheduler;
    const api::Error& error = read.errors.front();
    EXPECT_NE(api::describe(error).find(row.wanted), std::string::npos)
        << row.scheduler << ": " << api::describe(error);
    EXPECT_EQ(api::describe(error).rfind("f.yaml:4", 0), 0U) << api::describe(error);
    if (row.hint.empty()) continue;
    EXPECT_EQ(error.hint, row.hint) << row.scheduler;
  }
}

// K-SCH-6: nothing would ever say so while the run goes on.
TEST(ReadScheduler, PodsOfNobodysProfileAreWarnedOf) {
  const auto warnings = [](const std::string& scheduler, const std::string& spec) {
    const Loaded loaded =
        load({{"f.yaml", "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  scheduler: " + scheduler +
                             "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {" + spec +
                             "restartPolicy: Never, containers: [{name: c, image: b, command: "
                             "[sleep, '1']}]}\n"}},
             {}, {});
    std::string out;
    for (const api::Error& warning : loaded.warnings) out += api::describe(warning) + " (" + warning.hint + ")\n";
    return out;
  };
  EXPECT_EQ(warnings("{}", ""), "");
  EXPECT_EQ(warnings("{profiles: [{}, {schedulerName: packing}]}", "schedulerName: packing, "), "");
  const std::string unknown = warnings("{profiles: [{}, {schedulerName: packing}]}", "schedulerName: pakcing, ");
  EXPECT_NE(
      unknown.find("Pod/default/p: spec.schedulerName: no profile of the scheduler is called \"pakcing\": the Pods "
                   "wait for ever (did you mean \"packing\"?)"),
      std::string::npos)
      << unknown;
  const std::string none = warnings("{profiles: [{schedulerName: packing}]}", "");
  EXPECT_NE(none.find("is called \"default-scheduler\": the Pods wait for ever (there is packing)"), std::string::npos)
      << none;
}

// A saved run goes on under the profiles that it was saved with, and no others.
TEST(ReadScheduler, ASavedRunRefusesOtherProfiles) {
  const auto plan = [](const std::string& scheduler) {
    const Loaded loaded = load({{"f.yaml",
                                 "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  cluster: "
                                 "{nodePools: [{count: 2}]}\n  scheduler: " +
                                     scheduler + "\n"}},
                               {}, {});
    for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
    return loaded.plan;
  };
  const std::string base = "{profiles: [{plugins: {score: {enabled: [{name: NodeAffinity, weight: 2}]}}}]}";
  std::ostringstream saved;
  scenarios::Run(plan(base)).save(saved);
  const std::pair<std::string, bool> rows[] = {
      {base, true},
      {"{}", true},  // the same, said otherwise
      {"{profile: MostAllocated}", false},
      {"{resources: [{name: cpu, weight: 2}, {name: memory}]}", false},
      {"{percentageOfNodesToScore: 9}", false},
      {"{profiles: [{}, {schedulerName: b}]}", false},
      {"{profiles: [{plugins: {score: {enabled: [{name: NodeAffinity, weight: 3}]}}}]}", false},
      {"{profiles: [{plugins: {filter: {disabled: [{name: NodePorts}]}}}]}", false},
      {"{profiles: [{plugins: {postFilter: {disabled: [{name: '*'}]}}}]}", false},
      {"{profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List}}]}]}", false},
      {"{profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 2}}]}]}", false},
  };
  for (const auto& [scheduler, same] : rows) {
    std::istringstream in(saved.str());
    scenarios::Run run(plan(scheduler));
    const auto load = [&] { run.load(in); };
    if (same) {
      EXPECT_NO_THROW(load()) << scheduler;
    } else {
      EXPECT_ANY_THROW(load()) << scheduler;
    }
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
