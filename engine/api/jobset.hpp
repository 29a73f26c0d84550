// jobset.hpp - jobset.x-k8s.io/v1alpha2 JobSet (spec/jobset.md section 1).
#pragma once

#include "engine/api/job.hpp"
#include "engine/api/volume.hpp"

namespace jobset_twin::api {

struct DependsOn {
  std::string name, status;  // status: Ready | Complete
};
struct ReplicatedJob {
  std::string name, groupName;
  JobTemplateSpec template_;
  std::optional<std::int32_t> replicas;  // CRD default 1
  std::vector<DependsOn> dependsOn;
};
struct Network {
  std::optional<bool> enableDNSHostnames, publishNotReadyAddresses;
  std::string subdomain;
};
struct SuccessPolicy {
  std::string operator_;  // All | Any
  std::vector<std::string> targetReplicatedJobs;
};
struct FailurePolicyRule {
  std::string name, action;
  std::vector<std::string> onJobFailureReasons, onJobFailureMessagePatterns, targetReplicatedJobs;
};
struct FailurePolicy {
  std::int32_t maxRestarts = 0;
  std::string restartStrategy;  // "" : Recreate
  std::vector<FailurePolicyRule> rules;
};
struct StartupPolicy {
  std::string startupPolicyOrder;  // AnyOrder | InOrder
};
struct Coordinator {
  std::string replicatedJob;
  std::int32_t jobIndex = 0, podIndex = 0;
};
struct VolumeRetentionPolicy {
  std::optional<std::string> whenDeleted;  // Delete | Retain
};
struct VolumeClaimPolicy {
  std::vector<PersistentVolumeClaimTemplate> templates;
  std::optional<VolumeRetentionPolicy> retentionPolicy;
};
struct JobSetSpec {
  std::vector<ReplicatedJob> replicatedJobs;
  std::optional<Network> network;
  std::optional<SuccessPolicy> successPolicy;
  std::optional<FailurePolicy> failurePolicy;
  std::optional<StartupPolicy> startupPolicy;
  std::optional<bool> suspend;
  std::optional<Coordinator> coordinator;
  std::optional<std::string> managedBy;
  std::optional<std::int32_t> ttlSecondsAfterFinished;
  std::vector<VolumeClaimPolicy> volumeClaimPolicies;
};
struct ReplicatedJobStatus {
  std::string name;
  std::int32_t ready = 0, succeeded = 0, failed = 0, active = 0, suspended = 0;
  std::vector<std::int32_t> jobRestarts, jobRestartsCountTowardsMax;
  friend bool operator==(const ReplicatedJobStatus&, const ReplicatedJobStatus&) = default;
};
struct JobSetStatus {
  std::vector<Condition> conditions;
  std::int32_t restarts = 0, restartsCountTowardsMax = 0;
  std::string terminalState;
  std::vector<ReplicatedJobStatus> replicatedJobsStatus;
  std::optional<std::int32_t> previousInPlaceRestartAttempt, currentInPlaceRestartAttempt;
};
struct JobSet {
  Shared<JobSetSpec> spec;
  JobSetStatus status;
};

}  // namespace jobset_twin::api
