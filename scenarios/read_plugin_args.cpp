// spec.scheduler.profiles[].pluginConfig of a Scenario: args of plugins.
// Source: kube-scheduler 1.36 pkg/scheduler/apis/config/validation/validation_pluginargs.go.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "scenarios/scheduler_plugins.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::FitScoring;
using cluster::SchedulerProfile;
using cluster::ShapePoint;
using cluster::WeightedResource;

void readBounded(Reader& reader, const Place& place, std::int32_t& out, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (reader.integer(place, value, least, most)) out = static_cast<std::int32_t>(value);
}

constexpr std::array<Field<WeightedResource>, 2> kResourceFields = {{
    {"name", "string", "cpu, memory, ephemeral-storage or an extended resource",
     [](Reader& r, const Place& p, WeightedResource& w) {
       if (!r.text(p, w.name)) return;
       const std::vector<std::string> problems = api::qualifiedNameErrors(w.name);
       if (!problems.empty()) r.invalid(p, problems.front());
     },
     true},
    {"weight", "integer", "1 to 100; 1 when left out",
     [](Reader& r, const Place& p, WeightedResource& w) { r.integer(p, w.weight, 1, 100); }},
}};

constexpr std::array<Field<ShapePoint>, 2> kShapeFields = {{
    {"utilization", "integer", "percent of what a node has, 0 to 100, ascending",
     [](Reader& r, const Place& p, ShapePoint& s) { readBounded(r, p, s.utilization, 0, 100); }, true},
    {"score", "integer", "0 to 10; linear between the points",
     [](Reader& r, const Place& p, ShapePoint& s) { readBounded(r, p, s.score, 0, 10); }, true},
}};

constexpr std::array<Field<SchedulerProfile>, 1> kRatioFields = {{
    {"shape", "[]ShapePoint", "the score by utilization",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readShape(r, p, s.fit_shape); }, true},
}};

constexpr std::array<Field<SchedulerProfile>, 3> kStrategyFields = {{
    {"type", "string", "LeastAllocated, MostAllocated or RequestedToCapacityRatio",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readStrategyType(r, p, s.fit); }},
    {"resources", "[]ResourceWeight", "what it looks at; cpu and memory alike",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readResourceWeights(r, p, s.fit_resources); }},
    {"requestedToCapacityRatio", "RequestedToCapacityRatio", "its shape",
     [](Reader& r, const Place& p, SchedulerProfile& s) { r.object<SchedulerProfile>(p, kRatioFields, s); }},
}};

// Args may say what they are.
template <class T>
void readTypeMeta(Reader& reader, const Place& place, T&) {
  std::string text;
  reader.text(place, text);
}

template <std::size_t kCount>
constexpr auto withTypeMeta(const std::array<Field<SchedulerProfile>, kCount>& fields) {
  std::array<Field<SchedulerProfile>, kCount + 2> out{};
  for (std::size_t i = 0; i < kCount; ++i) out[i] = fields[i];
  out[kCount] = {"apiVersion", "string", "kubescheduler.config.k8s.io/v1, if given", readTypeMeta<SchedulerProfile>};
  out[kCount + 1] = {"kind", "string", "the name of the plugin and Args, if given", readTypeMeta<SchedulerProfile>};
  return out;
}

constexpr auto kFitFields = withTypeMeta(std::array<Field<SchedulerProfile>, 1>{{
    {"scoringStrategy", "ScoringStrategy", "how allocation is scored",
     [](Reader& r, const Place& p, SchedulerProfile& s) {
       r.object<SchedulerProfile>(p, kStrategyFields, s);
       checkStrategy(r, p, s);
     }},
}});

constexpr auto kBalancedFields = withTypeMeta(std::array<Field<SchedulerProfile>, 1>{{
    {"resources", "[]ResourceWeight", "what is to be balanced; each has weight 1",
     [](Reader& r, const Place& p, SchedulerProfile& s) {
       readResourceWeights(r, p, s.balanced_resources);
       for (const WeightedResource& resource : s.balanced_resources) {
         if (resource.weight != 1)
           r.invalid(p, fmt::format("resource {} has weight {}: all weigh 1 here", resource.name, resource.weight));
       }
     }},
}});

constexpr auto kAffinityFields = withTypeMeta(std::array<Field<SchedulerProfile>, 1>{{
    {"hardPodAffinityWeight", "integer",
     "0 to 100: what required affinity of placed Pods adds to the score; 1 when left out",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readBounded(r, p, s.hard_pod_affinity_weight, 0, 100); }},
}});

