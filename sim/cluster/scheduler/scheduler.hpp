// scheduler.hpp - kube-scheduler as a component: its caches, the queue, one cycle at a time, assumed Pods and their
// binding, preemption (K-SCH-1 to K-SCH-6, K-SCH-40 to K-SCH-44, K-SCH-50 to K-SCH-52). How a node is found: cycle.hpp;
// who has to go: preemption.hpp; what brings a refused Pod back: hints.hpp; Pods that go together: gangs.hpp,
// gang_cycle.hpp, and scheduler_gangs.cpp for what is done about them.
//
// Not here: extenders (docs/fidelity.md).
// Source: kube-scheduler 1.36 pkg/scheduler (schedule_one.go, eventhandlers.go, framework/preemption).
#pragma once

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/scheduler/cluster_view.hpp"
#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/cluster/scheduler/gang_cycle.hpp"
#include "sim/cluster/scheduler/gangs.hpp"
#include "sim/cluster/scheduler/hints.hpp"
#include "sim/cluster/scheduler/preemption.hpp"
#include "sim/cluster/scheduler/queue.hpp"

namespace jobset_twin::cluster {

QueueTiming queueTiming(const Context& ctx);

class Scheduler {
 public:
  // `percentage`: of nodes to score, for profiles that do not say (timing.scheduler.percentageOfNodesToScore).
  explicit Scheduler(std::int32_t kubernetes_minor = 36, const SchedulerConfig& config = {},
                     std::int32_t percentage = 0);

  void start(Context& ctx);
  void stop(Context& ctx) { ctx.kernel.cancel(backoff_); }  // the process ends
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Pods that fit nowhere: namespace/name and the message of the last attempt, by name.
  std::vector<std::pair<std::string, std::string>> unschedulable() const;

  template <class Archive>
  void serialize(Archive& ar);  // scheduler_archive.hpp

 private:
  enum Timer : std::uint16_t { kCycle = kFirstTimer, kBackoff, kFlush, kCycleEnd };
  enum class Purpose : std::uint64_t { kBind = 1, kCondition, kVictimCondition, kVictimDelete };
  // A preemption under way: the Pod that it is for is held until the last victim's DELETE was answered (K-SCH-44).
  struct Preempting {
    std::string uid;                   // of the Pod in the slot
    std::vector<std::string> victims;  // UIDs
    std::uint32_t calls = 0;           // victims whose DELETE is not answered yet
    bool failed = false;               // some victim was not deleted

    template <class Archive>
    void serialize(Archive& ar) {
      ar(uid, victims, calls, failed);
    }
  };

  void onNode(Context& ctx, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const apiserver::WatchEvent& event);
  void onGeneric(Context& ctx, const apiserver::WatchEvent& event);
  void onPlaced(Context& ctx, PodSlot slot, const apiserver::WatchEvent& event);
  void forget(Context& ctx, PodSlot slot);
  void poke(Context& ctx);
  void later(Context& ctx);
  Duration attempt(Context& ctx);
  bool makeRoom(Context& ctx, Cycle& cycle, PodSlot slot, Placement& placement, Preemption& preemption);
  bool evict(Context& ctx, PodSlot slot, const Preemption& preemption);  // false: all victims are on their way already
  void bind(Context& ctx, PodSlot slot, NodeSlot node);
  void bound(Context& ctx, PodSlot slot, const apiserver::Call& call);
  void notBound(Context& ctx, PodSlot slot, const QueuedPod& queued, const std::string& error);
  void victimGone(Context& ctx, PodSlot slot, const apiserver::Call& call);
  void refuse(Context& ctx, PodSlot slot, const FitError& error,
              const std::optional<std::string>& nominated = std::nullopt);
  void nominate(PodSlot slot, const std::string& node);  // "": no longer
  // `most`: the priority of the Pods that it may help.
  void hint(Context& ctx, const ClusterChange& change, std::int32_t most = std::numeric_limits<std::int32_t>::max());
  void denominate(Context& ctx, PodSlot slot);  // and whoever had to leave the room to it may have it
  PodSlot slotOf(const api::Object& pod);
  bool schedulable(const api::Object& pod) const;
  const CycleConfig& configOf(PodSlot slot) const;
  void send(Context& ctx, Purpose purpose, PodSlot slot, api::Request request);
  bool skipTerminating(Context& ctx, PodSlot slot);
  // What a try has found, for whoever asked about the Pod; the end of it is known later. False: nobody asked.
  bool isAsked(const Context& ctx, PodSlot slot) const;
  void tell(Context& ctx, PodSlot slot, std::string decision) const;
  std::uint64_t draw(const Context& ctx, PodSlot slot, std::string_view what) const;
  std::string nominatedNode(PodSlot slot) const;  // "": none

