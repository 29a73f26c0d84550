// spec.scheduler of a Scenario: profiles in the form of KubeSchedulerConfiguration v1, or one by its strategy alone.
//
// What the lists of plugins mean: scheduler_plugins.cpp; args of plugins: read_plugin_args.cpp.
// Source: kube-scheduler 1.36 pkg/scheduler/apis/config (v1 types, validation).
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "scenarios/read_scheduler_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::SchedulerConfig;
using cluster::SchedulerProfile;

constexpr std::array<Field<PluginRef>, 2> kRefFields = {{
    {"name", "string", "of a plugin; \"*\" in `disabled`: all",
     [](Reader& r, const Place& p, PluginRef& ref) {
       if (!r.text(p, ref.name) || (ref.name == "*" && !ref.enables)) return;
       checkPlugin(r, p, ref);
     },
     true},
    {"weight", "integer", "of its score; 1 when left out",
     [](Reader& r, const Place& p, PluginRef& ref) { r.integer(p, ref.weight, 0); }},
}};

void readRefs(Reader& reader, const Place& place, Point point, bool enables, std::vector<PluginRef>& out) {
  if (!reader.isList(place)) return;
  std::set<std::string> names;
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    const Place inner = place.at(i);
    PluginRef ref{point, enables, "", 0};
    reader.object<PluginRef>(inner, kRefFields, ref);
    if (enables && !ref.name.empty() && !names.insert(ref.name).second)
      reader.error(inner, api::duplicateValue(inner.path + ".name", api::quoted(ref.name)));
    out.push_back(std::move(ref));
  }
}

constexpr std::array<Field<PluginSet>, 2> kSetFields = {{
    {"enabled", "[]PluginRef", "plugins that are on, those of the default profile besides",
     [](Reader& r, const Place& p, PluginSet& set) { readRefs(r, p, set.point, true, set.enabled); }},
    {"disabled", "[]PluginRef", "plugins of the default profile that are off, unless `enabled` names them",
     [](Reader& r, const Place& p, PluginSet& set) { readRefs(r, p, set.point, false, set.disabled); }},
}};

template <Point kPoint>
void readSet(Reader& reader, const Place& place, PluginSets& out) {
  PluginSet& set = out[static_cast<std::size_t>(kPoint)];
  set.point = kPoint;
  reader.object<PluginSet>(place, kSetFields, set);
}

constexpr std::array<Field<PluginSets>, 13> kPluginsFields = {{
    {"multiPoint", "PluginSet", "at all extension points of a plugin", readSet<Point::kMultiPoint>},
    {"preEnqueue", "PluginSet", "may a Pod enter the queue", readSet<Point::kPreEnqueue>},
    {"queueSort", "PluginSet", "the order of the queue", readSet<Point::kQueueSort>},
    {"preFilter", "PluginSet", "what a filter prepares; goes with it", readSet<Point::kPreFilter>},
    {"filter", "PluginSet", "on which nodes a Pod fits", readSet<Point::kFilter>},
    {"postFilter", "PluginSet", "what happens when it fits on none: preemption", readSet<Point::kPostFilter>},
    {"preScore", "PluginSet", "what a score prepares; goes with it", readSet<Point::kPreScore>},
    {"score", "PluginSet", "which of the nodes is best", readSet<Point::kScore>},
    {"reserve", "PluginSet", "what a filter keeps for the Pod; goes with it", readSet<Point::kReserve>},
    {"permit", "PluginSet", "may a Pod be bound; no plugin of the default profile", readSet<Point::kPermit>},
    {"preBind", "PluginSet", "what comes before the binding; goes with the filter", readSet<Point::kPreBind>},
    {"bind", "PluginSet", "the binding", readSet<Point::kBind>},
    {"postBind", "PluginSet", "what comes after it; no plugin of the default profile", readSet<Point::kPostBind>},
}};

void readPlugins(Reader& reader, const Place& place, SchedulerProfile& out) {
  PluginSets sets;
  const std::size_t errors = reader.errors.size();
  reader.object<PluginSets>(place, kPluginsFields, sets);
  if (reader.errors.size() == errors) applyPlugins(reader, place, sets, out);
}

void readPercentage(Reader& reader, const Place& place, std::int32_t& out) {
  std::int64_t percentage = 0;
  if (reader.integer(place, percentage, 0, 100)) out = static_cast<std::int32_t>(percentage);
}

