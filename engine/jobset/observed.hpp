// observed.hpp - all that one reconcile pass may look at: a view of the informer cache, nothing else.
#pragma once

#include "engine/api/object.hpp"
#include "engine/jobset/seen_jobs.hpp"
#include "engine/jobset/seen_pods.hpp"

namespace jobset_twin::jobset {

// Objects are immutable and shared with the cache (engine/runtime/jobset_cache.hpp).
struct Observed {
  api::ObjectPtr jobset;   // null: not in the cache
  SeenJobs jobs;           // all Jobs of the namespace whose controller owner is this JobSet's UID (JS-R3)
  api::ObjectPtr service;  // the Service named like the subdomain; null: absent (JS-R10)
  SeenPods pods;           // only with gate InPlaceRestart: of Pods labelled with the JobSet's name (JS-I1)
};

}  // namespace jobset_twin::jobset
