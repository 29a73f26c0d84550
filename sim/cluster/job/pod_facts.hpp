// pod_facts.hpp - what the Job controller reads from one Pod, worked out once per change of it.
//
// Does not know the Job: what depends on its spec takes it as an argument. Source: kubernetes pkg/controller/job
// (job_controller.go, backoff_utils.go, indexed_job_utils.go), pkg/controller/controller_utils.go; K-JOB-23, 38, 45.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::job {

inline constexpr std::string_view kTrackingFinalizer = "batch.kubernetes.io/job-tracking";
inline constexpr std::string_view kCompletionIndexKey = "batch.kubernetes.io/job-completion-index";
inline constexpr std::string_view kIndexFailureCountKey = "batch.kubernetes.io/job-index-failure-count";
inline constexpr std::string_view kIndexIgnoredFailureCountKey = "batch.kubernetes.io/job-index-ignored-failure-count";
inline constexpr std::int32_t kNoIndex = -1;

enum class PodPhase : std::uint8_t { kPending, kUnknown, kRunning, kSucceeded, kFailed };

struct PodFacts {
  api::ObjectPtr pod;
  std::int32_t index = kNoIndex;  // completion index, from the annotation
  std::int32_t restarts = 0;      // of all containers and init containers, while the phase is Pending or Running
  PodPhase phase = PodPhase::kPending;
  bool finalizer = false;  // carries the tracking finalizer
  bool deleting = false;   // has a deletionTimestamp
  bool ready = false;      // condition Ready is True

  bool terminal() const { return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed; }
  bool active() const { return !terminal() && !deleting; }
  bool terminating() const { return !terminal() && deleting; }
  // Worth a look when finished Pods are counted.
  bool done() const { return terminal() || deleting; }
};

PodFacts factsOf(api::ObjectPtr pod);
bool hasTrackingFinalizer(const api::ObjectMeta& meta);
const api::OwnerReference* jobOwner(const api::ObjectMeta& meta);  // the controlling Job's reference, or null

// K-JOB-38: whether the Pod counts as failed. With `only_failed` a Pod being deleted has to reach its end first.
bool podFailed(const PodFacts& facts, bool only_failed);
// K-JOB-45.
api::TimePoint finishTime(const api::Object& pod);
// K-JOB-7; 0 when the annotation is absent or no number.
std::int32_t indexFailureCount(const api::Object& pod);
std::int32_t indexIgnoredFailureCount(const api::Object& pod);

// K-JOB-32: true if `left` is a better victim than `right`; ties by name.
bool betterVictim(const PodFacts& left, const PodFacts& right);

}  // namespace jobset_twin::cluster::job
