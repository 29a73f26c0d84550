// Where Pods go on generated clusters: the scheduler's decision against the plain one of plain_scheduler.hpp, in nodes,
// scores, messages and victims. A failure prints the seed; generate(seed) makes the same cluster again.
#include <algorithm>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/apiserver/disruption_budget.hpp"
#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/cluster/scheduler/preemption.hpp"
#include "tests/sim/cluster/scheduler/generated_cluster.hpp"

namespace jobset_twin::cluster {
namespace {

// A profile as the scheduler holds it; the two speak of the same plugins by other names.
CycleConfig configOf(const plain::Rules& rules) {
  CycleConfig out;
  out.taint_in_message = rules.taint_in_message;
  out.balanced_by_difference = rules.balanced_by_difference;
  SchedulerProfile& profile = out.profile;
  profile.percentage_of_nodes_to_score = rules.percentage_of_nodes_to_score;
  const auto weight = [&](const char* plugin) { return rules.weights.at(plugin); };
  profile.weights = {weight("TaintToleration"),   weight("NodeAffinity"),     weight("NodeResourcesFit"),
                     weight("PodTopologySpread"), weight("InterPodAffinity"), weight("NodeResourcesBalancedAllocation"),
                     weight("ImageLocality")};
  const std::pair<const char*, Plugin> filters[] = {{"NodeUnschedulable", Plugin::kNodeUnschedulable},
                                                    {"NodeName", Plugin::kNodeName},
                                                    {"TaintToleration", Plugin::kTaintToleration},
                                                    {"NodeAffinity", Plugin::kNodeAffinity},
                                                    {"NodePorts", Plugin::kNodePorts},
                                                    {"NodeResourcesFit", Plugin::kNodeResourcesFit},
                                                    {"PodTopologySpread", Plugin::kPodTopologySpread},
                                                    {"InterPodAffinity", Plugin::kInterPodAffinity}};
  for (const auto& [name, plugin] : filters) {
    if (rules.filters_off.contains(name)) profile.filters_off |= maskOf(plugin);
  }
  profile.fit = rules.strategy == "LeastAllocated"  ? FitScoring::kLeastAllocated
                : rules.strategy == "MostAllocated" ? FitScoring::kMostAllocated
                                                    : FitScoring::kRequestedToCapacityRatio;
  profile.fit_resources.clear();
  profile.balanced_resources.clear();
  for (const auto& [name, share] : rules.resources) profile.fit_resources.push_back({name, share});
  for (const std::string& name : rules.balanced) profile.balanced_resources.push_back({name, 1});
  for (const auto& [at, score] : rules.shape)
    profile.fit_shape.push_back({static_cast<std::int32_t>(at), static_cast<std::int32_t>(score)});
  profile.hard_pod_affinity_weight = static_cast<std::int32_t>(rules.hard_affinity);
  profile.default_constraints = rules.spread_defaults;
  profile.candidates_percentage = static_cast<std::int32_t>(rules.candidates_percentage);
  profile.candidates_least = static_cast<std::int32_t>(rules.candidates_least);
  return out;
}

api::ObjectPtr objectOf(const plain::Budget& budget) {
  nlohmann::json content;
  nlohmann::json& selector = content["spec"]["selector"] = nlohmann::json::object();
  for (const auto& [key, value] : budget.selector.matchLabels) selector["matchLabels"][key] = value;
  for (const auto& r : budget.selector.matchExpressions)
    selector["matchExpressions"].push_back({{"key", r.key}, {"operator", r.operator_}, {"values", r.values}});
  content["status"]["disruptionsAllowed"] = budget.allowed;
  for (const std::string& pod : budget.disrupted) content["status"]["disruptedPods"][pod] = "2026-01-01T00:00:00Z";
  api::Generic body;
  body.apiVersion = "policy/v1";
  body.kind = "PodDisruptionBudget";
  body.content.set(std::move(content));
  const api::MutableObjectPtr out = api::makeObject(std::move(body));
  out->meta.name = budget.name;
  out->meta.namespace_ = budget.namespace_;
  return out;
}

// A cluster as the scheduler holds it.
struct Held {
  ClusterView view;
  Nominations nominations;
  PodSlot next = 0;

