// What it watches, and when the next pass has something to do. monitor_pass.cpp: the passes; taint_queue.cpp: the
// queues of NoExecute taints.
#include "sim/cluster/nodes/node_lifecycle.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::cluster {
namespace {

constexpr std::int32_t kUpdateWorkers = 8;  // scheduler.UpdateWorkerSize
constexpr std::string_view kExcluded = "node.kubernetes.io/exclude-disruption";

const api::Condition* readyOf(const api::Object& node) {
  return api::findCondition(api::as<api::Node>(node).status.conditions, "Ready");
}

}  // namespace

void NodeLifecycle::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  const apiserver::ClientConfig config{"kube-controller-manager/node-lifecycle-controller",
                                       clients.controller_manager_qps, clients.controller_manager_burst};
  client_ = ctx.transport.addClient(config);
  events_.start(ctx, {config.name + "/events", config.qps, config.burst}, Component::kNodeLifecycle);
  clock_ = PassClock(ctx.kernel, "node-lifecycle/monitor", ctx.timing.nodes.monitor_period);
  polls_ = PassClock(ctx.kernel, "node-lifecycle/taint-poll", ctx.timing.nodes.taint_poll);
}

void NodeLifecycle::synced(Context& ctx) {
  clock_ = PassClock(ctx.now(), ctx.timing.nodes.monitor_period);
  polls_ = PassClock(ctx.now(), ctx.timing.nodes.taint_poll);
}

void NodeLifecycle::stop(Context& ctx) {
  for (const Agenda& agenda : agenda_) ctx.kernel.cancel(agenda.timer);
  ctx.kernel.cancel(poll_timer_);
}

ZoneState NodeLifecycle::zoneState(const std::string& zone) const {
  const auto found = zones_.find(zone);
  return found == zones_.end() ? ZoneState::kNormal : found->second.state;
}

void NodeLifecycle::decide(Context& ctx, const std::string& node, std::string text) {
  if (!ctx.trace.enabled) return;
  ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), "Node/" + node, std::move(text));
}

void NodeLifecycle::onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  const api::Object& node = *event.object;
  const std::string& name = node.meta.name;
  const auto known = health_.find(name);
  if (event.type == apiserver::WatchType::kDeleted) {
    if (known == health_.end()) return;
    unplan(name, known->second);
    countReady(name, {});
    if (const auto zone = zones_.find(known->second.zone); zone != zones_.end()) zone->second.queue.remove(name);
    health_.erase(known);
    retry_.erase(name);
    events_.record(ctx, node, EventType::kNormal, "RemovingNode",
                   fmt::format("Removing Node {} from Controller", name));
    zones_changed_ = zonesWouldChange(ctx.timing.nodes);
    arm(ctx);
    return;
  }
  Health& health = health_[name];
  const api::Condition* ready = readyOf(node);
  if (known == health_.end()) {
    health.probe = clock_.atOrAfter(ctx.now());
    if (ctx.instance > 0 || node.meta.creationTimestamp > api::truncateToSeconds(ctx.kernel.start()))
      events_.record(ctx, node, EventType::kNormal, "RegisteredNode",
                     fmt::format("Registered Node {} in Controller", name));
    if (ready) health.posted = ready->lastHeartbeatTime.value_or(api::TimePoint{});
  }
  health.starting = !ready;
  if (!ready) health.probe = node.meta.creationTimestamp.value_or(ctx.clock()) - ctx.skew;
  if (ready && ready->lastHeartbeatTime.value_or(api::TimePoint{}) != health.posted) {
    health.posted = ready->lastHeartbeatTime.value_or(api::TimePoint{});
    health.probe = std::max(health.probe, clock_.atOrAfter(ctx.now()));  // the kubelet wrote it: a sign of life
  }
  const std::string zone = zoneOf(node);
  if (zone != health.zone || node.meta.labels.contains(kExcluded) == health.counted) {
    if (const auto before = zones_.find(health.zone); before != zones_.end()) before->second.queue.remove(name);
    countReady(name, {});
    health.zone = zone;
  }
  const auto [place, fresh_zone] = zones_.try_emplace(zone);
  if (fresh_zone) place->second.queue = ZoneQueue(all_down_ ? 0 : ctx.timing.nodes.eviction_rate);
  if (!node.meta.labels.contains(kExcluded)) countReady(name, ready ? ready->status : "Missing");
  health.ready = ready ? ready->status : std::string();
  zones_changed_ = zonesWouldChange(ctx.timing.nodes);
  observe(ctx, cache, name);
  if (!noScheduleChange(node).empty()) {
    const auto working = updating_.find(name);
    if (working != updating_.end()) {
      working->second = true;
    } else if (std::find(updates_.begin(), updates_.end(), name) == updates_.end()) {
      updates_.push_back(name);
    }
    startUpdates(ctx, cache);
  }
}

