#include "sim/cluster/scheduler/cycle.hpp"

#include <algorithm>

#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {

Filters::Filters(ClusterView& view, PodSlot pod, const CycleConfig& config)
    : view_(view), pod_(pod), config_(config), volumes_(view, view.pods[pod]) {
  prepare();
}

void Filters::prepare() {
  const ViewPod& pod = view_.pods[pod_];
  affinity_.emplace(view_, pod);
  spread_.emplace(view_, pod, config_.profile);
  answers_ = &view_.local.answers(config_.number, pod.shape->local_signature, view_.nodes.slots());
}

const LocalAnswer& Filters::local(NodeSlot node) {
  LocalAnswer& answer = (*answers_)[node];
  if (answer.generation != view_.nodes.entry(node).generation) {
    answer = askNode(view_.nodes, *view_.pods[pod_].shape, node, config_.profile, config_.balanced_by_difference);
  }
  return answer;
}

NodeVerdict Filters::ask(NodeSlot node) {
  NodeVerdict verdict = local(node).verdict;
  if (verdict.fits() && config_.profile.filters(Plugin::kVolumeBinding))
    verdict = volumes_.ask(view_.nodes.entry(node));
  if (verdict.fits()) verdict = spread_->ask(view_.topology, node);
  if (verdict.fits() && config_.profile.filters(Plugin::kInterPodAffinity))
    verdict = affinity_->ask(view_.topology, node);
  return verdict;
}

Cycle::Cycle(ClusterView& view, const Nominations& nominations, const CycleConfig& config, PodSlot pod,
             std::uint64_t tie_key)
    : view_(view), config_(config), pod_(pod), tie_key_(tie_key), filters_(view, pod, config) {
  for (const auto& [name, slots] : nominations) {
    const NodeSlot node = view.nodes.find(name);
    if (node == kNoNode) continue;
    for (const PodSlot other : slots) {
      if (other != pod && view.pods[other].node == kNoNode &&
          view.pods[other].shape->priority >= view.pods[pod].shape->priority) {
        nominated_[node].push_back(other);
      }
    }
  }
}

NodeVerdict Cycle::ask(NodeSlot node) {
  if (nominated_.empty()) return filters_.ask(node);
  const auto found = nominated_.find(node);
  if (found == nominated_.end()) return filters_.ask(node);
  for (const PodSlot other : found->second) view_.place(other, node);
  filters_.prepare();
  const NodeVerdict crowded = filters_.ask(node);
  for (const PodSlot other : found->second) view_.withdraw(other);
  filters_.prepare();
  return crowded.fits() ? filters_.ask(node) : crowded;
}

Placement Cycle::run(std::size_t& next_start, const std::string& nominated, const std::vector<NodeSlot>* within) {
  Placement placement;
  const std::vector<NodeSlot>& order = within ? *within : view_.nodes.order();
  const std::size_t all = order.size();
  placement.error.nodes = all;
  if (all == 0) {
    placement.error.plugins = maskOf(Plugin::kNodeName);  // any new node brings the Pod back
    return placement;
  }
  const ViewPod& pod = view_.pods[pod_];
  if (config_.profile.filters(Plugin::kVolumeBinding)) placement.error.prefilter = claimProblem(view_, pod);
  if (!placement.error.prefilter.empty()) {
    placement.error.plugins = maskOf(Plugin::kVolumeBinding);
    return placement;
  }
  if (!nominated.empty()) {
    const NodeSlot node = view_.nodes.find(nominated);
    const bool allowed = !within || std::find(within->begin(), within->end(), node) != within->end();
    if (node != kNoNode && allowed && view_.nodes.entry(node).live() && ask(node).fits()) {
      placement.node = node;
      placement.fitting = {node};
      placement.feasible = placement.processed = 1;
      return placement;
    }
  }
  const std::size_t wanted = feasibleNodesToFind(all, config_.profile.percentage_of_nodes_to_score);
  const std::size_t start = next_start % all;
  std::vector<NodeSlot>& feasible = placement.fitting;
  while (placement.processed < all && feasible.size() < wanted) {
    std::size_t at = start + placement.processed++;
    if (at >= all) at -= all;
    const NodeVerdict verdict = ask(order[at]);
    if (verdict.fits()) {
      feasible.push_back(order[at]);
    } else {
      placement.refused.emplace_back(order[at], verdict);
    }
  }
  next_start = (start + placement.processed) % all;
  placement.feasible = feasible.size();
  if (feasible.empty()) {
    explain(placement);
  } else {
    placement.node = feasible.size() == 1 ? feasible.front() : select(feasible);
  }
  return placement;
}

