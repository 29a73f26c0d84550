// The component's skeleton: what it watches, its timers, and the writing of status.
#include "sim/cluster/kubelet/kubelet.hpp"

#include <fmt/format.h>

#include "sim/cluster/kubelet/pod_status.hpp"
#include "sim/kernel/check.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

std::string nameOf(const api::Object& object) { return object.meta.namespace_ + "/" + object.meta.name; }

// Stable over restarts: a Job's Pod by its completion index, another one by its name.
std::string identityOf(const api::Object& pod) {
  const std::string_view job = pod.meta.labels.get("batch.kubernetes.io/job-name");
  const std::string_view index = pod.meta.labels.get("batch.kubernetes.io/job-completion-index");
  if (job.empty() || index.empty()) return nameOf(pod);
  return fmt::format("{}/{}/{}", pod.meta.namespace_, job, index);
}

}  // namespace

void Kubelet::start(Context& ctx) {
  const std::uint32_t self = targetOf(Component::kKubelet);
  ctx.transport.subscribe(api::Kind::kNode, self);
  ctx.transport.subscribe(api::Kind::kPod, self);
  ctx.transport.subscribe(api::Kind::kJobSet, self);
  ctx.transport.subscribe(api::Kind::kGeneric, self);
  ctx.transport.subscribe(api::Kind::kPersistentVolumeClaim, self);
}

std::uint32_t Kubelet::nodeIndex(Context& ctx, const std::string& name) {
  const auto found = node_index_.find(name);
  if (found != node_index_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  NodeRuntime node;
  node.name = name;
  node.client =
      ctx.transport.addClient({"kubelet/" + name, ctx.timing.clients.kubelet_qps, ctx.timing.clients.kubelet_burst});
  node.events = CoreEventRecorder("kubelet", name);
  node.events.start(ctx,
                    {"kubelet/" + name + "/events", ctx.timing.clients.kubelet_qps, ctx.timing.clients.kubelet_burst},
                    Component::kKubelet);
  event_clients_[static_cast<apiserver::ClientId>(node.client + 1)] = index;
  nodes_.push_back(std::move(node));
  node_index_[name] = index;
  return index;
}

void Kubelet::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  switch (event.object->kind()) {
    case api::Kind::kNode: onNode(ctx, event.object, deleted); break;
    case api::Kind::kPod: deleted ? forget(ctx, event.object) : see(ctx, event.object); break;
    case api::Kind::kJobSet:
      if (deleted) {
        jobsets_.erase(nameOf(*event.object));
      } else {
        jobsets_[nameOf(*event.object)] = event.object;
        answerJobSetWatchers(ctx, *event.object);
      }
      closeGroups(ctx, *event.object);
      break;
    case api::Kind::kGeneric: onConfig(*event.object, deleted); break;
    case api::Kind::kPersistentVolumeClaim: onClaim(ctx, *event.object, deleted); break;
    default: break;
  }
}

