// Workload models against the JobSets that they are for, before the run (docs/workloads.md).
#include <algorithm>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"
#include "scenarios/warnings.hpp"
#include "sim/cluster/kubelet/group_sizes.hpp"
#include "sim/workload/models/model.hpp"

namespace jobset_twin::scenarios {
namespace {

using workload::Behavior;
using workload::ModelSpec;

bool isWanted(const std::string& wanted, std::string_view value) { return wanted.empty() || wanted == value; }

bool isFor(const Behavior& behavior, const api::Object& jobset) {
  const workload::BehaviorMatch& match = behavior.match;
  if (!isWanted(match.namespace_, jobset.meta.namespace_) || !isWanted(match.jobset, jobset.meta.name)) return false;
  const auto& jobs = api::as<api::JobSet>(jobset).spec->replicatedJobs;
  return std::any_of(jobs.begin(), jobs.end(),
                     [&](const api::ReplicatedJob& job) { return isWanted(match.replicated_job, job.name); });
}

class Models {
 public:
  Models(const std::vector<Source>& sources, const Scenario& scenario, const api::Tree* document, api::Errors& errors,
         api::Errors& warnings)
      : sources_(sources), scenario_(scenario), document_(document), errors_(errors), warnings_(warnings) {}

  void check(std::size_t index) {
    index_ = index;
    const Behavior& behavior = scenario_.behaviors[index];
    std::vector<const api::Object*> jobsets;
    for (const Source& source : sources_) {
      const api::Object& object = *source.object;
      if (object.kind() == api::Kind::kJobSet) {
        if (isFor(behavior, object)) jobsets.push_back(&object);
      } else if ((object.kind() == api::Kind::kJob || object.kind() == api::Kind::kPod) && mayBeFor(behavior, object)) {
        warnings_.push_back(at("model", "NotModelled",
                               fmt::format("containers of {} belong to no JobSet: they wait for ever for those that "
                                           "they are to work with",
                                           nameOf(object))));
      }
    }
    if (jobsets.empty()) return;
    if (!checkNames(*behavior.model, jobsets)) return;
    for (const api::Object* jobset : jobsets) checkSizes(*behavior.model, *jobset);
  }

 private:
  static bool mayBeFor(const Behavior& behavior, const api::Object& object) {
    const workload::BehaviorMatch& match = behavior.match;
    return isWanted(match.namespace_, object.meta.namespace_) && match.jobset.empty() && match.replicated_job.empty() &&
           (match.job.empty() || (object.kind() == api::Kind::kJob && match.job == object.meta.name));
  }

  static std::string roleField(const ModelSpec& model, std::size_t role) {
    if (std::holds_alternative<workload::LeaderWorkerSpec>(model.of)) return "model.leaderWorker.leader";
    if (std::holds_alternative<workload::ParameterServerSpec>(model.of)) return "model.parameterServer.servers";
    return fmt::format("model.pipeline.stages[{}].replicatedJob", role);
  }

  // Names of replicated jobs that none of the JobSets has.
  bool checkNames(const ModelSpec& model, const std::vector<const api::Object*>& jobsets) {
    std::vector<std::string> known;
    for (const api::Object* jobset : jobsets) {
      for (const api::ReplicatedJob& job : api::as<api::JobSet>(*jobset).spec->replicatedJobs)
        known.push_back(job.name);
    }
    const std::size_t before = errors_.size();
    for (std::size_t role = 0; role < model.roles.size(); ++role) {
      const std::string& name = model.roles[role];
      const auto here = model.roles.begin() + static_cast<std::ptrdiff_t>(role);
      if (std::find(model.roles.begin(), here, name) != here)
        refuse(roleField(model, role), fmt::format("{}: Duplicate value: {}: a replicated job works in one stage",
                                                   path(roleField(model, role)), api::quoted(name)));
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      refuse(roleField(model, role), noSuchJob(roleField(model, role), name, *jobsets.front(), known));
    }
    for (std::size_t i = 0; i < model.stay.size(); ++i) {
      if (std::find(known.begin(), known.end(), model.stay[i]) != known.end()) continue;
      const std::string field = fmt::format("model.stay[{}]", i);
      refuse(field, noSuchJob(field, model.stay[i], *jobsets.front(), known));
    }
    return errors_.size() == before;
  }

  std::string noSuchJob(std::string_view field, const std::string& name, const api::Object& jobset,
                        const std::vector<std::string>& known) const {
    const std::string nearest = api::nearestName(name, known);
    return fmt::format("{}: Invalid value: {}: {} has no such replicated job{}", path(field), api::quoted(name),
                       nameOf(jobset), nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest));
  }

