// pod_failure_policy.hpp - what a Job's podFailurePolicy says of a failed Pod (K-JOB-50..53).
//
// Source: kubernetes pkg/controller/job/pod_failure_policy.go.
#pragma once

#include <optional>
#include <string>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::job {

enum class FailureAction { kNone /* no rule matched: as kCount */, kFailJob, kFailIndex, kIgnore, kCount };

struct FailureMatch {
  FailureAction action = FailureAction::kNone;
  int rule = -1;        // index of the rule that matched
  std::string message;  // of the Job's condition, for kFailJob
  bool counts() const { return action != FailureAction::kIgnore; }
};

// First matching rule. Without a policy no rule matches.
FailureMatch matchFailurePolicy(const std::optional<api::PodFailurePolicy>& policy, const api::Object& pod);

}  // namespace jobset_twin::cluster::job
