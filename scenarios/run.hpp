// run.hpp - one run: sets a world up, lets it go until it ends, and says what it came to.
//
// The end is the first of (docs/output.md): finished - everything submitted is terminal and nothing but housekeeping is
// left; stuck - nothing but housekeeping or retries without effect can happen any more; until - the time asked for;
// horizon - 30 simulated days; interrupted. Reads no files and prints nothing.
#pragma once

#include <csignal>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "scenarios/expectations.hpp"
#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"
#include "scenarios/scenario.hpp"
#include "sim/cluster/world.hpp"
#include "sim/faults/injector.hpp"

namespace jobset_twin::scenarios {

// All that a run needs, whoever made it (load.hpp, sweeps, tests).
struct RunPlan {
  cluster::WorldConfig world;
  std::vector<api::ObjectPtr> setup;             // there before the clock starts: namespaces, nodes
  std::vector<cluster::Submission> submissions;  // at their times
  std::optional<Duration> until;                 // from the start
  Duration horizon = std::chrono::hours(24 * 30);
  std::vector<std::string> warnings;  // known before the run
  std::vector<Expectation> expectations;
  std::vector<faults::Fault> faults;
};

class Run;

struct RunHooks {
  std::vector<Observer*> observers;                         // not owned; must outlive the run
  const volatile std::sig_atomic_t* interrupted = nullptr;  // not 0: stop at the next event
  std::function<void(const Run&)> progress;                 // called every few thousand events
  bool endless = false;  // somebody may come and ask for more: it neither finishes nor gets stuck, and has no horizon
};

class Run {
 public:
  // Builds the world and submits. Nothing has happened yet.
  explicit Run(RunPlan plan, RunHooks hooks = {});

  // Goes on until the run ends or virtual time would pass `until`. Returns true once the run has ended.
  bool advance(std::optional<TimePoint> until = std::nullopt);
  // The state at this point; the run may go on.
  Outcome outcome() const;

  // A saved run goes on as the original would have (fingerprint included), and so does a copy made at any time. A copy
  // has the hooks of the original and belongs to the same thread: it shares what neither changes. Loading keeps the own
  // hooks; the plan must be the one that it was saved with, but for `until`. Throws std::runtime_error with what is
  // wrong with the file, and changes nothing then.
  void save(std::ostream& out) const;
  void load(std::istream& in);

  // While it goes on: one more fault, whose times count from now, by the number that injector() gives it; and away
  // with it, also with what it did. Such a run cannot be saved.
  std::uint32_t addFault(faults::Fault fault);
  void withdrawFault(std::uint32_t number) { injector_.withdraw(world_, number); }
  const faults::Injector& injector() const { return injector_; }
  // How often a fault began or ended so far.
  std::uint64_t faultMoments() const { return fault_moments_; }
  // Nothing is submitted or at work any more, and retries have no effect: what is left is housekeeping, and faults
  // that nobody can foresee.
  bool settled() const;

  const cluster::World& world() const { return world_; }
  cluster::World& world() { return world_; }
  const RunPlan& plan() const { return plan_; }
  bool ended() const { return ended_; }

 private:
  struct Tracked {  // a JobSet, from its submission on
    api::ObjectPtr last;
    std::optional<TimePoint> submitted, ready, finished;
    bool deleted = false;
    std::size_t order = 0;
    template <class Archive>
    void archive(Archive& ar);
  };
  template <class Archive>
  void archive(Archive& ar);  // run_archive.cpp
  bool over();
  bool onlyHousekeeping() const;
  void observe();
  void track(const apiserver::WatchEvent& change);
  PodNames namesOf(const api::Object& pod) const;
  FaultOutcome faultOutcome(std::size_t number) const;
  void refused(const cluster::World::Refused& refused);
  std::vector<StuckObject> stuckObjects() const;
  bool allTerminal();
  void warn(std::string text);

  RunPlan plan_;
  RunHooks hooks_;
  cluster::World world_;
  ExpectationRecorder recorder_;
  faults::Injector injector_;
  bool ended_ = false;
  EndReason reason_ = EndReason::kFinished;
  TimePoint end_{};
  std::int64_t seen_revision_ = 0;
  std::uint64_t fault_moments_ = 0;        // not saved: for those who look on
  std::int64_t unfinished_revision_ = -1;  // of the store, when something was found unfinished last
  std::uint64_t cursors_[api::kKindCount] = {};
  std::map<std::string, Tracked> jobsets_;      // by UID
  std::map<std::string, PodNames> gone_names_;  // of Pods that are gone, by name: the first that had it
  std::vector<std::string> warnings_;
};

}  // namespace jobset_twin::scenarios
