#include "engine/jobset/construct_jobs.hpp"

#include <string>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "engine/jobset/volume_claim_policy.hpp"

namespace jobset_twin::jobset {
namespace {

// The exclusive placement annotations of `from`, over those of `to`; the flag only beside the key (JS-N4).
void copyPlacement(const api::StringMap& from, api::StringMap& to) {
  const std::string* topology = from.find(kExclusiveKey);
  if (!topology) return;
  to.set(kExclusiveKey, *topology);
  if (const std::string* flag = from.find(kNodeSelectorStrategyKey)) to.set(kNodeSelectorStrategyKey, *flag);
}

api::StringMap merged(const api::StringMap& user, const api::StringMap& own) {
  api::StringMap out = user;
  out.setAll(own);
  return out;
}

std::string_view digits(const fmt::format_int& number) { return {number.data(), number.size()}; }

}  // namespace

api::Shared<std::vector<api::OwnerReference>> controllerReference(const api::Object& owner) {
  api::OwnerReference reference;
  reference.apiVersion = api::apiVersionOf(owner);
  reference.kind = api::kindNameOf(owner);
  reference.name = owner.meta.name;
  reference.uid = owner.meta.uid;
  reference.controller = true;
  reference.blockOwnerDeletion = true;
  std::vector<api::OwnerReference> references;
  references.push_back(std::move(reference));
  return api::Shared<std::vector<api::OwnerReference>>(std::move(references));
}

// What all Jobs of one replicated job have in common.
struct JobFactory::Prototype {
  api::StringMap labels;     // ours, with the keys that differ by Job there already
  api::StringMap placement;  // annotations only
  api::JobSpec spec;         // suspend set, Pod spec complete but for a node selector by Job
  bool node_selector_by_job = false;
  const std::vector<std::int32_t>* restarts = nullptr;  // of single Jobs; null or empty: none
};

JobFactory::JobFactory(const api::Object& jobset, const api::JobSetStatus& status, const ReplicatedJobIndex& index,
                       const FeatureGates& gates)
    : jobset_(jobset),
      spec_(*api::as<api::JobSet>(jobset).spec),
      status_(status),
      index_(index),
      gates_(gates),
      owner_(controllerReference(jobset)) {}

JobFactory::Prototype JobFactory::prototypeOf(std::size_t position) const {
  const api::ReplicatedJob& replicated_job = spec_.replicatedJobs[position];
  Prototype out;
  out.labels.set(kJobSetNameKey, jobset_.meta.name);
  out.labels.set(kJobSetUidKey, jobset_.meta.uid);
  out.labels.set(kReplicatedJobNameKey, replicated_job.name);
  out.labels.set(kRestartAttemptKey, digits(fmt::format_int(status_.restarts)));
  out.labels.set(kReplicatedJobReplicasKey, digits(fmt::format_int(replicasOf(replicated_job))));
  out.labels.set(kGlobalReplicasKey, digits(fmt::format_int(index_.totalReplicas())));
  out.labels.set(kGroupNameKey, replicated_job.groupName);
  out.labels.set(kGroupReplicasKey, digits(fmt::format_int(index_.groupReplicas(position))));
  if (spec_.coordinator) out.labels.set(kCoordinatorKey, coordinatorEndpoint(spec_, jobset_.meta.name));
  for (const std::string_view key : {kJobIndexKey, kJobKeyKey, kJobGlobalIndexKey, kJobGroupIndexKey})
    out.labels.set(key, "");
  if (gates_.RestartJob) {
    out.labels.set(kJobRestartAttemptKey, "");
    for (const api::ReplicatedJobStatus& status : status_.replicatedJobsStatus) {
      if (status.name == replicated_job.name) out.restarts = &status.jobRestarts;
    }
  }
  copyPlacement(jobset_.meta.annotations, out.placement);
  copyPlacement(replicated_job.template_.metadata.annotations, out.placement);

  out.spec = *replicated_job.template_.spec;
  out.spec.suspend = isSuspended(spec_);
  if (dnsHostnamesEnabled(spec_)) out.spec.template_.spec.mut().subdomain = subdomainOf(spec_, jobset_.meta.name);
  // Decided by the Job's annotations, which start as a clone of the template's (JS-N4, JS-N5).
  const api::StringMap job_annotations = merged(replicated_job.template_.metadata.annotations, out.placement);
  out.node_selector_by_job =
      job_annotations.contains(kExclusiveKey) && job_annotations.contains(kNodeSelectorStrategyKey);
  if (out.node_selector_by_job) {
    api::Toleration toleration;
    toleration.key = kNoScheduleTaintKey;
    toleration.operator_ = "Exists";
    toleration.effect = "NoSchedule";
    out.spec.template_.spec.mut().tolerations.push_back(std::move(toleration));
  }
  if (!spec_.volumeClaimPolicies.empty()) addClaimVolumes(spec_, jobset_.meta.name, out.spec.template_.spec.mut());
  return out;
}

api::ObjectPtr JobFactory::make(const Prototype& prototype, std::size_t position, std::int32_t job_index) const {
  const api::ReplicatedJob& replicated_job = spec_.replicatedJobs[position];
  std::string name = jobName(jobset_.meta.name, replicated_job.name, job_index);
  api::StringMap own = prototype.labels;
  own.set(kJobIndexKey, digits(fmt::format_int(job_index)));
  own.set(kJobKeyKey, jobKey(jobset_.meta.namespace_, name));
  own.set(kJobGlobalIndexKey, digits(fmt::format_int(index_.replicasBefore(position) + job_index)));
  own.set(kJobGroupIndexKey, digits(fmt::format_int(index_.groupReplicasBefore(position) + job_index)));
  if (gates_.RestartJob) {
    const auto at = static_cast<std::size_t>(job_index);
    const std::int32_t restarts = prototype.restarts && at < prototype.restarts->size() ? (*prototype.restarts)[at] : 0;
    own.set(kJobRestartAttemptKey, digits(fmt::format_int(restarts)));
  }
  api::StringMap annotations = own;
  annotations.setAll(prototype.placement);

  api::JobSpec spec = prototype.spec;
  api::ObjectMeta& pod_meta = spec.template_.metadata;
  pod_meta.labels = merged(pod_meta.labels, own);
  pod_meta.annotations = merged(pod_meta.annotations, annotations);
  if (prototype.node_selector_by_job) {
    spec.template_.spec.mut().nodeSelector.set(kNamespacedJobKey, namespacedJobName(jobset_.meta.namespace_, name));
  }
  api::Job body;
  body.spec = api::Shared<api::JobSpec>(std::move(spec));
  const api::MutableObjectPtr job = api::makeObject(std::move(body));
  job->meta.name = std::move(name);
  job->meta.namespace_ = jobset_.meta.namespace_;
  job->meta.labels = merged(replicated_job.template_.metadata.labels, own);
  job->meta.annotations = merged(replicated_job.template_.metadata.annotations, annotations);
  job->meta.ownerReferences = owner_;
  return job;
}

std::vector<api::ObjectPtr> JobFactory::missing(std::size_t position, const std::vector<bool>& present) const {
  std::vector<api::ObjectPtr> jobs;
  const std::int32_t replicas = replicasOf(spec_.replicatedJobs[position]);
  std::int32_t next = 0;
  const auto isPresent = [&](std::int32_t at) { return !present.empty() && present[static_cast<std::size_t>(at)]; };
  while (next < replicas && isPresent(next)) ++next;
  if (next >= replicas) return jobs;
  const Prototype prototype = prototypeOf(position);
  for (; next < replicas; ++next) {
    if (!isPresent(next)) jobs.push_back(make(prototype, position, next));
  }
  return jobs;
}

}  // namespace jobset_twin::jobset
