#include "engine/jobset/seen_jobs.hpp"

#include <algorithm>
#include <charconv>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

bool isReady(const api::Job& job) {
  const std::int32_t parallelism = job.spec->parallelism.value_or(1);
  const std::int32_t pods = std::min(parallelism, job.spec->completions.value_or(parallelism));
  return job.status.succeeded + job.status.ready.value_or(0) >= pods;
}

// "x-w-12" is "x-w" and 12; the number has no leading zeros.
std::string_view splitName(std::string_view name, std::uint32_t& number) {
  number = SeenJobs::kNoNumber;
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return name;
  const std::string_view digits = name.substr(dash + 1);
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || status != std::errc() || end != digits.data() + digits.size()) return name;
  if (digits.size() > 1 && digits.front() == '0') return name;
  number = value;
  return name.substr(0, dash);
}

template <class Entries>
auto placeOf(Entries& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const auto& entry, std::string_view n) { return entry.job->meta.name < n; });
}

}  // namespace

JobOutcome jobOutcome(const api::Job& job) {
  for (const api::Condition& condition : job.status.conditions) {
    if (condition.status != "True") continue;
    if (condition.type == "Complete") return JobOutcome::kHasCompleted;
    if (condition.type == "Failed") return JobOutcome::kHasFailed;
  }
  return JobOutcome::kStillActive;
}

SeenJobs::SeenJobs(const std::vector<api::ObjectPtr>& jobs) {
  for (const api::ObjectPtr& job : jobs) put(job);
}

// They are few: the names of replicated jobs, and what Jobs' names begin with.
SeenJobs::NameId SeenJobs::idOf(Data& data, std::string_view name) {
  const auto at = std::find(data.names.begin(), data.names.end(), name);
  if (at == data.names.end()) {
    data.names.emplace_back(name);
    return static_cast<NameId>(data.names.size() - 1);
  }
  return static_cast<NameId>(at - data.names.begin());
}

SeenJobs::Entry SeenJobs::read(Data& data, const api::ObjectPtr& object) {
  const api::Job& job = api::as<api::Job>(object);
  Entry entry;
  entry.job = object;
  std::string error;
  const auto attempt = parseInteger(object->meta.labels.get(kRestartAttemptKey), error);
  entry.attempt_known = attempt.has_value();
  entry.attempt = attempt.value_or(0);
  entry.replicated_job = idOf(data, object->meta.labels.get(kReplicatedJobNameKey));
  const std::string_view stem = splitName(object->meta.name, entry.number);
  if (entry.number != kNoNumber) entry.stem = idOf(data, stem);
  entry.outcome = jobOutcome(job);
  entry.ready = isReady(job);
  entry.active = job.status.active > 0;
  entry.suspended = job.spec->suspend.value_or(false);
  return entry;
}

void SeenJobs::put(const api::ObjectPtr& job) {
  Data& data = data_.mut();
  Entry entry = read(data, job);
  const auto at = placeOf(data.entries, job->meta.name);
  if (at != data.entries.end() && at->job->meta.name == job->meta.name) {
    *at = std::move(entry);
  } else {
    data.entries.insert(at, std::move(entry));
  }
}

void SeenJobs::erase(std::string_view name) {
  if (!find(name)) return;
  Data& data = data_.mut();
  data.entries.erase(placeOf(data.entries, name));
}

const SeenJobs::Entry* SeenJobs::find(std::string_view name) const {
  const std::vector<Entry>& entries = data_->entries;
  const auto at = placeOf(entries, name);
  return at == entries.end() || at->job->meta.name != name ? nullptr : &*at;
}

std::vector<api::ObjectPtr> SeenJobs::objects() const {
  std::vector<api::ObjectPtr> out;
  out.reserve(size());
  for (const Entry& entry : all()) out.push_back(entry.job);
  return out;
}

bool operator==(const SeenJobs& a, const SeenJobs& b) {
  return std::equal(a.all().begin(), a.all().end(), b.all().begin(), b.all().end(),
                    [](const SeenJobs::Entry& x, const SeenJobs::Entry& y) { return x.job == y.job; });
}

}  // namespace jobset_twin::jobset
