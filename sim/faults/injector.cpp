#include "sim/faults/injector.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/api/key_text.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/names.hpp"
#include "engine/api/time.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "sim/faults/classes.hpp"
#include "sim/kernel/check.hpp"

namespace jobset_twin::faults {
namespace {

using kernel::EventClass;

constexpr std::uint32_t kTarget = cluster::targetOf(cluster::Component::kFaults);
constexpr std::size_t kNamesKept = 4096, kNamesShown = 4;

const apiserver::Store& storeOf(const cluster::World& world) { return world.server().store(); }

// The stream of one unit's failures.
std::string unitStream(const Fault& fault, const std::string& unit) {
  if (fault.target.choice == Choice::kAll) return fmt::format("fault/{}", fault.name);
  switch (classInfo(fault.class_).scope) {
    case Scope::kPods: return fmt::format("pod/{}/failure/{}", unit, fault.name);
    case Scope::kNodes:
      return fmt::format("{}/{}/failure/{}", fault.target.domain.empty() ? "node" : "domain", unit, fault.name);
    case Scope::kGroup:
    case Scope::kCluster: break;
  }
  return fmt::format("fault/{}", fault.name);
}

std::string listText(const std::vector<Unit>& units) {
  std::string out;
  for (std::size_t i = 0; i < std::min(units.size(), kNamesShown); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", units[i].name);
  if (units.size() > kNamesShown) out += fmt::format(" and {} more", units.size() - kNamesShown);
  return out;
}

}  // namespace

Injector::Injector(std::vector<Fault> faults)
    : faults_(std::move(faults)), index_(indexOf(faults_)), states_(faults_.size()) {}

Injector::Index Injector::indexOf(const std::vector<Fault>& faults) {
  Index index;
  for (std::uint32_t i = 0; i < faults.size(); ++i) {
    const Fault& fault = faults[i];
    const Scope scope = classInfo(fault.class_).scope;
    index.in_turn |= fault.target.choice == Choice::kInTurn;
    if (fault.trigger.hazard && fault.target.choice != Choice::kAll) {
      if (scope == Scope::kPods) index.pod_hazards.push_back(i);
      if (scope == Scope::kNodes) index.node_hazards.push_back(i);
    }
    if (!fault.trigger.after) continue;
    const std::string& object = fault.trigger.after->object;
    if (isFault(object)) {
      index.after_fault.push_back(i);
      continue;
    }
    const std::string_view wanted = std::string_view(object).substr(0, object.find('/'));
    bool among[api::kKindCount] = {};
    for (const api::KindInfo& info : api::knownKinds())
      among[static_cast<std::size_t>(info.kind)] |= matchesPattern(wanted, info.name);
    for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
      if (among[kind] || static_cast<api::Kind>(kind) == api::Kind::kGeneric) index.after_change[kind].push_back(i);
    }
  }
  return index;
}

void Injector::start(cluster::World& world) {
  for (std::uint32_t i = 0; i < faults_.size(); ++i) schedule(world, i, world.kernel().start());
  for (std::uint32_t i = 0; i < faults_.size(); ++i) armAll(world, i);
  setTimer(world);
}

void Injector::schedule(cluster::World& world, std::uint32_t fault, TimePoint from) {
  if (!faults_[fault].trigger.at) return;
  states_[fault].pending = true;
  world.kernel().schedule(kernel::saturatingAdd(from, *faults_[fault].trigger.at), kTarget, kOnce, fault, 0,
                          EventClass::kHousekeeping);
}

std::uint32_t Injector::add(cluster::World& world, Fault fault) {
  const auto number = static_cast<std::uint32_t>(faults_.size());
  faults_.push_back(std::move(fault));
  states_.emplace_back();
  index_ = indexOf(faults_);
  schedule(world, number, world.kernel().now());
  armAll(world, number);
  if (std::find(index_.pod_hazards.begin(), index_.pod_hazards.end(), number) != index_.pod_hazards.end()) {
    for (const auto& [key, pod] : storeOf(world).all(api::Kind::kPod)) {
      if (!pod->meta.deletionTimestamp && api::as<api::Pod>(pod).status.phase == "Running")
        armPod(world, number, *pod, podIdentity(*pod));
    }
  }
  setTimer(world);
  return number;
}

void Injector::withdraw(cluster::World& world, std::uint32_t fault) {
  State& state = states_[fault];
  state.withdrawn = state.triggered = true;
  state.pending = false;
  state.turn.clear();
  hazards_.disarmAll(fault);
  for (std::uint64_t number = 0; number < injected_.size(); ++number) {
    Injected& one = injected_[number];
    if (one.fault != fault) continue;
    if (one.armed) {
      cluster::disarmCrash(world, number);
      --armed_;
      continue;
    }
    if (!one.active) {
      if (one.until || faults_[fault].lasts || !classInfo(faults_[fault].class_).lasts) continue;
      one.active = true;  // it was for good
      ++ends_pending_;
    }
    one.until = world.kernel().now();
    world.kernel().schedule(*one.until, kTarget, kEnd, number, 0, EventClass::kHousekeeping);
  }
}

void Injector::onEvent(cluster::World& world, const kernel::Event& event) {
  // What goes wrong is not housekeeping: what it sets off may be waited for, and what was tried in vain may now go
  // well.
  world.kernel().noteEffect();
  switch (event.kind) {
    case kOnce: strike(world, static_cast<std::uint32_t>(event.a), event.b); break;
    case kEnd:
      if (injected_[event.a].active) end(world, event.a);  // or its node was gone before
      break;
    case kStage: noticeEnds(world, event.a); break;
    case kHazard:
      timer_at_ = {};
      for (const Hazards::Due& due : hazards_.takeDue(world.kernel().now())) strikeUnit(world, due);
      setTimer(world);
      break;
    default: TWIN_ASSERT(false, "an event of no fault", event.kind);
  }
}

void Injector::onChange(cluster::World& world, const apiserver::WatchEvent& change) {
  if (faults_.empty()) return;
  const api::Kind kind = change.object->kind();
  for (const std::uint32_t i : index_.after_change[static_cast<std::size_t>(kind)]) {
    if (!states_[i].triggered && faults::happens(*faults_[i].trigger.after, change, states_[i].watch))
      trigger(world, i);
  }
  if (kind == api::Kind::kPod) {
    pods_.onChange(change);
    if (!index_.pod_hazards.empty()) watchPod(world, change);
    if (change.type == apiserver::WatchType::kAdded && seen_pods_.size() < kNamesKept)
      seen_pods_.insert(podIdentity(*change.object));
  }
  if (kind == api::Kind::kNode) {
    if (index_.in_turn && change.type == apiserver::WatchType::kDeleted) endTurnsOn(world, change.object->meta.name);
    for (const std::uint32_t i : index_.node_hazards) {
      if (change.type == apiserver::WatchType::kAdded) {
        armNode(world, i, *change.object);
      } else if (change.type == apiserver::WatchType::kDeleted && faults_[i].target.domain.empty()) {
        hazards_.disarm(i, change.object->meta.name);
      }
    }
  }
  setTimer(world);
}

void Injector::trigger(cluster::World& world, std::uint32_t fault) {
  states_[fault].triggered = states_[fault].pending = true;
  world.kernel().scheduleAfter(faults_[fault].trigger.after->delay, kTarget, kOnce, fault, 0,
                               EventClass::kHousekeeping);
}

void Injector::happens(cluster::World& world, std::uint32_t fault, Moment moment) {
  happened_.push_back({fault, moment, world.kernel().now()});
  for (const std::uint32_t i : index_.after_fault) {
    const EventPattern& event = *faults_[i].trigger.after;
    if (!states_[i].triggered && event.moment == moment && matchesPattern(event.object, "Fault/" + faults_[fault].name))
      trigger(world, i);
  }
}

// --- hazards

void Injector::armAll(cluster::World& world, std::uint32_t fault) {
  const Fault& one = faults_[fault];
  if (!one.trigger.hazard) return;
  const Scope scope = classInfo(one.class_).scope;
  if (scope == Scope::kGroup || scope == Scope::kCluster || one.target.choice == Choice::kAll) {
    states_[fault].awaited = true;
    hazards_.arm(world.kernel().seed(), fault, "", unitStream(one, ""), *one.trigger.hazard, world.kernel().now());
  } else if (scope == Scope::kNodes) {
    for (const auto& [key, node] : storeOf(world).all(api::Kind::kNode)) armNode(world, fault, *node);
  }
}

void Injector::armNode(cluster::World& world, std::uint32_t fault, const api::Object& node) {
  const Fault& one = faults_[fault];
  if (states_[fault].withdrawn || !nodeFits(one.target, Scope::kNodes, node)) return;
  states_[fault].awaited = true;
  std::string unit = node.meta.name;
  if (!one.target.domain.empty()) {
    matchesDomain(one.target.domain, node.meta.labels, &unit);
    unit = fmt::format("{}/{}", one.target.domain.substr(0, one.target.domain.rfind('/')), unit);
  }
  hazards_.arm(world.kernel().seed(), fault, unit, unitStream(one, unit), *one.trigger.hazard, world.kernel().now());
}

// A Pod can fail while it runs.
void Injector::watchPod(cluster::World& world, const apiserver::WatchEvent& change) {
  const api::Object& pod = *change.object;
  const bool runs = change.type != apiserver::WatchType::kDeleted && !pod.meta.deletionTimestamp &&
                    api::as<api::Pod>(pod).status.phase == "Running";
  const bool ran = change.previous && api::as<api::Pod>(change.previous).status.phase == "Running";
  if (!runs && !ran) return;
  const std::string unit = podIdentity(pod);
  for (const std::uint32_t fault : index_.pod_hazards) {
    if (runs) {
      armPod(world, fault, pod, unit);
    } else {
      hazards_.disarm(fault, unit);
    }
  }
}

void Injector::armPod(cluster::World& world, std::uint32_t fault, const api::Object& pod, const std::string& unit) {
  const Fault& one = faults_[fault];
  if (states_[fault].withdrawn || hazards_.armed(fault, unit) || !podFits(one.target, pod, storeOf(world))) return;
  states_[fault].awaited = true;
  hazards_.arm(world.kernel().seed(), fault, unit, unitStream(one, unit), *one.trigger.hazard, world.kernel().now());
}

bool Injector::waits(std::uint32_t fault) const {
  const State& state = states_[fault];
  if (state.withdrawn) return false;
  const Trigger& trigger = faults_[fault].trigger;
  return state.pending || trigger.hazard || (trigger.after && !state.triggered);
}

bool Injector::strikesPending(bool without_end) const {
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    const Trigger& trigger = faults_[i].trigger;
    const bool endless = trigger.every && !trigger.times && states_[i].occurrences > 0;
    if (states_[i].pending && (without_end || !endless)) return true;
  }
  return without_end && hazards_.next();
}

