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

NodeVerdict filter(const NodeTable& nodes, const PodShape& shape, NodeSlot slot) {
  const NodeEntry& entry = nodes.entry(slot);
  const api::Node& node = entry.node();
  const api::PodSpec& spec = *shape.spec;
  if (refusesUnschedulable(node, spec.tolerations)) return refuse(Refusal::kUnschedulable, true);
  if (!spec.nodeName.empty() && spec.nodeName != entry.name) return refuse(Refusal::kNodeName, true);
  if (firstUntolerated(node.spec.taints, spec.tolerations)) return refuse(Refusal::kTaint, true);
  if (!matchesNodeAffinity(spec, *entry.object)) return refuse(Refusal::kNodeAffinity, true);
  if (!portsFree(entry, shape)) return refuse(Refusal::kPorts, false);
  return fitsResources(nodes, shape, slot);
}

std::int32_t allocationScores(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const ScoreWeights& weights,
                              bool by_difference) {
  constexpr std::array<int, 2> kRows{ResourceRows::kCpu, ResourceRows::kMemory};
  const std::array<std::int64_t, 2> own{shape.scored_milli_cpu, shape.scored_memory};
  std::array<ResourceUse, 2> scored, with, without;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t allocatable = nodes.allocatable(kRows[i], slot), requested = nodes.requested(kRows[i], slot);
    scored[i] = {nodes.scored(static_cast<int>(i), slot) + own[i], allocatable};
    without[i] = {requested, allocatable};
    with[i] = {requested + shape.request(kRows[i]), allocatable};
  }
  Score sum = weights.fit * leastAllocated(scored);
  if (!shape.bestEffort()) sum += weights.balanced * balancedAllocation(with, without, by_difference);
  return static_cast<std::int32_t>(sum);
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

LocalAnswer askNode(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const ScoreWeights& weights,
                    bool balanced_by_difference) {
  LocalAnswer answer;
  answer.generation = nodes.entry(slot).generation;
  answer.verdict = filter(nodes, shape, slot);
  if (!answer.verdict.fits()) return answer;
  const NodeEntry& entry = nodes.entry(slot);
  answer.fixed = allocationScores(nodes, shape, slot, weights, balanced_by_difference);
  answer.affinity = preferredNodeAffinity(*shape.spec, *entry.object);
  answer.taints = intolerablePreferred(entry.node().spec.taints, shape.spec->tolerations);
  return answer;
}

std::vector<LocalAnswer>& LocalCache::answers(const std::string& signature, std::size_t slots) {
  auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) { return line.signature == signature; });
  if (found == lines_.end()) {
    if (lines_.size() < kSignatures) {
      lines_.push_front({signature, {}});
    } else {
      Line line = std::move(lines_.back());
      lines_.pop_back();
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
