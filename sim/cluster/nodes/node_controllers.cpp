#include "sim/cluster/nodes/node_controllers.hpp"

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {

void NodeControllers::start(Context& ctx) {
  if (!has(Component::kNodeLifecycle) && !has(Component::kTaintEviction) && !has(Component::kPodGc) &&
      !has(Component::kDisruption))
    return;
  for (const api::Kind kind : {api::Kind::kNode, api::Kind::kPod, api::Kind::kGeneric})
    ctx.transport.subscribe(kind, ctx.self(Component::kNodeLifecycle));
  if (has(Component::kNodeLifecycle)) lifecycle_.start(ctx);
  if (has(Component::kTaintEviction)) eviction_.start(ctx);
  if (has(Component::kPodGc)) gc_.start(ctx);
  if (has(Component::kDisruption)) disruption_.start(ctx);
}

void NodeControllers::beforeLists(Context& ctx) {
  if (has(Component::kNodeLifecycle)) lifecycle_.synced(ctx);
  if (has(Component::kPodGc)) gc_.synced(ctx);
}

void NodeControllers::listed(Context& ctx) {
  if (has(Component::kDisruption)) disruption_.synced(ctx);
}

void NodeControllers::stop(Context& ctx) {
  lifecycle_.stop(ctx);
  eviction_.stop(ctx);
  gc_.stop(ctx);
  disruption_.stop(ctx);
}

void NodeControllers::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  cache_.apply(event);
  switch (event.object->kind()) {
    case api::Kind::kNode:
      if (has(Component::kNodeLifecycle)) lifecycle_.onNode(ctx, cache_, event);
      if (has(Component::kTaintEviction)) eviction_.onNode(ctx, cache_, event);
      if (has(Component::kPodGc)) gc_.onNode(ctx, cache_, event);
      return;
    case api::Kind::kPod:
      if (has(Component::kNodeLifecycle)) lifecycle_.onPod(ctx, cache_, event);
      if (has(Component::kTaintEviction)) eviction_.onPod(ctx, cache_, event);
      if (has(Component::kPodGc)) gc_.onPod(ctx, cache_, event);
      if (has(Component::kDisruption)) disruption_.onPod(ctx, event);
      return;
    default:
      if (has(Component::kDisruption)) disruption_.onBudget(ctx, cache_, event);
  }
}

void NodeControllers::onResponse(Context& ctx, Component who, const apiserver::Call& call) {
  switch (who) {
    case Component::kNodeLifecycle: return lifecycle_.onResponse(ctx, cache_, call);
    case Component::kTaintEviction: return eviction_.onResponse(ctx, call);
    case Component::kPodGc: return gc_.onResponse(ctx, cache_, call);
    case Component::kDisruption: return disruption_.onResponse(ctx, call);
    default: TWIN_ASSERT(false, "an answer for no controller of nodes", call.request.key.name);
  }
}

void NodeControllers::onTimer(Context& ctx, Component who, std::uint16_t kind, std::uint64_t a) {
  if (!has(who)) return;  // a change of who renews leases, say
  switch (who) {
    case Component::kNodeLifecycle: return lifecycle_.onTimer(ctx, cache_, kind, a);
    case Component::kTaintEviction: return eviction_.onTimer(ctx, a);
    case Component::kPodGc: return gc_.onTimer(ctx, cache_);
    case Component::kDisruption: return disruption_.onTimer(ctx, a);
    default: TWIN_ASSERT(false, "a timer of no controller of nodes", kind);
  }
}

}  // namespace jobset_twin::cluster