void Injector::setTimer(cluster::World& world) {
  const std::optional<TimePoint> next = hazards_.next();
  if (!next || (timer_at_ == *next && world.kernel().isPending(timer_))) return;
  world.kernel().cancel(timer_);
  timer_at_ = *next;
  timer_ = world.kernel().schedule(*next, kTarget, kHazard, 0, 0, EventClass::kHousekeeping);
}

void Injector::strikeUnit(cluster::World& world, const Hazards::Due& due) {
  const Fault& fault = faults_[due.fault];
  const std::vector<Unit> units =
      due.unit.empty() ? unitsOf(fault, storeOf(world)) : unitNamed(fault, due.unit, storeOf(world), pods_);
  const std::string stream = unitStream(fault, due.unit);
  const std::size_t before = injected_.size();
  hit(world, due.fault, units, stream, due.failures);
  // The next one is drawn from when it is whole again; what never is fails once. It is drawn also where nothing was
  // hit, so that what runs there makes no difference.
  const ClassInfo& info = classInfo(fault.class_);
  if (info.lasts && !fault.lasts) return;
  if (info.scope == Scope::kPods && due.unit.empty()) return;
  if (injected_.size() == before) {
    hazards_.arm(world.kernel().seed(), due.fault, due.unit, stream, *fault.trigger.hazard, world.kernel().now());
    return;
  }
  injected_.back().by_hazard = true;
  injected_.back().hazard_unit = due.unit;
  if (!injected_.back().waits) rearm(world, before);
}

