// job.hpp - batch/v1 Job and JobTemplateSpec.
#pragma once

#include "engine/api/pod.hpp"

namespace jobset_twin::api {

struct PodFailurePolicyOnExitCodes {
  std::optional<std::string> containerName;
  std::string operator_;
  std::vector<std::int32_t> values;
};
struct PodFailurePolicyOnPodCondition {
  std::string type, status;  // status "": True
};
struct PodFailurePolicyRule {
  std::string action;
  std::optional<PodFailurePolicyOnExitCodes> onExitCodes;
  std::vector<PodFailurePolicyOnPodCondition> onPodConditions;
};
struct PodFailurePolicy {
  std::vector<PodFailurePolicyRule> rules;
};
struct SuccessPolicyRule {
  std::optional<std::string> succeededIndexes;
  std::optional<std::int32_t> succeededCount;
};
struct JobSuccessPolicy {
  std::vector<SuccessPolicyRule> rules;
};
struct JobSpec {
  std::optional<std::int32_t> parallelism, completions, backoffLimit, backoffLimitPerIndex, maxFailedIndexes,
      ttlSecondsAfterFinished;
  std::optional<std::int64_t> activeDeadlineSeconds;
  std::optional<PodFailurePolicy> podFailurePolicy;
  std::optional<JobSuccessPolicy> successPolicy;
  std::optional<LabelSelector> selector;
  std::optional<bool> manualSelector, suspend;
  std::optional<std::string> completionMode, podReplacementPolicy, managedBy;
  PodTemplateSpec template_;
};
struct UncountedTerminatedPods {
  std::vector<std::string> succeeded, failed;  // UIDs
};
struct JobStatus {
  std::vector<Condition> conditions;
  std::optional<TimePoint> startTime, completionTime;
  std::int32_t active = 0, succeeded = 0, failed = 0;
  std::optional<std::int32_t> terminating, ready;
  std::string completedIndexes;
  std::optional<std::string> failedIndexes;
  std::optional<UncountedTerminatedPods> uncountedTerminatedPods;
};
struct Job {
  Shared<JobSpec> spec;
  JobStatus status;
};
struct JobTemplateSpec {
  ObjectMeta metadata;
  Shared<JobSpec> spec;
};

}  // namespace jobset_twin::api
