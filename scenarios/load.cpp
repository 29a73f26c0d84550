#include "scenarios/load.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "scenarios/changes.hpp"
#include "scenarios/default_cluster.hpp"
#include "scenarios/default_storage.hpp"
#include "scenarios/fault_targets.hpp"
#include "scenarios/feature_gates.hpp"
#include "scenarios/plan_actions.hpp"
#include "scenarios/read_scenario.hpp"
#include "scenarios/timing_profile.hpp"
#include "scenarios/warnings.hpp"
#include "sim/cluster/kubernetes_gates.hpp"

namespace jobset_twin::scenarios {
namespace {

void append(api::Errors& to, const api::Errors& from) { to.insert(to.end(), from.begin(), from.end()); }

api::Error at(const api::Tree& tree, api::Error error) {
  error.file = tree.file;
  error.line = tree.root.at.line;
  error.column = tree.root.at.column;
  return error;
}

class Loader {
 public:
  Loader(const LoadOptions& options, const std::function<std::optional<std::string>(const std::string&)>& read)
      : options_(options), read_(read) {
    out_.scenario.timing = usualTiming();
  }

  Loaded run(const std::vector<InputFile>& files) {
    load(files);
    tellWhatSet(changes_, out_.errors);
    return std::move(out_);
  }

 private:
  void load(const std::vector<InputFile>& files) {
    readChanges(files);
    Action given;  // the manifests beside the scenario, submitted at once
    for (const InputFile& file : files) take(file, given);
    readScenarioDocument();
    std::erase_if(out_.scenario.actions, [&](Action& action) { return loadApplied(action); });
    append(out_.errors, withoutHit(changes_, hits_, objects_));
    readFaults();
    if (!given.objects.empty()) out_.scenario.actions.insert(out_.scenario.actions.begin(), std::move(given));
    collect();
    checkNames();
    applyOptions();
    if (!out_.errors.empty()) return;
    deriveNodes();
    checkCommands(sources_, out_.scenario, out_.errors, out_.warnings);
    checkFaultTargets(sources_, out_.scenario, out_.errors);
    checkModels(sources_, out_.scenario, scenario_tree_ ? &*scenario_tree_ : nullptr, out_.errors, out_.warnings);
    if (!out_.errors.empty()) return;
    checkKinds(sources_, out_.warnings);
    checkJobSets(sources_, out_.warnings);
    const Presence presence = amongst(sources_);
    checkReferences(sources_, presence, out_.warnings);
    checkKueue(sources_, out_.warnings);
    checkSchedulers(sources_, out_.scenario, out_.warnings);
    checkBehaviors(sources_, out_.scenario, out_.warnings);
    checkGangs(sources_, out_.scenario, presence, out_.errors, out_.warnings);
    tellWhatSet(changes_, out_.warnings);
    makePlan();
  }

  // By name they go to wherever the documents have such a field.
  void readChanges(const std::vector<InputFile>& files) {
    for (const std::string& text : options_.changes) {
      api::Result<Change> change = parseChange(text);
      if (change && !change->place.pointer.empty()) {
        changes_.push_back(std::move(*change));
        continue;
      }
      if (!change) {
        append(out_.errors, change.errors());
        continue;
      }
      const api::Result<std::vector<FieldPlace>> places = placesOf(change->place.object, documentsOf(files, read_));
      if (!places) {
        append(out_.errors, places.errors());
        continue;
      }
      for (const FieldPlace& place : *places) changes_.push_back({place, change->value, text});
    }
    hits_.resize(changes_.size());
  }

  // A change by name that has several places need not find all of them.
  void edit(api::Tree& document, api::Errors& errors) {
    if (changes_.empty()) return;
    const api::TreeNode* meta = document.root.find("metadata");
    objects_.push_back(fmt::format("{}/{}", document.root.stringAt("kind"), meta ? meta->stringAt("name") : ""));
    applyChanges(changes_, document, hits_, errors);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      for (std::size_t k = 0; k < changes_.size(); ++k) {
        if (hits_[i] > 0 && changes_[k].text == changes_[i].text) hits_[k] = std::max<std::size_t>(hits_[k], 1);
      }
    }
  }

