#include "engine/jobset/conditions.hpp"

namespace jobset_twin::jobset {
namespace {

bool exclude(std::string_view a, std::string_view b) {
  return (a == kStartupInProgress && b == kStartupCompleted) || (a == kStartupCompleted && b == kStartupInProgress);
}

bool updateCondition(StatusDraft& draft, const api::Condition& wanted) {
  bool found = false, changed = false;
  for (api::Condition& current : draft.status.conditions) {
    if (current.type == wanted.type) {
      found = true;
      if (current.status != wanted.status) {
        current = wanted;
        changed = true;
      } else if (current.reason != wanted.reason || current.message != wanted.message) {
        const auto since = current.lastTransitionTime;
        current = wanted;
        current.lastTransitionTime = since;
        changed = true;
      }
    } else if (exclude(current.type, wanted.type) && current.status == "True" && wanted.status == "True") {
      current.status = "False";
      changed = true;
    }
  }
  if (!found && wanted.status == "True") {
    draft.status.conditions.push_back(wanted);
    changed = true;
  }
  return changed;
}

void countMetric(StatusDraft& draft, const char* name) {
  draft.metrics.push_back({name, draft.jobset->meta.name, draft.jobset->meta.namespace_});
}

}  // namespace

StatusDraft::StatusDraft(api::ObjectPtr observed, TimePoint at)
    : jobset(std::move(observed)), now(api::truncateToSeconds(at)), status(api::as<api::JobSet>(jobset).status) {}

void StatusDraft::queueEvent(std::string_view type, std::string_view reason, std::string_view note) {
  EventRecord event;
  event.regarding = jobset;
  event.type = type;
  event.reason = reason;
  event.note = note;
  events.push_back(std::move(event));
}

bool setCondition(StatusDraft& draft, std::string_view type, bool status, std::string_view reason,
                  std::string_view message, std::string_view event_type) {
  api::Condition wanted;
  wanted.type = type;
  wanted.status = status ? "True" : "False";
  wanted.reason = reason;
  wanted.message = message;
  wanted.lastTransitionTime = draft.now;
  if (!updateCondition(draft, wanted)) return false;
  draft.changed = true;
  draft.queueEvent(event_type, reason, message);
  return true;
}

void setNotRestarting(StatusDraft& draft, std::string_view reason, std::string_view message) {
  setCondition(draft, kRestarting, false, reason, message, "Normal");
}

void setCompleted(StatusDraft& draft) {
  setCondition(draft, kCompleted, true, "AllJobsCompleted", "jobset completed successfully", "Normal");
  setNotRestarting(draft, "JobSetCompleted", "jobset completed successfully");
  draft.status.terminalState = kCompleted;
  countMetric(draft, "jobset_completed_total");
}

void setFailed(StatusDraft& draft, std::string_view reason, std::string_view message) {
  setCondition(draft, kFailed, true, reason, message, "Warning");
  setNotRestarting(draft, "JobSetFailed", "jobset failed");
  draft.status.terminalState = kFailed;
  countMetric(draft, "jobset_failed_total");
}

void setSuspended(StatusDraft& draft) {
  setCondition(draft, kSuspended, true, "SuspendedJobs", "jobset is suspended", "Normal");
  setNotRestarting(draft, "JobSetSuspended", "jobset is suspended");
}

void setResumed(StatusDraft& draft) {
  setCondition(draft, kSuspended, false, "ResumeJobs", "jobset is resumed", "Normal");
}

void setStartupInProgress(StatusDraft& draft) {
  setCondition(draft, kStartupInProgress, true, "InOrderStartupPolicyInProgress",
               "in order startup policy is in progress", "Normal");
}

void setStartupCompleted(StatusDraft& draft) {
  setCondition(draft, kStartupCompleted, true, "InOrderStartupPolicyCompleted", "in order startup policy has completed",
               "Normal");
}

const api::Condition* finishedCondition(const api::JobSetStatus& status) {
  for (const api::Condition& condition : status.conditions) {
    if ((condition.type == kCompleted || condition.type == kFailed) && condition.status == "True") return &condition;
  }
  return nullptr;
}

}  // namespace jobset_twin::jobset
