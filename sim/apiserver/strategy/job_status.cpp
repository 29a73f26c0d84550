// Source: kubernetes v1.36 pkg/apis/batch/validation (validateJobStatus, JobStatusValidationOptions),
// pkg/registry/batch/job/strategy.go.
#include "sim/apiserver/strategy/job_status.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/api/names.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::Errors;

struct Range {
  std::int64_t first, last;
};

bool parseIndexes(std::string_view text, std::int64_t completions, std::vector<Range>& ranges, std::string& problem) {
  std::int64_t previous = -1;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t dash = part.find('-');
    const auto number = [&](std::string_view digits, std::int64_t& value) {
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error == std::errc() && end == digits.data() + digits.size() && !digits.empty()) return true;
      problem = fmt::format("cannot convert string to integer for index: {}", api::quoted(digits));
      return false;
    };
    Range range{};
    if (!number(part.substr(0, dash), range.first)) return false;
    range.last = range.first;
    if (dash != std::string_view::npos && !number(part.substr(dash + 1), range.last)) return false;
    if (dash != std::string_view::npos && range.first >= range.last) {
      problem = fmt::format("non-increasing order, previous: {}, current: {}", range.first, range.last);
      return false;
    }
    if (range.first <= previous) {
      problem = fmt::format("non-increasing order, previous: {}, current: {}", previous, range.first);
      return false;
    }
    if (range.last >= completions) {
      problem = fmt::format("too large index: {}", api::quoted(std::to_string(range.last)));
      return false;
    }
    previous = range.last;
    ranges.push_back(range);
  }
  return true;
}

bool overlap(const std::vector<Range>& a, const std::vector<Range>& b) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].last < b[j].first) {
      ++i;
    } else if (b[j].last < a[i].first) {
      ++j;
    } else {
      return true;
    }
  }
  return false;
}

bool isTrue(const api::JobStatus& status, std::string_view type) {
  return api::conditionIs(status.conditions, type, "True");
}

// One pass over a status write: each rule looks only when the fields that it is about have changed.
struct StatusCheck {
  const api::Job& fresh;
  const api::Job& old;
  Errors& errors;
  bool conditions_changed, finished_now;

  void forbid(std::string_view field, std::string_view value, std::string_view detail) {
    errors.push_back(api::invalidValue(field, value, detail));
  }

  void exclusive() {
    const api::JobStatus& status = fresh.status;
    if (!conditions_changed) return;
    const auto both = [&](std::string_view a, std::string_view b) {
      if (isTrue(status, a) && isTrue(status, b)) {
        forbid("status.conditions", "[]", fmt::format("cannot set {}=True and {}=true conditions", a, b));
      }
    };
    both("Complete", "Failed");
    both("Complete", "FailureTarget");
    both("SuccessCriteriaMet", "Failed");
    both("SuccessCriteriaMet", "FailureTarget");
  }

