#include "scenarios/planning/read_capacity_plan.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "scenarios/planning/queue_objects.hpp"
#include "scenarios/planning/read_plan_parts.hpp"
#include "scenarios/planning/workload_jobset.hpp"
#include "scenarios/read_scenario.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using nlohmann::json;

// What a plan says by itself may not be said once more in `scenario`.
constexpr std::array<std::pair<const char*, const char*>, 6> kNotInScenario = {{
    {"cluster", "the plan's nodes are the cluster"},
    {"manifests", "the plan's workloads say what is submitted"},
    {"actions", "a plan has no actions"},
    {"expectations", "the plan's service levels say what is expected"},
    {"duration", "the plan's period says it"},
    {"seed", "--seed says it"},
}};

// A Scenario's reader names fields from its own root.
void rename(api::Error& error) {
  for (std::string* text : {&error.field, &error.text}) {
    std::size_t at = text->find("spec.");
    if (at != std::string::npos && (at == 0 || (*text)[at - 1] == '"' || (*text)[at - 1] == ' '))
      text->insert(at + 5, "scenario.");
  }
}

void readEmbedded(Reader& reader, const Place& place, CapacityPlan& out) {
  if (!reader.isMap(place)) return;
  api::TreeNode root = api::treeFromJson({{"apiVersion", kScenarioApiVersion}, {"kind", "Scenario"}});
  api::TreeNode spec = place.node;
  for (const auto& [field, why] : kNotInScenario) {
    const auto found = std::find_if(spec.entries.begin(), spec.entries.end(),
                                    [&](const api::TreeEntry& entry) { return entry.key == field; });
    if (found == spec.entries.end()) continue;
    reader.error(place.at(*found), api::forbiddenField(place.path + "." + field, why));
    spec.entries.erase(found);
  }
  root.entries.push_back({"spec", place.node.at, std::move(spec)});
  const ReadContext& context = reader.context();
  ScenarioRead read = readScenario({context.file, root}, context.validation, context.default_namespace, context.read);
  for (api::Error& error : read.errors) {
    rename(error);
    reader.errors.push_back(std::move(error));
  }
  for (api::Error& error : read.warnings) {
    rename(error);
    reader.warnings.push_back(std::move(error));
  }
  out.scenario = std::move(read.scenario);
}

constexpr std::array<Field<CapacityPlan>, 3> kPeriodFields = {{
    {"warmUp", "duration", "JobSets that are submitted before are not judged (0s)",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.duration(p, c.warm_up); }},
    {"arrivals", "duration", "none is submitted later; the last time of `at` and traces when left out",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.positiveDuration(p, c.arrivals_end); }},
    {"end", "duration", "what has not come until then is missing; twice `arrivals` and a day when left out",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.positiveDuration(p, c.end); }},
}};

constexpr std::array<Field<CapacityPlan>, 3> kSearchFields = {{
    {"confidence", "number", "of each verdict (0.95)",
     [](Reader& r, const Place& p, CapacityPlan& c) {
       double value = 0;
       if (!r.number(p, value, 0, 1)) return;
       if (value < 0.5 || value > 0.9999) return r.invalid(p, "must be from 0.5 to 0.9999");
       c.confidence = value;
     }},
    {"tolerance", "number", "share of the price: what is cheaper by less is not worth a look (0)",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.number(p, c.tolerance, 0, 0.5); }},
    {"runs", "integer", "of one candidate, at most (64)",
     [](Reader& r, const Place& p, CapacityPlan& c) {
       std::int64_t runs = 0;
       if (r.integer(p, runs, 2, 100'000)) c.most_runs = static_cast<std::int32_t>(runs);
     }},
}};

constexpr std::array<Field<CapacityPlan>, 9> kSpecFields = {{
    {"description", "string", "what the plan is about",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.text(p, c.description); }},
    {"nodes", "[]NodeType", "the types of nodes to choose from",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.list<NodeType>(p, c.nodes, readNodeType); }, true},
    {"workloads", "[]Workload", "what is submitted",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.list<Workload>(p, c.workloads, readWorkload); }},
    {"queues", "[]Queue", "Kueue's queues, with quotas, in which workloads wait",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.list<Queue>(p, c.queues, readQueue); }},
    {"serviceLevels", "[]ServiceLevel", "what must be reached",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.list<Level>(p, c.levels, readLevel); }},
    {"settings", "[]Setting", "fields of which the planner may choose the value",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.list<Setting>(p, c.settings, readSetting); }},
    {"period", "Period", "how long JobSets arrive, and which of them are judged",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.object<CapacityPlan>(p, kPeriodFields, c); }},
    {"search", "Search", "how sure the answer is to be, and what it may cost",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.object<CapacityPlan>(p, kSearchFields, c); }},
    {"scenario", "Spec", "everything else, as in a Scenario: timing, scheduler, faults, behaviors", readEmbedded},
}};