// Moves the node in its zone's numbers; "": it leaves them.
void NodeLifecycle::countReady(const std::string& node, const std::string& ready) {
  Health& health = health_.at(node);
  const auto zone = zones_.find(health.zone);
  if (health.counted) --(health.ready == "True" ? zone->second.ready : zone->second.not_ready);
  health.counted = !ready.empty();
  if (health.counted) ++(ready == "True" ? zones_[health.zone].ready : zones_[health.zone].not_ready);
}

bool NodeLifecycle::zonesWouldChange(const NodeTiming& timing) const {
  return std::any_of(zones_.begin(), zones_.end(), [&](const auto& entry) {
    const Zone& zone = entry.second;
    return zone.ready + zone.not_ready > 0 && zoneStateOf(zone.ready, zone.not_ready, timing) != zone.state;
  });
}

// Works out anew whether the node is silent, and since which pass that is known.
void NodeLifecycle::observe(Context& ctx, const NodeCache& cache, const std::string& node) {
  const auto found = health_.find(node);
  if (found == health_.end()) return;
  Health& health = found->second;
  health.silent = !ctx.heartbeats.beats(node);
  if (health.silent) {
    if (const auto renewal = ctx.heartbeats.lastRenewal(node, ctx.now()))
      health.probe = std::max(health.probe, clock_.atOrAfter(*renewal));
  }
  plan(ctx, cache, node);
}

bool NodeLifecycle::wantsPass(const api::Object& node, const Health& health) const {
  const bool not_ready = hasTaint(node, kTaintNotReady, kNoExecute);
  const bool unreachable = hasTaint(node, kTaintUnreachable, kNoExecute);
  const bool queued = zones_.at(health.zone).queue.contains(node.meta.name);
  if (retry_.contains(node.meta.name)) return true;
  if (health.ready == "True") return not_ready || unreachable || queued;
  if (health.ready == "False") return unreachable || !queued;
  if (health.ready == "Unknown") return not_ready || !queued;
  return false;
}

void NodeLifecycle::unplan(const std::string& node, Health& health) {
  if (health.agenda == kNoAgenda) return;
  agenda_[health.agenda].silent.erase({health.due, node});
  agenda_[health.agenda].nodes.erase(node);
  health.agenda = kNoAgenda;
}

void NodeLifecycle::plan(Context& ctx, const NodeCache& cache, const std::string& node) {
  const auto found = health_.find(node);
  const api::Object* object = cache.node(node);
  if (found == health_.end() || !object) return;
  Health& health = found->second;
  unplan(node, health);
  const bool wanted = wantsPass(*object, health);
  const bool may_flip = health.silent && health.ready != "Unknown";
  if (wanted || may_flip) health.agenda = cache.hasLivePods(node) ? 0 : 1;
  if (wanted) agenda_[health.agenda].nodes.insert(node);
  if (may_flip) {
    const Duration grace = health.starting ? ctx.timing.nodes.startup_grace : ctx.timing.nodes.monitor_grace;
    health.due = kernel::saturatingAdd(health.probe, grace);
    agenda_[health.agenda].silent.emplace(health.due, node);
  }
  arm(ctx);
}

