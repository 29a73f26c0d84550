#include "sim/cluster/scheduler/scheduler.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/scheduler/volume_binding.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr PluginMask kAllPlugins = ~PluginMask{0};
constexpr PluginMask kByPods = maskOf(Plugin::kNodeResourcesFit) | maskOf(Plugin::kNodePorts) | maskOf(Plugin::kInterPodAffinity) | maskOf(Plugin::kPodTopologySpread);
constexpr PluginMask kByPlacedPods = maskOf(Plugin::kInterPodAffinity) | maskOf(Plugin::kPodTopologySpread);

bool terminal(const api::Pod& pod) {
  return pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
}

// Mine to schedule, and free to be: no gates left (K-SCH-2), the default scheduler's profile (K-SCH-6).
bool schedulable(const api::Object& object) {
  const api::Pod& pod = api::as<api::Pod>(object);
  return pod.nodeName.empty() && pod.spec->schedulingGates.empty() && (pod.spec->schedulerName.empty() || pod.spec->schedulerName == "default-scheduler");
}

std::uint64_t tagOf(std::uint64_t purpose, PodSlot slot) {
  return purpose << 32 | slot;
}

// Stable over runs that differ in names: a Job's Pod by its index and the JobSet's attempt.
std::string identityOf(const api::Object& pod) {
  const std::string_view job = pod.meta.labels.get("batch.kubernetes.io/job-name");
  if (job.empty()) return fmt::format("scheduler/{}/{}", pod.meta.namespace_, pod.meta.name);
  return fmt::format("scheduler/{}/{}/{}/{}", pod.meta.namespace_, job, pod.meta.labels.get("batch.kubernetes.io/job-completion-index"),
                     pod.meta.labels.get("jobset.sigs.k8s.io/restart-attempt"));
}

}  // namespace

Scheduler::Scheduler(std::int32_t kubernetes_minor) {
  config_.taint_in_message = kubernetes_minor < 36;
  config_.balanced_by_difference = kubernetes_minor >= 36;
}

QueueTiming Scheduler::queueTiming(const Context& ctx) const {
  QueueTiming timing;
  timing.backoff = ctx.timing.scheduler.backoff;
  timing.backoff_max = ctx.timing.scheduler.backoff_max;
  timing.flush_after = ctx.timing.scheduler.flush_after;
  return timing;
}

void Scheduler::start(Context& ctx) {
  config_.percentage_of_nodes_to_score = ctx.timing.scheduler.percentage_of_nodes_to_score;
  client_ = ctx.transport.addClient({"kube-scheduler", ctx.timing.clients.scheduler_qps, ctx.timing.clients.scheduler_burst});
  events_.start(ctx, {"kube-scheduler/events", ctx.timing.clients.scheduler_qps, ctx.timing.clients.scheduler_burst}, Component::kScheduler);
  for (const api::Kind kind : {api::Kind::kNode, api::Kind::kPod, api::Kind::kService, api::Kind::kPersistentVolumeClaim, api::Kind::kGeneric}) {
    ctx.transport.subscribe(kind, targetOf(Component::kScheduler));
  }
}

PodSlot Scheduler::slotOf(const api::Object& pod) {
  const auto [at, fresh] = slots_.try_emplace(pod.meta.uid, 0);
  if (!fresh) return at->second;
  if (free_.empty()) {
    at->second = static_cast<PodSlot>(view_.pods.size());
    view_.pods.emplace_back();
  } else {
    at->second = free_.back();
    free_.pop_back();
  }
  return at->second;
}

void Scheduler::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  const api::ObjectMeta& meta = event.object->meta;
  const std::pair<std::string, std::string> key{meta.namespace_, meta.name};
  switch (event.object->kind()) {
    case api::Kind::kNode:
      if (deleted) {
        view_.removeNode(meta.name);
      } else {
        view_.setNode(event.object);
      }
      hint(ctx, kAllPlugins);
      break;
    case api::Kind::kPod:
      onPod(ctx, event);
      break;
    case api::Kind::kService:
      if (deleted) {
        view_.services.erase(key);
      } else {
        view_.services[key] = event.object;
      }
      break;
    case api::Kind::kPersistentVolumeClaim:
      if (deleted) {
        view_.claims.erase(key);
      } else {
        view_.claims[key] = event.object;
      }
      hint(ctx, maskOf(Plugin::kVolumeBinding));
      break;
    case api::Kind::kGeneric: {
      const std::string_view kind = api::kindNameOf(*event.object);
      if (kind == "Namespace") {
        view_.setNamespace(meta.name, deleted ? nullptr : &meta.labels);
      } else if (kind == "StorageClass") {
        const nlohmann::json& content = api::as<api::Generic>(event.object).content.get();
        view_.class_binding[meta.name] = content.is_object() ? content.value("volumeBindingMode", "Immediate") : "Immediate";
        if (deleted) view_.class_binding.erase(meta.name);
        hint(ctx, maskOf(Plugin::kVolumeBinding));
      }
      break;
    }
    default:
      break;
  }
  poke(ctx);
}

