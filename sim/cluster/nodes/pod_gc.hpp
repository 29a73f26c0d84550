// pod_gc.hpp - the Pod garbage collector: Pods of nodes that are gone, Pods that end on a node out of service, Pods
// that end and never had a node, finished Pods beyond the limit (K-NODE-14, 15, 16).
//
// Source: kubernetes pkg/controller/podgc/gc_controller.go. It looks each 20 s; here only the passes that find
// something are events. A Pod that a finalizer keeps is not deleted again and again.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "sim/cluster/component.hpp"
#include "sim/cluster/nodes/node_cache.hpp"
#include "sim/cluster/nodes/pass_clock.hpp"

namespace jobset_twin::cluster {

class PodGc {
 public:
  void start(Context& ctx);
  void synced(Context& ctx) { clock_ = PassClock(ctx.now(), ctx.timing.nodes.pod_gc_period); }
  void stop(Context& ctx) { ctx.kernel.cancel(timer_); }
  void onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const NodeCache& cache, const apiserver::Call& call);
  void onTimer(Context& ctx, const NodeCache& cache);

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, clock_, terminated_, unscheduled_, out_of_service_, done_, due_, verifying_, busy_, timer_);
    auto count = static_cast<std::uint64_t>(missing_.size());
    ar(count);
    if constexpr (Archive::is_loading::value) {
      for (std::uint64_t i = 0; i < count; ++i) {
        std::string node;
        kernel::TimePoint at;
        ar(node);
        kernel::serializeTime(ar, at);
        missing_.emplace(std::move(node), at);
      }
    } else {
      for (auto [node, at] : missing_) {
        ar(node);
        kernel::serializeTime(ar, at);
      }
    }
  }

 private:
  struct Victim {
    PodName pod;
    std::string node;
    bool lost = false;  // its node is gone: with the condition that says so
    template <class Archive>
    void serialize(Archive& ar) {
      ar(pod, node, lost);
    }
  };
  bool stuckOn(const NodeCache& cache, const std::string& node) const;
  void consider(Context& ctx, const NodeCache& cache, const std::string& node);
  void arm(Context& ctx, const NodeCache& cache);
  void add(const NodeCache& cache, const std::string& node, const PodName& pod, bool lost);
  void addTerminated(Context& ctx, const NodeCache& cache);
  void next(Context& ctx, const NodeCache& cache);

  apiserver::ClientId client_ = 0;
  PassClock clock_;
  std::int64_t terminated_ = 0;                       // Pods that have finished
  std::map<std::string, kernel::TimePoint> missing_;  // nodes that Pods are on and that are not there: since when a
                                                      // pass knows; max: none has seen it yet
  std::set<PodName> unscheduled_;                     // being deleted, without a node
  std::set<std::string> out_of_service_;              // nodes with Pods that end and cannot
  std::set<std::string> done_;                        // UIDs that were deleted and are still there
  std::deque<Victim> due_;
  std::deque<std::string> verifying_;  // nodes that are asked for before their Pods go
  bool busy_ = false;
  kernel::EventHandle timer_;
};

}  // namespace jobset_twin::cluster
