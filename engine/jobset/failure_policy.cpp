#include "engine/jobset/failure_policy.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

using Patterns = std::vector<std::unique_ptr<re2::RE2>>;

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

const api::Condition* failureOf(const api::Object& job) {
  for (const api::Condition& condition : api::as<api::Job>(job).status.conditions) {
    if (condition.type == "Failed" && condition.status == "True") return &condition;
  }
  return nullptr;
}

// An absent transition time is Go's zero time, before all others.
bool failedBefore(const api::Condition& a, const api::Condition& b) {
  if (!a.lastTransitionTime) return b.lastTransitionTime.has_value();
  return b.lastTransitionTime && *a.lastTransitionTime < *b.lastTransitionTime;
}

// Takes over as the first failure? Ties by name; Jobs come by name, but do not rely on it.
bool comesFirst(const api::Object& job, const api::Condition& failure, const api::Object* best) {
  if (!best) return true;
  const api::Condition& best_failure = *failureOf(*best);
  if (failedBefore(failure, best_failure)) return true;
  return !failedBefore(best_failure, failure) && job.meta.name < best->meta.name;
}

Patterns compile(const std::vector<std::string>& patterns, std::vector<std::string>& warnings) {
  Patterns compiled;
  re2::RE2::Options options;
  options.set_log_errors(false);
  for (const std::string& pattern : patterns) {
    auto expression = std::make_unique<re2::RE2>(pattern, options);
    if (expression->ok()) {
      compiled.push_back(std::move(expression));
    } else {
      warnings.push_back(
          fmt::format("invalid regex for onJobFailureMessagePatterns: \"{}\": {}", pattern, expression->error()));
    }
  }
  return compiled;
}

bool matches(const api::FailurePolicyRule& rule, const Patterns& patterns, const api::Object& job,
             const api::Condition& failure) {
  if (!rule.onJobFailureReasons.empty() && !contains(rule.onJobFailureReasons, failure.reason)) return false;
  if (!rule.onJobFailureMessagePatterns.empty() &&
      std::none_of(patterns.begin(), patterns.end(),
                   [&](const auto& pattern) { return re2::RE2::PartialMatch(failure.message, *pattern); })) {
    return false;
  }
  const std::string_view parent = job.meta.labels.get(kReplicatedJobNameKey);
  if (parent.empty()) return false;
  return rule.targetReplicatedJobs.empty() || contains(rule.targetReplicatedJobs, parent);
}

const api::Object* firstFailed(std::span<const api::Object* const> failed) {
  const api::Object* first = nullptr;
  for (const api::Object* job : failed) {
    const api::Condition* failure = failureOf(*job);
    if (failure && comesFirst(*job, *failure, first)) first = job;
  }
  return first;
}

constexpr std::string_view kFirstFailed = " (first failed job: ";

std::string withFirstFailed(std::string_view message, const api::Object& job) {
  return fmt::format("{}{}{})", message, kFirstFailed, job.meta.name);
}

// JS-F4: restarts that count, of the whole JobSet and, with gate RestartJob, of single Jobs.
std::int64_t usedRestarts(const api::JobSetStatus& status, const FeatureGates& gates) {
  std::int64_t used = status.restartsCountTowardsMax;
  if (gates.RestartJob) {
    for (const api::ReplicatedJobStatus& replicated_job : status.replicatedJobsStatus) {
      for (const std::int32_t restarts : replicated_job.jobRestartsCountTowardsMax) used += restarts;
    }
  }
  return used;
}

bool reachedMax(const StatusDraft& draft, const api::FailurePolicy& policy, const FeatureGates& gates) {
  // The counts of the whole JobSet alone are checked too, as upstream does: sums cannot undo them.
  return usedRestarts(draft.status, gates) >= policy.maxRestarts ||
         draft.status.restartsCountTowardsMax >= policy.maxRestarts;
}

void restartAll(const FailureVerdict& verdict, const api::FailurePolicy& policy, bool counts, StatusDraft& draft) {
  const std::string message =
      withFirstFailed(fmt::format("applying {} failure policy action", verdict.action), *verdict.job);
  const std::string reason =
      verdict.rule ? "FailurePolicy_" + policy.rules[*verdict.rule].name : std::string("DefaultFailurePolicy");
  draft.status.restarts += 1;
  if (counts) draft.status.restartsCountTowardsMax += 1;
  draft.changed = true;
  setCondition(draft, kRestarting, true, reason, message, "Warning");
  draft.queueEvent("Warning", fmt::format("{}FailurePolicyAction", verdict.action), message);
}

// Raises one entry of a restarts array, made with the length of the replicas when first needed. False: no such entry.
bool raise(std::vector<std::int32_t>& array, std::int64_t at, std::int32_t replicas) {
  if (array.empty()) array.resize(static_cast<std::size_t>(std::max(0, replicas)));
  if (at < 0 || static_cast<std::size_t>(at) >= array.size()) return false;
  array[static_cast<std::size_t>(at)] += 1;
  return true;
}