constexpr std::array<Field<CapacityPlan>, 1> kMetadataFields = {{
    {"name", "string", "the plan's name", [](Reader& r, const Place& p, CapacityPlan& c) { r.text(p, c.name); }},
}};

constexpr std::array<Field<CapacityPlan>, 4> kRootFields = {{
    {"apiVersion", "string", "jobset-twin.dev/v1alpha1",
     [](Reader& r, const Place& p, CapacityPlan&) {
       std::string version;
       r.choice(p, version, {std::string(kScenarioApiVersion)});
     },
     true},
    {"kind", "string", "CapacityPlan",
     [](Reader& r, const Place& p, CapacityPlan&) {
       std::string kind;
       r.choice(p, kind, {"CapacityPlan"});
     },
     true},
    {"metadata", "Metadata", "name",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.object<CapacityPlan>(p, kMetadataFields, c); }},
    {"spec", "Spec", "everything else",
     [](Reader& r, const Place& p, CapacityPlan& c) { r.object<CapacityPlan>(p, kSpecFields, c); }, true},
}};

constexpr std::array<Field<Setting>, 4> kSettingFields = {{
    {"name", "string", "what the answer calls it", [](Reader& r, const Place& p, Setting& s) { r.text(p, s.name); },
     true},
    {"object", "string", "of which document it is a field: JobSet/NAME of a workload; of the plan when left out",
     [](Reader& r, const Place& p, Setting& s) { r.text(p, s.field.object); }},
    {"field", "string",
     "a JSON pointer; a name stands for the item of a list: /spec/workloads/training/checkpoint/every",
     [](Reader& r, const Place& p, Setting& s) {
       if (r.text(p, s.field.pointer) && !s.field.pointer.starts_with('/'))
         r.invalid(p, "must be a JSON pointer, which begins with /");
     },
     true},
    {"values", "[]any", "what it may be",
     [](Reader& r, const Place& p, Setting& s) {
       if (!r.isList(p)) return;
       for (const api::TreeNode& item : p.node.items) {
         const json value = api::toJson(item);
         s.values.emplace_back(value.is_string() ? value.get<std::string>() : value.dump(), item);
       }
       if (s.values.size() < 2) r.invalid(p, "must have two values at least");
     },
     true},
}};

class PlanReader {
 public:
  PlanReader(const api::Tree& tree, const PlanReadOptions& options)
      : tree_(tree), reader_({tree.file, options.validation, "default", options.read}) {}

