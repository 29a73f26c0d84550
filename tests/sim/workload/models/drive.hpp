// drive.hpp - runs a workload model by itself: wakes it when it wants to be woken, and keeps what it says.
#pragma once

#include <map>

#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

inline TimePoint at(double seconds) { return TimePoint(Duration(static_cast<std::int64_t>(seconds * 1e9))); }
inline double secondsOf(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

inline TimeDistribution constantly(Duration value) {
  TimeDistribution law;
  law.a = value;
  return law;
}
// Longer than time goes on.
inline TimeDistribution forEver() { return constantly(Duration::max()); }
inline TimeDistribution exponentially(Duration mean) {
  TimeDistribution law;
  law.kind = TimeDistribution::Kind::kExponential;
  law.a = mean;
  return law;
}

template <class Model>
struct Driven {
  Model model;
  TimePoint now{};
  std::map<Member, std::pair<double, std::int32_t>> ended;  // when, in seconds, and with which code
  std::vector<std::string> log;
  std::vector<std::pair<double, std::int32_t>> wanted;  // workers asked for

  void take(const GroupStep& step) {
    for (const auto& [who, code] : step.exits) ended[who] = {secondsOf(now.time_since_epoch()), code};
    for (const auto& [who, line] : step.log) log.push_back(line);
    if (step.wanted_workers) wanted.emplace_back(secondsOf(now.time_since_epoch()), *step.wanted_workers);
  }
  void runUntil(TimePoint until) {
    while (model.wake() && *model.wake() <= until) {
      now = *model.wake();
      take(model.tick(now));
    }
    now = until;
  }
  void runToEnd() {
    while (model.wake() && *model.wake() < TimePoint::max()) runUntil(*model.wake());
  }
  void join(double seconds, Member who, MemberState state = {}) {
    runUntil(at(seconds));
    take(model.join(now, who, std::move(state)));
  }
  void leave(double seconds, Member who) {
    runUntil(at(seconds));
    take(model.leave(now, who));
  }
  void speed(double seconds, Member who, double speed) {
    runUntil(at(seconds));
    take(model.setSpeed(now, who, speed));
  }
  double endOf(Member who) const {
    const auto found = ended.find(who);
    return found == ended.end() ? -1 : found->second.first;
  }
};

}  // namespace jobset_twin::workload
