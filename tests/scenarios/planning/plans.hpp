// plans.hpp - plans for tests, from their text.
#pragma once

#include <map>
#include <string>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/planning/read_capacity_plan.hpp"

namespace jobset_twin::scenarios::planning {

// A file for each path that the plan names.
using Files = std::map<std::string, std::string>;

api::Tree planTree(const std::string& text);
PlanReadOptions planFiles(Files files = {});
PlanRead readPlan(const std::string& text, Files files = {});
// The plan of a spec, its lines indented by two; it must be without errors.
CapacityPlan planOf(const std::string& spec, Files files = {});
std::string planText(const std::string& spec);

}  // namespace jobset_twin::scenarios::planning
