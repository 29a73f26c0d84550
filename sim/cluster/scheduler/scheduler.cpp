#include "sim/cluster/scheduler/scheduler.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/disruption_budget.hpp"
#include "sim/cluster/scheduler/cycle_cost.hpp"
#include "sim/cluster/scheduler/decision_note.hpp"
#include "sim/cluster/scheduler/volume_binding.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

using kernel::EventClass;

bool terminal(const api::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

// Stable over runs that differ in names: a Job's Pod by its index and the JobSet's attempt.
std::string identityOf(const api::Object& pod) {
  const std::string_view job = pod.meta.labels.get("batch.kubernetes.io/job-name");
  if (job.empty()) return fmt::format("scheduler/{}/{}", pod.meta.namespace_, pod.meta.name);
  return fmt::format("scheduler/{}/{}/{}/{}", pod.meta.namespace_, job,
                     pod.meta.labels.get("batch.kubernetes.io/job-completion-index"),
                     pod.meta.labels.get("jobset.sigs.k8s.io/restart-attempt"));
}

int configNumber(const std::vector<CycleConfig>& configs, const api::Pod& pod) {
  const std::string_view wanted =
      pod.spec->schedulerName.empty() ? std::string_view("default-scheduler") : pod.spec->schedulerName;
  for (const CycleConfig& config : configs) {
    if (config.profile.name == wanted) return config.number;
  }
  return -1;
}

api::Condition conditionOf(std::string_view type, std::string_view status, std::string_view reason, std::string message,
                           kernel::TimePoint since) {
  api::Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = reason;
  condition.message = std::move(message);
  condition.lastTransitionTime = since;
  return condition;
}

}  // namespace

QueueTiming queueTiming(const Context& ctx) {
  QueueTiming timing;
  timing.backoff = ctx.timing.scheduler.backoff;
  timing.backoff_max = ctx.timing.scheduler.backoff_max;
  timing.flush_after = ctx.timing.scheduler.flush_after;
  return timing;
}

Scheduler::Scheduler(std::int32_t kubernetes_minor, const SchedulerConfig& config, std::int32_t percentage)
    : explained_(config.explained), gangs_(config.gangs, config.workloads) {
  for (const SchedulerProfile& profile : config.profiles) {
    CycleConfig& one = configs_.emplace_back();
    one.profile = profile;
    if (profile.percentage_of_nodes_to_score == 0) one.profile.percentage_of_nodes_to_score = percentage;
    one.number = static_cast<int>(configs_.size()) - 1;
    one.taint_in_message = kubernetes_minor < 36;
    one.balanced_by_difference = kubernetes_minor >= 36;
  }
}

void Scheduler::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-scheduler", clients.scheduler_qps, clients.scheduler_burst});
  events_.start(ctx, {"kube-scheduler/events", clients.scheduler_qps, clients.scheduler_burst}, Component::kScheduler);
  for (const api::Kind kind : {api::Kind::kNode, api::Kind::kPod, api::Kind::kService,
                               api::Kind::kPersistentVolumeClaim, api::Kind::kGeneric}) {
    ctx.transport.subscribe(kind, ctx.self(Component::kScheduler));
  }
  if (gangs_.needsJobSets()) ctx.transport.subscribe(api::Kind::kJobSet, ctx.self(Component::kScheduler));
}

// Mine to schedule, and free to be: no gates left (K-SCH-2), a profile of mine (K-SCH-6).
bool Scheduler::schedulable(const api::Object& object) const {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (!pod.nodeName.empty() || !pod.spec->schedulingGates.empty()) return false;
  return configNumber(configs_, pod) >= 0;
}

