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
    made.cause = nodes_[id].fault;
    return addEvent(std::move(made));
  };
  if (change.type == WatchType::kDeleted) {
    nodes_[id].gone = change.at;
    if (nodes_[id].down == kNone) nodes_[id].down = event("is deleted", "deletion of nodes");
    return;
  }
  const api::NodeStatus& status = api::as<api::Node>(change.object).status;
  const api::Condition* ready = api::findCondition(status.conditions, "Ready");
  if (!ready) return;
  if (ready->status == "True") {
    nodes_[id].down = kNone;
  } else if (nodes_[id].down == kNone && change.previous) {
    nodes_[id].down = event(fmt::format("is not Ready: {}: {}", ready->reason, ready->message),
                            "node " + nodes_[id].name + " not Ready");
  }
}

// The event that explains why something on this node ended: what took the node down, else the fault that is on it.
Id Ledger::nodeCause(Id node) const { return nodes_[node].down != kNone ? nodes_[node].down : nodes_[node].fault; }

}  // namespace jobset_twin::viz::report
