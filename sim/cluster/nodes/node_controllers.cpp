#include "sim/cluster/nodes/node_controllers.hpp"

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {

void NodeControllers::start(Context& ctx) {
  for (const api::Kind kind : {api::Kind::kNode, api::Kind::kPod})
    ctx.transport.subscribe(kind, targetOf(Component::kNodeLifecycle));
  lifecycle_.start(ctx);
  eviction_.start(ctx);
}

void NodeControllers::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  cache_.apply(event);
  if (event.object->kind() == api::Kind::kNode) {
    lifecycle_.onNode(ctx, cache_, event);
    eviction_.onNode(ctx, cache_, event);
  } else {
    lifecycle_.onPod(ctx, cache_, event);
    eviction_.onPod(ctx, cache_, event);
  }
}

void NodeControllers::onResponse(Context& ctx, Component who, const apiserver::Call& call) {
  switch (who) {
    case Component::kNodeLifecycle: return lifecycle_.onResponse(ctx, cache_, call);
    case Component::kTaintEviction: return eviction_.onResponse(ctx, call);
    default: TWIN_ASSERT(false, "an answer for no controller of nodes", call.request.key.name);
  }
}

void NodeControllers::onTimer(Context& ctx, Component who, std::uint16_t kind, std::uint64_t a, std::uint64_t) {
  switch (who) {
    case Component::kNodeLifecycle: return lifecycle_.onTimer(ctx, cache_, kind, a);
    case Component::kTaintEviction: return eviction_.onTimer(ctx, cache_, a);
    default: TWIN_ASSERT(false, "a timer of no controller of nodes", kind);
  }
}

}  // namespace jobset_twin::cluster
