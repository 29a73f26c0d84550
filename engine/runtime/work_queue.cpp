#include "engine/runtime/work_queue.hpp"

#include <algorithm>

namespace jobset_twin::runtime {

void WorkQueue::add(const Key& key, std::int32_t priority, TimePoint now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_[key] = Entry{now, priority, next_sequence_++, false};
    return;
  }
  Entry& entry = found->second;
  if (priority > entry.priority) {  // to the end of its new priority
    entry.priority = priority;
    entry.sequence = next_sequence_++;
  }
  entry.due = std::min(entry.due, now);
  entry.after_error = false;
}

void WorkQueue::addAfter(const Key& key, Duration delay, TimePoint now) {
  const TimePoint due = now + delay;
  const auto [found, fresh] = entries_.try_emplace(key, Entry{due, 0, next_sequence_, false});
  if (fresh) {
    ++next_sequence_;
  } else if (due < found->second.due) {
    found->second.due = due;
    found->second.after_error = false;
  }
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

void WorkQueue::forget(const Key& key) { failures_.erase(key); }

std::optional<WorkQueue::Key> WorkQueue::take(TimePoint now) {
  auto best = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.due > now || working_.contains(at->first)) continue;
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

void WorkQueue::done(const Key& key, TimePoint) { working_.erase(key); }

std::optional<WorkQueue::TimePoint> WorkQueue::nextDue() const {
  std::optional<TimePoint> due;
  for (const auto& [key, entry] : entries_) {
    if (!working_.contains(key) && (!due || entry.due < *due)) due = entry.due;
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
