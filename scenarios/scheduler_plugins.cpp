#include "scenarios/scheduler_plugins.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::scenarios {
namespace {

using cluster::Plugin;
using cluster::ScoreWeights;

constexpr unsigned at(Point point) { return 1U << static_cast<unsigned>(point); }
constexpr unsigned kFilters = at(Point::kFilter), kPrepared = kFilters | at(Point::kPreFilter);
constexpr unsigned kScores = at(Point::kScore), kPreparedScores = kScores | at(Point::kPreScore);
constexpr unsigned kHolds = at(Point::kReserve) | at(Point::kPreBind);

constexpr std::array<PluginInfo, 23> kPlugins = {{
    {"SchedulingGates", at(Point::kPreEnqueue), std::nullopt, nullptr, true},
    {"PrioritySort", at(Point::kQueueSort), std::nullopt, nullptr, true},
    {"NodeUnschedulable", kFilters, Plugin::kNodeUnschedulable},
    {"NodeName", kFilters, Plugin::kNodeName},
    {"TaintToleration", kFilters | kPreparedScores, Plugin::kTaintToleration, &ScoreWeights::taints},
    {"NodeAffinity", kPrepared | kPreparedScores, Plugin::kNodeAffinity, &ScoreWeights::node_affinity},
    {"NodePorts", kPrepared, Plugin::kNodePorts},
    {"NodeResourcesFit", kPrepared | kPreparedScores, Plugin::kNodeResourcesFit, &ScoreWeights::fit},
    {"VolumeRestrictions", kPrepared},
    {"NodeVolumeLimits", kPrepared},
    {"VolumeBinding", kPrepared | kPreparedScores | kHolds, Plugin::kVolumeBinding},
    {"VolumeZone", kPrepared},
    {"PodTopologySpread", kPrepared | kPreparedScores, Plugin::kPodTopologySpread, &ScoreWeights::spread},
    {"InterPodAffinity", kPrepared | kPreparedScores, Plugin::kInterPodAffinity, &ScoreWeights::pod_affinity},
    {"DynamicResources", at(Point::kPreEnqueue) | kPrepared | at(Point::kPostFilter) | kScores | kHolds},
    {"DefaultPreemption", at(Point::kPostFilter) | at(Point::kPreEnqueue)},
    {"NodeResourcesBalancedAllocation", kPreparedScores, std::nullopt, &ScoreWeights::balanced},
    {"ImageLocality", kScores, std::nullopt, &ScoreWeights::images},
    {"DefaultBinder", at(Point::kBind), std::nullopt, nullptr, true},
    {"NodeDeclaredFeatures", kPrepared},
    {"GangScheduling", at(Point::kPreEnqueue) | at(Point::kReserve) | at(Point::kPermit)},
    {"TopologyPlacementGenerator", at(Point::kMultiPoint)},
    {"PodGroupPodsCount", at(Point::kMultiPoint)},
}};

constexpr std::array<std::string_view, kPointCount> kPointNames = {
    "multiPoint", "preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore",
    "score",      "reserve",    "permit",    "preBind",   "bind",   "postBind"};

const PluginRef* find(const std::vector<PluginRef>& refs, std::string_view name) {
  const auto found = std::find_if(refs.begin(), refs.end(), [&](const PluginRef& ref) { return ref.name == name; });
  return found == refs.end() ? nullptr : &*found;
}

bool off(const PluginSet& set, std::string_view name) {
  return find(set.disabled, "*") != nullptr || find(set.disabled, name) != nullptr;
}

// Where a plugin is, given all lists: named at a point, or at all points and not taken away there.
class Resolved {
 public:
  explicit Resolved(const PluginSets& sets) : sets_(sets) {}

