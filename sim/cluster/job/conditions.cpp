#include "sim/cluster/job/conditions.hpp"

namespace jobset_twin::cluster::job {

std::string_view conditionType(Ending ending) {
  switch (ending) {
    case Ending::kFailureTarget: return "FailureTarget";
    case Ending::kFailed: return "Failed";
    case Ending::kSuccessCriteriaMet: return "SuccessCriteriaMet";
    case Ending::kComplete: return "Complete";
    case Ending::kNone: break;
  }
  return "";
}

Finish completionsReached() {
  return {Ending::kSuccessCriteriaMet, "CompletionsReached", "Reached expected number of succeeded pods"};
}
Finish successPolicyMet(int rule) {
  return {Ending::kSuccessCriteriaMet, "SuccessPolicy", "Matched rules at index " + std::to_string(rule)};
}
Finish backoffLimitExceeded() {
  return {Ending::kFailureTarget, "BackoffLimitExceeded", "Job has reached the specified backoff limit"};
}
Finish deadlineExceeded() {
  return {Ending::kFailureTarget, "DeadlineExceeded", "Job was active longer than specified deadline"};
}
Finish podFailurePolicyHit(std::string message) {
  return {Ending::kFailureTarget, "PodFailurePolicy", std::move(message)};
}
Finish maxFailedIndexesExceeded() {
  return {Ending::kFailureTarget, "MaxFailedIndexesExceeded",
          "Job has exceeded the specified maximal number of failed indexes"};
}
Finish failedIndexes() { return {Ending::kFailureTarget, "FailedIndexes", "Job has failed indexes"}; }

bool jobFinished(const api::JobStatus& status) {
  return api::conditionIs(status.conditions, "Complete", "True") ||
         api::conditionIs(status.conditions, "Failed", "True");
}

Finish decidedBefore(const api::JobStatus& status) {
  const api::Condition* met = api::findCondition(status.conditions, "SuccessCriteriaMet");
  if (met && met->status == "True") return {Ending::kSuccessCriteriaMet, met->reason, met->message};
  const api::Condition* target = api::findCondition(status.conditions, "FailureTarget");
  if (target && target->status == "True") return {Ending::kFailed, target->reason, target->message};
  return {};
}

api::Condition makeCondition(std::string_view type, std::string_view status, std::string_view reason,
                             std::string_view message, api::TimePoint now) {
  api::Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = reason;
  condition.message = message;
  condition.lastProbeTime = condition.lastTransitionTime = api::truncateToSeconds(now);
  return condition;
}

bool ensureCondition(std::vector<api::Condition>& conditions, std::string_view type, std::string_view status,
                     std::string_view reason, std::string_view message, api::TimePoint now) {
  api::Condition* condition = api::findCondition(conditions, type);
  if (!condition) {
    if (status == "False") return false;
    conditions.push_back(makeCondition(type, status, reason, message, now));
    return true;
  }
  if (condition->status == status && condition->reason == reason && condition->message == message) return false;
  *condition = makeCondition(type, status, reason, message, now);
  return true;
}

}  // namespace jobset_twin::cluster::job