void Injector::rearm(cluster::World& world, std::uint64_t number) {
  const Injected& one = injected_[number];
  const Fault& fault = faults_[one.fault];
  if (states_[one.fault].withdrawn) return;
  hazards_.arm(world.kernel().seed(), one.fault, one.hazard_unit, unitStream(fault, one.hazard_unit),
               *fault.trigger.hazard, one.until.value_or(world.kernel().now()));
}

// --- what happens

void Injector::strike(cluster::World& world, std::uint32_t fault, std::uint64_t occurrence) {
  const Fault& one = faults_[fault];
  states_[fault].pending = false;
  if (states_[fault].withdrawn) return;
  if (one.trigger.every && (!one.trigger.times || occurrence + 1 < static_cast<std::uint64_t>(*one.trigger.times))) {
    states_[fault].pending = true;
    world.kernel().scheduleAfter(*one.trigger.every, kTarget, kOnce, fault, occurrence + 1, EventClass::kHousekeeping);
  }
  std::vector<Unit> units = unitsOf(one, storeOf(world));
  if (units.empty()) return miss(fault, "nothing like it was there");
  if (one.target.choice == Choice::kInTurn) {
    states_[fault].turn = namesInOrder(units);
    std::reverse(states_[fault].turn.begin(), states_[fault].turn.end());
    for (std::int32_t i = 0; i < one.target.at_once; ++i) nextInTurn(world, fault);
    return;
  }
  if (units.size() > 1 && one.target.choice == Choice::kOne) {
    return miss(fault, fmt::format("it fits {} ({}): say any or all", units.size(), listText(units)));
  }
  if (one.target.choice == Choice::kAny) {
    const std::size_t chosen = chooseUnit(units, world.kernel().seed(), one.name, occurrence);
    units = {std::move(units[chosen])};
  }
  hit(world, fault, units, fmt::format("fault/{}", one.name), occurrence);
}

