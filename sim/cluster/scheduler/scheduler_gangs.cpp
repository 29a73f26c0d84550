// Gangs in the scheduler: when their Pods are let in, how they are tried together, and what is done about it (K-SCH-60,
// 61). Source: kube-scheduler 1.36 schedule_one_podgroup.go, plugins/gangscheduling.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "sim/cluster/scheduler/cycle_cost.hpp"
#include "sim/cluster/scheduler/domain_tree.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::cluster {

using kernel::EventClass;

namespace {

constexpr const char* kUnschedulable = "pod group is unschedulable";
constexpr const char* kWaitsForPreemption = "pod group is waiting for preemption to complete";

// All of a gang wait for what any of them waits for; at least for room.
PluginMask waitsFor(const GangTrial& trial) {
  PluginMask plugins = maskOf(Plugin::kNodeResourcesFit);
  for (const GangMember& member : trial.members) plugins |= member.placement.error.plugins;
  return plugins;
}

}  // namespace

void Scheduler::onJobSet(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectMeta& meta = event.object->meta;
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  for (const std::string& gang : gangs_.setJobSet(meta.namespace_, meta.name, deleted ? nullptr : event.object))
    admit(ctx, gang);
}

void Scheduler::onPodGroup(Context& ctx, const apiserver::WatchEvent& event) {
  if (!gangs_.needsPodGroups()) return;
  const api::ObjectMeta& meta = event.object->meta;
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  for (const std::string& gang : gangs_.setPodGroup(meta.namespace_, meta.name, deleted ? nullptr : event.object))
    admit(ctx, gang);
}

// A Pod that is to be scheduled and is not in the queue: into it, unless its gang is not complete yet (PreEnqueue).
void Scheduler::enqueue(Context& ctx, PodSlot slot) {
  if (const std::string* gang = gangs_.gangOf(slot)) {
    const bool others_are_in = static_cast<std::int64_t>(gangs_.at(*gang).members.size()) > gangs_.least(*gang);
    const std::string why_not = gangs_.notYet(*gang);
    if (!why_not.empty()) {
      messages_[slot] = why_not;
      return;
    }
    if (!others_are_in) return admit(ctx, std::string(*gang));
  }
  queue_.add(slot, view_.pods[slot].number, view_.pods[slot].shape->priority, ctx.now(), ctx.kernel.currentClass());
}

void Scheduler::admit(Context& ctx, const std::string& gang) {
  const std::string why_not = gangs_.notYet(gang);
  for (const PodSlot slot : gangs_.at(gang).members) {
    const ViewPod& pod = view_.pods[slot];
    if (queue_.state(slot) != QueueState::kAbsent || pod.node != kNoNode || assumed_.contains(slot)) continue;
    if (!schedulable(*pod.object)) continue;
    if (why_not.empty()) {
      messages_.erase(slot);
      queue_.add(slot, pod.number, pod.shape->priority, ctx.now(), ctx.kernel.currentClass());
    } else {
      messages_[slot] = why_not;
    }
  }
}

std::size_t Scheduler::placedOf(const std::string& gang) const {
  const std::set<PodSlot>& members = gangs_.at(gang).members;
  return static_cast<std::size_t>(
      std::count_if(members.begin(), members.end(), [&](PodSlot slot) { return view_.pods[slot].node != kNoNode; }));
}

// No gang, or enough of it have a node already.
bool Scheduler::goesAlone(PodSlot slot) const {
  const std::string* gang = gangs_.gangOf(slot);
  if (!gang) return true;
  const std::int32_t least = gangs_.least(*gang);
  return least <= 0 || placedOf(*gang) >= static_cast<std::size_t>(least);
}

// All of the gang that wait, out of the queue; none while a preemption for one of them is under way.
std::vector<GangPod> Scheduler::gather(Context& ctx, PodSlot first, const std::string& gang) {
  std::vector<PodSlot> slots{first};
  const std::set<PodSlot>& members = gangs_.at(gang).members;
  const bool held = std::any_of(members.begin(), members.end(), [&](PodSlot slot) {
    return queue_.state(slot) != QueueState::kAbsent && queue_.pod(slot).held;
  });
  if (held) return {};
  for (const PodSlot slot : members) {
    if (slot != first && queue_.take(slot) && !skipTerminating(ctx, slot)) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end(), [&](PodSlot a, PodSlot b) {
    const ViewPod &left = view_.pods[a], &right = view_.pods[b];
    if (left.shape->priority != right.shape->priority) return left.shape->priority > right.shape->priority;
    return left.number < right.number;
  });
  std::vector<GangPod> out;
  for (const PodSlot slot : slots) {
    GangPod& pod = out.emplace_back();
    pod.slot = slot;
    pod.config = &configOf(slot);
    pod.tie_key = draw(ctx, slot, "");
    pod.preemption_offset = draw(ctx, slot, "/preemption");
    pod.nominated = nominatedNode(slot);
  }
  return out;
}

