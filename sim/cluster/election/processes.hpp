// processes.hpp - the replicas of a process as the components that they are made of: one ends, a fresh one takes its
// place and lists, one is set aside and goes on beside the next. Which of this happens when: controller_faults.cpp.
//
// All components of a process share its life: they end together, and begin together with empty caches.
#pragma once

#include <type_traits>
#include <vector>

#include "sim/cluster/election/controller_faults.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {

// The target of a component's replica in WorldParts.
std::uint32_t currentTarget(const Election& election, Component component);
Context contextOf(World& world, std::uint32_t target);
// The target that an event, or the delivery of a feed, is for.
std::uint32_t targetOfEvent(const WorldParts& p, const kernel::Event& event);

// Controllers of nodes share one object and its feeds (nodes/node_controllers.hpp): the one that stands for all.
constexpr Component homeOf(Component component) {
  const bool of_nodes =
      component == Component::kTaintEviction || component == Component::kPodGc || component == Component::kDisruption;
  return of_nodes ? Component::kNodeLifecycle : component;
}
constexpr std::uint32_t homeTarget(std::uint32_t target) {
  return targetOf(homeOf(componentOf(target))) | instanceOf(target) << kComponentBits;
}

// Calls f(the replica in WorldParts, the older ones by target).
template <class F>
void withComponent(WorldParts& p, Component component, F&& f) {
  switch (homeOf(component)) {
    case Component::kGarbageCollector: return f(p.garbage, p.old.garbage);
    case Component::kJobSetController: return f(p.jobsets, p.old.jobsets);
    case Component::kJobController: return f(p.jobs, p.old.jobs);
    case Component::kTtlController: return f(p.ttl, p.old.ttl);
    case Component::kEndpointSlices: return f(p.endpoints, p.old.endpoints);
    case Component::kVolumes: return f(p.claims, p.old.claims);
    case Component::kNodeLifecycle: return f(p.nodes, p.old.nodes);
    case Component::kScheduler: return f(p.scheduler, p.old.scheduler);
    default: TWIN_ASSERT(false, "a component without replicas", targetOf(component));
  }
}

// An answer or a timer for `who`, which `component` is, or has in it.
template <class C>
void answer(C& component, Context& ctx, Component who, const apiserver::Call& call) {
  if constexpr (std::is_same_v<C, NodeControllers>) {
    component.onResponse(ctx, who, call);
  } else {
    component.onResponse(ctx, call);
  }
}
template <class C>
void wake(C& component, Context& ctx, Component who, const kernel::Event& event) {
  if constexpr (std::is_same_v<C, NodeControllers>) {
    component.onTimer(ctx, who, event.kind, event.a);
  } else {
    component.onTimer(ctx, event.kind, event.a, event.b);
  }
}

// Ends a replica in OldReplicas.
void dismiss(World& world, Component component, std::uint32_t target);
// Ends the replica in WorldParts; the next one will be `instance`.
void endCurrent(World& world, Component component, std::uint32_t instance, bool keep_feeds);
// A replica with empty caches takes the place in WorldParts; its feeds wait for their lists.
void makeFresh(World& world, Controller controller);
// The replica in WorldParts makes room; it goes on beside the next one.
void setAside(World& world, Component component, std::uint32_t instance);
// The JobSet manager's standby, whose cache is warm: it was fed all the time, as the leader's.
void takeStandby(World& world, const runtime::JobSetCache& cache);
// Everything that a fresh replica finds in its lists; what it does before and after it is told of that.
std::vector<Told> listAll(World& world, Controller controller, std::uint32_t instance);
void beginLists(World& world, Controller controller);
void finishLists(World& world, Controller controller, std::uint32_t instance);

}  // namespace jobset_twin::cluster