const CycleConfig& Scheduler::configOf(PodSlot slot) const {
  return configs_[static_cast<std::size_t>(std::max(0, configNumber(configs_, view_.pods[slot].pod())))];
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
  const std::pair<std::string, std::string> key{event.object->meta.namespace_, event.object->meta.name};
  switch (event.object->kind()) {
    case api::Kind::kNode: onNode(ctx, event); break;
    case api::Kind::kPod: onPod(ctx, event); break;
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
      hint(ctx, {ChangeKind::kClaim, event.previous, deleted ? nullptr : event.object});
      break;
    case api::Kind::kJobSet: onJobSet(ctx, event); break;
    default: onGeneric(ctx, event); break;
  }
  poke(ctx);
}

void Scheduler::onNode(Context& ctx, const apiserver::WatchEvent& event) {
  if (event.type == apiserver::WatchType::kDeleted) {
    view_.removeNode(event.object->meta.name);
    hint(ctx, {ChangeKind::kNodeGone, event.object, nullptr});
    return;
  }
  if (event.previous && !nodeDiffers(*event.previous, *event.object)) return;
  view_.setNode(event.object);
  hint(ctx, {event.previous ? ChangeKind::kNodeUpdated : ChangeKind::kNodeAdded, event.previous, event.object});
}

void Scheduler::onGeneric(Context& ctx, const apiserver::WatchEvent& event) {
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  const api::ObjectMeta& meta = event.object->meta;
  const std::string_view kind = api::kindNameOf(*event.object);
  if (kind == "Namespace") {
    view_.setNamespace(meta.name, deleted ? nullptr : &meta.labels);
  } else if (kind == "StorageClass") {
    const nlohmann::json& content = api::as<api::Generic>(event.object).content.get();
    if (deleted) {
      view_.class_binding.erase(meta.name);
    } else {
      view_.class_binding[meta.name] =
          content.is_object() ? content.value("volumeBindingMode", "Immediate") : "Immediate";
    }
    hint(ctx, {ChangeKind::kStorageClass, nullptr, nullptr});
  } else if (kind == "PodGroup") {
    onPodGroup(ctx, event);
  } else if (kind == "PersistentVolume") {
    if (deleted) {
      view_.volumes.erase(meta.name);
    } else {
      view_.volumes[meta.name] = event.object;
      hint(ctx, {ChangeKind::kVolume, nullptr, nullptr});
    }
  } else if (apiserver::isDisruptionBudget(*event.object)) {
    if (deleted) {
      view_.budgets.erase({meta.namespace_, meta.name});
    } else {
      view_.budgets[{meta.namespace_, meta.name}] = event.object;
    }
  }
}

