// Gangs in the scheduler: when their Pods are let in, how they are tried together, and what is done about it (K-SCH-60,
// 61). Source: kube-scheduler 1.36 schedule_one_podgroup.go, plugins/gangscheduling.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "sim/cluster/scheduler/cycle_cost.hpp"
#include "sim/cluster/scheduler/decision_note.hpp"
#include "sim/cluster/scheduler/domain_tree.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::cluster {

using kernel::EventClass;

namespace {

// As upstream builds them: its error, and what was added.
constexpr const char* kUnschedulable = "pod group is unschedulable";
constexpr const char* kWaitsForPreemption =
    "pod group is unschedulable, pod group is waiting for preemption to complete";

std::string allOrNothing(std::size_t fitting, std::size_t enough) {
  return fmt::format("all or nothing: only {} of the {} Pods that are still needed fit", fitting, enough);
}

// disruptionMode of a PodGroup: its Pods go together. Later releases write it as an object.
bool goTogether(const api::ObjectPtr& group) {
  const nlohmann::json* mode = api::jsonAt(api::as<api::Generic>(group).content.get(), {"spec", "disruptionMode"});
  return mode && (*mode == "PodGroup" || api::jsonAt(*mode, {"podGroup"}) || api::jsonAt(*mode, {"all"}));
}

}  // namespace

// All of a gang wait for what any of them waits for; at least for room.
PluginMask Scheduler::waitsFor(const std::string& gang, const GangTrial& trial) const {
  PluginMask plugins = maskOf(Plugin::kNodeResourcesFit);
  if (!gangs_.topologyKey(gang).empty() || (!gangs_.at(gang).native && gangs_.options().compact))
    plugins |= maskOf(Plugin::kGang);
  for (const GangMember& member : trial.members) plugins |= member.placement.error.plugins;
  return plugins;
}

void Scheduler::onJobSet(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectMeta& meta = event.object->meta;
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  for (const std::string& gang : gangs_.setJobSet(meta.namespace_, meta.name, deleted ? nullptr : event.object))
    wake(ctx, gang);
  const auto waiting = without_jobset_.find(meta.namespace_ + "/" + meta.name);
  if (deleted || waiting == without_jobset_.end()) return;
  const std::set<PodSlot> slots = std::move(waiting->second);
  without_jobset_.erase(waiting);
  for (const PodSlot slot : slots) {
    gangs_.add(slot, *view_.pods[slot].object);
    if (view_.pods[slot].node == kNoNode && schedulable(*view_.pods[slot].object)) enqueue(ctx, slot);
  }
}

void Scheduler::onPodGroup(Context& ctx, const apiserver::WatchEvent& event) {
  if (!gangs_.needsPodGroups()) return;
  const api::ObjectMeta& meta = event.object->meta;
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  for (const std::string& gang : gangs_.setPodGroup(meta.namespace_, meta.name, deleted ? nullptr : event.object)) {
    if (!event.previous || deleted || event.previous->meta.generation != event.object->meta.generation) wake(ctx, gang);
  }
}

// A Pod that is none of its gang any more: the others may need fewer now.
void Scheduler::leaveGang(Context& ctx, PodSlot slot) {
  const std::string* found = gangs_.gangOf(slot);
  if (!found) return;
  const std::string gang = *found;
  gangs_.remove(slot);
  if (view_.pods[slot].node == kNoNode && gangs_.has(gang)) wake(ctx, gang);
}

