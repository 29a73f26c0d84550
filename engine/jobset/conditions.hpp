// conditions.hpp - the status of one pass in the making: conditions, the events and metrics that go with them (JS-C1 to
// JS-C3).
//
// A StatusDraft starts as the observed status. Every change marks it; the pass writes it once, at its end (JS-R16).
// Does not decide which condition is due: that is what the policies do.
// Source: jobset v0.12.0 pkg/controllers/jobset_controller.go (updateCondition and its callers).
#pragma once

#include <string_view>
#include <vector>

#include "engine/jobset/observed.hpp"
#include "engine/jobset/plan.hpp"

namespace jobset_twin::jobset {

struct StatusDraft {
  StatusDraft(api::ObjectPtr jobset, TimePoint now);

  api::ObjectPtr jobset;  // as observed
  TimePoint now;          // whole seconds, as transition times are written
  api::JobSetStatus status;
  bool changed = false;
  std::vector<EventRecord> events;
  std::vector<MetricIncrement> metrics;

  void queueEvent(std::string_view type, std::string_view reason, std::string_view note);
};

inline constexpr std::string_view kCompleted = "Completed";
inline constexpr std::string_view kFailed = "Failed";
inline constexpr std::string_view kSuspended = "Suspended";
inline constexpr std::string_view kRestarting = "RestartingJobSet";
inline constexpr std::string_view kStartupInProgress = "StartupPolicyInProgress";
inline constexpr std::string_view kStartupCompleted = "StartupPolicyCompleted";

inline constexpr std::string_view kReachedMaxRestarts = "ReachedMaxRestarts";
inline constexpr std::string_view kReachedMaxRestartsMessage = "jobset failed due to reaching max number of restarts";
inline constexpr std::string_view kJobsReady = "JobsReady";
inline constexpr std::string_view kJobsReadyMessage = "all jobs are ready";

// JS-C1; returns whether anything changed. A change queues one event of `event_type`.
bool setCondition(StatusDraft& draft, std::string_view type, bool status, std::string_view reason,
                  std::string_view message, std::string_view event_type);

void setCompleted(StatusDraft& draft);
void setFailed(StatusDraft& draft, std::string_view reason, std::string_view message);
void setSuspended(StatusDraft& draft);
void setResumed(StatusDraft& draft);
void setNotRestarting(StatusDraft& draft, std::string_view reason, std::string_view message);
void setStartupInProgress(StatusDraft& draft);
void setStartupCompleted(StatusDraft& draft);

// The True condition Completed or Failed that comes first; nullptr: the JobSet is not finished.
const api::Condition* finishedCondition(const api::JobSetStatus& status);

}  // namespace jobset_twin::jobset
