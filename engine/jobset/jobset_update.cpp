// The update half of jobset_validation.hpp: what of a stored JobSet may change (JS-W9).
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "engine/jobset/conditions.hpp"
#include "engine/jobset/jobset_validation.hpp"
#include "engine/jobset/validation_errors.hpp"

namespace jobset_twin::jobset {
namespace {

const api::ReplicatedJob* find(const api::JobSetSpec& spec, std::string_view name) {
  const auto at = std::find_if(spec.replicatedJobs.begin(), spec.replicatedJobs.end(),
                               [&](const api::ReplicatedJob& job) { return job.name == name; });
  return at == spec.replicatedJobs.end() ? nullptr : &*at;
}

bool isTerminal(const api::JobSetStatus& status) {
  return api::conditionIs(status.conditions, kCompleted, "True") ||
         api::conditionIs(status.conditions, kFailed, "True");
}

// Counts may change together; then they are as of old for the comparison.
void allowScaling(const api::JobSpec& old_job, bool terminal, const std::string& path, api::ReplicatedJob& fresh,
                  api::Errors& errors) {
  const api::JobSpec& job = *fresh.template_.spec;
  if (job.completionMode != "Indexed") return;
  const bool parallelism_changed = job.parallelism != old_job.parallelism,
             completions_changed = job.completions != old_job.completions;
  if (!parallelism_changed && !completions_changed) return;
  if (terminal) {
    errors.push_back(api::forbiddenField(
        path, "Cannot mutate parallelism or completions when JobSet is in a terminal state (Completed or Failed)"));
  } else {
    if (parallelism_changed && job.parallelism && *job.parallelism < 1) {
      errors.push_back(
          invalidField(path + ".parallelism", std::to_string(*job.parallelism), "parallelism must be >= 1"));
    }
    if (completions_changed && job.completions && *job.completions < 1) {
      errors.push_back(
          invalidField(path + ".completions", std::to_string(*job.completions), "completions must be >= 1"));
    }
    if (job.parallelism && job.completions && *job.parallelism != *job.completions) {
      errors.push_back(invalidField(path + ".completions", std::to_string(*job.completions),
                                    "completions must be equal to parallelism for Elastic Indexed Jobs"));
    }
  }
  api::JobSpec& masked = fresh.template_.spec.mut();
  masked.parallelism = old_job.parallelism;
  masked.completions = old_job.completions;
}

// While suspended, what Kueue changes may change; it is as of old for the comparison.
void allowTemplate(const api::JobSpec& old_job, api::ReplicatedJob& fresh) {
  const api::PodTemplateSpec& old_template = old_job.template_;
  api::PodTemplateSpec& masked = fresh.template_.spec.mut().template_;
  masked.metadata.labels = old_template.metadata.labels;
  masked.metadata.annotations = old_template.metadata.annotations;
  api::PodSpec& pod = masked.spec.mut();
  pod.nodeSelector = old_template.spec->nodeSelector;
  pod.tolerations = old_template.spec->tolerations;
  pod.schedulingGates = old_template.spec->schedulingGates;
}

}  // namespace

api::Errors validateUpdate(const api::Object& old_object, const api::Object& new_object, const FeatureGates& gates) {
  const api::JobSet& old_jobset = api::as<api::JobSet>(old_object);
  const api::JobSetSpec& old_spec = *old_jobset.spec;
  const api::JobSetSpec& new_spec = *api::as<api::JobSet>(new_object).spec;
  const bool suspended = old_spec.suspend.value_or(false) || new_spec.suspend.value_or(false);
  api::Errors errors;
  std::vector<api::ReplicatedJob> masked = new_spec.replicatedJobs;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    const api::ReplicatedJob* old_job = find(old_spec, masked[i].name);
    if (!old_job) continue;
    if (gates.ElasticJobSet) {
      allowScaling(*old_job->template_.spec, isTerminal(old_jobset.status),
                   fmt::format("spec.replicatedJobs[{}].template.spec", i), masked[i], errors);
    }
    if (suspended) allowTemplate(*old_job->template_.spec, masked[i]);
  }
  const bool same = std::equal(masked.begin(), masked.end(), old_spec.replicatedJobs.begin(),
                               old_spec.replicatedJobs.end(), sameReplicatedJob);
  if (!same) errors.push_back(invalidField("spec.replicatedJobs", jsonOf(masked), "field is immutable"));
  if (new_spec.managedBy != old_spec.managedBy) {
    errors.push_back(invalidField("spec.managedBy", new_spec.managedBy ? api::quoted(*new_spec.managedBy) : "null",
                                  "field is immutable"));
  }
  return errors;
}

}  // namespace jobset_twin::jobset
