// kernel.hpp - virtual time: what is to happen, what happens next, and what has happened so far.
//
// A value: a copy runs on exactly as the original, and so does one saved and loaded. Does not know who handles an event
// (the world asks popNext and dispatches), draws no random numbers (random.hpp, keyed by seed()) and writes no output.
//
// Classes: an event's class says what its being pending means for the end of the run (event.hpp). What is scheduled
// while an event is processed inherits the weaker of the given and the current class: the retry of a retry is a retry,
// and what housekeeping sets off is housekeeping, until noteEffect() says that the world has really changed. Outside of
// any event (before the first, and after advanceTo) the current class is kWork.
#pragma once
#include <array>
#include <cereal/cereal.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/kernel/event.hpp"
#include "sim/kernel/event_queue.hpp"
#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

class Kernel {
 public:
  static constexpr std::uint8_t kDefaultPriority = 100;

  explicit Kernel(std::uint64_t seed = 1, TimePoint start = kDefaultStart) : seed_(seed), start_(start), now_(start) {}

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] TimePoint start() const { return start_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  // Requires: at >= now() (asserted). Events of the same time happen by priority, small first, then in the order in
  // which they were scheduled.
  EventHandle schedule(TimePoint at, std::uint32_t target, std::uint16_t kind, std::uint64_t a = 0, std::uint64_t b = 0,
                       EventClass event_class = EventClass::kWork, std::uint8_t priority = kDefaultPriority);
  // The same at now() + delay, or at the end of time if that overflows. Requires: delay >= 0 (asserted).
  EventHandle scheduleAfter(Duration delay, std::uint32_t target, std::uint16_t kind, std::uint64_t a = 0,
                            std::uint64_t b = 0, EventClass event_class = EventClass::kWork,
                            std::uint8_t priority = kDefaultPriority);

  // A cancelled event is neither processed nor counted nor in the fingerprint. No-op if it already ran.
  void cancel(EventHandle handle);
  [[nodiscard]] bool isPending(EventHandle handle) const { return queue_.find(handle) != nullptr; }
  // The pending event itself (its effective class, its time), or null.
  [[nodiscard]] const Event* find(EventHandle handle) const { return queue_.find(handle); }

  [[nodiscard]] std::optional<TimePoint> nextTime() const;
  // Takes the next event: now() becomes its time, it is counted and added to the fingerprint. Empty if none is pending.
  std::optional<Event> popNext();
  // Moves time with nothing happening. Requires: now() <= to, and no event pending before `to` (asserted).
  void advanceTo(TimePoint to);

  // Called on a stored write that changes something (Event objects apart): what the current event sets off from here
  // on is work again.
  void noteEffect();
  [[nodiscard]] EventClass currentClass() const { return current_class_; }
  void setCurrentClass(EventClass event_class) { current_class_ = event_class; }

  [[nodiscard]] std::uint64_t pendingWork() const { return pending(EventClass::kWork); }
  [[nodiscard]] std::uint64_t pendingRetry() const { return pending(EventClass::kRetry); }
  [[nodiscard]] std::uint64_t pendingHousekeeping() const { return pending(EventClass::kHousekeeping); }
  [[nodiscard]] std::uint64_t pending(EventClass event_class) const {
    return pending_[static_cast<std::size_t>(event_class)];
  }
  [[nodiscard]] std::uint64_t retriesSinceEffect() const { return retries_since_effect_; }  // kRetry events processed
  [[nodiscard]] std::uint64_t processed() const { return processed_; }
  [[nodiscard]] TimePoint lastEffect() const { return last_effect_.value_or(start_); }  // start() before the first

  [[nodiscard]] const EventQueue& queue() const { return queue_; }
  [[nodiscard]] Fingerprint& fingerprint() { return fingerprint_; }
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }

  template <class Archive>
  void save(Archive& ar) const {
    const_cast<Kernel*>(this)->fields(ar);
    ar(queue_);
  }
  // Throws cereal::Exception when what it reads cannot have been saved by it.
  template <class Archive>
  void load(Archive& ar) {
    fields(ar);
    ar(queue_);
    if (!recount()) throw cereal::Exception("kernel: the saved events do not fit the saved time");
  }

 private:
  template <class Archive>
  void fields(Archive& ar) {
    serializeTime(ar, start_);
    serializeTime(ar, now_);
    bool any_effect = last_effect_.has_value();
    TimePoint effect = lastEffect();
    serializeTime(ar, effect);
    auto number = static_cast<std::uint8_t>(current_class_);
    ar(seed_, next_sequence_, number, any_effect, retries_since_effect_, processed_, fingerprint_);
    current_class_ = static_cast<EventClass>(number);
    last_effect_ = any_effect ? std::optional(effect) : std::nullopt;
  }
  [[nodiscard]] bool recount();  // the pending events by class; false if they are unsound

  std::uint64_t seed_;
  TimePoint start_;
  TimePoint now_;
  std::uint64_t next_sequence_ = 0;
  EventClass current_class_ = EventClass::kWork;
  std::array<std::uint64_t, 3> pending_{};
  std::uint64_t retries_since_effect_ = 0;
  std::uint64_t processed_ = 0;
  std::optional<TimePoint> last_effect_;
  Fingerprint fingerprint_;
  EventQueue queue_;
};

}  // namespace jobset_twin::kernel
