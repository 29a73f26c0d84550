#include "sim/cluster/scheduler/domain_tree.hpp"

#include <algorithm>
#include <boost/graph/depth_first_search.hpp>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace jobset_twin::cluster {
namespace {

// Adds up what lies below each domain once all of it has been seen.
struct SumUp : boost::default_dfs_visitor {
  std::vector<std::int64_t>* sums;

  template <class Graph>
  void finish_vertex(DomainTree::Vertex domain, const Graph& graph) const {
    const auto [from, to] = boost::in_edges(domain, graph);
    if (from != to) (*sums)[boost::source(*from, graph)] += (*sums)[domain];
  }
};

std::int64_t roomOn(const NodeTable& nodes, const PodShape& shape, NodeSlot node) {
  std::int64_t room =
      nodes.allocatable(ResourceRows::kPods, node) - static_cast<std::int64_t>(nodes.entry(node).pods.size());
  for (const auto& [row, amount] : shape.requests)
    room = std::min(room, (nodes.allocatable(row, node) - nodes.requested(row, node)) / amount);
  return std::max<std::int64_t>(room, 0);
}

}  // namespace

const std::vector<std::string>& usualLevels() {
  static const std::vector<std::string> kLevels = {"topology.kubernetes.io/zone", "topology.jobset-twin.dev/block",
                                                   "topology.jobset-twin.dev/rack"};
  return kLevels;
}

DomainTree::DomainTree(const NodeTable& nodes, const std::vector<std::string>& levels) {
  boost::add_vertex(graph_);
  std::map<std::tuple<Vertex, std::size_t, std::string>, Vertex> known;
  for (const NodeSlot slot : nodes.order()) {
    const NodeEntry& entry = nodes.entry(slot);
    Vertex above = root();
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const std::string* value = entry.object->meta.labels.find(levels[level]);
      if (!value) continue;
      const auto [at, fresh] = known.try_emplace({above, level, *value}, 0);
      if (fresh) {
        at->second = addBelow(above, {levels[level], *value, level + 1, kNoNode});
      }
      above = at->second;
    }
    addBelow(above, {"", entry.name, levels.size() + 1, slot});
  }
}

DomainTree::Vertex DomainTree::addBelow(Vertex above, Domain domain) {
  const Vertex vertex = boost::add_vertex(graph_);
  graph_[vertex] = std::move(domain);
  boost::add_edge(above, vertex, graph_);
  return vertex;
}

std::vector<NodeSlot> DomainTree::nodesOf(Vertex domain) const {
  // A domain's vertices come after it, and leaves were added in walking order: vertex numbers tell it.
  std::vector<Vertex> leaves, open{domain};
  while (!open.empty()) {
    const Vertex at = open.back();
    open.pop_back();
    if (graph_[at].node != kNoNode) leaves.push_back(at);
    const auto [from, to] = boost::adjacent_vertices(at, graph_);
    open.insert(open.end(), from, to);
  }
  std::sort(leaves.begin(), leaves.end());
  std::vector<NodeSlot> out;
  out.reserve(leaves.size());
  for (const Vertex leaf : leaves) out.push_back(graph_[leaf].node);
  return out;
}

std::vector<std::int64_t> DomainTree::room(const NodeTable& nodes, const PodShape& shape) const {
  std::vector<std::int64_t> sums(boost::num_vertices(graph_), 0);
  for (Vertex at = 0; at < sums.size(); ++at) {
    if (graph_[at].node != kNoNode) sums[at] = roomOn(nodes, shape, graph_[at].node);
  }
  SumUp visitor;
  visitor.sums = &sums;
  std::vector<boost::default_color_type> colors(sums.size());
  boost::depth_first_visit(graph_, root(), visitor, colors.data());
  return sums;
}

std::vector<DomainTree::Vertex> candidates(const DomainTree& tree, const NodeTable& nodes, const std::string& level,
                                           const PodShape& shape, std::int64_t pods) {
  const std::vector<std::int64_t> room = tree.room(nodes, shape);
  std::vector<DomainTree::Vertex> out;
  for (DomainTree::Vertex at = 0; at < room.size(); ++at) {
    if (level.empty() ? at == tree.root() || room[at] >= pods : tree.graph()[at].level == level) out.push_back(at);
  }
  std::stable_sort(out.begin(), out.end(), [&](DomainTree::Vertex a, DomainTree::Vertex b) {
    const auto rank = [&](DomainTree::Vertex at) {
      return std::make_tuple(room[at] < pods, -static_cast<std::int64_t>(tree.graph()[at].depth), room[at]);
    };
    return rank(a) < rank(b);
  });
  return out;
}

}  // namespace jobset_twin::cluster