void Scheduler::onPod(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  const api::Pod& pod = api::as<api::Pod>(object);
  const auto known = slots_.find(object.meta.uid);
  if (event.type == apiserver::WatchType::kDeleted || terminal(pod)) {
    if (pod.status.phase == "Succeeded") gangs_.succeeded(object);
    if (known != slots_.end()) forget(ctx, known->second);
    return;
  }
  const bool fresh = known == slots_.end();
  if (fresh && pod.nodeName.empty() && !schedulable(object)) return;  // gated, or somebody else's
  const PodSlot slot = slotOf(object);
  const api::ObjectPtr before = view_.pods[slot].object;
  const std::uint64_t number = fresh ? next_number_++ : view_.pods[slot].number;
  view_.setPod(slot, number, event.object);
  if (fresh) {
    if (const std::string jobset = gangs_.unknownJobSet(object); !jobset.empty()) without_jobset_[jobset].insert(slot);
    gangs_.add(slot, object);
  } else if (object.meta.deletionTimestamp && before && !before->meta.deletionTimestamp) {
    const std::string* gang = gangs_.gangOf(slot);
    if (gang && !gangs_.at(*gang).native) leaveGang(ctx, slot);
  }
  if (!pod.nodeName.empty()) return onPlaced(ctx, slot, event);
  // By a scheduler before this one: the room is still meant for it (nominator).
  if (fresh && !pod.status.nominatedNodeName.empty()) nominate(slot, pod.status.nominatedNodeName);
  if (assumed_.contains(slot)) return;
  if (queue_.state(slot) == QueueState::kAbsent) {
    enqueue(ctx, slot);
  } else if (before && queue_.state(slot) == QueueState::kUnschedulable &&
             ownUpdateHelps(queue_.pod(slot).plugins, *before, object)) {
    queue_.move(slot, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
  }
}

// A Pod that has its node, by this scheduler's doing or another's.
void Scheduler::onPlaced(Context& ctx, PodSlot slot, const apiserver::WatchEvent& event) {
  const api::Pod& pod = api::as<api::Pod>(event.object);
  if (queue_.state(slot) != QueueState::kAbsent) queue_.remove(slot);
  messages_.erase(slot);
  nominate(slot, "");
  assumed_.erase(slot);
  // Another binding may have come first: an answer was lost, and the Pod was given another node since.
  const NodeSlot node = view_.nodes.slotOf(pod.nodeName);
  if (view_.pods[slot].node != kNoNode && view_.pods[slot].node != node) view_.withdraw(slot);
  if (view_.pods[slot].node == kNoNode) view_.place(slot, node);
  if (!event.previous || api::as<api::Pod>(event.previous).nodeName.empty()) {
    hint(ctx, {ChangeKind::kPodPlaced, nullptr, event.object});
  } else if (!(event.previous->meta.labels == event.object->meta.labels) ||
             !api::as<api::Pod>(event.previous).spec.sameAs(pod.spec)) {
    hint(ctx, {ChangeKind::kPodUpdated, event.previous, event.object});
  }
}

void Scheduler::forget(Context& ctx, PodSlot slot) {
  const api::ObjectPtr object = view_.pods[slot].object;
  const bool placed = view_.pods[slot].node != kNoNode;
  if (placed) view_.withdraw(slot);
  if (queue_.state(slot) != QueueState::kAbsent) queue_.remove(slot);
  denominate(ctx, slot);
  if (placed) {
    gangs_.remove(slot);
  } else {
    leaveGang(ctx, slot);
  }
  for (auto& [jobset, slots] : without_jobset_) slots.erase(slot);
  slots_.erase(object->meta.uid);
  assumed_.erase(slot);
  in_binding_.erase(slot);
  messages_.erase(slot);
  preempting_.erase(slot);
  view_.pods[slot] = ViewPod{};
  free_.push_back(slot);
  if (placed) hint(ctx, {ChangeKind::kPodGone, object, nullptr});
}

void Scheduler::nominate(PodSlot slot, const std::string& node) {
  if (const auto old = nominated_.find(slot); old != nominated_.end()) {
    std::vector<PodSlot>& there = nominations_[old->second];
    std::erase(there, slot);
    if (there.empty()) nominations_.erase(old->second);
    nominated_.erase(old);
  }
  if (node.empty()) return;
  nominated_[slot] = node;
  nominations_[node].push_back(slot);
}

void Scheduler::denominate(Context& ctx, PodSlot slot) {
  if (!nominated_.contains(slot)) return;
  nominate(slot, "");
  hint(ctx, {ChangeKind::kPodGone, view_.pods[slot].object, nullptr}, view_.pods[slot].shape->priority);
}

// Something happened that may help Pods that were refused: the hints of the plugins that refused them decide (K-SCH-3).
void Scheduler::hint(Context& ctx, const ClusterChange& change, std::int32_t most) {
  std::vector<PodSlot> helped;
  for (const auto& [mask, slots] : queue_.unschedulable()) {
    if ((mask & listeners(change.kind)) == 0) continue;
    for (const PodSlot slot : slots) {
      if (view_.pods[slot].shape->priority <= most && hintFires(view_, view_.pods[slot], mask, change))
        helped.push_back(slot);
    }
  }
  std::sort(helped.begin(), helped.end());
  for (const PodSlot slot : helped) queue_.move(slot, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

// Starts a cycle if none is under way and a Pod can be popped; otherwise sees to the timers. A cycle is as much work as
// the strongest reason for which a Pod waits.
void Scheduler::poke(Context& ctx) {
  if (cycling_) return;
  if (!queue_.canPop()) return later(ctx);
  cycling_ = true;
  const Duration takes = kernel::sample(ctx.timing.scheduler.cycle, ctx.kernel.seed(), "scheduler/cycle",
                                        static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
  const EventClass before = ctx.kernel.currentClass();
  EventClass strongest = queue_.activeClass();
  if (queue_.nextBackoffEnd(queueTiming(ctx))) strongest = std::min(strongest, queue_.nextBackoffClass());
  ctx.kernel.setCurrentClass(strongest);
  ctx.kernel.scheduleAfter(takes, ctx.self(Component::kScheduler), kCycle, 0, 0, strongest);
  ctx.kernel.setCurrentClass(before);
}

void Scheduler::later(Context& ctx) {
  if (const auto end = queue_.nextBackoffEnd(queueTiming(ctx));
      end && (!ctx.kernel.isPending(backoff_) || *end < backoff_end_)) {
    ctx.kernel.cancel(backoff_);
    backoff_end_ = *end;
    const EventClass before = ctx.kernel.currentClass();
    ctx.kernel.setCurrentClass(queue_.nextBackoffClass());
    backoff_ = ctx.kernel.schedule(std::max(*end, ctx.now()), ctx.self(Component::kScheduler), kBackoff, 0, 0,
                                   queue_.nextBackoffClass());
    ctx.kernel.setCurrentClass(before);
  }
  if (!flushing_ && !queue_.unschedulable().empty()) {
    flushing_ = true;
    ctx.kernel.scheduleAfter(ctx.timing.scheduler.flush_every, ctx.self(Component::kScheduler), kFlush, 0, 0,
                             EventClass::kHousekeeping);
  }
}

void Scheduler::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t, std::uint64_t) {
  switch (static_cast<Timer>(kind)) {
    case kCycle:
      // What a cycle has to look at is known only now: it acts, and what it takes beyond its usual time comes before
      // the next one.
      if (const Duration more = attempt(ctx); more > Duration::zero()) {
        ctx.kernel.scheduleAfter(more, ctx.self(Component::kScheduler), kCycleEnd);
        return;
      }
      cycling_ = false;
      break;
    case kCycleEnd: cycling_ = false; break;
    case kBackoff: queue_.finishBackoffs(ctx.now(), queueTiming(ctx)); break;
    case kFlush:
      flushing_ = false;
      queue_.flush(ctx.now(), queueTiming(ctx), EventClass::kHousekeeping);
      break;
  }
  poke(ctx);
}

// A Pod that is being deleted is not tried (K-SCH-6).
bool Scheduler::skipTerminating(Context& ctx, PodSlot slot) {
  const ViewPod& pod = view_.pods[slot];
  if (!pod.terminating()) return false;
  events_.record(ctx, *pod.object, nullptr, EventType::kWarning, "FailedScheduling", "Scheduling",
                 fmt::format("skip schedule deleting pod: {}/{}", pod.object->meta.namespace_, pod.object->meta.name),
                 configOf(slot).profile.name);
  queue_.remove(slot);
  return true;
}

std::uint64_t Scheduler::draw(const Context& ctx, PodSlot slot, std::string_view what) const {
  return kernel::bitsAt(ctx.kernel.seed(), identityOf(*view_.pods[slot].object).append(what),
                        queue_.pod(slot).attempts);
}

std::string Scheduler::nominatedNode(PodSlot slot) const {
  const auto found = nominated_.find(slot);
  return found == nominated_.end() ? std::string() : found->second;
}

// Tries one Pod, and with it its gang. What the cycle takes beyond scheduler.cycle.
Duration Scheduler::attempt(Context& ctx) {
  const auto popped = queue_.pop();
  if (!popped) return {};
  const PodSlot slot = *popped;
  ctx.kernel.setCurrentClass(queue_.pod(slot).event_class);
  if (skipTerminating(ctx, slot)) return {};
  if (!goesAlone(slot)) return attemptGang(ctx, slot, *gangs_.gangOf(slot));
  const ViewPod& pod = view_.pods[slot];
  Cycle cycle(view_, nominations_, configOf(slot), slot, draw(ctx, slot, ""));
  Placement placement = cycle.run(next_start_, nominatedNode(slot));
  const bool asked = isAsked(ctx, slot);
  nlohmann::json decision;
  if (asked) decision = decisionNote(view_, cycle, slot, placement, queue_.pod(slot).attempts);
  const Duration more = cycleCost(ctx.timing.scheduler, view_, *pod.shape, placement);
  Preemption preemption;
  if (placement.node != kNoNode) {
    bind(ctx, slot, placement.node);
  } else if (placement.error.nodes == 0 || !makeRoom(ctx, cycle, slot, placement, preemption)) {
    refuse(ctx, slot, placement.error);
  }
  if (asked) {
    addOutcome(decision, view_, placement, preemption);
    tell(ctx, slot, decision.dump());
  }
  return more;
}

bool Scheduler::isAsked(const Context& ctx, PodSlot slot) const {
  return !explained_.empty() && ctx.trace.enabled && isExplained(explained_, view_.pods[slot].object->meta);
}

void Scheduler::tell(Context& ctx, PodSlot slot, std::string decision) const {
  const api::ObjectMeta& meta = view_.pods[slot].object->meta;
  ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kPlacement),
                 "Pod/" + meta.namespace_ + "/" + meta.name, std::move(decision));
}

// Preemption (K-SCH-40 to K-SCH-44). True: the Pod is nominated, and its victims are on their way out.
bool Scheduler::makeRoom(Context& ctx, Cycle& cycle, PodSlot slot, Placement& placement, Preemption& preemption) {
  if (!configOf(slot).profile.preempts) return false;
  const std::string nominated = nominatedNode(slot);
  preemption = preempt(view_, cycle, configOf(slot).profile, slot, placement, nominated, draw(ctx, slot, "/preemption"),
                       ctx.clock());
  if (preemption.node == kNoNode) {
    placement.error.postfilter = preemption.message;
    if (preemption.clears_nomination && !nominated.empty()) {
      denominate(ctx, slot);
      refuse(ctx, slot, placement.error, "");
      return true;
    }
    return false;
  }
  const bool evicts = evict(ctx, slot, preemption);
  const std::string node = view_.nodes.entry(preemption.node).name;
  nominate(slot, node);
  refuse(ctx, slot, placement.error, node);
  if (evicts) queue_.hold(slot, true);
  return true;
}

bool Scheduler::evict(Context& ctx, PodSlot slot, const Preemption& preemption) {
  const ViewPod& preemptor = view_.pods[slot];
  const std::string& node = view_.nodes.entry(preemption.node).name;
  // Pods of lower priority that wait for this node wait no longer.
  if (const auto waiting = nominations_.find(node); waiting != nominations_.end()) {
    for (const PodSlot other : std::vector<PodSlot>(waiting->second)) {
      if (other == slot || view_.pods[other].shape->priority >= preemptor.shape->priority) continue;
      denominate(ctx, other);
      api::SetConditions patch;
      patch.nominatedNodeName = "";
      send(ctx, Purpose::kCondition, other,
           api::patchStatusRequest(api::keyOf(*view_.pods[other].object), std::move(patch)));
    }
  }
  Preempting state{preemptor.object->meta.uid, {}, 0};
  for (const PodSlot victim : preemption.victims) {
    if (view_.pods[victim].terminating()) continue;  // it goes anyway
    const api::Object& object = *view_.pods[victim].object;
    events_.record(ctx, object, preemptor.object.get(), EventType::kNormal, "Preempted", "Preempting",
                   fmt::format("Preempted by pod {} on node {}", preemptor.object->meta.uid,
                               view_.nodes.entry(view_.pods[victim].node).name),
                   configOf(slot).profile.name);
    api::SetConditions patch;
    patch.conditions.push_back(
        conditionOf("DisruptionTarget", "True", "PreemptionByScheduler",
                    configOf(slot).profile.name + ": preempting to accommodate a higher priority pod",
                    api::truncateToSeconds(ctx.clock())));
    api::Request request = api::patchStatusRequest(api::keyOf(object), std::move(patch));
    request.delete_options.preconditionUid = object.meta.uid;  // for the DELETE that follows; a patch does not read it
    state.victims.push_back(object.meta.uid);
    ++state.calls;
    ctx.kernel.setCurrentClass(EventClass::kWork);
    send(ctx, Purpose::kVictimCondition, slot, std::move(request));
  }
  if (state.calls == 0) return false;
  preempting_[slot] = std::move(state);
  return true;
}

void Scheduler::bind(Context& ctx, PodSlot slot, NodeSlot node) {
  const std::string name = view_.nodes.entry(node).name;
  in_binding_[slot] = queue_.remove(slot);
  messages_.erase(slot);
  nominate(slot, "");
  assumed_[slot] = name;
  view_.place(slot, node);
  api::Request request;
  request.verb = api::Verb::kBind;
  request.key = api::keyOf(*view_.pods[slot].object);
  request.node = name;
  request.delete_options.preconditionUid = view_.pods[slot].object->meta.uid;
  ctx.kernel.setCurrentClass(EventClass::kWork);
  send(ctx, Purpose::kBind, slot, std::move(request));
}

// Puts the Pod back and says why. `nominated`: status.nominatedNodeName becomes that.
void Scheduler::refuse(Context& ctx, PodSlot slot, const FitError& error, const std::optional<std::string>& nominated) {
  const ViewPod& pod = view_.pods[slot];
  const std::string message = error.text();
  events_.record(ctx, *pod.object, nullptr, EventType::kWarning, "FailedScheduling", "Scheduling",
                 cutEventText(message), configOf(slot).profile.name);
  const api::Condition* before = api::findCondition(pod.pod().status.conditions, "PodScheduled");
  const bool was_false = before && before->status == "False";
  if (nominated || !was_false || before->reason != "Unschedulable" || before->message != message) {
    api::SetConditions patch;
    patch.nominatedNodeName = nominated;
    patch.conditions.push_back(conditionOf(
        "PodScheduled", "False", "Unschedulable", message,
        was_false && before->lastTransitionTime ? *before->lastTransitionTime : api::truncateToSeconds(ctx.clock())));
    send(ctx, Purpose::kCondition, slot, api::patchStatusRequest(api::keyOf(*pod.object), std::move(patch)));
  }
  messages_[slot] = message;
  queue_.putBack(slot, error.plugins, false, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

void Scheduler::send(Context& ctx, Purpose purpose, PodSlot slot, api::Request request) {
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kScheduler), std::move(request),
                     static_cast<std::uint64_t>(purpose) << 32 | slot);
}

void Scheduler::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  const auto slot = static_cast<PodSlot>(call.tag & 0xffffffffU);
  switch (static_cast<Purpose>(call.tag >> 32)) {
    case Purpose::kBind: bound(ctx, slot, call); break;
    case Purpose::kCondition: break;
    case Purpose::kVictimCondition: {
      const bool told = call.response.ok() || call.response.reason == api::Reason::kNotFound;
      if (!told) {  // who could not be told is not deleted
        victimGone(ctx, slot, call);
        break;
      }
      api::DeleteOptions options;
      options.preconditionUid = call.request.delete_options.preconditionUid;
      send(ctx, Purpose::kVictimDelete, slot, api::deleteRequest(call.request.key, options));
      break;
    }
    case Purpose::kVictimDelete: victimGone(ctx, slot, call); break;
  }
  poke(ctx);
}

