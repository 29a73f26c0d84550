// reconcile.hpp - one pass of the JobSet controller: the order of its steps (spec/jobset.md section 4, JS-R1 to
// JS-R16).
//
// Pure: the same arguments give the same Plan. No clock, client, log, thread or random number.
// Source: jobset v0.12.0 and main (August 2026), pkg/controllers/jobset_controller.go.
#pragma once

#include "engine/jobset/feature_gates.hpp"
#include "engine/jobset/observed.hpp"
#include "engine/jobset/plan.hpp"

namespace jobset_twin::jobset {

// Upstream's bugs that a scenario can ask for, to show what they cost (spec/jobset.md sections 12 and 15).
struct Quirks {
  bool b6_node_selector_followers = false, b7_nil_success_policy = false, b8_stale_creates = false;
};

struct Config {
  FeatureGates gates;
  Quirks quirks;
  std::string cluster_domain = "cluster.local";
};

[[nodiscard]] Plan reconcile(const Observed& observed, TimePoint now, const Config& config);

}  // namespace jobset_twin::jobset
