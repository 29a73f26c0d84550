// Kueue's workers: passes over jobs and Workloads, and the status of its queues. See kueue.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/cluster/kueue/kueue.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster {
namespace {

using kueue::Step;
using nlohmann::json;

constexpr auto kBackoff = 5ms, kBackoffMax = 1000000ms;  // K-API-60

constexpr std::uint64_t tagOf(std::uint64_t which, std::uint64_t id) { return which << 56 | id; }

std::string_view afterSlash(std::string_view key) { return key.substr(key.find('/') + 1); }

}  // namespace

void Kueue::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  switch (kind) {
    case kDueJobSet:
    case kDueJob:
    case kDueWorkload:
    case kDueStatus: {
      const auto which = static_cast<Which>(kind - kDueJobSet);
      workers_[which].queue.due(static_cast<Id>(a));
      return startWork(ctx, which);
    }
    case kPass: return pass(ctx, static_cast<Which>(a), static_cast<Id>(b));
    case kCycle: return cycle(ctx);
    case kRequeue: {
      const std::string root = keys_.at(static_cast<Id>(a));
      requeueing_.erase(root);
      bool any = false;
      for (const std::string& name : quotas_.members(root))
        any = cluster_queues_.at(name).waiting.requeueParked() || any;
      if (any) dirty(ctx, root);
      return;
    }
    default: return;
  }
}

void Kueue::startWork(Context& ctx, Which which) {
  Worker& worker = workers_[which];
  while (worker.working < worker.most) {
    const auto id = worker.queue.take();
    if (!id) return;
    ++worker.working;
    ctx.kernel.scheduleAfter(ctx.timing.kueue.pass, ctx.self(Component::kKueue), kPass, which, *id);
  }
}

void Kueue::pass(Context& ctx, Which which, Id id) {
  const std::string key = keys_.at(id);
  Running running;
  Step step = stepOf(ctx, which, key, running.workload, running.job);
  if (which == kWorkloads) workers_[which].queue.cancelTimer(ctx.kernel, id);  // what it waited for may be over
  if (step.look_again)
    workers_[which].queue.addAfter(ctx.kernel, id, *step.look_again - ctx.clock(), kernel::EventClass::kWork);
  if (!step.request) return finish(ctx, which, id, !step.problem.empty(), step.problem);
  const auto item = items_.find(running.workload);
  if (item != items_.end() && which != kStatuses) item->second.writing = true;
  running.said = std::move(step.said);
  running_[tagOf(which, id)] = std::move(running);
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kKueue), std::move(*step.request), tagOf(which, id));
}

Step Kueue::stepOf(Context& ctx, Which which, const std::string& key, std::string& workload, api::ObjectPtr& job) {
  if (which == kStatuses) return stepOfStatus(ctx, key);
  return which == kWorkloads ? stepOfWorkload(ctx, key, workload) : stepOfJob(ctx, key, workload, job);
}

Step Kueue::stepOfJob(Context& ctx, const std::string& key, std::string& workload, api::ObjectPtr& job) {
  const auto found = jobs_.find(key);
  job = found == jobs_.end() ? nullptr : found->second;
  if (job) {
    const auto of = workload_of_.find(job->meta.uid);
    if (of != workload_of_.end()) workload = of->second;
  }
  // A Workload of a job that is gone, perhaps while another of that name is there.
  const std::string_view name = afterSlash(afterSlash(key));
  const std::string_view namespace_ = afterSlash(key).substr(0, afterSlash(key).find('/'));
  const bool alone = !job || workload.empty();
  if (alone) {
    const std::string kind = key.starts_with("JobSet/") ? "jobset-" : "job-";
    const std::string prefix = fmt::format("{}/{}{}-", namespace_, kind, name);
    for (auto at = items_.lower_bound(prefix); at != items_.end() && at->first.starts_with(prefix); ++at) {
      const api::OwnerReference* owner = api::controllerOf(at->second.view.object->meta);
      if (!owner || owner->name != name || (job && owner->uid == job->meta.uid) || at->second.writing) continue;
      workload = at->first;
      Step step = kueue::jobStep({nullptr, &at->second.view, 0, &flavors_, &config_.wait_for_pods_ready, ctx.clock()});
      if (step.request) return step;
      workload.clear();
    }
    if (!job) return {};
  }
  const auto item = items_.find(workload);
  if (item != items_.end() && item->second.writing) return {};  // its answer brings the job back here
  return kueue::jobStep({job.get(), item == items_.end() ? nullptr : &item->second.view, priorityOfJob(*job), &flavors_,
                         &config_.wait_for_pods_ready, ctx.clock()});
}

// K-KUE-2.
std::optional<std::int32_t> Kueue::priorityOfJob(const api::Object& job) const {
  const kueue::PriorityRef by = kueue::priorityRefOf(job);
  if (by.of_kueue) {
    const auto found = workload_classes_.find(by.name);
    return found == workload_classes_.end() ? std::nullopt : std::optional(found->second);
  }
  if (!by.name.empty()) {
    const auto found = priority_classes_.find(by.name);
    if (found == priority_classes_.end()) return std::nullopt;
    return api::as<api::PriorityClass>(found->second).value;
  }
  const api::PriorityClass* best = nullptr;
  for (const auto& [name, object] : priority_classes_) {
    const auto& one = api::as<api::PriorityClass>(object);
    if (one.globalDefault && (!best || one.value < best->value)) best = &one;
  }
  return best ? best->value : 0;
}

