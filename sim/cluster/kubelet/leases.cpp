// Who renews leases (K-NODE-1): kubelets that act and reach the API server, while it is there. What they do is a fact
// that costs no event (heartbeats.hpp), but for the first renewal after an outage.
//
// Source: component-helpers lease controller. A renewal that fails is tried again after 200 ms, doubling to 7 s, until
// one succeeds; the next one is a period later (K-T-2). So leases come one by one after an outage.
#include <algorithm>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;

bool outageNow(const Context& ctx) {
  const auto& active = ctx.transport.faults().active();
  return std::any_of(active.begin(), active.end(),
                     [](const auto& entry) { return entry.second.fault.effect == apiserver::ApiEffect::kOutage; });
}

// Of the tries of a renewal that first failed at `failed`: the first one at or after `time`.
TimePoint tryAt(TimePoint failed, TimePoint time) {
  constexpr Duration kMost = 7s;
  for (Duration wait = 200ms; failed < time; wait = std::min(wait * 2, kMost)) failed += wait;
  return failed;
}

}  // namespace

void Kubelet::beat(Context& ctx, NodeRuntime& node) {
  if (!node.present || !node.reaches() || outageNow(ctx)) {
    ctx.kernel.cancel(node.renewal);
    ctx.heartbeats.cease(ctx.kernel, node.name);
  } else if (!ctx.kernel.isPending(node.renewal)) {
    ctx.heartbeats.begin(ctx.kernel, node.name, ctx.timing.nodes.lease_renew);
  }
}

void Kubelet::setOutage(Context& ctx, bool outage) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    NodeRuntime& node = nodes_[i];
    const std::optional<TimePoint> last = ctx.heartbeats.lastRenewal(node.name, ctx.now());
    if (!outage && last && node.present && node.reaches() && !ctx.heartbeats.beats(node.name)) {
      const TimePoint missed = *last + ctx.timing.nodes.lease_renew;
      node.renewal = ctx.kernel.schedule(tryAt(missed, ctx.now()), targetOf(Component::kKubelet), kRenew, i, 0,
                                         kernel::EventClass::kHousekeeping);
    } else {
      beat(ctx, node);
    }
  }
}

}  // namespace jobset_twin::cluster