  void take(const InputFile& file, Action& into) {
    texts_.push_back(file.text);
    const std::string* text = &texts_.back();
    Manifests manifests = readManifests(file, options_.validation, options_.default_namespace,
                                        [this](api::Tree& tree, api::Errors& errors) { edit(tree, errors); });
    append(out_.errors, manifests.errors);
    append(out_.warnings, manifests.warnings);
    for (std::size_t i = 0; i < manifests.objects.size(); ++i) {
      into.objects.push_back(manifests.objects[i]);
      into.origins.push_back(manifests.origins[i]);
      documents_.push_back(std::move(manifests.trees[i]));
      document_of_[manifests.objects[i].get()] = {&documents_.back(), text};
    }
    for (api::Tree& own : manifests.own) own_.push_back(std::move(own));
  }

  void readScenarioDocument() {
    const api::Tree* scenario = nullptr;
    for (const api::Tree& tree : own_) {
      const std::string_view kind = tree.root.stringAt("kind");
      if (kind == "Fault") continue;
      if (kind != "Scenario") {
        api::Error error = at(
            tree,
            api::plainError("NotSupported", fmt::format("kind \"{}\" of {} cannot be run: only Scenario and Fault can",
                                                        kind, tree.root.stringAt("apiVersion"))));
        if (kind == "Study") error.hint = "jobset-twin whatif runs studies";
        if (kind == "CapacityPlan") error.hint = "jobset-twin plan takes capacity plans";
        out_.errors.push_back(std::move(error));
      } else if (scenario != nullptr) {
        api::Error error = api::plainError("Duplicate", fmt::format("a second Scenario: the first is at {}:{}",
                                                                    scenario->file, scenario->root.at.line));
        error.hint = "a run has one Scenario at most; it may be accompanied by any number of manifests";
        out_.errors.push_back(at(tree, std::move(error)));
      } else {
        scenario = &tree;
      }
    }
    if (scenario == nullptr) return;
    ScenarioRead read = readScenario(*scenario, options_.validation, options_.default_namespace, read_);
    append(out_.errors, read.errors);
    append(out_.warnings, read.warnings);
    out_.scenario = std::move(read.scenario);
    scenario_file_ = scenario->file;
    scenario_tree_ = *scenario;
  }

  // Documents of kind Fault, and --fault: a line each of a file of that name.
  void readFaults() {
    std::vector<faults::Fault>& all = out_.scenario.faults;
    const auto keep = [&](Reader& reader, faults::Fault fault) {
      append(out_.warnings, reader.warnings);
      if (reader.errors.empty()) all.push_back(std::move(fault));
      append(out_.errors, reader.errors);
    };
    for (const api::Tree& tree : own_) {
      if (tree.root.stringAt("kind") != "Fault") continue;
      Reader reader({tree.file, options_.validation, options_.default_namespace, read_});
      faults::Fault fault;
      readFaultDocument(reader, {tree.root, ""}, fault);
      keep(reader, std::move(fault));
    }
    for (std::size_t i = 0; i < options_.faults.size(); ++i) {
      Reader reader({"--fault", options_.validation, options_.default_namespace, read_});
      api::TreeNode text;
      text.kind = api::TreeNode::Kind::kString;
      text.text = options_.faults[i];
      text.at = {static_cast<int>(i) + 1, 1};
      faults::Fault fault;
      readFault(reader, {text, ""}, fault);
      keep(reader, std::move(fault));
    }
    nameFaults(all, out_.errors);
    resolveCrews(out_.scenario, out_.errors);
  }

