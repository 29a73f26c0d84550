// scheduling.hpp - scheduling.k8s.io/v1 PriorityClass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jobset_twin::api {

struct PriorityClass {
  std::int32_t value = 0;
  bool globalDefault = false;
  std::string description;
  std::optional<std::string> preemptionPolicy;
};

}  // namespace jobset_twin::api
