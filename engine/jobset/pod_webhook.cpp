#include "engine/jobset/pod_webhook.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

struct Leader {
  api::ObjectPtr pod;
  std::string error;  // why there is none
};

std::string missingLabel(const api::Object& pod) {
  for (const std::string_view key : {kJobSetNameKey, kReplicatedJobNameKey, kJobIndexKey}) {
    if (!pod.meta.labels.contains(key)) return fmt::format("pod missing label: {}", key);
  }
  return {};
}

std::string ownedBySameJob(const api::Object& leader, const api::Object& follower) {
  const api::OwnerReference* of_follower = api::controllerOf(follower.meta);
  if (!of_follower) return "follower pod has no owner reference";
  const api::OwnerReference* of_leader = api::controllerOf(leader.meta);
  if (!of_leader) return fmt::format("leader pod \"{}\" has no owner reference", leader.meta.name);
  if (of_follower->uid == of_leader->uid) return {};
  return fmt::format("follower pod owner UID ({}) != leader pod owner UID ({})", of_follower->uid, of_leader->uid);
}

Leader leaderOf(const api::Object& follower, const CacheView& cache) {
  const api::StringMap& labels = follower.meta.labels;
  Leader leader;
  leader.error = missingLabel(follower);
  if (!leader.error.empty()) return leader;
  const std::string name =
      podName(labels.get(kJobSetNameKey), labels.get(kReplicatedJobNameKey), labels.get(kJobIndexKey), "0");
  std::vector<api::ObjectPtr> pods = cache.podsByBaseName(follower.meta.namespace_, name);
  std::erase_if(pods, [](const api::ObjectPtr& pod) {
    const std::string& phase = api::as<api::Pod>(pod).status.phase;
    return !usesExclusivePlacement(pod->meta) || pod->meta.deletionTimestamp || phase == "Failed" ||
           phase == "Succeeded";
  });
  if (pods.size() != 1) {
    leader.error =
        fmt::format("expected 1 leader pod ({}), but got {}. this is an expected, transient error", name, pods.size());
    return leader;
  }
  leader.error = ownedBySameJob(*pods.front(), follower);
  if (leader.error.empty()) leader.pod = pods.front();
  return leader;
}

bool concerns(const api::Object& pod) {
  return pod.meta.annotations.contains(kJobSetNameKey) && !pod.meta.annotations.contains(kNodeSelectorStrategyKey);
}

api::LabelSelectorRequirement requirement(std::string_view key, std::string_view op,
                                          std::optional<std::string_view> value = std::nullopt) {
  api::LabelSelectorRequirement out;
  out.key = key;
  out.operator_ = op;
  if (value) out.values.emplace_back(*value);
  return out;
}

api::PodAffinityTerm exclusiveTerm(std::string_view topology_key,
                                   std::vector<api::LabelSelectorRequirement> requirements) {
  api::PodAffinityTerm term;
  term.labelSelector.emplace();
  term.labelSelector->matchExpressions = std::move(requirements);
  term.namespaceSelector.emplace();  // all namespaces
  term.topologyKey = topology_key;
  return term;
}

// The leader's Job draws its own Pods to one domain and keeps other Jobs of the same priority out of it (JS-P2).
void addExclusiveAffinity(api::Object& pod) {
  const std::string_view topology = pod.meta.annotations.get(kExclusiveKey);
  const std::string_view own = pod.meta.labels.get(kJobKeyKey);
  const std::string_view priority = pod.meta.labels.get(kPriorityKey);
  std::optional<api::Affinity>& affinity = api::as<api::Pod>(pod).spec.mut().affinity;
  if (!affinity) affinity.emplace();
  if (!affinity->podAffinity) affinity->podAffinity.emplace();
  if (!affinity->podAntiAffinity) affinity->podAntiAffinity.emplace();
  affinity->podAffinity->requiredDuringSchedulingIgnoredDuringExecution.push_back(
      exclusiveTerm(topology, {requirement(kJobKeyKey, "In", own)}));
  affinity->podAntiAffinity->requiredDuringSchedulingIgnoredDuringExecution.push_back(
      exclusiveTerm(topology, {requirement(kJobKeyKey, "Exists"), requirement(kJobKeyKey, "NotIn", own),
                               requirement(kPriorityKey, "In", priority)}));
}

