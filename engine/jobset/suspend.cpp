#include "engine/jobset/suspend.hpp"

#include <algorithm>

#include "engine/jobset/depends_on.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/startup_policy.hpp"

namespace jobset_twin::jobset {
namespace {

// Go compares the pointers: two tolerations with seconds are never the same (JS-O5).
bool same(const api::Toleration& a, const api::Toleration& b) {
  return !a.tolerationSeconds && !b.tolerationSeconds && a == b;
}
bool same(const api::NamedRef& a, const api::NamedRef& b) { return a == b; }

// The members of both, each once, the existing first (upstream's order is random; spec/jobset.md section 15).
template <class T>
std::vector<T> unite(const std::vector<T>& existing, const std::vector<T>& added) {
  std::vector<T> out;
  for (const std::vector<T>* list : {&existing, &added}) {
    for (const T& item : *list) {
      if (std::none_of(out.begin(), out.end(), [&](const T& o) { return same(o, item); })) out.push_back(item);
    }
  }
  return out;
}

// The Job as this pass knows it: the cached one, or what an elastic patch before made of it.
StepRequest updateOf(const api::Object& job, api::JobSpec spec, const Scaling& scaling, std::size_t& next_scaled) {
  const api::MutableObjectPtr object = api::edit(job);
  StepRequest request;
  const auto at = std::find_if(scaling.jobs.begin() + static_cast<std::ptrdiff_t>(next_scaled), scaling.jobs.end(),
                               [&](const ScaledJob& scaled) { return scaled.job == &job; });
  if (at != scaling.jobs.end()) {
    next_scaled = static_cast<std::size_t>(at - scaling.jobs.begin());
    if (at->parallelism) spec.parallelism = at->parallelism;
    if (at->completions) spec.completions = at->completions;
    request.resource_version_from = at->request;
    request.resource_version_from_step = scaling.step;
  }
  api::as<api::Job>(*object).spec = api::Shared<api::JobSpec>(std::move(spec));
  request.request = api::updateRequest(object);
  return request;
}

StepRequest statusWithoutStart(const StepRequest& update) {
  const api::MutableObjectPtr object = api::edit(update.request.object);
  api::as<api::Job>(*object).status.startTime.reset();
  StepRequest request;
  request.request = api::updateStatusRequest(object);
  request.resource_version_from = update.resource_version_from;
  request.resource_version_from_step = update.resource_version_from_step;
  return request;
}

void planResumeOne(const api::Object& job, const api::PodTemplateSpec& pod_template, const Scaling& scaling,
                   Step& step) {
  std::size_t from = 0;
  StepRequest update = updateOf(job, resumedSpec(*api::as<api::Job>(job).spec, pod_template), scaling, from);
  if (api::as<api::Job>(job).status.startTime) {  // the template of a started Job is immutable
    step.requests.push_back(statusWithoutStart(update));
    update.resource_version_from = step.requests.size() - 1;
    update.resource_version_from_step.reset();
    update.request.object = api::edit(step.requests.back().request.object);
  }
  step.requests.push_back(std::move(update));
}

}  // namespace

api::JobSpec resumedSpec(const api::JobSpec& job, const api::PodTemplateSpec& pod_template) {
  api::JobSpec out = job;
  out.template_.metadata.labels.setAll(pod_template.metadata.labels);
  out.template_.metadata.annotations.setAll(pod_template.metadata.annotations);
  const api::PodSpec& wanted = *pod_template.spec;
  api::PodSpec& pod = out.template_.spec.mut();
  pod.nodeSelector.setAll(wanted.nodeSelector);
  pod.tolerations = unite(pod.tolerations, wanted.tolerations);
  pod.schedulingGates = unite(pod.schedulingGates, wanted.schedulingGates);
  out.suspend = false;
  return out;
}

void planSuspend(const ChildJobs& children, const Scaling& scaling, StatusDraft& draft, Plan& plan) {
  Step step;
  step.name = "suspend Jobs";
  step.mode = StepMode::kSequence;
  std::size_t next_scaled = 0;
  for (const api::Object* object : children.active) {
    const api::Job& job = api::as<api::Job>(*object);
    if (isSuspended(job)) continue;
    api::JobSpec spec = *job.spec;
    spec.suspend = true;
    step.requests.push_back(updateOf(*object, std::move(spec), scaling, next_scaled));
  }
  if (!step.requests.empty()) plan.steps.push_back(std::move(step));
  setSuspended(draft);
}

void planResume(const ReplicatedJobIndex& index, const StatusView& statuses, const ChildJobs& children,
                const Scaling& scaling, StatusDraft& draft, Plan& plan) {
  const api::JobSetSpec& spec = *api::as<api::JobSet>(draft.jobset).spec;
  std::vector<std::vector<const api::Object*>> suspended(spec.replicatedJobs.size());
  for (const api::Object* object : children.suspended) {
    const std::size_t at = index.find(object->meta.labels.get(kReplicatedJobNameKey));
    if (at != ReplicatedJobIndex::kNone) suspended[at].push_back(object);
  }
  Step step;
  step.name = "resume Jobs";
  step.mode = StepMode::kSequence;
  bool stopped = false;
  for (std::size_t i = 0; i < spec.replicatedJobs.size() && !stopped; ++i) {
    const api::ReplicatedJob& replicated_job = spec.replicatedJobs[i];
    if (!dependenciesReached(spec, i, index, statuses)) continue;
    if (startsInOrder(spec) && allReplicasStarted(replicasOf(replicated_job), statuses.at(i))) continue;
    for (const api::Object* job : suspended[i])
      planResumeOne(*job, replicated_job.template_.spec->template_, scaling, step);
    stopped = startsInOrder(spec);
  }
  if (!step.requests.empty()) plan.steps.push_back(std::move(step));
  if (stopped) {
    setStartupInProgress(draft);
  } else {
    setResumed(draft);
  }
}

}  // namespace jobset_twin::jobset
