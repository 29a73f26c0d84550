#include "tests/sim/cluster/scheduler/plain_scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace jobset_twin::cluster::plain {
namespace {

using Labels = api::StringMap;
using Amounts = std::map<std::string, std::int64_t>;
using Selector = std::optional<api::LabelSelector>;

const api::Pod& podOf(const api::Object& object) { return api::as<api::Pod>(object); }
const api::PodSpec& specOf(const api::Object& object) { return *podOf(object).spec; }
const api::Node& nodeOf(const api::ObjectPtr& object) { return api::as<api::Node>(object); }
bool going(const api::Object& object) { return object.meta.deletionTimestamp.has_value(); }
std::int32_t priorityOf(const api::Object& pod) { return specOf(pod).priority.value_or(0); }

std::int64_t amount(const std::string& name, const api::Quantity& quantity) {
  return name == "cpu" ? quantity.milliValue() : quantity.value();
}

// K-SCH-20, one resource at a time.
std::int64_t requestOf(const api::PodSpec& spec, const std::string& name, std::int64_t missing) {
  const auto of = [&](const api::Container& container) {
    const auto found = container.resources.requests.find(name);
    return found == container.resources.requests.end() ? missing : amount(name, found->second);
  };
  std::int64_t running = 0, highest = 0, sidecars = 0;
  for (const api::Container& container : spec.initContainers) {
    if (container.restartPolicy == "Always") sidecars += of(container);
    highest = std::max(highest, container.restartPolicy == "Always" ? sidecars : sidecars + of(container));
  }
  running = sidecars;
  for (const api::Container& container : spec.containers) running += of(container);
  return std::max(running, highest);
}

std::set<std::string> resourcesOf(const api::PodSpec& spec) {
  std::set<std::string> names;
  for (const auto* list : {&spec.initContainers, &spec.containers}) {
    for (const api::Container& container : *list) {
      for (const auto& [name, quantity] : container.resources.requests) names.insert(name);
    }
  }
  return names;
}

std::int64_t allocatable(const api::ObjectPtr& node, const std::string& name) {
  const auto& list = nodeOf(node).status.allocatable;
  const auto found = list.find(name);
  return found == list.end() ? 0 : amount(name, found->second);
}

// What the world looks like to one question: the Pods that count.
struct World {
  const Cluster& cluster;
  std::vector<PlacedPod> pods;

