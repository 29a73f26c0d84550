#include <algorithm>

#include <fmt/format.h>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

using apiserver::WatchEvent;
using apiserver::WatchType;

Id Ledger::nodeRecord(const std::string& name) {
  const auto [at, added] = node_by_name_.try_emplace(name, static_cast<Id>(nodes_.size()));
  if (added) nodes_.emplace_back().name = name;
  return at->second;
}

void Ledger::node(const WatchEvent& change) {
  const Id id = nodeRecord(change.object->meta.name);
  if (change.type == WatchType::kAdded) {
    nodes_[id].created = change.at;
    nodes_[id].gone = kNever;
    nodes_[id].down = kNone;
  }
  const auto event = [&](std::string text, std::string alike) {
    return addEvent(change.at, EventKind::kNodeDown, Thing::kNode, id, std::move(text), std::move(alike),
                    nodeLostBy(id, change.at));
  };
  if (change.type == WatchType::kDeleted) {
    nodes_[id].gone = change.at;
    if (!isDown(id)) nodes_[id].down = event("is deleted", "deletion of nodes");
    nodes_[id].up_again = kNever;
    return;
  }
  toldToGo(change, id);
  const api::NodeStatus& status = api::as<api::Node>(change.object).status;
  const api::Condition* ready = api::findCondition(status.conditions, "Ready");
  if (!ready) return;
  if (ready->status == "True") {
    if (isDown(id)) nodes_[id].up_again = change.at;
  } else if (!isDown(id) && change.previous) {
    nodes_[id].up_again = kNever;
    nodes_[id].down = event(fmt::format("is not Ready: {}: {}", ready->reason, ready->message),
                            "node " + nodes_[id].name + " not Ready");
  }
}

// By a cordon, as drains begin with, or by a taint that somebody put there: those of the node controller follow from
// what is known already.
void Ledger::toldToGo(const WatchEvent& change, Id id) {
  if (!change.previous) return;
  const api::NodeSpec& before = api::as<api::Node>(change.previous).spec;
  const api::NodeSpec& now = api::as<api::Node>(change.object).spec;
  std::string text;
  if (now.unschedulable && !before.unschedulable) text = "is cordoned, as a drain begins with";
  for (const api::Taint& taint : now.taints) {
    const bool new_one = std::none_of(before.taints.begin(), before.taints.end(), [&](const api::Taint& other) {
      return other.key == taint.key && other.effect == taint.effect;
    });
    if (taint.effect == "NoExecute" && new_one && !taint.key.starts_with("node.kubernetes.io/"))
      text = fmt::format("is tainted {}={}:NoExecute", taint.key, taint.value);
  }
  if (text.empty()) return;
  nodes_[id].told_to_go = addEvent(change.at, EventKind::kSuspended, Thing::kNode, id, std::move(text),
                                   "nodes that are drained or tainted");
}

// The event of its node that explains why a Pod ended: what took the node down, else a fault that was on it while the
// Pod was. Containers run on where a node only falls silent.
Id Ledger::nodeCause(Id pod, TimePoint at, bool container) const {
  constexpr Duration kComesOutWithin = std::chrono::minutes(5);
  const PodRecord& record = pods_[pod];
  if (record.node == kNone) return kNone;
  const NodeRecord& node = nodes_[record.node];
  const bool down = node.down != kNone && (!reached(node.up_again) ||
                                           (at < node.up_again + kComesOutWithin && record.scheduled < node.up_again));
  const Id fault = nodeFaultThatEnded(pod, at, container);
  return down && (!container || (fault != kNone && fault == events_[node.down].cause)) ? node.down : fault;
}

}  // namespace jobset_twin::viz::report
