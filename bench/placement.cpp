// placement.cpp - the scheduler alone: Pods that are given nodes one after the other, without API server, kubelets or
// time. Homogeneous Pods on as many nodes, without and with a Service that selects them (a JobSet's does, and then the
// default spread constraints count); Jobs with a rack each, as JobSet's exclusive placement asks for (a leader
// with affinity and anti-affinity, followers with a node selector); a gang tried as a whole.
#include <benchmark/benchmark.h>

#include <string>

#include <fmt/format.h>

#include "sim/cluster/scheduler/gang_cycle.hpp"

namespace {

using namespace jobset_twin;
using namespace jobset_twin::cluster;

constexpr const char* kRack = "topology.jobset-twin.dev/rack";
constexpr const char* kJobKey = "jobset.sigs.k8s.io/job-key";
constexpr std::int64_t kNodesPerRack = 20;

api::Quantity quantity(const char* text) { return *api::Quantity::parse(text); }

api::ObjectPtr node(std::int64_t number) {
  api::Node body;
  for (const auto& [name, amount] : {std::pair{"cpu", "8"}, {"memory", "32Gi"}, {"pods", "110"}})
    body.status.allocatable[name] = quantity(amount);
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = fmt::format("node-{}", number);
  object->meta.labels.set("kubernetes.io/hostname", object->meta.name);
  object->meta.labels.set(kRack, fmt::format("rack-{}", number / kNodesPerRack));
  return object;
}

api::PodSpec spec() {
  api::PodSpec out;
  api::Container container;
  container.name = "c";
  container.resources.requests["cpu"] = quantity("6");
  out.containers.push_back(container);
  return out;
}

api::ObjectPtr pod(std::int64_t number, const api::Shared<api::PodSpec>& spec, const std::string& job) {
  api::Pod body;
  body.spec = spec;
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = fmt::format("pod-{}", number);
  object->meta.uid = object->meta.name;
  if (!job.empty()) object->meta.labels.set(kJobKey, job);
  return object;
}

api::ObjectPtr service() {
  api::Service body;
  body.spec.selector.set(kJobKey, "x");
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = "x";
  return object;
}

struct Cluster {
  ClusterView view;
  Nominations nominations;
  CycleConfig config;
  std::size_t next_start = 0;
  PodSlot next = 0;

  explicit Cluster(std::int64_t nodes) {
    for (std::int64_t i = 0; i < nodes; ++i) view.setNode(node(i));
  }
  PodSlot add(const api::ObjectPtr& object) {
    view.setPod(next, next, object);
    return next++;
  }
  NodeSlot place(const api::ObjectPtr& object) {
    const PodSlot slot = add(object);
    Cycle cycle(view, nominations, config, slot, slot);
    const Placement placement = cycle.run(next_start, "");
    if (placement.node != kNoNode) view.place(slot, placement.node);
    return placement.node;
  }
};

void onePodANode(benchmark::State& state) {
  const api::Shared<api::PodSpec> shape(spec());
  std::size_t unplaced = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Cluster cluster(state.range(0));
    if (state.range(1) != 0) cluster.view.services[{"default", "x"}] = service();
    state.ResumeTiming();
    for (std::int64_t i = 0; i < state.range(0); ++i) unplaced += cluster.place(pod(i, shape, "x")) == kNoNode ? 1 : 0;
  }
  if (unplaced > 0) state.SkipWithError("a Pod has no node");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

api::LabelSelector keyed(const char* op, const std::string& job) {
  api::LabelSelector selector;
  api::LabelSelectorRequirement one;
  one.key = kJobKey;
  one.operator_ = op;
  if (!job.empty()) one.values = {job};
  selector.matchExpressions.push_back(one);
  return selector;
}

// As the Pod webhook writes it (spec/jobset.md, exclusive placement).
api::PodSpec leaderSpec(const std::string& job) {
  api::PodSpec out = spec();
  api::Affinity affinity;
  api::PodAffinityTerm with, without;
  with.topologyKey = without.topologyKey = kRack;
  with.labelSelector = keyed("In", job);
  without.labelSelector = keyed("Exists", "");
  without.labelSelector->matchExpressions.push_back(keyed("NotIn", job).matchExpressions.front());
  affinity.podAffinity.emplace().requiredDuringSchedulingIgnoredDuringExecution.push_back(with);
  affinity.podAntiAffinity.emplace().requiredDuringSchedulingIgnoredDuringExecution.push_back(without);
  out.affinity = affinity;
  return out;
}

void aRackForEachJob(benchmark::State& state) {
  std::size_t unplaced = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Cluster cluster(state.range(0));
    state.ResumeTiming();
    std::int64_t number = 0;
    for (std::int64_t job = 0; job < state.range(0) / kNodesPerRack; ++job) {
      const std::string key = fmt::format("job-{}", job);
      const NodeSlot leader = cluster.place(pod(number++, api::Shared<api::PodSpec>(leaderSpec(key)), key));
      if (leader == kNoNode) {
        ++unplaced;
        continue;
      }
      api::PodSpec follower = spec();
      follower.nodeSelector.set(kRack, cluster.view.nodes.entry(leader).object->meta.labels.get(kRack));
      const api::Shared<api::PodSpec> shape(follower);
      for (std::int64_t i = 1; i < kNodesPerRack; ++i)
        unplaced += cluster.place(pod(number++, shape, key)) == kNoNode ? 1 : 0;
    }
  }
  if (unplaced > 0) state.SkipWithError("a Pod has no node");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void aGang(benchmark::State& state) {
  const api::Shared<api::PodSpec> shape(spec());
  for (auto _ : state) {
    state.PauseTiming();
    Cluster cluster(state.range(0));
    std::vector<GangPod> pods;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      GangPod& one = pods.emplace_back();
      one.slot = cluster.add(pod(i, shape, ""));
      one.config = &cluster.config;
      one.tie_key = one.slot;
    }
    state.ResumeTiming();
    const GangTrial trial =
        tryGang(cluster.view, cluster.nominations, pods, cluster.next_start, nullptr, false, {}, {});
    if (trial.fitting != pods.size()) state.SkipWithError("a Pod has no node");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(onePodANode)->ArgsProduct({{1000, 10000}, {0, 1}})->Unit(benchmark::kMillisecond);
BENCHMARK(aRackForEachJob)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
BENCHMARK(aGang)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