void Kubelet::see(Context& ctx, const api::ObjectPtr& object) {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (pod.nodeName.empty()) return;
  const std::uint32_t node = nodeIndex(ctx, pod.nodeName);
  if (!nodes_[node].reaches()) {
    nodes_[node].missed.push_back({object, false});
    return;
  }
  const auto found = slot_by_uid_.find(object->meta.uid);
  if (found == slot_by_uid_.end()) {
    if (pod.status.phase == "Succeeded" || pod.status.phase == "Failed") return;
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(pods_.size());
      pods_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    PodRuntime& runtime = pods_[slot];
    const std::uint32_t generation = runtime.generation + 1;
    runtime = PodRuntime{};
    runtime.used = true;
    runtime.generation = generation;
    runtime.pod = object;
    runtime.identity = identityOf(*object);
    runtime.node = node;
    nodes_[node].slots.insert(slot);
    runtime.sent = pod.status;
    slot_by_uid_[object->meta.uid] = slot;
    const std::string_view jobset = object->meta.labels.get("jobset.sigs.k8s.io/jobset-name");
    if (!jobset.empty()) by_jobset_[fmt::format("{}/{}", object->meta.namespace_, jobset)].insert(slot);
    schedule(ctx, latency(ctx, ctx.timing.kubelet.see_pod, runtime, "see"), kSee, slot);
    return;
  }
  PodRuntime& runtime = pods_[found->second];
  const bool was_deleting = runtime.pod->meta.deletionTimestamp.has_value();
  const auto deletion_before = runtime.pod->meta.deletionTimestamp;
  runtime.pod = object;
  // K-GOT-35: the node controller's word about readiness holds until the kubelet says otherwise.
  if (runtime.ever_sent && !runtime.patch_in_flight && !runtime.unsent &&
      api::conditionIs(runtime.sent.conditions, "Ready", "True") &&
      api::conditionIs(pod.status.conditions, "Ready", "False") && object->meta.resourceVersion > runtime.stored) {
    runtime.unsent = true;
    retrySoon(ctx, node);
  }
  if (object->meta.deletionTimestamp && (!was_deleting || deletion_before != object->meta.deletionTimestamp)) {
    beginTermination(ctx, found->second);
  }
}

void Kubelet::forget(Context& ctx, const api::ObjectPtr& object) {
  const auto found = slot_by_uid_.find(object->meta.uid);
  if (found == slot_by_uid_.end()) return;
  PodRuntime& runtime = pods_[found->second];
  NodeRuntime& node = nodes_[runtime.node];
  if (!node.reaches()) {
    node.missed.push_back({object, true});
    return;
  }
  dropPulls(ctx, found->second);
  node.slots.erase(found->second);
  node.noticed_next.erase(found->second);
  const std::string_view jobset = object->meta.labels.get("jobset.sigs.k8s.io/jobset-name");
  if (!jobset.empty()) {
    const std::string key = fmt::format("{}/{}", object->meta.namespace_, jobset);
    by_jobset_[key].erase(found->second);
    if (const auto watchers = watchers_.find(key); watchers != watchers_.end()) watchers->second.erase(found->second);
  }
  if (!runtime.ip.empty()) by_ip_[runtime.ip].erase(found->second);
  for (ContainerRuntime& c : runtime.containers) {
    cancelTimers(ctx, c);
    leaveGroup(ctx, c);
  }
  ctx.kernel.cancel(runtime.deadline);
  const std::uint32_t generation = runtime.generation;
  runtime = PodRuntime{};
  runtime.generation = generation;
  free_.push_back(found->second);
  slot_by_uid_.erase(found);
}

std::uint64_t Kubelet::handleOf(std::uint32_t slot) const {
  return static_cast<std::uint64_t>(pods_[slot].generation & 0xffffffU) << 32 | slot;
}

PodRuntime* Kubelet::live(std::uint64_t handle) {
  const auto slot = static_cast<std::uint32_t>(handle & 0xffffffffU);
  if (slot >= pods_.size() || !pods_[slot].used || (pods_[slot].generation & 0xffffffU) != ((handle >> 32) & 0xffffffU))
    return nullptr;
  return &pods_[slot];
}

void Kubelet::schedule(Context& ctx, Duration after, Timer kind, std::uint32_t slot, std::uint64_t b,
                       kernel::EventClass event_class) {
  const kernel::EventHandle handle =
      ctx.kernel.scheduleAfter(after, targetOf(Component::kKubelet), kind, handleOf(slot), b, event_class);
  if (kind == kDeadline) pods_[slot].deadline = handle;
  if (kind == kProbe) {
    ContainerRuntime& c = pods_[slot].containers[b & 0xffU];
    const std::uint64_t which = (b >> 8) & 3U;
    if (which < 3) (which == 0 ? c.startup : which == 1 ? c.readiness : c.liveness).tick = handle;
  }
  if (kind == kAnswer || kind == kProbe || kind == kHook || kind == kKill || kind == kRestart || kind == kPulled ||
      kind == kStarted || kind == kAskAgain || kind == kUsage) {
    keepTimer(ctx, pods_[slot].containers[b & 0xffU], handle);
  }
}

