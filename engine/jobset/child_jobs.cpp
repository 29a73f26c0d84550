#include "engine/jobset/child_jobs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

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

// From the names that the Jobs have in common to positions of replicated jobs; kNone: no such.
class Positions {
 public:
  Positions(const SeenJobs& jobs, std::string_view jobset_name, const ReplicatedJobIndex& index) {
    for (SeenJobs::NameId id = 0; id < jobs.nameCount(); ++id) {
      const std::string_view name = jobs.name(id);
      by_label_.push_back(name.empty() ? ReplicatedJobIndex::kNone : index.find(name));
      // "<jobset>-<replicatedJob>" is what a child Job's name begins with.
      const bool ours =
          name.size() > jobset_name.size() && name.starts_with(jobset_name) && name[jobset_name.size()] == '-';
      by_stem_.push_back(ours ? index.find(name.substr(jobset_name.size() + 1)) : ReplicatedJobIndex::kNone);
    }
  }
  std::size_t ofLabel(const SeenJobs::Entry& job) const { return by_label_[job.replicated_job]; }
  std::size_t ofName(const SeenJobs::Entry& job) const {
    return job.number == SeenJobs::kNoNumber ? ReplicatedJobIndex::kNone : by_stem_[job.stem];
  }

 private:
  std::vector<std::size_t> by_label_, by_stem_;
};

void markPresent(std::size_t at, std::uint32_t number, const api::JobSetSpec& spec,
                 std::vector<std::vector<bool>>& present) {
  if (at == ReplicatedJobIndex::kNone) return;
  const std::int32_t replicas = replicasOf(spec.replicatedJobs[at]);
  if (replicas <= 0 || number >= static_cast<std::uint32_t>(replicas)) return;
  if (present[at].empty()) present[at].resize(static_cast<std::size_t>(replicas));
  present[at][number] = true;
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

std::string sortChildJobs(const Observed& observed, const ReplicatedJobIndex& index, const FeatureGates& gates,
                          ChildJobs& out) {
  const api::JobSet& jobset = api::as<api::JobSet>(observed.jobset);
  const Positions positions(observed.jobs, observed.jobset->meta.name, index);
  out.present.resize(jobset.spec->replicatedJobs.size());
  out.counts.resize(jobset.spec->replicatedJobs.size());
  out.active.reserve(observed.jobs.size());
  for (const SeenJobs::Entry& seen : observed.jobs.all()) {
    const api::Object* job = seen.job.get();
    std::string error;
    if (!seen.attempt_known) {
      parseInteger(job->meta.labels.get(kRestartAttemptKey), error);
      return error;
    }
    bool outdated = static_cast<std::int32_t>(seen.attempt) < jobset.status.restarts;
    if (!outdated && gates.RestartJob) {
      error = isOutdatedAlone(*job, jobset, index, outdated);
      if (!error.empty()) return error;
    }
    markPresent(positions.ofName(seen), seen.number, *jobset.spec, out.present);
    if (outdated) {
      out.previous.push_back(job);
      continue;
    }
    const std::size_t at = positions.ofLabel(seen);
    JobCounts nobody;
    JobCounts& count = at == ReplicatedJobIndex::kNone ? nobody : out.counts[at];
    switch (seen.outcome) {
      case JobOutcome::kStillActive:
        out.active.push_back(job);
        if (seen.suspended) out.suspended.push_back(job);
        count.ready += seen.ready ? 1 : 0;
        count.active += seen.active ? 1 : 0;
        count.suspended += seen.suspended ? 1 : 0;
        break;
      case JobOutcome::kHasCompleted:
        out.successful.push_back(job);
        ++count.succeeded;
        break;
      case JobOutcome::kHasFailed:
        out.failed.push_back(job);
        ++count.failed;
        break;
    }
  }
  return {};
}

std::vector<api::ReplicatedJobStatus> countReplicatedJobs(const api::JobSet& jobset, const ReplicatedJobIndex& index,
                                                          const ChildJobs& children, const FeatureGates& gates) {
  const std::vector<api::ReplicatedJob>& specs = jobset.spec->replicatedJobs;
  std::vector<api::ReplicatedJobStatus> counts(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const JobCounts& count = children.counts[i];
    counts[i].name = specs[i].name;
    counts[i].ready = count.ready;
    counts[i].succeeded = count.succeeded;
    counts[i].failed = count.failed;
    counts[i].active = count.active;
    counts[i].suspended = count.suspended;
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
