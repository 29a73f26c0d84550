#include "scenarios/plan_actions.hpp"

#include <map>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "engine/jobset/jobset_defaults.hpp"
#include "scenarios/expectations.hpp"
#include "scenarios/read_parts.hpp"
#include "sim/cluster/nodes/kubectl.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

api::DeleteOptions deleteOptions(const Action& action) {
  api::DeleteOptions options;
  options.propagation = api::Propagation::kBackground;  // as kubectl: the server's default would orphan (K-JOB-82)
  if (action.propagation == "Foreground") options.propagation = api::Propagation::kForeground;
  if (action.propagation == "Orphan") options.propagation = api::Propagation::kOrphan;
  options.gracePeriodSeconds = action.grace_seconds;
  return options;
}

api::Request mergeRequest(const api::ObjectKey& key, json body) {
  return api::patchRequest(key, api::MergePatch{api::Raw(std::move(body))});
}

api::Request evictRequest(const api::ObjectKey& key, const Action& action) {
  api::Request request;
  request.verb = api::Verb::kEvict;
  request.key = key;
  request.delete_options.gracePeriodSeconds = action.grace_seconds;
  return request;
}

cluster::DrainOptions drainOptions(const Action& action) {
  cluster::DrainOptions options;
  options.grace_seconds = action.grace_seconds;
  const json& given = action.patch.get();
  if (!given.is_object()) return options;
  options.force = given.value("force", false);
  options.delete_empty_dir_data = given.value("deleteEmptyDirData", false);
  if (given.contains("timeout")) {
    const api::Result<Duration> timeout = api::parseDuration(given.at("timeout").get<std::string>());
    TWIN_ASSERT(timeout.ok(), "the reader checked the time", action.target);
    options.timeout = *timeout;
  }
  return options;
}

api::Request taintRequest(const api::ObjectKey& key, const Action& action) {
  std::vector<api::Taint> added;
  std::vector<cluster::TaintName> removed;
  const json& given = action.patch.get();
  const auto text = [](const json& taint, const char* name) { return taint.value(name, std::string()); };
  for (const json& taint : given.value("add", json::array()))
    added.push_back({text(taint, "key"), text(taint, "value"), text(taint, "effect"), std::nullopt});
  for (const json& taint : given.value("remove", json::array()))
    removed.push_back({text(taint, "key"), text(taint, "effect")});
  return cluster::taintCommand(key.name, added, removed);
}

class Planner {
 public:
  Planner(const Scenario& scenario, RunPlan& plan) : scenario_(scenario), plan_(plan) {}

  void run() {
    for (const Action& action : scenario_.actions) {
      const TimePoint at = kernel::saturatingAdd(plan_.world.start, action.at);
      for (std::size_t i = 0; i < action.objects.size(); ++i) {
        const api::ObjectPtr& object = action.objects[i];
        submitted_[nameOf(*object)] = object;
        names_.insert(nameOf(*object));
        plan_.submissions.push_back({at, api::createRequest(object), action.origins[i]});
      }
      if (action.verb.empty()) continue;
      const std::optional<api::ObjectKey> key = parseTarget(action.target, "default");
      TWIN_ASSERT(key.has_value(), "the reader checked the target", action.target);
      if (action.verb == "delete") {
        add(action, api::deleteRequest(*key, deleteOptions(action)));
      } else if (action.verb == "patch") {
        add(action, mergeRequest(*key, action.patch.get()));
      } else if (action.verb == "scale") {
        scale(action, *key);
      } else if (action.verb == "cordon" || action.verb == "uncordon") {
        add(action, mergeRequest(*key, {{"spec", {{"unschedulable", action.verb == "cordon"}}}}));
      } else if (action.verb == "evict") {
        add(action, evictRequest(*key, action));
      } else if (action.verb == "drain") {
        add(action, cluster::drainCommand(key->name, drainOptions(action)));
      } else if (action.verb == "taint") {
        add(action, taintRequest(*key, action));
      } else {
        add(action, mergeRequest(*key, {{"spec", {{"suspend", action.verb == "suspend"}}}}));
      }
    }
  }

 private:
  void add(const Action& action, api::Request request) {
    plan_.submissions.push_back(
        {kernel::saturatingAdd(plan_.world.start, action.at), std::move(request), action.origin});
  }

  // A JobSet's replicated jobs are a list, and a merge patch has lists whole: it is the manifest's list, as admission
  // completed it (what differs from that is immutable), with the new numbers.
  void scale(const Action& action, const api::ObjectKey& key) {
    if (key.kind == api::Kind::kJob)
      return add(action, mergeRequest(key, {{"spec", {{"parallelism", *action.parallelism}}}}));
    const auto found = submitted_.find(action.target);
    if (found == submitted_.end()) {
      plan_.warnings.push_back(fmt::format("{}: nothing is scaled: {} is not submitted before{}", action.origin,
                                           action.target, nearestHint(action.target, names_)));
      return;
    }
    const api::MutableObjectPtr object = api::edit(found->second);
    jobset::applyDefaults(*object);
    std::vector<api::ReplicatedJob>& jobs = api::as<api::JobSet>(*object).spec.mut().replicatedJobs;
    std::set<std::string> names;
    bool done = false;
    for (api::ReplicatedJob& job : jobs) {
      names.insert(job.name);
      if (job.name != action.replicated_job) continue;
      done = true;
      if (action.replicas) job.replicas = action.replicas;
      if (!action.parallelism) continue;
      api::JobSpec& spec = job.template_.spec.mut();
      if (spec.completions == spec.parallelism) spec.completions = action.parallelism;  // elastic (JS-W9)
      spec.parallelism = action.parallelism;
    }
    if (!done) {
      plan_.warnings.push_back(fmt::format("{}: nothing is scaled: {} has no replicated job {}{}", action.origin,
                                           action.target, action.replicated_job,
                                           nearestHint(action.replicated_job, names)));
      return;
    }
    found->second = object;
    add(action, mergeRequest(key, {{"spec", {{"replicatedJobs", api::toJson(*object)["spec"]["replicatedJobs"]}}}}));
  }

  const Scenario& scenario_;
  RunPlan& plan_;
  std::map<std::string, api::ObjectPtr> submitted_;
  std::set<std::string> names_;
};

}  // namespace

void planActions(const Scenario& scenario, RunPlan& plan) { Planner(scenario, plan).run(); }

}  // namespace jobset_twin::scenarios