constexpr std::array<Field<SchedulerProfile>, 4> kProfileFields = {{
    {"schedulerName", "string", "which Pods it schedules: those with that spec.schedulerName",
     [](Reader& r, const Place& p, SchedulerProfile& s) {
       if (r.text(p, s.name) && s.name.empty()) r.invalid(p, "can not be empty");
     }},
    {"percentageOfNodesToScore", "integer", "of all nodes; 0: as the size of the cluster says",
     [](Reader& r, const Place& p, SchedulerProfile& s) { readPercentage(r, p, s.percentage_of_nodes_to_score); }},
    {"plugins", "Plugins", "which plugins are on, and the weights of scores", readPlugins},
    {"pluginConfig", "[]PluginConfig", "args of plugins", readPluginConfig},
}};

void readProfile(Reader& reader, const Place& place, SchedulerProfile& out) {
  reader.object<SchedulerProfile>(place, kProfileFields, out);
}

// What is read before it is known which form was meant.
struct Form {
  SchedulerProfile one;     // the short form
  bool short_form = false;  // one of its fields was given
  std::vector<SchedulerProfile> profiles;
  std::int32_t percentage = 0;
  cluster::GangOptions gangs;
};

constexpr std::array<Field<Form>, 8> kSchedulerFields = {{
    {"profile", "string", "short for one profile with that strategy of NodeResourcesFit",
     [](Reader& r, const Place& p, Form& f) {
       readStrategyType(r, p, f.one.fit);
       f.short_form = true;
     }},
    {"resources", "[]ResourceWeight", "with `profile`: what the strategy looks at; cpu and memory alike",
     [](Reader& r, const Place& p, Form& f) {
       readResourceWeights(r, p, f.one.fit_resources);
       f.short_form = true;
     }},
    {"shape", "[]ShapePoint", "with `profile: RequestedToCapacityRatio`: the score by utilization",
     [](Reader& r, const Place& p, Form& f) {
       readShape(r, p, f.one.fit_shape);
       f.short_form = true;
     }},
    {"percentageOfNodesToScore", "integer", "for profiles that do not say",
     [](Reader& r, const Place& p, Form& f) { readPercentage(r, p, f.percentage); }},
    {"profiles", "[]SchedulerProfile", "as in KubeSchedulerConfiguration",
     [](Reader& r, const Place& p, Form& f) { r.list<SchedulerProfile>(p, f.profiles, readProfile); }},
    {"gangs", "Gangs", "Pods of JobSets that get nodes all at once or not at all",
     [](Reader& r, const Place& p, Form& f) { readGangs(r, p, f.gangs); }},
    {"apiVersion", "string", "kubescheduler.config.k8s.io/v1, if given",
     [](Reader& r, const Place& p, Form&) {
       std::string text;
       r.choice(p, text, {"kubescheduler.config.k8s.io/v1"});
     }},
    {"kind", "string", "KubeSchedulerConfiguration, if given",
     [](Reader& r, const Place& p, Form&) {
       std::string text;
       r.choice(p, text, {"KubeSchedulerConfiguration"});
     }},
}};

}  // namespace

void readScheduler(Reader& reader, const Place& place, SchedulerConfig& out) {
  Form form;
  reader.object<Form>(place, kSchedulerFields, form);
  out.gangs = form.gangs;
  const api::TreeEntry* profiles = place.node.isMap() ? place.node.findEntry("profiles") : nullptr;
  if (profiles && form.short_form) {
    return reader.error(place.at(*profiles),
                        api::plainError("Forbidden",
                                        "spec.scheduler.profiles: Forbidden: profile, resources and shape "
                                        "are short for a profile; give either them or profiles"));
  }
  if (form.short_form) {
    checkStrategy(reader, place, form.one);
    out.profiles = {form.one};
  } else if (!form.profiles.empty()) {
    out.profiles = form.profiles;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < out.profiles.size(); ++i) {
    SchedulerProfile& profile = out.profiles[i];
    if (profile.percentage_of_nodes_to_score == 0) profile.percentage_of_nodes_to_score = form.percentage;
    if (names.insert(profile.name).second) continue;
    const Place at = place.at(*profiles).at(i);
    const api::TreeEntry* name = at.node.findEntry("schedulerName");
    api::Error error = api::duplicateValue(at.path + ".schedulerName", api::quoted(profile.name));
    if (!name) error.hint = "a profile without schedulerName is default-scheduler";
    reader.error(name ? at.at(*name) : at, std::move(error));
  }
}

void addSchedulerFields(FieldTexts& out) {
  addFields<Form>(out, "Scheduler", kSchedulerFields);
  addFields<SchedulerProfile>(out, "SchedulerProfile", kProfileFields);
  addFields<PluginSets>(out, "Plugins", kPluginsFields);
  addFields<PluginSet>(out, "PluginSet", kSetFields);
  addFields<PluginRef>(out, "PluginRef", kRefFields);
  addPluginArgsFields(out);
  addGangFields(out);
}

}  // namespace jobset_twin::scenarios
