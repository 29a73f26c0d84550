#include "scenarios/serve/pace.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "engine/api/check.hpp"

namespace jobset_twin::scenarios {

std::optional<double> speedFrom(std::string_view text) {
  if (text == "max") return kSpeedMax;
  const std::string copy(text);
  char* end = nullptr;
  const double speed = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !(speed > 0 && speed <= kSpeedLimit)) return std::nullopt;
  return speed;
}

std::string speedText(double speed) { return speed == kSpeedMax ? "max" : fmt::format("{:.15g}", speed); }

Pace::Pace(api::TimePoint virtual_start, WallTime wall_start, double speed)
    : virtual_(virtual_start), wall_(wall_start), speed_(speed) {
  TWIN_ASSERT(speed > 0, "time goes on", speed);
}

api::TimePoint Pace::at(WallTime wall) const {
  if (!byTheClock() || wall <= wall_) return virtual_;
  const double passed = static_cast<double>(std::chrono::nanoseconds(wall - wall_).count()) * speed_;
  return virtual_ + api::Duration(static_cast<std::int64_t>(passed));
}

std::optional<Pace::WallTime> Pace::wallOf(api::TimePoint at) const {
  if (!byTheClock()) return std::nullopt;
  if (at <= virtual_) return wall_;
  constexpr double kYear = 3.2e16;  // nanoseconds: further than anybody waits
  const double wait = std::min(kYear, static_cast<double>((at - virtual_).count()) / speed_);
  return wall_ + std::chrono::nanoseconds(static_cast<std::int64_t>(wait) + 1);
}

void Pace::setSpeed(double speed, WallTime wall) {
  TWIN_ASSERT(speed > 0, "time goes on", speed);
  jump(at(wall), wall);
  speed_ = speed;
}

void Pace::pause(WallTime wall) {
  jump(at(wall), wall);
  paused_ = true;
}

void Pace::resume(WallTime wall) {
  jump(virtual_, wall);
  paused_ = false;
}

void Pace::jump(api::TimePoint to, WallTime wall) {
  virtual_ = std::max(virtual_, to);
  wall_ = std::max(wall_, wall);
}

}  // namespace jobset_twin::scenarios
