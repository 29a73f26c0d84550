#include "sim/cluster/kueue/quota_tree.hpp"

#include <algorithm>
#include <set>

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

Amount at(const Usage& usage, const FlavorResource& of) {
  const auto found = usage.find(of);
  return found == usage.end() ? 0 : found->second;
}

const ResourceQuota& quotaOf(const Quotas& quotas, const FlavorResource& of) {
  static const ResourceQuota none;
  const auto found = quotas.find(of);
  return found == quotas.end() ? none : found->second;
}

// The part of the quota that is never lent.
Amount localQuota(const Quotas& quotas, const Usage& subtree, const FlavorResource& of) {
  const ResourceQuota& quota = quotaOf(quotas, of);
  return quota.lending_limit ? std::max<Amount>(0, at(subtree, of) - *quota.lending_limit) : 0;
}

}  // namespace

const QuotaTree::Node* QuotaTree::parentOf(const Node& node) const {
  if (node.parent.empty()) return nullptr;
  const auto found = cohorts_.find(node.parent);
  TWIN_ASSERT(found != cohorts_.end(), "a cohort that was named is there", node.parent);
  return &found->second;
}

void QuotaTree::setClusterQueue(const std::string& name, const std::string& cohort, Quotas quotas) {
  Node& node = cluster_queues_[name];
  node.parent = cohort;
  node.quotas = std::move(quotas);
  rebuild();
}

void QuotaTree::removeClusterQueue(const std::string& name) {
  if (cluster_queues_.erase(name) > 0) rebuild();
}

void QuotaTree::setCohort(const std::string& name, const std::string& parent, Quotas quotas) {
  Node& node = cohorts_[name];
  node.parent = parent;
  node.quotas = std::move(quotas);
  node.declared = true;
  if (cycles(name)) node.parent.clear();
  rebuild();
}

void QuotaTree::removeCohort(const std::string& name) {
  const auto found = cohorts_.find(name);
  if (found == cohorts_.end()) return;
  found->second = {};
  rebuild();
}

bool QuotaTree::cycles(const std::string& name) const {
  std::set<std::string> seen;
  for (std::string at = name; !at.empty();) {
    if (!seen.insert(at).second) return true;
    const auto found = cohorts_.find(at);
    at = found == cohorts_.end() ? std::string() : found->second.parent;
  }
  return false;
}

// Everything that follows from parents and quotas, and the usage of Cohorts anew. Setting up is rare.
void QuotaTree::rebuild() {
  std::set<std::string> named;
  for (const auto& [name, node] : cluster_queues_) named.insert(node.parent);
  for (const auto& [name, node] : cohorts_) named.insert(node.parent);
  for (const std::string& name : named) {
    if (!name.empty()) cohort(name);
  }
  std::erase_if(cohorts_, [&](const auto& entry) { return !entry.second.declared && !named.contains(entry.first); });
  for (auto& [name, node] : cohorts_) {
    node.cohorts.clear();
    node.queues.clear();
    node.subtree.clear();
    node.usage.clear();
  }
  for (auto& [name, node] : cohorts_) {
    if (!node.parent.empty()) cohort(node.parent).cohorts.push_back(name);
  }
  members_.clear();
  std::map<std::string, Usage> used;
  for (auto& [name, node] : cluster_queues_) {
    if (!node.parent.empty()) cohort(node.parent).queues.push_back(name);
    node.subtree.clear();
    for (const auto& [of, quota] : node.quotas) node.subtree[of] = quota.nominal;
    used[name] = std::move(node.usage);
    node.usage = {};
    members_[root(name)].push_back(name);
  }
  for (auto& [name, node] : cohorts_) {
    if (node.parent.empty()) sumUp(node);
  }
  for (const auto& [name, usage] : used) add(name, usage);
}

void QuotaTree::sumUp(Node& node) {
  for (const auto& [of, quota] : node.quotas) node.subtree[of] += quota.nominal;
  const auto lend = [&](const Node& child) {
    for (const auto& [of, quota] : child.subtree)
      node.subtree[of] += quota - localQuota(child.quotas, child.subtree, of);
  };
  for (const std::string& child : node.cohorts) {
    sumUp(cohort(child));
    lend(cohort(child));
  }
  for (const std::string& child : node.queues) lend(cluster_queues_.at(child));
}

void QuotaTree::addAt(Node& node, const FlavorResource& of, Amount amount) {
  const Amount local = std::max<Amount>(0, localQuota(node.quotas, node.subtree, of) - at(node.usage, of));
  node.usage[of] += amount;
  if (!node.parent.empty() && amount > local) addAt(cohort(node.parent), of, amount - local);
}

void QuotaTree::takeAt(Node& node, const FlavorResource& of, Amount amount) {
  const Amount above = at(node.usage, of) - localQuota(node.quotas, node.subtree, of);
  node.usage[of] -= amount;
  if (!node.parent.empty() && above > 0) takeAt(cohort(node.parent), of, std::min(amount, above));
}

