// pace.hpp - how virtual time follows the wall clock while a cluster is served: so many times as fast, or not at all.
// The wall clock is given, not asked, so that it can be tested.
#pragma once

#include <chrono>
#include <optional>

#include "engine/api/time.hpp"

namespace jobset_twin::scenarios {

class Pace {
 public:
  using WallTime = std::chrono::steady_clock::time_point;
  // speed: 1 is real time. Requires speed > 0.
  Pace(api::TimePoint virtual_start, WallTime wall_start, double speed);

  api::TimePoint at(WallTime wall) const;
  // When that virtual time comes; nothing: never, time stands.
  std::optional<WallTime> wallOf(api::TimePoint at) const;

  void setSpeed(double speed, WallTime wall);
  void pause(WallTime wall);
  void resume(WallTime wall);
  void jump(api::TimePoint to, WallTime wall);  // never back
  bool paused() const { return paused_; }
  double speed() const { return speed_; }

 private:
  api::TimePoint virtual_;  // at `wall_`
  WallTime wall_;
  double speed_;
  bool paused_ = false;
};

}  // namespace jobset_twin::scenarios
