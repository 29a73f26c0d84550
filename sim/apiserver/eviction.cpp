// eviction.cpp - policy/v1 Eviction, the subresource of Pods: a deletion that disruption budgets may refuse
// (K-NODE-18). See write.hpp. Source: kubernetes pkg/registry/core/pod/storage/eviction.go.
#include <fmt/format.h>

#include "sim/apiserver/disruption_budget.hpp"
#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::size_t kDisruptedMax = 2000;
constexpr std::int32_t kRetryAfterSeconds = 10;

api::Response tooManyRequests(std::string cause, std::int32_t retry_after) {
  api::Response response;
  response.reason = api::Reason::kTooManyRequests;
  response.message = "Cannot evict pod as it would violate the pod's disruption budget.";
  response.retry_after_seconds = retry_after;
  response.causes.push_back({"DisruptionBudget", std::move(cause), ""});
  return response;
}

ResourceNames budgetNames(const api::Object& object) {
  ResourceNames names;
  names.kind = "PodDisruptionBudget";
  names.group = "policy";
  names.resource = "poddisruptionbudget";  // sic: singular
  names.name = object.meta.name;
  return names;
}

// Whether the budget lets one Pod more go; `refusal` says why not.
bool allows(const api::Object& object, const DisruptionBudget& budget, api::Response& refusal) {
  const std::string& name = object.meta.name;
  if (!budget.processed) {
    refusal = tooManyRequests(fmt::format("The disruption budget {} is still being processed by the server.", name),
                              kRetryAfterSeconds);
  } else if (budget.allowed < 0) {
    refusal = forbiddenError(budgetNames(object), "pdb disruptions allowed is negative");
  } else if (budget.disrupted.size() > kDisruptedMax) {
    refusal = forbiddenError(budgetNames(object),
                             "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  } else if (budget.allowed == 0 && !budget.sync_error.empty()) {
    refusal = tooManyRequests(
        fmt::format("The disruption budget {} does not allow evicting pods currently because it failed sync: {}", name,
                    budget.sync_error),
        0);
  } else if (budget.allowed == 0) {
    refusal = tooManyRequests(fmt::format("The disruption budget {} needs {} healthy pods and has {} currently", name,
                                          budget.desired, budget.healthy),
                              0);
  } else {
    return true;
  }
  return false;
}

}  // namespace

// Takes one disruption from the budget that covers the Pod, if there is one.
bool Write::takeDisruption(const api::Object& pod, api::Response& refusal) {
  api::ObjectPtr found;
  DisruptionBudget budget;
  const Store::Objects& trees = server_.store_.all(api::Kind::kGeneric);
  for (auto at = trees.lower_bound({pod.meta.namespace_, "PodDisruptionBudget.policy/"});
       at != trees.end() && at->first.first == pod.meta.namespace_ && isDisruptionBudget(*at->second); ++at) {
    DisruptionBudget candidate = readBudget(*at->second);
    if (!candidate.covers(pod, at->first.first)) continue;
    if (found) {
      refusal.reason = api::Reason::kInternalError;
      refusal.message =
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
      return false;
    }
    found = at->second;
    budget = std::move(candidate);
  }
  if (!found) return true;
  const bool ready = api::conditionIs(api::as<api::Pod>(pod).status.conditions, "Ready", "True");
  if (!ready && (budget.always_evict_unhealthy || (budget.healthy >= budget.desired && budget.desired > 0)))
    return true;  // it is not one of the healthy ones
  if (!allows(*found, budget, refusal)) return false;
  --budget.allowed;
  budget.disrupted[pod.meta.name] = now_;
  replace(withStatus(*found, budget, false, {}, now_));
  return true;
}

api::Response Write::evict() {
  if (request_.key.kind != api::Kind::kPod) return methodNotAllowed(names_, "evict");
  const api::ObjectPtr old = server_.store_.find(request_.key);
  if (!old) return notFoundError(names_);
  if (api::Response failed = checkPreconditions(request_.delete_options, *old); !failed.ok()) return failed;
  const std::string& phase = api::as<api::Pod>(old).status.phase;
  const bool gone_anyway =
      old->meta.deletionTimestamp || phase == "Pending" || phase == "Succeeded" || phase == "Failed";
  api::Response refusal;
  if (!gone_anyway && !takeDisruption(*old, refusal)) return refusal;
  api::MutableObjectPtr fresh = api::edit(old);
  api::Condition target;
  target.type = "DisruptionTarget";
  target.status = "True";
  target.reason = "EvictionByEvictionAPI";
  target.message = "Eviction API: evicting";
  target.lastTransitionTime = api::truncateToSeconds(now_);
  std::vector<api::Condition>& conditions = api::as<api::Pod>(*fresh).status.conditions;
  if (api::Condition* present = api::findCondition(conditions, target.type)) {
    if (present->status == target.status) target.lastTransitionTime = present->lastTransitionTime;
    *present = std::move(target);
  } else {
    conditions.push_back(std::move(target));
  }
  const api::Response marked = commitUpdate(std::move(fresh), old, true);
  if (!marked.ok()) return marked;
  api::DeleteOptions options = request_.delete_options;
  options.preconditionResourceVersion = 0;  // it has been held against the Pod as it was
  return remove(std::move(options));
}

}  // namespace jobset_twin::apiserver
