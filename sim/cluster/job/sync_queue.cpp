#include "sim/cluster/job/sync_queue.hpp"

#include <algorithm>

namespace jobset_twin::cluster::job {

void SyncQueue::add(Id id) {
  Entry& entry = entries_[id];
  if (entry.dirty) return;
  entry.dirty = true;
  if (!entry.working) ready_.push_back(id);
}

void SyncQueue::addAfter(kernel::Kernel& kernel, Id id, kernel::Duration delay, kernel::EventClass event_class) {
  if (delay <= kernel::Duration::zero()) {
    add(id);
    return;
  }
  Entry& entry = entries_[id];
  kernel::TimePoint at = kernel::saturatingAdd(kernel.now(), delay);
  if (const kernel::Event* pending = kernel.find(entry.timer)) {
    const kernel::EventClass wanted = kernel::weaker(event_class, kernel.currentClass());
    if (pending->at <= at && pending->event_class <= wanted) return;
    at = std::min(at, pending->at);
    event_class = std::min(event_class, pending->event_class);
    kernel.cancel(entry.timer);
  }
  entry.timer = kernel.schedule(at, target_, timer_kind_, id, 0, event_class);
}

void SyncQueue::addRateLimited(kernel::Kernel& kernel, Id id, kernel::Duration base, kernel::Duration max) {
  Entry& entry = entries_[id];
  kernel::Duration delay = base;
  for (std::int32_t i = 0; i < entry.failures && delay < max; ++i) delay *= 2;
  ++entry.failures;
  addAfter(kernel, id, std::min(delay, max), kernel::EventClass::kRetry);
}

void SyncQueue::cancelTimer(kernel::Kernel& kernel, Id id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  kernel.cancel(at->second.timer);
  at->second.timer = kernel::EventHandle{};
  dropIfIdle(id);
}

void SyncQueue::cancelTimers(kernel::Kernel& kernel) {
  for (auto& [id, entry] : entries_) kernel.cancel(entry.timer);
}

void SyncQueue::forget(Id id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  at->second.failures = 0;
  dropIfIdle(id);
}

void SyncQueue::due(Id id) {
  entries_[id].timer = kernel::EventHandle{};
  add(id);
}

std::optional<SyncQueue::Id> SyncQueue::take() {
  if (ready_.empty()) return std::nullopt;
  const Id id = ready_.front();
  ready_.pop_front();
  Entry& entry = entries_[id];
  entry.dirty = false;
  entry.working = true;
  return id;
}

void SyncQueue::done(Id id) {
  Entry& entry = entries_[id];
  entry.working = false;
  if (entry.dirty) ready_.push_back(id);
  dropIfIdle(id);
}

void SyncQueue::dropIfIdle(Id id) {
  const auto at = entries_.find(id);
  if (at != entries_.end() && at->second.idle()) entries_.erase(at);
}

}  // namespace jobset_twin::cluster::job