void Kubelet::keepTimer(Context& ctx, ContainerRuntime& c, kernel::EventHandle handle) {
  constexpr std::size_t kTidyAt = 8;
  if (c.timers.size() >= kTidyAt) {
    std::erase_if(c.timers, [&](const kernel::EventHandle& timer) { return !ctx.kernel.isPending(timer); });
  }
  c.timers.push_back(handle);
}

// What was to happen to a run of a container that has ended: left pending, it would hold up the end of the simulation.
void Kubelet::cancelTimers(Context& ctx, ContainerRuntime& c) {
  ctx.kernel.cancel(c.wake);
  for (const kernel::EventHandle& timer : c.timers) ctx.kernel.cancel(timer);
  c.timers.clear();
}

Duration Kubelet::latency(Context& ctx, const kernel::Latency& latency, const PodRuntime& pod, std::string_view purpose,
                          std::uint64_t index) const {
  if (latency.sigma == 0) return latency.median;
  const auto jobset_attempt = pod.pod->meta.labels.get("jobset.sigs.k8s.io/restart-attempt");
  return kernel::sample(latency, ctx.kernel.seed(),
                        fmt::format("kubelet/{}/{}/{}", pod.identity, jobset_attempt, purpose), index);
}

void Kubelet::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  if (kind == kRelist || kind >= kNodeStatus) {
    onNodeTimer(ctx, static_cast<Timer>(kind), static_cast<std::uint32_t>(a), b);
    return;
  }
  if (kind == kGroupWake) return wakeGroup(ctx, a);
  PodRuntime* pod = live(a);
  if (!pod) return;
  if (nodes_[pod->node].hung && kind != kWake && kind != kAnswer) {  // containers run on
    nodes_[pod->node].held.push_back({kind, a, b});
    return;
  }
  const auto slot = static_cast<std::uint32_t>(a & 0xffffffffU);
  const auto index = static_cast<std::size_t>(b & 0xffU);
  const std::uint64_t sequence = b >> 8;
  const bool has_container = index < pod->containers.size();
  switch (static_cast<Timer>(kind)) {
    case kSee:
      if (pod->terminating || !admit(ctx, slot)) break;
      pod->start_time = ctx.now();
      pod->stage = PodStage::kStarting;
      schedule(ctx, latency(ctx, ctx.timing.kubelet.admit_and_volumes, *pod, "admit"), kAdmitted, slot);
      prepareContainers(*pod);
      if (const auto& deadline = api::as<api::Pod>(pod->pod).spec->activeDeadlineSeconds) {
        schedule(ctx, std::chrono::seconds(*deadline), kDeadline, slot);
      }
      break;
    case kAdmitted: mount(ctx, slot); break;
    case kSandbox: {
      if (pod->terminating) break;
      NodeRuntime& node = nodes_[pod->node];
      pod->sandbox = true;
      const std::uint32_t n = pod->node;
      node.next_ip = node.next_ip % 250 + 1;
      pod->ip = api::as<api::Pod>(pod->pod).spec->hostNetwork && !node.ip.empty()
                    ? node.ip
                    : fmt::format("{}.{}.{}.{}", 10 + (n >> 15), 64 + ((n >> 8) & 127), n & 255, node.next_ip + 1);
      by_ip_[pod->ip].insert(slot);
      pod->stage = PodStage::kRunning;
      syncStatus(ctx, slot);
      advancePod(ctx, slot);
      break;
    }
    case kPulled:
      if (has_container && sequence == pod->containers[index].run) pulled(ctx, slot, index);
      break;
    case kStarted:
      if (has_container && sequence == pod->containers[index].run) started(ctx, slot, index);
      break;
    case kAnswer:
      if (has_container && (sequence >> 32) == (pod->containers[index].run & 0xffffU)) {
        answerDue(ctx, slot, index, static_cast<std::uint32_t>(sequence & 0xffffffffU));
      }
      break;
    case kWake:
      if (has_container && sequence == pod->containers[index].wake_sequence) runMachine(ctx, slot, index);
      break;
    case kProbe:
      if (has_container && (sequence >> 4) == pod->containers[index].run) {
        probe(ctx, slot, index, static_cast<std::uint32_t>(sequence & 15U));
      }
      break;
    case kSignal: sendTerm(ctx, slot, index != 0); break;
    case kHook:
      if (has_container && sequence == pod->containers[index].run) runHook(ctx, slot, index);
      break;
    case kKill:
      if (has_container && sequence == pod->containers[index].run &&
          pod->containers[index].state == ContainerState::kRunning && pod->containers[index].kill_at &&
          *pod->containers[index].kill_at <= ctx.now()) {
        // A preStop hook that outlasts the grace period: SIGTERM, and 2 s more.
        pod->containers[index].hook.present() ? afterPreStop(ctx, slot, index) : kill(ctx, slot, index, "Error");
      }
      break;
    case kRemove: sendDelete(ctx, slot); break;
    case kRestart:
      if (has_container && sequence == pod->containers[index].run) considerRestart(ctx, slot, index);
      break;
    case kDeadline:
      if (pod->stage == PodStage::kTerminal || pod->terminating) break;
      pod->fail_reason = "DeadlineExceeded";
      pod->fail_message = "Pod was active on the node longer than the specified deadline";
      record(ctx, *pod, NoteKind::kContainer, "the Pod's activeDeadlineSeconds is over");
      beginTermination(ctx, slot);
      break;
    case kAskAgain:
      if (has_container && sequence == pod->containers[index].run &&
          pod->containers[index].state == ContainerState::kPulling)
        ensureImage(ctx, slot, index);
      break;
    case kUsage:
      if (has_container && (sequence >> 1) == pod->containers[index].run) uses(ctx, slot, index, (sequence & 1U) != 0);
      break;
    default: break;
  }
}

