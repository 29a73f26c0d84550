#include "tests/validation/tools/training_model.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tests/validation/tools/checkpoint_model.hpp"
#include "tests/validation/tools/replications.hpp"
#include "tests/validation/tools/side_by_side.hpp"

namespace jobset_twin::validation {
namespace {

constexpr double kStepsAnHour = 240;  // of 15 s

std::int64_t stepsIn(double hours) { return std::max<std::int64_t>(1, std::llround(hours * kStepsAnHour)); }

}  // namespace

double stepsOf(const TrainingModel& model) { return static_cast<double>(stepsIn(model.interval)) / kStepsAnHour; }

double workShare(const TrainingModel& model) {
  return model.work / scenarios::theory::checkpointedRun(model.which, stepsOf(model), model.work);
}

std::vector<double> runTraining(const TrainingModel& model, int count, std::uint64_t seed) {
  const Replications what{
      count, seed,
      fmt::format("{{network: {{enableDNSHostnames: false}}, failurePolicy: {{maxRestarts: 1000000}}, replicatedJobs: "
                  "[{{name: w, template: {{spec: {{backoffLimit: 0, completions: {0}, parallelism: {0}, template: "
                  "{{spec: {{restartPolicy: Never, containers: [{{name: c, image: x}}]}}}}}}}}}}]}}",
                  model.ranks),
      fmt::format("  duration: 20000h\n  timing: {{profile: zero}}\n"
                  "  behaviors: [{{model: {{allReduce: {{steps: {}, step: 15s, onPeerLoss: Wait, checkpoint: "
                  "{{everySteps: {}, cost: {}ns, restore: {}ns}}}}}}}}]\n"
                  "  faults: [{{name: broken, class: kill, pod: '*/w/0/*', mtbf: {}ns}}]\n",
                  stepsIn(model.work), stepsIn(model.interval), nanoseconds(model.which.write),
                  nanoseconds(model.which.restart), nanoseconds(model.which.mttf * model.ranks)),
      model.ranks};
  std::vector<double> times;
  for (const scenarios::JobSetOutcome& jobset : runReplications(what))
    times.push_back(secondsBetween(jobset.submitted, jobset.finished) / 3600);
  return times;
}

Estimate workShareOf(const TrainingModel& model, std::size_t worlds, int each) {
  std::vector<double> shares =
      flat(sideBySide(1, worlds, [&](std::uint64_t seed) { return runTraining(model, each, seed); }));
  for (double& share : shares) share = model.work / share;
  return meanOf(shares);
}

}  // namespace jobset_twin::validation