void Scheduler::onPod(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  const api::Pod& pod = api::as<api::Pod>(object);
  const bool gone = event.type == apiserver::WatchType::kDeleted || terminal(pod);
  if (gone) {
    if (const auto known = slots_.find(object.meta.uid); known != slots_.end()) forget(ctx, known->second, true);
    return;
  }
  const bool fresh = !slots_.contains(object.meta.uid);
  if (fresh && !schedulable(object) && pod.nodeName.empty()) return;  // gated, or somebody else's
  const PodSlot slot = slotOf(object);
  const std::uint64_t number = fresh ? next_number_++ : view_.pods[slot].number;
  view_.setPod(slot, number, event.object);
  if (!pod.nodeName.empty()) {
    if (queue_.state(slot) != QueueState::kAbsent) queue_.remove(slot);
    messages_.erase(slot);
    if (view_.pods[slot].node == kNoNode) {
      view_.place(slot, view_.nodes.slotOf(pod.nodeName));
      hint(ctx, kByPlacedPods);
    } else if (assumed_.erase(slot) > 0) {
      hint(ctx, kByPlacedPods);
    }
    return;
  }
  if (assumed_.contains(slot)) return;
  const kernel::EventClass event_class = ctx.kernel.currentClass();
  if (queue_.state(slot) == QueueState::kAbsent) {
    queue_.add(slot, number, view_.pods[slot].shape->priority, ctx.now(), event_class);
  } else if (event.previous && api::as<api::Pod>(event.previous).spec.get().tolerations != pod.spec->tolerations) {
    queue_.move(slot, ctx.now(), queueTiming(ctx), event_class);
  }
}

void Scheduler::forget(Context& ctx, PodSlot slot, bool with_hint) {
  ViewPod& pod = view_.pods[slot];
  const bool placed = pod.node != kNoNode;
  if (placed) view_.withdraw(slot);
  if (queue_.state(slot) != QueueState::kAbsent) queue_.remove(slot);
  slots_.erase(pod.object->meta.uid);
  assumed_.erase(slot);
  in_binding_.erase(slot);
  messages_.erase(slot);
  view_.pods[slot] = ViewPod{};
  free_.push_back(slot);
  if (placed && with_hint) hint(ctx, kByPods);
}

