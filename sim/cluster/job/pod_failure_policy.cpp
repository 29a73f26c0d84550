#include "sim/cluster/job/pod_failure_policy.hpp"

#include <algorithm>

namespace jobset_twin::cluster::job {
namespace {

const api::ContainerStatus* matchExitCodes(const std::vector<api::ContainerStatus>& statuses,
                                           const api::PodFailurePolicyOnExitCodes& rule) {
  for (const api::ContainerStatus& status : statuses) {
    if (!status.state.terminated || status.state.terminated->exitCode == 0) continue;
    if (rule.containerName && *rule.containerName != status.name) continue;
    const bool listed =
        std::find(rule.values.begin(), rule.values.end(), status.state.terminated->exitCode) != rule.values.end();
    if (rule.operator_ == "In" ? listed : rule.operator_ == "NotIn" && !listed) return &status;
  }
  return nullptr;
}

const api::Condition* matchConditions(const std::vector<api::Condition>& conditions,
                                      const std::vector<api::PodFailurePolicyOnPodCondition>& patterns) {
  for (const api::Condition& condition : conditions) {
    for (const api::PodFailurePolicyOnPodCondition& pattern : patterns) {
      const std::string_view status =
          pattern.status.empty() ? std::string_view("True") : std::string_view(pattern.status);
      if (condition.type == pattern.type && condition.status == status) return &condition;
    }
  }
  return nullptr;
}

FailureAction actionOf(std::string_view action) {
  if (action == "FailJob") return FailureAction::kFailJob;
  if (action == "FailIndex") return FailureAction::kFailIndex;
  if (action == "Ignore") return FailureAction::kIgnore;
  return FailureAction::kCount;
}

}  // namespace

FailureMatch matchFailurePolicy(const std::optional<api::PodFailurePolicy>& policy, const api::Object& object) {
  FailureMatch match;
  if (!policy) return match;
  const api::PodStatus& status = api::as<api::Pod>(object).status;
  const std::string pod = object.meta.namespace_ + "/" + object.meta.name;
  for (std::size_t i = 0; i < policy->rules.size(); ++i) {
    const api::PodFailurePolicyRule& rule = policy->rules[i];
    const std::string tail = " matching " + rule.action + " rule at index " + std::to_string(i);
    std::string message;
    if (rule.onExitCodes) {
      const api::ContainerStatus* container = matchExitCodes(status.containerStatuses, *rule.onExitCodes);
      if (!container) container = matchExitCodes(status.initContainerStatuses, *rule.onExitCodes);
      if (!container) continue;
      message = "Container " + container->name + " for pod " + pod + " failed with exit code " +
                std::to_string(container->state.terminated->exitCode) + tail;
    } else {
      const api::Condition* condition = matchConditions(status.conditions, rule.onPodConditions);
      if (!condition) continue;
      message = "Pod " + pod + " has condition " + condition->type + tail;
    }
    match.action = actionOf(rule.action);
    match.rule = static_cast<int>(i);
    if (match.action == FailureAction::kFailJob) match.message = std::move(message);
    return match;
  }
  return match;
}

}  // namespace jobset_twin::cluster::job
