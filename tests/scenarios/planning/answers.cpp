#include "tests/scenarios/planning/answers.hpp"

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::planning {
namespace {

study::Farm inThisProcess() {
  return [](const std::vector<study::Task>& tasks, const study::Work& work, const study::FarmHooks& hooks) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (hooks.stopped && hooks.stopped()) return;
      study::Finished finished;
      finished.figures = work(tasks[i]);
      hooks.done(i, std::move(finished));
    }
  };
}

}  // namespace

Answer answerOf(const std::string& spec, bool sensitivity, Files files) {
  const api::Tree tree = planTree(planText(spec));
  const PlanReadOptions read = planFiles(std::move(files));
  const PlanRead plan = readCapacityPlan(tree, read);
  EXPECT_TRUE(plan.errors.empty()) << api::describe(plan.errors.front());
  PlannerOptions options;
  options.farm = inThisProcess();
  options.sensitivity = sensitivity;
  PlannerResult result = answerPlan(tree, read, plan.plan, options);
  EXPECT_TRUE(result.errors.empty()) << api::describe(result.errors.front());
  return std::move(result.answer);
}

}  // namespace jobset_twin::scenarios::planning