// It may be complete now, or need less than before.
void Scheduler::wake(Context& ctx, const std::string& gang) {
  admit(ctx, gang);
  for (const PodSlot slot : gangs_.at(gang).members)
    queue_.move(slot, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
}

// A Pod that is to be scheduled and is not in the queue: into it, unless its gang is not complete yet (PreEnqueue).
void Scheduler::enqueue(Context& ctx, PodSlot slot) {
  if (const std::string jobset = gangs_.unknownJobSet(*view_.pods[slot].object); !jobset.empty()) {
    messages_[slot] = fmt::format("waiting for jobset {} to appear", jobset);
    return;
  }
  if (const std::string* gang = gangs_.gangOf(slot)) {
    const bool others_are_in = static_cast<std::int64_t>(gangs_.at(*gang).members.size()) > gangs_.least(*gang);
    const std::string why_not = gangs_.notYet(*gang);
    if (!why_not.empty()) {
      messages_[slot] = why_not;
      return;
    }
    if (!others_are_in) return admit(ctx, std::string(*gang));
  }
  messages_.erase(slot);
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

// Victims of its last preemption are still there: it makes room for nobody else meanwhile (K-SCH-40).
bool Scheduler::isMakingRoom(const std::string& gang) const {
  const std::set<std::string>& victims = gangs_.at(gang).victims;
  return std::any_of(victims.begin(), victims.end(), [&](const std::string& uid) { return slots_.contains(uid); });
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
    queue_.putBack(first, queue_.pod(first).plugins, false, ctx.now(), queueTiming(ctx), ctx.kernel.currentClass());
    return {};
  }
  const auto least = static_cast<std::size_t>(gangs_.least(gang));
  const std::size_t placed = placedOf(gang);
  const bool makes_room = isMakingRoom(gang), native = gangs_.at(gang).native;
  const bool as_a_whole = native && gangs_.gates().WorkloadAwarePreemption;
  GangAttempt attempt;
  attempt.enough = least > placed ? least - placed : 0;
  attempt.preempts = !makes_room && !as_a_whole;
  tryEverywhere(ctx, gang, pods, attempt);
  GangTrial& trial = attempt.trial;
  std::vector<VictimUnit> victims;
  if (trial.fitting < attempt.enough && as_a_whole && !makes_room && gangs_.topologyKey(gang).empty() &&
      view_.pods[first].shape->preempts && configOf(first).profile.preempts) {
    const auto again = [&] { return tryGang(view_, nominations_, pods, next_start_, nullptr, false, ctx.clock(), {}); };
    victims = makeRoomForGang(view_, victimUnits(ctx, view_.pods[first].shape->priority), again, attempt.enough, trial);
    trial.makes_room = !victims.empty();
  }
  if (trial.fitting < attempt.enough) {
    if (makes_room) attempt.why_not = kWaitsForPreemption;
    tellVerdict(ctx, attempt);
    refuseGang(ctx, gang, trial, attempt.why_not);
    tellPodGroup(ctx, gang, false, attempt.why_not);
  } else if (trial.makes_room) {
    attempt.why_not = kWaitsForPreemption;
    tellVerdict(ctx, attempt);
    nominateGang(ctx, gang, trial, victims);
    tellPodGroup(ctx, gang, false, kWaitsForPreemption);
  } else {
    attempt.why_not.clear();
    tellVerdict(ctx, attempt);
    bindGang(ctx, gang, trial);
    tellPodGroup(ctx, gang, true, "");
  }
  return attempt.cost;
}

// What --scores tells of its Pods: what each was found to be, and what became of all.
void Scheduler::tellVerdict(Context& ctx, const GangAttempt& attempt) const {
  for (const auto& [slot, text] : attempt.told) {
    nlohmann::json decision = nlohmann::json::parse(text);
    if (!attempt.why_not.empty() && decision.contains("node")) {
      decision["nominated"] = decision["node"];
      decision.erase("node");
      decision["message"] = attempt.why_not;
    }
    const std::string where = attempt.where.empty() ? "" : " in " + attempt.where;
    decision["gang"] =
        fmt::format("of its gang {} fit{}, and {} are needed", attempt.trial.fitting, where, attempt.enough);
    tell(ctx, slot, decision.dump());
  }
}

// In the domains that the gang may have, one after the other, until enough of it fit.
void Scheduler::tryEverywhere(Context& ctx, const std::string& gang, std::span<const GangPod> pods,
                              GangAttempt& attempt) {
  const bool native = gangs_.at(gang).native;
  const std::string level = gangs_.topologyKey(gang);
  const bool anywhere = level.empty() && (native || !gangs_.options().compact);
  std::uint64_t number = 0;
  const auto tryIn = [&](const std::vector<NodeSlot>* within, bool preempts) {
    attempt.told.clear();
    const TrialWatcher told = [&](Cycle& cycle, const GangPod& pod, const Placement& placement) {
      if (isAsked(ctx, pod.slot)) {
        attempt.told.emplace_back(
            pod.slot, decisionNote(view_, cycle, pod.slot, placement, queue_.pod(pod.slot).attempts).dump());
      }
      attempt.cost += cycleCost(ctx.timing.scheduler, view_, *view_.pods[pod.slot].shape, placement);
      if (number++ == 0) return;  // the cycle that popped the first has its time already
      attempt.cost += kernel::sample(ctx.timing.scheduler.cycle, ctx.kernel.seed(), "scheduler/cycle",
                                     static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()) + number);
    };
    return tryGang(view_, nominations_, pods, next_start_, within, preempts, ctx.clock(), told);
  };
  if (anywhere) {
    attempt.trial = tryIn(nullptr, attempt.preempts);
    attempt.why_not = native ? kUnschedulable : allOrNothing(attempt.trial.fitting, attempt.enough);
    return;
  }
  // Where a part of it has its place already, the rest belongs there.
  NodeSlot there = kNoNode;
  for (const PodSlot slot : gangs_.at(gang).members) {
    if (view_.pods[slot].node != kNoNode) there = view_.pods[slot].node;
  }
  const DomainTree tree(view_.nodes, level.empty() ? usualLevels() : std::vector<std::string>{level});
  std::size_t tried = 0;
  for (const DomainTree::Vertex domain : candidates(tree, view_.nodes, level, *view_.pods[pods.front().slot].shape,
                                                    static_cast<std::int64_t>(pods.size()))) {
    const std::vector<NodeSlot> nodes = tree.nodesOf(domain);
    if (!level.empty() && there != kNoNode && std::find(nodes.begin(), nodes.end(), there) == nodes.end()) continue;
    const bool whole = domain == tree.root();
    GangTrial trial = tryIn(whole ? nullptr : &nodes, whole && attempt.preempts);
    ++tried;
    const bool enough = trial.fitting >= attempt.enough;
    if (enough || tried == 1 || whole) attempt.trial = std::move(trial);
    attempt.where = whole ? std::string() : tree.graph()[domain].name;
    if (enough) break;
  }
  if (tried == 0) {
    for (const GangPod& pod : pods) attempt.trial.members.emplace_back().pod = pod;
  }
  attempt.why_not = native ? kUnschedulable : allOrNothing(attempt.trial.fitting, attempt.enough);
  if (level.empty()) return;
  attempt.why_not = tried == 0 && !native ? fmt::format("all or nothing: no node has the label {}", level)
                                          : fmt::format("0/{} placements are available, first placement status: {}",
                                                        tried, attempt.why_not);
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
      if (group && goTogether(*group)) key = *gang;
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
  gangs_.setVictims(gang, {});
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
void Scheduler::nominateGang(Context& ctx, const std::string& gang, const GangTrial& trial,
                             const std::vector<VictimUnit>& units) {
  const PluginMask plugins = waitsFor(gang, trial);
  Preemption together;
  for (const VictimUnit& unit : units)
    together.victims.insert(together.victims.end(), unit.pods.begin(), unit.pods.end());
  std::set<std::string> uids;
  for (const GangMember& member : trial.members) {
    for (const PodSlot victim : member.preemption.victims) uids.insert(view_.pods[victim].object->meta.uid);
  }
  for (const PodSlot victim : together.victims) uids.insert(view_.pods[victim].object->meta.uid);
  gangs_.setVictims(gang, std::move(uids));
  for (const GangMember& member : trial.members) {
    const PodSlot slot = member.pod.slot;
    FitError error = member.placement.error;
    error.plugins = plugins;
    if (member.node() == kNoNode) {
      refuse(ctx, slot, error);
      continue;
    }
    const std::string node = view_.nodes.entry(member.node()).name;
    bool evicts = member.preemption.node != kNoNode || !together.victims.empty();
    if (evicts) {
      together.node = member.node();
      evicts = evict(ctx, slot, member.preemption.node != kNoNode ? member.preemption : together);
      together.victims.clear();
    }
    if (member.placement.node != kNoNode) error.group = kWaitsForPreemption;
    nominate(slot, node);
    refuse(ctx, slot, error, node);
    if (evicts) queue_.hold(slot, true);
  }
}

// Those that fit wait for what those that do not fit wait for. Who has been promised room keeps the promise while
// victims are on their way out.
void Scheduler::refuseGang(Context& ctx, const std::string& gang, const GangTrial& trial, const std::string& why) {
  const PluginMask plugins = waitsFor(gang, trial);
  const bool keeps = isMakingRoom(gang);
  for (const GangMember& member : trial.members) {
    FitError error = member.placement.error;
    if (member.node() != kNoNode || error.plugins == 0) error.group = why;
    error.plugins = plugins;
    const bool clears = !keeps && nominated_.contains(member.pod.slot);
    if (clears) denominate(ctx, member.pod.slot);
    refuse(ctx, member.pod.slot, error, clears ? std::optional<std::string>("") : std::nullopt);
  }
}

// The PodGroup's condition PodGroupScheduled; once True it stays.
void Scheduler::tellPodGroup(Context& ctx, const std::string& gang, bool scheduled, const std::string& message) {
  if (!gangs_.at(gang).native) return;
  const api::ObjectPtr* found = gangs_.podGroup(gangs_.at(gang).namespace_, gangs_.at(gang).name);
  if (!found) return;
  nlohmann::json condition = {{"type", "PodGroupScheduled"},
                              {"status", scheduled ? "True" : "False"},
                              {"reason", scheduled ? "Scheduled" : "Unschedulable"},
                              {"message", message},
                              {"observedGeneration", (*found)->meta.generation},
                              {"lastTransitionTime", api::formatTime(ctx.clock())}};
  nlohmann::json conditions = nlohmann::json::array();
  const nlohmann::json* kept = api::jsonAt(api::as<api::Generic>(*found).content.get(), {"status", "conditions"});
  for (std::size_t i = 0; kept && kept->is_array() && i < kept->size(); ++i) {
    const nlohmann::json& one = (*kept)[i];
    const nlohmann::json* type = api::jsonAt(one, {"type"});
    if (!type || *type != "PodGroupScheduled") {
      conditions.push_back(one);
      continue;
    }
    const nlohmann::json *status = api::jsonAt(one, {"status"}), *since = api::jsonAt(one, {"lastTransitionTime"});
    const bool was = status && *status == "True";
    if (was && !scheduled) return;
    if (was == scheduled && since) condition["lastTransitionTime"] = *since;
    if (one == condition) return;
  }
  conditions.push_back(std::move(condition));
  nlohmann::json status;
  status["status"]["conditions"] = std::move(conditions);
  send(ctx, Purpose::kCondition, 0,
       api::patchStatusRequest(api::keyOf(**found), api::MergePatch{api::Raw(std::move(status))}));
}

}  // namespace jobset_twin::cluster
