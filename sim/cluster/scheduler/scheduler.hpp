// scheduler.hpp - kube-scheduler as a component: its caches, the queue, one cycle at a time, assumed Pods and their binding
// (K-SCH-1 to K-SCH-6, K-SCH-50 to K-SCH-52). How a node is found: cycle.hpp; what brings a refused Pod back: onWatch.
//
// Hints are those of the plugins that refused the Pod, by kind of change; upstream's look further into the change, so a Pod may be tried
// here once more without success. Not here: preemption, extenders, gangs (docs/fidelity.md).
// Source: kube-scheduler 1.36 pkg/scheduler (schedule_one.go, eventhandlers.go).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/scheduler/cluster_view.hpp"
#include "sim/cluster/scheduler/cycle.hpp"
#include "sim/cluster/scheduler/queue.hpp"

namespace jobset_twin::cluster {

class Scheduler {
 public:
  explicit Scheduler(std::int32_t kubernetes_minor = 36);

  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Pods that fit nowhere: namespace/name and the message of the last attempt, by name.
  std::vector<std::pair<std::string, std::string>> unschedulable() const;

  template <class Archive>
  void serialize(Archive& ar);  // world_archive.hpp; the view is built again from the objects

 private:
  enum Timer : std::uint16_t { kCycle = kFirstTimer, kBackoff, kFlush };
  enum class Purpose : std::uint64_t { kBind = 1, kCondition = 2 };

  void onPod(Context& ctx, const apiserver::WatchEvent& event);
  void forget(Context& ctx, PodSlot slot, bool hint);
  void poke(Context& ctx);
  void attempt(Context& ctx);
  void bind(Context& ctx, PodSlot slot, NodeSlot node);
  void refuse(Context& ctx, PodSlot slot, FitError error);
  void hint(Context& ctx, PluginMask plugins);
  void later(Context& ctx);
  PodSlot slotOf(const api::Object& pod);
  QueueTiming queueTiming(const Context& ctx) const;

  CycleConfig config_;
  ClusterView view_;
  Nominations nominations_;
  SchedulingQueue queue_;
  std::map<std::string, PodSlot> slots_;     // by Pod UID
  std::vector<PodSlot> free_;
  std::map<PodSlot, std::string> assumed_;   // bound by a request that is under way: the node
  std::map<PodSlot, QueuedPod> in_binding_;  // what the queue knew of it, should the request fail
  std::map<PodSlot, std::string> messages_;  // of the last refusal
  std::uint64_t next_number_ = 0, next_timer_ = 0, backoff_timer_ = 0;
  std::size_t next_start_ = 0;
  bool cycling_ = false, flushing_ = false;
  apiserver::ClientId client_ = 0;
  SeriesEventRecorder events_{"default-scheduler", "default-scheduler-control-plane"};
};

}  // namespace jobset_twin::cluster
