#include "engine/jobset/jobset_defaults.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::jobset {
namespace {

bool lacksProtocol(const std::vector<api::Container>& containers) {
  return std::any_of(containers.begin(), containers.end(), [](const api::Container& container) {
    return std::any_of(container.ports.begin(), container.ports.end(),
                       [](const api::ContainerPort& port) { return port.protocol.empty(); });
  });
}

void setProtocol(std::vector<api::Container>& containers) {
  for (api::Container& container : containers) {
    for (api::ContainerPort& port : container.ports) {
      if (port.protocol.empty()) port.protocol = "TCP";
    }
  }
}

}  // namespace

void applySchemaDefaults(api::Object& object) {
  api::JobSetSpec& spec = api::as<api::JobSet>(object).spec.mut();
  for (api::ReplicatedJob& replicated_job : spec.replicatedJobs) {
    if (replicated_job.groupName.empty()) replicated_job.groupName = "default";
    if (!replicated_job.replicas) replicated_job.replicas = 1;
    const api::PodSpec& pod = *replicated_job.template_.spec->template_.spec;
    if (lacksProtocol(pod.containers) || lacksProtocol(pod.initContainers)) {
      api::PodSpec& changed = replicated_job.template_.spec.mut().template_.spec.mut();
      setProtocol(changed.containers);
      setProtocol(changed.initContainers);
    }
  }
  if (spec.failurePolicy && spec.failurePolicy->restartStrategy.empty())
    spec.failurePolicy->restartStrategy = "Recreate";
  for (api::VolumeClaimPolicy& policy : spec.volumeClaimPolicies) {
    if (policy.retentionPolicy && !policy.retentionPolicy->whenDeleted) policy.retentionPolicy->whenDeleted = "Delete";
  }
}

void applyWebhookDefaults(api::Object& object) {
  api::JobSetSpec& spec = api::as<api::JobSet>(object).spec.mut();
  if (!spec.successPolicy) spec.successPolicy = api::SuccessPolicy{"All", {}};
  if (!spec.startupPolicy) spec.startupPolicy = api::StartupPolicy{"AnyOrder"};
  for (api::ReplicatedJob& replicated_job : spec.replicatedJobs) {
    api::JobSpec& job = replicated_job.template_.spec.mut();
    if (!job.completionMode) job.completionMode = "Indexed";
    if (job.template_.spec->restartPolicy.empty()) job.template_.spec.mut().restartPolicy = "OnFailure";
  }
  if (!spec.network) spec.network.emplace();
  if (!spec.network->enableDNSHostnames) spec.network->enableDNSHostnames = true;
  if (!spec.network->publishNotReadyAddresses) spec.network->publishNotReadyAddresses = true;
  if (spec.failurePolicy) {
    std::vector<api::FailurePolicyRule>& rules = spec.failurePolicy->rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].name.empty()) rules[i].name = fmt::format("failurePolicyRule{}", i);
    }
  }
  for (api::VolumeClaimPolicy& policy : spec.volumeClaimPolicies) {
    if (!policy.retentionPolicy) policy.retentionPolicy = api::VolumeRetentionPolicy{"Delete"};
  }
}

void applyDefaults(api::Object& jobset) {
  applySchemaDefaults(jobset);
  applyWebhookDefaults(jobset);
}

}  // namespace jobset_twin::jobset
