#include "sim/cluster/election/node_leases.hpp"

#include <algorithm>

#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;

// Of the tries of a renewal that first failed at `failed`: the first one at or after `time`.
kernel::TimePoint tryAt(kernel::TimePoint failed, kernel::TimePoint time) {
  constexpr kernel::Duration kMost = 7s;
  for (kernel::Duration wait = 200ms; failed < time; wait = std::min(wait * 2, kMost)) failed += wait;
  return failed;
}

}  // namespace

// The kubelet looks at its Node, and whether it can renew.
void renewNode(World& world, const std::string& node) {
  WorldParts& p = world.parts();
  const api::ObjectPtr object = p.server.store().find({api::Kind::kNode, "", node});
  if (!object || world.config().left_out.has(Component::kKubelet)) return;
  apiserver::WatchEvent look;
  look.type = apiserver::WatchType::kModified;
  look.object = look.previous = object;
  look.at = p.kernel.now();
  look.revision = object->meta.resourceVersion;
  Context ctx = world.context();
  p.kubelet.onWatch(ctx, look);
}

void stopRenewals(World& world) {
  std::vector<std::string> nodes;
  for (const auto& [key, object] : world.server().store().all(api::Kind::kNode)) {
    if (world.parts().heartbeats.beats(object->meta.name)) nodes.push_back(object->meta.name);
  }
  for (const std::string& node : nodes) renewNode(world, node);
}

std::vector<Renewal> resumeRenewals(World& world) {
  const Heartbeats& heartbeats = world.parts().heartbeats;
  const kernel::TimePoint now = world.kernel().now();
  std::vector<Renewal> out;
  for (const auto& [key, object] : world.server().store().all(api::Kind::kNode)) {
    const std::string& node = object->meta.name;
    if (heartbeats.beats(node)) continue;
    const std::optional<kernel::TimePoint> last = heartbeats.lastRenewal(node, now);
    out.push_back({last ? tryAt(*last + world.config().timing.nodes.lease_renew, now) : now, node});
  }
  return out;
}

}  // namespace jobset_twin::cluster