void selectNode(api::Pod& pod, std::string_view key, std::string_view value, SharedSpec* shared) {
  if (shared && shared->from.present() && shared->from.sameAs(pod.spec) && shared->key == key &&
      shared->value == value) {
    pod.spec = shared->to;
    return;
  }
  const api::Shared<api::PodSpec> before = pod.spec;
  pod.spec.mut().nodeSelector.set(key, value);
  if (shared) *shared = {before, pod.spec, std::string(key), std::string(value)};
}

std::optional<Denial> followLeader(api::Object& pod, const CacheView& cache, SharedSpec* shared) {
  const Leader leader = leaderOf(pod, cache);
  if (!leader.pod || api::as<api::Pod>(leader.pod).nodeName.empty()) return std::nullopt;  // the validation refuses it
  const std::string& node_name = api::as<api::Pod>(leader.pod).nodeName;
  const std::string_view key = pod.meta.annotations.get(kExclusiveKey);
  const api::ObjectPtr node = cache.node(node_name);
  if (!node) {
    Denial denial;
    denial.reason = api::Reason::kNotFound;
    denial.message = fmt::format("Node \"{}\" not found", node_name);
    return deniedByWebhook(kPodMutatingWebhook, std::move(denial));
  }
  const std::string* topology = node->meta.labels.find(key);
  if (!topology) return deniedByWebhook(kPodMutatingWebhook, fmt::format("node does not have topology label: {}", key));
  selectNode(api::as<api::Pod>(pod), key, *topology, shared);
  return std::nullopt;
}

}  // namespace

PodMutation mutatePod(const api::ObjectPtr& pod, const CacheView& cache, SharedSpec* shared) {
  const std::optional<std::int32_t>& priority = api::as<api::Pod>(pod).spec->priority;
  const bool exclusive = usesExclusivePlacement(pod->meta);
  if (!concerns(*pod) || (!priority && !exclusive)) return {std::nullopt, pod};
  const api::MutableObjectPtr changed = api::edit(pod);
  if (priority) changed->meta.labels.set(kPriorityKey, std::to_string(*priority));
  if (!exclusive) return {std::nullopt, changed};
  if (isLeaderPod(pod->meta)) {
    addExclusiveAffinity(*changed);
    return {std::nullopt, changed};
  }
  std::optional<Denial> denial = followLeader(*changed, cache, shared);
  return {std::move(denial), changed};
}

std::optional<Denial> validatePod(const api::Object& pod, const CacheView& cache) {
  if (!concerns(pod) || !usesExclusivePlacement(pod.meta) || isLeaderPod(pod.meta)) return std::nullopt;
  const api::StringMap& selector = api::as<api::Pod>(pod).spec->nodeSelector;
  const std::string_view key = pod.meta.annotations.get(kExclusiveKey);
  if (selector.empty()) return deniedByWebhook(kPodValidatingWebhook, "follower pod node selector not set");
  if (!selector.contains(key)) {
    return deniedByWebhook(
        kPodValidatingWebhook,
        fmt::format("follower pod node selector for topology domain not found. missing selector: {}", key));
  }
  const Leader leader = leaderOf(pod, cache);
  if (!leader.pod) return deniedByWebhook(kPodValidatingWebhook, leader.error);
  if (api::as<api::Pod>(leader.pod).nodeName.empty()) {
    return deniedByWebhook(
        kPodValidatingWebhook,
        "leader pod not yet scheduled, not creating follower pod. this is an expected, transient error");
  }
  return std::nullopt;
}

}  // namespace jobset_twin::jobset
