// moment.hpp - what can happen to an object and how it is named: the words that faults (`after`) and expectations
// (`reaches`) share. docs/faults.md and docs/scenario.md say when each moment comes for each kind.
//
// An object has a lasting name: a Pod of an Indexed Job is the same object after a restart, so its name goes without
// the random suffix. A Pod of a NonIndexed Job has no lasting name; what its like share is then an alias.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/pattern.hpp"

namespace jobset_twin::faults {

using api::matchesPattern;

enum class Moment : std::uint8_t {
  kCreated,
  kScheduled,
  kRunning,
  kReady,
  kSuspended,
  kRestarted,
  kSucceeded,
  kFailed,
  kFinished,
  kDeleting,
  kDeleted,
  kResolvable,
  kStarted,  // of faults, with kEnded
  kEnded
};
inline constexpr std::size_t kMomentCount = 14;
std::string_view momentText(Moment moment);  // "created"
std::optional<Moment> momentFrom(std::string_view text);
std::vector<std::string> momentNames();
// Those of objects that are stored, and those of faults.
std::vector<std::string> storedMomentNames();
inline bool isOfFaults(Moment moment) { return moment == Moment::kStarted || moment == Moment::kEnded; }
// "Fault/node-fail-1" is how a fault is called where objects have "Kind/namespace/name".
inline bool isFault(std::string_view full_name) { return full_name.starts_with("Fault/"); }

// Which moments hold of an object as it is stored, and what else expectations ask of it. kDeleted, kResolvable and
// those of faults are not in the object.
struct ObjectState {
  std::array<bool, kMomentCount> now{};
  std::int64_t restarts = 0;
  std::string phase, terminal_state;
  const std::vector<api::Condition>* conditions = nullptr;
  bool& operator[](Moment moment) { return now[static_cast<std::size_t>(moment)]; }
  bool operator[](Moment moment) const { return now[static_cast<std::size_t>(moment)]; }
};
ObjectState stateOf(const api::Object& object);

// "Pod/default/x-leader-0-0-k2x9p", "Node/n".
std::string fullName(const api::Object& object);
// The name without the suffix that the API server made, as a full name; "" when the whole name was given.
std::string sharedName(const api::Object& object);
// A Pod with a completion index: its shared name is its lasting one.
bool hasLastingName(const api::Object& object);

}  // namespace jobset_twin::faults
