// config.hpp - Kueue's Configuration, as far as it is modelled.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster {

struct WaitForPodsReady {  // K-KUE-50
  bool enable = true;
  kernel::Duration timeout = std::chrono::minutes(30), recovery_timeout = std::chrono::minutes(30);
  bool block_admission = false;
  bool by_eviction = true;  // requeuingStrategy.timestamp: Eviction
  std::int64_t backoff_base_seconds = 60, backoff_max_seconds = 3600;
  std::optional<std::int32_t> backoff_limit;  // nothing: no limit

  template <class Archive>
  void save(Archive& ar) const {
    ar(enable, timeout.count(), recovery_timeout.count(), block_admission, by_eviction, backoff_base_seconds,
       backoff_max_seconds, backoff_limit.has_value(), backoff_limit.value_or(0));
  }
};

struct KueueConfig {
  bool present = false;  // installed in the cluster
  WaitForPodsReady wait_for_pods_ready;
};

}  // namespace jobset_twin::cluster