constexpr std::array<Field<api::TopologySpreadConstraint>, 3> kConstraintFields = {{
    {"maxSkew", "integer", "at least 1",
     [](Reader& r, const Place& p, api::TopologySpreadConstraint& c) { r.integer(p, c.maxSkew, 1); }, true},
    {"topologyKey", "string", "the node label",
     [](Reader& r, const Place& p, api::TopologySpreadConstraint& c) {
       if (r.text(p, c.topologyKey) && c.topologyKey.empty()) r.invalid(p, "can not be empty");
     },
     true},
    {"whenUnsatisfiable", "string", "DoNotSchedule or ScheduleAnyway",
     [](Reader& r, const Place& p, api::TopologySpreadConstraint& c) {
       r.choice(p, c.whenUnsatisfiable, {"DoNotSchedule", "ScheduleAnyway"});
     },
     true},
}};

void readConstraints(Reader& reader, const Place& place, SchedulerProfile& out) {
  out.default_constraints.emplace();
  reader.list<api::TopologySpreadConstraint>(place, *out.default_constraints,
                                             [](Reader& r, const Place& p, api::TopologySpreadConstraint& c) {
                                               r.object<api::TopologySpreadConstraint>(p, kConstraintFields, c);
                                             });
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < out.default_constraints->size(); ++i) {
    const api::TopologySpreadConstraint& c = (*out.default_constraints)[i];
    if (seen.emplace(c.topologyKey, c.whenUnsatisfiable).second) continue;
    const Place at = place.at(i);
    reader.error(at, api::duplicateValue(at.path, fmt::format("{{{}, {}}}", c.topologyKey, c.whenUnsatisfiable)));
  }
}

constexpr auto kSpreadFields = withTypeMeta(std::array<Field<SchedulerProfile>, 2>{{
    {"defaultConstraints", "[]SpreadConstraint", "of Pods that have none and that a Service selects", readConstraints},
    {"defaultingType", "string", "System: hostname with skew 3 and zone with skew 5; List: defaultConstraints",
     [](Reader& r, const Place& p, SchedulerProfile&) {
       std::string type;
       r.choice(p, type, {"System", "List"});
     }},
}});

void readSpreadArgs(Reader& reader, const Place& place, SchedulerProfile& out) {
  reader.object<SchedulerProfile>(place, kSpreadFields, out);
  if (!place.node.isMap()) return;
  const api::TreeEntry* given = place.node.findEntry("defaultConstraints");
  if (place.node.stringAt("defaultingType") == "List") {
    if (!out.default_constraints) out.default_constraints.emplace();
  } else if (given && out.default_constraints) {
    if (!out.default_constraints->empty())
      reader.invalid(place.at(*given), "the system's constraints are used", "with them goes defaultingType: List");
    out.default_constraints.reset();
  }
}

constexpr auto kPreemptionFields = withTypeMeta(std::array<Field<SchedulerProfile>, 2>{{
    {"minCandidateNodesPercentage", "integer", "how many nodes preemption looks for: percent of all; 10 when left out",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readBounded(r, p, s.candidates_percentage, 0, 100); }},
    {"minCandidateNodesAbsolute", "integer", "and at least so many; 100 when left out",
     [](Reader& r, const Place& p, SchedulerProfile& s) { r.integer(p, s.candidates_least, 0); }},
}});

struct Args {
  std::string_view plugin;
  void (*read)(Reader& reader, const Place& place, SchedulerProfile& out);
};

template <const auto& kFields>
void readFields(Reader& reader, const Place& place, SchedulerProfile& out) {
  reader.object<SchedulerProfile>(place, kFields, out);
}

void readPreemptionArgs(Reader& reader, const Place& place, SchedulerProfile& out) {
  reader.object<SchedulerProfile>(place, kPreemptionFields, out);
  if (out.candidates_percentage == 0 && out.candidates_least == 0)
    reader.invalid(place, "minCandidateNodesPercentage and minCandidateNodesAbsolute cannot both be 0");
}

constexpr std::array<Args, 5> kArgs = {{
    {"NodeResourcesFit", readFields<kFitFields>},
    {"NodeResourcesBalancedAllocation", readFields<kBalancedFields>},
    {"InterPodAffinity", readFields<kAffinityFields>},
    {"PodTopologySpread", readSpreadArgs},
    {"DefaultPreemption", readPreemptionArgs},
}};

struct ConfigEntry {
  std::string plugin;
  std::optional<Place> name, args;
};

constexpr std::array<Field<ConfigEntry>, 2> kConfigFields = {{
    {"name", "string", "of the plugin",
     [](Reader& r, const Place& p, ConfigEntry& c) {
       r.text(p, c.plugin);
       c.name.emplace(p);
     },
     true},
    {"args", "object", "by plugin", [](Reader&, const Place& p, ConfigEntry& c) { c.args.emplace(p); }, true},
}};