  // scheduler_gangs.cpp
  void onJobSet(Context& ctx, const apiserver::WatchEvent& event);
  void onPodGroup(Context& ctx, const apiserver::WatchEvent& event);
  void enqueue(Context& ctx, PodSlot slot);
  void leaveGang(Context& ctx, PodSlot slot);
  void wake(Context& ctx, const std::string& gang);
  bool isMakingRoom(const std::string& gang) const;
  void admit(Context& ctx, const std::string& gang);
  bool goesAlone(PodSlot slot) const;
  std::size_t placedOf(const std::string& gang) const;
  Duration attemptGang(Context& ctx, PodSlot first, const std::string& gang);
  std::vector<GangPod> gather(Context& ctx, PodSlot first, const std::string& gang);
  struct GangAttempt {
    std::size_t enough = 0;  // of the Pods that are tried
    bool preempts = true;    // room may be made for single Pods
    GangTrial trial;
    std::string why_not;                                // if too few fit
    std::string where;                                  // "rack-1"; "": anywhere
    Duration cost{};                                    // beyond the first cycle's usual time
    std::vector<std::pair<PodSlot, std::string>> told;  // decisions of the last trial, to be told with the verdict
  };
  void tryEverywhere(Context& ctx, const std::string& gang, std::span<const GangPod> pods, GangAttempt& attempt);
  void tellVerdict(Context& ctx, const GangAttempt& attempt) const;
  std::vector<VictimUnit> victimUnits(Context& ctx, std::int32_t below) const;
  void bindGang(Context& ctx, const std::string& gang, const GangTrial& trial);
  void nominateGang(Context& ctx, const std::string& gang, const GangTrial& trial,
                    const std::vector<VictimUnit>& units);
  void refuseGang(Context& ctx, const std::string& gang, const GangTrial& trial, const std::string& why);
  PluginMask waitsFor(const std::string& gang, const GangTrial& trial) const;
  void tellPodGroup(Context& ctx, const std::string& gang, bool scheduled, const std::string& message);

  std::vector<CycleConfig> configs_;  // one a profile; these two are not saved: the World's configuration
  std::vector<std::string> explained_;
  Gangs gangs_;
  std::map<std::string, std::set<PodSlot>> without_jobset_;  // Pods whose JobSet is not known yet, by its name
  ClusterView view_;
  Nominations nominations_;
  SchedulingQueue queue_;
  std::map<std::string, PodSlot> slots_;  // by Pod UID
  std::vector<PodSlot> free_;
  std::map<PodSlot, std::string> assumed_;    // bound by a request that is under way: the node
  std::map<PodSlot, QueuedPod> in_binding_;   // what the queue knew of it, should the request fail
  std::map<PodSlot, std::string> messages_;   // of the last refusal
  std::map<PodSlot, std::string> nominated_;  // the node that it waits for, after a preemption
  std::map<PodSlot, Preempting> preempting_;
  std::uint64_t next_number_ = 0;
  std::size_t next_start_ = 0;
  kernel::EventHandle backoff_;      // the pending kBackoff
  kernel::TimePoint backoff_end_{};  // when it fires
  bool cycling_ = false, flushing_ = false;
  apiserver::ClientId client_ = 0;
  SeriesEventRecorder events_{"default-scheduler", "default-scheduler-control-plane"};
};

}  // namespace jobset_twin::cluster
