#include "sim/kernel/kernel.hpp"

#include "sim/kernel/check.hpp"

namespace jobset_twin::kernel {

EventHandle Kernel::schedule(TimePoint at, std::uint32_t target, std::uint16_t kind, std::uint64_t a, std::uint64_t b,
                             EventClass event_class, std::uint8_t priority) {
  TWIN_ASSERT(at >= now_, "event in the past", at, now_, target, kind);
  Event event;
  event.at = at;
  event.sequence = next_sequence_++;
  event.target = target;
  event.kind = kind;
  event.priority = priority;
  event.event_class = weaker(event_class, current_class_);
  event.a = a;
  event.b = b;
  ++pending_[static_cast<std::size_t>(event.event_class)];
  return queue_.push(event);
}

EventHandle Kernel::scheduleAfter(Duration delay, std::uint32_t target, std::uint16_t kind, std::uint64_t a,
                                  std::uint64_t b, EventClass event_class, std::uint8_t priority) {
  TWIN_ASSERT(delay >= Duration::zero(), "negative delay", delay, target, kind);
  return schedule(saturatingAdd(now_, delay), target, kind, a, b, event_class, priority);
}

void Kernel::cancel(EventHandle handle) {
  const Event* event = queue_.find(handle);
  if (event == nullptr) return;
  --pending_[static_cast<std::size_t>(event->event_class)];
  queue_.cancel(handle);
}

std::optional<TimePoint> Kernel::nextTime() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.top().at;
}

std::optional<Event> Kernel::popNext() {
  if (queue_.empty()) return std::nullopt;
  const Event event = queue_.pop();
  TWIN_ASSERT(event.at >= now_, "time runs backwards", event.at, now_, event.sequence);
  now_ = event.at;
  current_class_ = event.event_class;
  --pending_[static_cast<std::size_t>(event.event_class)];
  if (event.event_class == EventClass::kRetry) ++retries_since_effect_;
  ++processed_;
  fingerprint_.event(event.at, event.target, event.kind, event.a, event.b);
  return event;
}

void Kernel::advanceTo(TimePoint to) {
  TWIN_ASSERT(to >= now_, "time runs backwards", to, now_);
  TWIN_ASSERT(queue_.empty() || to <= queue_.top().at, "an event would be left behind", to, queue_.top().at);
  now_ = to;
  current_class_ = EventClass::kWork;
}

void Kernel::noteEffect() {
  current_class_ = EventClass::kWork;
  retries_since_effect_ = 0;
  last_effect_ = now_;
}

bool Kernel::recount() {
  pending_ = {};
  if (current_class_ > EventClass::kHousekeeping) return false;
  for (const Event& event : queue_.sortedCopy()) {
    if (event.event_class > EventClass::kHousekeeping) return false;
    if (event.at < now_ || event.sequence >= next_sequence_) return false;
    ++pending_[static_cast<std::size_t>(event.event_class)];
  }
  return true;
}

}  // namespace jobset_twin::kernel