// The last word about a victim. Once all are dealt with, the Pod that they make room for may move again; if one was not
// deleted nothing would bring it back, so it is tried again at once (K-SCH-44).
void Scheduler::victimGone(Context& ctx, PodSlot slot, const apiserver::Call& call) {
  const auto found = preempting_.find(slot);
  const std::string& uid = call.request.delete_options.preconditionUid;
  if (found == preempting_.end() ||
      std::find(found->second.victims.begin(), found->second.victims.end(), uid) == found->second.victims.end()) {
    return;
  }
  if (!call.response.ok() && call.response.reason != api::Reason::kNotFound) found->second.failed = true;
  if (--found->second.calls > 0) return;
  queue_.hold(slot, false);
  // Those that had no grace left are gone already; their hints found the Pod held.
  const bool any_gone = std::any_of(found->second.victims.begin(), found->second.victims.end(),
                                    [&](const std::string& victim) { return !slots_.contains(victim); });
  const bool again = any_gone || found->second.failed;
  preempting_.erase(found);
  if (again) queue_.move(slot, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

void Scheduler::bound(Context& ctx, PodSlot slot, const apiserver::Call& call) {
  const auto binding = in_binding_.find(slot);
  if (binding == in_binding_.end() || view_.pods[slot].object->meta.uid != call.request.delete_options.preconditionUid)
    return;
  const ViewPod& pod = view_.pods[slot];
  const QueuedPod queued = binding->second;
  in_binding_.erase(binding);
  if (call.response.ok()) {
    events_.record(ctx, *pod.object, nullptr, EventType::kNormal, "Scheduled", "Binding",
                   fmt::format("Successfully assigned {}/{} to {}", pod.object->meta.namespace_, pod.object->meta.name,
                               call.request.node),
                   configOf(slot).profile.name);
    return;
  }
  // Bound all the same, if the answer was lost: its cache has shown it meanwhile.
  if (pod.pod().nodeName.empty()) notBound(ctx, slot, queued, call.response.message);
}

// schedule_one.go handleBindingCycleError: no longer assumed, said with reason SchedulerError, and back with back-off.
void Scheduler::notBound(Context& ctx, PodSlot slot, const QueuedPod& queued, const std::string& error) {
  assumed_.erase(slot);
  if (view_.pods[slot].node != kNoNode) view_.withdraw(slot);
  const api::ObjectPtr pod = view_.pods[slot].object;
  const std::string message = "running Bind plugin \"DefaultBinder\": " + error;
  if (ctx.trace.enabled) {
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed),
                   "Pod/" + pod->meta.namespace_ + "/" + pod->meta.name, "bind: " + error);
  }
  events_.record(ctx, *pod, nullptr, EventType::kWarning, "FailedScheduling", "Scheduling", cutEventText(message),
                 configOf(slot).profile.name);
  api::SetConditions patch;
  patch.conditions.push_back(
      conditionOf("PodScheduled", "False", "SchedulerError", message, api::truncateToSeconds(ctx.now())));
  send(ctx, Purpose::kCondition, slot, api::patchStatusRequest(api::keyOf(*pod), std::move(patch)));
  messages_[slot] = message;
  queue_.putBackWithError(slot, queued, ctx.now(), queueTiming(ctx), EventClass::kRetry);
}

std::vector<std::pair<std::string, std::string>> Scheduler::unschedulable() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [slot, message] : messages_) {
    const api::ObjectMeta& meta = view_.pods[slot].object->meta;
    // How many of a gang are there changes without a try.
    const std::string* gang = gangs_.gangOf(slot);
    const std::string not_yet = gang ? gangs_.notYet(*gang) : std::string();
    out.emplace_back(meta.namespace_ + "/" + meta.name, not_yet.empty() ? message : not_yet);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace jobset_twin::cluster