void Cycle::explain(Placement& placement) const {
  // Nodes refused alike are counted first: there are few ways, and many nodes.
  std::vector<std::pair<NodeVerdict, std::pair<NodeSlot, std::size_t>>> ways;
  const PodShape& shape = *view_.pods[pod_].shape;
  for (const auto& [node, verdict] : placement.refused) {
    placement.error.plugins |= maskOf(pluginOf(verdict.refusal));
    if (verdict.refusal == Refusal::kTaint && config_.taint_in_message) {
      addReasons(placement.error.reasons, verdict, view_.nodes.rows, view_.nodes.entry(node), shape, true);
      continue;
    }
    const auto found = std::find_if(ways.begin(), ways.end(), [&](const auto& way) { return way.first == verdict; });
    if (found == ways.end()) {
      ways.push_back({verdict, {node, 1}});
    } else {
      ++found->second.second;
    }
  }
  for (const auto& [verdict, where] : ways) {
    Histogram once;
    addReasons(once, verdict, view_.nodes.rows, view_.nodes.entry(where.first), shape, false);
    for (const auto& [reason, count] : once) placement.error.reasons[reason] += count * where.second;
  }
}

std::vector<std::pair<std::string_view, std::vector<Score>>> Cycle::scoresByPlugin(std::span<const NodeSlot> nodes) {
  const ViewPod& pod = view_.pods[pod_];
  const SchedulerProfile& profile = config_.profile;
  const ScoreWeights& weights = profile.weights;
  std::vector<Score> taints(nodes.size()), affinity(nodes.size()), fit(nodes.size()), balanced(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const LocalAnswer& answer = filters_.local(nodes[i]);
    taints[i] = answer.taints;
    affinity[i] = answer.affinity;
    fit[i] = answer.fit;
    balanced[i] = answer.balanced;
  }
  normalizeByMax(taints, true);
  normalizeByMax(affinity, false);
  std::vector<std::pair<std::string_view, std::vector<Score>>> out;
  const auto add = [&](std::string_view plugin, std::vector<Score> scores, Score weight) {
    for (Score& score : scores) score *= weight;
    out.emplace_back(plugin, std::move(scores));
  };
  add("TaintToleration", std::move(taints), weights.taints);
  add("NodeAffinity", std::move(affinity), weights.node_affinity);
  add("NodeResourcesFit", std::move(fit), weights.fit);
  if (weights.spread != 0) add("PodTopologySpread", spreadScores(view_, pod, nodes, profile), weights.spread);
  if (weights.pod_affinity != 0) {
    add("InterPodAffinity", podAffinityScores(view_, pod, nodes, profile.hard_pod_affinity_weight),
        weights.pod_affinity);
  }
  add("NodeResourcesBalancedAllocation", std::move(balanced), weights.balanced);
  if (weights.images != 0 && view_.nodes.anyImages()) add("ImageLocality", imageScores(nodes), weights.images);
  std::erase_if(out, [](const auto& entry) { return entry.second.empty(); });
  return out;
}

std::vector<Score> Cycle::imageScores(std::span<const NodeSlot> nodes) {
  const PodShape& shape = *view_.pods[pod_].shape;
  std::vector<Score> out(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& images = view_.nodes.entry(nodes[i]).images;
    std::int64_t bytes = 0;
    for (const std::string& image : shape.images) {
      const auto found = std::lower_bound(images.begin(), images.end(), image,
                                          [](const auto& e, const std::string& n) { return e.first < n; });
      if (found == images.end() || found->first != image) continue;
      bytes += spreadBytes(found->second, view_.nodes.nodesWithImage(image), view_.nodes.liveNodes());
    }
    out[i] = imageLocality(bytes, shape.containers);
  }
  return out;
}

std::vector<Score> Cycle::scores(std::span<const NodeSlot> nodes) {
  std::vector<Score> total(nodes.size());
  for (const auto& [plugin, scores] : scoresByPlugin(nodes)) {
    for (std::size_t i = 0; i < scores.size(); ++i) total[i] += scores[i];
  }
  return total;
}

NodeSlot Cycle::select(const std::vector<NodeSlot>& feasible) {
  const std::vector<Score> total = scores(feasible);
  const Score best = *std::max_element(total.begin(), total.end());
  NodeSlot chosen = kNoNode;
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < feasible.size(); ++i) {
    if (total[i] != best) continue;
    const std::uint64_t draw = kernel::philox2x64({view_.nodes.entry(feasible[i]).tie_key, 0}, tie_key_)[0];
    if (chosen == kNoNode || draw > highest) {
      chosen = feasible[i];
      highest = draw;
    }
  }
  return chosen;
}

}  // namespace jobset_twin::cluster
