// builders.hpp - Jobs and Pods as the tests of the Job controller's decisions need them, and the view of one sync.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "sim/cluster/job/job_view.hpp"

namespace jobset_twin::cluster::job::test {

inline const api::TimePoint kT0 = kernel::kDefaultStart;
inline api::TimePoint at(double seconds) {
  return kT0 + std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

struct PodBuilder {
  api::MutableObjectPtr object = api::makeObject(api::Pod{});
  api::Pod& pod() { return api::as<api::Pod>(*object); }

  explicit PodBuilder(std::string name) {
    object->meta.name = name;
    object->meta.namespace_ = "default";
    object->meta.uid = "uid-" + name;
    object->meta.creationTimestamp = kT0;
    object->meta.finalizers = {std::string(kTrackingFinalizer)};
    pod().status.phase = "Pending";
  }
  PodBuilder& phase(std::string phase) {
    pod().status.phase = std::move(phase);
    return *this;
  }
  PodBuilder& index(int index) {
    object->meta.annotations.set(kCompletionIndexKey, std::to_string(index));
    return *this;
  }
  PodBuilder& failures(int count) {
    object->meta.annotations.set(kIndexFailureCountKey, std::to_string(count));
    return *this;
  }
  PodBuilder& ignored(int count) {
    object->meta.annotations.set(kIndexIgnoredFailureCountKey, std::to_string(count));
    return *this;
  }
  PodBuilder& node(std::string node) {
    pod().nodeName = std::move(node);
    return *this;
  }
  PodBuilder& created(double seconds) {
    object->meta.creationTimestamp = at(seconds);
    return *this;
  }
  PodBuilder& released() {
    object->meta.finalizers.clear();
    return *this;
  }
  PodBuilder& deleting() {
    object->meta.deletionTimestamp = at(30);
    object->meta.deletionGracePeriodSeconds = 30;
    return *this;
  }
  PodBuilder& condition(std::string type, std::string status, double seconds = 0) {
    api::Condition condition;
    condition.type = std::move(type);
    condition.status = std::move(status);
    condition.lastTransitionTime = at(seconds);
    pod().status.conditions.push_back(condition);
    return *this;
  }
  PodBuilder& ready(double seconds = 0) { return phase("Running").condition("Ready", "True", seconds); }
  PodBuilder& restarts(int count) {
    api::ContainerStatus status;
    status.name = "main";
    status.restartCount = count;
    pod().status.containerStatuses.push_back(status);
    return *this;
  }
  PodBuilder& exited(int code, double seconds, std::string container = "main") {
    phase(code == 0 ? "Succeeded" : "Failed");
    api::ContainerStatus status;
    status.name = std::move(container);
    status.state.terminated.emplace();
    status.state.terminated->exitCode = code;
    status.state.terminated->finishedAt = at(seconds);
    pod().status.containerStatuses.push_back(status);
    return *this;
  }
  operator api::ObjectPtr() const { return object; }  // NOLINT(google-explicit-constructor)
};

struct JobBuilder {
  api::MutableObjectPtr object = api::makeObject(api::Job{});
  api::Job& job() { return api::as<api::Job>(*object); }
  api::JobSpec& spec() { return job().spec.mut(); }

  explicit JobBuilder(int parallelism, int completions) {
    object->meta.name = "work";
    object->meta.namespace_ = "default";
    object->meta.uid = "uid-job";
    object->meta.generation = 1;
    spec().parallelism = parallelism;
    if (completions >= 0) spec().completions = completions;
    spec().backoffLimit = 6;
    spec().completionMode = "NonIndexed";
    spec().podReplacementPolicy = "TerminatingOrFailed";
    spec().template_.spec.mut().restartPolicy = "Never";
    api::Container container;
    container.name = "main";
    spec().template_.spec.mut().containers.push_back(container);
    job().status.uncountedTerminatedPods.emplace();
  }
  JobBuilder& indexed() {
    spec().completionMode = "Indexed";
    return *this;
  }
  JobBuilder& backoffLimit(int limit) {
    spec().backoffLimit = limit;
    return *this;
  }
  JobBuilder& perIndex(int limit) {
    spec().backoffLimitPerIndex = limit;
    spec().backoffLimit = 2147483647;
    return indexed();
  }
  JobBuilder& onFailure() {
    spec().template_.spec.mut().restartPolicy = "OnFailure";
    return *this;
  }
  JobBuilder& suspended() {
    spec().suspend = true;
    return *this;
  }
  JobBuilder& replaceFailed() {
    spec().podReplacementPolicy = "Failed";
    return *this;
  }
  JobBuilder& started(double seconds) {
    job().status.startTime = at(seconds);
    return *this;
  }
  JobBuilder& deadline(int seconds) {
    spec().activeDeadlineSeconds = seconds;
    return *this;
  }
  JobBuilder& status(std::string type, std::string value, std::string reason = "", std::string message = "") {
    api::Condition condition;
    condition.type = std::move(type);
    condition.status = std::move(value);
    condition.reason = std::move(reason);
    condition.message = std::move(message);
    job().status.conditions.push_back(condition);
    return *this;
  }
  JobBuilder& onExit(std::string action, std::string op, std::vector<std::int32_t> codes) {
    api::PodFailurePolicyRule rule;
    rule.action = std::move(action);
    rule.onExitCodes.emplace();
    rule.onExitCodes->operator_ = std::move(op);
    rule.onExitCodes->values = std::move(codes);
    if (!spec().podFailurePolicy) spec().podFailurePolicy.emplace();
    spec().podFailurePolicy->rules.push_back(rule);
    return *this;
  }
  JobBuilder& onCondition(std::string action, std::string type) {
    api::PodFailurePolicyRule rule;
    rule.action = std::move(action);
    rule.onPodConditions.push_back({std::move(type), "True"});
    if (!spec().podFailurePolicy) spec().podFailurePolicy.emplace();
    spec().podFailurePolicy->rules.push_back(rule);
    return *this;
  }
};

// All that a JobView refers to.
struct Scene {
  api::ObjectPtr job;
  JobPods pods;
  std::set<std::string> finalizers_removed;
  BackoffRecord backoff;
  JobControllerTiming timing;
  KubernetesGates gates;
  bool expectations_met = true;
  api::TimePoint now = at(100);

  Scene(const JobBuilder& builder, std::initializer_list<PodBuilder> list) : job(builder.object) {
    for (const PodBuilder& pod : list) pods.put(pod.object);
  }
  JobView view() const { return {*job, pods, finalizers_removed, backoff, expectations_met, now, timing, gates}; }
};

}  // namespace jobset_twin::cluster::job::test
