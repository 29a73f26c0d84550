#include "tests/scenarios/planning/plans.hpp"

#include <stdexcept>

namespace jobset_twin::scenarios::planning {

api::Tree planTree(const std::string& text) {
  api::Documents documents = api::readDocuments(text, "plan.yaml");
  if (!documents.errors.empty()) throw std::runtime_error(api::describe(documents.errors.front()));
  return std::move(documents.trees.front());
}

PlanReadOptions planFiles(Files files) {
  PlanReadOptions options;
  options.read = [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
  return options;
}

PlanRead readPlan(const std::string& text, Files files) {
  return readCapacityPlan(planTree(text), planFiles(std::move(files)));
}

std::string planText(const std::string& spec) {
  return "apiVersion: jobset-twin.dev/v1alpha1\nkind: CapacityPlan\nspec:\n" + spec;
}

CapacityPlan planOf(const std::string& spec, Files files) {
  PlanRead read = readPlan(planText(spec), std::move(files));
  if (!read.errors.empty()) throw std::runtime_error(api::describe(read.errors.front()));
  return std::move(read.plan);
}

}  // namespace jobset_twin::scenarios::planning