// Whoever is gone, or cannot be hit now, is passed over.
void Injector::nextInTurn(cluster::World& world, std::uint32_t fault) {
  for (bool done = false; !done && !states_[fault].turn.empty();) {
    const std::string unit = std::move(states_[fault].turn.back());
    states_[fault].turn.pop_back();
    const std::vector<Unit> units = unitNamed(faults_[fault], unit, storeOf(world), pods_);
    done = !units.empty() && hit(world, fault, units, fmt::format("fault/{}/{}", faults_[fault].name, unit), 0);
  }
  states_[fault].pending = !states_[fault].turn.empty();
}

bool Injector::hit(cluster::World& world, std::uint32_t fault, const std::vector<Unit>& units,
                   const std::string& stream, std::uint64_t occurrence) {
  const Fault& one = faults_[fault];
  const Scope scope = classInfo(one.class_).scope;
  const std::uint64_t number = injected_.size();
  Injected made;
  Effect effect{world, one, number, holds_, made.memory, {}};
  if (one.lasts) {
    kernel::Stream drawn = kernel::stream(world.kernel().seed(), fmt::format("{}/lasts/{}", stream, occurrence));
    effect.lasts = workload::draw(*one.lasts, drawn);
  }
  made.fault = fault;
  made.unit = units.size() == 1 ? units.front().name : "";
  made.at = world.kernel().now();
  ++states_[fault].occurrences;
  std::vector<kernel::Note> before = world.trace().take();
  if (scope == Scope::kCluster || scope == Scope::kGroup) made.text = beginOnCluster(effect);
  for (const Unit& unit : units) {
    for (const api::ObjectKey& key : unit.objects) {
      const api::ObjectPtr object = storeOf(world).find(key);
      if (!object) continue;
      std::string text = scope == Scope::kPods ? beginOnPod(effect, object) : beginOnNode(effect, object->meta.name);
      if (text.empty()) continue;
      made.objects.push_back(key);
      made.text = std::move(text);
    }
  }
  std::vector<kernel::Note> caused = world.trace().take();
  const auto tell = [&](std::vector<kernel::Note>& notes) {
    for (kernel::Note& note : notes) world.trace().note(std::move(note));
  };
  tell(before);
  if (made.text.empty()) {
    tell(caused);
    miss(fault, units.empty() ? "nothing like it was there" : "what it fits could not be hit then");
    return false;
  }
  const Duration notice = noticeOf(one);
  if (notice > Duration::zero()) {
    world.kernel().scheduleAfter(notice, kTarget, kStage, number, 0, EventClass::kHousekeeping);
  }
  made.armed = !one.step.empty();
  if (made.armed) {  // it has not happened yet, and is told when it does
    ++armed_;
    miss(fault, fmt::format("nothing was done {}", one.step));
    injected_.push_back(std::move(made));
    tell(caused);
    return true;
  }
  ++states_[fault].hits;
  made.active = one.lasts.has_value();
  made.lasts = effect.lasts;
  injected_.push_back(std::move(made));
  if (one.lasts) {
    ++ends_pending_;
    callRepair(world, number, kernel::saturatingAdd(world.kernel().now(), notice));
  }
  note(world, number, Phase::kBegins, {});  // first the cause, then what it does
  tell(caused);
  happens(world, fault, Moment::kStarted);
  return true;
}

