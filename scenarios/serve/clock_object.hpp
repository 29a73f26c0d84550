// clock_object.hpp - the Clock of a served cluster as an object of its API (jobset-twin.dev/v1alpha1, named "clock"):
// how fast virtual time goes, to be read and changed with kubectl.
#pragma once

#include "engine/api/object.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::scenarios {

inline constexpr const char* kTwinGroup = "jobset-twin.dev";
inline constexpr const char* kTwinVersion = "jobset-twin.dev/v1alpha1";
inline constexpr const char* kClockName = "clock";

struct ClockState {
  double speed = 1;  // kSpeedMax (pace.hpp): as fast as it goes
  bool paused = false;
  friend bool operator==(const ClockState&, const ClockState&) = default;
};

api::ObjectPtr clockObject(const ClockState& state);
// What its spec asks for. A field that is left out keeps what `now` has.
api::Result<ClockState> clockFrom(const api::Object& clock, const ClockState& now);
// The same object with this status.
api::ObjectPtr withClockStatus(const api::Object& clock, const ClockState& state, api::TimePoint now);

// The object with another value of a field of its content ("status").
api::ObjectPtr withContent(const api::Object& object, const char* field, const nlohmann::json& value);

}  // namespace jobset_twin::scenarios