  void needs() {
    const api::JobStatus& status = fresh.status;
    if (!conditions_changed) return;
    if (isTrue(status, "Failed") && !isTrue(status, "FailureTarget")) {
      forbid("status.conditions", "[]", "cannot set Failed=True condition without the FailureTarget=true condition");
    }
    if (isTrue(status, "Complete") && !isTrue(status, "SuccessCriteriaMet")) {
      forbid("status.conditions", "[]",
             "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
    }
    if (isTrue(status, "Complete") && !status.completionTime) {
      errors.push_back(api::requiredValue("status.completionTime", "completionTime is required for Complete jobs"));
    }
    for (const std::string_view type : {"Failed", "Complete", "FailureTarget"}) {
      if (isTrue(old.status, type) && !isTrue(status, type)) {
        forbid("status.conditions", "[]", fmt::format("cannot disable the terminal {}=True condition", type));
      }
    }
    if (isTrue(old.status, "SuccessCriteriaMet") && !isTrue(status, "SuccessCriteriaMet")) {
      forbid("status.conditions", "[]", "cannot disable the SuccessCriteriaMet=True condition");
    }
    if (isTrue(old.status, "Complete") && !isTrue(old.status, "SuccessCriteriaMet") &&
        isTrue(status, "SuccessCriteriaMet")) {
      forbid("status.conditions", "[]",
             "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
    }
  }

  void times() {
    const api::JobStatus& status = fresh.status;
    const bool completion_changed = status.completionTime != old.status.completionTime;
    if (completion_changed && old.status.completionTime && status.completionTime) {
      forbid("status.completionTime", api::quoted(api::formatTime(*status.completionTime)),
             "completionTime cannot be mutated");
    }
    if (completion_changed && status.completionTime && !isTrue(status, "Complete")) {
      forbid("status.completionTime", api::quoted(api::formatTime(*status.completionTime)),
             "cannot set completionTime when there is no Complete=True condition");
    }
    if ((completion_changed || status.startTime != old.status.startTime) && status.completionTime && status.startTime &&
        *status.completionTime < *status.startTime) {
      forbid("status.completionTime", api::quoted(api::formatTime(*status.completionTime)),
             "completionTime cannot be set before startTime");
    }
    const bool resuming = isTrue(old.status, "Suspended") && !isTrue(status, "Suspended");
    if (old.status.startTime && status.startTime != old.status.startTime && !fresh.spec->suspend.value_or(false) &&
        !resuming) {
      errors.push_back(api::requiredValue("status.startTime", "startTime cannot be removed for unsuspended job"));
    }
  }

  void finished() {
    const api::JobStatus& status = fresh.status;
    if (!finished_now) return;
    if (!status.startTime)
      errors.push_back(api::requiredValue("status.startTime", "startTime is required for finished job"));
    if (status.active > 0)
      forbid("status.active", std::to_string(status.active), "active>0 is invalid for finished job");
    if (status.terminating.value_or(0) > 0)
      forbid("status.terminating", std::to_string(*status.terminating), "terminating>0 is invalid for finished job");
    if (status.uncountedTerminatedPods &&
        (!status.uncountedTerminatedPods->failed.empty() || !status.uncountedTerminatedPods->succeeded.empty())) {
      forbid("status.uncountedTerminatedPods", "{}", "uncountedTerminatedPods needs to be empty for finished job");
    }
  }

  void counts() {
    const api::JobStatus& status = fresh.status;
    const auto notNegative = [&](std::string_view field, std::int64_t value) {
      if (value < 0) forbid(field, std::to_string(value), "must be greater than or equal to 0");
    };
    notNegative("status.active", status.active);
    notNegative("status.succeeded", status.succeeded);
    notNegative("status.failed", status.failed);
    if (status.ready && *status.ready > status.active &&
        (status.ready != old.status.ready || status.active != old.status.active)) {
      forbid("status.ready", std::to_string(*status.ready), "cannot set more ready pods than active");
    }
    if (status.failed < old.status.failed)
      forbid("status.failed", std::to_string(status.failed), "cannot decrease the failed counter");
    const bool elastic = fresh.spec->completionMode == "Indexed" && fresh.spec->completions == fresh.spec->parallelism;
    if (!elastic && status.succeeded < old.status.succeeded) {
      forbid("status.succeeded", std::to_string(status.succeeded), "cannot decrease the succeeded counter");
    }
  }

  void indexes() {
    const api::JobStatus& status = fresh.status;
    if (status.completedIndexes == old.status.completedIndexes && status.failedIndexes == old.status.failedIndexes)
      return;
    const bool indexed = fresh.spec->completionMode == "Indexed";
    const std::int64_t completions = fresh.spec->completions.value_or(0);
    std::vector<Range> completed, failed;
    std::string problem;
    if (!indexed && !status.completedIndexes.empty()) {
      forbid("status.completedIndexes", api::quoted(status.completedIndexes),
             "cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    if (indexed && status.completedIndexes != old.status.completedIndexes &&
        !parseIndexes(status.completedIndexes, completions, completed, problem)) {
      forbid("status.completedIndexes", api::quoted(status.completedIndexes),
             "error parsing completedIndexes: " + problem);
      return;
    }
    if (!status.failedIndexes || !fresh.spec->backoffLimitPerIndex) {
      if (status.failedIndexes) {
        forbid("status.failedIndexes", api::quoted(*status.failedIndexes),
               "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
      }
      return;
    }
    completed.clear();
    if (!parseIndexes(status.completedIndexes, completions, completed, problem)) return;
    if (!parseIndexes(*status.failedIndexes, completions, failed, problem)) {
      forbid("status.failedIndexes", api::quoted(*status.failedIndexes), "error parsing failedIndexes: " + problem);
    } else if (overlap(completed, failed)) {
      forbid("status.failedIndexes", api::quoted(*status.failedIndexes), "failedIndexes and completedIndexes overlap");
    }
  }
};

}  // namespace

std::int64_t countIndexes(std::string_view text, std::int64_t completions, std::string& problem) {
  std::vector<Range> ranges;
  if (!parseIndexes(text, completions, ranges, problem)) return -1;
  std::int64_t count = 0;
  for (const Range& range : ranges) count += range.last - range.first + 1;
  return count;
}

void validateJobStatus(const StrategyContext&, const api::Object& fresh, const api::Object& old, Errors& errors) {
  const api::Job& job = api::as<api::Job>(fresh);
  const api::Job& was = api::as<api::Job>(old);
  const auto isFinished = [](const api::JobStatus& status) {
    return isTrue(status, "Complete") || isTrue(status, "Failed");
  };
  StatusCheck check{job, was, errors, job.status.conditions != was.status.conditions,
                    isFinished(job.status) && !isFinished(was.status)};
  check.exclusive();
  check.needs();
  check.times();
  check.finished();
  check.counts();
  check.indexes();
}

}  // namespace jobset_twin::apiserver
