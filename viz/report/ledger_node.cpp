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
    Event made;
    made.at = change.at;
    made.kind = EventKind::kNodeDown;
    made.thing = Thing::kNode;
    made.subject = id;
    made.text = std::move(text);
    made.alike = std::move(alike);
    made.cause = faultOf(id, change.at);
    return addEvent(std::move(made));
  };
  if (change.type == WatchType::kDeleted) {
    nodes_[id].gone = change.at;
    if (!isDown(id)) nodes_[id].down = event("is deleted", "deletion of nodes");
    nodes_[id].up_again = kNever;
    return;
  }
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

// What a fault did may come out some time after its end: when the node is back, and reports.
constexpr Duration kComesOut = std::chrono::minutes(5);

Id Ledger::faultOf(Id node, TimePoint at) const {
  const NodeRecord& record = nodes_[node];
  return reached(record.fault_ended) && record.fault_ended + kComesOut < at ? kNone : record.fault;
}

// The event of its node that explains why a Pod ended: what took the node down, else a fault that was on it while the
// Pod was.
Id Ledger::nodeCause(Id pod, TimePoint at) const {
  const PodRecord& record = pods_[pod];
  if (record.node == kNone) return kNone;
  const NodeRecord& node = nodes_[record.node];
  if (node.down != kNone &&
      (!reached(node.up_again) || (at < node.up_again + kComesOut && record.scheduled < node.up_again)))
    return node.down;
  if (reached(node.fault_ended) && record.scheduled > node.fault_ended) return kNone;
  return faultOf(record.node, at);
}

}  // namespace jobset_twin::viz::report
