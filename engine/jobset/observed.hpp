// observed.hpp - all that one reconcile pass may look at: a view of the informer cache, nothing else.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::jobset {

// Objects are immutable and shared; the vectors are views that the cache keeps (engine/runtime/informer_cache.hpp).
struct Observed {
  api::ObjectPtr jobset;  // null: not in the cache
  std::vector<api::ObjectPtr>
      jobs;                // all Jobs of the namespace whose controller owner is this JobSet's UID, by name (JS-R3)
  api::ObjectPtr service;  // the Service named like the subdomain; null: absent (JS-R10)
  std::vector<api::ObjectPtr>
      pods;  // only with gate InPlaceRestart: Pods labelled with the JobSet's name (JS-I1), by name
};

}  // namespace jobset_twin::jobset
