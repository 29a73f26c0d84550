// read_capacity_plan.hpp - from a document of kind CapacityPlan to its values; strict, all mistakes of a document at
// once. docs/planning.md describes every field. What `scenario` holds is read as a Scenario's spec (read_scenario.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/planning/capacity_plan.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios::planning {

struct PlanReadOptions {
  api::Validation validation = api::Validation::kStrict;
  std::string trace;  // not "": this file instead of those that the plan names for its traces
  std::function<std::optional<std::string>(const std::string& path)> read;  // the text of a file
};

struct PlanRead {
  CapacityPlan plan;
  api::Errors errors;  // not empty: plan is incomplete
  api::Errors warnings;
};
PlanRead readCapacityPlan(const api::Tree& tree, const PlanReadOptions& options);

// The plan with one value of each of its settings, by index. Its own settings stay, so that any other can be made.
PlanRead withSettings(const api::Tree& tree, const PlanReadOptions& options, const std::vector<std::size_t>& chosen);

// Every field of a CapacityPlan but those of `scenario`, in order.
FieldTexts planFields();

}  // namespace jobset_twin::scenarios::planning