void Kubelet::onNodeTimer(Context& ctx, Timer kind, std::uint32_t node, std::uint64_t b) {
  NodeRuntime& runtime = nodes_[node];
  if (runtime.down) return;
  if (runtime.hung) {
    runtime.held.push_back({kind, node, b});
    return;
  }
  switch (kind) {
    case kRelist: relist(ctx, node); break;
    case kNodeStatus: report(ctx, node); break;
    case kStatusRetry: retry(ctx, node); break;
    case kBooted:
      runtime.booting = false;
      goOn(ctx, node);
      report(ctx, node);
      break;
    case kPullDone: pullDone(ctx, node, b); break;
    case kPressure: relievePressure(ctx, node); break;
    case kShutdown: shutdownStep(ctx, node); break;
    default: break;
  }
}

// --- PLEG: the kubelet notices what its containers did at its next relist (K-T-6) ---

void Kubelet::noticeSoon(Context& ctx, std::uint32_t slot) {
  NodeRuntime& node = nodes_[pods_[slot].node];
  if (node.down) return;
  node.noticed_next.insert(slot);
  if (node.relist_scheduled) return;
  node.relist_scheduled = true;
  node.relist = ctx.kernel.scheduleAfter(untilTick(ctx, node, "pleg", ctx.timing.kubelet.pleg),
                                         targetOf(Component::kKubelet), kRelist, pods_[slot].node);
}

void Kubelet::relist(Context& ctx, std::uint32_t node) {
  nodes_[node].relist_scheduled = false;
  const std::set<std::uint32_t> slots = std::move(nodes_[node].noticed_next);
  nodes_[node].noticed_next.clear();
  for (const std::uint32_t slot : slots) {
    if (pods_[slot].used && pods_[slot].node == node) notice(ctx, slot);
  }
}

