// pace.hpp - how virtual time follows the wall clock while a cluster is served: so many times as fast, as fast as it
// goes, or not at all. The wall clock is given, not asked, so that it can be tested.
#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/time.hpp"

namespace jobset_twin::scenarios {

// As fast as it goes: then whoever serves says when time goes on, with jump().
inline constexpr double kSpeedMax = std::numeric_limits<double>::infinity();
inline constexpr double kSpeedLimit = 1e6;  // of a number

// "60" or "max"; nothing: neither.
std::optional<double> speedFrom(std::string_view text);
std::string speedText(double speed);

class Pace {
 public:
  using WallTime = std::chrono::steady_clock::time_point;
  // speed: 1 is real time. Requires speed > 0.
  Pace(api::TimePoint virtual_start, WallTime wall_start, double speed);

  api::TimePoint at(WallTime wall) const;
  // When that virtual time comes; nothing: time does not go by the clock.
  std::optional<WallTime> wallOf(api::TimePoint at) const;

  void setSpeed(double speed, WallTime wall);
  void pause(WallTime wall);
  void resume(WallTime wall);
  void jump(api::TimePoint to, WallTime wall);  // never back
  bool paused() const { return paused_; }
  double speed() const { return speed_; }
  bool byTheClock() const { return !paused_ && speed_ != kSpeedMax; }

 private:
  api::TimePoint virtual_;  // at `wall_`
  WallTime wall_;
  double speed_;
  bool paused_ = false;
};

// Whether all is quiet: nothing has been asked, and nothing told, for a while. Then nobody is believed to be at work
// on what he was told, and time may go on at full speed. A belief: a client that thinks for longer is overtaken.
class Quiet {
 public:
  explicit Quiet(Pace::WallTime::duration patience) : patience_(patience) {}
  void disturb(Pace::WallTime wall) { last_ = wall; }
  Pace::WallTime from() const { return last_ + patience_; }
  bool at(Pace::WallTime wall) const { return wall >= from(); }

 private:
  Pace::WallTime::duration patience_;
  Pace::WallTime last_{};
};

}  // namespace jobset_twin::scenarios
