// One pass over the nodes' health (monitorNodeHealth): conditions, taints, Pods, and what follows for the zones.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/cluster/nodes/node_lifecycle.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::int32_t kPassWorkers = 8;  // nodeUpdateWorkerSize
constexpr std::int32_t kFlipTries = 5;    // NodeHealthUpdateRetry
constexpr std::string_view kFlipped[] = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"};

// K-NODE-2: what the kubelet would keep up to date is Unknown.
void makeUnknown(api::Object& node, api::TimePoint now) {
  std::vector<api::Condition>& conditions = api::as<api::Node>(node).status.conditions;
  for (const std::string_view type : kFlipped) {
    api::Condition* condition = api::findCondition(conditions, type);
    if (!condition) {
      condition = &conditions.emplace_back();
      condition->type = type;
      condition->status = "Unknown";
      condition->reason = "NodeStatusNeverUpdated";
      condition->message = "Kubelet never posted node status.";
      condition->lastHeartbeatTime = node.meta.creationTimestamp;
      condition->lastTransitionTime = api::truncateToSeconds(now);
    } else if (condition->status != "Unknown") {
      condition->status = "Unknown";
      condition->reason = "NodeStatusUnknown";
      condition->message = "Kubelet stopped posting node status.";
      condition->lastTransitionTime = api::truncateToSeconds(now);
    }
  }
}

TaintName execute(std::string_view key) { return {std::string(key), std::string(kNoExecute)}; }

}  // namespace

void NodeLifecycle::beginPass(Context& ctx, const NodeCache& cache) {
  passing_ = true;
  pass_began_ = ctx.now();
  for (Agenda& agenda : agenda_) {
    ctx.kernel.cancel(agenda.timer);
    passed_.merge(agenda.nodes);
    agenda.nodes.clear();
    while (!agenda.silent.empty() && agenda.silent.begin()->first < ctx.now()) {
      passed_.insert(agenda.silent.begin()->second);
      agenda.silent.erase(agenda.silent.begin());
    }
  }
  pass_nodes_.assign(passed_.begin(), passed_.end());
  fillPass(ctx, cache);
}

void NodeLifecycle::fillPass(Context& ctx, const NodeCache& cache) {
  filling_ = true;
  while (pass_workers_ < kPassWorkers && !pass_nodes_.empty()) {
    const std::string node = std::move(pass_nodes_.front());
    pass_nodes_.pop_front();
    beginHealth(ctx, cache, node);
  }
  filling_ = false;
  if (pass_workers_ > 0) return;
  while (!release_nodes_.empty()) {  // one after the other
    const std::string node = std::move(release_nodes_.front());
    release_nodes_.pop_front();
    const auto health = health_.find(node);
    const api::Object* object = cache.node(node);
    if (health == health_.end() || !object) continue;
    zones_.at(health->second.zone).queue.remove(node);
    Work work;
    work.kind = WorkKind::kRelease;
    work.node = node;
    work.taints.remove = {{execute(kTaintUnreachable)}, {execute(kTaintNotReady)}};
    std::optional<api::Request> first = work.taints.begin(*object);
    if (!first) continue;
    ++pass_workers_;
    const std::uint64_t id = next_work_++;
    works_.emplace(id, std::move(work));
    return send(ctx, id, std::move(*first));
  }
  if (passing_) endPass(ctx, cache);
}

void NodeLifecycle::beginHealth(Context& ctx, const NodeCache& cache, const std::string& node) {
  const auto cached = cache.nodes().find(node);
  if (cached == cache.nodes().end() || !health_.contains(node)) return;
  const std::uint64_t id = next_work_++;
  Work& work = works_[id];
  work.kind = WorkKind::kHealth;
  work.node = node;
  work.object = cached->second;
  ++pass_workers_;
  if (!flip(ctx, work, id)) decideTaints(ctx, cache, id);
}

