// The turns of the NoExecute taints (doNoExecuteTaintingPass): polled, one node at a time (K-NODE-6).
#include <algorithm>

#include "sim/cluster/nodes/node_lifecycle.hpp"

namespace jobset_twin::cluster {

// Sets the timer for the next turn of any zone; as work if a node that waits has running Pods.
void NodeLifecycle::armPoll(Context& ctx, const NodeCache& cache) {
  if (tainting_) return;
  std::optional<kernel::TimePoint> at;
  bool concerns_pods = false;
  for (const auto& [name, zone] : zones_) {
    const std::optional<kernel::TimePoint> next = zone.queue.nextAt();
    if (!next) continue;
    at = std::min(at.value_or(*next), *next);
    concerns_pods = concerns_pods || std::any_of(zone.queue.queue().begin(), zone.queue.queue().end(),
                                                 [&](const std::string& node) { return cache.hasLivePods(node); });
  }
  ctx.kernel.cancel(poll_timer_);
  if (!at) return;
  const kernel::EventClass before = ctx.kernel.currentClass();
  ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  poll_timer_ =
      ctx.kernel.schedule(polls_.atOrAfter(std::max(*at, ctx.now())), ctx.self(Component::kNodeLifecycle), kPoll, 0, 0,
                          concerns_pods ? kernel::EventClass::kWork : kernel::EventClass::kHousekeeping);
  ctx.kernel.setCurrentClass(before);
}

void NodeLifecycle::poll(Context& ctx, const NodeCache& cache) {
  if (tainting_) return;
  for (auto& [name, zone] : zones_) {
    while (zone.queue.nextAt().value_or(kernel::TimePoint::max()) <= ctx.now()) {
      const std::string node = zone.queue.take(ctx.now());
      const api::Object* object = cache.node(node);
      const std::string ready = object ? readyStatus(*object) : std::string();
      if (ready != "False" && ready != "Unknown") continue;  // gone, or back
      const bool lost = ready == "Unknown";
      Work work;
      work.kind = WorkKind::kExecute;
      work.node = node;
      work.taints.add = {{std::string(lost ? kTaintUnreachable : kTaintNotReady), std::string(kNoExecute)}};
      work.taints.remove = {{{std::string(lost ? kTaintNotReady : kTaintUnreachable), std::string(kNoExecute)}}};
      std::optional<api::Request> first = work.taints.begin(*object);
      tainting_ = true;
      const std::uint64_t id = next_work_++;
      works_.emplace(id, std::move(work));
      return send(ctx, id, std::move(*first));
    }
  }
  armPoll(ctx, cache);
}

}  // namespace jobset_twin::cluster