Duration Scheduler::attemptGang(Context& ctx, PodSlot first, const std::string& key) {
  const std::string gang = key;
  const std::vector<GangPod> pods = gather(ctx, first, gang);
  if (pods.empty()) {
    queue_.putBack(first, queue_.pod(first).plugins, false, ctx.now(),
                   {ctx.timing.scheduler.backoff, ctx.timing.scheduler.backoff_max, std::chrono::seconds(1),
                    ctx.timing.scheduler.flush_after},
                   ctx.kernel.currentClass());
    return {};
  }
  const auto least = static_cast<std::size_t>(gangs_.least(gang));
  const std::size_t placed = placedOf(gang);
  const std::size_t enough = least > placed ? least - placed : 0;
  Duration cost{};
  std::string why_not;
  GangTrial trial = tryEverywhere(ctx, gang, pods, enough, cost, why_not);
  std::vector<VictimUnit> victims;
  if (trial.fitting < enough && gangs_.gates().WorkloadAwarePreemption && gangs_.at(gang).native &&
      gangs_.topologyKey(gang).empty() && view_.pods[first].shape->preempts) {
    const auto attempt = [&] {
      return tryGang(view_, nominations_, pods, next_start_, nullptr, false, ctx.clock(), {});
    };
    victims = makeRoomForGang(view_, victimUnits(ctx, view_.pods[first].shape->priority), attempt, enough, trial);
    trial.makes_room = !victims.empty();
  }
  if (trial.fitting < enough) {
    refuseGang(ctx, trial, why_not);
    tellPodGroup(ctx, gang, false, why_not);
  } else if (trial.makes_room) {
    nominateGang(ctx, trial, victims);
    tellPodGroup(ctx, gang, false, kWaitsForPreemption);
  } else {
    bindGang(ctx, gang, trial);
    tellPodGroup(ctx, gang, true, "");
  }
  return cost;
}

// In the domains that the gang may have, one after the other, until enough of it fit.
GangTrial Scheduler::tryEverywhere(Context& ctx, const std::string& gang, std::span<const GangPod> pods,
                                   std::size_t enough, Duration& cost, std::string& why_not) {
  const bool native = gangs_.at(gang).native;
  const std::string level = gangs_.topologyKey(gang);
  const bool anywhere = level.empty() && (native || !gangs_.options().compact);
  const auto attempt = [&](const std::vector<NodeSlot>* within, bool preempts) {
    std::uint64_t number = 0;
    const TrialWatcher told = [&](Cycle& cycle, const GangPod& pod, const Placement& placement) {
      tellDecision(ctx, cycle, pod.slot, placement);
      cost += cycleCost(ctx.timing.scheduler, view_, *view_.pods[pod.slot].shape, placement);
      if (number++ == 0) return;  // the cycle that popped the first has its time already
      cost += kernel::sample(ctx.timing.scheduler.cycle, ctx.kernel.seed(), "scheduler/cycle",
                             static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()) + number);
    };
    return tryGang(view_, nominations_, pods, next_start_, within, preempts, ctx.clock(), told);
  };
  const auto say = [&](const GangTrial& trial) {
    why_not =
        native ? kUnschedulable
               : fmt::format("all or nothing: only {} of the {} Pods that are still needed fit", trial.fitting, enough);
  };
  if (anywhere) {
    GangTrial trial = attempt(nullptr, !gangs_.gates().WorkloadAwarePreemption || !native);
    say(trial);
    return trial;
  }
  // Where a part of it has its place already, the rest belongs there.
  NodeSlot there = kNoNode;
  for (const PodSlot slot : gangs_.at(gang).members) {
    if (view_.pods[slot].node != kNoNode) there = view_.pods[slot].node;
  }
  const DomainTree tree(view_.nodes, level.empty() ? usualLevels() : std::vector<std::string>{level});
  GangTrial first;
  std::size_t tried = 0;
  for (const DomainTree::Vertex domain : candidates(tree, view_.nodes, level, *view_.pods[pods.front().slot].shape,
                                                    static_cast<std::int64_t>(pods.size()))) {
    const std::vector<NodeSlot> nodes = tree.nodesOf(domain);
    if (!level.empty() && there != kNoNode && std::find(nodes.begin(), nodes.end(), there) == nodes.end()) continue;
    const bool whole = domain == tree.root();
    GangTrial trial = attempt(whole ? nullptr : &nodes, whole);
    ++tried;
    if (trial.fitting >= enough) return trial;
    if (tried == 1 || whole) first = std::move(trial);
  }
  if (tried == 0) {  // no node has the level's label
    for (const GangPod& pod : pods) first.members.emplace_back().pod = pod;
  }
  say(first);
  if (!level.empty())
    why_not = fmt::format("0/{} placements are available, first placement status: {}", tried, why_not);
  return first;
}

