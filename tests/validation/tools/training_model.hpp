// training_model.hpp - training that all ranks do together, through the whole control plane without latency: JobSets
// whose Pods have the workload model allReduce, write checkpoints, and lose a rank now and then, so that the JobSet
// makes all of them anew. In hours.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/theory/gangs.hpp"
#include "tests/validation/tools/statistics.hpp"

namespace jobset_twin::validation {

struct TrainingModel {
  scenarios::theory::CheckpointCase which;  // mttf: of all ranks together
  double interval = 0, work = 0;            // interval: rounded to steps of 15 s
  int ranks = 2;
};
// The interval that it really has.
double stepsOf(const TrainingModel& model);
// The share of the time that goes into work, by theory.
double workShare(const TrainingModel& model);
// How long each of so many JobSets takes.
std::vector<double> runTraining(const TrainingModel& model, int count, std::uint64_t seed);
// The share of the time that went into work, of so many JobSets in each of the worlds 1, 2, …
Estimate workShareOf(const TrainingModel& model, std::size_t worlds, int each);

}  // namespace jobset_twin::validation
