#include "engine/jobset/pod_reconciler.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

constexpr std::string_view kDisruptionTarget = "DisruptionTarget";

// Puts the condition in; false when it is there and True already.
bool markDisrupted(api::Object& pod, TimePoint now) {
  std::vector<api::Condition>& conditions = api::as<api::Pod>(pod).status.conditions;
  api::Condition wanted;
  wanted.type = kDisruptionTarget;
  wanted.status = "True";
  wanted.reason = "ExclusivePlacementViolation";
  wanted.message = "Pod violated JobSet exclusive placement policy";
  wanted.lastTransitionTime = api::truncateToSeconds(now);
  api::Condition* current = api::findCondition(conditions, kDisruptionTarget);
  if (!current) {
    conditions.push_back(std::move(wanted));
    return true;
  }
  if (current->status == "True") return false;
  *current = std::move(wanted);
  return true;
}

void planEviction(const api::ObjectPtr& follower, TimePoint now, std::int32_t group, Step& step) {
  const api::MutableObjectPtr marked = api::edit(follower);
  if (markDisrupted(*marked, now)) {
    StepRequest status;
    status.request = api::updateStatusRequest(marked);
    status.group = group;
    step.requests.push_back(std::move(status));
  }
  api::DeleteOptions options;
  options.propagation = api::Propagation::kBackground;
  StepRequest removal;
  removal.request = api::deleteRequest(api::keyOf(*follower), std::move(options));
  removal.tolerate_not_found = true;
  removal.group = group;
  step.requests.push_back(std::move(removal));
}

}  // namespace

bool startsPlacementPass(const api::Object& pod, const Config& config) {
  if (pod.meta.annotations.contains(kNodeSelectorStrategyKey) && !config.quirks.b6_node_selector_followers)
    return false;
  return isLeaderPod(pod.meta) && usesExclusivePlacement(pod.meta) && !pod.meta.deletionTimestamp &&
         !api::as<api::Pod>(pod).nodeName.empty();
}

Plan reconcilePod(const ObservedPlacement& observed, TimePoint now, const Config& config) {
  Plan plan;
  if (!observed.leader || !startsPlacementPass(*observed.leader, config)) return plan;
  const api::ObjectMeta& leader = observed.leader->meta;
  if (!leader.labels.contains(kJobKeyKey)) {
    plan.error = fmt::format("job key label not found on leader pod: \"{}\"", leader.name);
    return plan;
  }
  const api::OwnerReference* owner = api::controllerOf(leader);
  if (!owner) {
    plan.error = fmt::format("leader pod \"{}\" has no controller owner", leader.name);
    return plan;
  }
  const std::string_view key = leader.annotations.get(kExclusiveKey);
  std::string_view topology;  // "": the Node is not known
  if (observed.node) {
    const std::string* label = observed.node->meta.labels.find(key);
    if (!label) {
      plan.error = fmt::format("node does not have topology label: {}", key);
      return plan;
    }
    topology = *label;
  }
  std::vector<api::ObjectPtr> followers;
  for (const api::ObjectPtr& pod : observed.pods) {
    const api::OwnerReference* of_pod = api::controllerOf(pod->meta);
    if (of_pod && of_pod->uid == owner->uid && !isLeaderPod(pod->meta)) followers.push_back(pod);
  }
  const bool misplaced = std::any_of(followers.begin(), followers.end(), [&](const api::ObjectPtr& pod) {
    const std::string* selected = api::as<api::Pod>(pod).spec->nodeSelector.find(key);
    return !selected || *selected != topology;
  });
  if (!misplaced) return plan;
  if (topology.empty()) {
    plan.error = "leader topology is unknown (node not found)";
    return plan;
  }
  Step step;
  step.name = "delete misplaced followers";
  step.mode = StepMode::kConcurrent;
  for (std::size_t i = 0; i < followers.size(); ++i)
    planEviction(followers[i], now, static_cast<std::int32_t>(i), step);
  plan.steps.push_back(std::move(step));
  return plan;
}

}  // namespace jobset_twin::jobset
