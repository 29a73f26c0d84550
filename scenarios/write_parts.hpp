// write_parts.hpp - parts of a Scenario as JSON; for write_scenario.cpp.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

std::string durationText(Duration duration);  // "1h30m"
nlohmann::json distributionJson(const workload::TimeDistribution& distribution);
nlohmann::json modelJson(const workload::ModelSpec& model);
nlohmann::json schedulerJson(const cluster::SchedulerConfig& config);  // {}: the default one
nlohmann::json kueueJson(const cluster::KueueConfig& config);          // {}: the default one

}  // namespace jobset_twin::scenarios
