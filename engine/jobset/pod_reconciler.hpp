// pod_reconciler.hpp - the second, small controller: followers of an exclusively placed Job that are headed for another
// topology domain than their leader are deleted, to be made again (JS-P4).
//
// Pods of the node-selector strategy are left alone unless Quirks::b6_node_selector_followers asks for upstream's
// behaviour (spec/jobset.md sections 12 and 15). Source: jobset main (August 2026) pkg/controllers/pod_controller.go.
#pragma once

#include "engine/jobset/reconcile.hpp"

namespace jobset_twin::jobset {

// What a pass over one leader may look at.
struct ObservedPlacement {
  api::ObjectPtr leader;  // null: not in the cache
  std::vector<api::ObjectPtr>
      pods;             // of the namespace, with the leader's job-key label and the exclusive annotation, by name
  api::ObjectPtr node;  // the leader's; null: not in the cache
};

// The event filter: a scheduled leader with the exclusive annotation that is not being deleted. Only its events start a
// pass.
bool startsPlacementPass(const api::Object& pod, const Config& config);

[[nodiscard]] Plan reconcilePod(const ObservedPlacement& observed, TimePoint now, const Config& config);

}  // namespace jobset_twin::jobset