// Writes the node off if it has been silent for too long; false: there is nothing to write.
bool NodeLifecycle::flip(Context& ctx, Work& work, std::uint64_t id) {
  const Health& health = health_.at(work.node);
  const Duration grace = health.starting ? ctx.timing.nodes.startup_grace : ctx.timing.nodes.monitor_grace;
  work.was_ready = readyStatus(*work.object) == "True";
  if (!health.silent || ctx.heartbeats.beats(work.node) || ctx.now() <= kernel::saturatingAdd(health.probe, grace))
    return false;
  const api::MutableObjectPtr fresh = api::edit(work.object);
  makeUnknown(*fresh, ctx.clock());
  if (readyStatus(*fresh) == readyStatus(*work.object)) return false;
  work.stage = Stage::kStatus;
  send(ctx, id, api::updateStatusRequest(fresh));
  return true;
}

void NodeLifecycle::onAnswer(Context& ctx, const NodeCache& cache, std::uint64_t id, const apiserver::Call& call) {
  Work& work = works_.at(id);
  const api::Response& response = call.response;
  if (work.stage == Stage::kPods) {
    if (response.ok()) {
      events_.record(ctx, *response.object, EventType::kWarning, "NodeNotReady", "Node is not ready");
    } else if (response.reason != api::Reason::kNotFound) {
      retry_.insert(work.node);
    }
    work.pods.pop_front();
    return markNextPod(ctx, cache, id);
  }
  const auto health = health_.find(work.node);
  if (health == health_.end()) return finish(ctx, cache, id, false);
  if (work.stage == Stage::kStatus && response.ok()) {
    const bool before = work.was_ready;
    work.object = response.object;
    work.flipped = before;
    if (health->second.counted) countReady(work.node, "Unknown");
    health->second.ready = "Unknown";
    decide(ctx, work.node,
           fmt::format("its kubelet has not been heard of since {}: conditions are Unknown",
                       api::formatTime(api::truncateToSeconds(health->second.probe))));
    return decideTaints(ctx, cache, id);
  }
  if (work.stage == Stage::kLive && response.ok()) {
    work.object = response.object;
    if (!flip(ctx, work, id)) decideTaints(ctx, cache, id);
    return;
  }
  if (response.reason == api::Reason::kNotFound || ++work.tries >= kFlipTries) return finish(ctx, cache, id, false);
  work.stage = Stage::kLive;
  api::Request get;
  get.verb = api::Verb::kGet;
  get.key = {api::Kind::kNode, "", work.node};
  send(ctx, id, std::move(get));
}

// processTaintBaseEviction: straight away if the other of the two taints is there, else by the zone's queue.
void NodeLifecycle::decideTaints(Context& ctx, const NodeCache& cache, std::uint64_t id) {
  Work& work = works_.at(id);
  work.stage = Stage::kTaints;
  const std::string ready = readyStatus(*work.object);
  ZoneQueue& queue = zones_.at(health_.at(work.node).zone).queue;
  if (ready == "True") {
    queue.remove(work.node);
    work.taints.remove = {{execute(kTaintUnreachable)}, {execute(kTaintNotReady)}};
  } else if (ready == "False" || ready == "Unknown") {
    const std::string_view own = ready == "False" ? kTaintNotReady : kTaintUnreachable;
    const std::string_view other = ready == "False" ? kTaintUnreachable : kTaintNotReady;
    if (hasTaint(*work.object, other, kNoExecute)) {
      work.taints.add = {execute(own)};
      work.taints.remove = {{execute(other)}};
    } else if (!queue.contains(work.node)) {
      marked_.push_back(work.node);  // a fresh process knows of no turn: it taints again, with the time of now
    }
  }
  std::optional<api::Request> first = work.taints.begin(*work.object);
  if (!first) return markPods(ctx, cache, id);
  send(ctx, id, std::move(*first));
}