  const PluginSet& set(Point point) const { return sets_[static_cast<std::size_t>(point)]; }
  bool on(const PluginInfo& plugin, Point point) const {
    if (!plugin.has(point)) return false;
    if (find(set(point).enabled, plugin.name)) return true;
    const PluginSet& all = set(Point::kMultiPoint);
    return (find(all.enabled, plugin.name) || !off(all, plugin.name)) && !off(set(point), plugin.name);
  }
  // A weight that is not given is 1, but that of the default profile where no list names the plugin.
  cluster::Score weight(const PluginInfo& plugin) const {
    if (!on(plugin, Point::kScore)) return 0;
    for (const Point point : {Point::kScore, Point::kMultiPoint}) {
      if (const PluginRef* ref = find(set(point).enabled, plugin.name)) return std::max(ref->weight, 1);
    }
    return ScoreWeights{}.*plugin.score;
  }

 private:
  const PluginSets& sets_;
};

// Parts of a plugin that make no sense alone.
std::string problemOf(const Resolved& resolved, const PluginInfo& plugin) {
  const auto on = [&](Point point) { return resolved.on(plugin, point); };
  if (plugin.always) {
    for (std::size_t i = 1; i < kPointCount; ++i) {
      const auto point = static_cast<Point>(i);
      if (plugin.has(point) && !on(point))
        return fmt::format("{} cannot be disabled: there is no other plugin for {}", plugin.name, pointName(point));
    }
  }
  for (const auto& [part, whole] :
       {std::pair{Point::kPreFilter, Point::kFilter}, std::pair{Point::kReserve, Point::kFilter},
        std::pair{Point::kPreBind, Point::kFilter}, std::pair{Point::kPreScore, Point::kScore}}) {
    if (plugin.has(part) && !on(part) && on(whole))
      return fmt::format("{} needs its {} for its {}", plugin.name, pointName(part), pointName(whole));
  }
  return {};
}

}  // namespace

std::span<const PluginInfo> schedulerPlugins() { return kPlugins; }

const PluginInfo* findPlugin(std::string_view name) {
  const auto found =
      std::find_if(kPlugins.begin(), kPlugins.end(), [&](const PluginInfo& plugin) { return plugin.name == name; });
  return found == kPlugins.end() ? nullptr : found;
}

std::string_view pointName(Point point) { return kPointNames[static_cast<std::size_t>(point)]; }

void checkPlugin(Reader& reader, const Place& place, const PluginRef& ref) {
  std::vector<std::string> names;
  for (const PluginInfo& plugin : kPlugins) {
    if (ref.point == Point::kMultiPoint || plugin.has(ref.point)) names.emplace_back(plugin.name);
  }
  const PluginInfo* plugin = findPlugin(ref.name);
  if (plugin && (ref.point == Point::kMultiPoint || plugin->has(ref.point))) return;
  if (plugin) {
    return reader.invalid(place, fmt::format("plugin {} does nothing at {}", ref.name, pointName(ref.point)),
                          names.empty() ? "no plugin does" : fmt::format("those that do: {}", fmt::join(names, ", ")));
  }
  api::Error error = api::unsupportedValue(place.path, api::quoted(ref.name), names);
  if (const std::string near = api::nearestName(ref.name, names); !near.empty())
    error.hint = fmt::format("did you mean \"{}\"?", near);
  reader.error(place, std::move(error));
}

void applyPlugins(Reader& reader, const Place& place, const PluginSets& sets, cluster::SchedulerProfile& out) {
  const Resolved resolved(sets);
  for (const PluginInfo& plugin : kPlugins) {
    if (const std::string problem = problemOf(resolved, plugin); !problem.empty())
      reader.error(place, api::plainError("Invalid", fmt::format("{}: Invalid value: {}", place.path, problem)));
    if (plugin.filter && !resolved.on(plugin, Point::kFilter)) out.filters_off |= cluster::maskOf(*plugin.filter);
    if (plugin.score) out.weights.*plugin.score = resolved.weight(plugin);
  }
  out.preempts = resolved.on(*findPlugin("DefaultPreemption"), Point::kPostFilter);
}

}  // namespace jobset_twin::scenarios