// --- status ---

void Kubelet::syncStatus(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  const NodeRuntime& node = nodes_[pod.node];
  if (!pod.used || pod.stage == PodStage::kSeen || node.down) return;
  if (pod.patch_in_flight || node.hung) {
    pod.dirty = true;
    return;
  }
  pod.dirty = false;
  api::PodStatus status = makePodStatus(pod, node.ip, ctx.now());
  if (pod.ever_sent && !pod.unsent && sameStatus(status, pod.sent)) return;
  if (status.phase == "Succeeded" || status.phase == "Failed") {
    pod.stage = PodStage::kTerminal;
    ctx.kernel.cancel(pod.deadline);
  }
  pod.sent = std::move(status);
  pod.ever_sent = true;
  if (node.partitioned) {
    pod.unsent = true;  // until the way is there again
    return;
  }
  sendStatus(ctx, slot);
}

void Kubelet::sendStatus(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  pod.unsent = false;
  pod.patch_in_flight = true;
  ctx.transport.send(ctx.kernel, nodes_[pod.node].client, targetOf(Component::kKubelet),
                     api::patchStatusRequest(api::keyOf(*pod.pod), api::PodStatusPatch{pod.sent}),
                     tagOf(kStatusPatch, handleOf(slot)));
}

// A write that failed is tried again with the next pass of the status manager (K-T-9).
void Kubelet::retrySoon(Context& ctx, std::uint32_t node) {
  NodeRuntime& runtime = nodes_[node];
  if (runtime.retry_scheduled) return;
  runtime.retry_scheduled = true;
  runtime.retry_timer =
      ctx.kernel.scheduleAfter(untilTick(ctx, runtime, "status", ctx.timing.kubelet.status_retry),
                               targetOf(Component::kKubelet), kStatusRetry, node, 0, kernel::EventClass::kRetry);
}

void Kubelet::retry(Context& ctx, std::uint32_t node) {
  nodes_[node].retry_scheduled = false;
  if (nodes_[node].partitioned) return;  // again when the way is there
  const std::set<std::uint32_t> slots = nodes_[node].slots;
  for (const std::uint32_t slot : slots) {
    PodRuntime& pod = pods_[slot];
    if (pod.unsent && !pod.patch_in_flight) sendStatus(ctx, slot);
    if (pod.removing && !pod.delete_in_flight) sendDelete(ctx, slot);
  }
}

void Kubelet::onResponse(Context& ctx, const apiserver::Call& call) {
  if (const auto events = event_clients_.find(call.client); events != event_clients_.end()) {
    nodes_[events->second].events.onResponse(ctx, call);
    return;
  }
  const std::uint64_t what = call.tag >> 56;
  if (what == kNodeWrite) {
    const auto index = static_cast<std::uint32_t>(call.tag & 0xffffffffU);
    NodeRuntime& node = nodes_[index];
    --node.status_in_flight;
    if (!node.present || !node.reaches()) return;
    if (!call.response.ok()) {
      reportSoon(ctx, index, untilTick(ctx, node, "report", kReportEvery));
    } else {
      if (call.response.object->meta.resourceVersion > node.object->meta.resourceVersion)
        node.object = call.response.object;
      report(ctx, index);
    }
    return;
  }
  const std::uint64_t handle = call.tag & 0xffffffffffffffULL;
  PodRuntime* pod = live(handle);
  if (!pod) return;
  const auto slot = static_cast<std::uint32_t>(handle & 0xffffffffU);
  if (what == kStatusPatch) {
    pod->patch_in_flight = false;
    if (call.response.ok()) {
      pod->stored = call.response.object->meta.resourceVersion;
    } else if (call.response.reason != api::Reason::kNotFound) {
      pod->unsent = true;
      retrySoon(ctx, pod->node);
      return;
    }
    if (pod->dirty) syncStatus(ctx, slot);
    if (pod->terminating) finishTermination(ctx, slot);
    shutdownProgress(ctx, pod->node);
  } else if (what == kDeletePod) {
    pod->delete_in_flight = false;
    const api::Reason reason = call.response.reason;
    if (!call.response.ok() && reason != api::Reason::kNotFound && reason != api::Reason::kConflict)
      retrySoon(ctx, pod->node);
  } else if (what == kScale) {
    if (!call.response.ok()) notScaled(ctx, *pod, call.response.message);
  } else if (what == kAnnotation) {
    workload::AskAnswer answer;
    answer.ok = call.response.ok();
    for (std::size_t i = 0; i < pod->containers.size(); ++i) {
      ContainerRuntime& c = pod->containers[i];
      if (!c.annotating || c.state != ContainerState::kRunning) continue;
      answerMachine(ctx, slot, i, *std::exchange(c.annotating, std::nullopt), answer);
      break;
    }
  }
}

