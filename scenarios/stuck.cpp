#include "scenarios/stuck.hpp"

#include <map>

#include <fmt/format.h>

#include "scenarios/deadlock.hpp"
#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/workload.hpp"
#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

std::string idOf(const api::Object& object) {
  return fmt::format("{}/{}/{}", api::kindNameOf(object), object.meta.namespace_, object.meta.name);
}

bool isTerminal(const api::Object& object) {
  switch (object.kind()) {
    case api::Kind::kJobSet: return !api::as<api::JobSet>(object).status.terminalState.empty();
    case api::Kind::kJob:
      return api::conditionIs(api::as<api::Job>(object).status.conditions, "Complete", "True") ||
             api::conditionIs(api::as<api::Job>(object).status.conditions, "Failed", "True");
    case api::Kind::kPod:
      return api::as<api::Pod>(object).status.phase == "Succeeded" ||
             api::as<api::Pod>(object).status.phase == "Failed";
    default: return true;
  }
}

// What Kueue says of each job that waits for quota, by the job's UID.
std::map<std::string, std::string> queued(const apiserver::Server& server) {
  std::map<std::string, std::string> out;
  for (const auto& [key, object] : server.store().all(api::Kind::kGeneric)) {
    if (cluster::kueue::kindOf(*object) != "Workload") continue;
    const api::OwnerReference* owner = api::controllerOf(object->meta);
    const std::vector<api::Condition> conditions = cluster::kueue::conditionsOf(*object);
    const api::Condition* reserved = api::findCondition(conditions, cluster::kueue::kQuotaReserved);
    if (!owner || (reserved && reserved->status == "True")) continue;
    const std::string who = fmt::format("it waits for quota (Workload {})", object->meta.name);
    out[owner->uid] = reserved ? fmt::format("{}: {}", who, reserved->message) : who;
  }
  return out;
}

std::string jobSetReason(const api::Object& object) {
  const api::JobSet& jobset = api::as<api::JobSet>(object);
  if (jobset.spec->managedBy && *jobset.spec->managedBy != "jobset.sigs.k8s.io/jobset-controller") {
    return fmt::format("it is managed by {}, which is not here", *jobset.spec->managedBy);
  }
  if (jobset.spec->suspend.value_or(false)) return "it is suspended, and nothing resumes it";
  std::int64_t replicas = 0;
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) replicas += job.replicas.value_or(1);
  if (replicas == 0) return "it has no Jobs, so it never finishes";
  for (const api::ReplicatedJobStatus& status : jobset.status.replicatedJobsStatus) {
    if (status.active > status.ready && status.active > 0) {
      return fmt::format("{} of the Jobs of {} have Pods that are not all ready", status.active - status.ready,
                         status.name);
    }
  }
  return "its Jobs go on without an end";
}

// The latest word of the Job controller about a Job that wants Pods and has none, by the Job's UID.
std::map<std::string, std::string> failedCreations(const apiserver::Server& server) {
  std::map<std::string, const api::Event*> latest;
  for (const auto& [key, object] : server.store().all(api::Kind::kEvent)) {
    const api::Event& event = api::as<api::Event>(object);
    if (event.reason != "FailedCreate" || event.regarding.kind != "Job") continue;
    const api::Event*& kept = latest[event.regarding.uid];
    if (kept == nullptr || kept->lastTimestamp <= event.lastTimestamp) kept = &event;
  }
  std::map<std::string, std::string> out;
  for (const auto& [uid, event] : latest) {
    constexpr std::string_view kPrefix = "Error creating: ";
    out[uid] = event->note.starts_with(kPrefix) ? event->note.substr(kPrefix.size()) : event->note;
  }
  return out;
}

// Why a Job has no Pods; "" if it has some, or nobody refused them.
std::string withoutPods(const api::Object& object, const std::map<std::string, std::string>& failed_creations) {
  const auto found = failed_creations.find(object.meta.uid);
  if (found == failed_creations.end() || isTerminal(object) || api::as<api::Job>(object).status.active > 0) return {};
  return fmt::format("Pods of job {} cannot be created: {}", object.meta.name, found->second);
}

