// watch_event.hpp - one stored change of one object, as watchers and caches see it.
#pragma once

#include <cstdint>

#include "engine/api/object.hpp"
#include "engine/api/time.hpp"

namespace jobset_twin::apiserver {

enum class WatchType : std::uint8_t { kAdded, kModified, kDeleted };

struct WatchEvent {
  WatchType type = WatchType::kAdded;
  api::ObjectPtr object;    // the state after the change; for kDeleted the last state, with the deletion's revision
  api::ObjectPtr previous;  // the state before; null for kAdded
  api::TimePoint at;        // when it was stored
  std::int64_t revision = 0;
};

}  // namespace jobset_twin::apiserver