  PlanRead read() {
    CapacityPlan& plan = out_.plan;
    reader_.object<CapacityPlan>({tree_.root, ""}, kRootFields, plan);
    fillRunTimes();
    if (const api::TreeNode* spec = tree_.root.find("spec"); spec && spec->isMap()) {
      checkNames({*spec, "spec"});
      checkPeriod({*spec, "spec"});
    }
    out_.errors = std::move(reader_.errors);
    out_.warnings = std::move(reader_.warnings);
    std::stable_sort(out_.errors.begin(), out_.errors.end(), [](const api::Error& a, const api::Error& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    return std::move(out_);
  }

 private:
  // As for a Scenario's behaviours (read_scenario.cpp).
  void fillRunTimes() {
    const api::TreeNode* spec = tree_.root.find("spec");
    const api::TreeNode* workloads = spec ? spec->find("workloads") : nullptr;
    if (!workloads) return;
    for (std::size_t i = 0; i < workloads->items.size() && i < out_.plan.workloads.size(); ++i) {
      Workload& workload = out_.plan.workloads[i];
      const api::TreeNode* behaviors = workloads->items[i].find("behaviors");
      for (std::size_t k = 0; behaviors && k < workload.behaviors.size() && k < behaviors->items.size(); ++k) {
        const api::TreeNode* run_time = behaviors->items[k].find("runTime");
        if ((run_time && !run_time->isNull()) || workload.behaviors[k].model) continue;
        TimeDistribution constant;
        constant.a = out_.plan.scenario.default_run_time;
        workload.behaviors[k].run_time = constant;
      }
    }
  }

  void at(const api::Error& origin, api::Error error) {
    error.file = origin.file;
    error.line = origin.line;
    error.column = origin.column;
    reader_.errors.push_back(std::move(error));
  }

  void checkNames(const Place& spec) {
    const CapacityPlan& plan = out_.plan;
    std::set<std::string> nodes, workloads, jobsets;
    for (const NodeType& type : plan.nodes) {
      if (!nodes.insert(type.pool.name).second)
        at(type.origin, api::duplicateValue(type.origin.field + ".name", api::quoted(type.pool.name)));
    }
    if (plan.nodes.empty() && spec.node.find("nodes"))
      reader_.invalid({*spec.node.find("nodes"), "spec.nodes"}, "must have a node type");
    for (const Workload& one : plan.workloads) {
      if (!one.name.empty() && !workloads.insert(one.name).second)
        at(one.origin, api::duplicateValue(one.origin.field + ".name", api::quoted(one.name)));
      std::string jobset = one.name;
      for (const api::ObjectPtr& object : one.objects)
        if (object->kind() == api::Kind::kJobSet) jobset = object->meta.name;
      if (!jobset.empty() && !jobsets.insert(jobset).second)
        at(one.origin, api::plainError("Duplicate", fmt::format("{}: another workload has a JobSet called {}, too: "
                                                                "behaviours could not tell them apart",
                                                                one.origin.field, jobset)));
    }
    std::set<std::string> queues;
    for (const Queue& queue : plan.queues) {
      if (!queues.insert(queue.name).second)
        at(queue.origin, api::duplicateValue(queue.origin.field + ".name", api::quoted(queue.name)));
    }
    for (const Workload& one : plan.workloads) checkQueue(one);
    for (const Level& level : plan.levels) knownWorkload(level.origin, level.workload);
    const bool spares =
        std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const NodeType& type) { return type.spares.has_value(); });
    if (plan.levels.empty() && !spares) reader_.missing(spec, "serviceLevels", "what the nodes are to reach");
    if (plan.workloads.empty() && !plan.levels.empty()) reader_.missing(spec, "workloads", "what is submitted");
  }

  void checkQueue(const Workload& workload) {
    if (workload.queue.empty()) return;
    if (!out_.plan.queue(workload.queue)) {
      std::vector<std::string> known;
      for (const Queue& one : out_.plan.queues) known.push_back(one.name);
      return unknownName(workload.origin, "queue", workload.queue, known);
    }
    const std::string resource = resourceWithoutQuota(out_.plan, workload);
    if (resource.empty()) return;
    at(workload.origin, api::invalidValue(workload.origin.field + ".queue", api::quoted(workload.queue),
                                          fmt::format("has no nominalQuota for {}, which the Pods ask for: they would "
                                                      "never be admitted",
                                                      resource)));
  }

  void knownWorkload(const api::Error& origin, const std::string& name) {
    if (name.empty() || out_.plan.workload(name)) return;
    std::vector<std::string> known;
    for (const Workload& one : out_.plan.workloads) known.push_back(one.name);
    unknownName(origin, "workload", name, known);
  }

  void unknownName(const api::Error& origin, const char* field, const std::string& name,
                   const std::vector<std::string>& known) {
    api::Error error = api::notFound(fmt::format("{}.{}", origin.field, field), api::quoted(name));
    if (const std::string near = api::nearestName(name, known); !near.empty())
      error.hint = fmt::format("did you mean \"{}\"?", near);
    at(origin, std::move(error));
  }

