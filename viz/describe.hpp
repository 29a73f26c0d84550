// describe.hpp - an object as `kubectl describe` shows a custom resource: metadata, the tree of its fields, conditions,
// events.
//
// Source: kubectl 1.36 pkg/describe (generic describer, DescribeEvents).
#pragma once

#include <string>
#include <vector>

#include "scenarios/outcome.hpp"

namespace jobset_twin::viz {

struct DescribeOptions {
  bool spec = false;  // also the trees under Metadata and Spec, as kubectl prints them
};

// Ages are counted back from `now`. Ends with a newline.
std::string describe(const api::Object& object, const std::vector<api::ObjectPtr>& events, api::TimePoint now,
                     const DescribeOptions& options = {});

// Every JobSet of the run, separated by an empty line; "" if there was none.
std::string describeJobSets(const scenarios::Outcome& outcome, const DescribeOptions& options = {});

}  // namespace jobset_twin::viz