  std::vector<const api::Object*> on(const std::string& node) const {
    std::vector<const api::Object*> out;
    for (const PlacedPod& pod : pods) {
      if (pod.node == node) out.push_back(pod.object.get());
    }
    return out;
  }
  std::int64_t used(const std::string& node, const std::string& resource, std::int64_t missing) const {
    std::int64_t sum = 0;
    for (const api::Object* pod : on(node)) sum += requestOf(specOf(*pod), resource, missing);
    return sum;
  }
  const api::ObjectPtr* find(const std::string& name) const {
    for (const api::ObjectPtr& node : cluster.nodes) {
      if (node->meta.name == name) return &node;
    }
    return nullptr;
  }
  Labels labelsOf(const std::string& name) const {
    const auto found = cluster.namespaces.find(name);
    return found == cluster.namespaces.end() ? Labels{{"kubernetes.io/metadata.name", name}} : found->second;
  }
};

bool selects(const Selector& selector, const Labels& labels) { return selector && api::matches(*selector, labels); }

bool tolerated(const api::Taint& taint, const api::PodSpec& spec) {
  for (const api::Toleration& t : spec.tolerations) {
    const bool value = t.operator_ == "Exists" || t.value == taint.value;
    if ((t.effect.empty() || t.effect == taint.effect) && (t.key.empty() || t.key == taint.key) && value) return true;
  }
  return false;
}

const api::Taint* obstacle(const api::ObjectPtr& node, const api::PodSpec& spec) {
  for (const api::Taint& taint : nodeOf(node).spec.taints) {
    if (taint.effect != "PreferNoSchedule" && !tolerated(taint, spec)) return &taint;
  }
  return nullptr;
}

bool termMatches(const api::NodeSelectorTerm& term, const api::ObjectPtr& node) {
  if (term.matchExpressions.empty() && term.matchFields.empty()) return false;
  for (const auto& r : term.matchExpressions) {
    if (!api::matchesRequirement(r.key, r.operator_, r.values, node->meta.labels)) return false;
  }
  for (const auto& r : term.matchFields) {
    const bool in = std::count(r.values.begin(), r.values.end(), node->meta.name) > 0;
    if (in != (r.operator_ == "In")) return false;
  }
  return true;
}

bool nodeAffinityMatches(const api::PodSpec& spec, const api::ObjectPtr& node) {
  for (const auto& [key, value] : spec.nodeSelector) {
    if (!node->meta.labels.contains(key) || node->meta.labels.get(key) != value) return false;
  }
  if (!spec.affinity || !spec.affinity->nodeAffinity) return true;
  const auto& required = spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  for (const auto& term : required->nodeSelectorTerms) {
    if (termMatches(term, node)) return true;
  }
  return false;
}

// K-SCH-29: the terms of `owner` look at Pods of these namespaces.
bool termMatchesPod(const World& world, const api::PodAffinityTerm& term, const api::Object& owner,
                    const api::Object& other) {
  const auto& names = term.namespaces;
  bool here = std::count(names.begin(), names.end(), other.meta.namespace_) > 0;
  if (names.empty() && !term.namespaceSelector) here = other.meta.namespace_ == owner.meta.namespace_;
  if (selects(term.namespaceSelector, world.labelsOf(other.meta.namespace_))) here = true;
  return here && selects(term.labelSelector, other.meta.labels);
}

std::vector<api::PodAffinityTerm> required(const api::Object& pod, bool anti) {
  const auto& affinity = specOf(pod).affinity;
  if (!affinity) return {};
  const auto& part = anti ? affinity->podAntiAffinity : affinity->podAffinity;
  return part ? part->requiredDuringSchedulingIgnoredDuringExecution : std::vector<api::PodAffinityTerm>{};
}

// The value of a label of the node that a Pod is on; null: no such node, or no such label.
const std::string* domainOf(const World& world, const std::string& node, const std::string& key) {
  const api::ObjectPtr* object = world.find(node);
  return object ? (*object)->meta.labels.find(key) : nullptr;
}

bool sameDomain(const World& world, const std::string& a, const std::string& b, const std::string& key) {
  const std::string *left = domainOf(world, a, key), *right = domainOf(world, b, key);
  return left && right && *left == *right;
}

struct Verdict {
  std::vector<std::string> reasons;
  bool unresolvable = false;
};

Verdict refuse(std::string reason, bool unresolvable) { return {{std::move(reason)}, unresolvable}; }

Verdict askResources(const World& world, const api::Object& pod, const api::ObjectPtr& node) {
  Verdict verdict;
  const std::string& name = node->meta.name;
  if (static_cast<std::int64_t>(world.on(name).size()) + 1 > allocatable(node, "pods"))
    verdict.reasons.push_back("Too many pods");
  for (const std::string& resource : resourcesOf(specOf(pod))) {
    const std::int64_t wanted = requestOf(specOf(pod), resource, 0), all = allocatable(node, resource);
    if (wanted == 0 || wanted <= all - world.used(name, resource, 0)) continue;
    verdict.reasons.push_back("Insufficient " + resource);
    verdict.unresolvable = verdict.unresolvable || wanted > all;
  }
  return verdict;
}

std::vector<api::ContainerPort> hostPorts(const api::Object& pod) {
  std::vector<api::ContainerPort> out;
  for (const api::Container& container : specOf(pod).containers) {
    for (const api::ContainerPort& port : container.ports) {
      if (port.hostPort > 0) out.push_back(port);
    }
  }
  return out;
}

bool portsClash(const api::Object& a, const api::Object& b) {
  const auto anywhere = [](const std::string& ip) { return ip.empty() || ip == "0.0.0.0"; };
  const auto protocol = [](const std::string& text) { return text.empty() ? std::string("TCP") : text; };
  for (const api::ContainerPort& x : hostPorts(a)) {
    for (const api::ContainerPort& y : hostPorts(b)) {
      if (x.hostPort == y.hostPort && protocol(x.protocol) == protocol(y.protocol) &&
          (anywhere(x.hostIP) || anywhere(y.hostIP) || x.hostIP == y.hostIP))
        return true;
    }
  }
  return false;
}

bool countsForSpread(const api::TopologySpreadConstraint& c, const api::PodSpec& spec, const api::ObjectPtr& node) {
  if (c.nodeAffinityPolicy.value_or("Honor") == "Honor" && !nodeAffinityMatches(spec, node)) return false;
  return c.nodeTaintsPolicy.value_or("Ignore") != "Honor" || !obstacle(node, spec);
}

std::int64_t spreadCount(const World& world, const api::TopologySpreadConstraint& c, const api::Object& pod,
                         const std::string& node) {
  std::int64_t count = 0;
  for (const api::Object* other : world.on(node)) {
    if (!going(*other) && other->meta.namespace_ == pod.meta.namespace_ && selects(c.labelSelector, other->meta.labels))
      ++count;
  }
  return count;
}

std::vector<api::TopologySpreadConstraint> constraints(const api::PodSpec& spec, const std::string& when) {
  std::vector<api::TopologySpreadConstraint> out;
  for (const auto& c : spec.topologySpreadConstraints) {
    if (c.whenUnsatisfiable == when) out.push_back(c);
  }
  return out;
}

// For Pods without any of their own, that some Service selects.
std::vector<api::TopologySpreadConstraint> defaultsOf(const Cluster& cluster, const api::Object& pod,
                                                      const Rules& rules, const std::string& when) {
  api::LabelSelector selector;
  bool selected = false;
  for (const api::ObjectPtr& object : cluster.services) {
    const Labels& wanted = api::as<api::Service>(object).spec.selector;
    if (object->meta.namespace_ != pod.meta.namespace_ || wanted.empty()) continue;
    api::LabelSelector own;
    own.matchLabels = wanted;
    if (!api::matches(own, pod.meta.labels)) continue;
    selector.matchLabels.setAll(wanted);
    selected = true;
  }
  if (!selected) return {};
  if (rules.spread_defaults) {
    std::vector<api::TopologySpreadConstraint> out;
    for (api::TopologySpreadConstraint c : *rules.spread_defaults) {
      c.labelSelector = selector;
      if (c.whenUnsatisfiable == when) out.push_back(c);
    }
    return out;
  }
  if (when == "DoNotSchedule") return {};
  api::TopologySpreadConstraint host, zone;
  host.topologyKey = "kubernetes.io/hostname";
  host.maxSkew = 3;
  zone.topologyKey = "topology.kubernetes.io/zone";
  zone.maxSkew = 5;
  host.labelSelector = zone.labelSelector = selector;
  return {host, zone};
}

bool hasKeys(const std::vector<api::TopologySpreadConstraint>& list, const api::ObjectPtr& node) {
  return std::all_of(list.begin(), list.end(),
                     [&](const auto& c) { return node->meta.labels.contains(c.topologyKey); });
}

Verdict askSpread(const World& world, const api::Object& pod, const api::ObjectPtr& node, const Rules& rules) {
  auto hard = constraints(specOf(pod), "DoNotSchedule");
  if (specOf(pod).topologySpreadConstraints.empty()) hard = defaultsOf(world.cluster, pod, rules, "DoNotSchedule");
  for (const auto& c : hard) {
    const std::string text = "node(s) didn't match pod topology spread constraints";
    if (!node->meta.labels.contains(c.topologyKey)) return refuse(text + " (missing required label)", true);
    std::map<std::string, std::int64_t> counts;
    for (const api::ObjectPtr& other : world.cluster.nodes) {
      if (!hasKeys(hard, other) || !countsForSpread(c, specOf(pod), other)) continue;
      counts[std::string(other->meta.labels.get(c.topologyKey))] += spreadCount(world, c, pod, other->meta.name);
    }
    std::int64_t least = INT64_MAX;
    for (const auto& [domain, count] : counts) least = std::min(least, count);
    if (static_cast<std::int32_t>(counts.size()) < c.minDomains.value_or(1)) least = 0;
    const auto found = counts.find(std::string(node->meta.labels.get(c.topologyKey)));
    const std::int64_t there = found == counts.end() ? 0 : found->second;
    const std::int64_t self = selects(c.labelSelector, pod.meta.labels) ? 1 : 0;
    if (there + self - least > c.maxSkew) return refuse(text, false);
  }
  return {};
}

Verdict askAffinity(const World& world, const api::Object& pod, const api::ObjectPtr& node) {
  const auto terms = required(pod, false);
  const auto matchesAll = [&](const api::Object& other) {
    return std::all_of(terms.begin(), terms.end(),
                       [&](const auto& term) { return termMatchesPod(world, term, pod, other); });
  };
  bool all = true, keys = true, anywhere = false;
  for (const auto& term : terms) {
    if (!node->meta.labels.contains(term.topologyKey)) keys = false;
    bool found = false;
    for (const PlacedPod& other : world.pods) {
      if (!matchesAll(*other.object)) continue;
      if (domainOf(world, other.node, term.topologyKey)) anywhere = true;
      found = found || sameDomain(world, other.node, node->meta.name, term.topologyKey);
    }
    all = all && found;
  }
  if (!terms.empty() && (!keys || (!all && (anywhere || !matchesAll(pod)))))
    return refuse("node(s) didn't match pod affinity rules", true);
  for (const auto& term : required(pod, true)) {
    for (const PlacedPod& other : world.pods) {
      if (termMatchesPod(world, term, pod, *other.object) &&
          sameDomain(world, other.node, node->meta.name, term.topologyKey))
        return refuse("node(s) didn't match pod anti-affinity rules", false);
    }
  }
  for (const PlacedPod& other : world.pods) {
    for (const auto& term : required(*other.object, true)) {
      if (termMatchesPod(world, term, *other.object, pod) &&
          sameDomain(world, other.node, node->meta.name, term.topologyKey))
        return refuse("node(s) didn't satisfy existing pods anti-affinity rules", false);
    }
  }
  return {};
}

Verdict ask(const World& world, const api::Object& pod, const api::ObjectPtr& node, const Rules& rules) {
  const api::PodSpec& spec = specOf(pod);
  const auto on = [&](const std::string& plugin) { return !rules.filters_off.contains(plugin); };
  api::Taint cordoned;
  cordoned.key = "node.kubernetes.io/unschedulable";
  cordoned.effect = "NoSchedule";
  if (on("NodeUnschedulable") && nodeOf(node).spec.unschedulable && !tolerated(cordoned, spec))
    return refuse("node(s) were unschedulable", true);
  if (on("NodeName") && !spec.nodeName.empty() && spec.nodeName != node->meta.name)
    return refuse("node(s) didn't match the requested node name", true);
  if (const api::Taint* taint = obstacle(node, spec); taint && on("TaintToleration")) {
    return refuse(rules.taint_in_message ? "node(s) had untolerated taint {" + taint->key + ": " + taint->value + "}"
                                         : "node(s) had untolerated taint(s)",
                  true);
  }
  if (on("NodeAffinity") && !nodeAffinityMatches(spec, node))
    return refuse("node(s) didn't match Pod's node affinity/selector", true);
  for (const api::Object* other : world.on(node->meta.name)) {
    if (on("NodePorts") && portsClash(pod, *other))
      return refuse("node(s) didn't have free ports for the requested pod ports", false);
  }
  Verdict verdict;
  if (on("NodeResourcesFit")) verdict = askResources(world, pod, node);
  if (verdict.reasons.empty() && on("PodTopologySpread")) verdict = askSpread(world, pod, node, rules);
  if (verdict.reasons.empty() && on("InterPodAffinity")) verdict = askAffinity(world, pod, node);
  return verdict;
}

// With the Pods nominated to the node that are no less important, and without.
Verdict askTwice(const Cluster& cluster, const std::vector<PlacedPod>& pods, const api::Object& pod,
                 const api::ObjectPtr& node, const Rules& rules) {
  World world{cluster, pods};
  for (const PlacedPod& other : cluster.nominated) {
    if (other.node == node->meta.name && priorityOf(*other.object) >= priorityOf(pod)) world.pods.push_back(other);
  }
  const Verdict crowded = ask(world, pod, node, rules);
  return crowded.reasons.empty() ? ask(World{cluster, pods}, pod, node, rules) : crowded;
}

using Scores = std::map<std::string, std::int64_t>;

Scores normalized(Scores raw, bool reversed) {
  std::int64_t max = 0;
  for (const auto& [node, score] : raw) max = std::max(max, score);
  for (auto& [node, score] : raw) {
    const std::int64_t share = max == 0 ? 0 : score * 100 / max;
    score = reversed ? 100 - share : share;
  }
  return raw;
}

std::int64_t balance(const std::vector<std::pair<std::int64_t, std::int64_t>>& uses) {
  std::vector<double> parts;
  for (const auto& [used, all] : uses) {
    if (all > 0) parts.push_back(std::min(1.0, static_cast<double>(used) / static_cast<double>(all)));
  }
  if (parts.empty()) return 100;
  double mean = 0, sum = 0;
  for (const double part : parts) mean += part / static_cast<double>(parts.size());
  for (const double part : parts) sum += (part - mean) * (part - mean);
  const double deviation =
      parts.size() == 2 ? std::fabs(parts[0] - parts[1]) / 2 : std::sqrt(sum / static_cast<double>(parts.size()));
  return static_cast<std::int64_t>((1 - deviation) * 100);
}

// What a resource counts as for a Pod: extended ones not at all if it does not ask for them.
bool looksAt(const api::PodSpec& spec, const std::string& resource) {
  return resource == "cpu" || resource == "memory" || resource == "ephemeral-storage" ||
         requestOf(spec, resource, 0) > 0;
}

std::int64_t shapeAt(const Rules& rules, std::int64_t utilization) {
  const auto& shape = rules.shape;
  if (utilization <= shape.front().first) return shape.front().second * 10;
  if (utilization >= shape.back().first) return shape.back().second * 10;
  std::size_t i = 1;
  while (shape[i].first < utilization) ++i;
  const auto [x0, y0] = shape[i - 1];
  const auto [x1, y1] = shape[i];
  return y0 * 10 + (y1 - y0) * 10 * (utilization - x0) / (x1 - x0);
}

// K-SCH-21, 22, 23.
std::int64_t fitScore(const World& world, const api::Object& pod, const api::ObjectPtr& node, const Rules& rules) {
  std::int64_t sum = 0, weights = 0;
  for (const auto& [resource, weight] : rules.resources) {
    const std::int64_t all = allocatable(node, resource);
    if (all == 0 || !looksAt(specOf(pod), resource)) continue;
    const std::int64_t missing = resource == "cpu" ? 100 : resource == "memory" ? 200 * 1024 * 1024 : 0;
    const std::int64_t used =
        world.used(node->meta.name, resource, missing) + requestOf(specOf(pod), resource, missing);
    std::int64_t score = 0;
    if (rules.strategy == "LeastAllocated") {
      score = used > all ? 0 : (all - used) * 100 / all;
    } else if (rules.strategy == "MostAllocated") {
      score = used > all ? 100 : used * 100 / all;
    } else {
      score = shapeAt(rules, used > all ? 100 : used * 100 / all);
      if (score == 0) continue;
    }
    sum += weight * score;
    weights += weight;
  }
  if (weights == 0) return 0;
  if (rules.strategy != "RequestedToCapacityRatio") return sum / weights;
  return std::llround(static_cast<double>(sum) / static_cast<double>(weights));
}

// K-SCH-24.
std::int64_t balanceScore(const World& world, const api::Object& pod, const api::ObjectPtr& node, const Rules& rules) {
  std::vector<std::pair<std::int64_t, std::int64_t>> with, without;
  bool asks = false;
  for (const std::string& resource : rules.balanced) {
    const std::int64_t wanted = requestOf(specOf(pod), resource, 0);
    if (!looksAt(specOf(pod), resource)) continue;
    asks = asks || wanted > 0;
    const std::int64_t all = allocatable(node, resource), before = world.used(node->meta.name, resource, 0);
    without.emplace_back(before, all);
    with.emplace_back(before + wanted, all);
  }
  if (!asks) return 0;
  return rules.balanced_by_difference ? 50 + (50 + balance(with) - balance(without)) / 2 : balance(with);
}

// K-SCH-31.
Scores spreadScores(const World& world, const api::Object& pod, const std::vector<api::ObjectPtr>& feasible,
                    const Rules& rules) {
  const api::PodSpec& spec = specOf(pod);
  const bool own = !spec.topologySpreadConstraints.empty();
  const auto soft = own ? constraints(spec, "ScheduleAnyway") : defaultsOf(world.cluster, pod, rules, "ScheduleAnyway");
  if (soft.empty()) return {};
  const bool defaulted = !own && !rules.spread_defaults;  // the system's
  std::vector<api::ObjectPtr> counted;
  for (const api::ObjectPtr& node : feasible) {
    if (defaulted || hasKeys(soft, node)) counted.push_back(node);
  }
  std::map<std::string, double> sums;
  for (const api::ObjectPtr& node : counted) sums[node->meta.name] = 0;
  for (const auto& c : soft) {
    const bool host = c.topologyKey == "kubernetes.io/hostname";
    std::set<std::string> domains;
    for (const api::ObjectPtr& node : counted) {
      if (const std::string* value = node->meta.labels.find(c.topologyKey)) domains.insert(*value);
    }
    const double weight = std::log(static_cast<double>((host ? counted.size() : domains.size()) + 2));
    for (const api::ObjectPtr& node : counted) {
      const std::string* value = node->meta.labels.find(c.topologyKey);
      if (!value) continue;
      std::int64_t count = 0;
      if (host) {
        count = spreadCount(world, c, pod, node->meta.name);
      } else {
        for (const api::ObjectPtr& other : world.cluster.nodes) {
          const std::string* theirs = other->meta.labels.find(c.topologyKey);
          if (!theirs || *theirs != *value || (!defaulted && !hasKeys(soft, other))) continue;
          if (countsForSpread(c, spec, other)) count += spreadCount(world, c, pod, other->meta.name);
        }
      }
      sums[node->meta.name] += static_cast<double>(count) * weight + static_cast<double>(c.maxSkew - 1);
    }
  }
  std::int64_t min = INT64_MAX, max = 0;
  Scores rounded;
  for (const auto& [node, sum] : sums) {
    rounded[node] = static_cast<std::int64_t>(std::llround(sum));
    min = std::min(min, rounded[node]);
    max = std::max(max, rounded[node]);
  }
  for (auto& [node, score] : rounded) score = max == 0 ? 100 : 100 * (max + min - score) / max;
  return rounded;
}

// K-SCH-28.
Scores affinityScores(const World& world, const api::Object& pod, const std::vector<api::ObjectPtr>& feasible,
                      const Rules& rules) {
  const auto preferred = [](const api::Object& object, bool anti) {
    const auto& affinity = specOf(object).affinity;
    if (!affinity) return std::vector<api::WeightedPodAffinityTerm>{};
    const auto& part = anti ? affinity->podAntiAffinity : affinity->podAffinity;
    return part ? part->preferredDuringSchedulingIgnoredDuringExecution : std::vector<api::WeightedPodAffinityTerm>{};
  };
  Scores raw;
  for (const api::ObjectPtr& node : feasible) {
    std::int64_t sum = 0;
    for (const PlacedPod& other : world.pods) {
      const auto near = [&](const api::PodAffinityTerm& term) {
        return sameDomain(world, other.node, node->meta.name, term.topologyKey);
      };
      for (const bool anti : {false, true}) {
        const std::int64_t sign = anti ? -1 : 1;
        for (const auto& w : preferred(pod, anti)) {
          if (near(w.podAffinityTerm) && termMatchesPod(world, w.podAffinityTerm, pod, *other.object))
            sum += sign * w.weight;
        }
        for (const auto& w : preferred(*other.object, anti)) {
          if (near(w.podAffinityTerm) && termMatchesPod(world, w.podAffinityTerm, *other.object, pod))
            sum += sign * w.weight;
        }
      }
      for (const auto& term : required(*other.object, false)) {
        if (near(term) && termMatchesPod(world, term, *other.object, pod)) sum += rules.hard_affinity;
      }
    }
    raw[node->meta.name] = sum;
  }
  std::int64_t min = INT64_MAX, max = INT64_MIN;
  for (const auto& [node, score] : raw) {
    min = std::min(min, score);
    max = std::max(max, score);
  }
  for (auto& [node, score] : raw) score = max == min ? 0 : 100 * (score - min) / (max - min);
  return raw;
}

// K-SCH-27.
std::int64_t imageScore(const Cluster& cluster, const api::Object& pod, const api::ObjectPtr& node) {
  const api::PodSpec& spec = specOf(pod);
  std::int64_t sum = 0;
  const auto sizeOn = [](const api::ObjectPtr& at, const std::string& image) {
    for (const api::ContainerImage& there : nodeOf(at).status.images) {
      if (std::count(there.names.begin(), there.names.end(), image) > 0) return there.sizeBytes;
    }
    return std::int64_t{0};
  };
  for (const auto* list : {&spec.initContainers, &spec.containers}) {
    for (const api::Container& container : *list) {
      const std::int64_t size = sizeOn(node, container.image);
      std::int64_t having = 0;
      for (const api::ObjectPtr& other : cluster.nodes) having += sizeOn(other, container.image) > 0 ? 1 : 0;
      sum += static_cast<std::int64_t>(static_cast<double>(size) *
                                       (static_cast<double>(having) / static_cast<double>(cluster.nodes.size())));
    }
  }
  const auto containers = static_cast<std::int64_t>(spec.initContainers.size() + spec.containers.size());
  const std::int64_t mi = 1024 * 1024, low = 23 * mi, high = 1000 * mi * containers;
  return 100 * (std::clamp(sum, low, high) - low) / (high - low);
}

std::map<std::string, Scores> scoresOf(const World& world, const api::Object& pod,
                                       const std::vector<api::ObjectPtr>& feasible, const Rules& rules) {
  std::map<std::string, Scores> out;
  Scores affinity, taints;
  const api::PodSpec& spec = specOf(pod);
  for (const api::ObjectPtr& node : feasible) {
    const std::string& name = node->meta.name;
    out["NodeResourcesFit"][name] = fitScore(world, pod, node, rules);
    out["NodeResourcesBalancedAllocation"][name] = balanceScore(world, pod, node, rules);
    out["ImageLocality"][name] = imageScore(world.cluster, pod, node);
    affinity[name] = taints[name] = 0;
    if (spec.affinity && spec.affinity->nodeAffinity) {
      for (const auto& term : spec.affinity->nodeAffinity->preferredDuringSchedulingIgnoredDuringExecution) {
        if (termMatches(term.preference, node)) affinity[name] += term.weight;
      }
    }
    for (const api::Taint& taint : nodeOf(node).spec.taints) {
      if (taint.effect == "PreferNoSchedule" && !tolerated(taint, spec)) ++taints[name];
    }
  }
  out["NodeAffinity"] = normalized(affinity, false);
  out["TaintToleration"] = normalized(taints, true);
  out["PodTopologySpread"] = spreadScores(world, pod, feasible, rules);
  out["InterPodAffinity"] = affinityScores(world, pod, feasible, rules);
  for (auto& [plugin, scores] : out) {
    for (auto& [node, score] : scores) score *= rules.weights.at(plugin);
  }
  return out;
}

std::string histogram(std::size_t nodes, const std::map<std::string, std::size_t>& reasons) {
  std::set<std::string> lines;
  for (const auto& [reason, count] : reasons) lines.insert(std::to_string(count) + " " + reason);
  std::string out = "0/" + std::to_string(nodes) + " nodes are available:";
  for (const std::string& line : lines) out += (out.back() == ':' ? " " : ", ") + line;
  return out + ".";
}

}  // namespace