Step Kueue::stepOfWorkload(Context& ctx, const std::string& key, std::string& workload) {
  const auto found = items_.find(std::string(afterSlash(key)));
  if (found == items_.end() || found->second.writing) return {};
  workload = found->first;
  kueue::WorkloadSituation in;
  in.workload = &found->second.view;
  in.wait = &config_.wait_for_pods_ready;
  in.now = ctx.clock();
  const auto state = [](bool there, kueue::StopPolicy stop) {
    if (!there) return kueue::QueueState::kMissing;
    if (stop == kueue::StopPolicy::kHoldAndDrain) return kueue::QueueState::kDraining;
    return stop == kueue::StopPolicy::kHold ? kueue::QueueState::kStopped : kueue::QueueState::kReady;
  };
  const auto local = local_queues_.find(found->second.view.object->meta.namespace_ + "/" + in.workload->queue);
  const bool has_local = local != local_queues_.end() && local->second.object;
  in.local_queue = state(has_local, has_local ? local->second.spec.stop : kueue::StopPolicy::kNone);
  if (has_local) in.cluster_queue_name = local->second.spec.cluster_queue;
  if (in.workload->admission) in.cluster_queue_name = in.workload->admission->cluster_queue;
  const auto queue = cluster_queues_.find(in.cluster_queue_name);
  const bool has_queue = queue != cluster_queues_.end() && queue->second.object;
  in.cluster_queue = state(has_queue, has_queue ? queue->second.spec.stop : kueue::StopPolicy::kNone);
  if (in.cluster_queue == kueue::QueueState::kReady && !queue->second.active)
    in.cluster_queue = kueue::QueueState::kStopped;
  return kueue::workloadStep(in);
}

void Kueue::onResponse(Context& ctx, const apiserver::Call& call) {
  for (CoreEventRecorder* recorder : {&admission_events_, &jobset_events_, &job_events_}) {
    if (recorder->owns(call)) return recorder->onResponse(ctx, call);
  }
  const auto which = static_cast<Which>(call.tag >> 56);
  const std::uint64_t number = call.tag & ((std::uint64_t{1} << 56) - 1);
  if (which == kScheduler) return answered(ctx, number, call);
  worked(ctx, which, static_cast<Id>(number), call);
}

// A write to a Workload, or on its behalf, is done: what waited for that goes on.
void Kueue::written(Context& ctx, const std::string& workload, const apiserver::Call& call) {
  const auto found = items_.find(workload);
  if (found == items_.end()) return;
  found->second.writing = false;
  const api::ObjectPtr& object = call.response.object;
  const bool gone =
      call.request.verb == api::Verb::kDelete || std::holds_alternative<api::RemoveFinalizer>(call.request.patch);
  if (call.response.ok() && object && kueue::kindOf(*object) == "Workload" && !gone) setWorkload(ctx, object);
  enqueueJobOf(ctx, found->second.view);
  enqueue(ctx, kWorkloads, "Workload/" + workload);
  if (awaited_.erase(workload) == 0) return;
  const std::string& queue = found->second.pending.empty() ? found->second.charged : found->second.pending;
  if (!queue.empty()) dirty(ctx, quotas_.root(queue));
}

void Kueue::worked(Context& ctx, Which which, Id id, const apiserver::Call& call) {
  const auto found = running_.find(call.tag);
  if (found == running_.end()) return;
  const Running running = std::move(found->second);
  running_.erase(found);
  const bool gone = call.response.reason == api::Reason::kNotFound;
  if (call.response.ok()) {
    const api::ObjectPtr& object = call.response.object;
    if (object && (object->kind() == api::Kind::kJob || object->kind() == api::Kind::kJobSet)) {
      const auto job = jobs_.find(keys_.at(id));
      if (job != jobs_.end() && job->second->meta.uid == object->meta.uid &&
          job->second->meta.resourceVersion < object->meta.resourceVersion)
        job->second = object;
    } else if (call.request.verb == api::Verb::kCreate && object) {
      setWorkload(ctx, object);
    }
    for (const kueue::Said& one : running.said) say(ctx, one, running.job, running.workload);
  }
  if (!running.workload.empty()) written(ctx, running.workload, call);
  finish(ctx, which, id, !call.response.ok() && !gone, call.response.message);
}

void Kueue::say(Context& ctx, const kueue::Said& said, const api::ObjectPtr& job, const std::string& workload) {
  const EventType type = said.warning ? EventType::kWarning : EventType::kNormal;
  if (said.about_workload) {
    const auto item = items_.find(workload);
    if (item != items_.end()) admission_events_.record(ctx, *item->second.view.object, type, said.reason, said.message);
  } else if (job) {
    CoreEventRecorder& recorder = job->kind() == api::Kind::kJob ? job_events_ : jobset_events_;
    recorder.record(ctx, *job, type, said.reason, said.message);
  }
}

