// node_table.hpp - the nodes as the scheduler sees them: dense arrays of what they offer and what is taken, and the
// order in which they are walked.
//
// Columns of the arrays are node slots. A slot stays with a node's name for as long as it has a node or Pods: Pods may
// be known before their node, and outlive it (upstream's imaginary node). Walking order: nodes by creation and name,
// then one of each zone in turn, zones by their first node (K-SCH-16).
#pragma once

#include <Eigen/Core>
#include <map>

#include "engine/api/object.hpp"
#include "sim/cluster/scheduler/pod_shape.hpp"
#include "sim/cluster/scheduler/topology.hpp"

namespace jobset_twin::cluster {

using PodSlot = std::uint32_t;
using AmountArray = Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

struct NodeEntry {
  std::string name;
  api::ObjectPtr object;         // null: no such Node, only Pods that name it
  std::uint64_t generation = 0;  // changes whenever something that a filter or score of this node alone reads does
  std::uint64_t tie_key = 0;     // stable: from the name
  std::vector<PodSlot> pods;     // ascending; assigned, assumed or (while asked about) nominated
  std::vector<HostPort> ports;   // in use, as often as they are
  std::map<std::int32_t, std::int32_t> priorities;           // how many of its Pods have which
  std::vector<std::pair<std::string, std::int64_t>> images;  // ascending by name

  bool live() const { return object != nullptr; }
  const api::Node& node() const { return api::as<api::Node>(*object); }
};

class NodeTable {
 public:
  ResourceRows rows;

  NodeSlot slotOf(const std::string& name);            // adds an entry without a node if there is none
  NodeSlot find(const std::string& name) const;        // kNoNode
  void setNode(NodeSlot slot, api::ObjectPtr object);  // null: the Node was deleted
  void take(NodeSlot slot, PodSlot pod, const PodShape& shape);
  void release(NodeSlot slot, PodSlot pod, const PodShape& shape);

  const NodeEntry& entry(NodeSlot slot) const { return entries_[slot]; }
  std::size_t slots() const { return entries_.size(); }
  std::size_t liveNodes() const { return live_; }
  const std::vector<NodeSlot>& order() const;  // live nodes

  // [rows x slots]; rows that are not there yet count as 0 (allocatable, requested).
  std::int64_t allocatable(int row, NodeSlot slot) const {
    return row < allocatable_.rows() ? allocatable_(row, slot) : 0;
  }
  std::int64_t requested(int row, NodeSlot slot) const { return row < requested_.rows() ? requested_(row, slot) : 0; }
  // As requested, with the defaults of K-SCH-20 for Pods that ask for none: row 0 cpu, row 1 memory.
  std::int64_t scored(int row, NodeSlot slot) const { return scored_(row, slot); }
  // Does the node hold, or any node, a Pod of lower priority?
  bool holdsLower(NodeSlot slot, std::int32_t priority) const {
    const auto& here = entries_[slot].priorities;
    return !here.empty() && here.begin()->first < priority;
  }
  bool anyLower(std::int32_t priority) const { return !priorities_.empty() && priorities_.begin()->first < priority; }
  std::size_t nodesWithImage(const std::string& image) const;
  bool anyImages() const { return !image_nodes_.empty(); }
  // Nodes on which one more Pod of the shape fits by resources and Pod count alone, in bulk: [slots] bool.
  Eigen::Array<bool, 1, Eigen::Dynamic> fitting(const PodShape& shape) const;

  template <class Archive>
  void serialize(Archive& ar);  // scheduler_archive.hpp

 private:
  std::vector<NodeEntry> entries_;
  std::map<std::string, NodeSlot> slots_;
  std::vector<NodeSlot> free_;
  AmountArray allocatable_, requested_, scored_;
  std::map<std::string, std::size_t> image_nodes_;
  std::map<std::int32_t, std::int64_t> priorities_;
  std::uint64_t generations_ = 0;
  std::size_t live_ = 0;
  mutable std::vector<NodeSlot> order_;
  mutable bool order_stale_ = true;

  void ensureRows();
  void freeIfEmpty(NodeSlot slot);
  void setImages(NodeEntry& entry);
};

}  // namespace jobset_twin::cluster
