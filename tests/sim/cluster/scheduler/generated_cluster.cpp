#include "tests/sim/cluster/scheduler/generated_cluster.hpp"

namespace jobset_twin::cluster::plain {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMi = 1024 * 1024;
const api::TimePoint kStart{std::chrono::hours(24)};

const char* app(Draw& draw) {
  static constexpr const char* kApps[] = {"a", "b", "c"};
  return kApps[draw.below(3)];
}
const char* topologyKey(Draw& draw) {
  static constexpr const char* kKeys[] = {"kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack"};
  return kKeys[draw.below(3)];
}
std::string imageName(std::size_t number) { return "registry/image-" + std::to_string(number) + ":1"; }

api::Taint taint(Draw& draw) {
  static constexpr const char* kEffects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
  api::Taint out;
  out.key = draw.chance(0.5) ? "gpu" : "spot";
  out.value = draw.chance(0.5) ? "yes" : "no";
  out.effect = kEffects[draw.below(3)];
  return out;
}

api::ObjectPtr node(Draw& draw, std::size_t number, bool roomy) {
  api::Node body;
  body.spec.unschedulable = draw.chance(0.04);
  for (std::size_t i = draw.chance(0.3) ? draw.below(3) : 0; i > 0; --i) body.spec.taints.push_back(taint(draw));
  auto& offers = body.status.allocatable;
  offers["cpu"] = api::Quantity::milli(draw.from(1, roomy ? 16 : 4) * 1000);
  offers["memory"] = api::Quantity(draw.from(1, roomy ? 64 : 8) * 512 * kMi);
  offers["pods"] = api::Quantity(draw.from(2, roomy ? 20 : 6));
  if (draw.chance(0.3)) offers["ephemeral-storage"] = api::Quantity(draw.from(1, 8) * 512 * kMi);
  if (draw.chance(0.3)) offers["example.com/gpu"] = api::Quantity(draw.from(0, 4));
  for (std::size_t image = 0; image < 3; ++image) {
    if (!draw.chance(0.2)) continue;
    body.status.images.push_back({{imageName(image)}, static_cast<std::int64_t>(1 + image) * 300 * kMi});
  }
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = "node-" + std::to_string(number);
  object->meta.creationTimestamp = kStart + std::chrono::seconds(draw.below(3));
  object->meta.labels.set("kubernetes.io/hostname", object->meta.name);
  if (draw.chance(0.9)) object->meta.labels.set("topology.kubernetes.io/zone", std::string(1, "xyz"[draw.below(3)]));
  if (draw.chance(0.7)) object->meta.labels.set("rack", "r" + std::to_string(draw.below(4)));
  object->meta.labels.set("size", std::to_string(draw.below(5)));
  return object;
}

api::LabelSelector selector(Draw& draw) {
  api::LabelSelector out;
  switch (draw.below(4)) {
    case 0: out.matchLabels.set("app", app(draw)); break;
    case 1: out.matchExpressions.push_back({"app", "In", {app(draw), app(draw)}}); break;
    case 2: out.matchExpressions.push_back({"app", "NotIn", {app(draw)}}); break;
    default: out.matchExpressions.push_back({"team", draw.chance(0.5) ? "Exists" : "DoesNotExist", {}}); break;
  }
  return out;
}

api::PodAffinityTerm term(Draw& draw) {
  api::PodAffinityTerm out;
  out.labelSelector = selector(draw);
  out.topologyKey = topologyKey(draw);
  if (draw.chance(0.15)) out.namespaces = {"other", "default"};
  if (draw.chance(0.1)) {
    out.namespaceSelector.emplace();
    if (draw.chance(0.6)) out.namespaceSelector->matchLabels.set("kind", "test");
  }
  return out;
}

api::NodeSelectorTerm nodeTerm(Draw& draw) {
  api::NodeSelectorTerm out;
  switch (draw.below(5)) {
    case 0: out.matchExpressions.push_back({"rack", "In", {"r0", "r" + std::to_string(draw.below(4))}}); break;
    case 1: out.matchExpressions.push_back({"rack", "NotIn", {"r1"}}); break;
    case 2: out.matchExpressions.push_back({"size", draw.chance(0.5) ? "Gt" : "Lt", {"2"}}); break;
    case 3: out.matchExpressions.push_back({"rack", draw.chance(0.5) ? "Exists" : "DoesNotExist", {}}); break;
    default: out.matchFields.push_back({"metadata.name", draw.chance(0.5) ? "In" : "NotIn", {"node-1"}}); break;
  }
  return out;
}

void addNodeAffinity(Draw& draw, api::PodSpec& spec) {
  api::NodeAffinity affinity;
  if (draw.chance(0.5)) {
    api::NodeSelector required;
    for (std::size_t i = 0; i <= draw.below(2); ++i) required.nodeSelectorTerms.push_back(nodeTerm(draw));
    affinity.requiredDuringSchedulingIgnoredDuringExecution = required;
  }
  for (std::size_t i = draw.below(3); i > 0; --i) {
    affinity.preferredDuringSchedulingIgnoredDuringExecution.push_back(
        {static_cast<std::int32_t>(draw.from(1, 100)), nodeTerm(draw)});
  }
  if (!spec.affinity) spec.affinity.emplace();
  spec.affinity->nodeAffinity = affinity;
}

void addPodAffinity(Draw& draw, api::PodSpec& spec, bool anti) {
  api::PodAffinity affinity;
  if (draw.chance(0.5)) {
    for (std::size_t i = 0; i <= draw.below(2); ++i)
      affinity.requiredDuringSchedulingIgnoredDuringExecution.push_back(term(draw));
  }
  for (std::size_t i = draw.below(3); i > 0; --i) {
    affinity.preferredDuringSchedulingIgnoredDuringExecution.push_back(
        {static_cast<std::int32_t>(draw.from(1, 100)), term(draw)});
  }
  if (!spec.affinity) spec.affinity.emplace();
  (anti ? spec.affinity->podAntiAffinity : spec.affinity->podAffinity) = affinity;
}

api::TopologySpreadConstraint spread(Draw& draw) {
  api::TopologySpreadConstraint out;
  out.maxSkew = static_cast<std::int32_t>(draw.from(1, 2));
  out.topologyKey = topologyKey(draw);
  out.whenUnsatisfiable = draw.chance(0.5) ? "DoNotSchedule" : "ScheduleAnyway";
  out.labelSelector = selector(draw);
  if (out.whenUnsatisfiable == "DoNotSchedule" && draw.chance(0.3))
    out.minDomains = static_cast<std::int32_t>(draw.from(1, 4));
  if (draw.chance(0.2)) out.nodeAffinityPolicy = "Ignore";
  if (draw.chance(0.2)) out.nodeTaintsPolicy = "Honor";
  return out;
}

api::Container container(Draw& draw) {
  api::Container out;
  out.name = "c";
  out.image = imageName(draw.below(4));
  auto& requests = out.resources.requests;
  if (draw.chance(0.7)) requests["cpu"] = api::Quantity::milli(draw.from(1, 8) * 250);
  if (draw.chance(0.7)) requests["memory"] = api::Quantity(draw.from(1, 8) * 128 * kMi);
  if (draw.chance(0.05)) requests["ephemeral-storage"] = api::Quantity(draw.from(1, 8) * 256 * kMi);
  if (draw.chance(0.1)) requests["example.com/gpu"] = api::Quantity(draw.from(1, 3));
  if (draw.chance(0.1)) {
    api::ContainerPort port;
    port.containerPort = port.hostPort = static_cast<std::int32_t>(draw.from(8080, 8082));
    if (draw.chance(0.3)) port.hostIP = draw.chance(0.5) ? "10.0.0.1" : "10.0.0.2";
    if (draw.chance(0.2)) port.protocol = "UDP";
    out.ports.push_back(port);
  }
  return out;
}

api::PodSpec podSpec(Draw& draw) {
  api::PodSpec spec;
  spec.containers.push_back(container(draw));
  if (draw.chance(0.1)) spec.containers.push_back(container(draw));
  if (draw.chance(0.15)) {
    spec.initContainers.push_back(container(draw));
    if (draw.chance(0.5)) spec.initContainers.back().restartPolicy = "Always";
    if (draw.chance(0.5)) spec.initContainers.push_back(container(draw));
    for (api::Container& init : spec.initContainers) init.ports.clear();
  }
  if (draw.chance(0.15)) spec.nodeSelector.set("rack", "r" + std::to_string(draw.below(4)));
  if (draw.chance(0.2)) addNodeAffinity(draw, spec);
  if (draw.chance(0.25)) addPodAffinity(draw, spec, false);
  if (draw.chance(0.25)) addPodAffinity(draw, spec, true);
  for (std::size_t i = draw.chance(0.25) ? 1 + draw.below(2) : 0; i > 0; --i)
    spec.topologySpreadConstraints.push_back(spread(draw));
  for (std::size_t i = draw.chance(0.3) ? 1 + draw.below(2) : 0; i > 0; --i) {
    const api::Taint about = taint(draw);
    api::Toleration t;
    if (draw.chance(0.9)) t.key = about.key;
    t.operator_ = t.key.empty() || draw.chance(0.5) ? "Exists" : "Equal";
    if (t.operator_ == "Equal") t.value = about.value;
    if (draw.chance(0.7)) t.effect = about.effect;
    spec.tolerations.push_back(t);
  }
  if (draw.chance(0.05)) spec.tolerations.push_back({"", "Exists", "", "", {}});
  return spec;
}

api::ObjectPtr pod(Draw& draw, const std::string& name, api::PodSpec spec) {
  api::Pod body;
  body.spec.mut() = std::move(spec);
  body.status.startTime = kStart + std::chrono::minutes(draw.below(20));
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = name;
  object->meta.namespace_ = draw.chance(0.85) ? "default" : "other";
  object->meta.labels.set("app", app(draw));
  if (draw.chance(0.3)) object->meta.labels.set("team", "t");
  if (draw.chance(0.08)) object->meta.deletionTimestamp = kStart + 1h;
  return object;
}

void addServices(Draw& draw, Cluster& cluster) {
  if (draw.chance(0.5)) cluster.namespaces["other"] = {{"kubernetes.io/metadata.name", "other"}, {"kind", "test"}};
  for (std::size_t i = 0; draw.chance(0.3); ++i) {
    api::Service service;
    service.spec.selector.set("app", app(draw));
    const api::MutableObjectPtr object = api::makeObject(std::move(service));
    object->meta.name = "service-" + std::to_string(i);
    object->meta.namespace_ = "default";
    cluster.services.push_back(object);
  }
}

void addBudgets(Draw& draw, Cluster& cluster) {
  for (std::size_t i = draw.chance(0.6) ? 1 + draw.below(3) : 0; i > 0; --i) {
    Budget budget;
    budget.name = "budget-" + std::to_string(i);
    budget.namespace_ = draw.chance(0.85) ? "default" : "other";
    if (draw.chance(0.9)) budget.selector = selector(draw);
    budget.allowed = draw.from(0, 2);
    if (draw.chance(0.3)) budget.disrupted.insert(cluster.pods[draw.below(cluster.pods.size())].object->meta.name);
    cluster.budgets.push_back(std::move(budget));
  }
}

}  // namespace

