// event.hpp - what the kernel carries: events as plain data, and handles to take one back.
//
// What a target or a kind means is the world's business: `target` names a component and its entity, `kind` is that
// component's own event number, `a` and `b` are its payload.
#pragma once
#include <cstdint>

#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

// What an event's being pending says about the end of the run, from strong to weak: work is still to be done; something
// is tried again that had no effect so far; the world keeps itself going. A run ends when no work is pending.
enum class EventClass : std::uint8_t { kWork, kRetry, kHousekeeping };

// The one that promises less.
[[nodiscard]] constexpr EventClass weaker(EventClass left, EventClass right) { return left < right ? right : left; }

struct Event {
  TimePoint at;
  std::uint64_t sequence = 0;
  std::uint32_t target = 0;
  std::uint16_t kind = 0;
  std::uint8_t priority = 0;  // smaller is earlier
  EventClass event_class = EventClass::kWork;
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  friend bool operator==(const Event&, const Event&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    serializeTime(ar, at);
    auto number = static_cast<std::uint8_t>(event_class);
    ar(sequence, target, kind, priority, number, a, b);
    event_class = static_cast<EventClass>(number);
  }
};

// The order of the world: (at, priority, sequence). Sequences are unique, so this is total.
[[nodiscard]] constexpr bool happensBefore(const Event& left, const Event& right) {
  if (left.at != right.at) return left.at < right.at;
  if (left.priority != right.priority) return left.priority < right.priority;
  return left.sequence < right.sequence;
}

// Names a scheduled event for as long as it is pending; afterwards it names nothing, for ever. A default one never did.
// Plain data: it may be kept in saved state and is valid in every copy of the kernel that was made since.
struct EventHandle {
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};
  std::uint64_t sequence = kNothing;
  std::uint32_t slot = 0;

  friend bool operator==(const EventHandle&, const EventHandle&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(sequence, slot);
  }
};

}  // namespace jobset_twin::kernel
