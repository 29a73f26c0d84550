// node_controllers.hpp - the controllers of kube-controller-manager that are about nodes, and the informers they share.
#pragma once

#include "sim/cluster/left_out.hpp"
#include "sim/cluster/nodes/disruption.hpp"
#include "sim/cluster/nodes/node_cache.hpp"
#include "sim/cluster/nodes/node_lifecycle.hpp"
#include "sim/cluster/nodes/pod_gc.hpp"
#include "sim/cluster/nodes/taint_eviction.hpp"

namespace jobset_twin::cluster {

class NodeControllers {
 public:
  NodeControllers() = default;
  explicit NodeControllers(const LeftOut& left_out) : left_out_(left_out) {}

  void start(Context& ctx);
  void expectLists() { disruption_.expectLists(); }  // of a fresh process, on their way
  void beforeLists(Context& ctx);                    // they are there: its loops begin now
  void listed(Context& ctx);                         // everything in them was told
  void stop(Context& ctx);                           // the process ends: its timers are cancelled
  // Changes come once for all of them, to Component::kNodeLifecycle.
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, Component who, const apiserver::Call& call);
  void onTimer(Context& ctx, Component who, std::uint16_t kind, std::uint64_t a);

  const NodeLifecycle& lifecycle() const { return lifecycle_; }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(cache_, lifecycle_, eviction_, gc_, disruption_);
  }

 private:
  bool has(Component component) const { return !left_out_.has(component); }

  LeftOut left_out_;  // not saved: the World's configuration
  NodeCache cache_;
  NodeLifecycle lifecycle_;
  TaintEviction eviction_;
  PodGc gc_;
  Disruption disruption_;
};

}  // namespace jobset_twin::cluster