std::vector<std::string> walkingOrder(const Cluster& cluster) {
  std::vector<api::ObjectPtr> nodes = cluster.nodes;
  std::sort(nodes.begin(), nodes.end(), [](const api::ObjectPtr& a, const api::ObjectPtr& b) {
    return std::tie(a->meta.creationTimestamp, a->meta.name) < std::tie(b->meta.creationTimestamp, b->meta.name);
  });
  std::vector<std::pair<std::string, std::vector<std::string>>> zones;
  for (const api::ObjectPtr& node : nodes) {
    const std::string zone(node->meta.labels.get("topology.kubernetes.io/zone"));
    auto at = std::find_if(zones.begin(), zones.end(), [&](const auto& entry) { return entry.first == zone; });
    if (at == zones.end()) at = zones.insert(zones.end(), {zone, {}});
    at->second.push_back(node->meta.name);
  }
  std::vector<std::string> out;
  for (std::size_t round = 0; out.size() < nodes.size(); ++round) {
    for (const auto& [zone, names] : zones) {
      if (round < names.size()) out.push_back(names[round]);
    }
  }
  return out;
}

Decision decide(const Cluster& cluster, const api::Object& pod, std::size_t start, const Rules& rules) {
  Decision out;
  const std::vector<std::string> order = walkingOrder(cluster);
  const std::size_t all = order.size();
  if (all == 0) {
    out.message = "no nodes available to schedule pods";
    return out;
  }
  std::size_t wanted = all;  // K-SCH-15
  if (all >= 100) {
    const std::size_t share = rules.percentage_of_nodes_to_score > 0
                                  ? static_cast<std::size_t>(rules.percentage_of_nodes_to_score)
                                  : std::max<std::size_t>(5, 50 - std::min<std::size_t>(50, all / 125));
    wanted = std::max<std::size_t>(100, all * share / 100);
  }
  const World world{cluster, cluster.pods};
  std::vector<api::ObjectPtr> feasible;
  std::map<std::string, std::size_t> reasons;
  std::size_t looked = 0;
  for (; looked < all && feasible.size() < wanted; ++looked) {
    const api::ObjectPtr node = *world.find(order[(start + looked) % all]);
    const Verdict verdict = askTwice(cluster, cluster.pods, pod, node, rules);
    if (verdict.reasons.empty()) {
      feasible.push_back(node);
    } else {
      for (const std::string& reason : verdict.reasons) ++reasons[reason];
      if (!verdict.unresolvable) out.resolvable.push_back(node->meta.name);
    }
  }
  out.next_start = (start + looked) % all;
  if (feasible.empty()) {
    out.message = histogram(all, reasons);
    return out;
  }
  out.scores_of = scoresOf(world, pod, feasible, rules);
  for (const api::ObjectPtr& node : feasible) {
    std::int64_t& total = out.scores[node->meta.name];
    for (const auto& [plugin, scores] : out.scores_of) {
      const auto found = scores.find(node->meta.name);
      if (found != scores.end()) total += found->second;
    }
  }
  std::int64_t best = INT64_MIN;
  for (const auto& [node, score] : out.scores) best = std::max(best, score);
  for (const auto& [node, score] : out.scores) {
    if (score == best) out.best.push_back(node);
  }
  return out;
}