void Kubelet::sendDelete(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (pod.delete_in_flight || nodes_[pod.node].partitioned) return;
  pod.delete_in_flight = true;
  api::DeleteOptions options;
  options.gracePeriodSeconds = 0;
  options.preconditionUid = pod.pod->meta.uid;
  ctx.transport.send(ctx.kernel, nodes_[pod.node].client, targetOf(Component::kKubelet),
                     api::deleteRequest(api::keyOf(*pod.pod), std::move(options)), tagOf(kDeletePod, handleOf(slot)));
}

void Kubelet::sendAnnotation(Context& ctx, std::uint32_t slot, const std::string& value) {
  PodRuntime& pod = pods_[slot];
  if (nodes_[pod.node].partitioned) return;  // again when the way is there
  api::AnnotationPatch patch;
  patch.annotations.set("jobset.sigs.k8s.io/in-place-restart-attempt", value);
  ctx.transport.send(ctx.kernel, nodes_[pod.node].client, targetOf(Component::kKubelet),
                     api::patchRequest(api::keyOf(*pod.pod), std::move(patch)), tagOf(kAnnotation, handleOf(slot)));
}

void Kubelet::event(Context& ctx, const PodRuntime& pod, std::string_view type, std::string_view reason,
                    std::string text) {
  if (!nodes_[pod.node].reaches()) return;
  nodes_[pod.node].events.record(ctx, *pod.pod, type == "Warning" ? EventType::kWarning : EventType::kNormal, reason,
                                 std::move(text));
}

void Kubelet::record(Context& ctx, const PodRuntime& pod, NoteKind kind, std::string text, const std::string& container,
                     std::uint64_t a, std::uint64_t b) {
  if (!ctx.trace.enabled) return;
  std::string subject = "Pod/" + nameOf(*pod.pod);
  if (!container.empty()) subject += "/" + container;
  ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(kind), std::move(subject), std::move(text), a, b);
}

std::vector<std::pair<std::string, std::string>> Kubelet::waiting() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const PodRuntime& pod : pods_) {
    if (!pod.used || pod.stage == PodStage::kTerminal) continue;
    if (!pod.waits_for.empty()) found.emplace_back(nameOf(*pod.pod), pod.waits_for);
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      const ContainerRuntime& c = pod.containers[i];
      if ((c.state == ContainerState::kRunning || c.blocked) && !c.waits_for.empty()) {
        found.emplace_back(nameOf(*pod.pod), c.waits_for);
        break;
      }
      const auto group = groups_.find(c.group);
      if (group != groups_.end() && (!workload::wakeOf(group->second.model) || workload::isIdle(group->second.model))) {
        found.emplace_back(nameOf(*pod.pod),
                           fmt::format("container {} waits for those it works with: {} of them are there",
                                       specOf(pod, i).name, group->second.members.size()));
        break;
      }
    }
  }
  return found;
}

}  // namespace jobset_twin::cluster
