// driver_timing.hpp - how the JobSet controller's work queue and passes take time (spec/jobset.md section 3).
#pragma once

#include <cstdint>

#include "engine/api/time.hpp"

namespace jobset_twin::runtime {

struct DriverTiming {
  api::Duration backoff = std::chrono::milliseconds(5);         // JS-T2: per key, doubling
  api::Duration backoff_max = std::chrono::seconds(1000);       // JS-T2
  api::Duration pass = std::chrono::milliseconds(1);            // one reconcile pass [E]
  api::Duration pass_per_child = std::chrono::microseconds(2);  // its share per child Job [E]
  std::int32_t in_flight_max = 50;                              // concurrent requests of one step (JS-R13d, JS-D1)
};

}  // namespace jobset_twin::runtime