namespace {

const api::Object& named(const Cluster& cluster, const std::string& name) {
  return *std::find_if(cluster.pods.begin(), cluster.pods.end(), [&](const PlacedPod& pod) {
            return pod.object->meta.name == name;
          })->object;
}

// K-SCH-42. Never started Pods do not occur in these clusters.
bool moreImportant(const api::Object& a, const api::Object& b) {
  return std::make_tuple(-priorityOf(a), *podOf(a).status.startTime, a.meta.name) <
         std::make_tuple(-priorityOf(b), *podOf(b).status.startTime, b.meta.name);
}

}  // namespace

namespace {

// How many of each budget's disruptions are left once the Pods before have taken theirs; a Pod that finds none left
// of some budget violates it.
bool violates(const Cluster& cluster, const api::Object& pod, std::map<std::string, std::int64_t>& left) {
  bool violated = false;
  if (pod.meta.labels.empty()) return false;
  for (const Budget& budget : cluster.budgets) {
    const bool selects = !budget.selector.matchLabels.empty() || !budget.selector.matchExpressions.empty();
    if (!selects || budget.namespace_ != pod.meta.namespace_ || !api::matches(budget.selector, pod.meta.labels) ||
        budget.disrupted.contains(pod.meta.name)) {
      continue;
    }
    const auto at = left.try_emplace(budget.namespace_ + "/" + budget.name, budget.allowed).first;
    violated = --at->second < 0 || violated;
  }
  return violated;
}

}  // namespace