  // True: it held faults only, and there is nothing to submit.
  bool loadApplied(Action& action) {
    if (action.apply.empty()) return false;
    const std::string path = besides(scenario_file_, action.apply);
    const std::optional<std::string> text = read_ ? read_(path) : std::nullopt;
    if (!text) {
      api::Error error = action.place;
      error.field += ".apply";
      error.code = "NotFound";
      error.text =
          fmt::format("{}: Invalid value: {}: {} cannot be read", error.field, api::quoted(action.apply), path);
      out_.errors.push_back(std::move(error));
      return false;
    }
    const auto before = static_cast<std::ptrdiff_t>(own_.size());
    take({path, *text}, action);
    const auto isFault = [](const api::Tree& tree) { return tree.root.stringAt("kind") == "Fault"; };
    const auto end = std::stable_partition(own_.begin() + before, own_.end(), isFault);
    for (auto other = end; other != own_.end(); ++other) {
      out_.errors.push_back(
          at(*other, api::plainError("Forbidden", "a file that a Scenario applies holds manifests and Faults only")));
    }
    own_.erase(end, own_.end());
    const bool faults = own_.begin() + before != own_.end();
    if (faults && action.at != Duration::zero()) {
      api::Error error = at(own_.back(), api::plainError("Forbidden", "a file of Faults is applied at the start only"));
      error.hint = "each Fault says by itself when it begins";
      out_.errors.push_back(std::move(error));
    }
    return faults && action.objects.empty();
  }

  void collect() {
    for (const Action& action : out_.scenario.actions) {
      for (std::size_t i = 0; i < action.objects.size(); ++i) {
        Source source{action.objects[i], action.origins[i], nullptr, nullptr, action.at};
        if (const auto found = document_of_.find(action.objects[i].get()); found != document_of_.end()) {
          source.document = found->second.first;
          source.text = found->second.second;
        }
        sources_.push_back(std::move(source));
      }
    }
  }

  // The same object twice: the second would be refused, unless the first is deleted in between.
  void checkNames() {
    std::map<api::ObjectKey, const Source*> first;
    for (const Source& source : sources_) {
      if (source.object->meta.name.empty()) continue;
      const auto [found, added] = first.emplace(api::keyOf(*source.object), &source);
      if (added) continue;
      const Source& earlier = *found->second;
      const bool deleted =
          std::any_of(out_.scenario.actions.begin(), out_.scenario.actions.end(), [&](const Action& action) {
            return action.verb == "delete" && action.target == nameOf(*source.object) && action.at >= earlier.at &&
                   action.at <= source.at;
          });
      found->second = &source;
      if (deleted) continue;
      api::Error error = api::plainError(
          "Duplicate", fmt::format("{} is given twice: the first is at {}", nameOf(*source.object), earlier.origin));
      if (source.document != nullptr) {
        error = at(*source.document, std::move(error));
      } else {
        error.file = source.origin;
      }
      out_.errors.push_back(std::move(error));
    }
  }

  void applyOptions() {
    Scenario& scenario = out_.scenario;
    if (const std::string problem = parseGates(options_.feature_gates, scenario); !problem.empty())
      out_.errors.push_back(api::plainError("Invalid", "--feature-gates: " + problem));
    if (!options_.kubernetes_version.empty()) scenario.kubernetes_version = options_.kubernetes_version;
    if (const std::string problem = gatesProblem(scenario); !problem.empty())
      out_.errors.push_back(api::plainError("Invalid", problem));
    if (cluster::kubernetesMinor(scenario.kubernetes_version) == 0) {
      api::Error error = api::unsupportedValue("--kubernetes-version", api::quoted(scenario.kubernetes_version),
                                               {"1.34", "1.35", "1.36"});
      error.field.clear();
      out_.errors.push_back(std::move(error));
    }
    if (options_.seed) scenario.seed = options_.seed;
    if (!scenario.seed) scenario.seed = 1;
    if (options_.until) scenario.duration = options_.until;
  }

