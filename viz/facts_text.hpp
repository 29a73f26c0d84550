// facts_text.hpp - what the readers of facts share: wording, and the comparisons of an object with its state before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/facts.hpp"

namespace jobset_twin::viz {

// A fact that belongs to no group; `kind` as in "pod/x".
Fact factAlone(const apiserver::WatchEvent& change, std::string_view kind, Weight weight, std::string text);

// "Failed: BackoffLimitExceeded: Job has reached the specified backoff limit".
std::string conditionText(const api::Condition& condition);
// Whether the condition became what it is with this change.
bool turned(const std::vector<api::Condition>& before, const api::Condition& now);
// Whether this change set the deletion timestamp.
bool startedDeletion(const apiserver::WatchEvent& change);

}  // namespace jobset_twin::viz
