#include "sim/cluster/scheduler/pod_affinity.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

bool matchesTerm(const AffinityTerm& term, const api::ObjectMeta& other, const NamespaceLabels& namespaces) {
  return term.selector.matches(other.labels) && term.scope.contains(other.namespace_, namespaces);
}

bool matchesAllTerms(const std::vector<AffinityTerm>& terms, const api::ObjectMeta& other,
                     const NamespaceLabels& namespaces) {
  return !terms.empty() && std::all_of(terms.begin(), terms.end(),
                                       [&](const AffinityTerm& term) { return matchesTerm(term, other, namespaces); });
}

AffinityCheck::AffinityCheck(ClusterView& view, const ViewPod& pod) {
  const api::ObjectMeta& meta = pod.object->meta;
  const PodShape& shape = *pod.shape;
  for (const AffinityTerm& term : shape.anti_affinity) {
    own_anti_.push_back(view.countOf({{term.scope}, term.selector, view.column(term.topology_key), false}));
  }
  if (!shape.affinity.empty()) {
    CountRequest all;  // a Pod counts where it matches all of them
    for (const AffinityTerm& term : shape.affinity) {
      all.scopes.push_back(term.scope);
      all.selector = conjunction(all.selector, term.selector);
    }
    std::int64_t matching = 0;
    for (const AffinityTerm& term : shape.affinity) {
      all.column = view.column(term.topology_key);
      affinity_.push_back(view.countOf(all));
      matching += affinity_.back().total();
    }
    first_ = matching == 0 && matchesAllTerms(shape.affinity, meta, view.namespaces);
  }
  existing_anti_ = view.index().matching(TermUse::kForbid, meta.namespace_, meta.labels, view.namespaces);
}

NodeVerdict AffinityCheck::ask(const Topology& topology, NodeSlot node) const {
  NodeVerdict verdict;
  bool have_keys = true, have_pods = true;
  for (const DomainQuery& query : affinity_) {
    const DomainId domain = topology.domain(query.column(), node);
    have_keys = have_keys && domain != kNoDomain;
    have_pods = have_pods && query.at(domain) > 0;
  }
  if (!have_keys || (!have_pods && !first_)) {
    verdict.refusal = Refusal::kAffinity;
    verdict.unresolvable = true;
    return verdict;
  }
  const auto some = [&](const std::vector<DomainQuery>& queries) {
    return std::any_of(queries.begin(), queries.end(),
                       [&](const DomainQuery& query) { return query.at(topology.domain(query.column(), node)) > 0; });
  };
  if (some(own_anti_)) {
    verdict.refusal = Refusal::kAntiAffinity;
  } else if (some(existing_anti_)) {
    verdict.refusal = Refusal::kExistingAntiAffinity;
  }
  return verdict;
}

std::vector<Score> podAffinityScores(ClusterView& view, const ViewPod& pod, std::span<const NodeSlot> nodes,
                                     std::int32_t hard_weight) {
  const api::ObjectMeta& meta = pod.object->meta;
  std::vector<std::pair<DomainQuery, std::int64_t>> parts;
  for (const AffinityTerm& term : pod.shape->preferred) {
    parts.emplace_back(view.countOf({{term.scope}, term.selector, view.column(term.topology_key), false}), term.weight);
  }
  const auto addTerms = [&](TermUse use, std::int64_t weight) {
    for (DomainQuery& query : view.index().matching(use, meta.namespace_, meta.labels, view.namespaces))
      parts.emplace_back(std::move(query), weight);
  };
  addTerms(TermUse::kScore, 1);
  if (hard_weight > 0) addTerms(TermUse::kRequired, hard_weight);
  std::erase_if(parts, [](const auto& part) { return part.first.empty(); });
  if (parts.empty()) return {};
  std::vector<Score> scores(nodes.size(), 0);
  for (const auto& [query, weight] : parts) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      scores[i] += weight * query.at(view.topology.domain(query.column(), nodes[i]));
  }
  normalizeByRange(scores);
  return scores;
}

}  // namespace jobset_twin::cluster