  void deriveNodes() {
    Scenario& scenario = out_.scenario;
    if (!scenario.node_pools.empty()) {
      if (options_.nodes) scenario.node_pools.front().count = *options_.nodes;
      return;
    }
    std::vector<api::ObjectPtr> objects;
    bool nodes = false;
    for (const Source& source : sources_) {
      objects.push_back(source.object);
      nodes = nodes || source.object->kind() == api::Kind::kNode;
    }
    if (nodes && !options_.nodes) return;  // the manifests bring their own
    DefaultCluster cluster = deriveCluster(objects, options_.nodes);
    scenario.node_pools = std::move(cluster.pools);
    out_.invented = std::move(cluster.invented);
  }

  void makePlan() {
    const Scenario& scenario = out_.scenario;
    RunPlan& plan = out_.plan;
    plan.world.seed = *scenario.seed;
    if (options_.start) plan.world.start = *options_.start;
    if (scenario.start_time) plan.world.start = *scenario.start_time;
    plan.world.timing = scenario.timing;
    plan.world.kubernetes_minor = cluster::kubernetesMinor(scenario.kubernetes_version);
    plan.world.jobset = {scenario.feature_gates, scenario.quirks, scenario.cluster_domain};
    plan.world.scheduler = scenario.scheduler;
    plan.world.short_names = scenario.short_names;
    plan.world.kueue = scenario.kueue;
    plan.world.kueue.present = hasKueue(sources_);
    plan.world.kubelet.behaviors = scenario.behaviors;
    plan.world.kubelet.default_run_time = scenario.default_run_time;
    plan.world.kubelet.default_exit_code = scenario.default_exit_code;
    plan.world.kubelet.image_bytes = scenario.image_bytes;
    plan.until = scenario.duration;
    plan.expectations = scenario.expectations;
    plan.faults = scenario.faults;
    checkThresholds(sources_, scenario, out_.warnings);
    for (const api::Error& warning : out_.warnings) plan.warnings.push_back(api::describe(warning));
    addNamespaces();
    addStorage();
    for (const api::ObjectPtr& node : makeNodes(scenario.node_pools, plan.world.start)) plan.setup.push_back(node);
    planActions(scenario, plan);
  }

  void addStorage() {
    std::vector<api::ObjectPtr> objects;
    for (const Source& source : sources_) objects.push_back(source.object);
    for (const api::ObjectPtr& storage : deriveStorage(objects)) {
      out_.plan.setup.push_back(storage);
      out_.invented.push_back(
          fmt::format("StorageClass {} (volumes are provisioned when the first Pod that uses them has a node)",
                      storage->meta.name));
    }
  }

  void addNamespaces() {
    std::set<std::string> wanted, there = {"default", "kube-system", "kube-public", "kube-node-lease"};
    for (const Source& source : sources_) {
      const api::Object& object = *source.object;
      if (!object.meta.namespace_.empty()) wanted.insert(object.meta.namespace_);
      if (api::kindNameOf(object) == "Namespace" && source.at == Duration::zero()) there.insert(object.meta.name);
    }
    for (const std::string& name : wanted) {
      if (there.contains(name)) continue;
      api::Generic body;
      body.apiVersion = "v1";
      body.kind = "Namespace";
      const api::MutableObjectPtr made = api::makeObject(std::move(body));
      made->meta.name = name;
      out_.plan.setup.push_back(made);
      out_.invented.push_back(fmt::format("namespace {}", name));
    }
  }

  const LoadOptions& options_;
  const std::function<std::optional<std::string>(const std::string&)>& read_;
  Loaded out_;
  std::vector<Change> changes_;
  std::vector<std::size_t> hits_;
  std::vector<std::string> objects_;  // of the documents, for hints
  std::deque<std::string> texts_;
  std::deque<api::Tree> documents_;
  std::vector<api::Tree> own_;
  std::map<const api::Object*, std::pair<const api::Tree*, const std::string*>> document_of_;  // looked up only
  std::vector<Source> sources_;
  std::string scenario_file_;
  std::optional<api::Tree> scenario_tree_;
};

}  // namespace

Loaded load(const std::vector<InputFile>& files, const LoadOptions& options,
            const std::function<std::optional<std::string>(const std::string& path)>& read) {
  return Loader(options, read).run(files);
}

}  // namespace jobset_twin::scenarios
