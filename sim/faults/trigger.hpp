// trigger.hpp - the grammar of events, "KIND NAME [attempt N] MOMENT [+DURATION]", and whether a stored change is the
// event that a fault waits for. docs/faults.md states the grammar.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/result.hpp"
#include "sim/apiserver/watch_event.hpp"
#include "sim/faults/fault.hpp"

namespace jobset_twin::faults {

// "JobSet train ready", "JobSet default/train attempt 2 started", "Pod/default/train-workers-0-* running +30s". The
// error has a text and perhaps a hint, no place.
api::Result<EventPattern> parseEvent(std::string_view text, const std::string& default_namespace);
std::string eventText(const EventPattern& event);

// What is remembered of an event that has not happened yet.
struct EventWatch {
  bool seen_before = false;  // the attempt has begun, and the moment did not hold then

  template <class Archive>
  void serialize(Archive& ar) {
    ar(seen_before);
  }
};

// Whether this change makes it happen.
bool happens(const EventPattern& event, const apiserver::WatchEvent& change, EventWatch& watch);

}  // namespace jobset_twin::faults