void Kueue::finish(Context& ctx, Which which, Id id, bool failed, const std::string& problem) {
  Worker& worker = workers_[which];
  --worker.working;
  if (failed) {
    if (ctx.trace.enabled)
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed), keys_.at(id), problem);
    worker.queue.addRateLimited(ctx.kernel, id, kBackoff, kBackoffMax);
  } else {
    worker.queue.forget(id);
  }
  worker.queue.done(id);
  startWork(ctx, which);
}

// --- the status of queues

namespace {

json conditionJson(bool active, const std::string& reason, const std::string& message, const json* before,
                   api::TimePoint now) {
  const std::string status = active ? "True" : "False";
  std::string at = api::formatTime(now);
  if (before && before->is_array() && !before->empty() && before->front().value("status", "") == status)
    at = before->front().value("lastTransitionTime", at);
  return json::array(
      {{{"type", "Active"}, {"status", status}, {"reason", reason}, {"message", message}, {"lastTransitionTime", at}}});
}

// flavorsUsage and flavorsReservation.
json usageJson(const std::vector<kueue::FlavorResource>& known, const kueue::Usage& usage) {
  json flavors = json::array();
  for (const kueue::FlavorResource& of : known) {
    if (flavors.empty() || flavors.back()["name"] != of.flavor)
      flavors.push_back({{"name", of.flavor}, {"resources", json::array()}});
    const auto found = usage.find(of);
    flavors.back()["resources"].push_back(
        {{"name", of.resource}, {"total", kueue::amountText(of.resource, found == usage.end() ? 0 : found->second)}});
  }
  return flavors;
}

Step statusWrite(const api::ObjectPtr& object, json status) {
  const json* before = api::jsonAt(api::as<api::Generic>(object).content.get(), {"status"});
  if (before && *before == status) return {};
  return {api::patchStatusRequest(api::keyOf(*object), kueue::mergePatch({{"status", std::move(status)}})), {}, {}, {}};
}

}  // namespace

Step Kueue::stepOfStatus(Context& ctx, const std::string& key) {
  const std::string name(afterSlash(key));
  if (key.starts_with("LocalQueue/")) {
    const auto found = local_queues_.find(name);
    return found == local_queues_.end() || !found->second.object ? Step{} : localQueueStatus(ctx, found->second);
  }
  const auto found = cluster_queues_.find(name);
  return found == cluster_queues_.end() || !found->second.object ? Step{}
                                                                 : clusterQueueStatus(ctx, found->second, name);
}

Step Kueue::clusterQueueStatus(Context& ctx, const ClusterQueue& queue, const std::string& name) {
  std::vector<kueue::FlavorResource> known;
  for (const kueue::ResourceGroup& group : queue.spec.groups) {
    for (const std::string& flavor : group.flavors) {
      for (const std::string& resource : group.resources) known.push_back({flavor, resource});
    }
  }
  const auto admitted_count = std::count_if(queue.charged.begin(), queue.charged.end(), [&](const std::string& key) {
    const Item& item = items_.at(key);
    return item.assumed || item.view.is(kueue::kAdmitted);
  });
  const json usage = usageJson(known, quotas_.usage(name));
  const json* before = api::jsonAt(api::as<api::Generic>(queue.object).content.get(), {"status", "conditions"});
  return statusWrite(queue.object,
                     {{"pendingWorkloads", queue.waiting.size()},
                      {"reservingWorkloads", queue.charged.size()},
                      {"admittedWorkloads", admitted_count},
                      {"flavorsReservation", usage},
                      {"flavorsUsage", usage},
                      {"conditions", conditionJson(queue.active, queue.active ? "Ready" : queue.inactive_reason,
                                                   queue.active ? "Can admit new workloads" : queue.inactive_message,
                                                   before, ctx.clock())}});
}

Step Kueue::localQueueStatus(Context& ctx, const LocalQueue& queue) {
  const auto cluster_queue = cluster_queues_.find(queue.spec.cluster_queue);
  const bool there = cluster_queue != cluster_queues_.end() && cluster_queue->second.object;
  const bool stopped = queue.spec.stop != kueue::StopPolicy::kNone;
  const bool active = there && cluster_queue->second.active && !stopped;
  const json* before = api::jsonAt(api::as<api::Generic>(queue.object).content.get(), {"status", "conditions"});
  const std::string reason = active    ? "Ready"
                             : stopped ? "Stopped"
                             : there   ? "ClusterQueueIsInactive"
                                       : "ClusterQueueDoesNotExist";
  const std::string message = active    ? "Can submit new workloads to localQueue"
                              : stopped ? "LocalQueue is stopped"
                                        : "Can't submit new workloads to clusterQueue";
  return statusWrite(queue.object, {{"pendingWorkloads", queue.pending},
                                    {"reservingWorkloads", queue.reserving},
                                    {"admittedWorkloads", queue.reserving},
                                    {"conditions", conditionJson(active, reason, message, before, ctx.clock())}});
}

}  // namespace jobset_twin::cluster
