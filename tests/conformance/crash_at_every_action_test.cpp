// A controller that ends before or after any of its requests, and begins again with cold caches, leaves the same
// outcome as one that does not: terminal state, restarts, and how many Jobs succeeded (K-T-75, K-GOT-28, K-GOT-45).
//
// For each scenario and process a run for every request that it makes; of those that make many, spread evenly.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "sim/cluster/election/controller_faults.hpp"
#include "tests/conformance/training.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::Controller;
using cluster::Recovery;

std::string catalogue(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(TWIN_SOURCE_DIR "/scenarios/catalogue/") + name).rdbuf();
  return text.str();
}

// What is to stay the same.
std::string resultOf(const Outcome& outcome) {
  std::string text(endReasonText(outcome.end_reason));
  for (const JobSetOutcome& jobset : outcome.jobsets) {
    text += fmt::format("; {}: {} restarts {}", jobset.name, jobset.terminal_state, jobset.restarts);
    for (const api::ReplicatedJobStatus& job : api::as<api::JobSet>(jobset.last).status.replicatedJobsStatus)
      text += fmt::format(", {} {} succeeded {} failed", job.name, job.succeeded, job.failed);
  }
  return text;
}

struct Crashed {
  bool fired = false;
  std::string result;
};

Crashed crashAt(const RunPlan& plan, Controller controller, Recovery recovery, bool after, std::uint64_t request) {
  scenarios::Run run(plan);
  cluster::CrashPoint point;
  point.after = after;
  point.match = request;
  cluster::armCrash(run.world(), controller, recovery, point, 1);
  run.advance();
  return {!cluster::takeCrashes(run.world()).empty(), resultOf(run.outcome())};
}

struct CrashCase {
  std::string scenario;
  Controller controller;
  Recovery recovery;
  friend void PrintTo(const CrashCase& one, std::ostream* out) {
    *out << one.scenario << ", " << cluster::controllerText(one.controller);
  }
};

class CrashAtEveryAction : public testing::TestWithParam<CrashCase> {};

TEST_P(CrashAtEveryAction, LeavesTheSameOutcome) {
  const CrashCase& one = GetParam();
  RunPlan plan = test::planOf(catalogue(one.scenario), true);
  plan.expectations.clear();  // they speak of times, which a crash changes
  scenarios::Run undisturbed(plan);
  undisturbed.advance();
  const std::string expected = resultOf(undisturbed.outcome());
  // How many requests there are is found by doubling: the last that is made.
  std::uint64_t known = 0;
  for (std::uint64_t step = 256; step > 0; step /= 2) {
    while (crashAt(plan, one.controller, one.recovery, true, known + step).fired) known += step;
  }
  ASSERT_GT(known, 0U);
  constexpr std::uint64_t kAtMost = 60;
  const std::uint64_t stride = std::max<std::uint64_t>(1, known / kAtMost);
  for (std::uint64_t request = 1; request <= known; request += stride) {
    for (const bool after : {false, true}) {
      const Crashed crashed = crashAt(plan, one.controller, one.recovery, after, request);
      EXPECT_TRUE(crashed.fired) << request;
      EXPECT_EQ(crashed.result, expected) << (after ? "after" : "before") << " request " << request << " of " << known;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Controllers, CrashAtEveryAction,
    testing::Values(CrashCase{"data-parallel.yaml", Controller::kJobSetManager, Recovery::kRestart},
                    CrashCase{"data-parallel.yaml", Controller::kJobSetManager, Recovery::kFailOver},
                    CrashCase{"data-parallel.yaml", Controller::kControllerManager, Recovery::kFailOver},
                    CrashCase{"data-parallel.yaml", Controller::kJobController, Recovery::kRestart},
                    CrashCase{"data-parallel.yaml", Controller::kScheduler, Recovery::kRestart},
                    CrashCase{"etl.yaml", Controller::kJobSetManager, Recovery::kRestart},
                    CrashCase{"failjobset-action.yaml", Controller::kJobSetManager, Recovery::kRestart},
                    CrashCase{"failjobset-action.yaml", Controller::kControllerManager, Recovery::kRestart},
                    CrashCase{"failjobset-action.yaml", Controller::kJobController, Recovery::kFailOver},
                    CrashCase{"failjobset-action.yaml", Controller::kScheduler, Recovery::kFailOver},
                    CrashCase{"etl.yaml", Controller::kControllerManager, Recovery::kRestart},
                    CrashCase{"etl.yaml", Controller::kScheduler, Recovery::kRestart},
                    CrashCase{"genomics.yaml", Controller::kJobSetManager, Recovery::kRestart},
                    CrashCase{"genomics.yaml", Controller::kJobController, Recovery::kRestart},
                    CrashCase{"coordinator.yaml", Controller::kJobSetManager, Recovery::kFailOver}));

}  // namespace
}  // namespace jobset_twin::scenarios
