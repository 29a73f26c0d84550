#include "sim/cluster/job/backoff.hpp"

#include <algorithm>

namespace jobset_twin::cluster::job {

BackoffRecord nextBackoff(BackoffRecord record, const std::vector<api::TimePoint>& succeeded,
                          std::vector<api::TimePoint> failed) {
  std::sort(failed.begin(), failed.end());
  if (!succeeded.empty()) {
    const api::TimePoint last_success = *std::max_element(succeeded.begin(), succeeded.end());
    failed.erase(failed.begin(), std::upper_bound(failed.begin(), failed.end(), last_success));
    record = BackoffRecord{};
  }
  if (failed.empty()) return record;
  record.failures += static_cast<std::int32_t>(failed.size());
  record.last_failure = failed.back();
  return record;
}

api::Duration backoffLeft(std::int32_t failures, api::TimePoint last_failure, api::TimePoint now, api::Duration base,
                          api::Duration max) {
  if (failures <= 0) return api::Duration::zero();
  api::Duration delay = base;
  for (std::int32_t i = 1; i < failures && delay < max; ++i) delay *= 2;
  delay = std::min(delay, max);
  return std::max(delay - (now - last_failure), api::Duration::zero());
}

}  // namespace jobset_twin::cluster::job
