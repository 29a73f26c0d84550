// failure_policy.hpp - what a JobSet does once a child Job has failed (JS-F1 to JS-F7).
//
// Only the status changes here: the raised restart count makes the next pass see outdated Jobs, which it deletes and
// creates anew (reconcile.hpp). Source: jobset v0.12.0 pkg/controllers/failure_policy.go; KEP-262, KEP-467.
// Ties of failure times go by Job name (spec/jobset.md section 15).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/conditions.hpp"

namespace jobset_twin::jobset {

// Which rule decided, and by which Job. `rule` is empty when none matched.
struct FailureVerdict {
  std::optional<std::size_t> rule;  // position in spec.failurePolicy.rules
  std::string_view action;          // the rule's, else RestartJobSet
  const api::Object* job = nullptr;
};

// The first rule, in spec order, that matches any failed Job; of its Jobs the one that failed first. Requires a failure
// policy and failed Jobs. An invalid pattern matches nothing and is named in `warnings`. O(rules x failed Jobs).
FailureVerdict judgeFailure(const api::FailurePolicy& policy, std::span<const api::Object* const> failed,
                            std::vector<std::string>& warnings);

// Runs the policy on the draft. Returns "" or the error that ends the pass without a status write.
std::string applyFailurePolicy(std::span<const api::Object* const> failed, const ReplicatedJobIndex& index,
                               const FeatureGates& gates, StatusDraft& draft, std::vector<std::string>& warnings);

// The Job that the message of a condition or event names as the first failed one; "": none.
std::string_view firstFailedJobIn(std::string_view message);

}  // namespace jobset_twin::jobset
