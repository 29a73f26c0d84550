#include "sim/cluster/scheduler/node_affinity.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

bool matchesTerm(const api::NodeSelectorTerm& term, const api::Object& node) {
  if (term.matchExpressions.empty() && term.matchFields.empty()) return false;
  for (const api::NodeSelectorRequirement& r : term.matchExpressions) {
    if (!api::matchesRequirement(r.key, r.operator_, r.values, node.meta.labels)) return false;
  }
  for (const api::NodeSelectorRequirement& r : term.matchFields) {
    if (r.key != "metadata.name") return false;
    const bool named = std::find(r.values.begin(), r.values.end(), node.meta.name) != r.values.end();
    if (r.operator_ == "In" ? !named : (r.operator_ != "NotIn" || named)) return false;
  }
  return true;
}

bool matchesNodeAffinity(const api::PodSpec& spec, const api::Object& node) {
  for (const auto& [key, value] : spec.nodeSelector) {
    const std::string* label = node.meta.labels.find(key);
    if (!label || *label != value) return false;
  }
  if (!spec.affinity || !spec.affinity->nodeAffinity) return true;
  const auto& required = spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return std::any_of(required->nodeSelectorTerms.begin(), required->nodeSelectorTerms.end(),
                     [&](const api::NodeSelectorTerm& term) { return matchesTerm(term, node); });
}

std::int32_t preferredNodeAffinity(const api::PodSpec& spec, const api::Object& node) {
  if (!spec.affinity || !spec.affinity->nodeAffinity) return 0;
  std::int32_t sum = 0;
  for (const api::PreferredSchedulingTerm& term :
       spec.affinity->nodeAffinity->preferredDuringSchedulingIgnoredDuringExecution) {
    if (term.weight != 0 && matchesTerm(term.preference, node)) sum += term.weight;
  }
  return sum;
}

}  // namespace jobset_twin::cluster
