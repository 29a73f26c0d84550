// event_queue.hpp - the pending events, in the order (at, priority, sequence).
//
// A value: copying it copies the future, in a few block copies. It hands out no sequences and knows no "now".
//
// A ladder queue (Tang, Goh, Thng: Ladder queue, ACM TOMACS 15(3), 2005) with a heap beside its sorted bottom:
//   top_     what lies beyond every rung, unsorted;
//   rungs    time cut into buckets of 2^shift ns, unsorted inside; the next bucket of a rung, when it is large, becomes
//            a finer rung, else the run;
//   run_     a bucket, sorted, taken from the front;
//   late_    a 4-ary heap of what was pushed after its bucket had become the run. The next event is the earlier of the
//            run's first and the heap's root.
// So an event is moved two or three times, whatever the number pending: amortised O(1). The heap makes the bad cases
// harmless: pushing into a crowd at one instant, which no bucket can divide, costs O(log n) as in a plain heap, where
// a sorted list alone would cost O(n). A crowd itself comes out of its bucket as it was pushed, so it is sorted.
// What moves are keys of 24 bytes; the payload lies still in a slot, which makes cancelling O(1): the slot is freed,
// and a key that no longer matches its slot is dropped when it comes up. When far more keys are dead than alive, the
// ladder is built again without them.
// Measured by bench/kernel_hold.cpp. How the structure divides its events never shows: the order is total.
#pragma once
#include <array>
#include <cereal/cereal.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/event.hpp"

namespace jobset_twin::kernel {

class EventQueue {
 public:
  // Requires: event.sequence was not used before in this queue, and is below 2^56 (asserted). O(1) amortised.
  EventHandle push(const Event& event);

  [[nodiscard]] bool empty() const { return live_ == 0; }
  [[nodiscard]] std::size_t size() const { return live_; }

  // The next event. Requires: !empty() (asserted). The reference is good until the next change.
  [[nodiscard]] const Event& top() const;
  Event pop();

  // The event that the handle names, or null if it was popped or cancelled, or never was.
  [[nodiscard]] const Event* find(EventHandle handle) const;
  // Removes it; false if there was nothing to remove.
  bool cancel(EventHandle handle);

  // What it holds in memory for the order: at most about twice size(), cancelled events included.
  [[nodiscard]] std::size_t keyCount() const { return keys_; }

  void clear();

  // All pending events in order: for hashes, comparisons and reports. O(n log n).
  [[nodiscard]] std::vector<Event> sortedCopy() const;

  // Slots are saved as they are, so that handles saved elsewhere stay good; the ladder is built again.
  template <class Archive>
  void save(Archive& ar) const {
    ar(cereal::make_size_tag(static_cast<cereal::size_type>(slots_.size())), free_);
    for (const Event& event : slots_) ar(event);
  }
  // Throws cereal::Exception when what it reads cannot have been saved by it.
  template <class Archive>
  void load(Archive& ar) {
    clear();
    cereal::size_type count = 0;
    ar(cereal::make_size_tag(count), free_);
    for (cereal::size_type i = 0; i < count; ++i) {  // one by one: a wrong count ends with the data
      Event event;
      ar(event);
      slots_.push_back(event);
    }
    if (!rebuild()) throw cereal::Exception("event queue: the saved slots contradict each other");
  }

 private:
  struct Key {
    std::int64_t at;
    std::uint64_t order;  // priority in the top byte, sequence below
    std::uint32_t slot;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kChunkKeys = 10;
  struct Chunk {  // a piece of a bucket: 248 bytes
    std::array<Key, kChunkKeys> keys;
    std::uint32_t next;
  };
  struct Bucket {
    std::uint32_t head = kNone;  // the chunk that is being filled; those behind it are full
    std::uint32_t count = 0;
  };
  struct Rung {
    std::int64_t start = 0;  // of bucket 0
    std::int64_t last = 0;   // the last nanosecond it covers; its last bucket reaches that far
    std::uint32_t shift = 0;
    std::uint32_t next = 0;  // buckets before this one are used up
    std::size_t count = 0;
    std::vector<Bucket> buckets;
  };

  static bool before(const Key& left, const Key& right) {
    return left.at < right.at || (left.at == right.at && left.order < right.order);
  }
  [[nodiscard]] bool alive(const Key& key) const { return slots_[key.slot].sequence == (key.order & kSequenceMask); }
  static constexpr std::uint64_t kSequenceMask = (std::uint64_t{1} << 56) - 1;

  std::uint32_t takeSlot(const Event& event);
  void freeSlot(std::uint32_t slot);
  void insert(const Key& key);
  void settle();    // makes the front the next live event
  void refill();    // run and heap are empty: brings the next events into the run
  void spill();     // the heap is too large: makes a rung of it and the run
  bool rebuild();   // the ladder from the slots; false if they are unsound
  void dropKeys();  // empties the ladder, leaves the slots
  [[nodiscard]] bool nearEmpty() const { return run_next_ == run_.size() && late_.empty(); }
  [[nodiscard]] bool frontIsLate() const {
    return !late_.empty() && (run_next_ == run_.size() || before(late_.front(), run_[run_next_]));
  }
  [[nodiscard]] const Key& front() const { return frontIsLate() ? late_.front() : run_[run_next_]; }
  void popFront();
  void pushLate(const Key& key);
  void popLate();
  Rung& addRung(std::int64_t min, std::int64_t max, std::int64_t last, std::size_t count);
  void putInRung(Rung& rung, const Key& key);
  void takeBucket(Bucket& bucket);  // into scratch_, as they were put in

  std::vector<Event> slots_;    // a free one has sequence kNothing, and the next free one in `a`
  std::uint32_t free_ = kNone;  // the first free slot
  std::size_t live_ = 0;
  std::size_t keys_ = 0;  // in the ladder, dead ones included

  std::vector<Key> run_;
  std::size_t run_next_ = 0;
  std::vector<Key> late_;
  std::int64_t near_last_ = INT64_MIN;  // what is pushed up to here goes into the heap
  std::size_t spill_at_ = 0;
  std::vector<Rung> rungs_;  // from coarse to fine; those from depth_ on are kept for their memory
  std::size_t depth_ = 0;
  std::vector<Chunk> chunks_;
  std::uint32_t free_chunk_ = kNone;
  std::vector<Key> top_;
  std::vector<Key> scratch_;
};

}  // namespace jobset_twin::kernel
