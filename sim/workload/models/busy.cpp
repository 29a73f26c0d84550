#include "sim/workload/models/busy.hpp"

#include "sim/kernel/check.hpp"

namespace jobset_twin::workload {

void Busy::add(Member who, const Until& until) {
  if (until) all_.emplace(*until, who);
}

void Busy::start(TimePoint now, Member who, Until& until, Duration work, double speed) {
  TWIN_ASSERT(!until, "a member begins what it is at", who.role, who.rank);
  until = kernel::saturatingAdd(now, timeAtSpeed(work, speed));
  add(who, until);
}

void Busy::stop(Member who, Until& until) {
  if (!until) return;
  all_.erase({*until, who});
  until.reset();
}

void Busy::changeSpeed(TimePoint now, Member who, Until& until, double from, double to) {
  if (!until) return;
  const Duration left = *until - now;
  stop(who, until);
  start(now, who, until, left, to / from);
}

Busy::Until Busy::next() const { return all_.empty() ? Until() : Until(all_.begin()->first); }

std::optional<Member> Busy::doneBy(TimePoint now) const {
  if (all_.empty() || all_.begin()->first > now) return std::nullopt;
  return all_.begin()->second;
}

}  // namespace jobset_twin::workload
