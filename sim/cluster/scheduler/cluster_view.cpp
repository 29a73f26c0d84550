#include "sim/cluster/scheduler/cluster_view.hpp"

#include "engine/api/check.hpp"

namespace jobset_twin::cluster {

void ClusterView::countPod(const ViewPod& pod, std::int64_t sign) {
  const PodShape& shape = *pod.shape;
  // Columns first: making one must not happen while the index is being changed.
  const auto addTerms = [&](TermUse use, const std::vector<AffinityTerm>& terms, std::int64_t weight) {
    for (const AffinityTerm& term : terms) {
      const int at = column(term.topology_key);
      index_.addTerm(use, term.scope, term.selector, at, topology.domain(at, pod.node),
                     sign * (weight != 0 ? weight : term.weight));
    }
  };
  addTerms(TermUse::kForbid, shape.anti_affinity, 1);
  addTerms(TermUse::kRequired, shape.affinity, 1);
  addTerms(TermUse::kScore, shape.preferred, 0);
  index_.countEverywhere(pod.object->meta.namespace_, pod.object->meta.labels, pod.terminating(), pod.node, topology,
                         namespaces, sign);
}

void ClusterView::tally(const PodShape& shape, std::int64_t sign) {
  placed_ += sign;
  if (!shape.anti_affinity.empty()) placed_anti_ += sign;
}

void ClusterView::forEachPlaced(NodeSlot node, std::int64_t sign) {
  for (const PodSlot slot : nodes.entry(node).pods) countPod(pods[slot], sign);
}

int ClusterView::column(const std::string& topology_key) {
  if (const int found = topology.find(topology_key); found >= 0) return found;
  const int made = topology.add(topology_key);
  for (NodeSlot slot = 0; slot < nodes.slots(); ++slot) {
    const NodeEntry& entry = nodes.entry(slot);
    topology.setNode(made, slot, entry.live() ? &entry.object->meta.labels : nullptr);
  }
  return made;
}

void ClusterView::setNode(const api::ObjectPtr& node) {
  const NodeSlot slot = nodes.slotOf(node->meta.name);
  const NodeEntry& entry = nodes.entry(slot);
  const bool labels_changed = !entry.live() || !(entry.object->meta.labels == node->meta.labels);
  if (labels_changed) {
    if (slot < topology.column(Topology::kNodeItself).domain.size()) forEachPlaced(slot, -1);
    for (int at = 0; at < topology.size(); ++at) topology.setNode(at, slot, &node->meta.labels);
  }
  nodes.setNode(slot, node);
  if (labels_changed) forEachPlaced(slot, 1);
}

void ClusterView::removeNode(const std::string& name) {
  const NodeSlot slot = nodes.find(name);
  if (slot == kNoNode) return;
  forEachPlaced(slot, -1);
  for (int at = 0; at < topology.size(); ++at) topology.setNode(at, slot, nullptr);
  forEachPlaced(slot, 1);
  nodes.setNode(slot, nullptr);
}

void ClusterView::place(PodSlot slot, NodeSlot node) {
  ViewPod& pod = pods[slot];
  TWIN_ASSERT(pod.node == kNoNode, "a Pod is placed once", pod.object->meta.name);
  if (node >= topology.column(Topology::kNodeItself).domain.size()) {
    for (int at = 0; at < topology.size(); ++at) topology.setNode(at, node, nullptr);
  }
  pod.node = node;
  nodes.take(node, slot, *pod.shape);
  tally(*pod.shape, 1);
  countPod(pod, 1);
}

void ClusterView::withdraw(PodSlot slot) {
  ViewPod& pod = pods[slot];
  TWIN_ASSERT(pod.node != kNoNode, "the Pod is placed", pod.object->meta.name);
  countPod(pod, -1);
  tally(*pod.shape, -1);
  const NodeSlot node = pod.node;
  pod.node = kNoNode;
  nodes.release(node, slot, *pod.shape);
}

void ClusterView::setPod(PodSlot slot, std::uint64_t number, api::ObjectPtr object) {
  if (pods.size() <= slot) pods.resize(slot + 1);
  ViewPod& pod = pods[slot];
  pod.number = number;
  const api::Pod& body = api::as<api::Pod>(*object);
  const bool same = pod.object && pod.pod().spec.sameAs(body.spec) && pod.object->meta.labels == object->meta.labels &&
                    pod.terminating() == object->meta.deletionTimestamp.has_value();
  if (same) {
    pod.object = std::move(object);
    return;
  }
  const NodeSlot node = pod.node;
  std::string node_name;
  if (node != kNoNode) {
    node_name = nodes.entry(node).name;
    withdraw(slot);
  }
  pod.object = std::move(object);
  pod.shape = shapes.of(pod.object->meta, api::as<api::Pod>(*pod.object), nodes.rows);
  if (!node_name.empty()) place(slot, nodes.slotOf(node_name));
}

void ClusterView::setNamespace(const std::string& name, const api::StringMap* labels) {
  const auto found = namespaces.find(name);
  if (labels ? found != namespaces.end() && found->second == *labels : found == namespaces.end()) return;
  if (labels) {
    namespaces[name] = *labels;
  } else {
    namespaces.erase(found);
  }
  index_.clear();  // scopes by label have changed: count all again
  for (const ViewPod& pod : pods) {
    if (pod.object && pod.node != kNoNode) countPod(pod, 1);
  }
}

void ClusterView::restore() {
  local = {};
  shapes = {};
  index_.clear();
  placed_ = placed_anti_ = 0;
  for (ViewPod& pod : pods) {
    if (!pod.object) continue;
    pod.shape = shapes.of(pod.object->meta, pod.pod(), nodes.rows);
    if (pod.node == kNoNode) continue;
    tally(*pod.shape, 1);
    countPod(pod, 1);
  }
}

DomainQuery ClusterView::countOf(const CountRequest& request) {
  PodCounter* counter = index_.find(request);
  if (!counter) {
    counter = &index_.addCounter(request);
    for (const ViewPod& pod : pods) {
      if (!pod.object || pod.node == kNoNode) continue;
      index_.count(*counter, pod.object->meta.namespace_, pod.object->meta.labels, pod.terminating(), pod.node,
                   topology, namespaces, 1);
    }
  }
  return counter->query(AffinityIndex::pivotPredicate(request));
}

}  // namespace jobset_twin::cluster
