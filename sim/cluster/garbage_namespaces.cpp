// garbage_namespaces.cpp - the end of a Namespace (K-API-35; kubernetes pkg/controller/namespace): all that is in it is
// deleted, again after half of the longest grace period and a second, or a back-off, until nothing is left; then it
// goes. One DELETE for each object, where upstream sends one for all of a kind. Creations meanwhile are refused by the
// API server.
#include <algorithm>

#include "sim/cluster/garbage_collector.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr auto kEmptyingBackoff = 5ms, kEmptyingBackoffMax = 60000ms;

}  // namespace

void GarbageCollector::emptyNamespace(Context& ctx, NodeId id) {
  Emptying& work = emptying_[id];
  const Identity own = nodes_.at(id).identity;
  api::DeleteOptions options;
  options.propagation = api::Propagation::kBackground;
  const auto remove = [&](const Identity& what) {
    ++work.open;
    ctx.transport.send(ctx.kernel, namespace_client_, ctx.self(Component::kGarbageCollector),
                       api::deleteRequest(what.key(), options), id);
  };
  ++work.rounds;
  work.timer = kernel::EventHandle{};
  work.grace = 0;
  for (const auto& [other, node] : nodes_) {
    if (node.presence == Presence::kObserved && node.identity.namespace_ == own.name) remove(node.identity);
  }
  if (work.rounds == 1 && ctx.trace.enabled) {
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), "Namespace " + own.name,
                   "is being deleted: " + std::to_string(work.open) + " objects in it go first");
  }
  if (work.open == 0) remove(own);
}

// Of the Namespace itself, too: if something has come or was not seen, it is still there.
void GarbageCollector::onEmptied(Context& ctx, const apiserver::Call& call) {
  const auto at = emptying_.find(call.tag);
  if (at == emptying_.end()) return;
  Emptying& work = at->second;
  if (call.response.ok() && call.response.object && call.request.key.kind == api::Kind::kPod)
    work.grace = std::max(work.grace, call.response.object->meta.deletionGracePeriodSeconds.value_or(0));
  if (--work.open > 0) return;
  constexpr int kDoublings = 14;
  kernel::Duration wait =
      std::min<kernel::Duration>(kEmptyingBackoff * (1 << std::min(work.rounds - 1, kDoublings)), kEmptyingBackoffMax);
  if (work.grace > 0) wait = std::chrono::seconds(work.grace / 2 + 1);
  const bool again = work.rounds > 2;  // it may go on like this for ever
  work.timer =
      ctx.kernel.schedule(kernel::saturatingAdd(ctx.now(), wait), ctx.self(Component::kGarbageCollector), kEmptyAgain,
                          call.tag, 0, again ? kernel::EventClass::kRetry : ctx.kernel.currentClass());
}

}  // namespace jobset_twin::cluster