Rules generateProfile(std::uint64_t seed) {
  static constexpr const char* kStrategies[] = {"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"};
  static constexpr const char* kResources[] = {"cpu", "memory", "ephemeral-storage", "example.com/gpu"};
  static constexpr const char* kFilters[] = {"NodeUnschedulable", "NodeName",        "TaintToleration",
                                             "NodeAffinity",      "NodePorts",       "NodeResourcesFit",
                                             "PodTopologySpread", "InterPodAffinity"};
  Draw draw(seed + 30'000);
  Rules rules;
  rules.taint_in_message = draw.chance(0.3);
  rules.balanced_by_difference = !rules.taint_in_message;
  if (draw.chance(0.2)) rules.percentage_of_nodes_to_score = static_cast<std::int32_t>(draw.from(1, 100));
  for (auto& [plugin, weight] : rules.weights) {
    if (draw.chance(0.6)) weight = draw.chance(0.3) ? 0 : draw.from(1, 10);
  }
  for (const char* filter : kFilters) {
    if (draw.chance(0.08)) rules.filters_off.insert(filter);
  }
  rules.strategy = kStrategies[draw.below(3)];
  if (rules.strategy == kStrategies[2]) {
    for (std::int64_t at = draw.from(0, 40); at <= 100 && rules.shape.size() < 4; at += draw.from(1, 60))
      rules.shape.emplace_back(at, draw.from(0, 10));
  }
  if (draw.chance(0.6)) {
    rules.resources.clear();
    rules.balanced.clear();
    for (const char* resource : kResources) {
      if (draw.chance(0.5)) rules.resources[resource] = draw.from(1, 100);
      if (draw.chance(0.5)) rules.balanced.insert(resource);
    }
  }
  rules.hard_affinity = draw.chance(0.5) ? 1 : draw.from(0, 100);
  if (draw.chance(0.4)) {
    rules.spread_defaults.emplace();
    for (std::size_t i = draw.below(3); i > 0; --i) {
      api::TopologySpreadConstraint c;
      c.maxSkew = static_cast<std::int32_t>(draw.from(1, 3));
      c.topologyKey = topologyKey(draw);
      c.whenUnsatisfiable = draw.chance(0.5) ? "DoNotSchedule" : "ScheduleAnyway";
      rules.spread_defaults->push_back(std::move(c));
    }
  }
  if (draw.chance(0.3)) {
    rules.candidates_percentage = draw.below(100);
    rules.candidates_least = 1 + draw.below(3);
  }
  return rules;
}

Problem generate(std::uint64_t seed) {
  Draw draw(seed);
  Problem out;
  const bool large = draw.chance(0.03);
  const std::size_t nodes = large ? 120 + draw.below(120) : draw.below(9) + (draw.chance(0.98) ? 1 : 0);
  for (std::size_t i = 0; i < nodes; ++i) out.cluster.nodes.push_back(node(draw, i, draw.chance(0.6)));
  addServices(draw, out.cluster);
  const std::size_t placed = nodes == 0 ? 0 : draw.below(large ? 40 : 3 * nodes);
  for (std::size_t i = 0; i < placed; ++i) {
    out.cluster.pods.push_back(
        {pod(draw, "placed-" + std::to_string(i), podSpec(draw)), "node-" + std::to_string(draw.below(nodes))});
  }
  for (std::size_t i = nodes > 0 && draw.chance(0.2) ? 1 + draw.below(2) : 0; i > 0; --i) {
    api::PodSpec spec = podSpec(draw);
    spec.priority = static_cast<std::int32_t>(draw.below(3));
    out.cluster.nominated.push_back(
        {pod(draw, "nominated-" + std::to_string(i), std::move(spec)), "node-" + std::to_string(draw.below(nodes))});
  }
  for (std::size_t i = 0; i < 4; ++i) {
    api::PodSpec spec = podSpec(draw);
    spec.priority = static_cast<std::int32_t>(draw.below(2));
    if (draw.chance(0.02)) spec.nodeName = "node-2";
    out.incoming.push_back(pod(draw, "incoming-" + std::to_string(i), std::move(spec)));
  }
  return out;
}

Problem generateCrowded(std::uint64_t seed) {
  Draw draw(seed);
  Problem out;
  const std::size_t nodes = 1 + draw.below(5);
  for (std::size_t i = 0; i < nodes; ++i) out.cluster.nodes.push_back(node(draw, i, false));
  for (std::size_t i = 0; i < 3 * nodes; ++i) {
    api::PodSpec spec = podSpec(draw);
    spec.priority = static_cast<std::int32_t>(draw.from(0, 4));
    out.cluster.pods.push_back(
        {pod(draw, "placed-" + std::to_string(100 + i), std::move(spec)), "node-" + std::to_string(draw.below(nodes))});
  }
  addBudgets(draw, out.cluster);
  for (std::size_t i = 0; i < 3; ++i) {
    api::PodSpec spec = podSpec(draw);
    spec.priority = static_cast<std::int32_t>(draw.from(1, 6));
    spec.containers.front().resources.requests["cpu"] = api::Quantity::milli(draw.from(1, 4) * 750);
    out.incoming.push_back(pod(draw, "incoming-" + std::to_string(i), std::move(spec)));
  }
  return out;
}

}  // namespace jobset_twin::cluster::plain
