// event.hpp - Events, both the core/v1 form (Job controller, kubelet) and the events.k8s.io/v1 form (JobSet,
// scheduler). One stored type: fields that the other form alone has stay empty. Written as the form says (`core`).
#pragma once

#include "engine/api/service.hpp"

namespace jobset_twin::api {

struct EventSource {
  std::string component, host;
};
struct EventSeries {
  std::int32_t count = 0;
  std::optional<TimePoint> lastObservedTime;  // microseconds
};
struct Event {
  bool core = true;                // v1 (true) or events.k8s.io/v1 (false); not a field of the object
  ObjectReference regarding;       // involvedObject in core/v1
  std::string reason, note, type;  // note: message in core/v1
  EventSource source;              // core/v1
  std::int32_t count = 0;          // core/v1
  std::optional<TimePoint> firstTimestamp, lastTimestamp;  // core/v1, whole seconds
  std::optional<TimePoint> eventTime;                      // microseconds
  std::optional<EventSeries> series;
  std::string action, reportingController, reportingInstance;
  std::optional<ObjectReference> related;
};

}  // namespace jobset_twin::api