// Something happened that may help Pods which one of these plugins refused.
void Scheduler::hint(Context& ctx, PluginMask plugins) {
  std::vector<PodSlot> helped;
  for (const auto& [mask, slots] : queue_.unschedulable()) {
    if ((mask & plugins) != 0 || mask == 0) helped.insert(helped.end(), slots.begin(), slots.end());
  }
  std::sort(helped.begin(), helped.end());
  for (const PodSlot slot : helped) queue_.move(slot, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

// Starts a cycle if none is under way and a Pod can be popped; otherwise sees to the timers.
void Scheduler::poke(Context& ctx) {
  if (cycling_) return;
  if (queue_.canPop()) {
    cycling_ = true;
    const Duration takes = kernel::sample(ctx.timing.scheduler.cycle, ctx.kernel.seed(), "scheduler/cycle",
                                          static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
    ctx.kernel.scheduleAfter(takes, targetOf(Component::kScheduler), kCycle, 0, 0, ctx.kernel.currentClass());
    return;
  }
  later(ctx);
}

void Scheduler::later(Context& ctx) {
  const QueueTiming timing = queueTiming(ctx);
  if (const auto end = queue_.nextBackoffEnd(timing)) {
    ctx.kernel.schedule(std::max(*end, ctx.now()), targetOf(Component::kScheduler), kBackoff, ++backoff_timer_, 0, kernel::EventClass::kRetry);
  }
  if (!flushing_ && !queue_.unschedulable().empty()) {
    flushing_ = true;
    ctx.kernel.scheduleAfter(ctx.timing.scheduler.flush_every, targetOf(Component::kScheduler), kFlush, 0, 0, kernel::EventClass::kHousekeeping);
  }
}

void Scheduler::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  static_cast<void>(b);
  switch (static_cast<Timer>(kind)) {
    case kCycle:
      cycling_ = false;
      attempt(ctx);
      break;
    case kBackoff:
      if (a != backoff_timer_) return;
      queue_.finishBackoffs(ctx.now(), queueTiming(ctx));
      break;
    case kFlush:
      flushing_ = false;
      queue_.flush(ctx.now(), queueTiming(ctx), kernel::EventClass::kHousekeeping);
      break;
  }
  poke(ctx);
}

void Scheduler::attempt(Context& ctx) {
  const auto popped = queue_.pop();
  if (!popped) return;
  const PodSlot slot = *popped;
  const ViewPod& pod = view_.pods[slot];
  if (pod.terminating()) {
    events_.record(ctx, *pod.object, nullptr, EventType::kWarning, "FailedScheduling", "Scheduling",
                   fmt::format("skip schedule deleting pod: {}/{}", pod.object->meta.namespace_, pod.object->meta.name));
    queue_.remove(slot);
    return;
  }
  if (const std::string problem = claimProblem(view_, pod); !problem.empty()) {
    FitError error;
    error.nodes = view_.nodes.liveNodes();
    error.prefilter = problem;
    error.plugins = maskOf(Plugin::kVolumeBinding);
    refuse(ctx, slot, std::move(error));
    return;
  }
  const std::uint64_t tie_key = kernel::bitsAt(ctx.kernel.seed(), identityOf(*pod.object), queue_.pod(slot).attempts);
  Cycle cycle(view_, nominations_, config_, slot, tie_key);
  Placement placement = cycle.run(next_start_, pod.pod().status.nominatedNodeName);
  if (placement.node != kNoNode) {
    bind(ctx, slot, placement.node);
    return;
  }
  if (placement.error.nodes > 0) {
    Histogram preemption;
    for (const auto& [node, verdict] : placement.refused) ++preemption[verdict.unresolvable ? kPreemptionNotHelpful : kNoVictims];
    placement.error.postfilter = "preemption: " + (pod.shape->preempts ? textOf(placement.error.nodes, preemption) : std::string("not eligible due to preemptionPolicy=Never."));
  }
  refuse(ctx, slot, std::move(placement.error));
}

void Scheduler::bind(Context& ctx, PodSlot slot, NodeSlot node) {
  const std::string name = view_.nodes.entry(node).name;
  in_binding_[slot] = queue_.remove(slot);
  messages_.erase(slot);
  assumed_[slot] = name;
  view_.place(slot, node);
  api::Request request;
  request.verb = api::Verb::kBind;
  request.key = api::keyOf(*view_.pods[slot].object);
  request.node = name;
  request.delete_options.preconditionUid = view_.pods[slot].object->meta.uid;
  ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  ctx.transport.send(ctx.kernel, client_, targetOf(Component::kScheduler), std::move(request), tagOf(static_cast<std::uint64_t>(Purpose::kBind), slot));
}

void Scheduler::refuse(Context& ctx, PodSlot slot, FitError error) {
  const ViewPod& pod = view_.pods[slot];
  const std::string message = error.text();
  events_.record(ctx, *pod.object, nullptr, EventType::kWarning, "FailedScheduling", "Scheduling", cutEventText(message));
  const api::Condition* before = api::findCondition(pod.pod().status.conditions, "PodScheduled");
  if (!before || before->status != "False" || before->reason != "Unschedulable" || before->message != message) {
    api::SetConditions patch;
    api::Condition condition;
    condition.type = "PodScheduled";
    condition.status = "False";
    condition.reason = "Unschedulable";
    condition.message = message;
    condition.lastTransitionTime = before && before->status == "False" ? before->lastTransitionTime : api::truncateToSeconds(ctx.now());
    patch.conditions.push_back(std::move(condition));
    ctx.transport.send(ctx.kernel, client_, targetOf(Component::kScheduler), api::patchStatusRequest(api::keyOf(*pod.object), std::move(patch)),
                       tagOf(static_cast<std::uint64_t>(Purpose::kCondition), slot));
  }
  messages_[slot] = message;
  queue_.putBack(slot, error.plugins, false, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

void Scheduler::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  if ((call.tag >> 32) != static_cast<std::uint64_t>(Purpose::kBind)) return;
  const auto slot = static_cast<PodSlot>(call.tag & 0xffffffffU);
  const auto binding = in_binding_.find(slot);
  if (binding == in_binding_.end() || view_.pods[slot].object->meta.uid != call.request.delete_options.preconditionUid) return;
  const ViewPod& pod = view_.pods[slot];
  if (call.response.ok()) {
    in_binding_.erase(binding);
    events_.record(ctx, *pod.object, nullptr, EventType::kNormal, "Scheduled", "Binding",
                   fmt::format("Successfully assigned {}/{} to {}", pod.object->meta.namespace_, pod.object->meta.name, call.request.node));
    return;
  }
  const QueuedPod queued = binding->second;
  in_binding_.erase(binding);
  assumed_.erase(slot);
  if (view_.pods[slot].node != kNoNode) view_.withdraw(slot);
  messages_[slot] = call.response.message;
  queue_.putBackWithError(slot, queued, ctx.now(), queueTiming(ctx), kernel::EventClass::kRetry);
  poke(ctx);
}

std::vector<std::pair<std::string, std::string>> Scheduler::unschedulable() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [slot, message] : messages_) {
    const api::ObjectMeta& meta = view_.pods[slot].object->meta;
    out.emplace_back(meta.namespace_ + "/" + meta.name, message);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace jobset_twin::cluster
