#include "scenarios/study/capacity.hpp"

#include <algorithm>

#include "engine/api/object.hpp"
#include "scenarios/default_cluster.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"

namespace jobset_twin::scenarios::study {
namespace {

std::int64_t amountIn(const api::ResourceList& list, const std::string& resource, bool milli) {
  const auto found = list.find(resource);
  if (found == list.end()) return 0;
  return milli ? found->second.milliValue() : found->second.value();
}

// The node controller's own taints: nothing is heard of the node, or it says that it is not ready.
bool saysLost(const api::Taint& taint) {
  return taint.key == "node.kubernetes.io/not-ready" || taint.key == "node.kubernetes.io/unreachable" ||
         taint.key == "node.kubernetes.io/out-of-service";
}

double nanoseconds(Duration time) { return static_cast<double>(time.count()); }

}  // namespace

Capacity::Capacity(std::string gpu, const std::map<std::string, double>& prices) : gpu_(std::move(gpu)) {
  for (const auto& [pool, price] : prices) {
    existing_in_[pool] = 0;
    totals_.pools[pool] = 0;
  }
}

NodeId Capacity::nodeNamed(const std::string& name) {
  const auto [at, added] = by_name_.try_emplace(name, static_cast<NodeId>(nodes_.size()));
  if (added) nodes_.emplace_back().name = name;
  return at->second;
}

Amount Capacity::requestOf(const api::PodSpec& spec) const {
  const cluster::Amounts asked = cluster::podRequests(spec).amounts;
  const auto of = [&](const std::string& resource) {
    const auto found = asked.find(resource);
    return found == asked.end() ? 0 : found->second;
  };
  return {of("cpu"), of(gpu_)};
}

// What the node adds to the sums, or takes away from them.
void Capacity::count(const NodeState& node, std::int64_t sign) {
  if (!node.exists || !node.ready) return;
  for (std::size_t i = 0; i < now_.size(); ++i) {
    // A node that lost devices may have fewer than its Pods asked for.
    const std::int64_t taken = std::min(node.taken[i], node.offers[i]);
    now_[i].offered += sign * node.offers[i];
    now_[i].taken += sign * taken;
    if (taken > 0) now_[i].scattered += sign * (node.offers[i] - taken);
  }
}

void Capacity::advance(TimePoint at) {
  const double time = since_ == kNever ? 0 : nanoseconds(at - since_);
  since_ = at;
  if (time <= 0) return;
  totals_.nodes += time * static_cast<double>(existing_);
  for (const auto& [pool, nodes] : existing_in_) totals_.pools[pool] += time * static_cast<double>(nodes);
  for (std::size_t i = 0; i < now_.size(); ++i) {
    const Sum& now = now_[i];
    ResourceTotals& total = totals_.of[i];
    total.offered += time * static_cast<double>(now.offered);
    total.taken += time * static_cast<double>(now.taken);
    const std::int64_t free = now.offered - now.taken;
    if (free <= 0) continue;
    total.free_time += time;
    total.scattered += time * (static_cast<double>(now.scattered) / static_cast<double>(free));
  }
}

const CapacityTotals& Capacity::totals(TimePoint at) {
  advance(at);
  return totals_;
}

void Capacity::take(NodeId id, const Amount& amount, TimePoint at) {
  advance(at);
  count(nodes_[id], -1);
  for (std::size_t i = 0; i < amount.size(); ++i) nodes_[id].taken[i] += amount[i];
  count(nodes_[id], +1);
}

void Capacity::give(NodeId id, const Amount& amount, TimePoint at) { take(id, {-amount[kCpu], -amount[kGpu]}, at); }

void Capacity::onNode(const apiserver::WatchEvent& change) {
  advance(change.at);
  NodeState& node = nodes_[nodeNamed(change.object->meta.name)];
  const api::Node& now = api::as<api::Node>(change.object);
  const bool existed = node.exists;
  count(node, -1);
  node.exists = change.type != apiserver::WatchType::kDeleted;
  node.ready = node.exists && api::conditionIs(now.status.conditions, "Ready", "True");
  node.cordoned = now.spec.unschedulable;
  node.unreachable = std::any_of(now.spec.taints.begin(), now.spec.taints.end(), saysLost);
  const Amount offers = {amountIn(now.status.allocatable, "cpu", true), amountIn(now.status.allocatable, gpu_, false)};
  if (existed && offers[kGpu] < node.offers[kGpu]) node.devices_lost = change.at;
  node.offers = offers;
  count(node, +1);
  if (existed == node.exists) return;
  const std::int64_t more = node.exists ? 1 : -1;
  existing_ += more;
  if (existing_in_.empty()) return;
  const auto pool = existing_in_.find(poolOf(node.name));
  if (pool != existing_in_.end()) pool->second += more;
}

}  // namespace jobset_twin::scenarios::study
