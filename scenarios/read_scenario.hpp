// read_scenario.hpp - from a document of kind Scenario to its values; strict, all mistakes of a document at once.
// docs/scenario.md describes every field. Reads no other file: `apply` paths are loaded by load.hpp.
#pragma once

#include "scenarios/fields.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

struct ScenarioRead {
  Scenario scenario;
  api::Errors errors;    // not empty: scenario is incomplete
  api::Errors warnings;  // unknown fields under Validation::kWarn, and the like
};
ScenarioRead readScenario(const api::Tree& tree, api::Validation validation = api::Validation::kStrict,
                          const std::string& default_namespace = "default",
                          const std::function<std::optional<std::string>(const std::string& path)>& read = {});

// Every field of a Scenario, in order.
FieldTexts scenarioFields();

inline constexpr std::string_view kScenarioApiVersion = "jobset-twin.dev/v1alpha1";

}  // namespace jobset_twin::scenarios