void readEntry(Reader& reader, const ConfigEntry& entry, SchedulerProfile& out) {
  const auto found =
      std::find_if(kArgs.begin(), kArgs.end(), [&](const Args& args) { return args.plugin == entry.plugin; });
  if (found != kArgs.end()) {
    if (entry.args) found->read(reader, *entry.args, out);
    return;
  }
  std::vector<std::string> names;
  for (const Args& args : kArgs) names.emplace_back(args.plugin);
  if (findPlugin(entry.plugin)) {
    return reader.invalid(*entry.name, "the simulated plugin takes no args",
                          fmt::format("those that do: {}", fmt::join(names, ", ")));
  }
  api::Error error = api::unsupportedValue(entry.name->path, api::quoted(entry.plugin), names);
  if (const std::string near = api::nearestName(entry.plugin, names); !near.empty())
    error.hint = fmt::format("did you mean \"{}\"?", near);
  reader.error(*entry.name, std::move(error));
}

}  // namespace

void readStrategyType(Reader& reader, const Place& place, FitScoring& out) {
  std::string text;
  if (!reader.choice(place, text, {"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"})) return;
  out = text == "LeastAllocated"  ? FitScoring::kLeastAllocated
        : text == "MostAllocated" ? FitScoring::kMostAllocated
                                  : FitScoring::kRequestedToCapacityRatio;
}

void readResourceWeights(Reader& reader, const Place& place, std::vector<WeightedResource>& out) {
  std::vector<WeightedResource> resources;
  reader.list<WeightedResource>(place, resources, [](Reader& r, const Place& p, WeightedResource& w) {
    r.object<WeightedResource>(p, kResourceFields, w);
  });
  std::set<std::string> names;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const Place at = place.at(i);
    if (!names.insert(resources[i].name).second)
      reader.error(at, api::duplicateValue(at.path + ".name", api::quoted(resources[i].name)));
  }
  if (!resources.empty()) out = std::move(resources);
}

void readShape(Reader& reader, const Place& place, std::vector<ShapePoint>& out) {
  out.clear();
  const std::size_t errors = reader.errors.size();
  reader.list<ShapePoint>(place, out,
                          [](Reader& r, const Place& p, ShapePoint& s) { r.object<ShapePoint>(p, kShapeFields, s); });
  if (reader.errors.size() != errors) return;
  if (out.empty()) reader.error(place, api::requiredValue(place.path, "at least one point must be specified"));
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (out[i].utilization > out[i - 1].utilization) continue;
    const Place at = place.at(i);
    reader.invalid({*at.node.find("utilization"), at.path + ".utilization"},
                   "utilization values must be sorted in increasing order");
  }
}

void checkStrategy(Reader& reader, const Place& place, const SchedulerProfile& profile) {
  const bool ratio = profile.fit == FitScoring::kRequestedToCapacityRatio;
  const bool given = place.node.find("shape") || place.node.find("requestedToCapacityRatio");
  if (ratio && !given) {
    const char* field = place.node.find("profile") ? ".shape" : ".requestedToCapacityRatio.shape";
    api::Error error = api::requiredValue(place.path + field, "at least one point must be specified");
    error.hint = "such as [{utilization: 0, score: 0}, {utilization: 100, score: 10}], which fills nodes up";
    reader.error(place, std::move(error));
  }
  if (!ratio && given) reader.invalid(place, "a shape is of use with RequestedToCapacityRatio alone");
}

void readPluginConfig(Reader& reader, const Place& place, SchedulerProfile& out) {
  if (!reader.isList(place)) return;
  std::set<std::string> names;
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    ConfigEntry entry;
    reader.object<ConfigEntry>(place.at(i), kConfigFields, entry);
    if (!entry.name || entry.plugin.empty()) continue;
    if (!names.insert(entry.plugin).second)
      reader.error(*entry.name, api::duplicateValue(entry.name->path, api::quoted(entry.plugin)));
    readEntry(reader, entry, out);
  }
}

void addPluginArgsFields(FieldTexts& out) {
  addFields<ConfigEntry>(out, "PluginConfig", kConfigFields);
  addFields<SchedulerProfile>(out, "NodeResourcesFitArgs", kFitFields);
  addFields<SchedulerProfile>(out, "ScoringStrategy", kStrategyFields);
  addFields<SchedulerProfile>(out, "RequestedToCapacityRatio", kRatioFields);
  addFields<ShapePoint>(out, "ShapePoint", kShapeFields);
  addFields<WeightedResource>(out, "ResourceWeight", kResourceFields);
  addFields<SchedulerProfile>(out, "NodeResourcesBalancedAllocationArgs", kBalancedFields);
  addFields<SchedulerProfile>(out, "InterPodAffinityArgs", kAffinityFields);
  addFields<SchedulerProfile>(out, "PodTopologySpreadArgs", kSpreadFields);
  addFields<api::TopologySpreadConstraint>(out, "SpreadConstraint", kConstraintFields);
  addFields<SchedulerProfile>(out, "DefaultPreemptionArgs", kPreemptionFields);
}

}  // namespace jobset_twin::scenarios
