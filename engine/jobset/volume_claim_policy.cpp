#include "engine/jobset/volume_claim_policy.hpp"

#include <algorithm>

#include "engine/jobset/construct_jobs.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

bool mounts(const std::vector<api::Container>& containers, std::string_view name) {
  return std::any_of(containers.begin(), containers.end(), [&](const api::Container& container) {
    return std::any_of(container.volumeMounts.begin(), container.volumeMounts.end(),
                       [&](const api::VolumeMount& mount) { return mount.name == name; });
  });
}

bool deletedWithJobSet(const api::VolumeClaimPolicy& policy) {
  return policy.retentionPolicy && policy.retentionPolicy->whenDeleted.value_or("Delete") == "Delete";
}

}  // namespace

void planVolumeClaims(const api::ObjectPtr& jobset, Plan& plan) {
  const std::vector<api::VolumeClaimPolicy>& policies = api::as<api::JobSet>(jobset).spec->volumeClaimPolicies;
  Step step;
  step.name = "create volume claims";
  step.mode = StepMode::kSequence;
  step.on_failure.regarding = jobset;
  step.on_failure.type = "Warning";
  step.on_failure.reason = "PVCCreationFailed";
  step.on_failure_each = true;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (const api::PersistentVolumeClaimTemplate& claim_template : policies[i].templates) {
      api::PersistentVolumeClaim body;
      body.spec = claim_template.spec;
      const api::MutableObjectPtr claim = api::makeObject(std::move(body));
      claim->meta.name = claimName(jobset->meta.name, claim_template.metadata.name);
      claim->meta.namespace_ = jobset->meta.namespace_;
      claim->meta.labels = claim_template.metadata.labels;
      claim->meta.labels.set(kJobSetNameKey, jobset->meta.name);
      claim->meta.annotations = claim_template.metadata.annotations;
      if (deletedWithJobSet(policies[i])) claim->meta.ownerReferences = controllerReference(*jobset);
      StepRequest request;
      request.request = api::createRequest(claim);
      request.tolerate_already_exists = true;
      request.group = static_cast<std::int32_t>(i);
      step.requests.push_back(std::move(request));
    }
  }
  if (!step.requests.empty()) plan.steps.push_back(std::move(step));
}

bool mountsVolume(const api::PodSpec& pod, std::string_view name) {
  return mounts(pod.containers, name) || mounts(pod.initContainers, name);
}

void addClaimVolumes(const api::JobSetSpec& spec, std::string_view jobset_name, api::PodSpec& pod) {
  for (const api::VolumeClaimPolicy& policy : spec.volumeClaimPolicies) {
    for (const api::PersistentVolumeClaimTemplate& claim_template : policy.templates) {
      if (!mountsVolume(pod, claim_template.metadata.name)) continue;
      api::Volume volume;
      volume.name = claim_template.metadata.name;
      volume.persistentVolumeClaim.emplace();
      volume.persistentVolumeClaim->claimName = claimName(jobset_name, claim_template.metadata.name);
      pod.volumes.push_back(std::move(volume));
    }
  }
}

}  // namespace jobset_twin::jobset
