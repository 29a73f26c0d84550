// spec.scheduler of a Scenario as JSON: what differs from the default profile, in the short form where that says it.
#include <nlohmann/json.hpp>

#include "scenarios/scheduler_plugins.hpp"
#include "scenarios/write_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::FitScoring;
using cluster::SchedulerProfile;
using cluster::WeightedResource;
using nlohmann::json;

const char* nameOf(FitScoring scoring) {
  switch (scoring) {
    case FitScoring::kLeastAllocated: return "LeastAllocated";
    case FitScoring::kMostAllocated: return "MostAllocated";
    case FitScoring::kRequestedToCapacityRatio: return "RequestedToCapacityRatio";
  }
  return "";
}

json resourcesJson(const std::vector<WeightedResource>& resources) {
  json out = json::array();
  for (const WeightedResource& resource : resources)
    out.push_back({{"name", resource.name}, {"weight", resource.weight}});
  return out;
}

json shapeJson(const SchedulerProfile& profile) {
  json out = json::array();
  for (const cluster::ShapePoint& point : profile.fit_shape)
    out.push_back({{"utilization", point.utilization}, {"score", point.score}});
  return out;
}

json fitJson(const SchedulerProfile& profile, const char* type) {
  const SchedulerProfile usual;
  json out = {{type, nameOf(profile.fit)}};
  if (profile.fit_resources != usual.fit_resources) out["resources"] = resourcesJson(profile.fit_resources);
  return out;
}

json pluginsJson(const SchedulerProfile& profile) {
  const SchedulerProfile usual;
  json out = json::object();
  for (const PluginInfo& plugin : schedulerPlugins()) {
    const json name = {{"name", plugin.name}};
    if (plugin.filter && !profile.filters(*plugin.filter)) out["filter"]["disabled"].push_back(name);
    if (!plugin.score || profile.weights.*plugin.score == usual.weights.*plugin.score) continue;
    if (profile.weights.*plugin.score == 0) {
      out["score"]["disabled"].push_back(name);
    } else {
      out["score"]["enabled"].push_back({{"name", plugin.name}, {"weight", profile.weights.*plugin.score}});
    }
  }
  if (!profile.preempts) out["postFilter"]["disabled"].push_back({{"name", "DefaultPreemption"}});
  return out;
}

json configJson(const SchedulerProfile& profile) {
  const SchedulerProfile usual;
  json out = json::array();
  const auto add = [&](const char* plugin, json args) { out.push_back({{"name", plugin}, {"args", std::move(args)}}); };
  if (profile.fit != usual.fit || profile.fit_resources != usual.fit_resources) {
    json strategy = fitJson(profile, "type");
    if (profile.fit == FitScoring::kRequestedToCapacityRatio)
      strategy["requestedToCapacityRatio"]["shape"] = shapeJson(profile);
    add("NodeResourcesFit", {{"scoringStrategy", std::move(strategy)}});
  }
  if (profile.balanced_resources != usual.balanced_resources)
    add("NodeResourcesBalancedAllocation", {{"resources", resourcesJson(profile.balanced_resources)}});
  if (profile.hard_pod_affinity_weight != usual.hard_pod_affinity_weight)
    add("InterPodAffinity", {{"hardPodAffinityWeight", profile.hard_pod_affinity_weight}});
  if (profile.default_constraints) {
    json args = {{"defaultingType", "List"}};
    for (const api::TopologySpreadConstraint& c : *profile.default_constraints) {
      args["defaultConstraints"].push_back(
          {{"maxSkew", c.maxSkew}, {"topologyKey", c.topologyKey}, {"whenUnsatisfiable", c.whenUnsatisfiable}});
    }
    add("PodTopologySpread", std::move(args));
  }
  if (profile.candidates_percentage != usual.candidates_percentage ||
      profile.candidates_least != usual.candidates_least) {
    add("DefaultPreemption", {{"minCandidateNodesPercentage", profile.candidates_percentage},
                              {"minCandidateNodesAbsolute", profile.candidates_least}});
  }
  return out;
}

json profileJson(const SchedulerProfile& profile) {
  json out = {{"schedulerName", profile.name}};
  if (profile.percentage_of_nodes_to_score != 0) out["percentageOfNodesToScore"] = profile.percentage_of_nodes_to_score;
  if (json plugins = pluginsJson(profile); !plugins.empty()) out["plugins"] = std::move(plugins);
  if (json config = configJson(profile); !config.empty()) out["pluginConfig"] = std::move(config);
  return out;
}

}  // namespace

namespace {

json gangsJson(const cluster::GangOptions& gangs) {
  json out = {{"scope", gangs.scope == cluster::GangScope::kJobSet ? "JobSet" : "ReplicatedJob"}};
  if (!gangs.topology_key.empty()) out["topologyKey"] = gangs.topology_key;
  if (gangs.compact) out["compact"] = true;
  return out;
}

json profilesJson(const cluster::SchedulerConfig& config) {
  const json usual = profileJson(SchedulerProfile{});
  const SchedulerProfile& first = config.profiles.front();
  const json whole = profileJson(first);
  if (config.profiles.size() > 1) {
    json out;
    for (const SchedulerProfile& profile : config.profiles) out["profiles"].push_back(profileJson(profile));
    return out;
  }
  if (whole == usual) return json::object();
  SchedulerProfile rest = first;  // but for what the short form says
  rest.fit = SchedulerProfile{}.fit;
  rest.fit_resources = SchedulerProfile{}.fit_resources;
  rest.percentage_of_nodes_to_score = 0;
  if (profileJson(rest) != usual) return {{"profiles", json::array({whole})}};
  json out = json::object();
  if (first.fit != rest.fit || first.fit_resources != rest.fit_resources) out = fitJson(first, "profile");
  if (first.fit == FitScoring::kRequestedToCapacityRatio) out["shape"] = shapeJson(first);
  if (first.percentage_of_nodes_to_score != 0) out["percentageOfNodesToScore"] = first.percentage_of_nodes_to_score;
  return out;
}

}  // namespace

json schedulerJson(const cluster::SchedulerConfig& config) {
  json out = profilesJson(config);
  if (config.gangs.scope != cluster::GangScope::kNone) out["gangs"] = gangsJson(config.gangs);
  return out;
}

}  // namespace jobset_twin::scenarios