void Injector::noticeEnds(cluster::World& world, std::uint64_t number) {
  Injected& one = injected_[number];
  const Fault& fault = faults_[one.fault];
  if ((fault.lasts && !one.active) || states_[one.fault].withdrawn) return;
  const Effect effect{world, fault, number, holds_, one.memory, {}};
  bool any = false;
  for (const api::ObjectKey& key : one.objects) any |= noticeIsOver(effect, key.name);
  if (any || fault.class_ != FaultClass::kNodeRemove) return;
  --states_[one.fault].hits;
  miss(one.fault, "what it fits was gone before its notice was over");
}

void Injector::endTurnsOn(cluster::World& world, const std::string& node) {
  for (std::uint64_t number = 0; number < injected_.size(); ++number) {
    Injected& one = injected_[number];
    const Fault& fault = faults_[one.fault];
    if (!one.active || one.unit != node || fault.target.choice != Choice::kInTurn) continue;
    if (fault.class_ == FaultClass::kNodeRemove) continue;  // took it away itself, and ends when another has joined
    one.until = world.kernel().now();
    world.kernel().schedule(*one.until, kTarget, kEnd, number, 0, EventClass::kHousekeeping);
  }
}

void Injector::end(cluster::World& world, std::uint64_t number) {
  Injected& one = injected_[number];
  one.active = false;
  const bool waited = std::exchange(one.waits, false);
  --ends_pending_;
  const Fault& fault = faults_[one.fault];
  const Effect effect{world, fault, number, holds_, one.memory, {}};
  bool missed = false;
  std::string words;
  switch (classInfo(fault.class_).scope) {
    case Scope::kPods:
      for (const api::ObjectKey& key : one.objects) endOnPod(effect, key);
      break;
    case Scope::kNodes:
      // While the notice lasts nothing of it is held.
      if (world.kernel().now() >= kernel::saturatingAdd(one.at, noticeOf(fault))) {
        for (const api::ObjectKey& key : one.objects) endOnNode(effect, key.name);
      }
      endOnNodes(effect);
      break;
    case Scope::kGroup:
    case Scope::kCluster: words = endOnCluster(effect, missed); break;
  }
  if (missed) {
    --states_[one.fault].hits;
    miss(one.fault, "nothing happened that it could hit");
  }
  note(world, number, Phase::kEnds, words);
  happens(world, one.fault, Moment::kEnded);
  const std::uint32_t ended = one.fault;
  if (waited) {
    std::erase(crews_[fault.crew].queue, number);
  } else if (!fault.crew.empty()) {
    crewIsFree(world, fault.crew);
  }
  if (fault.target.choice == Choice::kInTurn) nextInTurn(world, ended);
}

