// domain_tree.hpp - the cluster's topology as a tree: zones hold blocks, blocks hold racks, racks hold nodes.
//
// Levels are node labels, widest first; a node without a level's label hangs below the next wider domain. Two racks of
// one name in different zones are two domains. A Boost.Graph graph, made from the scheduler's nodes when a gang asks.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <string>
#include <vector>

#include "sim/cluster/scheduler/node_table.hpp"

namespace jobset_twin::cluster {

struct Domain {
  std::string level, name;  // a label's key and value; of a node: "" and its name; of the whole cluster: "" and ""
  std::size_t depth = 0;    // levels above it
  NodeSlot node = kNoNode;  // of leaves
};

class DomainTree {
 public:
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Domain>;
  using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

  // Of the live nodes, in walking order.
  DomainTree(const NodeTable& nodes, const std::vector<std::string>& levels);

  const Graph& graph() const { return graph_; }
  Vertex root() const { return 0; }
  // The nodes below a domain, in walking order.
  std::vector<NodeSlot> nodesOf(Vertex domain) const;
  // For each domain, how many Pods of a shape have room in it by resources, ports aside. By vertex.
  std::vector<std::int64_t> room(const NodeTable& nodes, const PodShape& shape) const;

 private:
  Vertex addBelow(Vertex above, Domain domain);
  Graph graph_;
};

// The levels that the ordinary topology has, widest first: zone, block, rack.
const std::vector<std::string>& usualLevels();
// Where a gang may be tried, best first. Of one level: its domains. "": of all levels those that have room for so many
// Pods of the shape, the smallest first, and the whole cluster. Of like ones the tightest that has room comes first.
std::vector<DomainTree::Vertex> candidates(const DomainTree& tree, const NodeTable& nodes, const std::string& level,
                                           const PodShape& shape, std::int64_t pods);

}  // namespace jobset_twin::cluster
