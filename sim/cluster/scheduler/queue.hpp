// queue.hpp - the Pods that wait to be scheduled: activeQ, backoffQ, unschedulablePods (K-SCH-1 to K-SCH-5).
//
// Knows no cluster: what a refusal was about is a mask of plugins, what brings a Pod back is decided outside
// (hints.hpp). Pods are known by slot; ties are broken by number, the order in which the scheduler first saw them.
// Source: kube-scheduler 1.36 pkg/scheduler/backend/queue.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/scheduler/plugin.hpp"
#include "sim/kernel/event.hpp"

namespace jobset_twin::cluster {

struct QueueTiming {  // K-T-60, 61, 62
  kernel::Duration backoff = std::chrono::seconds(1), backoff_max = std::chrono::seconds(10),
                   window = std::chrono::seconds(1);
  kernel::Duration flush_after = std::chrono::seconds(300);
};

enum class QueueState : std::uint8_t { kAbsent, kActive, kBackoff, kUnschedulable, kInFlight };

struct QueuedPod {
  std::uint64_t number = 0;
  std::int32_t priority = 0;
  QueueState state = QueueState::kAbsent;
  bool held = false;   // a preemption for it is under way (K-SCH-44): hints do not move it
  bool error = false;  // the last attempt failed with an error: no early pop
  kernel::EventClass event_class = kernel::EventClass::kWork;  // of what made it wait in activeQ or backoffQ
  kernel::TimePoint timestamp{};                               // when it was last put into the queue
  kernel::TimePoint backoff_until{};                           // kBackoff: the window in which it ends
  std::uint32_t attempts = 0, unschedulable_count = 0, consecutive_errors = 0;
  PluginMask plugins = 0;  // that refused it last

  template <class Archive>
  void serialize(Archive& ar) {
    ar(number, priority, state, held, error, event_class, attempts, unschedulable_count, consecutive_errors, plugins);
    kernel::serializeTime(ar, timestamp);
    kernel::serializeTime(ar, backoff_until);
  }
};

class SchedulingQueue {
 public:
  using Slot = std::uint32_t;

  // A Pod that is new, or whose last gate is gone. Requires: absent.
  void add(Slot slot, std::uint64_t number, std::int32_t priority, kernel::TimePoint now,
           kernel::EventClass event_class);
  // The next Pod to try: the top of activeQ, or of backoffQ before its time (K-SCH-4). It is in flight then.
  std::optional<Slot> pop();
  // This one, wherever it waits: it is in flight then, as after pop(). False: it is held, in flight or absent.
  bool take(Slot slot);
  // After a failed attempt. `again`: an event that came in meanwhile may help.
  void putBack(Slot slot, PluginMask plugins, bool again, kernel::TimePoint now, const QueueTiming& timing,
               kernel::EventClass event_class);
  // After an error (a bind that was refused), from flight or from outside the queue.
  void putBackWithError(Slot slot, const QueuedPod& pod, kernel::TimePoint now, const QueueTiming& timing,
                        kernel::EventClass event_class);
  // A hint fired: from unschedulablePods to backoffQ or activeQ. False: it is held, or elsewhere.
  bool move(Slot slot, kernel::TimePoint now, const QueueTiming& timing, kernel::EventClass event_class);
  void hold(Slot slot, bool held) { pods_[slot].held = held; }
  QueuedPod remove(Slot slot);

  // backoffQ -> activeQ for those whose time has come; the classes they had. Then: when to look again.
  void finishBackoffs(kernel::TimePoint now, const QueueTiming& timing);
  std::optional<kernel::TimePoint> nextBackoffEnd(const QueueTiming& timing) const;
  kernel::EventClass nextBackoffClass() const;  // the strongest class in backoffQ. Requires: one is there
  void flush(kernel::TimePoint now, const QueueTiming& timing, kernel::EventClass event_class);  // K-SCH-5

  bool canPop() const;
  kernel::EventClass activeClass() const;  // the strongest class in activeQ; kHousekeeping if empty
  const QueuedPod& pod(Slot slot) const;
  QueueState state(Slot slot) const { return slot < pods_.size() ? pods_[slot].state : QueueState::kAbsent; }
  // Unschedulable Pods, by the plugins that refused them; ascending by slot.
  const std::map<PluginMask, std::set<Slot>>& unschedulable() const { return unschedulable_; }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(pods_);
    rebuild();
  }

 private:
  struct Rank {  // K-SCH-1; in backoffQ the window first
    kernel::TimePoint window{};
    std::int32_t priority = 0;
    kernel::TimePoint timestamp{};
    std::uint64_t number = 0;
    Slot slot = 0;
    friend bool operator<(const Rank& a, const Rank& b) {
      if (a.window != b.window) return a.window < b.window;
      if (a.priority != b.priority) return a.priority > b.priority;
      if (a.timestamp != b.timestamp) return a.timestamp < b.timestamp;
      return a.number < b.number;
    }
  };
  static Rank rankOf(Slot slot, const QueuedPod& pod);
  std::set<Rank>& heapOf(const QueuedPod& pod);
  void enter(Slot slot, QueueState state);
  void leave(Slot slot);
  void backOffOrActivate(Slot slot, kernel::TimePoint now, const QueueTiming& timing, kernel::EventClass event_class);
  void rebuild();

  std::vector<QueuedPod> pods_;
  // Rebuilt from pods_.
  std::set<Rank> active_, backoff_, error_backoff_;
  std::map<PluginMask, std::set<Slot>> unschedulable_;
  std::map<kernel::EventClass, std::size_t> active_classes_, backoff_classes_;
};

kernel::Duration backoffOf(const QueuedPod& pod, const QueueTiming& timing);  // K-SCH-4

}  // namespace jobset_twin::cluster
