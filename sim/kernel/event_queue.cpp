#include "sim/kernel/event_queue.hpp"

#include <algorithm>
#include <bit>

#include "sim/kernel/check.hpp"

namespace jobset_twin::kernel {
namespace {

constexpr std::size_t kArity = 4;
constexpr std::size_t kSplit = 64;     // a bucket above this becomes a rung
constexpr std::size_t kSpill = 512;    // a heap above this becomes one, too
constexpr std::size_t kPerBucket = 8;  // aimed at when a rung is made
constexpr std::size_t kMaxBuckets = 16384;
constexpr std::size_t kMaxRungs = 12;  // then the heap takes what comes
constexpr std::size_t kDeadAllowed = 1024;

std::int64_t nanoseconds(TimePoint time) { return time.time_since_epoch().count(); }

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

}  // namespace

// --- slots ---

std::uint32_t EventQueue::takeSlot(const Event& event) {
  if (free_ == kNone) {
    TWIN_ASSERT(slots_.size() < kNone, "too many pending events", slots_.size());
    slots_.push_back(event);
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_;
  free_ = static_cast<std::uint32_t>(slots_[slot].a);
  slots_[slot] = event;
  return slot;
}

void EventQueue::freeSlot(std::uint32_t slot) {
  slots_[slot].sequence = EventHandle::kNothing;
  slots_[slot].a = free_;
  free_ = slot;
}

// --- what callers see ---

EventHandle EventQueue::push(const Event& event) {
  TWIN_ASSERT(event.sequence <= kSequenceMask, "sequence out of range", event.sequence);
  const std::uint32_t slot = takeSlot(event);
  ++live_;
  insert({nanoseconds(event.at), (std::uint64_t{event.priority} << 56) | event.sequence, slot});
  if (nearEmpty()) settle();
  return {event.sequence, slot};
}

const Event& EventQueue::top() const {
  TWIN_ASSERT(live_ != 0, "top of an empty event queue");
  return slots_[front().slot];
}

Event EventQueue::pop() {
  TWIN_ASSERT(live_ != 0, "pop of an empty event queue");
  const std::uint32_t slot = front().slot;
  const Event event = slots_[slot];
  freeSlot(slot);
  --live_;
  popFront();
  settle();
  return event;
}

const Event* EventQueue::find(EventHandle handle) const {
  if (handle.sequence == EventHandle::kNothing || handle.slot >= slots_.size()) return nullptr;
  const Event& event = slots_[handle.slot];
  return event.sequence == handle.sequence ? &event : nullptr;
}

bool EventQueue::cancel(EventHandle handle) {
  if (find(handle) == nullptr) return false;
  freeSlot(handle.slot);
  --live_;
  settle();
  if (keys_ > 2 * live_ + kDeadAllowed) {
    const bool sound = rebuild();
    TWIN_ASSERT(sound, "free slots and pending events do not add up", slots_.size(), live_);
  }
  return true;
}

void EventQueue::clear() {
  slots_.clear();
  free_ = kNone;
  live_ = 0;
  dropKeys();
}

std::vector<Event> EventQueue::sortedCopy() const {
  std::vector<Event> events;
  events.reserve(live_);
  for (const Event& event : slots_) {
    if (event.sequence != EventHandle::kNothing) events.push_back(event);
  }
  std::sort(events.begin(), events.end(), happensBefore);
  return events;
}

// --- the ladder ---

void EventQueue::insert(const Key& key) {
  ++keys_;
  if (key.at <= near_last_) {
    pushLate(key);
    if (late_.size() > spill_at_) spill();
    return;
  }
  for (std::size_t i = depth_; i-- > 0;) {
    if (key.at <= rungs_[i].last) {
      putInRung(rungs_[i], key);
      return;
    }
  }
  top_.push_back(key);
}

void EventQueue::settle() {
  for (;;) {
    if (nearEmpty()) {
      if (keys_ == 0) return;
      refill();
    }
    if (alive(front())) return;
    popFront();
  }
}

// The events of the first bucket that has any, from the finest rung with any, or else those of top_, become a new rung
// or the run. Everything that comes later and lies before their end then goes where they went, or into the heap.
void EventQueue::refill() {
  scratch_.clear();
  std::int64_t last = 0;
  while (depth_ > 0 && rungs_[depth_ - 1].count == 0) --depth_;
  for (;;) {
    if (depth_ == 0) {
      scratch_.swap(top_);
    } else {
      Rung& rung = rungs_[depth_ - 1];
      while (rung.buckets[rung.next].count == 0) ++rung.next;
      rung.count -= rung.buckets[rung.next].count;
      takeBucket(rung.buckets[rung.next]);
      ++rung.next;
      last = rung.next == rung.buckets.size() ? rung.last
                                              : static_cast<std::int64_t>(static_cast<std::uint64_t>(rung.start) +
                                                                          (std::uint64_t{rung.next} << rung.shift) - 1);
    }
    std::int64_t min = scratch_.front().at;
    std::int64_t max = min;
    for (const Key& key : scratch_) {
      min = std::min(min, key.at);
      max = std::max(max, key.at);
    }
    if (depth_ == 0) last = max;
    if (scratch_.size() <= kSplit || min == max || depth_ == kMaxRungs) break;
    Rung& finer = addRung(min, max, last, scratch_.size());
    for (const Key& key : scratch_) putInRung(finer, key);
    scratch_.clear();
  }
  near_last_ = last;
  run_.swap(scratch_);
  run_next_ = 0;
  for (const Key& key : run_) __builtin_prefetch(&slots_[key.slot]);
  if (!std::is_sorted(run_.begin(), run_.end(), before)) std::sort(run_.begin(), run_.end(), before);
  spill_at_ = kSpill;
}

// Happens when much is scheduled before near_last_, say because the first event of all was far away.
void EventQueue::spill() {
  scratch_.assign(run_.begin() + static_cast<std::ptrdiff_t>(run_next_), run_.end());
  scratch_.insert(scratch_.end(), late_.begin(), late_.end());
  std::int64_t max = late_.front().at;
  for (const Key& key : scratch_) max = std::max(max, key.at);
  const std::int64_t min = front().at;
  spill_at_ = 2 * late_.size();
  if (min == max || depth_ == kMaxRungs) return;
  Rung& rung = addRung(min, max, near_last_, scratch_.size());
  for (const Key& key : scratch_) putInRung(rung, key);
  run_.clear();
  run_next_ = 0;
  late_.clear();
  refill();
}

// A rung for `count` keys between min and max, min < max, that is responsible for all times up to `last`.
EventQueue::Rung& EventQueue::addRung(std::int64_t min, std::int64_t max, std::int64_t last, std::size_t count) {
  const std::size_t wanted = std::clamp(std::bit_ceil(count / kPerBucket), std::size_t{8}, kMaxBuckets);
  const std::uint64_t spread = distance(min, max);
  std::uint32_t shift = 0;
  while ((spread >> shift) >= wanted) ++shift;
  if (rungs_.size() == depth_) rungs_.emplace_back();
  Rung& rung = rungs_[depth_++];
  rung.start = min;
  rung.last = last;
  rung.shift = shift;
  rung.next = 0;
  rung.count = 0;
  rung.buckets.assign(static_cast<std::size_t>(spread >> shift) + 1, Bucket{});
  return rung;
}

void EventQueue::putInRung(Rung& rung, const Key& key) {
  const std::uint64_t wanted = distance(rung.start, key.at) >> rung.shift;
  Bucket& bucket = rung.buckets[std::min<std::uint64_t>(wanted, rung.buckets.size() - 1)];
  const std::size_t used = bucket.count % kChunkKeys;
  if (used == 0) {
    std::uint32_t chunk = free_chunk_;
    if (chunk == kNone) {
      chunk = static_cast<std::uint32_t>(chunks_.size());
      chunks_.emplace_back();
    } else {
      free_chunk_ = chunks_[chunk].next;
    }
    chunks_[chunk].next = bucket.head;
    bucket.head = chunk;
  }
  chunks_[bucket.head].keys[used] = key;
  ++bucket.count;
  ++rung.count;
}

// The chunks are chained from the last to the first: filled in from the back.
void EventQueue::takeBucket(Bucket& bucket) {
  std::size_t used = (bucket.count - 1) % kChunkKeys + 1;
  scratch_.resize(bucket.count);
  Key* end = scratch_.data() + bucket.count;
  while (bucket.head != kNone) {
    Chunk& chunk = chunks_[bucket.head];
    std::copy_n(chunk.keys.begin(), used, end - used);
    end -= used;
    used = kChunkKeys;
    const std::uint32_t next = chunk.next;
    chunk.next = free_chunk_;
    free_chunk_ = bucket.head;
    bucket.head = next;
  }
  bucket.count = 0;
}

bool EventQueue::rebuild() {
  dropKeys();
  live_ = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Event& event = slots_[i];
    if (event.sequence == EventHandle::kNothing) continue;
    if (event.sequence > kSequenceMask) return false;
    ++live_;
    insert(
        {nanoseconds(event.at), (std::uint64_t{event.priority} << 56) | event.sequence, static_cast<std::uint32_t>(i)});
  }
  std::size_t free_count = 0;
  for (std::uint32_t slot = free_; slot != kNone; slot = static_cast<std::uint32_t>(slots_[slot].a)) {
    if (slot >= slots_.size() || slots_[slot].sequence != EventHandle::kNothing) return false;
    if (++free_count > slots_.size()) return false;
  }
  if (free_count + live_ != slots_.size()) return false;
  settle();
  return true;
}

void EventQueue::dropKeys() {
  run_.clear();
  run_next_ = 0;
  late_.clear();
  near_last_ = INT64_MIN;
  spill_at_ = kSpill;
  depth_ = 0;
  rungs_.clear();
  chunks_.clear();
  free_chunk_ = kNone;
  top_.clear();
  keys_ = 0;
}

// --- run and heap ---

void EventQueue::popFront() {
  --keys_;
  if (frontIsLate()) {
    popLate();
  } else {
    ++run_next_;
  }
}

void EventQueue::pushLate(const Key& key) {
  std::size_t hole = late_.size();
  late_.push_back(key);
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / kArity;
    if (!before(key, late_[parent])) break;
    late_[hole] = late_[parent];
    hole = parent;
  }
  late_[hole] = key;
}

void EventQueue::popLate() {
  const Key key = late_.back();
  late_.pop_back();
  const std::size_t size = late_.size();
  if (size == 0) return;
  std::size_t hole = 0;
  for (;;) {
    const std::size_t first = hole * kArity + 1;
    if (first >= size) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kArity, size);
    for (std::size_t i = first + 1; i < end; ++i) {
      if (before(late_[i], late_[least])) least = i;
    }
    if (!before(late_[least], key)) break;
    late_[hole] = late_[least];
    hole = least;
  }
  late_[hole] = key;
}

}  // namespace jobset_twin::kernel