void QuotaTree::add(const std::string& cluster_queue, const Usage& usage) {
  const auto found = cluster_queues_.find(cluster_queue);
  if (found == cluster_queues_.end()) return;
  for (const auto& [of, amount] : usage) addAt(found->second, of, amount);
}

void QuotaTree::take(const std::string& cluster_queue, const Usage& usage) {
  const auto found = cluster_queues_.find(cluster_queue);
  if (found == cluster_queues_.end()) return;
  for (const auto& [of, amount] : usage) takeAt(found->second, of, amount);
}

Amount QuotaTree::availableAt(const Node& node, const FlavorResource& of) const {
  const Amount subtree = at(node.subtree, of), usage = at(node.usage, of);
  const Node* parent = parentOf(node);
  if (!parent) return subtree - usage;
  const Amount local = localQuota(node.quotas, node.subtree, of);
  Amount from_parent = availableAt(*parent, of);
  if (const auto limit = quotaOf(node.quotas, of).borrowing_limit)
    from_parent = std::min(from_parent, subtree - local - std::max<Amount>(0, usage - local) + *limit);
  return std::max<Amount>(0, local - usage) + from_parent;
}

Amount QuotaTree::capacityAt(const Node& node, const FlavorResource& of) const {
  const Amount subtree = at(node.subtree, of);
  const Node* parent = parentOf(node);
  if (!parent) return subtree;
  const Amount most = localQuota(node.quotas, node.subtree, of) + capacityAt(*parent, of);
  const auto limit = quotaOf(node.quotas, of).borrowing_limit;
  return limit ? std::min(most, subtree + *limit) : most;
}

Amount QuotaTree::used(const std::string& cluster_queue, const FlavorResource& of) const {
  return at(cluster_queues_.at(cluster_queue).usage, of);
}
Amount QuotaTree::nominal(const std::string& cluster_queue, const FlavorResource& of) const {
  return quotaOf(cluster_queues_.at(cluster_queue).quotas, of).nominal;
}
const Usage& QuotaTree::usage(const std::string& cluster_queue) const {
  return cluster_queues_.at(cluster_queue).usage;
}
Amount QuotaTree::available(const std::string& cluster_queue, const FlavorResource& of) const {
  return availableAt(cluster_queues_.at(cluster_queue), of);
}
Amount QuotaTree::capacity(const std::string& cluster_queue, const FlavorResource& of) const {
  return capacityAt(cluster_queues_.at(cluster_queue), of);
}

bool QuotaTree::fits(const std::string& cluster_queue, const Usage& more) const {
  return std::all_of(more.begin(), more.end(),
                     [&](const auto& entry) { return entry.second <= available(cluster_queue, entry.first); });
}

bool QuotaTree::borrows(const std::string& cluster_queue, const FlavorResource& of) const {
  return borrowsWith(cluster_queue, of, 0);
}
bool QuotaTree::borrowsWith(const std::string& cluster_queue, const FlavorResource& of, Amount more) const {
  const Node& node = cluster_queues_.at(cluster_queue);
  return !node.parent.empty() && at(node.usage, of) + more > at(node.subtree, of);
}

int QuotaTree::borrowLevel(const std::string& cluster_queue, const FlavorResource& of, Amount more) const {
  int level = 0;
  const Node* node = &cluster_queues_.at(cluster_queue);
  while (!node->parent.empty()) {
    const Amount usage = at(node->usage, of), local = localQuota(node->quotas, node->subtree, of);
    if (usage + more <= at(node->subtree, of)) return level;
    more -= std::min(more, std::max<Amount>(0, local - usage));
    node = parentOf(*node);
    ++level;
  }
  return level;
}

std::string QuotaTree::root(const std::string& cluster_queue) const {
  const auto found = cluster_queues_.find(cluster_queue);
  if (found == cluster_queues_.end() || found->second.parent.empty()) return "queue/" + cluster_queue;
  std::string at = found->second.parent;
  for (const Node* parent = parentOf(cohorts_.at(at)); parent; parent = parentOf(*parent)) at = cohorts_.at(at).parent;
  return "cohort/" + at;
}

std::string QuotaTree::path(const std::string& cluster_queue) const {
  std::string path = "/" + cluster_queue;
  const auto found = cluster_queues_.find(cluster_queue);
  if (found == cluster_queues_.end()) return path;
  for (const Node* node = &found->second; !node->parent.empty(); node = parentOf(*node))
    path = "/" + node->parent + path;
  return path;
}

const std::vector<std::string>& QuotaTree::members(const std::string& root) const {
  static const std::vector<std::string> none;
  const auto found = members_.find(root);
  return found == members_.end() ? none : found->second;
}

}  // namespace jobset_twin::cluster::kueue
