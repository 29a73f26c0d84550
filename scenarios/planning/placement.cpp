#include "scenarios/planning/placement.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>

#include "scenarios/default_cluster.hpp"
#include "scenarios/planning/build_scenario.hpp"
#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<boost::edge_capacity_t, std::int64_t,
                    boost::property<boost::edge_residual_capacity_t, std::int64_t,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

// Amounts become whole parts of the demand: flows are exact in them.
constexpr double kParts = 1e12;

void connect(Graph& graph, std::size_t from, std::size_t to, std::int64_t capacity) {
  const auto forth = boost::add_edge(from, to, graph).first;
  const auto back = boost::add_edge(to, from, graph).first;
  boost::put(boost::edge_capacity, graph, forth, capacity);
  boost::put(boost::edge_capacity, graph, back, 0);
  boost::put(boost::edge_reverse, graph, forth, back);
  boost::put(boost::edge_reverse, graph, back, forth);
}

// The share of the demand for a resource that arrives.
double arriving(const std::string& resource, const std::vector<PlacedGroup>& groups, const std::vector<NodeKind>& kinds,
                const std::vector<double>& nodes) {
  const auto each = [&](const PlacedGroup& group) { return resource == "pods" ? 1 : amountOf(group.each, resource); };
  double demand = 0;
  for (const PlacedGroup& group : groups) demand += group.pods * each(group);
  if (!(demand > 0)) return 1;
  const auto parts = [&](double amount) {
    return static_cast<std::int64_t>(std::floor(std::min(amount / demand, 1.0) * kParts + 0.5));
  };
  const std::size_t source = groups.size() + kinds.size(), sink = source + 1;
  Graph graph(sink + 1);
  std::int64_t wanted = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::int64_t all = parts(groups[g].pods * each(groups[g]));
    wanted += all;
    connect(graph, source, g, all);
    for (std::size_t t = 0; t < kinds.size(); ++t) {
      const double places = static_cast<double>(groups[g].slots[t]) * nodes[t];
      if (places > 0) connect(graph, g, groups.size() + t, parts(std::min(places, groups[g].pods) * each(groups[g])));
    }
  }
  for (std::size_t t = 0; t < kinds.size(); ++t)
    connect(graph, groups.size() + t, sink, parts(amountOf(kinds[t].amounts, resource) * nodes[t]));
  const std::int64_t flow = boost::push_relabel_max_flow(graph, source, sink);
  // Each part was rounded by itself.
  return flow + 1000 >= wanted ? 1 : static_cast<double>(flow) / static_cast<double>(wanted);
}

}  // namespace

double amountOf(const cluster::Amounts& amounts, const std::string& resource) {
  const auto found = amounts.find(resource);
  return found == amounts.end() ? 0 : static_cast<double>(found->second);
}

std::vector<NodeKind> nodeKinds(const CapacityPlan& plan) {
  std::vector<NodeKind> out;
  for (const NodeType& type : plan.nodes) {
    NodePool pool = type.pool;
    pool.count = 1;
    pool.labels.set(kNodeTypeLabel, pool.name);
    for (TopologyLevel& level : pool.topology) level.domains = 1;
    NodeKind kind;
    kind.node = makeNodes({pool}, TimePoint{}).front();
    kind.amounts = cluster::amountsOf(api::as<api::Node>(kind.node).status.allocatable);
    out.push_back(std::move(kind));
  }
  return out;
}

PlacedGroup placedGroup(const PodGroup& group, const std::vector<NodeKind>& kinds) {
  PlacedGroup out;
  out.pods = static_cast<double>(group.pods);
  out.each = cluster::podRequests(*group.spec).amounts;
  for (const NodeKind& kind : kinds) {
    std::int64_t slots = static_cast<std::int64_t>(amountOf(kind.amounts, "pods"));
    for (const auto& [resource, amount] : out.each) {
      if (amount > 0) slots = std::min(slots, static_cast<std::int64_t>(amountOf(kind.amounts, resource)) / amount);
    }
    if (cluster::firstUntolerated(api::as<api::Node>(kind.node).spec.taints, group.spec->tolerations) ||
        !cluster::matchesNodeAffinity(*group.spec, *kind.node))
      slots = 0;
    out.slots.push_back(slots);
  }
  return out;
}

PlacementBound placementBound(const std::vector<PlacedGroup>& groups, const std::vector<NodeKind>& kinds,
                              const std::vector<double>& nodes) {
  std::set<std::string> resources = {"pods"};
  for (const PlacedGroup& group : groups) {
    for (const auto& [resource, amount] : group.each) {
      if (amount > 0) resources.insert(resource);
    }
  }
  PlacementBound out;
  for (const std::string& resource : resources) {
    const double share = arriving(resource, groups, kinds, nodes);
    if (share < out.share) out = {share, resource};
  }
  return out;
}

}  // namespace jobset_twin::scenarios::planning
