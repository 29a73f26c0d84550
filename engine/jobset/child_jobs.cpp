#include "engine/jobset/child_jobs.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

const api::Job& jobOf(const api::Object* object) { return api::as<api::Job>(*object); }

// Finds one label in many objects. They mostly have the same keys: it looks first where the key was the last time.
class LabelFinder {
 public:
  explicit LabelFinder(std::string_view key) : key_(key) {}
  const std::string* find(const api::StringMap& labels) {
    const std::vector<api::StringMap::Entry>& entries = labels.entries();
    if (at_ < entries.size() && entries[at_].first == key_) return &entries[at_].second;
    const std::string* value = labels.find(key_);
    for (std::size_t i = 0; value && i < entries.size(); ++i) {
      if (&entries[i].second == value) at_ = i;
    }
    return value;
  }
  std::string_view get(const api::StringMap& labels) {
    const std::string* value = find(labels);
    return value ? std::string_view(*value) : std::string_view();
  }

 private:
  std::string_view key_;
  std::size_t at_ = 0;
};

// The individual restart that a Job is expected to have, gate RestartJob. Returns "" or the error.
std::string isOutdatedAlone(const api::Object& job, const api::JobSet& jobset, const ReplicatedJobIndex& index,
                            bool& outdated) {
  const std::string* replicated_job = job.meta.labels.find(kReplicatedJobNameKey);
  if (!replicated_job) return fmt::format("missing label {}", kReplicatedJobNameKey);
  const std::string* index_label = job.meta.labels.find(kJobIndexKey);
  if (!index_label) return fmt::format("missing label {}", kJobIndexKey);
  std::string error;
  const auto job_index = parseInteger(*index_label, error);
  if (!job_index) return error;
  const std::string* attempt_label = job.meta.labels.find(kJobRestartAttemptKey);
  if (!attempt_label) return {};  // made before the gate was on: treated as current
  const auto attempt = parseInteger(*attempt_label, error);
  if (!attempt) return error;

  std::span<const std::int32_t> targets;
  std::size_t length = 0;
  for (const api::ReplicatedJobStatus& status : jobset.status.replicatedJobsStatus) {
    if (status.name == *replicated_job) targets = status.jobRestarts;
  }
  length = targets.size();
  if (targets.empty()) {
    const std::size_t at = index.find(*replicated_job);
    if (at != ReplicatedJobIndex::kNone)
      length = static_cast<std::size_t>(std::max(0, replicasOf(jobset.spec->replicatedJobs[at])));
  }
  if (*job_index < 0 || static_cast<std::size_t>(*job_index) >= length) {
    return fmt::format("job index {} is out of bounds for replicated job {}", *job_index, *replicated_job);
  }
  const std::int32_t target = targets.empty() ? 0 : targets[static_cast<std::size_t>(*job_index)];
  outdated = static_cast<std::int32_t>(*attempt) < target;
  return {};
}

// The position that a Job's name stands for: "<jobset>-<replicatedJob>-<index>", index without leading zeros.
void markPresent(const api::Object& job, std::string_view jobset_name, const api::JobSetSpec& spec,
                 const ReplicatedJobIndex& index, std::vector<std::vector<bool>>& present) {
  std::string_view rest = job.meta.name;
  if (rest.size() <= jobset_name.size() || !rest.starts_with(jobset_name) || rest[jobset_name.size()] != '-') return;
  rest.remove_prefix(jobset_name.size() + 1);
  const std::size_t dash = rest.rfind('-');
  if (dash == std::string_view::npos) return;
  const std::string_view digits = rest.substr(dash + 1);
  std::size_t number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || status != std::errc() || end != digits.data() + digits.size()) return;
  if (digits.size() > 1 && digits.front() == '0') return;
  const std::size_t at = index.find(rest.substr(0, dash));
  if (at == ReplicatedJobIndex::kNone) return;
  const std::int32_t replicas = replicasOf(spec.replicatedJobs[at]);
  if (replicas <= 0 || number >= static_cast<std::size_t>(replicas)) return;
  if (present[at].empty()) present[at].resize(static_cast<std::size_t>(replicas));
  present[at][number] = true;
}

bool isReady(const api::Job& job) {
  const std::int32_t parallelism = job.spec->parallelism.value_or(1);
  const std::int32_t pods = std::min(parallelism, job.spec->completions.value_or(parallelism));
  return job.status.succeeded + job.status.ready.value_or(0) >= pods;
}

}  // namespace