// Pods of lower priority that have a node, by what goes together.
std::vector<VictimUnit> Scheduler::victimUnits(Context& ctx, std::int32_t below) const {
  std::map<std::string, VictimUnit> units;
  for (const auto& [uid, slot] : slots_) {
    const ViewPod& pod = view_.pods[slot];
    if (pod.node == kNoNode || pod.shape->priority >= below || pod.terminating()) continue;
    const std::string* gang = gangs_.gangOf(slot);
    std::string key = fmt::format("pod/{:020}", pod.number);
    if (gang && gangs_.at(*gang).native) {
      const api::ObjectPtr* group = gangs_.podGroup(gangs_.at(*gang).namespace_, gangs_.at(*gang).name);
      const nlohmann::json spec =
          group ? api::as<api::Generic>(*group).content.get().value("spec", nlohmann::json()) : nlohmann::json();
      if (spec.is_object() && spec.value("disruptionMode", "") == "PodGroup") key = *gang;
    }
    VictimUnit& unit = units[key];
    const kernel::TimePoint start = pod.pod().status.startTime.value_or(ctx.clock());
    if (unit.pods.empty() || start < unit.start) unit.start = start;
    unit.priority = unit.pods.empty() ? pod.shape->priority : std::max(unit.priority, pod.shape->priority);
    unit.pods.push_back(slot);
  }
  std::vector<VictimUnit> out;
  for (auto& [key, unit] : units) out.push_back(std::move(unit));
  return out;
}

void Scheduler::bindGang(Context& ctx, const std::string& gang, const GangTrial& trial) {
  if (!gangs_.at(gang).native) gangs_.setPlaced(gang);
  for (const GangMember& member : trial.members) {
    if (member.node() != kNoNode) {
      bind(ctx, member.pod.slot, member.node());
    } else {
      refuse(ctx, member.pod.slot, member.placement.error);
    }
  }
}

// Room is being made: all of the gang wait for it, each for its node.
void Scheduler::nominateGang(Context& ctx, const GangTrial& trial, const std::vector<VictimUnit>& units) {
  const PluginMask plugins = waitsFor(trial);
  Preemption together;
  for (const VictimUnit& unit : units)
    together.victims.insert(together.victims.end(), unit.pods.begin(), unit.pods.end());
  for (const GangMember& member : trial.members) {
    const PodSlot slot = member.pod.slot;
    FitError error = member.placement.error;
    error.plugins = plugins;
    if (member.node() == kNoNode) {
      refuse(ctx, slot, error);
      continue;
    }
    const std::string node = view_.nodes.entry(member.node()).name;
    const bool evicts = member.preemption.node != kNoNode || !together.victims.empty();
    if (evicts) {
      together.node = member.node();
      evict(ctx, slot, member.preemption.node != kNoNode ? member.preemption : together);
      together.victims.clear();
    }
    if (member.placement.node != kNoNode) error.group = kWaitsForPreemption;
    nominate(slot, node);
    refuse(ctx, slot, error, node);
    if (evicts) queue_.hold(slot, true);
  }
}

// Those that fit wait for what those that do not fit wait for.
void Scheduler::refuseGang(Context& ctx, const GangTrial& trial, const std::string& why) {
  const PluginMask plugins = waitsFor(trial);
  for (const GangMember& member : trial.members) {
    FitError error = member.placement.error;
    if (member.node() != kNoNode || error.plugins == 0) error.group = why;
    error.plugins = plugins;
    const bool clears = nominated_.contains(member.pod.slot);
    nominate(member.pod.slot, "");
    refuse(ctx, member.pod.slot, error, clears ? std::optional<std::string>("") : std::nullopt);
  }
}

// The PodGroup's condition PodGroupScheduled; once True it stays.
void Scheduler::tellPodGroup(Context& ctx, const std::string& gang, bool scheduled, const std::string& message) {
  if (!gangs_.at(gang).native) return;
  const api::ObjectPtr* found = gangs_.podGroup(gangs_.at(gang).namespace_, gangs_.at(gang).name);
  if (!found) return;
  const nlohmann::json content = api::as<api::Generic>(*found).content.get();
  nlohmann::json condition = {{"type", "PodGroupScheduled"},
                              {"status", scheduled ? "True" : "False"},
                              {"reason", scheduled ? "Scheduled" : "Unschedulable"},
                              {"message", message},
                              {"observedGeneration", (*found)->meta.generation},
                              {"lastTransitionTime", api::formatTime(ctx.clock())}};
  const nlohmann::json* before = nullptr;
  if (content.is_object() && content.contains("status") && content["status"].contains("conditions")) {
    for (const nlohmann::json& one : content["status"]["conditions"]) {
      if (one.is_object() && one.value("type", "") == "PodGroupScheduled") before = &one;
    }
  }
  if (before) {
    if (before->value("status", "") == "True" && !scheduled) return;
    if ((before->value("status", "") == "True") == scheduled)
      condition["lastTransitionTime"] = (*before)["lastTransitionTime"];
    if (*before == condition) return;
  }
  send(
      ctx, Purpose::kCondition, 0,
      api::patchStatusRequest(
          api::keyOf(**found),
          api::MergePatch{api::Raw(nlohmann::json{{"status", {{"conditions", nlohmann::json::array({condition})}}}})}));
}

}  // namespace jobset_twin::cluster
