#include "tests/validation/tools/checkpoint_model.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "sim/workload/behavior.hpp"

namespace jobset_twin::validation {

std::int64_t nanoseconds(double hours) { return static_cast<std::int64_t>(std::llround(hours * 3600e9)); }

double runCheckpoints(const CheckpointModel& model, std::uint64_t seed) {
  using workload::Duration;
  const auto time = [](double hours) { return Duration(nanoseconds(hours)); };
  using Kind = workload::TimeDistribution::Kind;
  workload::Behavior behavior;
  behavior.run_time = workload::TimeDistribution{Kind::kConstant, time(model.work), {}, 0, {}};
  behavior.checkpoint =
      workload::CheckpointSpec{time(model.interval), time(model.which.write), time(model.which.restart)};
  behavior.failures.resize(1);
  behavior.failures[0].after = workload::TimeDistribution{Kind::kExponential, time(model.which.mttf), {}, 0, {}};
  Duration passed{}, kept{};
  std::vector<std::string> log;
  for (std::int32_t attempt = 0;; ++attempt) {
    const kernel::Stream stream = kernel::stream(seed, fmt::format("validation/checkpoints/{}", attempt));
    workload::BehaviorRun run = workload::BehaviorRun::start(behavior, stream, attempt, kept);
    for (;;) {
      const workload::Ask ask = run.advance({}, log);
      if (ask.kind == workload::AskKind::kExit && ask.exit_code == 0)
        return std::chrono::duration<double, std::ratio<3600>>(passed).count();
      if (ask.kind == workload::AskKind::kExit) break;
      if (ask.kind != workload::AskKind::kSleep) throw std::runtime_error("a behaviour that waits for others");
      passed += ask.duration;
    }
    kept = run.checkpointed;
    log.clear();
  }
}

std::string checkpointBehavior(const CheckpointModel& model) {
  return fmt::format("{{runTime: {}ns, checkpoint: {{every: {}ns, cost: {}ns, restore: {}ns}}}}",
                     nanoseconds(model.work), nanoseconds(model.interval), nanoseconds(model.which.write),
                     nanoseconds(model.which.restart));
}

}  // namespace jobset_twin::validation