ReplicatedJobIndex::ReplicatedJobIndex(const api::JobSetSpec& spec) {
  const std::size_t count = spec.replicatedJobs.size();
  by_name_.reserve(count);
  before_.reserve(count);
  std::vector<std::pair<std::string_view, std::int64_t>> groups;  // by name, totals
  group_before_.reserve(count);
  const auto groupAt = [&groups](std::string_view name) -> std::int64_t& {
    const auto at = std::lower_bound(groups.begin(), groups.end(), name,
                                     [](const auto& g, std::string_view n) { return g.first < n; });
    if (at != groups.end() && at->first == name) return at->second;
    return groups.insert(at, {name, 0})->second;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const api::ReplicatedJob& replicated_job = spec.replicatedJobs[i];
    by_name_.emplace_back(replicated_job.name, i);
    before_.push_back(total_);
    std::int64_t& group = groupAt(replicated_job.groupName);
    group_before_.push_back(group);
    group += replicasOf(replicated_job);
    total_ += replicasOf(replicated_job);
  }
  group_total_.reserve(count);
  for (const api::ReplicatedJob& replicated_job : spec.replicatedJobs)
    group_total_.push_back(groupAt(replicated_job.groupName));
  std::stable_sort(by_name_.begin(), by_name_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::size_t ReplicatedJobIndex::find(std::string_view name) const {
  const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                   [](const auto& e, std::string_view n) { return e.first < n; });
  return at != by_name_.end() && at->first == name ? at->second : kNone;
}

JobOutcome jobOutcome(const api::Job& job) {
  for (const api::Condition& condition : job.status.conditions) {
    if (condition.status != "True") continue;
    if (condition.type == "Complete") return JobOutcome::kHasCompleted;
    if (condition.type == "Failed") return JobOutcome::kHasFailed;
  }
  return JobOutcome::kStillActive;
}

std::string sortChildJobs(const Observed& observed, const ReplicatedJobIndex& index, const FeatureGates& gates,
                          ChildJobs& out) {
  const api::JobSet& jobset = api::as<api::JobSet>(observed.jobset);
  out.present.resize(jobset.spec->replicatedJobs.size());
  out.active.reserve(observed.jobs.size());
  LabelFinder attempt_label(kRestartAttemptKey);
  for (const api::ObjectPtr& job : observed.jobs) {
    std::string error;
    const auto attempt = parseInteger(attempt_label.get(job->meta.labels), error);
    if (!attempt) return error;
    bool outdated = static_cast<std::int32_t>(*attempt) < jobset.status.restarts;
    if (!outdated && gates.RestartJob) {
      error = isOutdatedAlone(*job, jobset, index, outdated);
      if (!error.empty()) return error;
    }
    markPresent(*job, observed.jobset->meta.name, *jobset.spec, index, out.present);
    if (outdated) {
      out.previous.push_back(job.get());
      continue;
    }
    switch (jobOutcome(api::as<api::Job>(job))) {
      case JobOutcome::kStillActive: out.active.push_back(job.get()); break;
      case JobOutcome::kHasCompleted: out.successful.push_back(job.get()); break;
      case JobOutcome::kHasFailed: out.failed.push_back(job.get()); break;
    }
  }
  return {};
}

std::vector<api::ReplicatedJobStatus> countReplicatedJobs(const api::JobSet& jobset, const ReplicatedJobIndex& index,
                                                          const ChildJobs& children, const FeatureGates& gates) {
  const std::vector<api::ReplicatedJob>& specs = jobset.spec->replicatedJobs;
  std::vector<api::ReplicatedJobStatus> counts(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) counts[i].name = specs[i].name;

  LabelFinder name_label(kReplicatedJobNameKey);
  std::string_view last_name;
  std::size_t last_at = ReplicatedJobIndex::kNone;
  const auto countOf =
      [&](const api::Object* job) -> api::ReplicatedJobStatus* {  // nullptr: a Job of no replicated job
    const std::string_view name = name_label.get(job->meta.labels);
    if (name.empty()) return nullptr;
    if (name != last_name) {  // Jobs come by name, so mostly the same as before
      last_name = name;
      last_at = index.find(name);
    }
    return last_at == ReplicatedJobIndex::kNone ? nullptr : &counts[last_at];
  };
  for (const api::Object* object : children.active) {
    api::ReplicatedJobStatus* count = countOf(object);
    if (!count) continue;
    const api::Job& job = jobOf(object);
    if (isReady(job)) ++count->ready;
    if (job.status.active > 0) ++count->active;
    if (isSuspended(job)) ++count->suspended;
  }
  for (const api::Object* object : children.successful) {
    if (api::ReplicatedJobStatus* count = countOf(object)) ++count->succeeded;
  }
  for (const api::Object* object : children.failed) {
    if (api::ReplicatedJobStatus* count = countOf(object)) ++count->failed;
  }
  if (gates.RestartJob) {
    for (const api::ReplicatedJobStatus& old : jobset.status.replicatedJobsStatus) {
      const std::size_t at = index.find(old.name);
      if (at == ReplicatedJobIndex::kNone) continue;
      counts[at].jobRestarts = old.jobRestarts;
      counts[at].jobRestartsCountTowardsMax = old.jobRestartsCountTowardsMax;
    }
  }
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.name > b.name; });
  return counts;
}

StatusView::StatusView(std::span<const api::ReplicatedJobStatus> statuses, const ReplicatedJobIndex& index,
                       std::size_t replicated_jobs)
    : by_position_(replicated_jobs, nullptr) {
  for (const api::ReplicatedJobStatus& status : statuses) {
    const std::size_t at = index.find(status.name);
    if (at != ReplicatedJobIndex::kNone) by_position_[at] = &status;
  }
}

void planDeleteJobs(Plan& plan, std::string_view step_name, std::span<const api::Object* const> jobs) {
  Step step;
  step.name = step_name;
  step.mode = StepMode::kConcurrent;
  for (const api::Object* job : jobs) {
    if (job->meta.deletionTimestamp) continue;
    api::DeleteOptions options;
    options.propagation = api::Propagation::kForeground;
    StepRequest request;
    request.request = api::deleteRequest(api::keyOf(*job), std::move(options));
    request.tolerate_not_found = true;
    step.requests.push_back(std::move(request));
  }
  if (!step.requests.empty()) plan.steps.push_back(std::move(step));
}

bool isSuspended(const api::JobSetSpec& spec) { return spec.suspend.value_or(false); }
bool isSuspended(const api::Job& job) { return job.spec->suspend.value_or(false); }
std::int32_t replicasOf(const api::ReplicatedJob& replicated_job) { return replicated_job.replicas.value_or(1); }

}  // namespace jobset_twin::jobset
