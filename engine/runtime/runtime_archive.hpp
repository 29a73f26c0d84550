// runtime_archive.hpp - include this to save or load Plans, the driver, the JobSet cache and work queues with the
// archives of engine/api/archive.hpp.
#pragma once

#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "engine/runtime/driver.hpp"
#include "engine/runtime/jobset_cache.hpp"
#include "engine/runtime/work_queue.hpp"

namespace jobset_twin::jobset {

template <class Archive>
void serialize(Archive& ar, EventRecord& event) {
  ar(event.regarding, event.type, event.reason, event.note, event.action);
}
template <class Archive>
void serialize(Archive& ar, MetricIncrement& metric) {
  ar(metric.name, metric.jobset_name, metric.namespace_);
}
template <class Archive>
void serialize(Archive& ar, StepRequest& step) {
  auto& [request, already_exists, not_found, own, version_from, version_from_step, prefix, group] = step;
  ar(request, already_exists, not_found, own, version_from, version_from_step, prefix, group);
}
template <class Archive>
void serialize(Archive& ar, Step& step) {
  auto& [name, mode, requests, on_failure, on_failure_each] = step;
  ar(name, mode, requests, on_failure, on_failure_each);
}

// A time that may be absent.
template <class Archive>
void archiveDelay(Archive& ar, std::optional<Duration>& delay) {
  bool present = delay.has_value();
  std::int64_t nanos = present ? delay->count() : 0;
  ar(present, nanos);
  delay = present ? std::optional(Duration(nanos)) : std::nullopt;
}

template <class Archive>
void serialize(Archive& ar, Plan& plan) {
  // A new member does not compile until it stands here too.
  auto& [steps, error, status_update, events, metrics, requeue_after, warnings] = plan;
  ar(steps, error, status_update, events, metrics, warnings);
  archiveDelay(ar, requeue_after);
}

}  // namespace jobset_twin::jobset

namespace jobset_twin::runtime {

template <class Archive>
void serialize(Archive& ar, PassOutcome& outcome) {
  ar(outcome.error, outcome.metrics, outcome.wrote_status);
  jobset::archiveDelay(ar, outcome.requeue_after);
}

template <class Archive>
void Driver::serialize(Archive& ar) {
  ar(in_flight_max_, running_, plan_, step_, states_, errors_, versions_, earlier_versions_, in_flight_, sent_,
     base_token_, writing_status_, outcome_, unseen_, seen_);
  const bool fits =
      !running_ ||
      (writing_status_ ? plan_.status_update != nullptr
                       : step_ < plan_.steps.size() && states_.size() == plan_.steps[step_].requests.size() &&
                             errors_.size() == states_.size() && versions_.size() == states_.size());
  if (!fits) api::damagedArchive("a Plan that is at no step of its own");
}

// The indexes as they are: a Pod stands in them under the labels that it had when it was first seen.
template <class Archive>
void JobSetCache::serialize(Archive& ar) {
  ar(jobsets_, jobs_, services_, pods_, nodes_, claims_, jobs_by_owner_, pods_by_base_, pods_by_jobset_,
     pods_by_job_key_);
}

template <class Archive>
void WorkQueue::serialize(Archive& ar) {
  std::int64_t first = backoff_.count(), most = backoff_max_.count();
  ar(first, most, entries_, working_, failures_, next_sequence_);
  backoff_ = Duration(first);
  backoff_max_ = Duration(most);
}

}  // namespace jobset_twin::runtime
