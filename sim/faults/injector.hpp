// injector.hpp - makes faults happen: waits for their times, events and hazards, hits what they are about, undoes what
// ends, and keeps an account of it.
//
// It is part of a run's state (scenarios/run.hpp): the run hands it every kernel event for Component::kFaults and every
// stored change. All its own events are housekeeping, so no fault keeps a finished run alive; what a fault sets off is
// work. A run that waits for an end (a repair) asks endsPending().
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/world.hpp"
#include "sim/faults/effects.hpp"
#include "sim/faults/hazard.hpp"
#include "sim/faults/target.hpp"
#include "sim/faults/trigger.hpp"

namespace jobset_twin::faults {

// A fault that happened.
struct Injected {
  std::uint32_t fault = 0;              // index of the fault
  std::string unit;                     // "default/train/workers/0/1", "node-3", "rack/r3"; "" for the cluster
  std::vector<api::ObjectKey> objects;  // those that were hit; none: the cluster itself
  std::string text;                     // what was done
  TimePoint at{};
  std::optional<TimePoint> until;  // when it ended, or will; absent: done at once, or for good
  bool active = false;             // its end is still to come
  bool waits = false;              // for a repairer of its crew: `until` is not known yet
  bool armed = false;              // it waits for a step, and has not happened yet
  bool by_hazard = false;          // the next failure is drawn when it is known when this one is over
  std::string hazard_unit;         // ... of this unit
  Duration lasts{};                // how long, once it is being repaired
  Memory memory;
};

class Injector {
 public:
  Injector() = default;
  explicit Injector(std::vector<Fault> faults);

  bool empty() const { return faults_.empty(); }
  // Once, when the world is set up and before its first event.
  void start(cluster::World& world);
  // One more, while the world goes on: its times count from now. Its number.
  std::uint32_t add(cluster::World& world, Fault fault);
  // It strikes no more, and what it did ends now, also what was for good, as far as that can be undone.
  void withdraw(cluster::World& world, std::uint32_t fault);
  // A kernel event for Component::kFaults.
  void onEvent(cluster::World& world, const kernel::Event& event);
  // A stored change, in revision order.
  void onChange(cluster::World& world, const apiserver::WatchEvent& change);

  // After each event while any waits for a step of a controller: takes account of those that have happened.
  bool armed() const { return armed_ > 0; }
  void takeCrashes(cluster::World& world);

  // What happened since the last call: faults that started or ended, in order. Asked for after each event.
  struct Happened {
    std::uint32_t fault = 0;
    Moment moment = Moment::kStarted;
    TimePoint at{};
  };
  std::vector<Happened> takeHappened() { return std::exchange(happened_, {}); }

  // Something that a fault took away comes back by itself.
  bool endsPending() const { return ends_pending_ > 0; }
  // Something is still to go wrong at a time that is known. `without_end`: what comes again and again, and hazards,
  // count too; for runs that end at a time.
  bool strikesPending(bool without_end) const;
  const std::vector<Fault>& faults() const { return faults_; }
  const std::vector<Injected>& injected() const { return injected_; }
  // Of one fault: it may still strike; why it hit nothing when it was to strike last.
  bool waits(std::uint32_t fault) const;
  const std::string& problem(std::uint32_t fault) const { return states_[fault].problem; }
  // Faults that never hit anything, each with the reason and the nearest that was there. `stuck`: the run ended because
  // nothing went on any more.
  std::vector<std::string> idle(const cluster::World& world, bool stuck) const;

  template <class Archive>
  void serialize(Archive& ar);  // injector_archive.hpp; the faults themselves come with the plan

 private:
  enum Kind : std::uint16_t { kOnce = cluster::kFirstTimer, kEnd, kHazard, kStage };
  enum class Phase : std::uint8_t { kBegins, kRepair, kEnds };
  struct State {  // of one fault
    std::uint64_t occurrences = 0, hits = 0;
    bool triggered = false;  // its event has happened
    bool pending = false;    // it strikes at a time that is known
    bool awaited = false;    // a hazard: there was something that it could strike
    bool withdrawn = false;
    EventWatch watch;
    std::string problem;            // why it hit nothing, last time
    std::vector<std::string> turn;  // in turn: units that are still to come, the next one last
    template <class Archive>
    void serialize(Archive& ar) {
      ar(occurrences, hits, triggered, pending, awaited, withdrawn, watch, problem, turn);
    }
  };

  struct CrewState {
    std::int32_t busy = 0;            // repairers at work
    std::deque<std::uint64_t> queue;  // injections that wait for one, first come first served
    template <class Archive>
    void serialize(Archive& ar) {
      ar(busy, queue);
    }
  };

  void strike(cluster::World& world, std::uint32_t fault, std::uint64_t occurrence);
  void nextInTurn(cluster::World& world, std::uint32_t fault);
  void strikeUnit(cluster::World& world, const Hazards::Due& due);
  // Whether any of the units was hit; `stream`: of how long it lasts.
  bool hit(cluster::World& world, std::uint32_t fault, const std::vector<Unit>& units, const std::string& stream,
           std::uint64_t occurrence);
  void noticeEnds(cluster::World& world, std::uint64_t number);
  void end(cluster::World& world, std::uint64_t number);
  // Faults whose turn it was on a node that is gone now: they end, and the next node has its turn.
  void endTurnsOn(cluster::World& world, const std::string& node);
  void crewIsFree(cluster::World& world, const std::string& name);
  // From `from` on somebody may repair it: its crew as soon as one of them is free.
  void callRepair(cluster::World& world, std::uint64_t number, TimePoint from);
  void startRepair(cluster::World& world, std::uint64_t number, TimePoint from);
  // It strikes again, when it is over.
  void rearm(cluster::World& world, std::uint64_t number);
  void schedule(cluster::World& world, std::uint32_t fault, TimePoint from);
  void armAll(cluster::World& world, std::uint32_t fault);
  void armPod(cluster::World& world, std::uint32_t fault, const api::Object& pod, const std::string& unit);
  void armNode(cluster::World& world, std::uint32_t fault, const api::Object& node);
  void watchPod(cluster::World& world, const apiserver::WatchEvent& change);
  // Tells those who wait for it, here and outside.
  void happens(cluster::World& world, std::uint32_t fault, Moment moment);
  void trigger(cluster::World& world, std::uint32_t fault);
  void setTimer(cluster::World& world);
  void note(cluster::World& world, std::uint64_t number, Phase phase, const std::string& words) const;
  void miss(std::uint32_t fault, std::string why);
  std::string nearest(std::uint32_t fault, const apiserver::Store& store) const;

  // Which faults look at which changes; made from the faults.
  struct Index {
    std::vector<std::uint32_t> pod_hazards, node_hazards;
    std::vector<std::uint32_t> after_change[api::kKindCount];  // those that wait for an event of that kind
    std::vector<std::uint32_t> after_fault;
    bool in_turn = false;  // any
  };
  static Index indexOf(const std::vector<Fault>& faults);

  std::vector<Fault> faults_;  // the plan's; not archived, and so are the next three
  Index index_;
  PodIndex pods_;
  std::vector<Happened> happened_;  // empty between events
  std::vector<State> states_;
  std::vector<Injected> injected_;
  Hazards hazards_;
  kernel::EventHandle timer_;  // of the earliest hazard
  TimePoint timer_at_{};
  std::uint64_t ends_pending_ = 0, armed_ = 0;
  std::map<std::string, CrewState> crews_;  // by name, those that were called for
  std::set<std::string> seen_pods_;         // identities, as far as they are kept: for the nearest name
  Holds holds_;
};

}  // namespace jobset_twin::faults
