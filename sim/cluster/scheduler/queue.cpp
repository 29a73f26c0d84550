#include "sim/cluster/scheduler/queue.hpp"

#include <algorithm>

#include "engine/api/check.hpp"

namespace jobset_twin::cluster {
namespace {

kernel::TimePoint windowOf(kernel::TimePoint at, const QueueTiming& timing) {
  return at - at.time_since_epoch() % timing.window;
}
void count(std::map<kernel::EventClass, std::size_t>& classes, kernel::EventClass event_class, int delta) {
  std::size_t& n = classes[event_class];
  n += static_cast<std::size_t>(delta);
  if (n == 0) classes.erase(event_class);
}

}  // namespace

kernel::Duration backoffOf(const QueuedPod& pod, const QueueTiming& timing) {
  const std::uint32_t n = pod.consecutive_errors > 0 ? pod.consecutive_errors : pod.unschedulable_count;
  if (n == 0) return {};
  kernel::Duration backoff = timing.backoff;
  for (std::uint32_t i = 1; i < n && backoff < timing.backoff_max; ++i) backoff *= 2;
  return std::min(backoff, timing.backoff_max);
}

SchedulingQueue::Rank SchedulingQueue::rankOf(Slot slot, const QueuedPod& pod) {
  Rank rank;
  if (pod.state == QueueState::kBackoff) rank.window = pod.backoff_until;
  rank.priority = pod.priority;
  rank.timestamp = pod.timestamp;
  rank.number = pod.number;
  rank.slot = slot;
  return rank;
}

std::set<SchedulingQueue::Rank>& SchedulingQueue::heapOf(const QueuedPod& pod) {
  if (pod.state == QueueState::kActive) return active_;
  return pod.error ? error_backoff_ : backoff_;
}

void SchedulingQueue::enter(Slot slot, QueueState state) {
  QueuedPod& pod = pods_[slot];
  pod.state = state;
  if (state == QueueState::kUnschedulable) {
    unschedulable_[pod.plugins].insert(slot);
  } else if (state == QueueState::kActive || state == QueueState::kBackoff) {
    heapOf(pod).insert(rankOf(slot, pod));
    count(state == QueueState::kActive ? active_classes_ : backoff_classes_, pod.event_class, 1);
  }
}

void SchedulingQueue::leave(Slot slot) {
  QueuedPod& pod = pods_[slot];
  if (pod.state == QueueState::kUnschedulable) {
    const auto found = unschedulable_.find(pod.plugins);
    found->second.erase(slot);
    if (found->second.empty()) unschedulable_.erase(found);
  } else if (pod.state == QueueState::kActive || pod.state == QueueState::kBackoff) {
    heapOf(pod).erase(rankOf(slot, pod));
    count(pod.state == QueueState::kActive ? active_classes_ : backoff_classes_, pod.event_class, -1);
  }
  pod.state = QueueState::kAbsent;
}

void SchedulingQueue::rebuild() {
  active_.clear();
  backoff_.clear();
  error_backoff_.clear();
  unschedulable_.clear();
  active_classes_.clear();
  backoff_classes_.clear();
  for (Slot slot = 0; slot < pods_.size(); ++slot) enter(slot, pods_[slot].state);
}

void SchedulingQueue::add(Slot slot, std::uint64_t number, std::int32_t priority, kernel::TimePoint now,
                          kernel::EventClass event_class) {
  if (pods_.size() <= slot) pods_.resize(slot + 1);
  TWIN_ASSERT(pods_[slot].state == QueueState::kAbsent, "a Pod is queued once", slot);
  pods_[slot] = {};
  pods_[slot].number = number;
  pods_[slot].priority = priority;
  pods_[slot].timestamp = now;
  pods_[slot].event_class = event_class;
  enter(slot, QueueState::kActive);
}

bool SchedulingQueue::canPop() const { return !active_.empty() || !backoff_.empty(); }

std::optional<SchedulingQueue::Slot> SchedulingQueue::pop() {
  if (!canPop()) return std::nullopt;
  const Slot slot = (active_.empty() ? backoff_ : active_).begin()->slot;
  leave(slot);
  pods_[slot].state = QueueState::kInFlight;
  ++pods_[slot].attempts;
  return slot;
}

bool SchedulingQueue::take(Slot slot) {
  const QueueState where = state(slot);
  if (where == QueueState::kAbsent || where == QueueState::kInFlight || pods_[slot].held) return false;
  leave(slot);
  pods_[slot].state = QueueState::kInFlight;
  ++pods_[slot].attempts;
  return true;
}

void SchedulingQueue::backOffOrActivate(Slot slot, kernel::TimePoint now, const QueueTiming& timing,
                                        kernel::EventClass event_class) {
  QueuedPod& pod = pods_[slot];
  pod.event_class = event_class;
  pod.backoff_until = windowOf(pod.timestamp + backoffOf(pod, timing), timing);
  const bool waits = backoffOf(pod, timing) > kernel::Duration::zero() && pod.backoff_until >= windowOf(now, timing);
  enter(slot, waits ? QueueState::kBackoff : QueueState::kActive);
}

void SchedulingQueue::putBack(Slot slot, PluginMask plugins, bool again, kernel::TimePoint now,
                              const QueueTiming& timing, kernel::EventClass event_class) {
  QueuedPod& pod = pods_[slot];
  TWIN_ASSERT(pod.state == QueueState::kInFlight, "only a Pod in flight is put back", slot);
  pod.plugins = plugins;
  pod.error = false;
  pod.consecutive_errors = 0;
  ++pod.unschedulable_count;
  pod.timestamp = now;
  if (again && !pod.held) {
    backOffOrActivate(slot, now, timing, event_class);
  } else {
    enter(slot, QueueState::kUnschedulable);
  }
}

void SchedulingQueue::putBackWithError(Slot slot, const QueuedPod& was, kernel::TimePoint now,
                                       const QueueTiming& timing, kernel::EventClass event_class) {
  if (pods_.size() <= slot) pods_.resize(slot + 1);
  QueuedPod& pod = pods_[slot];
  TWIN_ASSERT(pod.state == QueueState::kInFlight || pod.state == QueueState::kAbsent, "the Pod is not queued", slot);
  pod = was;
  pod.plugins = 0;
  pod.error = true;
  ++pod.consecutive_errors;
  pod.timestamp = now;
  backOffOrActivate(slot, now, timing, event_class);
}

bool SchedulingQueue::move(Slot slot, kernel::TimePoint now, const QueueTiming& timing,
                           kernel::EventClass event_class) {
  if (state(slot) != QueueState::kUnschedulable || pods_[slot].held) return false;
  leave(slot);
  backOffOrActivate(slot, now, timing, event_class);
  return true;
}

QueuedPod SchedulingQueue::remove(Slot slot) {
  if (slot >= pods_.size()) return {};
  leave(slot);
  QueuedPod out = pods_[slot];
  pods_[slot] = {};
  return out;
}

void SchedulingQueue::finishBackoffs(kernel::TimePoint now, const QueueTiming& timing) {
  for (std::set<Rank>* heap : {&backoff_, &error_backoff_}) {
    while (!heap->empty() && heap->begin()->window < windowOf(now, timing)) {
      const Slot slot = heap->begin()->slot;
      leave(slot);
      enter(slot, QueueState::kActive);
    }
  }
}

std::optional<kernel::TimePoint> SchedulingQueue::nextBackoffEnd(const QueueTiming& timing) const {
  std::optional<kernel::TimePoint> next;
  for (const std::set<Rank>* heap : {&backoff_, &error_backoff_}) {
    if (!heap->empty() && (!next || heap->begin()->window + timing.window < *next))
      next = heap->begin()->window + timing.window;
  }
  return next;
}

kernel::EventClass SchedulingQueue::nextBackoffClass() const {
  TWIN_ASSERT(!backoff_classes_.empty(), "something backs off");
  return backoff_classes_.begin()->first;
}

kernel::EventClass SchedulingQueue::activeClass() const {
  return active_classes_.empty() ? kernel::EventClass::kHousekeeping : active_classes_.begin()->first;
}

void SchedulingQueue::flush(kernel::TimePoint now, const QueueTiming& timing, kernel::EventClass event_class) {
  std::vector<Slot> old;
  for (const auto& [plugins, slots] : unschedulable_) {
    for (const Slot slot : slots) {
      if (now - pods_[slot].timestamp > timing.flush_after) old.push_back(slot);
    }
  }
  for (const Slot slot : old) move(slot, now, timing, event_class);
}

const QueuedPod& SchedulingQueue::pod(Slot slot) const {
  TWIN_ASSERT(slot < pods_.size(), "the queue knows the Pod", slot);
  return pods_[slot];
}

}  // namespace jobset_twin::cluster
