#include "sim/apiserver/server_load.hpp"

#include <algorithm>
#include <functional>

namespace jobset_twin::apiserver {

void ServerLoad::enter(api::TimePoint at, std::uint64_t call) {
  coming_.emplace_back(at, call);
  std::push_heap(coming_.begin(), coming_.end(), std::greater<>());
}

std::optional<std::pair<api::TimePoint, std::uint64_t>> ServerLoad::next(api::TimePoint until) {
  if (coming_.empty() || coming_.front().first > until) return std::nullopt;
  std::pop_heap(coming_.begin(), coming_.end(), std::greater<>());
  const auto first = coming_.back();
  coming_.pop_back();
  return first;
}

api::TimePoint ServerLoad::freeAt(api::TimePoint at, std::int32_t seats) {
  while (!busy_until_.empty() && busy_until_.front() <= at) {
    std::pop_heap(busy_until_.begin(), busy_until_.end(), std::greater<>());
    busy_until_.pop_back();
  }
  const auto most = static_cast<std::size_t>(std::max(seats, 1));
  if (busy_until_.size() < most) return at;
  const std::size_t nth = busy_until_.size() - most;
  if (nth == 0) return busy_until_.front();
  std::vector<api::TimePoint> ends = busy_until_;  // only when seats were taken away comes here
  std::nth_element(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(nth), ends.end());
  return ends[nth];
}

void ServerLoad::take(api::TimePoint from, api::TimePoint until, std::int32_t seats) {
  // Who waited takes the seat over from those that leave first.
  while (busy_until_.size() >= static_cast<std::size_t>(std::max(seats, 1)) && busy_until_.front() <= from) {
    std::pop_heap(busy_until_.begin(), busy_until_.end(), std::greater<>());
    busy_until_.pop_back();
  }
  busy_until_.push_back(until);
  std::push_heap(busy_until_.begin(), busy_until_.end(), std::greater<>());
}

}  // namespace jobset_twin::apiserver