std::vector<Eviction> evictions(const Cluster& cluster, const api::Object& pod, const Decision& failed,
                                const Rules& rules, std::size_t offset) {
  std::vector<Eviction> out;
  bool harmless = false;
  const std::size_t all = failed.resolvable.size();
  const std::size_t wanted = std::min(all, std::max(all * rules.candidates_percentage / 100, rules.candidates_least));
  for (std::size_t i = 0; i < all && (out.size() < wanted || !harmless); ++i) {
    const std::string& name = failed.resolvable[(offset + i) % all];
    const api::ObjectPtr node = *World{cluster, {}}.find(name);
    std::vector<PlacedPod> left, lower, first, last;
    for (const PlacedPod& other : cluster.pods) {
      (other.node == name && priorityOf(*other.object) < priorityOf(pod) ? lower : left).push_back(other);
    }
    if (lower.empty() || !askTwice(cluster, left, pod, node, rules).reasons.empty()) continue;
    std::sort(lower.begin(), lower.end(),
              [](const PlacedPod& a, const PlacedPod& b) { return moreImportant(*a.object, *b.object); });
    std::map<std::string, std::int64_t> budgets;
    for (const PlacedPod& other : lower) (violates(cluster, *other.object, budgets) ? first : last).push_back(other);
    std::set<std::string> victims;
    Eviction eviction;
    eviction.node = name;
    for (const auto* group : {&first, &last}) {
      for (const PlacedPod& other : *group) {
        left.push_back(other);
        if (askTwice(cluster, left, pod, node, rules).reasons.empty()) continue;
        left.pop_back();
        victims.insert(other.object->meta.name);
        if (group == &first) ++eviction.violations;
      }
    }
    for (const PlacedPod& other : lower) {
      if (victims.contains(other.object->meta.name)) eviction.victims.push_back(other.object->meta.name);
    }
    harmless = harmless || eviction.violations == 0;
    out.push_back(std::move(eviction));
  }
  return out;
}

Eviction bestEviction(const Cluster& cluster, const std::vector<Eviction>& candidates) {
  if (candidates.empty()) return {};
  // K-SCH-43.
  const auto rank = [&](const Eviction& eviction) {
    std::int64_t highest = INT64_MIN, sum = 0;
    api::TimePoint earliest = api::TimePoint::max();
    for (const std::string& name : eviction.victims) {
      const api::Object& victim = named(cluster, name);
      highest = std::max<std::int64_t>(highest, priorityOf(victim));
      sum += priorityOf(victim) + (std::int64_t{1} << 31);
    }
    for (const std::string& name : eviction.victims) {
      const api::Object& victim = named(cluster, name);
      if (priorityOf(victim) == highest) earliest = std::min(earliest, *podOf(victim).status.startTime);
    }
    return std::make_tuple(eviction.violations, highest, sum, eviction.victims.size(),
                           -earliest.time_since_epoch().count());
  };
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](const Eviction& a, const Eviction& b) { return rank(a) < rank(b); });
}

}  // namespace jobset_twin::cluster::plain
