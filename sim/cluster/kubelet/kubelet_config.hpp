// kubelet_config.hpp - what a scenario says of containers and images.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/workload/behavior.hpp"

namespace jobset_twin::cluster {

struct KubeletConfig {
  std::vector<workload::Behavior> behaviors;                     // the scenario's, first match wins
  kernel::Duration default_run_time = std::chrono::seconds(60);  // of a command that nobody knows
  std::int32_t default_exit_code = 0;
  std::map<std::string, std::int64_t> image_bytes;  // by image name; others: timing.kubelet.default_image_bytes
};

}  // namespace jobset_twin::cluster
