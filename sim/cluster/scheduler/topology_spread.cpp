#include "sim/cluster/scheduler/topology_spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/taints.hpp"
#include "sim/kernel/math.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr const char* kHostname = "kubernetes.io/hostname";

bool restrictsNodes(const api::PodSpec& spec) {
  return !spec.nodeSelector.empty() || (spec.affinity && spec.affinity->nodeAffinity &&
                                        spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution);
}

bool counts(const SpreadConstraint& constraint, const api::PodSpec& spec, bool restricts, const NodeEntry& entry) {
  if (constraint.honor_affinity && restricts && !matchesNodeAffinity(spec, *entry.object)) return false;
  return !constraint.honor_taints || !firstUntolerated(entry.node().spec.taints, spec.tolerations);
}

bool hasAll(const Topology& topology, const std::vector<int>& columns, NodeSlot node) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return topology.domain(column, node) != kNoDomain; });
}

CountRequest matching(const SpreadConstraint& constraint, const ViewPod& pod, int column) {
  NamespaceScope scope;
  scope.names.push_back(pod.object->meta.namespace_);
  return {{scope}, constraint.selector, column, true};
}

std::vector<int> columnsOf(ClusterView& view, const std::vector<SpreadConstraint>& constraints) {
  std::vector<int> columns;
  for (const SpreadConstraint& c : constraints) columns.push_back(view.column(c.topology_key));
  return columns;
}

// The defaults of the system or of the profile: for Pods that some Service selects, by the labels that it selects them
// by. `hard`: those that filter, else those that score.
std::vector<SpreadConstraint> defaultConstraints(const ClusterView& view, const ViewPod& pod,
                                                 const SchedulerProfile& profile, bool hard) {
  if (hard && !profile.default_constraints) return {};
  const api::ObjectMeta& meta = pod.object->meta;
  LabelPredicate selector;
  bool selected = false;
  for (auto at = view.services.lower_bound({meta.namespace_, ""});
       at != view.services.end() && at->first.first == meta.namespace_; ++at) {
    const api::StringMap& wanted = api::as<api::Service>(at->second).spec.selector;
    api::LabelSelector own;
    own.matchLabels = wanted;
    if (wanted.empty() || !api::matches(own, meta.labels)) continue;
    selector = conjunction(selector, compileSelector(own));
    selected = true;
  }
  if (!selected) return {};
  if (profile.default_constraints) {
    std::vector<SpreadConstraint> out;
    for (const api::TopologySpreadConstraint& given : *profile.default_constraints) {
      if ((given.whenUnsatisfiable != "ScheduleAnyway") != hard) continue;
      SpreadConstraint& c = out.emplace_back();
      c.topology_key = given.topologyKey;
      c.max_skew = given.maxSkew;
      c.selector = selector;
    }
    return out;
  }
  SpreadConstraint host, zone;
  host.topology_key = kHostname;
  host.max_skew = 3;
  zone.topology_key = "topology.kubernetes.io/zone";
  zone.max_skew = 5;
  host.selector = zone.selector = selector;
  return {host, zone};
}

}  // namespace

SpreadCheck::SpreadCheck(ClusterView& view, const ViewPod& pod, const SchedulerProfile& profile) {
  if (!profile.filters(Plugin::kPodTopologySpread)) return;
  const bool defaulted = pod.shape->spread.empty() && pod.shape->spread_preferred.empty();
  const std::vector<SpreadConstraint> defaults =
      defaulted ? defaultConstraints(view, pod, profile, true) : std::vector<SpreadConstraint>{};
  const std::vector<SpreadConstraint>& given = defaulted ? defaults : pod.shape->spread;
  if (given.empty()) return;
  const api::PodSpec& spec = *pod.shape->spec;
  const bool restricts = restrictsNodes(spec);
  const std::vector<int> columns = columnsOf(view, given);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const SpreadConstraint& from = given[i];
    Constraint c;
    c.column = columns[i];
    c.max_skew = from.max_skew;
    c.own = from.selector.matches(pod.object->meta.labels) ? 1 : 0;
    c.counts.assign(view.topology.column(c.column).names.size(), 0);
    std::vector<char> eligible(c.counts.size(), 0);
    const DomainQuery on_node = view.countOf(matching(from, pod, Topology::kNodeItself));
    for (const NodeSlot node : view.nodes.order()) {
      if (!hasAll(view.topology, columns, node) || !counts(from, spec, restricts, view.nodes.entry(node))) continue;
      const auto domain = static_cast<std::size_t>(view.topology.domain(c.column, node));
      eligible[domain] = 1;
      c.counts[domain] += on_node.at(static_cast<DomainId>(node));
    }
    std::int64_t domains = 0, least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t d = 0; d < c.counts.size(); ++d) {
      if (!eligible[d]) continue;
      ++domains;
      least = std::min(least, c.counts[d]);
    }
    c.least = domains < std::max(from.min_domains, 1) ? 0 : least;
    constraints_.push_back(std::move(c));
  }
}

