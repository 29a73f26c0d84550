#include "sim/cluster/scheduler/decision_note.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace jobset_twin::cluster {
namespace {

using nlohmann::json;

json refusedNodes(const ClusterView& view, const PodShape& shape, const Placement& placement, bool with_taint) {
  std::map<std::vector<std::string>, json> by_reasons;
  for (const auto& [node, verdict] : placement.refused) {
    Histogram reasons;
    addReasons(reasons, verdict, view.nodes.rows, view.nodes.entry(node), shape, with_taint);
    std::vector<std::string> texts;
    for (const auto& [reason, count] : reasons) texts.push_back(reason);
    by_reasons[texts].push_back(view.nodes.entry(node).name);
  }
  json out = json::array();
  for (auto& [reasons, nodes] : by_reasons) out.push_back({{"reasons", reasons}, {"nodes", std::move(nodes)}});
  return out;
}

// Best first; equal ones in walking order.
json scoresOf(const ClusterView& view, Cycle& cycle, const Placement& placement) {
  const auto by_plugin = cycle.scoresByPlugin(placement.fitting);
  std::vector<std::pair<Score, std::size_t>> order;
  for (std::size_t i = 0; i < placement.fitting.size(); ++i) {
    Score total = 0;
    for (const auto& [plugin, scores] : by_plugin) total += scores[i];
    order.emplace_back(-total, i);
  }
  std::sort(order.begin(), order.end());
  json out = json::array();
  for (const auto& [negative, i] : order) {
    json plugins = json::object();
    for (const auto& [plugin, scores] : by_plugin) plugins[std::string(plugin)] = scores[i];
    out.push_back({{"node", view.nodes.entry(placement.fitting[i]).name}, {"total", -negative}, {"plugins", plugins}});
  }
  return out;
}

}  // namespace

bool isExplained(const std::vector<std::string>& explained, const api::ObjectMeta& pod) {
  const std::string full = pod.namespace_ + "/" + pod.name;
  return std::any_of(explained.begin(), explained.end(), [&](const std::string& wanted) {
    return wanted == full || (!pod.generateName.empty() && wanted == std::string_view(full).substr(0, full.rfind('-')));
  });
}

json decisionNote(const ClusterView& view, Cycle& cycle, PodSlot pod, const Placement& placement,
                  std::uint32_t attempt) {
  json out = {{"attempt", attempt}, {"nodes", placement.error.nodes}, {"evaluated", placement.processed}};
  if (placement.node != kNoNode) {
    out["node"] = view.nodes.entry(placement.node).name;
  } else {
    out["message"] = placement.error.text();
  }
  out["refused"] = refusedNodes(view, *view.pods[pod].shape, placement, cycle.config().taint_in_message);
  out["scores"] = scoresOf(view, cycle, placement);
  return out;
}

void addOutcome(json& decision, const ClusterView& view, const Placement& placement, const Preemption& preemption) {
  if (placement.node == kNoNode) decision["message"] = placement.error.text();
  if (preemption.node == kNoNode) return;
  decision["nominated"] = view.nodes.entry(preemption.node).name;
  for (const PodSlot victim : preemption.victims) {
    const api::ObjectMeta& meta = view.pods[victim].object->meta;
    decision["victims"].push_back(meta.namespace_ + "/" + meta.name);
  }
}

}  // namespace jobset_twin::cluster