std::string restartOne(const FailureVerdict& verdict, const ReplicatedJobIndex& index, bool counts,
                       StatusDraft& draft) {
  const api::Object& job = *verdict.job;
  for (const std::string_view key : {kReplicatedJobNameKey, kJobIndexKey}) {
    if (!job.meta.labels.contains(key)) return fmt::format("failed job {} missing {} label", job.meta.name, key);
  }
  const std::string_view replicated_job = job.meta.labels.get(kReplicatedJobNameKey);
  const std::string_view index_label = job.meta.labels.get(kJobIndexKey);
  std::string error;
  const auto job_index = parseInteger(index_label, error);
  if (!job_index)
    return fmt::format("failed job {} has invalid {} label: {}: {}", job.meta.name, kJobIndexKey, index_label, error);

  const std::vector<api::ReplicatedJob>& specs = api::as<api::JobSet>(draft.jobset).spec->replicatedJobs;
  const std::size_t at = index.find(replicated_job);
  const std::int32_t replicas = at == ReplicatedJobIndex::kNone ? 0 : replicasOf(specs[at]);
  const auto status = std::find_if(draft.status.replicatedJobsStatus.begin(), draft.status.replicatedJobsStatus.end(),
                                   [&](const api::ReplicatedJobStatus& s) { return s.name == replicated_job; });
  const bool found = status != draft.status.replicatedJobsStatus.end();
  if (!found || !raise(status->jobRestarts, *job_index, replicas) ||
      (counts && !raise(status->jobRestartsCountTowardsMax, *job_index, replicas))) {
    return fmt::format(
        "failed job {} has index {} out of bounds for replicated job {} (replicas: {})", job.meta.name, *job_index,
        replicated_job,
        found && !status->jobRestarts.empty() ? static_cast<std::int64_t>(status->jobRestarts.size()) : replicas);
  }
  draft.changed = true;
  draft.queueEvent("Warning", fmt::format("{}FailurePolicyAction", verdict.action),
                   withFirstFailed(fmt::format("applying {} failure policy action", verdict.action), job));
  return {};
}

}  // namespace

FailureVerdict judgeFailure(const api::FailurePolicy& policy, std::span<const api::Object* const> failed,
                            std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const api::FailurePolicyRule& rule = policy.rules[i];
    const Patterns patterns = compile(rule.onJobFailureMessagePatterns, warnings);
    const api::Object* first = nullptr;
    for (const api::Object* job : failed) {
      const api::Condition* failure = failureOf(*job);
      if (failure && matches(rule, patterns, *job, *failure) && comesFirst(*job, *failure, first)) first = job;
    }
    if (first) return {i, rule.action, first};
  }
  return {std::nullopt, "RestartJobSet", firstFailed(failed)};
}

std::string_view firstFailedJobIn(std::string_view message) {
  const std::size_t mark = message.rfind(kFirstFailed);
  if (mark == std::string_view::npos || !message.ends_with(')')) return {};
  message.remove_prefix(mark + kFirstFailed.size());
  message.remove_suffix(1);
  return message;
}

std::string applyFailurePolicy(std::span<const api::Object* const> failed, const ReplicatedJobIndex& index,
                               const FeatureGates& gates, StatusDraft& draft, std::vector<std::string>& warnings) {
  const auto& policy = api::as<api::JobSet>(draft.jobset).spec->failurePolicy;
  if (!policy) {
    setFailed(draft, "FailedJobs",
              withFirstFailed("jobset failed due to one or more job failures", *firstFailed(failed)));
    return {};
  }
  const FailureVerdict verdict = judgeFailure(*policy, failed, warnings);
  const bool alone = verdict.action == "RestartJob" || verdict.action == "RestartJobAndIgnoreMaxRestarts";
  const bool counts = verdict.action == "RestartJobSet" || verdict.action == "RestartJob";
  if (verdict.action == "FailJobSet") {
    setFailed(draft, "FailJobSetFailurePolicyAction",
              withFirstFailed("applying FailJobSet failure policy action", *verdict.job));
    return {};
  }
  if (!alone && !counts && verdict.action != "RestartJobSetAndIgnoreMaxRestarts") {
    return fmt::format("failed to find a corresponding action for the FailurePolicyRuleAction {}", verdict.action);
  }
  if (alone && !gates.RestartJob) {
    return fmt::format("{} failure policy action cannot be used when the feature gate RestartJob is disabled",
                       verdict.action);
  }
  if (counts && reachedMax(draft, *policy, gates)) {
    setFailed(draft, kReachedMaxRestarts, withFirstFailed(kReachedMaxRestartsMessage, *verdict.job));
    return {};
  }
  if (alone) return restartOne(verdict, index, counts, draft);
  restartAll(verdict, *policy, counts, draft);
  return {};
}

}  // namespace jobset_twin::jobset
