// sync_queue.hpp - a controller's work queue: keys that are due, keys that wait, never one key twice at work (client-go
// util/workqueue: a delaying, rate-limiting queue). Keys are small numbers that the controller gives out.
//
// Of several waits for a key the earliest holds. The owner routes its timer events to due().
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "sim/kernel/kernel.hpp"

namespace jobset_twin::cluster::job {

class SyncQueue {
 public:
  using Id = std::uint32_t;
  SyncQueue() = default;
  // Timers are events (target, timer_kind) with the key as a.
  SyncQueue(std::uint32_t target, std::uint16_t timer_kind) : target_(target), timer_kind_(timer_kind) {}

  void add(Id id);
  void addAfter(kernel::Kernel& kernel, Id id, kernel::Duration delay, kernel::EventClass event_class);
  // base, 2*base, 4*base ... up to max; as a retry.
  void addRateLimited(kernel::Kernel& kernel, Id id, kernel::Duration base, kernel::Duration max);
  void cancelTimer(kernel::Kernel& kernel, Id id);  // what the key stood for is gone
  void cancelTimers(kernel::Kernel& kernel);        // the process of its owner has ended
  void forget(Id id);                               // the next rate-limited wait is the shortest again
  void due(Id id);                                  // the timer of the key went off

  std::optional<Id> take();  // the next key; it is at work until done()
  void done(Id id);
  bool known(Id id) const { return entries_.contains(id); }  // due, waiting or at work
  std::size_t waitingForWorker() const { return ready_.size(); }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(target_, timer_kind_, entries_, ready_);
  }

 private:
  struct Entry {
    bool dirty = false, working = false;
    std::int32_t failures = 0;
    kernel::EventHandle timer;
    bool idle() const { return !dirty && !working && failures == 0 && timer == kernel::EventHandle{}; }
    template <class Archive>
    void serialize(Archive& ar) {
      ar(dirty, working, failures, timer);
    }
  };
  void dropIfIdle(Id id);

  std::uint32_t target_ = 0;
  std::uint16_t timer_kind_ = 0;
  std::map<Id, Entry> entries_;
  std::deque<Id> ready_;
};

}  // namespace jobset_twin::cluster::job
