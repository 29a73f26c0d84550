// plan.hpp - what a reconcile pass wants done, in order. Carried out by engine/runtime/driver.hpp; see
// docs/architecture.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/request.hpp"
#include "engine/api/time.hpp"

namespace jobset_twin::jobset {

using api::Duration;
using api::TimePoint;

// An event to record on an object, events.k8s.io/v1 (JS-C2).
struct EventRecord {
  api::ObjectPtr regarding;
  std::string type, reason, note;  // type: Normal | Warning
  std::string action = "Reconciling";
  friend bool operator==(const EventRecord& a, const EventRecord& b) {
    return a.type == b.type && a.reason == b.reason && a.note == b.note && a.action == b.action;
  }
};

struct MetricIncrement {  // a counter with the labels jobset_name, namespace
  std::string name, jobset_name, namespace_;
};

enum class StepMode : std::uint8_t {
  kOne,         // one request
  kConcurrent,  // all attempted, at most 50 in flight, errors joined; requests of one group run one after another
  kSequence     // one after another, ends at the first error; an error of a request with a group skips only the rest of
                // that group, the others go on and the errors are joined
};

struct StepRequest {
  api::Request request;
  bool tolerate_already_exists = false, tolerate_not_found = false;
  // AlreadyExists is fine if this driver created it and its cache does not show that yet: the pass began too early.
  bool tolerate_own = false;
  // The resourceVersion of request.object comes from the answer of an earlier request of this step, by index (resume of
  // a Job).
  std::optional<std::size_t> resource_version_from;
  std::optional<std::size_t> resource_version_from_step;  // ... of this earlier step instead (position in Plan::steps)
  // Put before the server's error when this request fails: `job "x" creation failed with error: `.
  std::string error_prefix;
  // A failure of this request skips the later ones of the same group (volume claims of one policy) and nothing else;
  // -1: none.
  std::int32_t group = -1;
};

struct Step {
  std::string name;  // for reports and traces: "delete previous Jobs"
  StepMode mode = StepMode::kOne;
  std::vector<StepRequest> requests;
  // Recorded at once when the step failed, before the pass ends; the note is completed with the joined error. type "":
  // none.
  EventRecord on_failure;
  bool on_failure_each =
      false;  // instead: one such event for each failed request, at once, with that request's error alone
};

struct Plan {
  std::vector<Step> steps;  // in order; the first failed one ends the pass
  // An error found by the core itself after these steps: the pass ends with it, no status is written (JS-R16).
  std::string error;
  // The one status write of the pass, last (JS-R16); null: nothing changed. Its resourceVersion is the observed one.
  api::ObjectPtr status_update;
  // Recorded in order, once the status write succeeded (or there was none and no error). They regard the JobSet as that
  // write returned it: its new resourceVersion is part of the series key (JS-C2).
  std::vector<EventRecord> events;
  std::vector<MetricIncrement> metrics;   // likewise
  std::optional<Duration> requeue_after;  // look again after t
  std::vector<std::string> warnings;      // what the pass wants logged (an invalid pattern, say)
};

}  // namespace jobset_twin::jobset