// K-NODE-4: the Pods of a node that was Ready and is not any more.
void NodeLifecycle::markPods(Context& ctx, const NodeCache& cache, std::uint64_t id) {
  Work& work = works_.at(id);
  work.stage = Stage::kPods;
  const bool again = retry_.erase(work.node) > 0 && readyStatus(*work.object) != "True";
  if (work.flipped) {
    events_.record(ctx, *work.object, EventType::kNormal, "NodeNotReady",
                   fmt::format("Node {} status is now: NodeNotReady", work.node));
  }
  if (work.flipped || again) {
    for (const auto& [name, pod] : cache.podsOf(work.node)) work.pods.push_back(name);
  }
  markNextPod(ctx, cache, id);
}

void NodeLifecycle::markNextPod(Context& ctx, const NodeCache& cache, std::uint64_t id) {
  Work& work = works_.at(id);
  for (; !work.pods.empty(); work.pods.pop_front()) {
    const api::Object* pod = cache.pod(work.node, work.pods.front());
    if (!pod) continue;
    const api::Condition* ready = api::findCondition(api::as<api::Pod>(*pod).status.conditions, "Ready");
    if (!ready || ready->status == "False") continue;
    api::Condition condition = *ready;
    condition.status = "False";
    condition.lastTransitionTime = api::truncateToSeconds(ctx.clock());
    api::SetConditions patch;
    patch.conditions = {std::move(condition)};
    return send(ctx, id, api::patchStatusRequest(work.pods.front().key(), std::move(patch)));
  }
  finish(ctx, cache, id, true);
}

void NodeLifecycle::endPass(Context& ctx, const NodeCache& cache) {
  handleDisruption(ctx, cache);
  if (!release_nodes_.empty()) return fillPass(ctx, cache);
  for (const std::string& node : std::exchange(marked_, {})) {  // by the rates that hold now
    const auto health = health_.find(node);
    if (health != health_.end()) zones_.at(health->second.zone).queue.add(node);
  }
  passing_ = false;
  clock_.passed(pass_began_, ctx.now());
  zones_changed_ = zonesWouldChange(ctx.timing.nodes);
  for (const std::string& node : std::exchange(passed_, {})) plan(ctx, cache, node);
  armPoll(ctx, cache);
  arm(ctx);
}

// K-NODE-7. Zones are Normal until they were looked at; a zone without nodes that count has no say.
void NodeLifecycle::handleDisruption(Context& ctx, const NodeCache& cache) {
  const NodeTiming& timing = ctx.timing.nodes;
  bool any = false, all_down = true;
  std::map<std::string, ZoneState> states;
  for (const auto& [name, zone] : zones_) {
    if (zone.ready + zone.not_ready == 0) continue;
    any = true;
    states[name] = zoneStateOf(zone.ready, zone.not_ready, timing);
    all_down = all_down && states[name] == ZoneState::kFull;
  }
  all_down = any && all_down;
  const bool was_down = all_down_;
  all_down_ = all_down;
  if (all_down && was_down) return;
  if (all_down) {
    for (auto& [name, zone] : zones_) {
      zone.state = ZoneState::kFull;
      zone.queue.setRate(0, ctx.now());
    }
    for (const auto& [node, object] : cache.nodes()) release_nodes_.push_back(node);
    decide(ctx, "*", "every zone is down: nothing is evicted until a node is ready again");
    return;
  }
  if (was_down) {
    for (auto& [node, health] : health_) {
      health.probe = std::max(health.probe, ctx.now());
      plan(ctx, cache, node);
    }
  }
  for (const auto& [name, state] : states) {
    Zone& zone = zones_.at(name);
    if (state == zone.state && !was_down) continue;
    zone.state = state;
    zone.queue.setRate(taintRate(state, zone.ready + zone.not_ready, timing), ctx.now());
    decide(ctx, "*",
           fmt::format("zone {} is {}: {} of {} nodes are not ready, {} nodes a second are tainted",
                       name.empty() ? "\"\"" : name, zoneStateText(state), zone.not_ready, zone.ready + zone.not_ready,
                       zone.queue.rate()));
  }
}

}  // namespace jobset_twin::cluster
