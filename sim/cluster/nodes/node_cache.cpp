#include "sim/cluster/nodes/node_cache.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

bool isTerminal(const api::Object& pod) {
  const std::string& phase = api::as<api::Pod>(pod).status.phase;
  return phase == "Succeeded" || phase == "Failed";
}

void NodeCache::apply(const apiserver::WatchEvent& change) {
  const bool deleted = change.type == apiserver::WatchType::kDeleted;
  if (change.object->kind() == api::Kind::kNode) {
    if (deleted) {
      nodes_.erase(change.object->meta.name);
    } else {
      nodes_[change.object->meta.name] = change.object;
    }
    return;
  }
  if (change.object->kind() != api::Kind::kPod) return;
  const PodName name = PodName::of(*change.object);
  const std::string& node = api::as<api::Pod>(change.object).nodeName;
  const std::string& before = change.previous ? api::as<api::Pod>(change.previous).nodeName : node;
  if (deleted || before != node) {
    if (const auto pods = pods_.find(deleted ? node : before); pods != pods_.end()) {
      pods->second.erase(name);
      if (pods->second.empty()) pods_.erase(pods);
    }
  }
  if (!deleted) pods_[node][name] = change.object;
}

const api::Object* NodeCache::node(const std::string& name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second.get();
}

const NodeCache::Pods& NodeCache::podsOf(const std::string& node) const {
  static const Pods kNone;
  const auto found = pods_.find(node);
  return found == pods_.end() ? kNone : found->second;
}

const api::Object* NodeCache::pod(const std::string& node, const PodName& name) const {
  const Pods& pods = podsOf(node);
  const auto found = pods.find(name);
  return found == pods.end() ? nullptr : found->second.get();
}

std::vector<std::string> NodeCache::nodesWithPods() const {
  std::vector<std::string> names;
  for (const auto& [node, pods] : pods_) {
    if (!node.empty()) names.push_back(node);
  }
  return names;
}

bool NodeCache::hasLivePods(const std::string& node) const {
  const Pods& pods = podsOf(node);
  return std::any_of(pods.begin(), pods.end(), [](const auto& pod) { return !isTerminal(*pod.second); });
}

}  // namespace jobset_twin::cluster