  // Its containers are numbered by their completion indexes, and have a role.
  void checkJob(const ModelSpec& model, const api::Object& jobset, const api::ReplicatedJob& job) {
    const std::int32_t members =
        cluster::membersIn(jobset, job, scenario_.behaviors, static_cast<std::int32_t>(index_));
    if (members == 0) return;
    const api::JobSpec& spec = *job.template_.spec;
    if (spec.completionMode == "NonIndexed" && members > job.replicas.value_or(1))
      refuse("model",
             fmt::format("{}: Invalid value: the Pods of replicated job {} of {} have no indexes, and containers that "
                         "work together are numbered by them",
                         path("model"), job.name, nameOf(jobset)),
             "completionMode: Indexed, which is what JobSets give their Jobs by default");
    if (std::holds_alternative<workload::PipelineSpec>(model.of) &&
        std::find(model.roles.begin(), model.roles.end(), job.name) == model.roles.end())
      refuse("model.pipeline.stages",
             fmt::format("{}: Invalid value: this behaviour matches replicated job {} of {}, and no stage has it",
                         path("model.pipeline.stages"), job.name, nameOf(jobset)),
             "narrow `match`, or add a stage");
  }

  void checkSizes(const ModelSpec& model, const api::Object& jobset) {
    const auto index = static_cast<std::int32_t>(index_);
    for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs)
      checkJob(model, jobset, job);
    const std::vector<std::int32_t> sizes = cluster::groupSizes(jobset, scenario_.behaviors, index);
    const std::string name = nameOf(jobset);
    for (std::size_t role = 0; role < model.roles.size(); ++role) {
      if (sizes[role] > 0) continue;
      refuse(roleField(model, role),
             fmt::format("{}: Invalid value: {}: no behaviour with this model matches its containers in {}",
                         path(roleField(model, role)), api::quoted(model.roles[role]), name));
    }
    if (const auto* leader = std::get_if<workload::LeaderWorkerSpec>(&model.of)) {
      if (sizes[0] > 1)
        refuse("model.leaderWorker.leader",
               fmt::format("{}: Invalid value: {}: has {} Pods in {}, and there is one leader",
                           path("model.leaderWorker.leader"), api::quoted(model.roles[0]), sizes[0], name));
      if (sizes[1] == 0) refuse("model.leaderWorker", nobody("a worker", name, "model.leaderWorker"));
      if (leader->elastic) checkElastic(jobset);
    } else if (const auto* servers = std::get_if<workload::ParameterServerSpec>(&model.of)) {
      if (sizes[1] == 0) refuse("model.parameterServer", nobody("a worker", name, "model.parameterServer"));
      if (servers->backups > 0 && servers->backups >= sizes[1])
        refuse("model.parameterServer.backups",
               fmt::format("{}: Invalid value: {}: must be less than the {} workers of {}",
                           path("model.parameterServer.backups"), servers->backups, sizes[1], name));
    }
  }

  void checkElastic(const api::Object& jobset) {
    const std::string field = "model.leaderWorker.elastic";
    if (!scenario_.feature_gates.ElasticJobSet) {
      refuse(field,
             fmt::format("{}: Forbidden: needs the feature gate ElasticJobSet, without which the API server "
                         "refuses to change the numbers of a JobSet",
                         path(field)),
             "spec.featureGates: {ElasticJobSet: true}");
      return;
    }
    const auto at_job = cluster::elasticJobOf(jobset, scenario_.behaviors, static_cast<std::int32_t>(index_));
    if (!at_job) return;
    const api::ReplicatedJob& job = api::as<api::JobSet>(jobset).spec->replicatedJobs[*at_job];
    const api::JobSpec& spec = *job.template_.spec;
    if (spec.parallelism == spec.completions) return;
    refuse(field, fmt::format("{}: Forbidden: parallelism and completions of replicated job {} of {} must be equal to "
                              "be changed while it runs",
                              path(field), job.name, nameOf(jobset)));
  }

  std::string nobody(std::string_view what, const std::string& jobset, std::string_view field) const {
    return fmt::format("{}: Invalid value: no container of {} that this model matches is {}", path(field), jobset,
                       what);
  }

  std::string path(std::string_view field) const { return fmt::format("spec.behaviors[{}].{}", index_, field); }

  api::Error at(std::string_view field, std::string code, std::string text) const {
    api::Error out = api::plainError(std::move(code), std::move(text));
    out.field = path(field);
    if (document_ == nullptr) return out;
    const api::Position position = api::locate(document_->root, out.field);
    out.file = document_->file;
    out.line = position.line;
    out.column = position.column;
    return out;
  }

  // Once, also when several JobSets or behaviours with one model say the same.
  void refuse(std::string_view field, std::string text, std::string hint = {}) {
    api::Error error = at(field, "Invalid", std::move(text));
    error.hint = std::move(hint);
    if (std::find(errors_.begin(), errors_.end(), error) == errors_.end()) errors_.push_back(std::move(error));
  }

  const std::vector<Source>& sources_;
  const Scenario& scenario_;
  const api::Tree* document_;
  api::Errors& errors_;
  api::Errors& warnings_;
  std::size_t index_ = 0;
};

}  // namespace

void checkModels(const std::vector<Source>& sources, const Scenario& scenario, const api::Tree* document,
                 api::Errors& errors, api::Errors& warnings) {
  Models models(sources, scenario, document, errors, warnings);
  for (std::size_t i = 0; i < scenario.behaviors.size(); ++i) {
    const auto first = cluster::firstWithSameModel(scenario.behaviors, static_cast<std::int32_t>(i));
    if (scenario.behaviors[i].model && first == static_cast<std::int32_t>(i)) models.check(i);
  }
}

}  // namespace jobset_twin::scenarios