void Injector::crewIsFree(cluster::World& world, const std::string& name) {
  CrewState& crew = crews_[name];
  if (crew.queue.empty()) {
    --crew.busy;
    return;
  }
  const std::uint64_t next = crew.queue.front();
  crew.queue.pop_front();
  // Not before it is broken.
  const TimePoint broken = kernel::saturatingAdd(injected_[next].at, noticeOf(faults_[injected_[next].fault]));
  startRepair(world, next, std::max(world.kernel().now(), broken));
  note(world, next, Phase::kRepair, {});
  if (injected_[next].by_hazard) rearm(world, next);
  setTimer(world);
}

void Injector::callRepair(cluster::World& world, std::uint64_t number, TimePoint from) {
  const Fault& fault = faults_[injected_[number].fault];
  if (!fault.crew.empty()) {
    CrewState& crew = crews_[fault.crew];
    if (crew.busy == fault.crew_size) {
      injected_[number].waits = true;
      crew.queue.push_back(number);
      return;
    }
    ++crew.busy;
  }
  startRepair(world, number, from);
}

void Injector::startRepair(cluster::World& world, std::uint64_t number, TimePoint from) {
  Injected& one = injected_[number];
  one.waits = false;
  one.until = kernel::saturatingAdd(from, one.lasts);
  world.kernel().schedule(*one.until, kTarget, kEnd, number, 0, EventClass::kHousekeeping);
}

void Injector::takeCrashes(cluster::World& world) {
  for (const std::uint64_t number : cluster::takeCrashes(world)) {
    if (number >= injected_.size() || !injected_[number].armed) continue;
    Injected& one = injected_[number];
    --armed_;
    one.armed = false;
    one.at = world.kernel().now();
    const Fault& fault = faults_[one.fault];
    one.text = fmt::format("{} ends {}", fault.component, fault.step);
    ++states_[one.fault].hits;
    note(world, number, Phase::kBegins, {});
    happens(world, one.fault, Moment::kStarted);
  }
}

void Injector::miss(std::uint32_t fault, std::string why) { states_[fault].problem = std::move(why); }

// One line for what is hit; of several objects at once a line for all, and a note for each.
void Injector::note(cluster::World& world, std::uint64_t number, Phase phase, const std::string& words) const {
  kernel::Trace& trace = world.trace();
  if (!trace.enabled) return;
  const Injected& one = injected_[number];
  const Fault& fault = faults_[one.fault];
  const std::string_view verb = classInfo(fault.class_).verb;
  const auto kind = static_cast<std::uint16_t>(cluster::NoteKind::kFault);
  constexpr std::uint64_t kDone = 0, kBegins = 1, kEnds = 2, kRepair = 3;
  std::uint64_t told = one.active ? kBegins : kDone;
  std::string text = fmt::format("fault {} ({})", fault.name, verb);
  switch (phase) {
    case Phase::kBegins: text += ": " + one.text; break;
    case Phase::kRepair:
      text += fmt::format(": crew {} begins to repair it", fault.crew);
      told = kRepair;
      break;
    case Phase::kEnds:
      text += " ends";
      told = kEnds;
      break;
  }
  if (!words.empty()) text += ": " + words;
  if (one.waits) {
    text += fmt::format(", until crew {} has repaired it: {} before it", fault.crew,
                        crews_.at(fault.crew).queue.size() - 1 + static_cast<std::size_t>(fault.crew_size));
  } else if (phase != Phase::kEnds && one.until) {
    text += fmt::format(", for {}", api::formatDuration(*one.until - world.kernel().now()));
  }
  if (one.objects.size() != 1) {
    std::string all = text;
    if (!one.objects.empty()) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < std::min(one.objects.size(), kNamesShown); ++i)
        names.push_back(api::keyText(one.objects[i]));
      all += fmt::format(
          ": {}{}", fmt::join(names, ", "),
          one.objects.size() > kNamesShown ? fmt::format(" and {} more", one.objects.size() - kNamesShown) : "");
    }
    trace.note(world.kernel().now(), kind, "Fault/" + fault.name, std::move(all), number, told);
  }
  for (const api::ObjectKey& key : one.objects)
    trace.note(world.kernel().now(), kind, api::keyText(key), text, number, told);
}