// One timer for each of the two agendas, for the first pass that has something to do.
void NodeLifecycle::arm(Context& ctx) {
  if (passing_) return;
  for (std::size_t i = 0; i < agenda_.size(); ++i) {
    Agenda& agenda = agenda_[i];
    std::optional<kernel::TimePoint> at;
    if (!agenda.nodes.empty() || (i == 0 && zones_changed_)) at = clock_.atOrAfter(ctx.now());
    if (!agenda.silent.empty()) {
      const kernel::TimePoint due = std::max(clock_.after(agenda.silent.begin()->first), clock_.atOrAfter(ctx.now()));
      at = std::min(at.value_or(due), due);
    }
    const kernel::EventClass wanted = i == 0 ? kernel::EventClass::kWork : kernel::EventClass::kHousekeeping;
    if (const kernel::Event* pending = ctx.kernel.find(agenda.timer)) {
      if (at && pending->at == *at && pending->event_class == wanted) continue;
      ctx.kernel.cancel(agenda.timer);
    }
    if (!at) continue;
    const kernel::EventClass before = ctx.kernel.currentClass();
    ctx.kernel.setCurrentClass(
        kernel::EventClass::kWork);  // what becomes of running Pods is work, whoever saw it first
    agenda.timer = ctx.kernel.schedule(*at, ctx.self(Component::kNodeLifecycle), kPass, i, 0, wanted);
    ctx.kernel.setCurrentClass(before);
  }
}

void NodeLifecycle::onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  if (event.type == apiserver::WatchType::kDeleted) return;
  const std::string& node = api::as<api::Pod>(event.object).nodeName;
  if (node.empty() || (event.previous && api::as<api::Pod>(event.previous).nodeName == node)) return;
  const auto health = health_.find(node);
  if (health != health_.end() && (health->second.silent || agenda_[1].nodes.contains(node))) plan(ctx, cache, node);
}

void NodeLifecycle::startUpdates(Context& ctx, const NodeCache& cache) {
  while (update_workers_ < kUpdateWorkers && !updates_.empty()) {
    const std::string node = std::move(updates_.front());
    updates_.pop_front();
    const api::Object* object = cache.node(node);
    if (!object) continue;
    Work work;
    work.node = node;
    work.taints = noScheduleChange(*object);
    std::optional<api::Request> first = work.taints.begin(*object);
    if (!first) continue;
    ++update_workers_;
    updating_[node] = false;
    const std::uint64_t id = next_work_++;
    works_.emplace(id, std::move(work));
    send(ctx, id, std::move(*first));
  }
}

void NodeLifecycle::send(Context& ctx, std::uint64_t id, api::Request request) {
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kNodeLifecycle), std::move(request), id);
}

void NodeLifecycle::onResponse(Context& ctx, const NodeCache& cache, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  const auto found = works_.find(call.tag);
  if (found == works_.end()) return;
  if (found->second.stage != Stage::kTaints) return onAnswer(ctx, cache, call.tag, call);
  Work& work = found->second;
  if (std::optional<api::Request> next = work.taints.next(call.request, call.response, ctx.clock()))
    return send(ctx, call.tag, std::move(*next));
  if (work.kind == WorkKind::kHealth) return markPods(ctx, cache, call.tag);
  finish(ctx, cache, call.tag, work.taints.ok());
}

void NodeLifecycle::finish(Context& ctx, const NodeCache& cache, std::uint64_t id, bool ok) {
  const Work work = std::move(works_.at(id));
  works_.erase(id);
  switch (work.kind) {
    case WorkKind::kUpdate: {
      --update_workers_;
      const bool again = updating_[work.node];
      updating_.erase(work.node);
      const api::Object* node = cache.node(work.node);
      if (again && node && !noScheduleChange(*node).empty()) updates_.push_back(work.node);
      return startUpdates(ctx, cache);
    }
    case WorkKind::kHealth:
    case WorkKind::kRelease:
      --pass_workers_;
      if (!filling_) fillPass(ctx, cache);
      return;
    case WorkKind::kExecute:
      tainting_ = false;
      if (!ok) {
        const auto health = health_.find(work.node);
        if (health != health_.end()) zones_.at(health->second.zone).queue.putBack(work.node);
      }
      return armPoll(ctx, cache);
  }
}

void NodeLifecycle::onTimer(Context& ctx, const NodeCache& cache, std::uint16_t kind, std::uint64_t a) {
  switch (kind) {
    case Heartbeats::kHeartbeatChanged: return observe(ctx, cache, ctx.heartbeats.name(a));
    case kPass:
      if (!passing_) beginPass(ctx, cache);
      return;
    case kPoll: return poll(ctx, cache);
    default: return;
  }
}

}  // namespace jobset_twin::cluster
