// checkpoint_model.hpp - a container that writes checkpoints and fails at any moment, alone: the behaviour that runs
// carry out, started again as soon as it has ended, without a cluster. In hours.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/theory/gangs.hpp"

namespace jobset_twin::validation {

struct CheckpointModel {
  scenarios::theory::CheckpointCase which;
  double interval = 0, work = 0;
};

// How long it takes. The failures of a seed are the same whatever the interval is.
double runCheckpoints(const CheckpointModel& model, std::uint64_t seed);
// The same as a behaviour in a scenario, without its failures: "{runTime: …, checkpoint: {…}}".
std::string checkpointBehavior(const CheckpointModel& model);
std::int64_t nanoseconds(double hours);

}  // namespace jobset_twin::validation
