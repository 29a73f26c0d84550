#include "sim/cluster/scheduler/node_local.hpp"

#include <algorithm>
#include <array>

#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::cluster {
namespace {

NodeVerdict refuse(Refusal refusal, bool unresolvable) {
  NodeVerdict verdict;
  verdict.refusal = refusal;
  verdict.unresolvable = unresolvable;
  return verdict;
}

NodeVerdict filter(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const SchedulerProfile& profile) {
  const NodeEntry& entry = nodes.entry(slot);
  const api::Node& node = entry.node();
  const api::PodSpec& spec = *shape.spec;
  const auto on = [&](Plugin plugin) { return profile.filters(plugin); };
  if (on(Plugin::kNodeUnschedulable) && refusesUnschedulable(node, spec.tolerations))
    return refuse(Refusal::kUnschedulable, true);
  if (on(Plugin::kNodeName) && !spec.nodeName.empty() && spec.nodeName != entry.name)
    return refuse(Refusal::kNodeName, true);
  if (on(Plugin::kTaintToleration) && firstUntolerated(node.spec.taints, spec.tolerations))
    return refuse(Refusal::kTaint, true);
  if (on(Plugin::kNodeAffinity) && !matchesNodeAffinity(spec, *entry.object))
    return refuse(Refusal::kNodeAffinity, true);
  if (on(Plugin::kNodePorts) && !portsFree(entry, shape)) return refuse(Refusal::kPorts, false);
  return on(Plugin::kNodeResourcesFit) ? fitsResources(nodes, shape, slot) : NodeVerdict{};
}

// A resource counts if the node has it and, if it is an extended one, the Pod asks for it (K-SCH-21).
bool counts(const PodShape& shape, int row) {
  return row == ResourceRows::kCpu || row == ResourceRows::kMemory || row == ResourceRows::kEphemeralStorage ||
         shape.request(row) > 0;
}

Score fitScore(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const SchedulerProfile& profile) {
  std::array<ResourceUse, ResourceRows::kMax> uses;
  std::size_t count = 0;
  for (const WeightedResource& resource : profile.fit_resources) {
    const int row = nodes.rows.find(resource.name);
    if (row < 0 || !counts(shape, row)) continue;
    const std::int64_t used = row == ResourceRows::kCpu      ? nodes.scored(0, slot) + shape.scored_milli_cpu
                              : row == ResourceRows::kMemory ? nodes.scored(1, slot) + shape.scored_memory
                                                             : nodes.requested(row, slot) + shape.request(row);
    uses[count++] = {used, nodes.allocatable(row, slot), resource.weight};
  }
  const std::span<const ResourceUse> all(uses.data(), count);
  switch (profile.fit) {
    case FitScoring::kLeastAllocated: return leastAllocated(all);
    case FitScoring::kMostAllocated: return mostAllocated(all);
    case FitScoring::kRequestedToCapacityRatio: return requestedToCapacityRatio(all, profile.fit_shape);
  }
  return 0;
}

// Nothing for Pods that ask for none of the resources.
Score balancedScore(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const SchedulerProfile& profile,
                    bool by_difference) {
  std::array<ResourceUse, ResourceRows::kMax> with, without;
  std::size_t count = 0;
  bool asks = false;
  for (const WeightedResource& resource : profile.balanced_resources) {
    const int row = nodes.rows.find(resource.name);
    if (row < 0 || !counts(shape, row)) continue;
    const std::int64_t allocatable = nodes.allocatable(row, slot), requested = nodes.requested(row, slot);
    asks = asks || shape.request(row) > 0;
    without[count] = {requested, allocatable};
    with[count++] = {requested + shape.request(row), allocatable};
  }
  if (!asks) return 0;
  return balancedAllocation({with.data(), count}, {without.data(), count}, by_difference);
}

}  // namespace

bool portsFree(const NodeEntry& node, const PodShape& shape) {
  for (const HostPort& wanted : shape.ports) {
    if (std::any_of(node.ports.begin(), node.ports.end(), [&](const HostPort& used) { return conflict(used, wanted); }))
      return false;
  }
  return true;
}

NodeVerdict fitsResources(const NodeTable& nodes, const PodShape& shape, NodeSlot slot) {
  NodeVerdict verdict;
  const auto lack = [&](int row) {
    verdict.refusal = Refusal::kResources;
    verdict.insufficient |= std::uint64_t{1} << row;
  };
  if (nodes.requested(ResourceRows::kPods, slot) + 1 > nodes.allocatable(ResourceRows::kPods, slot))
    lack(ResourceRows::kPods);
  for (const auto& [row, amount] : shape.requests) {
    const std::int64_t allocatable = nodes.allocatable(row, slot);
    if (amount <= allocatable - nodes.requested(row, slot)) continue;
    lack(row);
    verdict.unresolvable |= amount > allocatable;
  }
  return verdict;
}

LocalAnswer askNode(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const SchedulerProfile& profile,
                    bool balanced_by_difference) {
  LocalAnswer answer;
  answer.generation = nodes.entry(slot).generation;
  answer.verdict = filter(nodes, shape, slot, profile);
  if (!answer.verdict.fits()) return answer;
  const NodeEntry& entry = nodes.entry(slot);
  answer.fit = static_cast<std::int32_t>(fitScore(nodes, shape, slot, profile));
  answer.balanced = static_cast<std::int32_t>(balancedScore(nodes, shape, slot, profile, balanced_by_difference));
  answer.affinity = preferredNodeAffinity(*shape.spec, *entry.object);
  answer.taints = intolerablePreferred(entry.node().spec.taints, shape.spec->tolerations);
  return answer;
}

std::vector<LocalAnswer>& LocalCache::answers(int profile, const std::string& signature, std::size_t slots) {
  auto found = std::find_if(lines_.begin(), lines_.end(),
                            [&](const Line& line) { return line.profile == profile && line.signature == signature; });
  if (found == lines_.end()) {
    if (lines_.size() < kSignatures) {
      lines_.push_front({profile, signature, {}});
    } else {
      Line line = std::move(lines_.back());
      lines_.pop_back();
      line.profile = profile;
      line.signature = signature;
      line.answers.clear();
      lines_.push_front(std::move(line));
    }
  } else if (found != lines_.begin()) {
    Line line = std::move(*found);
    lines_.erase(found);
    lines_.push_front(std::move(line));
  }
  std::vector<LocalAnswer>& answers = lines_.front().answers;
  if (answers.size() < slots) answers.resize(slots);
  return answers;
}

}  // namespace jobset_twin::cluster
