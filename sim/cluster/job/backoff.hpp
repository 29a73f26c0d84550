// backoff.hpp - how long a Job waits before it replaces failed Pods (K-JOB-44, 46).
//
// Source: kubernetes pkg/controller/job/backoff_utils.go.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <vector>

#include "engine/api/time.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster::job {

// Kept in the controller's memory only, per Job.
struct BackoffRecord {
  std::int32_t failures = 0;      // since the last success
  api::TimePoint last_failure{};  // meaningful when failures > 0
  friend bool operator==(const BackoffRecord&, const BackoffRecord&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(failures);
    kernel::serializeTime(ar, last_failure);
  }
};

// The record after a sync that saw new successes and failures end at these times. With a success only later failures
// count.
BackoffRecord nextBackoff(BackoffRecord record, const std::vector<api::TimePoint>& succeeded,
                          std::vector<api::TimePoint> failed);

// What is left at `now` of the wait after so many failures: base * 2^(failures-1), at most `max`, from the last one on.
api::Duration backoffLeft(std::int32_t failures, api::TimePoint last_failure, api::TimePoint now, api::Duration base,
                          api::Duration max);

}  // namespace jobset_twin::cluster::job