NodeVerdict SpreadCheck::ask(const Topology& topology, NodeSlot node) const {
  NodeVerdict verdict;
  for (const Constraint& c : constraints_) {
    const DomainId domain = topology.domain(c.column, node);
    if (domain == kNoDomain) {
      verdict.refusal = Refusal::kSpreadMissingLabel;
      verdict.unresolvable = true;
      return verdict;
    }
    const auto at = static_cast<std::size_t>(domain);
    const std::int64_t there = at < c.counts.size() ? c.counts[at] : 0;
    if (there + c.own - c.least > c.max_skew) {
      verdict.refusal = Refusal::kSpread;
      return verdict;
    }
  }
  return verdict;
}

std::vector<Score> spreadScores(ClusterView& view, const ViewPod& pod, std::span<const NodeSlot> nodes,
                                const SchedulerProfile& profile) {
  const bool defaulted = pod.shape->spread.empty() && pod.shape->spread_preferred.empty();
  const std::vector<SpreadConstraint> given =
      defaulted ? defaultConstraints(view, pod, profile, false) : pod.shape->spread_preferred;
  if (given.empty()) return {};
  const api::PodSpec& spec = *pod.shape->spec;
  const bool restricts = restrictsNodes(spec);
  const std::vector<int> columns = columnsOf(view, given);
  // Nodes without all the keys are ignored, but under the system's own defaults.
  const bool all_keys = !defaulted || profile.default_constraints.has_value();
  const auto ignored = [&](NodeSlot node) { return all_keys && !hasAll(view.topology, columns, node); };
  const auto ignored_count = static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), ignored));
  std::vector<double> sums(nodes.size(), 0);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const SpreadConstraint& c = given[i];
    const bool by_host = c.topology_key == kHostname;
    const DomainQuery on_node = view.countOf(matching(c, pod, Topology::kNodeItself));
    std::vector<std::int64_t> there(view.topology.column(columns[i]).names.size(), 0);
    std::size_t size = nodes.size() - ignored_count;
    if (!by_host) {
      std::vector<char> seen(there.size(), 0);
      size = 0;
      for (const NodeSlot node : nodes) {
        const DomainId domain = view.topology.domain(columns[i], node);
        if (domain == kNoDomain || ignored(node) || seen[static_cast<std::size_t>(domain)]) continue;
        seen[static_cast<std::size_t>(domain)] = 1;
        ++size;
      }
      for (const auto& [slot, count] : on_node.values()) {  // only nodes that hold such Pods
        const auto node = static_cast<NodeSlot>(slot);
        const DomainId domain = view.topology.domain(columns[i], node);
        if (domain == kNoDomain || !view.nodes.entry(node).live() || ignored(node)) continue;
        if (counts(c, spec, restricts, view.nodes.entry(node))) there[static_cast<std::size_t>(domain)] += count;
      }
    }
    const double weight = kernel::log(static_cast<double>(size + 2));
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      const DomainId domain = view.topology.domain(columns[i], nodes[n]);
      if (domain == kNoDomain) continue;
      const std::int64_t count =
          by_host ? on_node.at(static_cast<DomainId>(nodes[n])) : there[static_cast<std::size_t>(domain)];
      sums[n] += static_cast<double>(count) * weight + static_cast<double>(c.max_skew - 1);
    }
  }
  std::vector<Score> scores(nodes.size());
  for (std::size_t n = 0; n < nodes.size(); ++n)
    scores[n] = ignored(nodes[n]) ? kIgnored : static_cast<Score>(std::floor(sums[n] + 0.5));
  normalizeSpread(scores);
  return scores;
}

}  // namespace jobset_twin::cluster
