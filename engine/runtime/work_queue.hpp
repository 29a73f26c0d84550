// work_queue.hpp - the queue of keys to reconcile, as controller-runtime's priority queue behaves (spec/jobset.md
// JS-T2): one entry a key; a key that is being worked on is put back once when it is done; errors wait 5 ms doubling to
// 1,000 s; an event for a key that waits runs it now and uses the waiting entry up; higher priority first, then the
// order of arrival.
//
// A plain value without a clock: every call is told the time. Source: controller-runtime 0.24
// pkg/controller/priorityqueue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/api/time.hpp"

namespace jobset_twin::runtime {

class WorkQueue {
 public:
  using Key = std::string;
  using TimePoint = api::TimePoint;
  using Duration = api::Duration;

  WorkQueue(Duration backoff = std::chrono::milliseconds(5), Duration backoff_max = std::chrono::seconds(1000))
      : backoff_(backoff), backoff_max_(backoff_max) {}

  void add(const Key& key, std::int32_t priority, TimePoint now);
  void addAfter(const Key& key, Duration delay, TimePoint now);  // an earlier entry stays
  Duration addRateLimited(const Key& key, TimePoint now);        // returns the delay
  void forget(const Key& key);                                   // clears the back-off

  // Takes the next key that is due, if any: it is being worked on until done(key).
  std::optional<Key> take(TimePoint now);
  void done(const Key& key, TimePoint now);
  // When the next entry is due; empty: none waits. Entries that are due already say their own, past time.
  std::optional<TimePoint> nextDue() const;
  bool waitsOnlyForBackoff() const;  // every entry there is waits after an error
  std::int32_t failures(const Key& key) const;
  std::size_t size() const { return entries_.size(); }

  template <class Archive>
  void serialize(Archive& ar);  // runtime_archive.hpp

 private:
  struct Entry {
    TimePoint due;
    std::int32_t priority = 0;
    std::uint64_t sequence = 0;
    bool after_error = false;
    template <class Archive>
    void serialize(Archive& ar) {
      auto ns = due.time_since_epoch().count();
      ar(ns, priority, sequence, after_error);
      due = TimePoint(Duration(ns));
    }
  };
  Duration backoff_, backoff_max_;
  std::map<Key, Entry> entries_;
  std::map<Key, bool> working_;  // value: to be put back when done
  std::map<Key, std::int32_t> failures_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace jobset_twin::runtime