  void checkPeriod(const Place& spec) {
    CapacityPlan& plan = out_.plan;
    Duration last{};
    for (const Workload& one : plan.workloads) {
      const Arrivals& arrivals = one.arrivals;
      if (arrivals.kind == Arrivals::Kind::kPoisson && plan.arrivals_end == Duration{}) {
        reader_.missing(spec, "period.arrivals", "for how long JobSets arrive");
        return;
      }
      if (!arrivals.times.empty()) last = std::max(last, arrivals.times.back());
      if (!arrivals.rows.empty()) last = std::max(last, arrivals.rows.back().at);
    }
    const bool given = plan.arrivals_end != Duration{};
    if (!given) plan.arrivals_end = last + Duration(1);
    if (given && last >= plan.arrivals_end) late(spec, last);
    for (const Workload& one : plan.workloads) {
      constexpr std::int64_t kJobSetsMost = 1'000'000;
      if (one.arrivals.kind == Arrivals::Kind::kPoisson && one.arrivals.gap > Duration{} &&
          plan.arrivals_end / one.arrivals.gap > kJobSetsMost)
        at(one.origin,
           api::invalidValue(one.origin.field + ".arrivals.meanGap", api::quoted(api::formatDuration(one.arrivals.gap)),
                             fmt::format("more than {} JobSets in one run", kJobSetsMost)));
    }
    if (plan.end == Duration{}) plan.end = plan.arrivals_end * 2 + std::chrono::hours(24);
    if (!reader_.errors.empty()) return;
    const api::TreeNode* period = spec.node.find("period");
    if (plan.warm_up >= plan.arrivals_end)
      reader_.invalid({period ? *period : spec.node, "spec.period"}, "warmUp must end before the arrivals do");
    if (plan.end < plan.arrivals_end)
      reader_.invalid({period ? *period : spec.node, "spec.period"}, "end must not be before the last arrival");
  }

  // Given times and lines of traces beyond the end of arrivals: a part of the trace may be just what is wanted.
  void late(const Place& spec, Duration last) {
    const api::TreeNode* period = spec.node.find("period");
    api::Error warning = api::plainError(
        "Invalid", fmt::format("spec.period.arrivals: the last JobSet would be submitted at {}, which is "
                               "not before arrivals end: what is later is left out",
                               api::formatDuration(last)));
    warning.file = tree_.file;
    warning.line = period ? period->at.line : spec.node.at.line;
    warning.column = period ? period->at.column : spec.node.at.column;
    reader_.warnings.push_back(std::move(warning));
  }

  const api::Tree& tree_;
  Reader reader_;
  PlanRead out_;
};

Change changeOf(const std::string& object, const std::string& pointer, api::TreeNode value) {
  Change out;
  out.place = {object, pointer, false};
  out.text = changeText(out.place, value);
  out.value = std::move(value);
  return out;
}

constexpr const char* kPlan = "CapacityPlan";

// The plan with its traces read from another file.
api::Tree withTrace(api::Tree tree, const std::string& path) {
  if (path.empty()) return tree;
  api::TreeNode file;
  file.kind = api::TreeNode::Kind::kString;
  file.text = path;
  Change change = changeOf(kPlan, "/spec/workloads/*/arrivals/trace/file", std::move(file));
  change.place.only_present = true;
  std::vector<std::size_t> hits(1, 0);
  api::Errors errors;
  applyChanges({change}, tree, hits, errors);
  return tree;
}

// Manifests are changed as documents, wherever they stand.
void changeManifests(const std::vector<Change>& changes, CapacityPlan& plan, std::vector<std::size_t>& hits,
                     api::Errors& errors) {
  for (Workload& workload : plan.workloads) {
    for (api::ObjectPtr& object : workload.objects) {
      api::Tree document{workload.origin.file, api::treeFromJson(api::toJson(*object))};
      const std::vector<std::size_t> before = hits;
      applyChanges(changes, document, hits, errors);
      if (hits == before) continue;
      api::Errors warnings;
      const api::Result<api::ObjectPtr> changed = api::readObject(document, api::Validation::kStrict, warnings);
      if (changed) {
        object = *changed;
      } else {
        errors.insert(errors.end(), changed.errors().begin(), changed.errors().end());
      }
    }
  }
}