std::string podReason(const api::Object& object, const std::map<std::string, std::string>& unschedulable,
                      const std::map<std::string, std::string>& waiting) {
  const api::Pod& pod = api::as<api::Pod>(object);
  const std::string key = object.meta.namespace_ + "/" + object.meta.name;
  if (const auto found = unschedulable.find(key); found != unschedulable.end()) return found->second;
  if (const auto found = waiting.find(key); found != waiting.end()) return found->second;
  if (const api::Condition* scheduled = api::findCondition(pod.status.conditions, "PodScheduled");
      scheduled && scheduled->status == "False") {
    return scheduled->message;
  }
  for (const api::ContainerStatus& container : pod.status.containerStatuses) {
    if (container.state.waiting && container.state.waiting->reason != "ContainerCreating") {
      return fmt::format("container {}: {} {}", container.name, container.state.waiting->reason,
                         container.state.waiting->message);
    }
  }
  return {};
}

}  // namespace

std::vector<api::ObjectPtr> unfinished(const apiserver::Server& server) {
  std::vector<api::ObjectPtr> found;
  for (const api::Kind kind : {api::Kind::kJobSet, api::Kind::kJob, api::Kind::kPod}) {
    for (const auto& [key, object] : server.store().all(kind)) {
      const bool deleting = object->meta.deletionTimestamp.has_value();
      if (deleting || (!isTerminal(*object) && !api::controllerOf(object->meta))) found.push_back(object);
    }
  }
  return found;
}

// Of a Pod that is being deleted (K-GOT-9).
std::string whyItStays(const cluster::World& world, const api::Object& pod) {
  if (!pod.meta.finalizers.empty())
    return fmt::format("it is being deleted and cannot go: {}", fmt::join(pod.meta.finalizers, ", "));
  const std::string& node = api::as<api::Pod>(pod).nodeName;
  const api::ObjectPtr object = world.server().store().find({api::Kind::kNode, "", node});
  if (object && !api::conditionIs(api::as<api::Node>(object).status.conditions, "Ready", "True"))
    return fmt::format("it is being deleted; its node {} is not Ready: nobody can say that its containers have ended",
                       node);
  return "it is being deleted, and its containers do not end";
}

std::vector<StuckObject> stuckReasons(const cluster::World& world) {
  std::map<std::string, std::string> unschedulable, waiting, failing;
  for (const auto& [pod, message] : world.scheduler().unschedulable()) unschedulable[pod] = message;
  for (const auto& [pod, why] : world.kubelet().waiting()) waiting[pod] = why;
  for (const auto& [key, error] : world.jobsets().failing()) failing[key] = error;
  const std::map<std::string, std::string> failed_creations = failedCreations(world.server());
  const std::map<std::string, std::string> in_queues = queued(world.server());
  std::map<std::string, std::string> without_pods;  // by UID of a Job or of the JobSet that controls it
  for (const auto& [key, object] : world.server().store().all(api::Kind::kJob)) {
    const std::string reason = withoutPods(*object, failed_creations);
    if (reason.empty()) continue;
    without_pods.emplace(object->meta.uid, reason);
    if (const api::OwnerReference* owner = api::controllerOf(object->meta)) without_pods.emplace(owner->uid, reason);
  }
  const std::map<std::string, std::string> deadlocks =
      deadlocked(world.server(), unschedulable, world.config().scheduler.gangs.scope != cluster::GangScope::kNone);
  std::vector<StuckObject> out;
  for (const auto& [key, object] : world.server().store().all(api::Kind::kPod)) {
    if (isTerminal(*object) && !object->meta.deletionTimestamp) continue;
    std::string reason = podReason(*object, unschedulable, waiting);
    if (object->meta.deletionTimestamp) reason = whyItStays(world, *object);
    if (!reason.empty()) out.push_back({idOf(*object), std::move(reason)});
  }
  for (const api::ObjectPtr& object : unfinished(world.server())) {
    if (object->kind() == api::Kind::kPod) continue;
    const std::string key = object->meta.namespace_ + "/" + object->meta.name;
    std::string reason;
    if (object->meta.deletionTimestamp) {
      reason = fmt::format("it is being deleted and waits for its dependents (finalizers {})",
                           fmt::join(object->meta.finalizers, ", "));
    } else if (const auto found = failing.find(key); object->kind() == api::Kind::kJobSet && found != failing.end()) {
      reason = found->second;
    } else if (const auto waits = in_queues.find(object->meta.uid); waits != in_queues.end()) {
      reason = waits->second;
    } else if (const auto half = deadlocks.find(object->meta.uid); half != deadlocks.end()) {
      reason = half->second;
    } else if (const auto refused = without_pods.find(object->meta.uid); refused != without_pods.end()) {
      reason = refused->second;
    } else {
      reason = object->kind() == api::Kind::kJobSet ? jobSetReason(*object) : "its Pods do not end";
    }
    out.push_back({idOf(*object), std::move(reason)});
  }
  return out;
}

}  // namespace jobset_twin::scenarios
