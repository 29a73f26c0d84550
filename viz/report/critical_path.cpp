#include "viz/report/critical_path.hpp"

#include <algorithm>
#include <cstdint>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dag_shortest_paths.hpp>

namespace jobset_twin::viz::report {

std::size_t MilestoneGraph::add(std::string what, std::string object, api::TimePoint at,
                                const std::vector<std::size_t>& waits_for) {
  PathStep step{std::move(what), std::move(object), at, {}, milestones_.size(), {}};
  if (!waits_for.empty()) {
    api::TimePoint latest = api::TimePoint::min();
    for (const std::size_t before : waits_for) latest = std::max(latest, milestones_[before].at);
    step.at = std::max(at, latest);
    step.took = step.at - latest;
  }
  const std::size_t self = milestones_.size();
  for (const std::size_t before : waits_for) edges_.emplace_back(before, self);
  milestones_.push_back(std::move(step));
  return self;
}

std::vector<PathStep> MilestoneGraph::longestPath(std::size_t from, std::size_t to) const {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                      boost::property<boost::edge_weight_t, std::int64_t>>;
  Graph graph(milestones_.size());
  // The shortest path by negative lengths is the longest.
  for (const auto& [before, after] : edges_) boost::add_edge(before, after, -milestones_[after].took.count(), graph);
  std::vector<std::size_t> previous(milestones_.size());
  std::vector<std::int64_t> distance(milestones_.size());
  boost::dag_shortest_paths(graph, from, boost::predecessor_map(previous.data()).distance_map(distance.data()));
  std::vector<PathStep> path;
  for (std::size_t at = to; at != from; at = previous[at]) {
    if (previous[at] == at) return {};
    path.push_back(milestones_[at]);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace jobset_twin::viz::report