void placeAt(const Setting& setting, api::Error& error) {
  error.file = setting.origin.file;
  error.line = setting.origin.line;
  error.column = setting.origin.column;
}

// What a setting has set stands in its line (changes.hpp: a line below 0 tells the change).
void atSettings(const std::vector<Setting>& settings, api::Errors& errors) {
  for (api::Error& error : errors) {
    const auto change = static_cast<std::size_t>(-1 - error.line);
    if (error.line < 0 && change < settings.size()) placeAt(settings[change], error);
  }
}

// So does what no setting could set.
void namedBySettings(const std::vector<Setting>& settings, api::Errors& errors) {
  for (api::Error& error : errors) {
    for (const Setting& setting : settings) {
      if (error.text.find(setting.field.pointer) == std::string::npos && settings.size() > 1) continue;
      placeAt(setting, error);
      error.field = setting.origin.field;
      break;
    }
  }
}

}  // namespace

void readSetting(Reader& reader, const Place& place, Setting& out) {
  out.origin = reader.origin(place);
  reader.object<Setting>(place, kSettingFields, out);
}

PlanRead readCapacityPlan(const api::Tree& tree, const PlanReadOptions& options) {
  const api::Tree traced = withTrace(tree, options.trace);
  PlanRead read = PlanReader(traced, options).read();
  const bool has_trace = std::any_of(read.plan.workloads.begin(), read.plan.workloads.end(),
                                     [](const Workload& one) { return one.arrivals.kind == Arrivals::Kind::kTrace; });
  if (!options.trace.empty() && !has_trace)
    read.errors.push_back(api::plainError("Invalid", fmt::format("no workload of the plan has a trace that {} could "
                                                                 "take the place of",
                                                                 options.trace)));
  if (!read.errors.empty()) return read;
  // Each value of each setting alone must make a plan, too: rather now than in the middle of the search.
  std::vector<std::size_t> chosen(read.plan.settings.size(), 0);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (std::size_t k = 0; k < read.plan.settings[i].values.size(); ++k) {
      chosen[i] = k;
      PlanRead changed = withSettings(tree, options, chosen);
      if (changed.errors.empty()) continue;
      read.errors = std::move(changed.errors);
      return read;
    }
    chosen[i] = 0;
  }
  return read;
}

PlanRead withSettings(const api::Tree& tree, const PlanReadOptions& options, const std::vector<std::size_t>& chosen) {
  api::Tree changed = withTrace(tree, options.trace);
  const std::vector<Setting> settings = PlanReader(changed, options).read().plan.settings;
  std::vector<Change> changes;
  for (std::size_t i = 0; i < settings.size() && i < chosen.size(); ++i) {
    const FieldPlace& field = settings[i].field;
    changes.push_back(
        changeOf(field.object.empty() ? kPlan : field.object, field.pointer, settings[i].values[chosen[i]].second));
  }
  std::vector<std::size_t> hits(changes.size(), 0);
  api::Errors errors;
  applyChanges(changes, changed, hits, errors);
  PlanRead read = PlanReader(changed, options).read();
  changeManifests(changes, read.plan, hits, errors);
  std::vector<std::string> objects = {kPlan};
  for (const Workload& workload : read.plan.workloads) objects.push_back("JobSet/" + jobSetName(workload));
  for (api::Error& error : withoutHit(changes, hits, objects)) errors.push_back(std::move(error));
  namedBySettings(settings, errors);
  read.errors.insert(read.errors.end(), errors.begin(), errors.end());
  atSettings(settings, read.errors);
  return read;
}

FieldTexts planFields() {
  FieldTexts out;
  addFields<CapacityPlan>(out, "CapacityPlan", kRootFields);
  addFields<CapacityPlan>(out, "Spec", kSpecFields);
  addNodeTypeFields(out);
  addQueueFields(out);
  addWorkloadFields(out);
  addFields<Setting>(out, "Setting", kSettingFields);
  addFields<CapacityPlan>(out, "Period", kPeriodFields);
  addFields<CapacityPlan>(out, "Search", kSearchFields);
  return out;
}

}  // namespace jobset_twin::scenarios::planning
