#include "engine/runtime/work_queue.hpp"

#include <algorithm>

namespace jobset_twin::runtime {

void WorkQueue::add(const Key& key, std::int32_t priority, TimePoint now) {
  if (const auto working = working_.find(key); working != working_.end()) {
    working->second = true;
    return;
  }
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_[key] = Entry{now, priority, next_sequence_++, false};
    return;
  }
  found->second.priority = std::max(found->second.priority, priority);
  if (found->second.due > now) {
    found->second.due = now;
    found->second.after_error = false;
    found->second.sequence = next_sequence_++;
  }
}

void WorkQueue::addAfter(const Key& key, Duration delay, TimePoint now) {
  const TimePoint due = now + delay;
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    found->second.due = std::min(found->second.due, due);
    return;
  }
  entries_[key] = Entry{due, 0, next_sequence_++, false};
}

WorkQueue::Duration WorkQueue::addRateLimited(const Key& key, TimePoint now) {
  const std::int32_t failed = failures_[key]++;
  Duration delay = backoff_max_;
  if (failed < 40) delay = std::min(backoff_max_, backoff_ * (std::int64_t{1} << failed));
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_[key] = Entry{now + delay, 0, next_sequence_++, true};
  } else {
    found->second.due = std::min(found->second.due, now + delay);
  }
  return delay;
}

void WorkQueue::forget(const Key& key) {
  failures_.erase(key);
}

std::optional<WorkQueue::Key> WorkQueue::take(TimePoint now) {
  auto best = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.due > now) continue;
    if (best == entries_.end() || at->second.priority > best->second.priority ||
        (at->second.priority == best->second.priority && at->second.sequence < best->second.sequence)) {
      best = at;
    }
  }
  if (best == entries_.end()) return std::nullopt;
  Key key = best->first;
  entries_.erase(best);
  working_[key] = false;
  return key;
}

void WorkQueue::done(const Key& key, TimePoint now) {
  const auto working = working_.find(key);
  if (working == working_.end()) return;
  const bool again = working->second;
  working_.erase(working);
  if (again) add(key, 0, now);
}

std::optional<WorkQueue::TimePoint> WorkQueue::nextDue() const {
  std::optional<TimePoint> due;
  for (const auto& [key, entry] : entries_) {
    if (!due || entry.due < *due) due = entry.due;
  }
  return due;
}

bool WorkQueue::waitsOnlyForBackoff() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& entry) { return entry.second.after_error; });
}

std::int32_t WorkQueue::failures(const Key& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

}  // namespace jobset_twin::runtime