std::string Injector::nearest(std::uint32_t fault, const apiserver::Store& store) const {
  const Target& target = faults_[fault].target;
  std::vector<std::string> names;
  std::string wrong;
  if (!target.pod.empty()) {
    wrong = target.pod;
    const auto parts = 1 + std::count(wrong.begin(), wrong.end(), '/');
    for (const std::string& seen : seen_pods_) {
      // As many parts from the right as were given.
      std::size_t from = seen.size();
      for (std::ptrdiff_t i = 0; i < parts && from != std::string::npos && from != 0; ++i)
        from = seen.rfind('/', from - 1);
      names.push_back(from == std::string::npos ? seen : seen.substr(from + 1));
    }
  } else if (!target.node.empty()) {
    wrong = target.node;
    for (const auto& [key, node] : store.all(api::Kind::kNode)) names.push_back(node->meta.name);
  } else if (!target.domain.empty()) {
    wrong = target.domain;
    std::set<std::string> domains;
    for (const auto& [key, node] : store.all(api::Kind::kNode)) {
      for (const auto& [label, value] : node->meta.labels)
        domains.insert(fmt::format("{}/{}", label.substr(label.rfind('/') + 1), value));
    }
    names.assign(domains.begin(), domains.end());
  } else if (!target.job.empty()) {
    wrong = target.job;
    for (const auto& [key, job] : store.all(api::Kind::kJob)) names.push_back(job->meta.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (const std::string near = api::nearestName(wrong, names); !near.empty())
    return fmt::format("; the nearest is {}", near);
  if (names.empty()) return {};
  std::string list = fmt::format("; there {} {}", names.size() == 1 ? "is" : "are", names.front());
  for (std::size_t i = 1; i < std::min(names.size(), kNamesShown); ++i) list += ", " + names[i];
  return list + (names.size() > kNamesShown ? ", ..." : "");
}

std::vector<std::string> Injector::idle(const cluster::World& world, bool stuck) const {
  std::vector<std::string> out;
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    const State& state = states_[i];
    if (state.hits > 0) continue;
    std::string why;
    if (!state.problem.empty()) {
      why = state.problem;
      if (why.find("any or all") == std::string::npos) why += nearest(i, storeOf(world));
    } else if (fault.trigger.at) {
      why = fmt::format("the run was over before {}", api::formatDuration(*fault.trigger.at));
    } else if (fault.trigger.after) {
      why = fmt::format("{} {}", eventText(*fault.trigger.after),
                        state.triggered ? "happened, but the run was over before it struck" : "never happened");
    } else if (!state.awaited) {
      why = "nothing like it was there" + nearest(i, storeOf(world));
    } else if (stuck) {
      why = "nothing went on until it could strike; a run with --until, or a duration, goes on";
    } else {
      continue;  // a hazard that did not strike
    }
    std::string place = fault.origin.file;
    if (fault.origin.line > 0) place += fmt::format(":{}", fault.origin.line);
    out.push_back(fmt::format("{}{}fault {} ({}) hit nothing: {}", place, place.empty() ? "" : ": ", fault.name,
                              faultText(fault), why));
  }
  return out;
}

}  // namespace jobset_twin::faults