  explicit Held(const plain::Cluster& cluster) {
    for (const api::ObjectPtr& node : cluster.nodes) view.setNode(node);
    for (const auto& [name, labels] : cluster.namespaces) view.setNamespace(name, &labels);
    for (const api::ObjectPtr& service : cluster.services)
      view.services[{service->meta.namespace_, service->meta.name}] = service;
    for (const plain::Budget& budget : cluster.budgets)
      view.budgets[{budget.namespace_, budget.name}] = objectOf(budget);
    for (const plain::PlacedPod& pod : cluster.pods) place(pod);
    for (const plain::PlacedPod& pod : cluster.nominated) nominations[pod.node].push_back(add(pod.object));
  }
  PodSlot add(const api::ObjectPtr& pod) {
    view.setPod(next, next, pod);
    return next++;
  }
  void place(const plain::PlacedPod& pod) { view.place(add(pod.object), view.nodes.slotOf(pod.node)); }
  std::string nodeName(NodeSlot slot) const { return slot == kNoNode ? "" : view.nodes.entry(slot).name; }
};

void expectSame(const plain::Cluster& cluster, Held& held, const api::ObjectPtr& pod, std::size_t& next_start,
                const CycleConfig& config, const plain::Rules& rules, std::string& chosen) {
  const plain::Decision expected = plain::decide(cluster, *pod, next_start, rules);
  const PodSlot slot = held.add(pod);
  Cycle cycle(held.view, held.nominations, config, slot, 77);
  const Placement placement = cycle.run(next_start, "");
  chosen = held.nodeName(placement.node);
  EXPECT_EQ(next_start, expected.next_start) << pod->meta.name;
  if (expected.best.empty()) {
    EXPECT_EQ(chosen, "") << pod->meta.name;
    EXPECT_EQ(placement.error.text(), expected.message) << pod->meta.name;
    return;
  }
  EXPECT_EQ(std::count(expected.best.begin(), expected.best.end(), chosen), 1) << pod->meta.name << " on " << chosen;
  std::vector<NodeSlot> nodes;
  for (const auto& [name, score] : expected.scores) nodes.push_back(held.view.nodes.find(name));
  if (nodes.size() < 2) return;  // upstream scores nothing then
  const std::vector<Score> scores = cycle.scores(nodes);
  std::size_t at = 0;
  for (const auto& [name, score] : expected.scores) EXPECT_EQ(scores[at++], score) << pod->meta.name << " on " << name;
  std::map<std::string, std::vector<Score>> by_plugin;
  for (const auto& [plugin, values] : cycle.scoresByPlugin(nodes)) by_plugin[std::string(plugin)] = values;
  for (const auto& [plugin, wanted] : expected.scores_of) {
    const std::vector<Score> values =
        by_plugin.contains(plugin) ? by_plugin.at(plugin) : std::vector<Score>(nodes.size());
    at = 0;
    for (const auto& [name, score] : expected.scores) {
      EXPECT_EQ(values[at++], wanted.contains(name) ? wanted.at(name) : 0)
          << plugin << ": " << pod->meta.name << " on " << name;
    }
    by_plugin.erase(plugin);
  }
  EXPECT_TRUE(by_plugin.empty()) << by_plugin.begin()->first;
}

void placeAll(std::uint64_t seed, const plain::Rules& rules) {
  plain::Problem problem = plain::generate(seed);
  const CycleConfig config = configOf(rules);
  Held held(problem.cluster);
  std::size_t next_start = problem.cluster.nodes.empty() ? 0 : seed % problem.cluster.nodes.size();
  for (const api::ObjectPtr& pod : problem.incoming) {
    std::string chosen;
    expectSame(problem.cluster, held, pod, next_start, config, rules, chosen);
    if (chosen.empty()) continue;
    held.view.place(held.next - 1, held.view.nodes.find(chosen));
    problem.cluster.pods.push_back({pod, chosen});
  }
}

TEST(SchedulerDecisions, OfGeneratedClustersAreThoseOfThePlainScheduler) {
  for (std::uint64_t seed = 1; seed <= 1500 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    plain::Rules rules;
    rules.taint_in_message = seed % 3 == 0;
    rules.balanced_by_difference = seed % 3 != 0;
    rules.percentage_of_nodes_to_score = seed % 5 == 0 ? 60 : 0;
    placeAll(seed, rules);
  }
}

// K-SCH-21 to 31 with other strategies, resources and weights, and without some of the filters.
TEST(SchedulerDecisions, UnderGeneratedProfilesAreThoseOfThePlainScheduler) {
  for (std::uint64_t seed = 1; seed <= 1500 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    placeAll(seed + 50'000, plain::generateProfile(seed));
  }
}

// What is remembered between cycles (shapes, counts, answers of nodes) must follow every change of the cluster.
TEST(SchedulerDecisions, FollowChangesOfTheCluster) {
  for (std::uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    plain::Problem problem = plain::generate(seed), other = plain::generate(seed + 10'000);
    plain::Draw draw(seed + 20'000);
    if (problem.cluster.nodes.size() > 20 || problem.cluster.nodes.empty()) continue;
    problem.cluster.nominated.clear();
    Held held(problem.cluster);
    std::map<std::string, PodSlot> slots;
    for (std::size_t i = 0; i < problem.cluster.pods.size(); ++i)
      slots[problem.cluster.pods[i].object->meta.name] = static_cast<PodSlot>(i);
    std::size_t next_start = 0;
    for (const api::ObjectPtr& pod : problem.incoming) {
      auto& pods = problem.cluster.pods;
      auto& nodes = problem.cluster.nodes;
      if (!pods.empty() && draw.chance(0.7)) {  // a Pod is gone
        const std::size_t at = draw.below(pods.size());
        held.view.withdraw(slots.at(pods[at].object->meta.name));
        pods.erase(pods.begin() + static_cast<std::ptrdiff_t>(at));
      }
      if (!pods.empty() && draw.chance(0.5)) {  // a Pod is told to go, under another label
        const std::size_t at = draw.below(pods.size());
        const api::MutableObjectPtr changed = api::edit(*pods[at].object);
        changed->meta.deletionTimestamp = plain::kNow;
        changed->meta.labels.set("app", "b");
        pods[at].object = changed;
        const PodSlot slot = slots.at(changed->meta.name);
        held.view.setPod(slot, slot, changed);
      }
      if (draw.chance(0.7) && !other.cluster.nodes.empty()) {  // a node is changed, in anything
        const std::size_t at = draw.below(nodes.size());
        const api::MutableObjectPtr changed = api::edit(*other.cluster.nodes[draw.below(other.cluster.nodes.size())]);
        changed->meta.name = nodes[at]->meta.name;
        changed->meta.creationTimestamp = nodes[at]->meta.creationTimestamp;
        changed->meta.labels.set("kubernetes.io/hostname", changed->meta.name);
        nodes[at] = changed;
        held.view.setNode(changed);
      }
      std::string chosen;
      expectSame(problem.cluster, held, pod, next_start, {}, {}, chosen);
      if (chosen.empty()) continue;
      slots[pod->meta.name] = held.next - 1;
      held.view.place(held.next - 1, held.view.nodes.find(chosen));
      pods.push_back({pod, chosen});
    }
  }
}

// K-SCH-41, 42, 43.
TEST(SchedulerDecisions, VictimsAreThoseOfThePlainScheduler) {
  std::size_t evicted = 0, violations = 0;
  for (std::uint64_t seed = 1; seed <= 2000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const plain::Problem problem = plain::generateCrowded(seed);
    const plain::Rules rules = seed % 2 == 0 ? plain::Rules{} : plain::generateProfile(seed);
    const CycleConfig config = configOf(rules);
    for (const api::ObjectPtr& pod : problem.incoming) {
      const plain::Decision failed = plain::decide(problem.cluster, *pod, 0, rules);
      if (!failed.best.empty()) continue;
      Held held(problem.cluster);
      const PodSlot slot = held.add(pod);
      Cycle cycle(held.view, held.nominations, config, slot, 77);
      std::size_t next_start = 0;
      const Placement placement = cycle.run(next_start, "");
      const Preemption got = preempt(held.view, cycle, config.profile, slot, placement, "", seed, plain::kNow);
      plain::Eviction found{held.nodeName(got.node), {}, got.violations};
      for (const PodSlot victim : got.victims) found.victims.push_back(held.view.pods[victim].object->meta.name);
      const plain::Eviction expected =
          plain::bestEviction(problem.cluster, plain::evictions(problem.cluster, *pod, failed, rules, seed));
      EXPECT_EQ(found.node, expected.node) << pod->meta.name << ": " << got.message;
      EXPECT_EQ(found.victims, expected.victims) << pod->meta.name;
      EXPECT_EQ(found.violations, expected.violations) << pod->meta.name;
      evicted += expected.victims.size();
      violations += expected.violations;
    }
  }
  EXPECT_GT(evicted, 300U);  // the clusters are such that it happens
  EXPECT_GT(violations, 20U);
}

}  // namespace
}  // namespace jobset_twin::cluster
